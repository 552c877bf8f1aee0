/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao privacy export`: a page of lines at a time, of the store's tables; and the calls to the
 * number, out of Redis. The first page is audited. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_walk.h"
#include "gateway/clock.h"
#include "gateway/commands_privacy.h"
#include "gateway/iso_time.h"

enum { TEXT_MAX = 256 * 1024, RANGES_MAX = 20, DAY_MS = 86400000, DAYS_AROUND = 2, WALK_DAYS = 30 };

/* ---- tables ---- */

struct page {
	struct personal_subject subject;
	bool audited; /* it begins: the audit is told */
	bool count;   /* instead of the lines, how many of each kind */
	int table;
	int64_t after;
	/* What it comes to. */
	char *text;
	size_t len; /* of it */
	json_t *counts;
	int64_t span; /* ids that fit; less after a range that did not */
};

static int add_count(struct page *page, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *kind = json_string_value(json_object_get(object, "kind"));
	json_int_t so_far = kind ? json_integer_value(json_object_get(page->counts, kind)) : 0;

	if (kind)
		json_object_set_new(page->counts, kind, json_integer(so_far + 1));
	json_decref(object);
	return 0;
}

/* What somebody sent and is no UTF-8 would be no JSON either. */
static void make_text(char *line)
{
	json_t *text = json_string(line);

	for (; !text && *line; line++)
		if ((unsigned char)*line >= 0x80)
			*line = '?';
	json_decref(text);
}

static int on_line(void *user, const char *line)
{
	struct page *page = user;
	if (page->count)
		return add_count(page, line);
	/* One id is taken whatever it holds. */
	if (page->span > 1 && page->len + strlen(line) > TEXT_MAX)
		return -E2BIG;
	page->text = talloc_asprintf_append(page->text, "%s\n", line);
	if (!page->text)
		return -ENOMEM;
	make_text(page->text + page->len);
	page->len += strlen(line) + 1;
	return 0;
}

/* The next range: 0; 1: it has to begin the next page; -E2BIG: less of it is to be tried. */
static int try_range(struct db *db, struct page *page, int64_t last)
{
	struct personal_range range = { page->after, page->after + page->span };
	size_t had = page->len;
	int rc;

	if (range.to > last)
		range.to = last;
	rc = personal_export(db, (enum personal_table)page->table, &page->subject, &range, on_line,
			     page);
	if (rc == 0)
		page->after = range.to;
	if (rc != -E2BIG)
		return rc;
	page->text[had] = '\0';
	page->len = had;
	page->span /= 2;
	return had > 0 ? 1 : rc;
}

static int take_range(struct db *db, struct page *page, int64_t last)
{
	int rc;

	do
		rc = try_range(db, page, last);
	while (rc == -E2BIG);
	return rc;
}

static int fill_page(struct db *db, struct page *page)
{
	int ranges = page->audited ? 1 : RANGES_MAX; /* the writer has other things to do */
	int rc = 0;

	for (int i = 0; rc == 0 && i < ranges && page->table < PERSONAL_TABLE_COUNT; i++) {
		int64_t last;

		rc = personal_last(db, (enum personal_table)page->table, &last);
		if (rc == 0 && page->after < last)
			rc = take_range(db, page, last);
		if (rc == 0 && page->after >= last) {
			page->table++;
			page->after = 0;
			page->span = page->table < PERSONAL_TABLE_COUNT
					     ? personal_step((enum personal_table)page->table)
					     : 0;
		}
	}
	return rc < 0 ? rc : 0;
}

static int work_page(struct db *db, struct query *query)
{
	const struct page *asked = query->argument;
	struct page page = *asked;
	char mask[NUMBER_MAX];
	int rc = 0;

	page.text = talloc_strdup(query->memory, "");
	page.counts = json_object();
	page.span = personal_step((enum personal_table)page.table);
	if (page.audited) {
		number_mask(page.subject.number.text, mask);
		rc = audit_put(db, clock_now_ms(), query->actor, "privacy_export", mask, "", "");
	}
	if (rc == 0)
		rc = page.text ? fill_page(db, &page) : -ENOMEM;
	query->result = json_pack("{so}", "counts", page.counts);
	if (rc < 0)
		return rc;
	json_object_set_new(query->result, "text", json_string(page.text));
	if (page.table < PERSONAL_TABLE_COUNT)
		json_object_set_new(
			query->result, "next",
			json_pack("{si sI}", "table", page.table, "after", (json_int_t)page.after));
	return 0;
}

void privacy_export(struct gateway *gateway, struct control_request *request, json_t *args)
{
	json_int_t table = json_integer_value(json_object_get(args, "table"));
	json_int_t after = json_integer_value(json_object_get(args, "after"));
	struct personal_subject subject;
	struct query *query;
	struct page *page;

	if (!privacy_subject(gateway, request, args, &subject))
		return;
	if (table < 0 || table >= PERSONAL_TABLE_COUNT || after < 0) {
		control_fail(request, "table, after: no page begins there");
		return;
	}
	query = query_create(gateway, request, work_page);
	page = query ? talloc_zero(query, struct page) : NULL;
	if (!page) {
		if (query)
			query_refuse(query, "out of memory");
		return;
	}
	page->subject = subject;
	page->count = json_is_true(json_object_get(args, "count"));
	page->table = (int)table;
	page->after = after;
	page->audited = table == 0 && after == 0 && !page->count;
	query->argument = page;
	store_submit(page->audited ? gateway->store : gateway->reader, &query->op);
}

/* ---- calls ---- */

struct calls {
	struct gateway *gateway;
	struct control_request *request;
	struct number number;
	int64_t from_ms; /* of the next days that are asked for */
	int64_t to_ms;
	char *text;
};

static void add_call(struct calls *calls, const struct call_record *record)
{
	char start[ISO_TIME_MAX];
	json_t *json =
		json_pack("{ss ss ss sb sI ss}", "kind", "call", "caller", record->caller.text,
			  "start", iso_time_format(record->start_ms, start), "answered",
			  record->answered, "duration_s", (json_int_t)record->duration_s, "entry",
			  call_entry_name(record->entry));
	char *line = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (line && calls->text)
		calls->text = talloc_asprintf_append_buffer(calls->text, "%s\n", line);
	free(line);
	json_decref(json);
}

static void on_run(void *user, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct call_record record;

	for (size_t at = 0; at + CALL_PACKED_SIZE <= len; at += CALL_PACKED_SIZE)
		if (call_record_unpack(run + at, day_start_ms, &record) == 0)
			add_call(user, &record);
}

static void ask_days(struct calls *calls);

static void end_calls(struct calls *calls, const char *error)
{
	if (error)
		control_fail(calls->request, "the calls are missing: %s", error);
	else
		control_answer(calls->request, json_pack("{ss}", "text", calls->text));
	talloc_free(calls);
}

static void on_days(void *user, bool ok)
{
	struct calls *calls = user;

	if (!ok || !calls->text)
		end_calls(calls, ok ? "out of memory" : "Redis did not answer");
	else if (calls->from_ms < calls->to_ms)
		ask_days(calls);
	else
		end_calls(calls, NULL);
}

/* A walk takes no more days at once. */
static void ask_days(struct calls *calls)
{
	struct call_walk_query walk = { .prefix = calls->gateway->config->redis.prefix,
					.called = calls->number.text,
					.from_ms = calls->from_ms,
					.to_ms = calls->from_ms + WALK_DAYS * (int64_t)DAY_MS };
	int rc;

	calls->from_ms = walk.to_ms;
	rc = call_walk(calls->gateway, calls->gateway->redis, &walk, on_run, on_days, calls);
	if (rc < 0) /* a number that is in no bucket has no calls */
		end_calls(calls, rc == -EINVAL ? NULL : strerror(-rc));
}

void privacy_calls(struct gateway *gateway, struct control_request *request, json_t *args)
{
	int64_t days = (int64_t)gateway->config->feed.retention_days + DAYS_AROUND;
	int64_t today_ms = call_day_start(clock_now_ms());
	struct personal_subject subject;
	struct calls *calls;

	if (!privacy_subject(gateway, request, args, &subject))
		return;
	calls = talloc_zero(gateway, struct calls);
	if (calls)
		calls->text = talloc_strdup(calls, "");
	if (!calls || !calls->text) {
		control_fail(request, "out of memory");
		talloc_free(calls);
		return;
	}
	calls->gateway = gateway;
	calls->request = request;
	calls->number = subject.number;
	calls->from_ms = today_ms - days * DAY_MS;
	calls->to_ms = today_ms + DAYS_AROUND * (int64_t)DAY_MS;
	ask_days(calls);
}
