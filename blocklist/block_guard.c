/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_guard.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

/* Some moment behind NEVER_MS: the answer does not depend on it. */
enum { NEVER_MS = 60000, NOW_MS = 2 * NEVER_MS };

static bool is_conditional(const struct block_rule *rule)
{
	return rule->has_hours || rule->weekdays != 0 || rule->until_ms != 0;
}

static void make_worst(struct block_rule *rule)
{
	if (!is_conditional(rule))
		return;
	rule->has_hours = false;
	rule->weekdays = 0;
	rule->until_ms = rule->action == BLOCK_ACTION_BLOCK ? 0 : NEVER_MS;
}

/* The same rules, each in its place, as they are at the worst time. */
static int compile_worst(void *ctx, const struct numbering *plan, const struct block_set *rules,
			 struct block_set **out)
{
	size_t count = block_set_count(rules);
	char *text = talloc_size(ctx, count * (BLOCK_RULE_TEXT_MAX + 1) + 1);
	size_t len = 0;
	int rc;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct block_rule rule = *block_set_rule(rules, i);

		make_worst(&rule);
		len += block_rule_format(&rule, text + len);
		text[len++] = '\n';
	}
	rc = block_set_compile(ctx, plan, text, len, out, NULL, NULL);
	talloc_free(text);
	return rc;
}

/* The place of a rule that blocks, or -1. */
static ssize_t find_blocking(const struct block_set *worst, const struct number *number,
			     uint8_t channel)
{
	const struct block_attempt attempt = { .channel = channel,
					       .caller = *number,
					       .entry = BLOCK_ENTRY_NATIONAL,
					       .now_ms = NOW_MS };
	const struct block_context context = { .subscriber_known = true, .operator_rules = worst };
	struct block_decision decision = block_decide(&attempt, &context);

	return decision.verdict == BLOCK_DENY ? decision.rule - block_set_rule(worst, 0) : -1;
}

ssize_t block_guard_protected(void *ctx, const struct numbering *plan,
			      const struct block_set *rules,
			      const struct block_set *protected_numbers,
			      struct block_guard_hit *out, size_t max)
{
	static const uint8_t channels[] = { BLOCK_CALL, BLOCK_SMS };
	const struct block_rule *guarded;
	struct block_set *worst;
	size_t hits = 0;
	int rc = compile_worst(ctx, plan, rules, &worst);

	if (rc < 0)
		return rc;
	for (size_t i = 0; (guarded = block_set_rule(protected_numbers, i)); i++) {
		for (size_t k = 0; k < sizeof(channels); k++) {
			ssize_t place =
				guarded->prefix.text[0]
					? find_blocking(worst, &guarded->prefix, channels[k])
					: -1;

			if (place < 0)
				continue;
			if (hits < max)
				out[hits] = (struct block_guard_hit){
					.number = guarded->prefix.text,
					.channel = channels[k],
					.rule = block_set_rule(rules, (size_t)place),
				};
			hits++;
		}
	}
	talloc_free(worst);
	return (ssize_t)hits;
}

enum block_guard_verdict block_guard_share(const struct block_guard_traffic *traffic,
					   uint32_t percent, uint32_t least)
{
	if (traffic->samples < least || traffic->samples == 0)
		return BLOCK_GUARD_CANNOT_TELL;
	return traffic->more * 100 > traffic->attempts * percent ? BLOCK_GUARD_TOO_MUCH
								 : BLOCK_GUARD_PASSES;
}
