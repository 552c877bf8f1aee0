/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_import.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/rule_store.h"

/* Lines of one subscriber that stand together. */
struct group {
	struct number subscriber; /* "": none is open */
	struct block_rule *rules;
	size_t *lines; /* where each of them stands */
	size_t count;
	size_t room;
	bool continues; /* the chunk before had some of them */
};

struct reading {
	void *ctx;
	struct db *db;
	struct rule_import *import;
	struct group group;
};

static void add_fault(struct rule_import *import, size_t line, const char *text)
{
	if (import->bad < IMPORT_FAULTS_MAX) {
		struct import_fault *fault = &import->faults[import->bad];

		fault->line = line;
		snprintf(fault->text, sizeof(fault->text), "%s", text);
	}
	import->bad++;
}

/* ---- one subscriber ---- */

/* The rules that are there, as text and compiled; NULL: none. 1: they stay as they are. */
static int load_before(struct reading *reading, const char **text, struct block_set **set)
{
	struct db_stmt *stmt = db_query(reading->db, Q_RULE_GET);
	int rc;

	*text = "";
	*set = NULL;
	db_bind_text(stmt, 1, reading->group.subscriber.text);
	rc = db_step(stmt);
	if (rc > 0)
		*text = talloc_strdup(reading->ctx, db_text(stmt, 1));
	db_finish(stmt);
	if (rc <= 0 || !*text)
		return rc < 0 ? rc : *text ? 0 : -ENOMEM;
	if ((*text)[0] == '\0' || (reading->import->replaces && !reading->group.continues))
		return 0;
	return block_set_compile(reading->ctx, reading->import->plan, *text, strlen(*text), set,
				 NULL, NULL);
}

static bool is_known(const struct group *group, size_t i, const struct block_set *before)
{
	for (size_t k = 0; k < i; k++)
		if (block_rule_equal(&group->rules[k], &group->rules[i]))
			return true;
	for (size_t k = 0; before && k < block_set_count(before); k++)
		if (block_rule_equal(block_set_rule(before, k), &group->rules[i]))
			return true;
	return false;
}

/* The text with what the group adds to it; NULL when out of memory. */
static char *merge(struct reading *reading, const char *text, const struct block_set *before)
{
	const struct group *group = &reading->group;
	size_t count = before ? block_set_count(before) : 0;
	size_t len = before ? strlen(text) : 0;
	char *out = talloc_size(reading->ctx, len + group->count * (BLOCK_RULE_TEXT_MAX + 1) + 2);

	if (!out)
		return NULL;
	memcpy(out, text, len);
	if (len > 0 && out[len - 1] != '\n')
		out[len++] = '\n';
	for (size_t i = 0; i < group->count; i++) {
		if (is_known(group, i, before))
			continue;
		if (count == BLOCK_SET_MAX || len + BLOCK_RULE_TEXT_MAX >= RULE_TEXT_MAX) {
			add_fault(reading->import, group->lines[i],
				  "rule: the subscriber has too many");
			continue;
		}
		count++;
		len += block_rule_format(&group->rules[i], out + len);
		out[len++] = '\n';
	}
	out[len] = '\0';
	return out;
}

static int write_change(struct reading *reading, const char *before, const char *after)
{
	struct rule_import *import = reading->import;
	struct rule_change change = { .now_ms = import->now_ms };
	struct import_change *made = &import->changes[import->change_count];

	made->subscriber = talloc_strdup(reading->ctx, reading->group.subscriber.text);
	made->text = after;
	if (!made->subscriber)
		return -ENOMEM;
	import->change_count++;
	change.subscriber = made->subscriber;
	return rule_store_write(reading->db, &change, before, after);
}

static int close_group(struct reading *reading)
{
	struct group *group = &reading->group;
	struct block_set *set;
	const char *before;
	char *after;
	int rc;

	if (!group->subscriber.text[0] || !reading->import->applies)
		return 0;
	rc = load_before(reading, &before, &set);
	if (rc == -EBADMSG || rc == -E2BIG) {
		add_fault(reading->import, group->lines[0],
			  "the rules that are stored do not compile");
		return 0;
	}
	if (rc < 0)
		return rc;
	after = merge(reading, before, set);
	if (!after)
		return -ENOMEM;
	return strcmp(before, after) == 0 ? 0 : write_change(reading, before, after);
}

/* ---- lines ---- */

static int open_group(struct reading *reading, const struct number *subscriber)
{
	struct group *group = &reading->group;
	int rc = close_group(reading);

	group->subscriber = *subscriber;
	group->count = 0;
	group->continues = strcmp(subscriber->text, reading->import->after) == 0;
	return rc;
}

static int add_rule(struct reading *reading, const struct block_rule *rule, size_t line)
{
	struct group *group = &reading->group;

	if (group->count == group->room) {
		size_t room = 2 * group->room + 8;

		group->rules = talloc_realloc(reading->ctx, group->rules, struct block_rule, room);
		group->lines = talloc_realloc(reading->ctx, group->lines, size_t, room);
		if (!group->rules || !group->lines)
			return -ENOMEM;
		group->room = room;
	}
	group->rules[group->count] = *rule;
	group->lines[group->count++] = line;
	return 0;
}

static int take_line(struct reading *reading, const struct rule_line *line, size_t number)
{
	struct rule_import *import = reading->import;
	const char *last = import->last.text[0] ? import->last.text : import->after;
	int rc = 0;

	if (import->replaces && strcmp(line->subscriber.text, last) < 0) {
		add_fault(import, number,
			  "subscriber: not in the order of numbers, which --replace needs");
		return 0;
	}
	if (!import->replaces && !line->has_rule) {
		add_fault(import, number, "rule: there is none");
		return 0;
	}
	if (strcmp(line->subscriber.text, reading->group.subscriber.text) != 0)
		rc = open_group(reading, &line->subscriber);
	import->last = line->subscriber;
	if (rc < 0 || !line->has_rule)
		return rc;
	import->rules++;
	return add_rule(reading, &line->rule, number);
}

static int read_line(struct reading *reading, char *text, size_t len, size_t number)
{
	struct rule_import *import = reading->import;
	char error[RULE_LINE_ERROR_MAX];
	struct rule_line line;
	int rc = rule_line_read(import->plan, import->format, text, len, &line, error);

	if (rc == -EBADMSG) {
		add_fault(import, number, error);
		return 0;
	}
	return rc == 1 ? take_line(reading, &line, number) : rc;
}

static void begin(struct rule_import *import)
{
	import->lines = 0;
	import->rules = 0;
	import->bad = 0;
	import->change_count = 0;
	import->last.text[0] = '\0';
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

int rule_import_run(void *ctx, struct db *db, struct rule_import *import)
{
	struct reading reading = { .ctx = ctx, .db = db, .import = import };
	char *text = talloc_strdup(ctx, import->text); /* reading a line rewrites it */
	int rc = 0;

	begin(import);
	import->changes = talloc_array(ctx, struct import_change, count_lines(import->text));
	if (!text || !import->changes)
		return -ENOMEM;
	for (char *line = text, *end; rc >= 0 && *line; line = end) {
		size_t len = strcspn(line, "\n");

		end = line + len + (line[len] == '\n');
		rc = read_line(&reading, line, len, import->first_line + import->lines);
		import->lines++;
	}
	return rc < 0 ? rc : close_group(&reading);
}
