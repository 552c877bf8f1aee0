/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_opening.h"

#include <string.h>
#include <talloc.h>

static bool is_always(const struct block_rule *rule)
{
	return !rule->has_hours && rule->weekdays == 0;
}

static bool is_plain(const struct block_rule *rule)
{
	return is_always(rule) && rule->since_ms == 0 && rule->until_ms == 0;
}

static bool is_timed(const struct block_rule *rule)
{
	return is_always(rule) && rule->until_ms != 0;
}

static bool same_origin(const struct block_rule *a, const struct block_rule *b)
{
	return a->origin == b->origin && strcmp(a->prefix.text, b->prefix.text) == 0;
}

/* `inner` holds at no moment and on no channel at which `outer` does not. */
static bool covers(const struct block_rule *outer, const struct block_rule *inner, int64_t now_ms)
{
	int64_t from = inner->since_ms > now_ms ? inner->since_ms : now_ms;

	return (outer->channels & inner->channels) == inner->channels && outer->since_ms <= from &&
	       outer->until_ms >= inner->until_ms;
}

/* ---- changes ---- */

struct change {
	const struct block_rule *rule;
	int64_t now_ms;
};

/* What is left of a rule of the set: its channels. */
typedef uint8_t keep_channels(const struct block_rule *rule, const struct change *change);

static size_t put_line(char *out, const struct block_rule *rule)
{
	size_t len = block_rule_format(rule, out);

	out[len++] = '\n';
	out[len] = '\0';
	return len;
}

static char *edit(void *ctx, const struct block_set *set, keep_channels *keep,
		  const struct change *change, const struct block_rule *more)
{
	size_t count = set ? block_set_count(set) : 0, len = 0;
	char *text = talloc_array(ctx, char, (count + 1) * BLOCK_RULE_TEXT_MAX + 1);

	if (!text)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct block_rule rule = *block_set_rule(set, i);

		if (!block_rule_is_over(&rule, change->now_ms))
			rule.channels = keep(&rule, change);
		if (!block_rule_is_over(&rule, change->now_ms) && rule.channels != 0)
			len += put_line(text + len, &rule);
	}
	if (more)
		put_line(text + len, more);
	return text;
}

static uint8_t keep_all(const struct block_rule *rule, const struct change *change)
{
	(void)change;
	return rule->channels;
}

static uint8_t keep_beside_plain(const struct block_rule *rule, const struct change *change)
{
	if (!is_plain(rule) || !same_origin(rule, change->rule))
		return rule->channels;
	return rule->channels & (uint8_t)~change->rule->channels;
}

static uint8_t keep_beside_timed(const struct block_rule *rule, const struct change *change)
{
	bool goes = is_timed(rule) && rule->action == change->rule->action &&
		    same_origin(rule, change->rule) && covers(change->rule, rule, change->now_ms);

	return goes ? 0 : rule->channels;
}

static uint8_t keep_no_opening(const struct block_rule *rule, const struct change *change)
{
	(void)change;
	return is_timed(rule) && rule->action == BLOCK_ACTION_ALLOW &&
			       rule->origin != BLOCK_ORIGIN_NUMBER
		       ? 0
		       : rule->channels;
}

static const struct block_rule *find_covering(const struct block_set *set,
					      const struct change *change)
{
	for (size_t i = 0; set && i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);

		if (is_timed(rule) && rule->action == change->rule->action &&
		    same_origin(rule, change->rule) && covers(rule, change->rule, change->now_ms))
			return rule;
	}
	return NULL;
}

char *block_opening_put(void *ctx, const struct block_set *set, const struct block_rule *rule,
			int64_t now_ms, struct block_rule *held)
{
	const struct change change = { rule, now_ms };
	const struct block_rule *covering;

	if (is_plain(rule))
		return edit(ctx, set, keep_beside_plain, &change, rule);
	covering = find_covering(set, &change);
	if (!covering)
		return edit(ctx, set, keep_beside_timed, &change, rule);
	*held = *covering;
	return edit(ctx, set, keep_all, &change, NULL);
}

char *block_opening_drop(void *ctx, const struct block_set *set, const struct block_rule *origin,
			 int64_t now_ms)
{
	return edit(ctx, set, keep_beside_plain, &(struct change){ origin, now_ms }, NULL);
}

char *block_opening_end(void *ctx, const struct block_set *set, int64_t now_ms)
{
	return edit(ctx, set, keep_no_opening, &(struct change){ NULL, now_ms }, NULL);
}

/* ---- the list ---- */

static bool is_told(const struct block_rule *rule, int64_t now_ms, bool numbers)
{
	if (block_rule_is_over(rule, now_ms) || !is_always(rule))
		return false;
	switch (rule->origin) {
	case BLOCK_ORIGIN_INTERNATIONAL:
		return !is_plain(rule);
	case BLOCK_ORIGIN_HMT:
	case BLOCK_ORIGIN_PREFIX:
		return true;
	case BLOCK_ORIGIN_NUMBER:
		return numbers;
	case BLOCK_ORIGIN_WITHHELD:
	case BLOCK_ORIGIN_REPORTED:
	case BLOCK_ORIGIN_ALPHANUMERIC:
	case BLOCK_ORIGIN_ANY:
	case BLOCK_ORIGIN_COUNT:
		break;
	}
	return false;
}

/* Lower comes first. */
static int64_t order_of(const struct block_rule *rule)
{
	if (rule->until_ms != 0)
		return rule->until_ms;
	return rule->origin == BLOCK_ORIGIN_NUMBER ? INT64_MAX : INT64_MAX - 1;
}

size_t block_opening_list(const struct block_set *set, int64_t now_ms, bool numbers,
			  const struct block_rule **out, size_t max)
{
	size_t total = 0, kept = 0;

	for (size_t i = 0; i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);
		size_t at = kept;

		if (!is_told(rule, now_ms, numbers))
			continue;
		total++;
		while (at > 0 && order_of(out[at - 1]) > order_of(rule))
			at--;
		if (at == max)
			continue;
		if (kept < max)
			kept++;
		memmove(out + at + 1, out + at, (kept - at - 1) * sizeof(*out));
		out[at] = rule;
	}
	return total;
}
