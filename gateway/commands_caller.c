/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao caller NUMBER`: what is known of a number that was reported: its reports day by day, and
 * how it called others on these days. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_days.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/number_set.h"
#include "rules/calendar.h"

enum { DAY_MS = 86400000, DAYS_DEFAULT = 30, COUNT_MAX = 10000 };

struct caller_look {
	struct number number;
	int64_t days;
	int64_t since_ms;
	json_t *rows[CALL_DAYS_MAX]; /* of the result, oldest first */
};

/* ---- the store ---- */

/* Every day has its row; what the call index adds is null until it does. */
static int add_days(struct db *db, struct query *query)
{
	struct caller_look *look = query->argument;
	struct db_stmt *stmt = db_query(db, Q_CALLER_DAYS);
	json_t *list = json_array();
	int rc;

	json_object_set_new(query->result, "days", list);
	for (int64_t i = 0; i < look->days; i++) {
		look->rows[i] = json_pack("{so si si si sn sn sn sn}", "day",
					  query_day(look->since_ms + i * DAY_MS), "reports", 0,
					  "verified", 0, "people", 0, "people_called", "attempts",
					  "answered", "seconds");
		json_array_append_new(list, look->rows[i]);
	}
	db_bind_text(stmt, 1, look->number.text);
	db_bind_int(stmt, 2, look->since_ms);
	db_bind_int(stmt, 3, look->since_ms + (look->days - 1) * DAY_MS);
	while ((rc = db_step(stmt)) > 0) {
		int64_t i = (db_int(stmt, 0) - look->since_ms) / DAY_MS;

		if (i < 0 || i >= look->days)
			continue;
		json_object_set_new(look->rows[i], "reports", json_integer(db_int(stmt, 1)));
		json_object_set_new(look->rows[i], "verified", json_integer(db_int(stmt, 2)));
	}
	return rc;
}

static int add_reports(struct db *db, struct query *query)
{
	const struct caller_look *look = query->argument;
	struct db_stmt *stmt = db_query(db, Q_CALLER_STATES);
	json_t *states = json_object();
	int64_t total = 0, people = 0;
	int rc;

	db_bind_text(stmt, 1, look->number.text);
	db_bind_int(stmt, 2, COUNT_MAX);
	while ((rc = db_step(stmt)) > 0) {
		json_object_set_new(states, query_report_state(db_int(stmt, 0)),
				    json_integer(db_int(stmt, 1)));
		total += db_int(stmt, 1);
	}
	if (rc == 0) {
		stmt = db_query(db, Q_REPORT_SIMILAR_COUNT);
		db_bind_text(stmt, 1, look->number.text);
		db_bind_int(stmt, 2, 0);
		db_bind_int(stmt, 3, COUNT_MAX);
		rc = db_step(stmt);
		people = rc > 0 ? db_int(stmt, 1) : 0;
		db_finish(stmt);
	}
	json_object_set_new(query->result, "reports",
			    json_pack("{so sI sI sb}", "by_state", states, "total",
				      (json_int_t)total, "reporters", (json_int_t)people, "more",
				      total == COUNT_MAX));
	return rc < 0 ? rc : 0;
}

static int add_sums(struct db *db, struct query *query)
{
	const struct caller_look *look = query->argument;
	struct db_stmt *stmt = db_query(db, Q_CALLER_REWARDS);
	int rc;

	db_bind_text(stmt, 1, look->number.text);
	db_bind_int(stmt, 2, COUNT_MAX);
	rc = db_step(stmt);
	if (rc > 0)
		json_object_set_new(query->result, "rewards",
				    json_pack("{sI sI}", "count", (json_int_t)db_int(stmt, 0), "mb",
					      (json_int_t)db_int(stmt, 1)));
	db_finish(stmt);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_CALLER_ENDS);
	db_bind_text(stmt, 1, look->number.text);
	rc = db_step(stmt);
	if (rc > 0) {
		json_object_set_new(query->result, "first", query_time(db_int(stmt, 0)));
		json_object_set_new(query->result, "last", query_time(db_int(stmt, 1)));
	}
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int work_caller(struct db *db, struct query *query)
{
	const struct caller_look *look = query->argument;
	const struct numbering *plan = query->tables->numbering;
	const char *text = look->number.text;
	int rc;

	query->result =
		json_pack("{so so ss sb sb}", "number", command_shown(text, query->by_ref),
			  "number_ref", command_ref(query->gateway, text), "class",
			  number_class_name(number_classify(plan, text)), "international",
			  number_is_foreign(text), "official", number_is_official(plan, text));
	rc = add_reports(db, query);
	if (rc == 0)
		rc = add_sums(db, query);
	return rc == 0 ? add_days(db, query) : rc;
}

/* ---- the call index ---- */

/* The caller asked for them; without them there is still the rest. */
static void on_days(void *user, const struct call_day *days, size_t count, bool ok)
{
	struct query *query = user;
	struct caller_look *look = query->argument;
	/* What is older has expired: nothing is known of it. */
	int64_t kept_ms =
		clock_now_ms() - (int64_t)query->gateway->config->feed.retention_days * DAY_MS;

	for (size_t i = 0; ok && i < count; i++) {
		json_t *row = look->rows[i];

		if (days[i].day_ms < kept_ms)
			continue;
		json_object_set_new(row, "people_called", json_integer(days[i].people));
		json_object_set_new(row, "attempts", json_integer(days[i].attempts));
		json_object_set_new(row, "answered", json_integer(days[i].answered));
		json_object_set_new(row, "seconds", json_integer((json_int_t)days[i].seconds));
	}
	json_object_set_new(query->result, "call_index", json_string(ok ? "read" : "unavailable"));
	query_end(query);
}

static void look_up(struct query *query)
{
	const struct caller_look *look = query->argument;
	struct gateway *gateway = query->gateway;
	const struct call_days_query days = { gateway->config->redis.prefix, look->number,
					      look->since_ms + (look->days - 1) * DAY_MS,
					      (size_t)look->days };

	json_object_set_new(query->result, "confirmed",
			    json_boolean(number_set_has(gateway->reported, look->number.text)));
	json_object_set_new(query->result, "retention_days",
			    json_integer(gateway->config->feed.retention_days));
	if (call_days_ask(gateway, gateway->redis, &days, on_days, query) < 0)
		on_days(query, NULL, 0, false);
}

void command_caller(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *name = json_object_get(args, "number") ? "number" : "caller";
	struct named_number number;
	struct caller_look *look;
	struct query *query;
	int64_t days;

	if (!command_number(gateway, request, args, name, &number) ||
	    !page_number(request, args, "days", 1, CALL_DAYS_MAX, DAYS_DEFAULT, &days))
		return;
	query = query_create(gateway, request, work_caller);
	if (!query)
		return;
	look = talloc_zero(query, struct caller_look);
	if (!look) {
		query_no_memory(query);
		return;
	}
	look->number = number.number;
	look->days = days;
	look->since_ms = calendar_day_start(clock_now_ms()) - (days - 1) * DAY_MS;
	query->by_ref = number.by_ref;
	query->argument = look;
	query->go_on = look_up;
	store_submit(gateway->reader, &query->op);
}
