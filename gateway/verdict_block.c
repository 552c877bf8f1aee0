/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who was reported, and is verified, is blocked for the one who reported: where they wish it, or
 * policy does.
 */
#include <errno.h>
#include <string.h>

#include "blocklist/block_decide.h"
#include "gateway/reported_row.h"
#include "gateway/rule_store.h"
#include "gateway/subscriber_row.h"
#include "gateway/verdict_book_priv.h"

static struct block_decision decide(const struct look *look, const struct block_set *set,
				    uint8_t channel)
{
	const struct block_context context = {
		.subscriber = set,
		.subscriber_known = true,
		.protected_numbers = look->settings->block->protected_numbers,
	};
	const struct block_attempt attempt = { .channel = channel,
					       .caller = look->row.number,
					       .called = look->row.subscriber,
					       .now_ms = look->now_ms };

	return block_decide(&attempt, &context);
}

/* What the rules say of the number as they are. */
static void ask_rules(const struct look *look, const struct block_set *set,
		      struct reported_case *out)
{
	out->blocked = true;
	for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS; channel++) {
		struct block_decision decision = decide(look, set, channel);

		out->is_protected |= decision.tier == BLOCK_TIER_PROTECTED;
		out->allowed |= decision.tier == BLOCK_TIER_SUBSCRIBER_ALLOWED;
		out->blocked &= decision.verdict == BLOCK_DENY;
	}
}

static bool has_number(const struct look *look)
{
	enum number_form form = number_form(look->row.number.text);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED ||
	       form == NUMBER_FORM_CODE || form == NUMBER_FORM_FOREIGN;
}

/* The latest change of the subscriber's: one text takes it back. */
static int note_change(struct look *look, const char *before, const char *after)
{
	const struct change_row row = { .kind = CHANGE_REPORTED,
					.number = look->row.number,
					.before = before,
					.after = after,
					.at_ms = look->now_ms };
	const char *subscriber = look->row.subscriber.text;
	int rc = change_row_put(look->db, subscriber, &row);

	return rc < 0 ? rc
		      : reported_row_put(look->db, subscriber, &look->row.number, look->now_ms);
}

static int block_number(struct look *look, const struct rule_state *before, bool own_wish)
{
	const struct rule_change change = { look->row.subscriber.text, own_wish ? "wish" : "policy",
					    look->now_ms };
	struct rule_state after;
	int rc = rule_store_put_number(look->memory, look->db, look->settings->block->plan, &change,
				       &look->row.number, BLOCK_ACTION_BLOCK, &after);

	if (rc == -E2BIG)
		return 0; /* no room for one rule more: as it was */
	if (rc == 0)
		rc = note_change(look, before->text, after.text);
	if (rc < 0)
		return rc;
	look->out->subscriber = look->row.subscriber;
	look->out->rules = after.text;
	return 1;
}

/* What the store knows beside the wish. */
static int fill_case(struct look *look, struct reported_case *out, struct rule_state *rules)
{
	const struct numbering *plan = look->settings->block->plan;
	const char *subscriber = look->row.subscriber.text;
	struct block_set *set;
	int rc = rule_store_get(look->memory, look->db, plan, subscriber, rules);

	if (rc == 0)
		rc = block_set_compile(look->memory, plan, rules->text, strlen(rules->text), &set,
				       NULL, NULL);
	if (rc < 0)
		return rc;
	ask_rules(look, set, out);
	rc = reported_row_is_taken_back(look->db, subscriber, &look->row.number);
	out->taken_back = rc > 0;
	return rc < 0 ? rc : 0;
}

int look_block(struct look *look)
{
	struct reported_case seen = {
		.forged = look->verdict.forged,
		.no_number = !has_number(look),
		.own = strcmp(look->row.number.text, look->row.subscriber.text) == 0,
	};
	struct subscriber_row subscriber;
	struct rule_state rules;
	int rc;

	if (!look->settings->block)
		return 0;
	rc = subscriber_row_get(look->db, look->row.subscriber.text, &subscriber);
	if (rc < 0)
		return rc;
	seen.policy = look->settings->block->policy;
	seen.wish = subscriber.reported_wish;
	if (!reported_is_due(&seen)) /* whatever else the store knows */
		return 0;
	rc = fill_case(look, &seen, &rules);
	if (rc < 0 || !reported_is_due(&seen))
		return rc;
	return block_number(look, &rules, seen.wish == REPORTED_ON);
}
