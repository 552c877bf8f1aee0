/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_line.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>

#include "gateway/csv.h"
#include "gateway/json_flat.h"

#define CSV_HEADER "subscriber,rule"

static const char *const format_names[] = { "csv", "jsonl" };
_Static_assert(sizeof(format_names) / sizeof(*format_names) == RULE_FORMAT_COUNT, "one each");

/* What a line holds, as text; pointers into it. */
struct texts {
	const char *subscriber;
	size_t subscriber_len;
	const char *rule;
	size_t rule_len;
};

static int fail(char error[RULE_LINE_ERROR_MAX], const char *what)
{
	snprintf(error, RULE_LINE_ERROR_MAX, "%s", what);
	return -EBADMSG;
}

static int read_texts(const struct numbering *plan, const struct texts *texts,
		      struct rule_line *out, char error[RULE_LINE_ERROR_MAX])
{
	struct block_fault fault;
	struct rule_line line = { .has_rule = false };
	int rc;

	if (number_read(plan, texts->subscriber, texts->subscriber_len, &line.subscriber) < 0) {
		snprintf(error, RULE_LINE_ERROR_MAX, "subscriber: '%.*s' is no number",
			 (int)(texts->subscriber_len < 40 ? texts->subscriber_len : 40),
			 texts->subscriber);
		return -EBADMSG;
	}
	rc = block_rule_parse(plan, texts->rule, texts->rule_len, &line.rule, &fault);
	if (rc < 0) {
		snprintf(error, RULE_LINE_ERROR_MAX, "rule: column %zu: %s", fault.column,
			 fault.text);
		return -EBADMSG;
	}
	line.has_rule = rc == 1;
	*out = line;
	return 1;
}

static int read_csv(const struct numbering *plan, char *line, size_t len, struct rule_line *out,
		    char error[RULE_LINE_ERROR_MAX])
{
	struct csv_field fields[CSV_FIELDS_MAX];
	const char *fault;
	size_t column;
	ssize_t count;

	if (len == strlen(CSV_HEADER) && memcmp(line, CSV_HEADER, len) == 0)
		return 0;
	count = csv_split(line, len, ',', fields, &column, &fault);
	if (count < 0) {
		snprintf(error, RULE_LINE_ERROR_MAX, "column %zu: %s", column, fault);
		return -EBADMSG;
	}
	if (count != 2)
		return fail(error, "not two fields, subscriber and rule (a rule with commas has to "
				   "be quoted)");
	return read_texts(
		plan,
		&(struct texts){ fields[0].text, fields[0].len, fields[1].text, fields[1].len },
		out, error);
}

/* Any JSON; what json_flat does not take has escapes, or is wrong. */
static int read_json(const struct numbering *plan, const char *line, size_t len,
		     struct rule_line *out, char error[RULE_LINE_ERROR_MAX])
{
	json_error_t fault;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	const char *subscriber, *rule;
	int rc;

	if (!object) {
		snprintf(error, RULE_LINE_ERROR_MAX, "octet %d: %.120s", fault.position,
			 fault.text);
		return -EBADMSG;
	}
	subscriber = json_string_value(json_object_get(object, "subscriber"));
	rule = json_string_value(json_object_get(object, "rule"));
	if (!subscriber || !rule || json_object_size(object) != 2)
		rc = fail(error, "not an object of two texts, \"subscriber\" and \"rule\"");
	else
		rc = read_texts(
			plan, &(struct texts){ subscriber, strlen(subscriber), rule, strlen(rule) },
			out, error);
	json_decref(object);
	return rc;
}

static bool is_member(const struct json_member *member, const char *name)
{
	return member->name_len == strlen(name) &&
	       memcmp(member->name, name, member->name_len) == 0;
}

static int read_jsonl(const struct numbering *plan, const char *line, size_t len,
		      struct rule_line *out, char error[RULE_LINE_ERROR_MAX])
{
	struct json_member members[2];
	int subscriber, rule;

	if (strlen(line) != len || json_flat_read(line, members, 2) != 2)
		return read_json(plan, line, len, out, error);
	subscriber = is_member(&members[0], "subscriber") ? 0 : 1;
	rule = 1 - subscriber;
	if (!is_member(&members[subscriber], "subscriber") || !is_member(&members[rule], "rule"))
		return read_json(plan, line, len, out, error);
	return read_texts(plan,
			  &(struct texts){ members[subscriber].value, members[subscriber].value_len,
					   members[rule].value, members[rule].value_len },
			  out, error);
}

/* What was quoted of the line may be cut within a character. */
static void make_whole(char *error)
{
	const uint8_t *bad = u8_check((const uint8_t *)error, strlen(error));

	if (bad)
		error[bad - (const uint8_t *)error] = '\0';
}

int rule_line_read(const struct numbering *plan, enum rule_format format, char *line, size_t len,
		   struct rule_line *out, char error[RULE_LINE_ERROR_MAX])
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors put it before the text */
	int rc;

	if (len >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0) {
		line += strlen(mark);
		len -= strlen(mark);
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (strspn(line, " \t") == len)
		return 0;
	rc = format == RULE_FORMAT_CSV ? read_csv(plan, line, len, out, error)
				       : read_jsonl(plan, line, len, out, error);
	if (rc == -EBADMSG)
		make_whole(error);
	return rc;
}

/* Canonical rules hold neither quotes nor backslashes. */
size_t rule_line_write(enum rule_format format, const char *subscriber, const char *rule,
		       size_t rule_len, char out[RULE_LINE_OUT_MAX])
{
	const char *quote = memchr(rule, ',', rule_len) ? "\"" : "";
	int n = format == RULE_FORMAT_CSV ? snprintf(out, RULE_LINE_OUT_MAX, "%s,%s%.*s%s\n",
						     subscriber, quote, (int)rule_len, rule, quote)
					  : snprintf(out, RULE_LINE_OUT_MAX,
						     "{\"subscriber\":\"%s\",\"rule\":\"%.*s\"}\n",
						     subscriber, (int)rule_len, rule);

	return n > 0 && n < RULE_LINE_OUT_MAX ? (size_t)n : 0;
}

int rule_format_read(const char *name, enum rule_format *out)
{
	for (int i = 0; i < RULE_FORMAT_COUNT; i++) {
		if (strcmp(name, format_names[i]) != 0)
			continue;
		*out = (enum rule_format)i;
		return 0;
	}
	return -EINVAL;
}

enum rule_format rule_format_of(const char *path)
{
	static const char *const endings[] = { ".jsonl", ".ndjson", ".json" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t len = strlen(endings[i]);

		if (strlen(path) > len && strcmp(path + strlen(path) - len, endings[i]) == 0)
			return RULE_FORMAT_JSONL;
	}
	return RULE_FORMAT_CSV;
}

const char *rule_format_name(enum rule_format format)
{
	return format_names[format];
}
