/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The daemon: arguments, start in order, signals, end in order. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/audit_head.h"
#include "gateway/retention.h"
#include "gateway/blocked_digest.h"
#include "gateway/cdr_dir.h"
#include "gateway/cdr_feed.h"
#include "gateway/clock.h"
#include "gateway/config.h"
#include "gateway/dialogue.h"
#include "gateway/doors.h"
#include "gateway/feed_watch.h"
#include "gateway/gateway.h"
#include "gateway/erasure.h"
#include "gateway/gauges.h"
#include "gateway/held_text.h"
#include "gateway/hub_routes.h"
#include "gateway/sip_server.h"
#include "gateway/identity.h"
#include "gateway/intake.h"
#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/outbox.h"
#include "gateway/parts.h"
#include "gateway/peer.h"
#include "gateway/policy_store.h"
#include "gateway/receipt_desk.h"
#include "gateway/report_clock.h"
#include "gateway/reload.h"
#include "gateway/reported_load.h"
#include "gateway/reward_desk.h"
#include "gateway/settlement.h"
#include "gateway/rule_cache.h"
#include "gateway/smpp_client.h"
#include "gateway/smpp_server.h"
#include "gateway/store.h"
#include "gateway/supervisor.h"
#include "gateway/traffic_desk.h"
#include "gateway/verifier.h"
#include "gateway/version.h"

enum { GAUGES_S = 1, DRAIN_TICK_MS = 20, GOODBYE_MS = 1000 };

struct daemon {
	struct gateway gateway; /* first: parts are given the gateway */
	const char *config_path;
	const char *state_dir; /* of the command line, or NULL */
	struct reload *reload;
	struct event *on_term;
	struct event *on_int;
	struct event *on_hup;
	struct event *gauges;
	struct event *drain;
	int64_t drain_until_ms;
	bool head_told;
	int64_t goodbye_ms; /* when everybody was unbound; 0: not yet */
	int exit_code;
};

struct options {
	const char *config_path;
	const char *state_dir;
	bool check;
	bool dump;
};

static const char usage[] =
	"usage: mianraod [-c FILE] [--state-dir DIR] [--check-config] [--dump-config]\n"
	"\n"
	"  -c, --config FILE   configuration (deploy/mianrao.yaml describes it); without it the\n"
	"                      embedded defaults hold\n"
	"      --state-dir DIR where the store lives; overrides the configuration\n"
	"      --check-config  validate the configuration and exit\n"
	"      --dump-config   print the configuration with all defaults and exit\n"
	"      --version       print the version and exit\n";

static int parse_options(int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state-dir", required_argument, NULL, 's' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "dump-config", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
		switch (option) {
		case 'c':
			out->config_path = optarg;
			break;
		case 's':
			out->state_dir = optarg;
			break;
		case 'k':
			out->check = true;
			break;
		case 'd':
			out->dump = true;
			break;
		case 'v':
			printf("mianraod %s\n", MIANRAO_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mianraod: '%s' is no option\n%s", argv[optind], usage);
		return -EINVAL;
	}
	return 0;
}

static int load_config(void *ctx, const char *path, const char *state_dir, struct config **out)
{
	char error[CONFIG_ERROR_MAX];
	int rc = config_load(ctx, path, out, error);

	if (rc < 0) {
		fprintf(stderr, "mianraod: %s\n", error);
		return rc;
	}
	if (state_dir)
		(*out)->state_dir = talloc_strdup(*out, state_dir);
	return (*out)->state_dir ? 0 : -ENOMEM;
}

/* ---- end ---- */

static bool settled(const struct daemon *daemon)
{
	const struct gateway *gateway = &daemon->gateway;

	return intake_waiting(gateway->intake) == 0 && attempt_desk_settled(gateway->attempts) &&
	       hub_routes_settled(gateway->hub_routes) && store_waiting(gateway->store) == 0 &&
	       store_waiting(gateway->worker) == 0 && peer_set_drained(gateway->peers);
}

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	int64_t now_ms = clock_monotonic_ms();

	(void)fd;
	(void)what;
	if (daemon->goodbye_ms) {
		if (peer_set_count(daemon->gateway.peers) == 0 ||
		    now_ms - daemon->goodbye_ms > GOODBYE_MS)
			event_base_loopbreak(daemon->gateway.base);
		return;
	}
	if (!settled(daemon) && now_ms < daemon->drain_until_ms)
		return;
	if (!daemon->head_told) { /* of what the last texts changed */
		daemon->head_told = true;
		audit_head_flush(daemon->gateway.audit_head);
		return;
	}
	if (!settled(daemon))
		LOGP(LOG_MAIN, LOGL_NOTICE, "not everything was settled in time\n");
	daemon->goodbye_ms = now_ms;
	peer_set_stop(daemon->gateway.peers);
}

static void on_stop(evutil_socket_t number, short what, void *arg)
{
	struct daemon *daemon = arg;
	struct gateway *gateway = &daemon->gateway;
	struct timeval every = { 0, DRAIN_TICK_MS * 1000 };

	(void)what;
	if (gateway->draining)
		return;
	LOGP(LOG_MAIN, LOGL_NOTICE, "signal %d: finishing what is under way\n", (int)number);
	gateway->draining = true;
	gateway->ready = false;
	supervisor_stopping();
	attempt_desk_flush(gateway->attempts);
	traffic_desk_flush(gateway->traffic, NULL, NULL);
	hub_routes_flush(gateway->hub_routes);
	daemon->drain_until_ms = clock_monotonic_ms() + (int64_t)gateway->live->drain_s * 1000;
	smpp_server_drain(gateway->smpp);
	smpp_client_drain(gateway->client);
	cdr_feed_stop(gateway->cdr_feed);
	reward_desk_stop(gateway->rewards);
	settlement_stop(gateway->settlement);
	for (unsigned i = 0; i < gateway->config->feed.sources_count; i++)
		if (gateway->cdr_dirs[i])
			cdr_dir_stop(gateway->cdr_dirs[i]);
	event_add(daemon->drain, &every);
}

/* ---- watching ---- */

static void on_reload(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	reload_begin(arg);
}

static void on_gauges(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *gateway = arg;

	(void)fd;
	(void)what;

	supervisor_beat();
	gauges_sample(gateway);
	peer_set_sample(gateway->peers);
	feed_watch_look(gateway->feed_watch);
	gauges_refresh(gateway);
}

/* ---- start ---- */

static void fail(struct daemon *daemon)
{
	daemon->exit_code = EXIT_FAILURE;
	event_base_loopbreak(daemon->gateway.base);
}

/* Everything that must be known before the first decision is known: open the doors. */
static void on_recovered(void *user, int rc)
{
	struct daemon *daemon = user;
	struct gateway *gateway = &daemon->gateway;

	if (gateway->draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "open messages not read: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	if (hub_routes_start(gateway->hub_routes) < 0 ||
	    receipt_desk_start(gateway->receipts) < 0 || smpp_server_listen(gateway->smpp) < 0 ||
	    sip_server_listen(gateway->sip) < 0) {
		fail(daemon);
		return;
	}
	smpp_client_start(gateway->client);
	verifier_start(gateway->verifier);
	dialogue_start(gateway->dialogue);
	report_clock_start(gateway->clocks);
	held_texts_start(gateway->held);
	retention_start(gateway->retention);
	erasures_kick(gateway->erasures);
	traffic_desk_start(gateway->traffic);
	blocked_digest_start(gateway->digest);
	audit_head_start(gateway->audit_head);
	outbox_kick(gateway->outbox);
	gateway->ready = true;
	supervisor_ready();
	LOGP(LOG_MAIN, LOGL_NOTICE, "mianraod %s ready\n", MIANRAO_VERSION);
}

static void on_reported(void *user, int rc)
{
	struct daemon *daemon = user;

	if (daemon->gateway.draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "reported numbers not read: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	intake_recover(daemon->gateway.intake, on_recovered, daemon);
}

static void on_counted(void *user, int rc)
{
	struct daemon *daemon = user;

	if (daemon->gateway.draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "store not counted: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	reported_load(&daemon->gateway, on_reported, daemon);
}

static void on_operator_rules(void *user, int rc)
{
	struct daemon *daemon = user;

	if (daemon->gateway.draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "operator's rules not read: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	gauges_load(&daemon->gateway, on_counted, daemon);
}

static void on_rules(void *user, int rc)
{
	struct daemon *daemon = user;

	if (daemon->gateway.draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "rules not read: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	operator_rules_load(daemon->gateway.operator_rules, on_operator_rules, daemon);
}

/* The steps of the start follow one another through the stores; SIGTERM ends them. */
static void on_users(void *user, int rc)
{
	struct daemon *daemon = user;

	if (daemon->gateway.draining)
		return;
	if (rc < 0) {
		LOGP(LOG_MAIN, LOGL_ERROR, "users not read: %s\n", strerror(-rc));
		fail(daemon);
		return;
	}
	policy_store_keep(&daemon->gateway);
	rule_cache_start(daemon->gateway.rules, on_rules, daemon);
}

static int watch_signals(struct daemon *daemon)
{
	struct event_base *base = daemon->gateway.base;
	struct timeval every = { GAUGES_S, 0 };

	daemon->reload =
		reload_create(daemon, &daemon->gateway, daemon->config_path, daemon->state_dir);
	if (!daemon->reload)
		return -ENOMEM;
	signal(SIGPIPE, SIG_IGN);
	daemon->on_term = evsignal_new(base, SIGTERM, on_stop, daemon);
	daemon->on_int = evsignal_new(base, SIGINT, on_stop, daemon);
	daemon->on_hup = evsignal_new(base, SIGHUP, on_reload, daemon->reload);
	daemon->gauges = event_new(base, -1, EV_PERSIST, on_gauges, &daemon->gateway);
	daemon->drain = event_new(base, -1, EV_PERSIST, on_drain, daemon);
	if (!daemon->on_term || !daemon->on_int || !daemon->on_hup || !daemon->gauges ||
	    !daemon->drain)
		return -ENOMEM;
	event_add(daemon->on_term, NULL);
	event_add(daemon->on_int, NULL);
	event_add(daemon->on_hup, NULL);
	event_add(daemon->gauges, &every);
	return 0;
}

static int start(struct daemon *daemon)
{
	struct gateway *gateway = &daemon->gateway;
	int rc = parts_open_stores(gateway);

	if (rc == 0)
		rc = parts_create(gateway);
	if (rc == 0)
		rc = watch_signals(daemon);
	if (rc == 0)
		rc = doors_open(gateway);
	if (rc == 0)
		identity_load(gateway->identity, on_users, daemon);
	return rc;
}

static void stop(struct daemon *daemon)
{
	struct gateway *gateway = &daemon->gateway;
	struct event *events[] = { daemon->on_term, daemon->on_int, daemon->on_hup, daemon->gauges,
				   daemon->drain };

	/* The store after the others: what they complete may still write. */
	struct store *stores[] = { gateway->worker, gateway->reader, gateway->sender,
				   gateway->store };

	gateway->draining = true;
	/* First what brings work, then the stores with what is still in them, then the rest. */
	TALLOC_FREE(gateway->http); /* completions look whether it is there */
	TALLOC_FREE(gateway->control);
	if (gateway->attempts)
		attempt_desk_flush(gateway->attempts);
	for (size_t i = 0; i < sizeof(stores) / sizeof(*stores); i++)
		if (stores[i])
			store_stop(stores[i]);
	talloc_free(gateway->smpp);
	talloc_free(gateway->client);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (events[i])
			event_free(events[i]);
	talloc_free_children(daemon);
	event_base_free(gateway->base);
}

static int run(struct config *config, const struct options *options)
{
	struct daemon *daemon = talloc_zero(NULL, struct daemon);
	struct gateway *gateway = &daemon->gateway;
	int code;

	if (!daemon)
		return EXIT_FAILURE;
	talloc_steal(daemon, config);
	daemon->config_path = options->config_path;
	daemon->state_dir = options->state_dir;
	gateway->config = config;
	gateway->live = config;
	gateway->started_ms = clock_now_ms();
	gateway->base = event_base_new();
	json_object_seed(0); /* before threads use it */
	if (!gateway->base || log_setup(daemon, config->log_level, config->log_format) < 0)
		return EXIT_FAILURE;
	if (start(daemon) < 0)
		daemon->exit_code = EXIT_FAILURE;
	else
		event_base_dispatch(gateway->base);
	LOGP(LOG_MAIN, LOGL_NOTICE, "mianraod ends\n");
	stop(daemon);
	code = daemon->exit_code;
	talloc_free(daemon);
	return code;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct config *config;

	if (parse_options(argc, argv, &options) < 0)
		return 2;
	if (load_config(NULL, options.config_path, options.state_dir, &config) < 0)
		return EXIT_FAILURE;
	if (options.dump) {
		char *text = config_dump(config, config);

		fputs(text ? text : "", stdout);
	} else if (options.check) {
		printf("%s: good\n",
		       options.config_path ? options.config_path : "embedded defaults");
	} else {
		return run(config, &options);
	}
	talloc_free(config);
	return EXIT_SUCCESS;
}
