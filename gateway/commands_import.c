/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules import` and `export`: many subscribers' rules, a chunk at a time.
 *
 * An import is begun, which audits who takes in what, then come its chunks, and its end, which
 * audits what came of it. One is under way at a time: who begins another ends it. Each chunk is a
 * transaction of its own, so that texts and hubs' messages are committed between them. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/outbox.h"
#include "gateway/rule_cache.h"
#include "gateway/rule_import.h"

static const char action_begun[] = "rules_import";
static const char action_ended[] = "rules_imported";

enum { PAGE_SUBSCRIBERS = 1000, PAGE_OCTETS = 128 * 1024, NAME_MAX_LEN = 4096 };

/* ---- import ---- */

struct begun {
	char actor[CONTROL_ACTOR_MAX];
	const char *action;
	const char *name; /* of the file */
	const char *detail;
};

static int work_audit(struct db *db, struct query *query)
{
	const struct begun *begun = query->argument;

	query->result = json_pack("{sI}", "import", (json_int_t)query->id);
	return audit_put(db, clock_now_ms(), begun->actor, begun->action, begun->name, "",
			 begun->detail);
}

/* The beginning or the end of the import `id`. */
static void audit(struct gateway *gateway, struct control_request *request, const json_t *args,
		  const char *action, int64_t id)
{
	const char *name = json_string_value(json_object_get(args, "name"));
	json_t *detail = json_object_get(args, "detail");
	struct query *query;
	struct begun *begun;
	char *text;

	if (!name || strlen(name) > NAME_MAX_LEN || !json_is_object(detail)) {
		control_fail(request, "name or detail: missing or too long");
		return;
	}
	query = query_create(gateway, request, work_audit);
	if (!query)
		return;
	text = json_dumps(detail, JSON_COMPACT);
	begun = talloc_zero(query, struct begun);
	if (begun && text) {
		begun->action = action;
		begun->name = talloc_strdup(begun, name);
		begun->detail = talloc_strdup(begun, text);
		control_actor(request, begun->actor);
	}
	free(text);
	if (!begun || !begun->name || !begun->detail) {
		query_no_memory(query);
		return;
	}
	query->argument = begun;
	query->id = id;
	gateway->rules_import = strcmp(action, action_begun) == 0 ? id : 0;
	store_submit(gateway->store, &query->op);
}

static int work_chunk(struct db *db, struct query *query)
{
	struct rule_import *import = query->argument;
	json_t *faults;
	int rc = rule_import_run(query->memory, db, import);

	if (rc < 0)
		return rc;
	faults = json_array();
	for (size_t i = 0; i < import->bad && i < IMPORT_FAULTS_MAX; i++)
		json_array_append_new(faults, json_pack("{sI ss}", "line",
							(json_int_t)import->faults[i].line, "error",
							import->faults[i].text));
	query->result = json_pack("{sI sI sI sI ss so}", "lines", (json_int_t)import->lines,
				  "rules", (json_int_t)import->rules, "changed",
				  (json_int_t)import->change_count, "bad", (json_int_t)import->bad,
				  "last", import->last.text[0] ? import->last.text : import->after,
				  "errors", faults);
	return 0;
}

static void finish_chunk(struct query *query)
{
	const struct rule_import *import = query->argument;

	for (size_t i = 0; i < import->change_count; i++)
		rule_cache_put(query->gateway->rules, import->changes[i].subscriber,
			       import->changes[i].text);
	if (import->change_count > 0)
		outbox_kick(query->gateway->outbox);
}

static const char *text_of(const json_t *args, const char *name)
{
	const char *text = json_string_value(json_object_get(args, name));

	return text ? text : "";
}

/* False: it was refused. */
static bool is_under_way(const struct gateway *gateway, struct control_request *request,
			 const json_t *args)
{
	if (gateway->rules_import != 0 &&
	    json_integer_value(json_object_get(args, "import")) == gateway->rules_import)
		return true;
	control_fail_code(request, CONTROL_CONFLICT,
			  "import: not begun, or another one began meanwhile");
	return false;
}

static void chunk(struct gateway *gateway, struct control_request *request, const json_t *args,
		  bool applies)
{
	struct query *query;
	struct rule_import *import;
	enum rule_format format;

	if (rule_format_read(text_of(args, "format"), &format) < 0) {
		control_fail(request, "format: neither csv nor jsonl");
		return;
	}
	if (applies && !is_under_way(gateway, request, args))
		return;
	query = query_create(gateway, request, work_chunk);
	if (!query)
		return;
	import = talloc_zero(query, struct rule_import);
	if (!import) {
		query_no_memory(query);
		return;
	}
	*import = (struct rule_import){
		.plan = query->tables->numbering,
		.format = format,
		.text = talloc_strdup(import, text_of(args, "text")),
		.first_line = (size_t)json_integer_value(json_object_get(args, "line")),
		.applies = applies,
		.replaces = json_is_true(json_object_get(args, "replace")),
		.after = talloc_strdup(import, text_of(args, "after")),
		.now_ms = clock_now_ms(),
	};
	if (!import->text || !import->after) {
		query_no_memory(query);
		return;
	}
	query->argument = import;
	query->finish = finish_chunk;
	store_submit(applies ? gateway->store : gateway->reader, &query->op);
}

void command_rules_import(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *op = text_of(args, "op");
	int64_t now_ms = clock_now_ms();

	if (strcmp(op, "begin") == 0) {
		/* Another number, also within a ms. */
		audit(gateway, request, args, action_begun,
		      now_ms > gateway->rules_import ? now_ms : gateway->rules_import + 1);
	} else if (strcmp(op, "end") == 0) {
		if (is_under_way(gateway, request, args))
			audit(gateway, request, args, action_ended, gateway->rules_import);
	} else if (strcmp(op, "check") == 0 || strcmp(op, "apply") == 0) {
		chunk(gateway, request, args, op[0] == 'a');
	} else {
		control_fail(request, "op: not known");
	}
}

/* ---- export ---- */

struct page {
	enum rule_format format;
	const char *after;
	bool counts; /* how many subscribers there are is asked, too */
	size_t subscribers;
	size_t rules;
};

static char *add_subscriber(char *out, struct page *page, const char *subscriber, const char *rules)
{
	char line[RULE_LINE_OUT_MAX];

	page->subscribers += rules[0] != '\0';
	while (*rules && out) {
		size_t len = strcspn(rules, "\n");

		if (len > 0) {
			rule_line_write(page->format, subscriber, rules, len, line);
			out = talloc_strdup_append_buffer(out, line);
			page->rules++;
		}
		rules += len + (rules[len] == '\n');
	}
	return out;
}

static int work_page(struct db *db, struct query *query)
{
	struct page *page = query->argument;
	struct db_stmt *stmt = db_query(db, Q_RULE_SCAN);
	char *out = talloc_strdup(query->memory, "");
	char last[NUMBER_MAX] = "";
	size_t seen = 0;
	bool full = false;
	int rc = 0;

	page->subscribers = 0;
	page->rules = 0;
	db_bind_text(stmt, 1, page->after);
	db_bind_int(stmt, 2, PAGE_SUBSCRIBERS);
	while (out && !full && (rc = db_step(stmt)) > 0) {
		snprintf(last, sizeof(last), "%s", db_text(stmt, 0));
		out = add_subscriber(out, page, last, db_text(stmt, 1));
		full = ++seen == PAGE_SUBSCRIBERS || (out && talloc_get_size(out) > PAGE_OCTETS);
	}
	db_finish(stmt);
	if (rc < 0 || !out)
		return rc < 0 ? rc : -ENOMEM;
	query->result = json_pack("{ss so sI sI}", "text", out, "next",
				  full ? json_string(last) : json_null(), "subscribers",
				  (json_int_t)page->subscribers, "rules", (json_int_t)page->rules);
	return page->counts ? query_add_count(db, query, Q_RULE_COUNT, "whole") : 0;
}

void command_rules_export(struct gateway *gateway, struct control_request *request, json_t *args)
{
	enum rule_format format;
	struct query *query;
	struct page *page;

	if (rule_format_read(text_of(args, "format"), &format) < 0) {
		control_fail(request, "format: neither csv nor jsonl");
		return;
	}
	query = query_create(gateway, request, work_page);
	if (!query)
		return;
	page = talloc_zero(query, struct page);
	if (page)
		page->after = talloc_strdup(page, text_of(args, "after"));
	if (!page || !page->after) {
		query_no_memory(query);
		return;
	}
	page->format = format;
	page->counts = json_is_true(json_object_get(args, "count"));
	query->argument = page;
	store_submit(gateway->reader, &query->op);
}
