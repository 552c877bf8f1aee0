/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao reports`: the latest reports, and those that people look for.
 *
 * Numbers and open states have indexes; else the newest are looked at row by row: never more than
 * SCAN_MAX of them, however few fit. A page that ends there has a `next`, and goes on from there.
 */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/report_row.h"

enum { SCAN_MAX = 10000 };

struct filter {
	enum report_state state;       /* REPORT_STATE_COUNT: any */
	enum report_category category; /* REPORT_CATEGORY_COUNT: any */
	struct named_number number;    /* "": any */
	struct named_number subscriber;
	int64_t since_ms;
	int64_t until_ms; /* not included */
	struct page page;
};

json_t *query_report(const struct query *query, const struct report_row *row)
{
	const struct gateway *gateway = query->gateway;

	return json_pack(
		"{so so so so so so ss ss ss so so}", "id", query_id(row->id), "received",
		query_time(row->received_ms), "subscriber", query_masked(row->subscriber.text),
		"subscriber_ref", command_ref(gateway, row->subscriber.text), "number",
		query_masked(row->number.text), "number_ref",
		command_ref(gateway, row->number.text), "intent", report_intent_name(row->intent),
		"category", report_category_name(row->category), "state",
		report_state_name(row->state), "reasons", query_list(row->reasons), "deadline",
		query_time(row->deadline_ms));
}

static bool is_open(enum report_state state)
{
	return state != REPORT_STATE_COUNT && state != REPORT_STATE_VERIFIED &&
	       state != REPORT_STATE_REJECTED && state != REPORT_STATE_UNPROVED;
}

/* By the filter that leaves the fewest rows. */
static struct db_stmt *open_list(struct db *db, const struct filter *filter)
{
	bool number = filter->number.number.text[0] != '\0';
	bool subscriber = filter->subscriber.number.text[0] != '\0';
	bool open = is_open(filter->state);
	struct db_stmt *stmt = db_query(db, subscriber && number ? Q_REPORTS_SUBSCRIBER_NUMBER
					    : subscriber	 ? Q_REPORTS_SUBSCRIBER
					    : number		 ? Q_REPORTS_NUMBER
					    : open		 ? Q_REPORTS_OPEN
								 : Q_REPORTS_ALL);

	if (subscriber)
		db_bind_text(stmt, 5, filter->subscriber.number.text);
	if (number)
		db_bind_text(stmt, subscriber ? 6 : 5, filter->number.number.text);
	if (!subscriber && !number && open)
		db_bind_int(stmt, 5, filter->state);
	db_bind_int(stmt, 1, filter->since_ms);
	if (filter->page.at < filter->until_ms) {
		db_bind_int(stmt, 2, filter->page.at);
		db_bind_int(stmt, 3, filter->page.id);
	} else {
		db_bind_int(stmt, 2, filter->until_ms);
		db_bind_int(stmt, 3, 0);
	}
	db_bind_int(stmt, 4, SCAN_MAX);
	return stmt;
}

static bool fits(const struct filter *filter, const struct report_row *row)
{
	return (filter->state == REPORT_STATE_COUNT || filter->state == row->state) &&
	       (filter->category == REPORT_CATEGORY_COUNT || filter->category == row->category);
}

static int work_reports(struct db *db, struct query *query)
{
	const struct filter *filter = query->argument;
	struct db_stmt *stmt = open_list(db, filter);
	json_t *list = json_array();
	struct report_row row = { 0 };
	int64_t seen = 0;
	int rc = 0;

	query->result = json_pack("{so}", "reports", list);
	while ((int64_t)json_array_size(list) < filter->page.limit && (rc = db_step(stmt)) > 0) {
		void *memory = talloc_new(query->memory);

		rc = report_row_load(memory, stmt, &row);
		if (rc == 0 && fits(filter, &row))
			json_array_append_new(list, query_report(query, &row));
		talloc_free(memory);
		if (rc < 0)
			return rc;
		seen++;
	}
	/* Stopped by the limit: is there another one? */
	if (rc >= 0 && (int64_t)json_array_size(list) == filter->page.limit)
		rc = seen == SCAN_MAX ? 1 : db_step(stmt);
	else if (rc == 0 && seen == SCAN_MAX)
		rc = 1;
	db_finish(stmt);
	json_object_set_new(query->result, "next",
			    rc > 0 ? page_next(row.received_ms, row.id) : json_null());
	return rc < 0 ? rc : 0;
}

static bool read_names(struct control_request *request, const json_t *args, struct filter *out)
{
	const char *state = json_string_value(json_object_get(args, "state"));
	const char *category = json_string_value(json_object_get(args, "category"));

	out->state = REPORT_STATE_COUNT;
	out->category = 0;
	if (json_object_get(args, "state") &&
	    (!state || report_state_parse(state, &out->state) < 0)) {
		control_fail(request, "state: '%s' is not known", state ? state : "");
		return false;
	}
	if (!json_object_get(args, "category"))
		out->category = REPORT_CATEGORY_COUNT;
	while (category && out->category < REPORT_CATEGORY_COUNT &&
	       strcmp(report_category_name(out->category), category) != 0)
		out->category++;
	if (json_object_get(args, "category") &&
	    (!category || out->category == REPORT_CATEGORY_COUNT)) {
		control_fail(request, "category: '%s' is not known", category ? category : "");
		return false;
	}
	return true;
}

void command_reports(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct filter filter = { .until_ms = INT64_MAX };
	struct query *query;

	if (!read_names(request, args, &filter) ||
	    !command_number_if_any(gateway, request, args, "number", &filter.number) ||
	    !command_number_if_any(gateway, request, args, "subscriber", &filter.subscriber) ||
	    !page_time(request, args, "since", &filter.since_ms) ||
	    !page_time(request, args, "until", &filter.until_ms) ||
	    !page_read(request, args, &filter.page))
		return;
	query = query_create(gateway, request, work_reports);
	if (!query)
		return;
	query->argument = talloc_memdup(query, &filter, sizeof(filter));
	if (query->argument)
		store_submit(gateway->reader, &query->op);
	else
		query_no_memory(query);
}
