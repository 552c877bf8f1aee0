/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/commands_query.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/ability.h"
#include "gateway/conceal.h"
#include "gateway/iso_time.h"
#include "gateway/outbox.h"
#include "gateway/report_row.h"
#include "rules/calendar.h"
#include "rules/report_id.h"

static int run_query(struct db *db, struct store_op *op)
{
	struct query *query = (struct query *)op;
	int rc;

	talloc_free(query->memory);
	query->memory = talloc_new(NULL);
	json_decref(query->result);
	query->result = NULL;
	query->error[0] = '\0';
	query->changed = (struct rule_state){ 0 };
	if (!query->memory)
		return -ENOMEM;
	rc = query->work(db, query);
	/* What the asker did wrong is an answer, not a failure of the store. */
	query->failed = rc;
	return query->error[0] ? 0 : rc;
}

static enum control_code code_of(int rc)
{
	switch (rc) {
	case -ENOENT:
		return CONTROL_NOT_FOUND;
	case -EEXIST:
	case -EBUSY:
	case -EALREADY:
		return CONTROL_CONFLICT;
	case -ESTALE:
		return CONTROL_STALE;
	default:
		return CONTROL_INVALID;
	}
}

/* Who comes with a token asks for each number, and is written down; the machine's own users, who
 * could read the store, see what there is. */
static int conceal_for(const struct control_request *request, json_t *result)
{
	if (!ability_reveals(request->roles))
		return conceal(result);
	return request->token_id ? conceal_written(result) : 0;
}

static void answer(struct query *query)
{
	if (conceal_for(query->request, query->result) == 0) {
		control_answer(query->request, query->result);
		return;
	}
	control_fail_code(query->request, CONTROL_UNAVAILABLE, "out of memory");
	json_decref(query->result);
}

static void query_free(struct query *query)
{
	tables_release(query->tables);
	talloc_free(query->memory);
	talloc_set_destructor(query, NULL);
	talloc_free(query);
}

/* The gateway goes while somebody waits. */
static int query_lost(struct query *query)
{
	control_fail_code(query->request, CONTROL_UNAVAILABLE, "shutting down");
	json_decref(query->result);
	tables_release(query->tables);
	talloc_free(query->memory);
	return 0;
}

void query_end(struct query *query)
{
	if (query->finish)
		query->finish(query);
	answer(query);
	query_free(query);
}

void query_end_failed(struct query *query, enum control_code code, const char *error)
{
	control_fail_code(query->request, code, "%s", error);
	json_decref(query->result);
	query_free(query);
}

void query_again(struct query *query, struct store *store,
		 int (*work)(struct db *db, struct query *query))
{
	talloc_set_destructor(query, NULL);
	talloc_steal(NULL, query); /* the store thread's */
	query->work = work;
	query->go_on = NULL;
	store_submit(store, &query->op);
}

static void query_done(struct store_op *op)
{
	struct query *query = (struct query *)op;

	if (query->error[0]) {
		control_fail_code(query->request, code_of(query->failed), "%s", query->error);
		json_decref(query->result);
	} else if (op->rc < 0) {
		control_fail_code(query->request, CONTROL_UNAVAILABLE, "store: %s",
				  strerror(-op->rc));
		json_decref(query->result);
	} else if (query->go_on && query->gateway->draining) {
		query_end_failed(query, CONTROL_UNAVAILABLE, "shutting down");
		return;
	} else if (query->go_on) {
		talloc_steal(query->gateway, query); /* the store's no more */
		talloc_set_destructor(query, query_lost);
		query->go_on(query);
		return;
	} else {
		query_end(query);
		return;
	}
	query_free(query);
}

struct query *query_create(struct gateway *gateway, struct control_request *request,
			   int (*work)(struct db *db, struct query *query))
{
	struct query *query = talloc_zero(NULL, struct query);

	if (!query) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		return NULL;
	}
	query->op.run = run_query;
	query->op.done = query_done;
	query->gateway = gateway;
	query->tables = tables_hold(gateway->live->tables);
	query->request = request;
	query->work = work;
	control_actor(request, query->actor);
	return query;
}

void query_refuse(struct query *query, const char *error)
{
	control_fail(query->request, "%s", error);
	tables_release(query->tables);
	talloc_free(query);
}

void query_no_memory(struct query *query)
{
	control_fail_code(query->request, CONTROL_UNAVAILABLE, "out of memory");
	tables_release(query->tables);
	talloc_free(query);
}

int query_add_count(struct db *db, struct query *query, enum db_query count, const char *name)
{
	struct db_stmt *stmt = db_query(db, count);
	int rc = db_step(stmt);

	if (rc > 0)
		json_object_set_new(query->result, name, json_integer(db_int(stmt, 0)));
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

json_t *query_masked(const char *number)
{
	char mask[NUMBER_MAX];

	number_mask(number, mask);
	return json_string(mask);
}

json_t *query_time(int64_t ms)
{
	char text[ISO_TIME_MAX];

	return ms ? json_string(iso_time_format(ms, text)) : json_null();
}

json_t *query_day(int64_t ms)
{
	struct calendar_date date = calendar_date_at(ms);

	return json_sprintf("%04d-%02d-%02d", date.year, date.month, date.day);
}

/* "a,b" as ["a", "b"]. */
json_t *query_list(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, ",");

		json_array_append_new(list, json_stringn(text, len));
		text += len;
		text += *text == ',';
	}
	return list;
}

/* `plan` NULL: all of them. */
static json_t *lines_of(const struct numbering *plan, const char *text, int64_t now_ms)
{
	json_t *lines = json_array();

	while (*text) {
		size_t len = strcspn(text, "\n");
		struct block_rule rule;

		if (len > 0 && (!plan || (block_rule_parse(plan, text, len, &rule, NULL) == 1 &&
					  block_rule_is_over(&rule, now_ms))))
			json_array_append_new(lines, json_stringn(text, len));
		text += len;
		text += *text == '\n';
	}
	return lines;
}

json_t *query_lines(const char *text)
{
	return lines_of(NULL, text, 0);
}

json_t *query_lines_over(const struct numbering *plan, const char *text, int64_t now_ms)
{
	return lines_of(plan, text, now_ms);
}

json_t *query_id(int64_t id)
{
	char text[REPORT_ID_MAX];

	report_id_format(id, text);
	return json_string(text);
}

const char *query_report_state(int64_t value)
{
	return report_state_name((enum report_state)value);
}

const char *query_channel(int64_t value)
{
	return outbox_channel_name((enum outbox_channel)value);
}
