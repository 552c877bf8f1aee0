/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rules operator`: the operator's own rules, their versions.
 * What others would do, and changes: commands_operator_try.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/operator_rules.h"
#include "gateway/rule_cache.h"

/* ---- show, history, diff ---- */

/* Arguments of what only reads. */
struct look_back {
	const char *configured; /* the configuration's rules */
	int64_t from;		/* versions; -1: the one in force */
	int64_t to;
	const char *text; /* in the place of `to`; NULL: none */
	struct page page; /* of the history */
};

static json_t *version_json(const struct operator_version *version)
{
	json_t *row =
		json_pack("{sI so ss ss}", "version", (json_int_t)version->version, "at",
			  query_time(version->at_ms), "by", version->actor, "note", version->note);

	json_object_set_new(row, "source",
			    json_string(version->configured ? "configuration" : "operations"));
	if (version->back_to >= 0)
		json_object_set_new(row, "back_to", json_integer(version->back_to));
	json_object_set_new(row, "hash", json_string(version->hash));
	return row;
}

/* The version, or the one in force for -1. */
static int load_version(struct db *db, struct query *query, int64_t wanted,
			struct operator_version *out)
{
	int rc = wanted < 0 ? operator_store_live(query->memory, db, out)
			    : operator_store_get(query->memory, db, wanted, out);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "version: there is no %lld",
			 (long long)wanted);
	return rc;
}

static int work_show(struct db *db, struct query *query)
{
	const struct look_back *back = query->argument;
	struct operator_version version;
	const char *text;
	int rc = load_version(db, query, back->from, &version);

	if (rc < 0)
		return rc;
	query->result = version_json(&version);
	text = version.configured ? back->configured : version.text;
	json_object_set_new(query->result, "rules", query_lines(text));
	json_object_set_new(query->result, "over",
			    query_lines_over(query->tables->numbering, text, clock_now_ms()));
	return 0;
}

/* Here, at this moment: it differs while a change is on its way. */
static void finish_show(struct query *query)
{
	json_object_set_new(query->result, "in_force_here",
			    json_integer(rule_cache_operator_version(query->gateway->rules)));
}

static json_int_t count_lines(const char *text)
{
	json_t *lines = query_lines(text);
	json_int_t count = (json_int_t)json_array_size(lines);

	json_decref(lines);
	return count;
}

static int work_history(struct db *db, struct query *query)
{
	const struct look_back *back = query->argument;
	struct operator_version *list =
		talloc_array(query->memory, struct operator_version, (size_t)back->page.limit);
	json_t *rows = json_array();
	ssize_t count = list ? operator_store_list(query->memory, db, back->page.id, list,
						   (size_t)back->page.limit)
			     : -ENOMEM;

	for (ssize_t i = 0; i < count; i++) {
		json_t *row = version_json(&list[i]);

		json_object_set_new(row, "rules",
				    json_integer(count_lines(list[i].configured ? back->configured
										: list[i].text)));
		json_array_append_new(rows, row);
	}
	query->result = json_pack("{so so}", "versions", rows, "next",
				  count == back->page.limit ? page_next(0, list[count - 1].version)
							    : json_null());
	return count < 0 ? (int)count : 0;
}

/* Both sides as sets, since their order decides nothing but between equal rules. */
static void add_missing(json_t *out, const char *sign, const struct block_set *of,
			const struct block_set *in)
{
	const struct block_rule *rule;

	for (size_t i = 0; (rule = block_set_rule(of, i)); i++) {
		char text[BLOCK_RULE_TEXT_MAX];
		bool found = false;

		for (size_t k = 0; k < block_set_count(in) && !found; k++)
			found = block_rule_equal(rule, block_set_rule(in, k));
		if (found)
			continue;
		block_rule_format(rule, text);
		json_array_append_new(out, json_sprintf("%s %s", sign, text));
	}
}

static int compile_side(struct query *query, const char *text, struct block_set **out)
{
	struct block_fault fault = { 0 };
	size_t line = 0;
	int rc = block_set_compile(query->memory, query->tables->numbering, text, strlen(text), out,
				   &line, &fault);

	if (rc == -EBADMSG || rc == -E2BIG)
		snprintf(query->error, sizeof(query->error), "line %zu, column %zu: %s", line,
			 fault.column, fault.text);
	return rc;
}

static int work_diff(struct db *db, struct query *query)
{
	const struct look_back *back = query->argument;
	struct operator_version from, to = { .text = back->text };
	struct block_set *before, *after;
	json_t *changes;
	int rc = load_version(db, query, back->from, &from);

	if (rc == 0 && !back->text)
		rc = load_version(db, query, back->to, &to);
	if (rc == 0)
		rc = compile_side(query, from.configured ? back->configured : from.text, &before);
	if (rc == 0)
		rc = compile_side(query, to.configured ? back->configured : to.text, &after);
	if (rc < 0)
		return rc;
	changes = json_array();
	add_missing(changes, "-", before, after);
	add_missing(changes, "+", after, before);
	query->result = json_pack("{sI so}", "from", (json_int_t)from.version, "changes", changes);
	if (!back->text)
		json_object_set_new(query->result, "to", json_integer(to.version));
	return 0;
}

static int64_t version_arg(const json_t *args, const char *name)
{
	const json_t *value = json_object_get(args, name);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static void look_back(struct gateway *gateway, struct control_request *request, const json_t *args,
		      int (*work)(struct db *db, struct query *query))
{
	const char *text = json_string_value(json_object_get(args, "text"));
	struct query *query;
	struct look_back *back;
	struct page page;

	if (!page_read(request, args, &page))
		return;
	query = query_create(gateway, request, work);
	if (!query)
		return;
	back = talloc_zero(query, struct look_back);
	if (back)
		back->configured = operator_configured_text(back, &gateway->live->blocking);
	if (!back || !back->configured) {
		query_no_memory(query);
		return;
	}
	back->from = version_arg(args, work == work_show ? "version" : "from");
	back->to = version_arg(args, "to");
	back->text = text ? talloc_strdup(back, text) : NULL;
	back->page = page;
	query->argument = back;
	query->finish = work == work_show ? finish_show : NULL;
	store_submit(gateway->reader, &query->op);
}

/* ---- the command ---- */

void command_rules_operator(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *op = json_string_value(json_object_get(args, "op"));

	if (!op || strcmp(op, "show") == 0)
		look_back(gateway, request, args, work_show);
	else if (strcmp(op, "history") == 0)
		look_back(gateway, request, args, work_history);
	else if (strcmp(op, "diff") == 0)
		look_back(gateway, request, args, work_diff);
	else if (strcmp(op, "try") == 0)
		command_operator_try(gateway, request, args);
	else if (strcmp(op, "set") == 0 || strcmp(op, "rollback") == 0)
		command_operator_change(gateway, request, args);
	else
		control_fail(request, "op: not known");
}
