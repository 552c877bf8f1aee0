/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao report ID --day`: the day of the number that was reported, out of the call index. Of its
 * calls to others only how many there were is told, never to whom. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_days.h"
#include "gateway/call_walk.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/report_row.h"
#include "rules/calendar.h"
#include "rules/report_id.h"

enum { DAY_MS = 86400000, DAYS = 7, CALLS_MAX = 200 };

struct day_look {
	struct report_row row; /* its texts are gone after the work */
	int64_t day_ms;
	int64_t kept_ms; /* days that began before are gone from the index */
	json_t *calls;
	bool cut; /* there are more */
	bool failed;
	unsigned holds;
};

/* ---- the report ---- */

/* The day of the call that was found, or that the report tells; else that of the report. */
static int64_t day_of(const struct report_row *row)
{
	int64_t at_ms = row->call_start_ms   ? row->call_start_ms
			: row->has_call_time ? row->call_from_ms
					     : row->received_ms;

	return calendar_day_start(at_ms);
}

static int work_day(struct db *db, struct query *query)
{
	struct day_look *look = query->argument;
	const struct report_row *row = &look->row;
	int rc = report_row_get(query->memory, db, query->id, &look->row);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: no such report");
	if (rc < 0)
		return rc;
	if (!row->number.text[0]) {
		snprintf(query->error, sizeof(query->error), "the report names no number");
		return -EALREADY;
	}
	look->day_ms = day_of(row);
	query->result =
		json_pack("{so so so so so so so}", "id", query_id(row->id), "number",
			  query_masked(row->number.text), "number_ref",
			  command_ref(query->gateway, row->number.text), "subscriber",
			  query_masked(row->subscriber.text), "subscriber_ref",
			  command_ref(query->gateway, row->subscriber.text), "day",
			  query_day(look->day_ms), "call_start", query_time(row->call_start_ms));
	return 0;
}

/* ---- the index ---- */

static void look_release(struct query *query)
{
	struct day_look *look = query->argument;

	if (--look->holds > 0)
		return;
	if (look->failed) {
		query_end_failed(query, CONTROL_UNAVAILABLE,
				 "the call index in Redis does not answer");
		return;
	}
	json_object_set(query->result, "to_subscriber", look->calls);
	json_object_set_new(query->result, "to_subscriber_cut", json_boolean(look->cut));
	query_end(query);
}

static json_t *day_json(const struct call_day *day)
{
	json_t *mean = day->answered ? json_integer((json_int_t)(day->seconds / day->answered))
				     : json_null();

	return json_pack("{so sI sI sI sI so}", "day", query_day(day->day_ms), "attempts",
			 (json_int_t)day->attempts, "answered", (json_int_t)day->answered, "people",
			 (json_int_t)day->people, "seconds", (json_int_t)day->seconds,
			 "mean_seconds", mean);
}

static json_t *total_json(const struct call_day *day)
{
	json_t *mean = day->answered ? json_integer((json_int_t)(day->seconds / day->answered))
				     : json_null();

	return json_pack("{sI sI sI so}", "total", (json_int_t)day->attempts, "answered",
			 (json_int_t)day->answered, "people", (json_int_t)day->people,
			 "mean_seconds", mean);
}

static json_t *hours_json(const struct call_day *day)
{
	json_t *list = json_array();

	for (int hour = 0; hour < CALLER_DAY_HOURS; hour++)
		json_array_append_new(
			list, json_pack("{si si}", "hour", hour, "attempts", day->hours[hour]));
	return list;
}

/* What is not counted is said. */
static json_t *limits_json(bool kept, bool hourly)
{
	if (!kept)
		return json_pack("[s]", "the day is past the retention of the call index");
	return json_pack(
		"[ss]",
		hourly ? "its hours are counted from the fifteenth person that it called"
		       : "hours are counted of a number that calls more than 14 people a day",
		"counters may not yet have the last minutes of the feed");
}

static void on_days(void *user, const struct call_day *days, size_t count, bool ok)
{
	struct query *query = user;
	struct day_look *look = query->argument;
	bool kept = look->day_ms >= look->kept_ms;
	bool hourly = kept && days[count - 1].hourly;
	json_t *list = json_array();

	look->failed = look->failed || !ok;
	for (size_t i = 0; i < count; i++)
		if (days[i].day_ms >= look->kept_ms)
			json_array_append_new(list, day_json(&days[i]));
	json_object_set_new(query->result, "calls",
			    kept ? total_json(&days[count - 1]) : json_null());
	json_object_set_new(query->result, "hours",
			    hourly ? hours_json(&days[count - 1]) : json_null());
	json_object_set_new(query->result, "days", list);
	json_object_set_new(query->result, "limits", limits_json(kept, hourly));
	look_release(query);
}

static void on_run(void *user, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct query *query = user;
	struct day_look *look = query->argument;
	struct call_record record;

	for (size_t at = 0; at + CALL_PACKED_SIZE <= len; at += CALL_PACKED_SIZE) {
		if (call_record_unpack(run + at, day_start_ms, &record) < 0 ||
		    strcmp(record.caller.text, look->row.number.text) != 0)
			continue;
		if (json_array_size(look->calls) == CALLS_MAX) {
			look->cut = true;
			return;
		}
		json_array_append_new(
			look->calls,
			json_pack("{so sb sI ss sb}", "at", query_time(record.start_ms), "answered",
				  record.answered, "seconds", (json_int_t)record.duration_s,
				  "entry", call_entry_name(record.entry), "asserted_differs",
				  record.caller_differs));
	}
}

static void on_end(void *user, bool ok)
{
	struct query *query = user;
	struct day_look *look = query->argument;

	look->failed = look->failed || !ok;
	look_release(query);
}

static void ask_calls(struct query *query)
{
	struct day_look *look = query->argument;
	struct gateway *gateway = query->gateway;
	const struct call_walk_query walk = { gateway->config->redis.prefix,
					      look->row.subscriber.text, look->day_ms,
					      look->day_ms + DAY_MS };

	look->holds++;
	if (call_walk(query, gateway->redis, &walk, on_run, on_end, query) == 0)
		return;
	look->failed = true;
	look->holds--;
}

static void ask_days(struct query *query)
{
	struct day_look *look = query->argument;
	struct gateway *gateway = query->gateway;
	const struct call_days_query days = { gateway->config->redis.prefix, look->row.number,
					      look->day_ms, DAYS };

	look->holds++;
	if (call_days_ask(query, gateway->redis, &days, on_days, query) == 0)
		return;
	look->failed = true;
	look->holds--;
}

static void look_up(struct query *query)
{
	struct day_look *look = query->argument;
	int64_t kept_days = query->gateway->config->feed.retention_days;

	look->kept_ms = clock_now_ms() - kept_days * DAY_MS;
	look->holds = 1;
	ask_days(query);
	ask_calls(query);
	look_release(query);
}

static int look_destroy(struct day_look *look)
{
	json_decref(look->calls);
	return 0;
}

void command_report_day(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct day_look *look;
	struct query *query;
	int64_t id;

	if (!command_report_id(request, args, &id))
		return;
	query = query_create(gateway, request, work_day);
	if (!query)
		return;
	look = talloc_zero(query, struct day_look);
	if (!look) {
		query_no_memory(query);
		return;
	}
	talloc_set_destructor(look, look_destroy);
	look->calls = json_array();
	query->argument = look;
	query->id = id;
	query->go_on = look_up;
	store_submit(gateway->reader, &query->op);
}
