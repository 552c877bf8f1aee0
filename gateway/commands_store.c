/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Status and accounts; reports, rules, rewards and the audit have files of their own. */
#include "gateway/commands_store.h"

#include <errno.h>
#include <string.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/feed_watch.h"
#include "gateway/http.h"
#include "gateway/redis_client.h"
#include "gateway/reward_row.h"
#include "gateway/rule_cache.h"
#include "gateway/peer.h"
#include "gateway/sip_server.h"
#include "gateway/smpp_server.h"
#include "gateway/version.h"

/* ---- status ---- */

static int count_by(struct db *db, enum db_query sql, const char *(*name)(int64_t value),
		    json_t *out)
{
	struct db_stmt *stmt = db_query(db, sql);
	int rc;

	while ((rc = db_step(stmt)) > 0)
		json_object_set_new(out, name(db_int(stmt, 0)), json_integer(db_int(stmt, 1)));
	return rc;
}

static const char *reward_name(int64_t value)
{
	return reward_state_name(REWARD_CREDIT, (enum reward_state)value);
}

static const char *reversal_name(int64_t value)
{
	return reward_state_name(REWARD_REVERSAL, (enum reward_state)value);
}

/* Requests that have been without an answer for longer than rewards.overdue_s. */
static int add_overdue(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_LEDGER_OVERDUE_COUNT);
	int rc;

	db_bind_int(stmt, 1, clock_now_ms() - query->overdue_ms);
	rc = db_step(stmt);
	if (rc > 0)
		json_object_set_new(query->result, "rewards_overdue",
				    json_integer(db_int(stmt, 0)));
	return rc < 0 ? rc : 0;
}

static int work_status(struct db *db, struct query *query)
{
	json_t *reports = json_object();
	json_t *rewards = json_object();
	json_t *reversals = json_object();
	json_t *outbox = json_object();
	int rc;

	query->result = json_pack("{s{so} so so so}", "reports", "by_state", reports, "rewards",
				  rewards, "reversals", reversals, "outbox", outbox);
	rc = count_by(db, Q_REPORT_COUNTS, query_report_state, reports);
	if (rc == 0)
		rc = count_by(db, Q_REWARD_COUNTS, reward_name, rewards);
	if (rc == 0)
		rc = count_by(db, Q_REVERSAL_COUNTS, reversal_name, reversals);
	if (rc == 0)
		rc = count_by(db, Q_OUTBOX_COUNTS, query_channel, outbox);
	if (rc == 0)
		rc = query_add_count(db, query, Q_REVIEW_COUNT, "review_waiting");
	return rc < 0 ? rc : add_overdue(db, query);
}

static json_t *counters_json(const struct metrics *metrics)
{
	json_t *counters = json_object();

#define COUNTER(name, help)                                                                        \
	json_object_set_new(counters, #name, json_integer((json_int_t)metrics->name));
	METRICS_COUNTERS(COUNTER)
#undef COUNTER
	return counters;
}

static json_t *listeners_json(const struct gateway *gateway)
{
	json_t *list = json_array();

	for (size_t i = 0; i < smpp_server_listeners(gateway->smpp); i++)
		json_array_append_new(list,
				      json_pack("{ss si}", "address",
						gateway->config->smpp.listeners[i].address, "port",
						(int)smpp_server_port(gateway->smpp, i)));
	return list;
}

static void add_clocks(json_t *reports, const struct metrics *metrics)
{
	uint64_t ended = metrics->reports_in_time_total + metrics->reports_late_total;

	json_object_set_new(reports, "oldest_s",
			    json_integer((json_int_t)metrics->reports_oldest_seconds));
	json_object_set_new(reports, "due_soon",
			    json_integer((json_int_t)metrics->reports_due_soon));
	json_object_set_new(reports, "overdue", json_integer((json_int_t)metrics->reports_overdue));
	/* Since the start. */
	json_object_set_new(
		reports, "ended_in_time_pct",
		ended ? json_real((double)(metrics->reports_in_time_total * 1000 / ended) / 10)
		      : json_null());
}

static json_t *sip_json(const struct gateway *gateway)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < gateway->config->sip.listeners_count; i++)
		json_array_append_new(list,
				      json_pack("{ss si si}", "address",
						gateway->config->sip.listeners[i].address, "udp",
						(int)sip_server_udp_port(gateway->sip, i), "tcp",
						(int)sip_server_tcp_port(gateway->sip, i)));
	return json_pack("{so sI}", "listeners", list, "connections",
			 (json_int_t)sip_server_connections(gateway->sip));
}

static void finish_status(struct query *query)
{
	const struct gateway *gateway = query->gateway;
	struct near_cache_stats near = rule_cache_stats(gateway->rules);
	json_t *result = query->result;

	json_object_set_new(result, "instance", json_string(gateway->config->instance));
	json_object_set_new(result, "version", json_string(MIANRAO_VERSION));
	json_object_set_new(result, "uptime_s",
			    json_integer((clock_now_ms() - gateway->started_ms) / 1000));
	json_object_set_new(result, "ready", json_boolean(gateway->ready));
	json_object_set_new(result, "redis",
			    json_pack("{sb ss}", "connected",
				      redis_client_connected(gateway->redis), "epoch",
				      rule_cache_epoch(gateway->rules)));
	json_object_set_new(result, "smpp",
			    json_pack("{so sI}", "listeners", listeners_json(gateway), "links",
				      (json_int_t)peer_set_count(gateway->peers)));
	if (gateway->config->sip.listeners_count > 0)
		json_object_set_new(result, "sip", sip_json(gateway));
	if (gateway->http)
		json_object_set_new(result, "http",
				    json_pack("{ss si}", "address", gateway->config->http.address,
					      "port", (int)http_port(gateway->http)));
	json_object_set_new(result, "store",
			    json_pack("{sI}", "queue", (json_int_t)store_waiting(gateway->store)));
	json_object_set_new(json_object_get(result, "reports"), "open",
			    json_integer((json_int_t)gateway->metrics.reports_open));
	add_clocks(json_object_get(result, "reports"), &gateway->metrics);
	json_object_set_new(result, "near_cache",
			    json_pack("{sI sI sI sb}", "entries", (json_int_t)near.entries, "sets",
				      (json_int_t)near.sets, "octets", (json_int_t)near.octets,
				      "complete", near.complete));
	json_object_set_new(result, "watermarks", feed_watch_json(gateway->feed_watch));
	json_object_set_new(result, "counters", counters_json(&gateway->metrics));
}

void command_status(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_status);

	(void)args;
	if (!query)
		return;
	query->finish = finish_status;
	query->overdue_ms = (int64_t)gateway->live->rewards.overdue_s * 1000;
	store_submit(gateway->reader, &query->op);
}

/* ---- accounts ---- */

static int work_accounts(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_ACCOUNT_LIST);
	json_t *list = json_array();
	int rc;

	query->result = json_pack("{so}", "accounts", list);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(
			list, json_pack("{ss ss so so sI}", "system_id", db_text(stmt, 0), "role",
					db_int(stmt, 1) == ACCOUNT_HUB ? "hub" : "smsc",
					"first_bind", query_time(db_int(stmt, 2)), "last_bind",
					query_time(db_int(stmt, 3)), "binds",
					(json_int_t)db_int(stmt, 4)));
	return rc;
}

void command_accounts(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_accounts);

	(void)args;
	if (query)
		store_submit(gateway->reader, &query->op);
}
