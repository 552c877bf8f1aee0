/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao statistics`: reports day by day, and the open ones by their age. */
#include <errno.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/day_count.h"
#include "rules/calendar.h"
#include "rules/reply.h"
#include "rules/report_parse.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, DAYS_MAX = 90, DAYS_DEFAULT = 7, DUE_SOON_H = 4 };

/* Upper ends in hours; the promise is 48. The last has none. */
static const int64_t ages_h[] = { 1, 6, 12, 24, 36, 44, 48, 0 };
enum { AGES = sizeof(ages_h) / sizeof(*ages_h) };

struct day {
	int64_t received;
	int64_t in_time;
	int64_t late;
	int64_t by_state[REPORT_STATE_COUNT];
};

static void count(struct day *day, int64_t kind, int64_t n, int64_t categories[])
{
	int64_t state = kind / DAY_STATE;
	int64_t category = kind % DAY_AT_ONCE;

	if (kind == DAY_IN_TIME) {
		day->in_time += n;
	} else if (kind == DAY_LATE) {
		day->late += n;
	} else if (state < REPORT_STATE_COUNT && category < REPORT_CATEGORY_COUNT) {
		day->received += n;
		day->by_state[state] += n;
		day->in_time += kind % DAY_STATE >= DAY_AT_ONCE ? n : 0;
		categories[category] += n;
	}
}

_Static_assert((int)REPORT_CATEGORY_COUNT <= (int)DAY_AT_ONCE && DAY_STATE == 10 * DAY_AT_ONCE &&
		       (int)REPORT_STATE_COUNT * (int)DAY_STATE <= (int)DAY_IN_TIME,
	       "each kind is one number");

static void add_day(json_t *list, int64_t day_ms, const struct day *day)
{
	json_t *states = json_object();

	for (int i = 0; i < REPORT_STATE_COUNT; i++)
		if (day->by_state[i] > 0)
			json_object_set_new(states, report_state_name((enum report_state)i),
					    json_integer(day->by_state[i]));
	json_array_append_new(list, json_pack("{so sI so sI sI}", "day", query_day(day_ms),
					      "received", (json_int_t)day->received, "by_state",
					      states, "answered_in_time", (json_int_t)day->in_time,
					      "answered_late", (json_int_t)day->late));
}

static int add_days(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_DAY_COUNTS);
	int64_t categories[REPORT_CATEGORY_COUNT] = { 0 };
	struct day days[DAYS_MAX] = { { 0 } };
	json_t *list = json_array();
	json_t *names = json_object();
	int rc;

	db_bind_int(stmt, 1, query->since_ms);
	while ((rc = db_step(stmt)) > 0) {
		int64_t i = (db_int(stmt, 0) - query->since_ms) / DAY_MS;

		if (i >= 0 && i < query->count)
			count(&days[i], db_int(stmt, 1), db_int(stmt, 2), categories);
	}
	for (int64_t i = 0; i < query->count; i++)
		add_day(list, query->since_ms + i * DAY_MS, &days[i]);
	for (int i = 0; i < REPORT_CATEGORY_COUNT; i++)
		json_object_set_new(names, report_category_name((enum report_category)i),
				    json_integer(categories[i]));
	json_object_set_new(query->result, "days", list);
	json_object_set_new(query->result, "categories", names);
	return rc;
}

static json_t *ages_json(const int64_t counts[AGES])
{
	json_t *list = json_array();
	int64_t from_h = 0;

	for (int i = 0; i < AGES; i++) {
		json_array_append_new(list,
				      json_pack("{sI so sI}", "from_h", (json_int_t)from_h, "to_h",
						ages_h[i] ? json_integer(ages_h[i]) : json_null(),
						"count", (json_int_t)counts[i]));
		from_h = ages_h[i];
	}
	return list;
}

/* As many rows as reports are open: those that are looked at again. */
static int add_open(struct db *db, struct query *query)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_OPEN_AGES);
	int64_t now_ms = clock_now_ms();
	int64_t counts[AGES] = { 0 };
	int64_t total = 0, soon = 0, overdue = 0, oldest_ms = now_ms;
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		int64_t received_ms = db_int(stmt, 0);
		int64_t left_ms = db_int(stmt, 1) - now_ms;
		int i = 0;

		while (i < AGES - 1 && now_ms - received_ms >= ages_h[i] * HOUR_MS)
			i++;
		counts[i]++;
		total++;
		overdue += left_ms <= 0;
		soon += left_ms > 0 && left_ms <= (int64_t)DUE_SOON_H * HOUR_MS;
		oldest_ms = received_ms < oldest_ms ? received_ms : oldest_ms;
	}
	json_object_set_new(query->result, "open",
			    json_pack("{sI so sI sI sI}", "total", (json_int_t)total, "by_age",
				      ages_json(counts), "oldest_s",
				      (json_int_t)(now_ms - oldest_ms) / 1000, "due_in_4h",
				      (json_int_t)soon, "overdue", (json_int_t)overdue));
	return rc;
}

static int work_statistics(struct db *db, struct query *query)
{
	int rc;

	query->result = json_object();
	rc = add_days(db, query);
	return rc < 0 ? rc : add_open(db, query);
}

void command_statistics(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query;
	int64_t days;

	if (!page_number(request, args, "days", 1, DAYS_MAX, DAYS_DEFAULT, &days))
		return;
	query = query_create(gateway, request, work_statistics);
	if (!query)
		return;
	query->count = days;
	query->since_ms = calendar_day_start(clock_now_ms()) - (days - 1) * DAY_MS;
	store_submit(gateway->reader, &query->op);
}
