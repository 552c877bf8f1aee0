/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Scores the reader on the development set by field and by class, and lists what it gets wrong.
 * A file with more lines of the same form may be named on the command line.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/call_record.h"
#include "rules/report_parse.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

enum field {
	INTENT,
	NUMBERS,
	CALL_TIME,
	OFFICIAL,
	INTERNATIONAL,
	CATEGORY,
	NEEDS,
	SCOPE,
	FIELD_COUNT
};
static const char *const field_names[FIELD_COUNT] = { "intent",	      "numbers",       "call_time",
						      "official",     "international", "category",
						      "needs_number", "scope" };

enum { CLASS_MAX = 64, CLASS_NAME_MAX = 24 };

struct tally {
	char name[CLASS_NAME_MAX];
	int lines, right;
};

static const char *const files[] = { "tests/data/reports-dev.jsonl",
				     "tests/data/reports-own.jsonl" };
static struct tally classes[CLASS_MAX];
static int class_count, lines, right, field_right[FIELD_COUNT], core_right;

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static int64_t read_time(const char *text)
{
	int64_t ms = 0;
	ck_assert_msg(call_time_read(text, strlen(text), &ms) == 0, "time '%s'", text);
	return ms;
}

static bool same_numbers(json_t *expected, const struct report_reading *r)
{
	size_t i;
	json_t *value;
	if (json_array_size(expected) != r->number_count)
		return false;
	json_array_foreach(expected, i, value)
	{
		bool found = false;
		for (size_t k = 0; k < r->number_count; k++)
			found |= strcmp(json_string_value(value), r->numbers[k].text) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* The windows overlap and the given one is at most twice as wide. */
static bool same_time(json_t *expected, const struct report_reading *r)
{
	if (json_is_null(expected) || !r->has_call_time)
		return json_is_null(expected) && !r->has_call_time;
	int64_t from = read_time(text_of(expected, "from")),
		to = read_time(text_of(expected, "to"));
	return r->call_from_ms < to && from < r->call_to_ms &&
	       r->call_to_ms - r->call_from_ms <= 2 * (to - from);
}

static bool same_scope(const char *note, const struct report_reading *r)
{
	const char *scope = strstr(note, "scope=");
	if (!scope)
		return true;
	const char *name = report_scope_name(r->scope);
	return strncmp(scope + strlen("scope="), name, strlen(name)) == 0;
}

static struct tally *tally_of(const char *note)
{
	const char *name = strstr(note, "class=");
	size_t len;
	name = name ? name + strlen("class=") : "none";
	len = strcspn(name, "; ");
	for (int i = 0; i < class_count; i++) {
		if (strlen(classes[i].name) == len && strncmp(classes[i].name, name, len) == 0)
			return &classes[i];
	}
	ck_assert_int_lt(class_count, CLASS_MAX);
	snprintf(classes[class_count].name, CLASS_NAME_MAX, "%.*s", (int)len, name);
	return &classes[class_count++];
}

static void print_failure(json_t *line, const bool ok[FIELD_COUNT], const struct report_reading *r)
{
	printf("%s (%s):", text_of(line, "id"), text_of(line, "note"));
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (!ok[i])
			printf(" %s", field_names[i]);
	}
	printf("; read %s %s", report_intent_name(r->intent), report_category_name(r->category));
	for (size_t i = 0; i < r->number_count; i++)
		printf(" %s", r->numbers[i].text);
	if (r->has_call_time)
		printf(" time");
	printf(": %s\n", text_of(line, "text"));
}

static void score_line(json_t *line)
{
	json_t *e = json_object_get(line, "expect"), *text = json_object_get(line, "text");
	struct report_reading r;
	int64_t received = read_time(text_of(line, "received"));
	ck_assert_int_eq(report_parse_text(test_language(), test_keywords(),
					   json_string_value(text), json_string_length(text),
					   received, &r),
			 0);
	bool ok[FIELD_COUNT] = {
		[INTENT] = strcmp(text_of(e, "intent"), report_intent_name(r.intent)) == 0,
		[NUMBERS] = same_numbers(json_object_get(e, "numbers"), &r),
		[CALL_TIME] = same_time(json_object_get(e, "call_time"), &r),
		[OFFICIAL] = json_is_true(json_object_get(e, "official")) == r.official,
		[INTERNATIONAL] =
			json_is_true(json_object_get(e, "international")) == r.international,
		[CATEGORY] = strcmp(text_of(e, "category"), report_category_name(r.category)) == 0,
		[NEEDS] = json_is_true(json_object_get(e, "needs_number")) == r.needs_number,
		[SCOPE] = same_scope(text_of(line, "note"), &r),
	};
	bool all = true;
	for (int i = 0; i < FIELD_COUNT; i++) {
		field_right[i] += ok[i];
		all &= ok[i];
	}
	struct tally *tally = tally_of(text_of(line, "note"));
	tally->lines++;
	tally->right += all;
	lines++;
	right += all;
	core_right += ok[INTENT] && ok[NUMBERS];
	if (!all)
		print_failure(line, ok, &r);
}

static void print_scores(void)
{
	printf("\nclass          right/lines\n");
	for (int i = 0; i < class_count; i++)
		printf("%-14s %d/%d\n", classes[i].name, classes[i].right, classes[i].lines);
	printf("\nfield          right of %d\n", lines);
	for (int i = 0; i < FIELD_COUNT; i++)
		printf("%-14s %d (%.1f %%)\n", field_names[i], field_right[i],
		       100.0 * field_right[i] / lines);
	printf("%-14s %d (%.1f %%)\n", "intent+numbers", core_right, 100.0 * core_right / lines);
	printf("%-14s %d (%.1f %%)\n\n", "whole line", right, 100.0 * right / lines);
	fflush(stdout);
}

START_TEST(test_read_when_labelled_set_then_scores_reach_thresholds)
{
	enum { WHOLE_MIN = 98, CORE_MIN = 99 }; /* percent */
	char *row = NULL;
	size_t cap = 0;
	ssize_t len;
	FILE *f = fopen(files[_i], "r");
	ck_assert_msg(f != NULL, "%s: run from the project root", files[_i]);
	while ((len = getline(&row, &cap, f)) > 0) {
		json_error_t error;
		json_t *line = json_loadb(row, (size_t)len, JSON_ALLOW_NUL, &error);
		ck_assert_msg(line != NULL, "%s", error.text);
		score_line(line);
		json_decref(line);
	}
	free(row);
	fclose(f);
	print_scores();
	ck_assert_int_gt(lines, 0);
	ck_assert_int_ge(right * 100, WHOLE_MIN * lines);
	ck_assert_int_ge(core_right * 100, CORE_MIN * lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_dev");
	TCase *tc = tcase_create("labelled sets");
	tcase_add_loop_test(tc, test_read_when_labelled_set_then_scores_reach_thresholds, 0,
			    sizeof(files) / sizeof(files[0]));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
