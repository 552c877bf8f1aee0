/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who was reported, and is verified, is blocked for the one who reported: where policy wishes it.
 */
#include <errno.h>
#include <string.h>

#include "blocklist/block_decide.h"
#include "gateway/answer.h"
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

/* Protected numbers pass whatever a rule says, and what the subscriber lets through they wish. */
static bool stays_as_it_is(const struct look *look, const struct block_set *set)
{
	bool blocked = true;

	for (uint8_t channel = BLOCK_CALL; channel <= BLOCK_SMS; channel++) {
		struct block_decision decision = decide(look, set, channel);

		if (decision.tier == BLOCK_TIER_PROTECTED ||
		    decision.tier == BLOCK_TIER_SUBSCRIBER_ALLOWED)
			return true;
		blocked = blocked && decision.verdict == BLOCK_DENY;
	}
	return blocked;
}

/* A number that was forged is somebody else's. */
static bool may_be_blocked(const struct look *look)
{
	enum number_form form = number_form(look->row.number.text);

	return look->settings->block && !look->verdict.forged &&
	       (form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED ||
		form == NUMBER_FORM_CODE || form == NUMBER_FORM_FOREIGN) &&
	       strcmp(look->row.number.text, look->row.subscriber.text) != 0;
}

static int tell(struct look *look)
{
	struct reply_values values = { .number = look->row.number.text,
				       .calls_blocked = true,
				       .sms_blocked = true };
	const struct outbox_row out = { .target = look->row.subscriber.text,
					.report_id = look->row.id,
					.told = TOLD_NOTHING,
					.route = look->row.route,
					.created_ms = look->now_ms };

	return answer_put_gently(look->db, REPLY_REPORTED_BLOCKED, &look->settings->manner, &values,
				 &out, &look->settings->quiet);
}

/* The latest change of the subscriber's: one text takes it back. */
static int note_change(struct look *look, const char *before, const char *after)
{
	const struct change_row row = { .kind = CHANGE_RULES,
					.number = look->row.number,
					.before = before,
					.after = after,
					.at_ms = look->now_ms };

	return change_row_put(look->db, look->row.subscriber.text, &row);
}

static int block_number(struct look *look, const struct rule_state *before)
{
	const struct rule_change change = { look->row.subscriber.text, "policy", look->now_ms };
	struct rule_state after;
	int rc = rule_store_put_number(look->memory, look->db, look->settings->block->plan, &change,
				       &look->row.number, BLOCK_ACTION_BLOCK, &after);

	if (rc == -E2BIG)
		return 0; /* no room for one rule more: as it was */
	if (rc == 0)
		rc = note_change(look, before->text, after.text);
	if (rc == 0)
		rc = tell(look);
	look->out->subscriber = look->row.subscriber;
	look->out->rules = rc == 0 ? after.text : NULL;
	return rc;
}

int look_block(struct look *look)
{
	struct rule_state before;
	struct block_set *set;
	int rc;

	if (!may_be_blocked(look))
		return 0;
	rc = rule_store_get(look->memory, look->db, look->settings->block->plan,
			    look->row.subscriber.text, &before);
	if (rc == 0)
		rc = block_set_compile(look->memory, look->settings->block->plan, before.text,
				       strlen(before.text), &set, NULL, NULL);
	if (rc < 0)
		return rc;
	return stays_as_it_is(look, set) ? 0 : block_number(look, &before);
}
