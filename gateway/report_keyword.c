/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keywords that change something for the subscriber: the shield, rules for single numbers, texts.
 * Every change is stored with what was before it, so that it can be taken back, and answered with
 * what holds now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "blocklist/block_decide.h"
#include "gateway/answer.h"
#include "gateway/report_flow_priv.h"
#include "gateway/rule_cache.h"
#include "gateway/subscriber_row.h"

/* ---- what holds ---- */

uint8_t flow_channels_of(enum report_scope scope)
{
	switch (scope) {
	case REPORT_SCOPE_CALL:
		return BLOCK_CALL;
	case REPORT_SCOPE_SMS:
		return BLOCK_SMS;
	case REPORT_SCOPE_BOTH:
	case REPORT_SCOPE_COUNT:
		break;
	}
	return BLOCK_CALL | BLOCK_SMS;
}

/* Single numbers are told to who asks. */
static bool asks(const struct flow *flow)
{
	return flow->reading.keyword.sense == KEYWORD_SHIELD_STATE ||
	       flow->reading.intent == REPORT_BLOCK_QUERY;
}

int flow_tell_state(struct db *db, struct flow *flow, enum reply_kind kind,
		    const struct rule_state *state)
{
	uint8_t blocked = state->blocked | flow->operator_blocks;
	struct reply_rules rules = { .total = 0 };
	struct reply_values values = { .calls_blocked = blocked & BLOCK_CALL,
				       .sms_blocked = blocked & BLOCK_SMS,
				       .now_ms = flow->received_ms,
				       .rules = &rules };
	int rc = 0;

	if (kind == REPLY_BLOCK_STATE)
		rc = flow_list_rules(flow, state->text, asks(flow), &rules);
	if (rc == 0 && kind == REPLY_BLOCK_STATE && asks(flow))
		rc = flow_read_reported(db, flow, &values);
	if (rc == 0 && rules.total > 0) {
		kind = REPLY_SHIELD_RULES;
		rc = answer_fit_rules(db, flow->subscriber.text, kind, &flow->manner, &values,
				      &rules);
	}
	return rc < 0 ? rc : flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

int flow_get_state(struct db *db, struct flow *flow, struct rule_state *state)
{
	return rule_store_get(flow->memory, db, flow->tables->numbering, flow->subscriber.text,
			      state);
}

int flow_tell_present_state(struct db *db, struct flow *flow, enum reply_kind kind)
{
	struct rule_state state;
	int rc = flow_get_state(db, flow, &state);

	return rc < 0 ? rc : flow_tell_state(db, flow, kind, &state);
}

int flow_tell_shield(struct db *db, struct flow *flow)
{
	return flow_tell_present_state(db, flow, REPLY_BLOCK_STATE);
}

/* How an attempt of that number would be decided now, were it to come from where it belongs. */
bool flow_is_blocked(const struct flow *flow, const struct block_set *set,
		     const struct number *number, uint8_t channel)
{
	const struct block_context context = {
		.subscriber = set,
		.subscriber_known = true,
		.operator_rules = flow->fixed->operator_rules,
		.protected_numbers = flow->fixed->protected_numbers,
	};
	const struct block_attempt attempt = {
		.channel = channel,
		.caller = *number,
		.called = flow->subscriber,
		.reported = flow->number_reported,
		.now_ms = flow->received_ms,
	};

	return block_decide(&attempt, &context).verdict == BLOCK_DENY;
}

int flow_tell_number(struct db *db, struct flow *flow, enum reply_kind kind,
		     const struct number *number, const struct rule_state *state)
{
	struct reply_values values = { .number = number->text };
	struct block_set *set;
	int rc = block_set_compile(flow->memory, flow->tables->numbering, state->text,
				   strlen(state->text), &set, NULL, NULL);

	if (rc < 0)
		return rc;
	values.calls_blocked = flow_is_blocked(flow, set, number, BLOCK_CALL);
	values.sms_blocked = flow_is_blocked(flow, set, number, BLOCK_SMS);
	return flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

/* ---- changes ---- */

struct rule_change flow_change_of(const struct flow *flow)
{
	return (struct rule_change){ flow->subscriber.text, "sms", flow->received_ms };
}

/* What changed nothing leaves the change before it to be taken back. */
int flow_note_change(struct db *db, const struct flow *flow, const char *before, const char *number)
{
	struct change_row row = { .kind = CHANGE_RULES,
				  .before = before,
				  .after = flow->rules.text,
				  .at_ms = flow->received_ms };

	if (strcmp(before, flow->rules.text) == 0)
		return 0;
	snprintf(row.number.text, sizeof(row.number.text), "%s", number);
	return change_row_put(db, flow->subscriber.text, &row);
}

int flow_switch_shield(struct db *db, struct flow *flow, enum keyword_sense sense,
		       enum report_scope scope)
{
	const struct rule_change change = flow_change_of(flow);
	struct rule_state before;
	int rc = flow_get_state(db, flow, &before);

	if (rc == 0)
		rc = rule_store_switch(flow->memory, db, flow->tables->numbering, &change,
				       flow_channels_of(scope), sense == KEYWORD_SHIELD_ON,
				       &flow->rules);
	/* No room for one rule more: nothing was changed, and the answer says what holds. */
	if (rc == -E2BIG)
		return flow_tell_shield(db, flow);
	if (rc == 0)
		rc = flow_note_change(db, flow, before.text, "");
	return rc < 0 ? rc : flow_tell_state(db, flow, REPLY_BLOCK_STATE, &flow->rules);
}

int flow_take_shield(struct db *db, struct flow *flow)
{
	return flow_switch_shield(db, flow, flow->reading.keyword.sense,
				  flow->reading.keyword.scope);
}

static bool is_protected(const struct flow *flow, const struct number *number)
{
	struct block_cursor cursor = { 0 };

	return flow->number_ours || strcmp(number->text, flow->subscriber.text) == 0 ||
	       (flow->fixed->protected_numbers &&
		block_set_next_number(flow->fixed->protected_numbers, number->text, &cursor));
}

static int put_number(struct db *db, struct flow *flow, enum block_action action)
{
	const struct number *number = &flow->reading.keyword.number;
	const struct rule_change change = flow_change_of(flow);
	struct reply_values nothing = { 0 };
	struct rule_state before;
	int rc = flow_get_state(db, flow, &before);

	if (rc == 0)
		rc = rule_store_put_number(flow->memory, db, flow->tables->numbering, &change,
					   number, action, &flow->rules);
	if (rc == -E2BIG)
		return flow_answer(db, flow, REPLY_RULES_FULL, &nothing, 0, TOLD_NOTHING);
	if (rc == 0)
		rc = flow_note_change(db, flow, before.text, number->text);
	return rc < 0 ? rc : flow_tell_number(db, flow, REPLY_NUMBER_STATE, number, &flow->rules);
}

int flow_take_number(struct db *db, struct flow *flow)
{
	const struct keyword_reading *keyword = &flow->reading.keyword;
	struct reply_values values = { .number = keyword->number.text, .word = flow->word };
	bool block = keyword->sense == KEYWORD_BLOCK_NUMBER;

	if (!keyword->number.text[0])
		return flow_answer(db, flow, REPLY_NUMBER_UNREAD, &values, 0, TOLD_NOTHING);
	if (block && is_protected(flow, &keyword->number))
		return flow_answer(db, flow, REPLY_NUMBER_PROTECTED, &values, 0, TOLD_NOTHING);
	return put_number(db, flow, block ? BLOCK_ACTION_BLOCK : BLOCK_ACTION_ALLOW);
}

/* ---- how texts are spoken, and whether they come ---- */

int flow_put_subscriber(struct db *db, const struct flow *flow, const struct subscriber_row *row,
			enum change_kind kind, int before, int after)
{
	char texts[2][16];
	const struct change_row change = {
		.kind = kind, .before = texts[0], .after = texts[1], .at_ms = flow->received_ms
	};

	snprintf(texts[0], sizeof(texts[0]), "%d", before);
	snprintf(texts[1], sizeof(texts[1]), "%d", after);
	int rc = subscriber_row_put(db, flow->subscriber.text, row);
	return rc < 0 || before == after ? rc : change_row_put(db, flow->subscriber.text, &change);
}

int flow_take_style(struct db *db, struct flow *flow)
{
	bool plain = flow->reading.keyword.sense == KEYWORD_PLAIN_TEXTS;
	struct reply_values values = { 0 };
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);
	int before = row.style;

	if (rc < 0)
		return rc;
	row.style = plain ? REPLY_PLAIN : REPLY_STANDARD;
	rc = flow_put_subscriber(db, flow, &row, CHANGE_STYLE, before, row.style);
	return rc < 0 ? rc
		      : flow_answer(db, flow, plain ? REPLY_STYLE_PLAIN : REPLY_STYLE_STANDARD,
				    &values, 0, TOLD_NOTHING);
}

int flow_unsubscribe(struct db *db, struct flow *flow)
{
	struct reply_values values = { 0 };
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);
	bool before = row.unsubscribed_ms != 0;

	if (rc < 0)
		return rc;
	row.unsubscribed_ms = flow->received_ms;
	rc = flow_put_subscriber(db, flow, &row, CHANGE_UNSUBSCRIBED, before, true);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_UNSUBSCRIBED, &values, 0, TOLD_NOTHING);
}
