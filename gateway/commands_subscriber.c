/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao subscriber NUMBER`: what is known of a subscriber, on one page. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/subscriber_row.h"
#include "rules/calendar.h"

enum { DAY_MS = 86400000, BLOCKED_DAYS = 7 };

static int add_rules(struct db *db, struct query *query)
{
	struct rule_state state;
	json_t *lines;
	int rc = rule_store_get(query->memory, db, query->tables->numbering, query->number.text,
				&state);

	if (rc < 0)
		return rc;
	lines = query_lines(state.text);
	query->result = json_pack("{so so sb sb sI sI}", "subscriber",
				  command_shown(query->number.text, query->by_ref),
				  "subscriber_ref", command_ref(query->gateway, query->number.text),
				  "calls_blocked", (state.blocked & BLOCK_CALL) != 0, "sms_blocked",
				  (state.blocked & BLOCK_SMS) != 0, "rules_version",
				  (json_int_t)state.version, "rules_count",
				  (json_int_t)json_array_size(lines));
	json_decref(lines);
	return 0;
}

/* Those of one person: few, and bounded by the statement. */
static int add_reports(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_SENDER);
	json_t *counts = json_object();
	int64_t total = 0;
	int rc;

	db_bind_text(stmt, 1, query->number.text);
	db_bind_int(stmt, 2, 0);
	while ((rc = db_step(stmt)) > 0) {
		json_object_set_new(counts, query_report_state(db_int(stmt, 0)),
				    json_integer(db_int(stmt, 1)));
		total += db_int(stmt, 1);
	}
	json_object_set_new(query->result, "reports",
			    json_pack("{so sI}", "by_state", counts, "total", (json_int_t)total));
	return rc;
}

static int add_sums(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_SUBSCRIBER_REWARDS);
	int rc;

	db_bind_text(stmt, 1, query->number.text);
	rc = db_step(stmt);
	if (rc > 0)
		json_object_set_new(query->result, "rewards",
				    json_pack("{sI sI}", "count", (json_int_t)db_int(stmt, 0), "mb",
					      (json_int_t)db_int(stmt, 1)));
	db_finish(stmt);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_SUBSCRIBER_BLOCKED);
	db_bind_text(stmt, 1, query->number.text);
	db_bind_int(stmt, 2,
		    calendar_day_start(clock_now_ms()) - (int64_t)(BLOCKED_DAYS - 1) * DAY_MS);
	rc = db_step(stmt);
	if (rc > 0)
		json_object_set_new(query->result, "blocked_7d", json_integer(db_int(stmt, 0)));
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int add_wishes(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_DIGEST_IS_ON);
	struct subscriber_row row;
	json_t *style = json_null();
	int digest, rc;

	db_bind_text(stmt, 1, query->number.text);
	digest = db_step(stmt);
	db_finish(stmt);
	rc = subscriber_row_get(db, query->number.text, &row);
	if (digest < 0 || rc < 0)
		return digest < 0 ? digest : rc;
	if (row.style == REPLY_STANDARD || row.style == REPLY_PLAIN)
		style = json_string(row.style == REPLY_PLAIN ? "plain" : "standard");
	json_object_set_new(query->result, "wishes",
			    json_pack("{sb so so}", "daily_summary", digest > 0, "style", style,
				      "unsubscribed", query_time(row.unsubscribed_ms)));
	return 0;
}

static int work_subscriber(struct db *db, struct query *query)
{
	int rc = add_rules(db, query);

	if (rc == 0)
		rc = add_reports(db, query);
	if (rc == 0)
		rc = add_sums(db, query);
	return rc == 0 ? add_wishes(db, query) : rc;
}

void command_subscriber(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *name = json_object_get(args, "number") ? "number" : "subscriber";
	struct named_number number;
	struct query *query;

	if (!command_number(gateway, request, args, name, &number))
		return;
	query = query_create(gateway, request, work_subscriber);
	if (!query)
		return;
	query->number = number.number;
	query->by_ref = number.by_ref;
	store_submit(gateway->reader, &query->op);
}
