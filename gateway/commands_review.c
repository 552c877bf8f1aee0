/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao review`: the queue of what policy could not decide. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/review_show.h"
#include "gateway/verdict_terms.h"
#include "rules/report_id.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 1000 };

enum review_op { OP_LIST, OP_NEXT, OP_SHOW, OP_TAKE, OP_RELEASE, OP_DECIDE, OP_COUNT };

static const char *const op_names[OP_COUNT] = {
	[OP_LIST] = "list", [OP_NEXT] = "next",	      [OP_SHOW] = "show",
	[OP_TAKE] = "take", [OP_RELEASE] = "release", [OP_DECIDE] = "decide",
};

/* What a query of a review carries beside its report. */
struct review_query {
	enum review_op op;
	char name[REVIEWER_MAX];
	char actor[CONTROL_ACTOR_MAX];
	char reason[REVIEW_REASON_MAX];
	enum verdict_kind kind;
	int64_t lease_ms;
	bool fresh;
	struct verdict_terms terms;
	struct verdict_outcome outcome;
};

static struct reviewer reviewer_of(const struct review_query *review)
{
	return (struct reviewer){ review->name, review->actor, clock_now_ms(), review->lease_ms,
				  review->fresh };
}

/* ---- what is shown ---- */

static int add_waiting(struct db *db, struct query *query)
{
	return query_add_count(db, query, Q_REVIEW_COUNT, "waiting");
}

static int work_list(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_QUEUE);
	json_t *list = json_array();
	int64_t now_ms = clock_now_ms();
	int rc;

	query->result = json_pack("{so}", "reports", list);
	db_bind_int(stmt, 1, query->limit);
	while ((rc = db_step(stmt)) > 0) {
		struct review_row review = { .taken_ms = db_int(stmt, 2) };
		struct report_row row;

		snprintf(review.taken_by, sizeof(review.taken_by), "%s", db_text(stmt, 1));
		rc = report_row_get(query->memory, db, db_int(stmt, 0), &row);
		if (rc < 0)
			return rc;
		json_array_append_new(list, review_summary(query, &row, &review, now_ms));
	}
	return rc < 0 ? rc : add_waiting(db, query);
}

/* ---- what is done ---- */

static int work_show(struct db *db, struct query *query)
{
	int rc = review_show(db, query, query->id);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: no such report");
	return rc;
}

static int take_and_show(struct db *db, struct query *query, int64_t id,
			 const struct reviewer *reviewer)
{
	int rc = review_take(query->memory, db, id, reviewer, query->error);

	return rc < 0 || query->error[0] ? rc : review_show(db, query, id);
}

static int work_next(struct db *db, struct query *query)
{
	struct reviewer reviewer = reviewer_of(query->review);
	int64_t id;
	int rc = review_next(db, &reviewer, &id);

	if (rc > 0)
		rc = take_and_show(db, query, id, &reviewer);
	else if (rc == 0)
		query->result = json_pack("{sn}", "report");
	return rc < 0 || query->error[0] ? rc : add_waiting(db, query);
}

static int work_take(struct db *db, struct query *query)
{
	struct reviewer reviewer = reviewer_of(query->review);

	return take_and_show(db, query, query->id, &reviewer);
}

static int work_release(struct db *db, struct query *query)
{
	struct reviewer reviewer = reviewer_of(query->review);
	int rc = review_release(query->memory, db, query->id, &reviewer, query->error);

	query->result = json_pack("{so}", "released", query_id(query->id));
	return rc;
}

static int work_decide(struct db *db, struct query *query)
{
	struct review_query *review = query->review;
	struct reviewer reviewer = reviewer_of(review);
	int rc =
		review_decide(query->memory, db, query->id, &reviewer, review->kind, review->reason,
			      &review->terms.settings, &review->outcome, query->error);

	if (rc < 0 || query->error[0])
		return rc;
	query->result = json_pack("{so ss ss ss}", "id", query_id(query->id), "state",
				  report_state_name(review->outcome.state), "by", review->name,
				  "reason", review->reason);
	return add_waiting(db, query);
}

static void finish_decide(struct query *query)
{
	query->gateway->metrics.reports_decided_total++;
	verdict_committed(query->gateway, query->id, &query->review->outcome);
}

/* ---- the request ---- */

static const struct {
	int (*work)(struct db *db, struct query *query);
	bool writes;
	bool names_report;
} ops[OP_COUNT] = {
	[OP_LIST] = { work_list, false, false },     [OP_NEXT] = { work_next, true, false },
	[OP_SHOW] = { work_show, false, true },	     [OP_TAKE] = { work_take, true, true },
	[OP_RELEASE] = { work_release, true, true }, [OP_DECIDE] = { work_decide, true, true },
};

static int read_word(const json_t *args, const char *name, const char *const names[], int count)
{
	const char *text = json_string_value(json_object_get(args, name));

	for (int i = 0; text && i < count; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -EINVAL;
}

/* A line of text; false: there is none, or it is too long. */
static bool read_line(const json_t *args, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(args, name));
	size_t len = text ? strlen(text) : 0;

	if (len == 0 || len >= cap || text[strspn(text, " \t")] == '\0')
		return false;
	memcpy(out, text, len + 1);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return true;
}

/* Root and the daemon's own user, whoever is behind them, say who they are with `as`. */
static const char *read_reviewer(struct control_request *request, const json_t *args,
				 struct review_query *out)
{
	control_actor(request, out->actor);
	snprintf(out->name, sizeof(out->name), "%s", request->name);
	if (!json_object_get(args, "as"))
		return NULL;
	if (request->user[0] || !(request->roles & ROLE_BIT(ROLE_ADMIN)))
		return "as: a user decides in no other's name";
	return read_line(args, "as", out->name, sizeof(out->name))
		       ? NULL
		       : "as: wants a name of at most 47 octets";
}

static const char *read_decision(const json_t *args, struct review_query *out)
{
	static const enum verdict_kind kinds[] = { VERDICT_VERIFIED, VERDICT_REJECTED,
						   VERDICT_UNPROVED };
	static const char *const names[] = { "verified", "rejected", "unproved" };
	int kind = read_word(args, "verdict", names, 3);

	if (kind < 0)
		return "verdict: is none of verified, rejected, unproved";
	out->kind = kinds[kind];
	if (!read_line(args, "reason", out->reason, sizeof(out->reason)) ||
	    u8_mbsnlen((const uint8_t *)out->reason, strlen(out->reason)) >
		    REVIEW_REASON_CHARACTERS)
		return "reason: wants a text of at most 399 characters";
	return NULL;
}

static const char *read_report(const json_t *args, int64_t *id)
{
	const char *text = json_string_value(json_object_get(args, "id"));

	return text && report_id_parse(text, strlen(text), id) == 0 ? NULL
								    : "id: is no report number";
}

static const char *read_limit(const json_t *args, int64_t *limit)
{
	const json_t *value = json_object_get(args, "limit");

	*limit = value ? json_integer_value(value) : LIST_DEFAULT;
	return *limit < 1 || *limit > LIST_MAX ? "limit: not from 1 to 1000" : NULL;
}

static const char *read_request(struct control_request *request, const json_t *args,
				struct query *query)
{
	struct review_query *review = query->review;
	const char *error = read_reviewer(request, args, review);

	review->fresh = json_is_true(json_object_get(args, "fresh"));
	if (!error)
		error = read_limit(args, &query->limit);
	if (!error && ops[review->op].names_report)
		error = read_report(args, &query->id);
	if (!error && review->op == OP_DECIDE)
		error = read_decision(args, review);
	return error;
}

void command_review(struct gateway *gateway, struct control_request *request, json_t *args)
{
	int op = json_object_get(args, "op") ? read_word(args, "op", op_names, OP_COUNT) : OP_LIST;
	struct query *query;
	const char *error;

	if (op < 0) {
		control_fail(request, "op: not known");
		return;
	}
	query = query_create(gateway, request, ops[op].work);
	if (!query)
		return;
	query->review = talloc_zero(query, struct review_query);
	if (!query->review ||
	    verdict_terms_fill(query->review, gateway, clock_now_ms(), &query->review->terms) < 0) {
		query_no_memory(query);
		return;
	}
	query->review->op = (enum review_op)op;
	query->review->lease_ms = (int64_t)gateway->live->reports.review_lease_s * 1000;
	error = read_request(request, args, query);
	if (error) {
		query_refuse(query, error);
		return;
	}
	query->finish = op == OP_DECIDE ? finish_decide : NULL;
	store_submit(ops[op].writes ? gateway->store : gateway->reader, &query->op);
}
