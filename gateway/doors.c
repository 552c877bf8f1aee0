/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/doors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api.h"
#include "gateway/cdr_post.h"
#include "gateway/commands.h"
#include "gateway/control.h"
#include "gateway/feed_watch.h"
#include "gateway/gauges.h"
#include "gateway/http.h"
#include "gateway/http_rewards.h"
#include "gateway/http_screen.h"
#include "gateway/http_tls.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/peer.h"
#include "gateway/retention.h"

enum { PATH_MAX_LEN = 4096 };

static char *http_metrics(void *user, void *ctx)
{
	struct gateway *gateway = user;

	gauges_sample(gateway);
	return retention_format_metrics(
		gateway->retention,
		feed_watch_format_metrics(
			gateway->feed_watch,
			peer_set_format_metrics(gateway->peers,
						metrics_format(ctx, &gateway->metrics))));
}

static bool http_ready(void *user, const char **why)
{
	const struct gateway *gateway = user;

	*why = gateway->draining ? "shutting down" : "starting";
	return gateway->ready;
}

static void http_cdrs(void *user, struct http_exchange *exchange)
{
	struct gateway *gateway = user;

	cdr_post_take(gateway->cdr_post, exchange);
}

static void http_other(void *user, struct http_exchange *exchange)
{
	const struct gateway *gateway = user;

	api_take(gateway->api, exchange);
}

static const struct http_hooks http_hooks = {
	.metrics = http_metrics,
	.ready = http_ready,
	.cdrs = http_cdrs,
	.acks = http_rewards_take,
	.screen = http_screen_take,
	.other = http_other,
	.body_max = CDR_POST_BODY_MAX,
};

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int open_http(struct gateway *gateway)
{
	const struct config_http *config = &gateway->config->http;

	gateway->api = api_create(gateway, gateway);
	if (!gateway->api || http_tls_load(gateway, config, &gateway->http_tls) < 0)
		return -EIO;
	gateway->http = http_create(gateway, gateway->base, config->address, config->port,
				    &http_hooks, gateway);
	if (!gateway->http) {
		LOGP(LOG_HTTP, LOGL_ERROR, "HTTP on %s port %u: %s\n", config->address,
		     config->port, strerror(errno));
		return -EIO;
	}
	http_set_tls(gateway->http, gateway->http_tls);
	LOGP(LOG_HTTP, LOGL_NOTICE, "HTTP on %s port %u%s\n", config->address,
	     http_port(gateway->http), gateway->http_tls ? ", TLS" : "");
	if (!gateway->http_tls && !is_loopback(config->address))
		LOGP(LOG_HTTP, LOGL_ERROR,
		     "HTTP on %s is without TLS: tokens can be read on their way\n",
		     config->address);
	return 0;
}

void doors_reload(struct gateway *gateway)
{
	struct smpp_tls *before = gateway->http_tls;
	struct smpp_tls *tls;

	if (!gateway->http || http_tls_load(gateway, &gateway->live->http, &tls) < 0)
		return;
	http_set_tls(gateway->http, tls);
	gateway->http_tls = tls;
	talloc_free(before);
}

/* Whoever is not listed looks only. */
static void identify(void *user, unsigned uid, unsigned *roles, char name[CONTROL_NAME_MAX])
{
	const struct gateway *gateway = user;

	*roles = ROLE_BIT(ROLE_VIEWER);
	for (unsigned i = 0; i < gateway->live->control_users_count; i++) {
		const struct config_control_user *listed = &gateway->live->control_users[i];

		if (listed->uid != uid)
			continue;
		*roles = listed->role_bits;
		snprintf(name, CONTROL_NAME_MAX, "%s", listed->user);
	}
}

static int open_control(struct gateway *gateway, const char *path)
{
	const struct config *config = gateway->config;
	int rc;

	gateway->control = control_create(gateway, gateway->base, path, commands_handle, gateway);
	if (!gateway->control) {
		LOGP(LOG_CONTROL, LOGL_ERROR, "control socket %s: %s\n", path, strerror(errno));
		return -EIO;
	}
	if (!config->control_group[0])
		return 0;
	rc = control_open_to(gateway->control, config->control_gid, identify);
	if (rc < 0)
		LOGP(LOG_CONTROL, LOGL_ERROR, "control socket %s: group %s: %s\n", path,
		     config->control_group, strerror(-rc));
	return rc;
}

int doors_open(struct gateway *gateway)
{
	const struct config *config = gateway->config;
	char path[PATH_MAX_LEN];

	if (config->control_socket[0])
		snprintf(path, sizeof(path), "%s", config->control_socket);
	else
		snprintf(path, sizeof(path), "%s/control.sock", config->state_dir);
	if (open_control(gateway, path) < 0)
		return -EIO;
	return config->http.enabled ? open_http(gateway) : 0;
}
