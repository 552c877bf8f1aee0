/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_rule.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "blocklist/block_line.h"
#include "blocklist/block_prefix.h"
#include "blocklist/block_time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DAY_COUNT = 7, EVERY_DAY = 0x7f };

static const char *const action_names[] = {
	[BLOCK_ACTION_ALLOW] = "allow",
	[BLOCK_ACTION_LABEL] = "label",
	[BLOCK_ACTION_BLOCK] = "block",
};
static_assert(COUNT(action_names) == BLOCK_ACTION_COUNT, "a name for each action");

/* NULL: written as a number. */
static const char *const origin_names[] = {
	[BLOCK_ORIGIN_PREFIX] = NULL,
	[BLOCK_ORIGIN_NUMBER] = NULL,
	[BLOCK_ORIGIN_INTERNATIONAL] = "international",
	[BLOCK_ORIGIN_HMT] = "hmt",
	[BLOCK_ORIGIN_WITHHELD] = "withheld",
	[BLOCK_ORIGIN_REPORTED] = "reported",
	[BLOCK_ORIGIN_ALPHANUMERIC] = "alphanumeric",
	[BLOCK_ORIGIN_ANY] = "any",
};
static_assert(COUNT(origin_names) == BLOCK_ORIGIN_COUNT, "a row for each origin");

static const struct channel {
	const char *name;
	uint8_t bit;
} channels[] = { { "call", BLOCK_CALL }, { "sms", BLOCK_SMS } };

static const char *const day_names[DAY_COUNT] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* A reader of one word: NULL when it was read into `rule`, else where it went wrong. */
typedef const char *word_reader(const struct numbering *plan, struct block_word word,
				struct block_rule *rule);

static const char *read_action(const struct numbering *plan, struct block_word word,
			       struct block_rule *rule)
{
	(void)plan;
	for (size_t i = 0; i < COUNT(action_names); i++) {
		if (block_word_is(word, action_names[i])) {
			rule->action = (enum block_action)i;
			return NULL;
		}
	}
	return word.text;
}

/* The part of `word` up to the next `mark`; `word` keeps what is behind it. */
static struct block_word split_word(struct block_word *word, char mark)
{
	const char *end = memchr(word->text, mark, word->len);
	struct block_word part = { word->text, end ? (size_t)(end - word->text) : word->len };
	size_t past = part.len + (end != NULL);

	word->text += past;
	word->len -= past;
	return part;
}

static const char *read_channels(const struct numbering *plan, struct block_word word,
				 struct block_rule *rule)
{
	(void)plan;
	const char *end = word.text + word.len;
	struct block_word part;

	do {
		uint8_t bit = 0;

		part = split_word(&word, ',');
		for (size_t i = 0; i < COUNT(channels); i++) {
			if (block_word_is(part, channels[i].name))
				bit = channels[i].bit;
		}
		if (bit == 0)
			return part.text;
		rule->channels |= bit;
	} while (part.text + part.len < end);
	return NULL;
}

static const char *read_from(const struct numbering *plan, struct block_word word,
			     struct block_rule *rule)
{
	(void)plan;
	(void)rule;
	return block_word_is(word, "from") ? NULL : word.text;
}

static const char *read_origin(const struct numbering *plan, struct block_word word,
			       struct block_rule *rule)
{
	bool exact = word.len > 0 && word.text[0] == '=';

	for (size_t i = 0; i < COUNT(origin_names); i++) {
		if (origin_names[i] && block_word_is(word, origin_names[i])) {
			rule->origin = (enum block_origin)i;
			return NULL;
		}
	}
	rule->origin = exact ? BLOCK_ORIGIN_NUMBER : BLOCK_ORIGIN_PREFIX;
	return block_prefix_read(plan, word.text + exact, word.len - exact, exact, &rule->prefix) ==
			       0
		       ? NULL
		       : word.text;
}

/* HH:MM up to 24:00. */
static bool read_minute(const char *text, uint16_t *minute)
{
	for (size_t i = 0; i < 5; i++) {
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return false;
	}
	unsigned hours = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	unsigned minutes = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');

	if (minutes > 59 || hours * 60 + minutes > BLOCK_DAY_MINUTES)
		return false;
	*minute = (uint16_t)(hours * 60 + minutes);
	return true;
}

static const char *read_hours(const struct numbering *plan, struct block_word word,
			      struct block_rule *rule)
{
	(void)plan;
	enum { CLOCK = 5, SPAN = 2 * CLOCK + 1 };

	if (word.len < SPAN || !read_minute(word.text, &rule->from_minute) ||
	    rule->from_minute == BLOCK_DAY_MINUTES || word.text[CLOCK] != '-')
		return word.text;
	if (!read_minute(word.text + CLOCK + 1, &rule->to_minute) ||
	    rule->to_minute == rule->from_minute)
		return word.text + CLOCK + 1;
	rule->has_hours = true;
	return word.len == SPAN ? NULL : word.text + SPAN;
}

static int find_day(struct block_word word)
{
	for (int day = 0; day < DAY_COUNT; day++) {
		if (block_word_is(word, day_names[day]))
			return day;
	}
	return -1;
}

static const char *read_days(const struct numbering *plan, struct block_word word,
			     struct block_rule *rule)
{
	(void)plan;
	const char *end = word.text + word.len;
	struct block_word part;

	do {
		part = split_word(&word, ',');
		struct block_word last = part;
		struct block_word first = split_word(&last, '-');
		int from = find_day(first);
		int to = first.len == part.len ? from : find_day(last);

		if (from < 0)
			return first.text;
		if (to < 0)
			return last.text;
		for (int day = from; day != to; day = (day + 1) % DAY_COUNT)
			rule->weekdays |= (uint8_t)(1u << day);
		rule->weekdays |= (uint8_t)(1u << to);
	} while (part.text + part.len < end);
	if (rule->weekdays == EVERY_DAY)
		rule->weekdays = 0;
	return NULL;
}

/* 0 says "ever", so that one moment cannot be told. */
static const char *read_moment(struct block_word word, int64_t *ms)
{
	const char *wrong = block_time_read(word.text, word.len, ms);

	return !wrong && *ms == 0 ? word.text : wrong;
}

static const char *read_since(const struct numbering *plan, struct block_word word,
			      struct block_rule *rule)
{
	(void)plan;
	return read_moment(word, &rule->since_ms);
}

static const char *read_until(const struct numbering *plan, struct block_word word,
			      struct block_rule *rule)
{
	(void)plan;
	return read_moment(word, &rule->until_ms);
}

/* The words that every rule begins with. */
static const struct slot {
	word_reader *read;
	const char *expected;
} slots[] = {
	{ read_action, "block, allow or label" },
	{ read_channels, "call, sms or call,sms" },
	{ read_from, "'from'" },
	{ read_origin, "a prefix, = and a whole number, or a word such as hmt" },
};

/* What may follow, in any order, each once. */
static const struct clause {
	const char *name;
	word_reader *read;
	const char *expected;
} clauses[] = {
	{ "at", read_hours, "hours such as 22:00-07:00" },
	{ "on", read_days, "days such as mon-fri or sat,sun" },
	{ "since", read_since, "a time such as 2026-10-01T00:00+08:00" },
	{ "until", read_until, "a time such as 2026-12-31T00:00+08:00" },
};

static int read_word(const struct numbering *plan, struct block_line *line, word_reader *read,
		     const char *expected, struct block_rule *rule, struct block_fault *fault)
{
	struct block_word word = block_line_next(line);
	const char *wrong = word.len == 0 ? word.text : read(plan, word, rule);

	return wrong ? block_line_fault(line, word, wrong, expected, fault) : 0;
}

static int read_clauses(const struct numbering *plan, struct block_line *line,
			struct block_rule *rule, struct block_fault *fault)
{
	bool seen[COUNT(clauses)] = { false };
	struct block_word word, last = { 0 };

	while ((word = block_line_next(line)).len > 0) {
		size_t i = 0;

		while (i < COUNT(clauses) && !block_word_is(word, clauses[i].name))
			i++;
		if (i == COUNT(clauses))
			return block_line_fault(line, word, word.text, "at, on, since or until",
						fault);
		if (seen[i])
			return block_line_fault(line, word, word.text, "each clause once", fault);
		seen[i] = true;
		last = word;
		int rc = read_word(plan, line, clauses[i].read, clauses[i].expected, rule, fault);

		if (rc != 0)
			return rc;
	}
	if (rule->since_ms != 0 && rule->until_ms != 0 && rule->until_ms <= rule->since_ms)
		return block_line_fault(line, last, last.text, "an end later than its beginning",
					fault);
	return 0;
}

int block_rule_parse(const struct numbering *plan, const char *line, size_t len,
		     struct block_rule *out, struct block_fault *fault)
{
	struct block_line folded;
	struct block_rule rule = { 0 };
	int rc = block_line_fold(line, len, &folded, fault);

	if (rc != 0 || folded.len == 0)
		return rc;
	for (size_t i = 0; i < COUNT(slots) && rc == 0; i++)
		rc = read_word(plan, &folded, slots[i].read, slots[i].expected, &rule, fault);
	if (rc == 0)
		rc = read_clauses(plan, &folded, &rule, fault);
	if (rc != 0)
		return rc;
	*out = rule;
	return 1;
}

struct writer {
	char *out;
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
put(struct writer *writer, const char *format, ...)
{
	size_t left = BLOCK_RULE_TEXT_MAX - writer->len;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(writer->out + writer->len, left, format, args);

	va_end(args);
	if (n > 0)
		writer->len += (size_t)n < left ? (size_t)n : left - 1;
}

/* Three days and more in a row are written as a span; a span does not run over sunday. */
static void put_days(struct writer *writer, uint8_t weekdays)
{
	const char *separator = " on ";

	for (int day = 0; day < DAY_COUNT; day++) {
		int last = day;

		if (!(weekdays & 1u << day))
			continue;
		while (last + 1 < DAY_COUNT && weekdays & 1u << (last + 1))
			last++;
		put(writer, "%s%s", separator, day_names[day]);
		separator = ",";
		if (last > day + 1) {
			put(writer, "-%s", day_names[last]);
			day = last;
		}
	}
}

static void put_channels(struct writer *writer, uint8_t bits)
{
	const char *separator = " ";

	for (size_t i = 0; i < COUNT(channels); i++) {
		if (bits & channels[i].bit) {
			put(writer, "%s%s", separator, channels[i].name);
			separator = ",";
		}
	}
}

static void put_moment(struct writer *writer, const char *clause, int64_t ms)
{
	char text[BLOCK_TIME_TEXT_MAX];

	if (ms == 0)
		return;
	block_time_format(ms, text);
	put(writer, " %s %s", clause, text);
}

size_t block_rule_format(const struct block_rule *rule, char out[BLOCK_RULE_TEXT_MAX])
{
	struct writer writer = { out, 0 };
	const char *origin = rule->origin < BLOCK_ORIGIN_COUNT ? origin_names[rule->origin] : NULL;

	put(&writer, "%s", block_action_name(rule->action));
	put_channels(&writer, rule->channels);
	if (origin)
		put(&writer, " from %s", origin);
	else
		put(&writer, " from %s%.*s", rule->origin == BLOCK_ORIGIN_NUMBER ? "=" : "",
		    NUMBER_MAX - 1, rule->prefix.text);
	if (rule->has_hours)
		put(&writer, " at %02d:%02d-%02d:%02d", rule->from_minute / 60,
		    rule->from_minute % 60, rule->to_minute / 60, rule->to_minute % 60);
	put_days(&writer, rule->weekdays);
	put_moment(&writer, "since", rule->since_ms);
	put_moment(&writer, "until", rule->until_ms);
	return writer.len;
}

bool block_rule_is_over(const struct block_rule *rule, int64_t now_ms)
{
	return rule->until_ms != 0 && rule->until_ms <= now_ms;
}

bool block_rule_equal(const struct block_rule *a, const struct block_rule *b)
{
	return a->action == b->action && a->channels == b->channels && a->origin == b->origin &&
	       strncmp(a->prefix.text, b->prefix.text, NUMBER_MAX) == 0 &&
	       a->has_hours == b->has_hours &&
	       (!a->has_hours ||
		(a->from_minute == b->from_minute && a->to_minute == b->to_minute)) &&
	       a->weekdays == b->weekdays && a->since_ms == b->since_ms &&
	       a->until_ms == b->until_ms;
}

const char *block_rule_origin_text(const struct block_rule *rule)
{
	const char *name = rule->origin < BLOCK_ORIGIN_COUNT ? origin_names[rule->origin] : NULL;

	return name ? name : rule->prefix.text;
}

const char *block_action_name(enum block_action action)
{
	return action < BLOCK_ACTION_COUNT ? action_names[action] : "unknown";
}
