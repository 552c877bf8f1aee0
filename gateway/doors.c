/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/doors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api.h"
#include "gateway/cdr_post.h"
#include "gateway/commands.h"
#include "gateway/control.h"
#include "gateway/feed_watch.h"
#include "gateway/gauges.h"
#include "gateway/http.h"
#include "gateway/http_rewards.h"
#include "gateway/http_screen.h"
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

int doors_open(struct gateway *gateway)
{
	const struct config *config = gateway->config;
	char path[PATH_MAX_LEN];

	if (config->control_socket[0])
		snprintf(path, sizeof(path), "%s", config->control_socket);
	else
		snprintf(path, sizeof(path), "%s/control.sock", config->state_dir);
	gateway->control = control_create(gateway, gateway->base, path, commands_handle, gateway);
	if (!gateway->control) {
		LOGP(LOG_CONTROL, LOGL_ERROR, "control socket %s: %s\n", path, strerror(errno));
		return -EIO;
	}
	if (!config->http.enabled)
		return 0;
	gateway->api = api_create(gateway, gateway);
	if (!gateway->api)
		return -EIO;
	gateway->http = http_create(gateway, gateway->base, config->http.address, config->http.port,
				    &http_hooks, gateway);
	if (!gateway->http) {
		LOGP(LOG_HTTP, LOGL_ERROR, "HTTP on %s port %u: %s\n", config->http.address,
		     config->http.port, strerror(errno));
		return -EIO;
	}
	LOGP(LOG_HTTP, LOGL_NOTICE, "HTTP on %s port %u\n", config->http.address,
	     http_port(gateway->http));
	return 0;
}
