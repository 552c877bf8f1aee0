/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/review_show.h"

#include <errno.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/report_why.h"

enum { SIMILAR_MAX = 8, SIMILAR_DAYS = 30, DAY_MS = 86400000 };

json_t *review_summary(const struct query *query, const struct report_row *row,
		       const struct review_row *review, int64_t now_ms)
{
	bool taken = review->taken_by[0] && review->taken_ms > now_ms;

	return json_pack("{so sI sI so so so so ss so sb so}", "id", query_id(row->id), "age_s",
			 (json_int_t)(now_ms - row->received_ms) / 1000, "left_s",
			 (json_int_t)(row->deadline_ms - now_ms) / 1000, "subscriber",
			 query_masked(row->subscriber.text), "subscriber_ref",
			 command_ref(query->gateway, row->subscriber.text), "number",
			 json_string(row->number.text), "number_ref",
			 command_ref(query->gateway, row->number.text), "category",
			 report_category_name(row->category), "why",
			 row->reasons[0] ? query_list(row->reasons) : json_pack("[s]", "appealed"),
			 "appealed", row->appealed, "with",
			 taken ? json_string(review->taken_by) : json_null());
}

/* Other reports of the number: what their senders wrote, and what became of them. */
static int add_similar(struct db *db, struct query *query, const struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_SIMILAR);
	json_t *list = json_array();
	struct report_row other;
	int rc;

	json_object_set_new(query->result, "similar", list);
	db_bind_text(stmt, 1, row->number.text);
	db_bind_int(stmt, 2, row->received_ms - (int64_t)SIMILAR_DAYS * DAY_MS);
	db_bind_int(stmt, 3, row->id);
	db_bind_int(stmt, 4, SIMILAR_MAX);
	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(query->memory, stmt, &other);
		if (rc < 0)
			return rc;
		json_array_append_new(
			list, json_pack("{so so so so ss ss}", "id", query_id(other.id), "received",
					query_time(other.received_ms), "subscriber",
					query_masked(other.subscriber.text), "subscriber_ref",
					command_ref(query->gateway, other.subscriber.text), "state",
					report_state_name(other.state), "text", other.text));
	}
	return rc;
}

/* What became of the sender's other reports. */
static int add_sender(struct db *db, struct query *query, const struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_SENDER);
	json_t *counts = json_object();
	int rc;

	json_object_set_new(query->result, "others_of_sender", counts);
	db_bind_text(stmt, 1, row->subscriber.text);
	db_bind_int(stmt, 2, row->id);
	while ((rc = db_step(stmt)) > 0)
		json_object_set_new(counts, query_report_state(db_int(stmt, 0)),
				    json_integer(db_int(stmt, 1)));
	return rc;
}

static int add_why(struct db *db, struct query *query, const struct report_row *row)
{
	json_t *why = NULL;
	int rc = report_why(db, row, &why);

	if (rc == 0)
		json_object_set_new(query->result, "why", why);
	else
		json_decref(why);
	/* A report that was appealed before any evidence was judged: then there is none. */
	return rc == -ENOENT || rc == -EBADMSG ? 0 : rc;
}

int review_show(struct db *db, struct query *query, int64_t id)
{
	struct review_row review;
	struct report_row row;
	int rc = report_row_get(query->memory, db, id, &row);

	if (rc == 0)
		rc = review_row_get(db, id, &review);
	if (rc < 0)
		return rc;
	query->result = json_pack(
		"{so ss ss so so so}", "report",
		review_summary(query, &row, &review, clock_now_ms()), "state",
		report_state_name(row.state), "text", row.text, "received",
		query_time(row.received_ms), "deadline", query_time(row.deadline_ms), "call_time",
		row.has_call_time ? json_pack("{so so}", "from", query_time(row.call_from_ms), "to",
					      query_time(row.call_to_ms))
				  : json_null());
	if (review.decided_by[0])
		json_object_set_new(query->result, "decided_before_by",
				    json_string(review.decided_by));
	rc = add_why(db, query, &row);
	if (rc == 0)
		rc = add_similar(db, query, &row);
	return rc < 0 ? rc : add_sender(db, query, &row);
}
