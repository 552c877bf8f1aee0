/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao callers`: the numbers that were reported most.
 *
 * Of each day the TOP_MAX / days most reported numbers are looked at, off an index, and what the
 * first of them have in the whole span is summed. Who is among them on no day of the span cannot be
 * far up; when a day had more, `complete` is false. By people the RANKED_MAX most reported are
 * ordered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_index.h"
#include "gateway/call_manner.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "rules/calendar.h"

enum {
	DAY_MS = 86400000,
	DAYS_MAX = 90,
	DAYS_DEFAULT = 7,
	TOP_MAX = 20000,
	SUM_MAX = 2000,	   /* numbers that are summed */
	RANKED_MAX = 200,  /* numbers that are ordered by people */
	PEOPLE_MAX = 2000, /* reports of a number that are looked at for who made them */
	WAVE = 50,	   /* look-ups that are under way at a time */
};

struct caller {
	struct number number;
	int64_t reports;
	int64_t verified;
	int64_t people; /* of the first RANKED_MAX, when they are ordered by that */
};

/* How one of the numbers that are shown calls others. */
struct fan_out {
	struct manner_wish wish; /* first */
	struct evidence evidence;
	struct query *query;
	json_t *row; /* of the result */
	struct number number;
};

struct search {
	struct page page;
	int64_t days;
	bool by_people;
	int64_t since_ms;
	/* Of a run. */
	struct caller *list;
	size_t count;
	bool cut;
	/* On the loop. */
	struct fan_out *fan_outs;
	size_t shown;
	size_t asked;
	size_t waiting;
	bool asking;
};

/* ---- which numbers ---- */

static int by_number(const void *a, const void *b)
{
	return strcmp(((const struct caller *)a)->number.text,
		      ((const struct caller *)b)->number.text);
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_reports(const void *a, const void *b)
{
	const struct caller *one = a, *two = b;
	int order = compare(one->reports, two->reports);

	return order ? order : by_number(a, b);
}

static int by_people(const void *a, const void *b)
{
	const struct caller *one = a, *two = b;
	int order = compare(one->people, two->people);

	order = order ? order : compare(one->reports, two->reports);
	return order ? order : by_number(a, b);
}

static int read_day(struct db *db, enum db_query which, struct search *search, int64_t day_ms,
		    int64_t most)
{
	struct db_stmt *stmt = db_query(db, which);
	int rc;

	db_bind_int(stmt, 1, day_ms);
	db_bind_int(stmt, 2, most);
	while ((rc = db_step(stmt)) > 0) {
		struct caller *caller = &search->list[search->count++];

		*caller =
			(struct caller){ .reports = db_int(stmt, 1), .verified = db_int(stmt, 2) };
		strncpy(caller->number.text, db_text(stmt, 0), NUMBER_MAX - 1);
	}
	return rc;
}

/* Those that were reported often, and as many of the others as there is room for. */
static int add_day(struct db *db, struct search *search, int64_t day_ms, int64_t most)
{
	size_t end = search->count + (size_t)most;
	int rc = read_day(db, Q_CALLER_TOP, search, day_ms, most);

	if (rc == 0 && search->count < end)
		rc = read_day(db, Q_CALLER_REST, search, day_ms, (int64_t)(end - search->count));
	search->cut = search->cut || search->count == end;
	return rc;
}

/* One row a number. */
static void unite(struct search *search)
{
	size_t kept = 0;

	qsort(search->list, search->count, sizeof(*search->list), by_number);
	for (size_t i = 0; i < search->count; i++) {
		struct caller *one = &search->list[i];
		struct caller *last = kept ? &search->list[kept - 1] : NULL;

		if (last && by_number(last, one) == 0) {
			last->reports += one->reports;
			last->verified += one->verified;
		} else {
			search->list[kept++] = *one;
		}
	}
	search->count = kept;
}

/* A number may be among the first of some days only. */
static int sum_again(struct db *db, struct search *search)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && search->cut && i < search->count && i < SUM_MAX; i++) {
		struct db_stmt *stmt = db_query(db, Q_CALLER_SUM);
		struct caller *caller = &search->list[i];

		db_bind_text(stmt, 1, caller->number.text);
		db_bind_int(stmt, 2, search->since_ms);
		db_bind_int(stmt, 3, search->since_ms + (search->days - 1) * DAY_MS);
		rc = db_step(stmt);
		if (rc > 0) {
			caller->reports = db_int(stmt, 0);
			caller->verified = db_int(stmt, 1);
		}
		db_finish(stmt);
	}
	return rc < 0 ? rc : 0;
}

/* When it was reported first and last, and by how many; columns of Q_CALLER_SEEN. */
static int see(struct db *db, const struct search *search, const struct caller *caller,
	       struct db_stmt **out)
{
	struct db_stmt *stmt = db_query(db, Q_CALLER_SEEN);

	db_bind_text(stmt, 1, caller->number.text);
	db_bind_int(stmt, 2, search->since_ms);
	db_bind_int(stmt, 3, PEOPLE_MAX);
	*out = stmt;
	return db_step(stmt);
}

static int rank_by_people(struct db *db, struct search *search)
{
	int rc = 0;

	if (search->count > RANKED_MAX) {
		search->count = RANKED_MAX;
		search->cut = true;
	}
	for (size_t i = 0; rc >= 0 && i < search->count; i++) {
		struct db_stmt *stmt;

		rc = see(db, search, &search->list[i], &stmt);
		search->list[i].people = rc > 0 ? db_int(stmt, 2) : 0;
		db_finish(stmt);
	}
	qsort(search->list, search->count, sizeof(*search->list), by_people);
	return rc < 0 ? rc : 0;
}

static int find_callers(void *ctx, struct db *db, struct search *search)
{
	int64_t most = TOP_MAX / search->days;
	int rc = 0;

	search->count = 0;
	search->cut = false;
	search->list = talloc_array(ctx, struct caller, (size_t)(most * search->days));
	if (!search->list)
		return -ENOMEM;
	for (int64_t i = 0; rc == 0 && i < search->days; i++)
		rc = add_day(db, search, search->since_ms + i * DAY_MS, most);
	if (rc < 0)
		return rc;
	unite(search);
	qsort(search->list, search->count, sizeof(*search->list), by_reports);
	rc = sum_again(db, search);
	qsort(search->list, search->count, sizeof(*search->list), by_reports);
	return rc == 0 && search->by_people ? rank_by_people(db, search) : rc;
}

/* ---- what is told of them ---- */

static int caller_json(struct db *db, const struct query *query, const struct caller *caller,
		       json_t *out)
{
	struct db_stmt *stmt;
	int rc = see(db, query->argument, caller, &stmt);

	if (rc <= 0)
		return rc;
	/* With more reports than are looked at, there may be more people as well. */
	json_array_append_new(out, json_pack("{so so sI sI sI sb so so sn}", "number",
					     query_masked(caller->number.text), "number_ref",
					     command_ref(query->gateway, caller->number.text),
					     "reports", (json_int_t)caller->reports, "verified",
					     (json_int_t)caller->verified, "people",
					     (json_int_t)db_int(stmt, 2), "people_exact",
					     db_int(stmt, 3) < PEOPLE_MAX, "first",
					     query_time(db_int(stmt, 0)), "last",
					     query_time(db_int(stmt, 1)), "fan_out"));
	db_finish(stmt);
	return 0;
}

static int work_callers(struct db *db, struct query *query)
{
	struct search *search = query->argument;
	size_t from = search->page.at == INT64_MAX ? 0 : (size_t)search->page.at;
	size_t to = from + (size_t)search->page.limit;
	json_t *list = json_array();
	int rc;

	query->result = json_pack("{so sI}", "callers", list, "days", (json_int_t)search->days);
	rc = find_callers(query->memory, db, search);
	while (search->count > 0 && search->list[search->count - 1].reports <= 0)
		search->count--; /* corrected numbers */
	for (size_t i = from; rc == 0 && i < to && i < search->count; i++)
		rc = caller_json(db, query, &search->list[i], list);
	if (rc < 0)
		return rc;
	search->shown = json_array_size(list);
	for (size_t i = 0; i < search->shown; i++)
		search->fan_outs[i].number = search->list[from + i].number;
	json_object_set_new(query->result, "complete", json_boolean(!search->cut));
	json_object_set_new(query->result, "next",
			    to < search->count ? page_next((int64_t)to, 0) : json_null());
	return 0;
}

/* ---- how they call ---- */

static void ask_on(struct query *query);

static void on_fan_out(struct manner_wish *wish, bool ok)
{
	struct fan_out *fan_out = (struct fan_out *)wish;
	struct search *search = fan_out->query->argument;

	if (ok)
		json_object_set_new(fan_out->row, "fan_out",
				    json_integer(fan_out->evidence.distinct_called));
	search->waiting--;
	if (!search->asking)
		ask_on(fan_out->query);
}

static void ask_on(struct query *query)
{
	struct search *search = query->argument;
	struct gateway *gateway = query->gateway;

	search->asking = true;
	while (search->asked < search->shown && search->waiting < WAVE &&
	       redis_client_connected(gateway->redis)) {
		struct fan_out *fan_out = &search->fan_outs[search->asked];
		const struct manner_question question = { fan_out->number, (uint32_t)search->days,
							  clock_now_ms() };

		fan_out->wish.evidence = &fan_out->evidence;
		fan_out->wish.done = on_fan_out;
		fan_out->query = query;
		fan_out->row =
			json_array_get(json_object_get(query->result, "callers"), search->asked++);
		search->waiting++;
		call_manner_ask(call_index_manners(gateway->calls), &question, &fan_out->wish);
	}
	search->asking = false;
	/* What is not known without Redis stays null. */
	if (search->waiting == 0)
		query_end(query);
}

/* ---- the command ---- */

static bool read_order(struct control_request *request, const json_t *args, bool *people)
{
	const json_t *value = json_object_get(args, "order");
	const char *text = json_string_value(value);

	*people = text && strcmp(text, "people") == 0;
	if (!value || *people || (text && strcmp(text, "reports") == 0))
		return true;
	control_fail(request, "order: neither reports nor people");
	return false;
}

void command_callers(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct search wanted = { 0 };
	struct search *search;
	struct query *query;

	if (!page_number(request, args, "days", 1, DAYS_MAX, DAYS_DEFAULT, &wanted.days) ||
	    !read_order(request, args, &wanted.by_people) ||
	    !page_read(request, args, &wanted.page))
		return;
	wanted.since_ms = calendar_day_start(clock_now_ms()) - (wanted.days - 1) * DAY_MS;
	query = query_create(gateway, request, work_callers);
	if (!query)
		return;
	search = talloc_memdup(query, &wanted, sizeof(wanted));
	if (search)
		search->fan_outs =
			talloc_zero_array(search, struct fan_out, (size_t)wanted.page.limit);
	if (!search || !search->fan_outs) {
		query_no_memory(query);
		return;
	}
	query->argument = search;
	query->go_on = ask_on;
	store_submit(gateway->reader, &query->op);
}
