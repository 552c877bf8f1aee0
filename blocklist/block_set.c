/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_set.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

/* Number rules are sorted by text. Every prefix of a number that the set holds stands on the way
 * from the number's place in that order over the `shorter` links, the longest first. */
struct step {
	uint16_t rule;
	uint16_t shorter; /* 1 + the step whose text this one begins with, or 0 */
};

struct block_set {
	uint16_t count;
	uint16_t numbers; /* rules of steps; the rest are classes */
	/* Behind the rules: steps[numbers] and uint16_t classes[count - numbers]. */
	struct block_rule rules[];
};

static_assert(BLOCK_SET_MAX < UINT16_MAX, "a rule's place fits a step");

static const int class_rank[BLOCK_ORIGIN_COUNT] = {
	[BLOCK_ORIGIN_HMT] = 2,	     [BLOCK_ORIGIN_INTERNATIONAL] = 1, [BLOCK_ORIGIN_WITHHELD] = 1,
	[BLOCK_ORIGIN_REPORTED] = 1, [BLOCK_ORIGIN_ALPHANUMERIC] = 1,  [BLOCK_ORIGIN_ANY] = 0,
};

static bool names_number(const struct block_rule *rule)
{
	return rule->origin == BLOCK_ORIGIN_PREFIX || rule->origin == BLOCK_ORIGIN_NUMBER;
}

static const struct step *set_steps(const struct block_set *set)
{
	return (const struct step *)(set->rules + set->count);
}

static const uint16_t *set_classes(const struct block_set *set)
{
	return (const uint16_t *)(set_steps(set) + set->numbers);
}

/* Positive when `a` is to be asked before `b`, of two that are equally specific. Both lie in one
 * array, in the order of the text. */
static int prefer(const struct block_rule *a, const struct block_rule *b)
{
	if (a->action != b->action)
		return a->action < b->action ? 1 : -1;
	return a < b ? 1 : -1;
}

/* Walks go from the end to the beginning, so what is asked first is sorted last. */
static int compare_steps(const void *a, const void *b, void *rules)
{
	const struct block_rule *ra = (struct block_rule *)rules + ((const struct step *)a)->rule;
	const struct block_rule *rb = (struct block_rule *)rules + ((const struct step *)b)->rule;
	int order = strcmp(ra->prefix.text, rb->prefix.text);

	if (order != 0)
		return order;
	if (ra->origin != rb->origin)
		return ra->origin == BLOCK_ORIGIN_NUMBER ? 1 : -1;
	return prefer(ra, rb);
}

static int compare_classes(const void *a, const void *b, void *rules)
{
	const struct block_rule *ra = (struct block_rule *)rules + *(const uint16_t *)a;
	const struct block_rule *rb = (struct block_rule *)rules + *(const uint16_t *)b;
	int order = class_rank[rb->origin] - class_rank[ra->origin];

	return order != 0 ? order : -prefer(ra, rb);
}

static bool begins_with(const char *number, const char *prefix)
{
	while (*prefix && *number == *prefix) {
		number++;
		prefix++;
	}
	return *prefix == '\0';
}

static void link_steps(const struct block_rule *rules, struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t shorter = i;

		while (shorter > 0 && !begins_with(rules[steps[i].rule].prefix.text,
						   rules[steps[shorter - 1].rule].prefix.text))
			shorter = steps[shorter - 1].shorter;
		steps[i].shorter = (uint16_t)shorter;
	}
}

static struct block_set *build(void *ctx, const struct block_rule *rules, size_t count)
{
	size_t numbers = 0, n = 0, c = 0;

	for (size_t i = 0; i < count; i++)
		numbers += names_number(&rules[i]);
	struct block_set *set = talloc_size(ctx, sizeof(*set) + count * sizeof(rules[0]) +
							 numbers * sizeof(struct step) +
							 (count - numbers) * sizeof(uint16_t));
	if (!set)
		return NULL;
	talloc_set_name_const(set, "struct block_set");
	set->count = (uint16_t)count;
	set->numbers = (uint16_t)numbers;
	if (count > 0)
		memcpy(set->rules, rules, count * sizeof(rules[0]));
	struct step *steps = (struct step *)set_steps(set);
	uint16_t *classes = (uint16_t *)set_classes(set);

	for (size_t i = 0; i < count; i++) {
		if (names_number(&rules[i]))
			steps[n++] = (struct step){ .rule = (uint16_t)i };
		else
			classes[c++] = (uint16_t)i;
	}
	qsort_r(steps, n, sizeof(steps[0]), compare_steps, set->rules);
	qsort_r(classes, c, sizeof(classes[0]), compare_classes, set->rules);
	link_steps(set->rules, steps, n);
	return set;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t lines = 1;
	const char *at = text;

	while (len > 0 && (at = memchr(at, '\n', (size_t)(text + len - at)))) {
		lines++;
		at++;
	}
	return lines;
}

/* Reads every line into `rules`, which has room for all of them or BLOCK_SET_MAX. */
static int read_rules(const struct numbering *plan, const char *text, size_t len,
		      struct block_rule *rules, size_t *count, size_t *fault_line,
		      struct block_fault *fault)
{
	const char *end = text + len;
	size_t line = 1;
	int rc = 0;

	*count = 0;
	for (const char *at = text; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;
		struct block_rule rule;

		rc = block_rule_parse(plan, at, (size_t)(stop - at), &rule, fault);
		if (rc == 1 && *count == BLOCK_SET_MAX)
			rc = -E2BIG;
		if (rc < 0)
			break;
		if (rc == 1)
			rules[(*count)++] = rule;
		at = newline ? newline + 1 : end;
	}
	if (rc == -E2BIG && fault) {
		fault->column = 1;
		snprintf(fault->text, sizeof(fault->text), "more than %d rules", BLOCK_SET_MAX);
	}
	if (rc < 0 && fault_line)
		*fault_line = line;
	return rc < 0 ? rc : 0;
}

int block_set_compile(void *ctx, const struct numbering *plan, const char *text, size_t len,
		      struct block_set **out, size_t *fault_line, struct block_fault *fault)
{
	enum { FEW = 8 };
	struct block_rule few[FEW];
	struct block_rule *rules = few;
	size_t lines = count_lines(text, len);
	size_t count;

	if (lines > FEW)
		rules = talloc_array(ctx, struct block_rule,
				     lines < BLOCK_SET_MAX ? lines : BLOCK_SET_MAX);
	if (!rules)
		return -ENOMEM;
	int rc = read_rules(plan, text, len, rules, &count, fault_line, fault);

	if (rc == 0) {
		struct block_set *set = build(ctx, rules, count);

		if (set)
			*out = set;
		else
			rc = -ENOMEM;
	}
	if (rules != few)
		talloc_free(rules);
	return rc;
}

size_t block_set_count(const struct block_set *set)
{
	return set->count;
}

const struct block_rule *block_set_rule(const struct block_set *set, size_t i)
{
	return i < set->count ? &set->rules[i] : NULL;
}

/* The place behind the last step whose text is not greater than `number`. */
static size_t upper_bound(const struct block_set *set, const char *number)
{
	const struct step *steps = set_steps(set);
	size_t low = 0, high = set->numbers;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(set->rules[steps[middle].rule].prefix.text, number) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct block_rule *block_set_next_number(const struct block_set *set, const char *number,
					       struct block_cursor *cursor)
{
	const struct step *steps = set_steps(set);

	if (!cursor->begun) {
		cursor->begun = true;
		cursor->at = upper_bound(set, number);
	}
	while (cursor->at > 0) {
		const struct step *step = &steps[cursor->at - 1];
		const struct block_rule *rule = &set->rules[step->rule];

		cursor->at = step->shorter;
		if (rule->origin == BLOCK_ORIGIN_NUMBER ? strcmp(number, rule->prefix.text) == 0
							: begins_with(number, rule->prefix.text))
			return rule;
	}
	return NULL;
}

const struct block_rule *block_set_next_class(const struct block_set *set,
					      struct block_cursor *cursor)
{
	if (cursor->at >= (size_t)(set->count - set->numbers))
		return NULL;
	return &set->rules[set_classes(set)[cursor->at++]];
}
