/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The HTTP port and who may ask there: what the schema cannot say of them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/config_check.h"
#include "gateway/feed_token.h"
#include "gateway/http_tls.h"

static int client_fault(const struct config_tree *tree, unsigned index, const char *key,
			const char *text)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "http.clients[%u].%s", index, key);
	return config_tree_fault(tree, path, "%s", text);
}

/* A token says who it is: one of all that come by HTTP. */
static bool is_taken(const struct config *config, unsigned index)
{
	const char *hash = config->http.clients[index].token_hash;

	for (unsigned i = 0; i < index; i++)
		if (strcasecmp(config->http.clients[i].token_hash, hash) == 0)
			return true;
	for (unsigned i = 0; i < config->feed.sources_count; i++)
		if (strcasecmp(config->feed.sources[i].token_hash, hash) == 0)
			return true;
	return false;
}

static int check_may(const struct config_tree *tree, const struct config_http_client *client,
		     unsigned index)
{
	char path[CONFIG_PATH_MAX];

	if (client->may_count == 0)
		return client_fault(tree, index, "may", "is empty: the token would open nothing");
	for (unsigned i = 0; i < client->may_count; i++) {
		snprintf(path, sizeof(path), "http.clients[%u].may[%u]", index, i);
		if (strcmp(client->may[i], "screen") != 0)
			return config_tree_fault(tree, path, "'%.60s' is none of: screen",
						 client->may[i]);
	}
	return 0;
}

static int check_client(const struct config_tree *tree, const struct config *config, unsigned index)
{
	const struct config_http_client *client = &config->http.clients[index];

	if (!config_is_name(client->name))
		return client_fault(tree, index, "name",
				    "wants 1 to 31 letters, digits, '.', '_' or '-'");
	for (unsigned i = 0; i < index; i++)
		if (strcmp(config->http.clients[i].name, client->name) == 0)
			return client_fault(tree, index, "name", "is that of another client");
	if (!feed_token_hash_ok(client->token_hash))
		return client_fault(
			tree, index, "token_hash",
			"is not a hash as `mianrao feeds token` prints it (sha256:...)");
	if (is_taken(config, index))
		return client_fault(tree, index, "token_hash",
				    "is that of another client or source as well");
	return check_may(tree, client, index);
}

int config_check_http(const struct config_tree *tree, const struct config *config)
{
	struct smpp_tls_fault fault;
	char path[CONFIG_PATH_MAX];
	int rc = 0;

	if (!config_is_address(config->http.address))
		return config_tree_fault(tree, "http.address", "'%.60s' is not a numeric address",
					 config->http.address);
	if (http_tls_check(&config->http, &fault) < 0) {
		snprintf(path, sizeof(path), "http.%s", fault.item);
		return config_tree_fault(tree, path, "%s", fault.text);
	}
	for (unsigned i = 0; rc == 0 && i < config->http.clients_count; i++)
		rc = check_client(tree, config, i);
	return rc;
}
