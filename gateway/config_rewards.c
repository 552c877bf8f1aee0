/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rewards system: what the schema cannot say of it, and the secrets shared with it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/config_check.h"
#include "gateway/webhook_url.h"

enum { SECRET_MIN = 16 };

static int secret_fault(const struct config_tree *tree, const char *file, const char *what)
{
	return config_tree_fault(tree, "rewards.webhook.secret_file", "%.200s: %s", file, what);
}

/* One secret a line: the first signs, each of them is accepted. */
static int read_secrets(const struct config_tree *tree, void *ctx, struct config_webhook *webhook)
{
	char line[WEBHOOK_SECRET_MAX + 2];
	FILE *file = fopen(webhook->secret_file, "re");
	const char *wrong = NULL;
	size_t count = 0;

	if (!file)
		return secret_fault(tree, webhook->secret_file, strerror(errno));
	while (!wrong && fgets(line, sizeof(line), file)) {
		size_t len = strcspn(line, "\r\n");

		if (line[len] == '\0' && !feof(file))
			wrong = "a secret is longer than 256 octets";
		else if (len < SECRET_MIN)
			wrong = "a secret is shorter than 16 octets";
		else if (count == WEBHOOK_SECRETS)
			wrong = "has more than two lines";
		else
			webhook->secrets[count++] = talloc_strndup(ctx, line, len);
	}
	if (!wrong && count == 0)
		wrong = "holds no secret";
	fclose(file);
	explicit_bzero(line, sizeof(line));
	if (wrong)
		return secret_fault(tree, webhook->secret_file, wrong);
	return webhook->secrets[count - 1] ? 0 : -ENOMEM;
}

static int check_url(const struct config_tree *tree, const struct config_webhook *webhook)
{
	struct webhook_url url;
	const char *why;

	if (webhook_url_parse(webhook->url, &url, &why) < 0)
		return config_tree_fault(tree, "rewards.webhook.url", "'%.100s' %s", webhook->url,
					 why);
	if (!url.https && (webhook->server_ca[0] || webhook->server_name[0]))
		return config_tree_fault(tree, "rewards.webhook.server_ca",
					 "is given, or server_name is, but the url is not https");
	if (webhook->server_ca[0] && access(webhook->server_ca, R_OK) < 0)
		return config_tree_fault(tree, "rewards.webhook.server_ca", "%.200s: %s",
					 webhook->server_ca, strerror(errno));
	return 0;
}

int config_check_rewards(const struct config_tree *tree, void *ctx, struct config *config)
{
	struct config_rewards *rewards = &config->rewards;
	struct config_webhook *webhook = &rewards->webhook;
	bool wanted = rewards->transport == REWARD_BY_WEBHOOK;
	int rc = 0;

	if (rewards->repeat_s > rewards->repeat_max_s)
		return config_tree_fault(tree, "rewards.repeat_s",
					 "is greater than rewards.repeat_max_s");
	if (webhook->retry_min_ms > webhook->retry_max_ms)
		return config_tree_fault(tree, "rewards.webhook.retry_min_ms",
					 "is greater than rewards.webhook.retry_max_ms");
	if (wanted && !webhook->url[0])
		return config_tree_fault(tree, "rewards.webhook.url",
					 "must not be empty: it is the transport");
	if (wanted && !webhook->secret_file[0])
		return config_tree_fault(tree, "rewards.webhook.secret_file",
					 "must not be empty: requests are signed");
	if (webhook->url[0])
		rc = check_url(tree, webhook);
	if (rc == 0 && webhook->secret_file[0])
		rc = read_secrets(tree, ctx, webhook);
	return rc;
}
