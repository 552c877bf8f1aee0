/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao report ID --similar`: other reports of the same number, and those in the same words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/report_row.h"

/* Of one number COUNT_MAX reports are counted; words are looked for in so many reports of the
 * category, the newest, within so many days round the report. */
enum {
	COUNT_MAX = 10000,
	WORDS_LOOK = 2000,
	WORDS_DAYS = 30,
	WORDS_SHOWN = 20,
	WORDS_LEAST = 6, /* octets: two Chinese characters */
	WORDS_MAX = 1024,
	DAY_MS = 86400000,
};

json_t *query_similar(struct db *db, const struct report_row *row, int *rc)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_SIMILAR_COUNT);
	json_t *counts = json_null();

	*rc = 0;
	if (!row->number.text[0])
		return counts;
	db_bind_text(stmt, 1, row->number.text);
	db_bind_int(stmt, 2, row->id);
	db_bind_int(stmt, 3, COUNT_MAX);
	*rc = db_step(stmt);
	if (*rc > 0)
		counts = json_pack("{sI sI sb}", "count", (json_int_t)db_int(stmt, 0), "people",
				   (json_int_t)db_int(stmt, 1), "more",
				   db_int(stmt, 0) == COUNT_MAX);
	db_finish(stmt);
	*rc = *rc < 0 ? *rc : 0;
	return counts;
}

/* A page of the other reports of the number, the newest first. */
static int add_same_number(struct db *db, struct query *query, const struct report_row *row)
{
	const struct page *page = query->argument;
	struct db_stmt *stmt = db_query(db, Q_REPORTS_NUMBER);
	json_t *list = json_array();
	struct report_row other = { 0 };
	int rc;
	json_t *same = query_similar(db, row, &rc);

	if (json_is_object(same))
		json_object_set(same, "reports", list);
	json_object_set_new(query->result, "same_number", same);
	db_bind_int(stmt, 1, 0);
	db_bind_int(stmt, 2, page->at);
	db_bind_int(stmt, 3, page->id);
	db_bind_int(stmt, 4, page->limit + 2); /* itself, and whether there is another */
	db_bind_text(stmt, 5, row->number.text);
	while (rc >= 0 && row->number.text[0] && (int64_t)json_array_size(list) < page->limit &&
	       (rc = db_step(stmt)) > 0) {
		rc = report_row_load(query->memory, stmt, &other);
		if (rc == 0 && other.id != row->id)
			json_array_append_new(list, query_report(query, &other));
	}
	if (rc >= 0 && (int64_t)json_array_size(list) == page->limit)
		rc = db_step(stmt);
	db_finish(stmt);
	json_object_set_new(query->result, "next",
			    rc > 0 ? page_next(other.received_ms, other.id) : json_null());
	json_decref(list);
	return rc < 0 ? rc : 0;
}

/* ---- words ---- */

/* What is left of a text without numbers, signs and blanks, in either width. */
static size_t words_of(const char *text, char out[WORDS_MAX])
{
	size_t len = 0;

	for (const unsigned char *c = (const unsigned char *)text; *c && len + 4 < WORDS_MAX; c++) {
		if (*c < 0x80) {
			bool letter = (*c | 0x20) >= 'a' && (*c | 0x20) <= 'z';

			if (letter)
				out[len++] = (char)(*c | 0x20);
		} else if (c[0] == 0xef && c[1] == 0xbc && c[2] >= 0x81 && c[2] <= 0xa0) {
			c += 2; /* U+FF01 to U+FF20: full-width digits and signs */
		} else if (c[0] == 0xe3 && c[1] == 0x80 && c[2] >= 0x80 && c[2] <= 0x82) {
			c += 2; /* full-width blank, comma and full stop */
		} else {
			out[len++] = (char)*c;
		}
	}
	out[len] = '\0';
	return len;
}

static void note_same(struct query *query, json_t *list, const struct report_row *other)
{
	json_t *summary;

	if (json_array_size(list) == WORDS_SHOWN)
		return;
	summary = query_report(query, other);
	json_object_set_new(summary, "text", json_string(other->text));
	json_array_append_new(list, summary);
}

static int add_same_words(struct db *db, struct query *query, const struct report_row *row)
{
	struct db_stmt *stmt = db_query(db, Q_REPORTS_ALL);
	char words[WORDS_MAX], others[WORDS_MAX];
	json_t *list = json_array();
	int64_t looked = 0, same = 0;
	bool any = words_of(row->text, words) >= WORDS_LEAST;
	int rc = 0;

	db_bind_int(stmt, 1, row->received_ms - (int64_t)WORDS_DAYS * DAY_MS);
	db_bind_int(stmt, 2, row->received_ms + (int64_t)WORDS_DAYS * DAY_MS);
	db_bind_int(stmt, 3, INT64_MAX);
	db_bind_int(stmt, 4, WORDS_LOOK);
	while (any && (rc = db_step(stmt)) > 0) {
		void *memory = talloc_new(query->memory);
		struct report_row other;

		rc = report_row_load(memory, stmt, &other);
		if (rc == 0 && other.id != row->id) {
			looked++;
			words_of(other.text, others);
			if (strcmp(words, others) == 0) {
				same++;
				note_same(query, list, &other);
			}
		}
		talloc_free(memory);
		if (rc < 0)
			break;
	}
	db_finish(stmt);
	json_object_set_new(query->result, "same_words",
			    json_pack("{sI sI so}", "count", (json_int_t)same, "looked_at",
				      (json_int_t)looked, "reports", list));
	return rc < 0 ? rc : 0;
}

/* ---- the command ---- */

static int work_similar(struct db *db, struct query *query)
{
	struct report_row row;
	int rc = report_row_get(query->memory, db, query->id, &row);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: no such report");
	if (rc < 0)
		return rc;
	query->result = json_pack("{so}", "id", query_id(row.id));
	rc = add_same_number(db, query, &row);
	return rc < 0 ? rc : add_same_words(db, query, &row);
}

void command_report_similar(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query;
	struct page page;
	int64_t id;

	if (!command_report_id(request, args, &id) || !page_read(request, args, &page))
		return;
	query = query_create(gateway, request, work_similar);
	if (!query)
		return;
	query->id = id;
	query->argument = talloc_memdup(query, &page, sizeof(page));
	if (query->argument)
		store_submit(gateway->reader, &query->op);
	else
		query_no_memory(query);
}
