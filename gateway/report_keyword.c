/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keywords that change something for the subscriber: the shield, rules for single numbers, texts.
 * Every change is stored with what was before it, so that it can be taken back, and answered with
 * what holds now. What is only like a keyword is asked about. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_decide.h"
#include "gateway/report_flow_priv.h"
#include "gateway/rule_cache.h"
#include "gateway/subscriber_row.h"

/* Exact keywords change at once; words and what is one edit away from a keyword are asked about. */
static enum keyword_sense sense_of(const struct flow *flow, enum report_scope *scope)
{
	*scope = flow->reading.scope;
	switch (flow->reading.intent) {
	case REPORT_BLOCK_ON:
		return KEYWORD_SHIELD_ON;
	case REPORT_BLOCK_OFF:
		return KEYWORD_SHIELD_OFF;
	case REPORT_UNSUBSCRIBE:
		return KEYWORD_UNSUBSCRIBE;
	case REPORT_EMPTY:
	case REPORT_BLOCK_QUERY:
	case REPORT_HELP:
	case REPORT_APPEAL:
	case REPORT_STATUS_QUERY:
	case REPORT_SMS:
	case REPORT_CALL:
	case REPORT_SPAM_FORWARD:
	case REPORT_CHAT:
	case REPORT_INTENT_COUNT:
		break;
	}
	*scope = flow->reading.keyword.scope;
	return flow->reading.keyword.sense;
}

/* ---- what holds ---- */

static uint8_t channels_of(enum report_scope scope)
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

static int tell_state(struct db *db, struct flow *flow, enum reply_kind kind,
		      const struct rule_state *state)
{
	uint8_t blocked = state->blocked | flow->operator_blocks;
	struct reply_values values = { .calls_blocked = blocked & BLOCK_CALL,
				       .sms_blocked = blocked & BLOCK_SMS };

	return flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

static int get_state(struct db *db, struct flow *flow, struct rule_state *state)
{
	return rule_store_get(flow->memory, db, flow->tables->numbering, flow->subscriber.text,
			      state);
}

static int tell_present_state(struct db *db, struct flow *flow, enum reply_kind kind)
{
	struct rule_state state;
	int rc = get_state(db, flow, &state);

	return rc < 0 ? rc : tell_state(db, flow, kind, &state);
}

int flow_tell_shield(struct db *db, struct flow *flow)
{
	return tell_present_state(db, flow, REPLY_BLOCK_STATE);
}

/* How an attempt of that number would be decided now, were it to come from where it belongs. */
static bool is_blocked(const struct flow *flow, const struct block_set *set,
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

static int tell_number(struct db *db, struct flow *flow, enum reply_kind kind,
		       const struct number *number, const struct rule_state *state)
{
	struct reply_values values = { .number = number->text };
	struct block_set *set;
	int rc = block_set_compile(flow->memory, flow->tables->numbering, state->text,
				   strlen(state->text), &set, NULL, NULL);

	if (rc < 0)
		return rc;
	values.calls_blocked = is_blocked(flow, set, number, BLOCK_CALL);
	values.sms_blocked = is_blocked(flow, set, number, BLOCK_SMS);
	return flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

/* ---- changes ---- */

static struct rule_change change_of(const struct flow *flow)
{
	return (struct rule_change){ flow->subscriber.text, "sms", flow->received_ms };
}

/* What changed nothing leaves the change before it to be taken back. */
static int note_change(struct db *db, const struct flow *flow, const char *before,
		       const char *number)
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
	const struct rule_change change = change_of(flow);
	struct rule_state before;
	int rc = get_state(db, flow, &before);

	if (rc == 0)
		rc = rule_store_switch(flow->memory, db, flow->tables->numbering, &change,
				       channels_of(scope), sense == KEYWORD_SHIELD_ON,
				       &flow->rules);
	/* No room for one rule more: nothing was changed, and the answer says what holds. */
	if (rc == -E2BIG)
		return flow_tell_shield(db, flow);
	if (rc == 0)
		rc = note_change(db, flow, before.text, "");
	return rc < 0 ? rc : tell_state(db, flow, REPLY_BLOCK_STATE, &flow->rules);
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
	const struct rule_change change = change_of(flow);
	struct reply_values nothing = { 0 };
	struct rule_state before;
	int rc = get_state(db, flow, &before);

	if (rc == 0)
		rc = rule_store_put_number(flow->memory, db, flow->tables->numbering, &change,
					   number, action, &flow->rules);
	if (rc == -E2BIG)
		return flow_answer(db, flow, REPLY_RULES_FULL, &nothing, 0, TOLD_NOTHING);
	if (rc == 0)
		rc = note_change(db, flow, before.text, number->text);
	return rc < 0 ? rc : tell_number(db, flow, REPLY_NUMBER_STATE, number, &flow->rules);
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

static int put_subscriber(struct db *db, const struct flow *flow, const struct subscriber_row *row,
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
	rc = put_subscriber(db, flow, &row, CHANGE_STYLE, before, row.style);
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
	rc = put_subscriber(db, flow, &row, CHANGE_UNSUBSCRIBED, before, true);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_UNSUBSCRIBED, &values, 0, TOLD_NOTHING);
}

/* ---- taking back ---- */

/* Rules that somebody else changed since are not thrown away with the subscriber's own change. */
static int undo_rules(struct db *db, struct flow *flow, const struct change_row *change)
{
	const struct rule_change back = change_of(flow);
	struct rule_fault fault;
	struct rule_state now;
	int rc = get_state(db, flow, &now);

	if (rc < 0)
		return rc;
	if (strcmp(now.text, change->after) != 0)
		return tell_state(db, flow, REPLY_NOTHING_TO_UNDO, &now);
	rc = rule_store_set(flow->memory, db, flow->tables->numbering, &back, change->before,
			    &flow->rules, &fault);
	if (rc < 0)
		return rc;
	return change->number.text[0]
		       ? tell_number(db, flow, REPLY_UNDONE_NUMBER, &change->number, &flow->rules)
		       : tell_state(db, flow, REPLY_UNDONE, &flow->rules);
}

static int undo_style(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct reply_values values = { 0 };
	struct subscriber_row row;
	enum reply_style style;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	if (rc < 0)
		return rc;
	row.style = atoi(change->before);
	style = row.style < 0 ? flow->manner.style : (enum reply_style)row.style;
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc
		      : flow_answer(db, flow,
				    style == REPLY_PLAIN ? REPLY_STYLE_PLAIN : REPLY_STYLE_STANDARD,
				    &values, 0, TOLD_NOTHING);
}

static int undo_unsubscribe(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct reply_values values = { 0 };
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	(void)change;
	if (rc < 0)
		return rc;
	row.unsubscribed_ms = 0;
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_SUBSCRIBED, &values, 0, TOLD_NOTHING);
}

int flow_undo(struct db *db, struct flow *flow)
{
	static int (*const undo[])(struct db *, struct flow *, const struct change_row *) = {
		[CHANGE_RULES] = undo_rules,
		[CHANGE_STYLE] = undo_style,
		[CHANGE_UNSUBSCRIBED] = undo_unsubscribe,
	};
	struct change_row change;
	int rc = change_row_get(flow->memory, db, flow->subscriber.text, &change);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return tell_present_state(db, flow, REPLY_NOTHING_TO_UNDO);
	rc = change_row_drop(db, flow->subscriber.text);
	return rc < 0 ? rc : undo[change.kind](db, flow, &change);
}

/* ---- asking back ---- */

static enum reply_wish wish_of(enum keyword_sense sense, enum report_scope scope)
{
	static const enum reply_wish on[] = {
		[REPORT_SCOPE_BOTH] = REPLY_WISH_SHIELD_ON,
		[REPORT_SCOPE_CALL] = REPLY_WISH_SHIELD_ON_CALL,
		[REPORT_SCOPE_SMS] = REPLY_WISH_SHIELD_ON_SMS,
	};
	static const enum reply_wish off[] = {
		[REPORT_SCOPE_BOTH] = REPLY_WISH_SHIELD_OFF,
		[REPORT_SCOPE_CALL] = REPLY_WISH_SHIELD_OFF_CALL,
		[REPORT_SCOPE_SMS] = REPLY_WISH_SHIELD_OFF_SMS,
	};

	if (sense == KEYWORD_UNDO)
		return REPLY_WISH_UNDO;
	if (sense == KEYWORD_UNSUBSCRIBE)
		return REPLY_WISH_UNSUBSCRIBE;
	return sense == KEYWORD_SHIELD_ON ? on[scope] : off[scope];
}

/* Nothing would change: what holds is answer enough. */
static bool holds_already(const struct rule_state *state, enum keyword_sense sense,
			  enum report_scope scope)
{
	uint8_t wanted = channels_of(scope);

	if (sense == KEYWORD_SHIELD_ON)
		return (state->blocked & wanted) == wanted;
	return sense == KEYWORD_SHIELD_OFF && (state->blocked & wanted) == 0;
}

int flow_ask_wish(struct db *db, struct flow *flow)
{
	struct reply_values values = { .word = flow->word };
	struct subscriber_row row;
	struct rule_state state;
	enum report_scope scope;
	enum keyword_sense sense = sense_of(flow, &scope);
	int rc = get_state(db, flow, &state);

	if (rc == 0 && holds_already(&state, sense, scope))
		return tell_state(db, flow, REPLY_BLOCK_STATE, &state);
	if (rc == 0)
		rc = subscriber_row_get(db, flow->subscriber.text, &row);
	if (rc < 0)
		return rc;
	row.asked_sense = sense;
	row.asked_scope = scope;
	row.asked_ms = flow->received_ms;
	values.wish = wish_of(sense, scope);
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_DID_YOU_MEAN, &values, 0, TOLD_NOTHING);
}

static int do_wish(struct db *db, struct flow *flow, const struct subscriber_row *row)
{
	if (row->asked_sense == KEYWORD_UNDO)
		return flow_undo(db, flow);
	if (row->asked_sense == KEYWORD_UNSUBSCRIBE)
		return flow_unsubscribe(db, flow);
	return flow_switch_shield(db, flow, row->asked_sense, row->asked_scope);
}

int flow_take_confirmation(struct db *db, struct flow *flow, int64_t other_asked_ms)
{
	struct subscriber_row row;
	int rc;

	if (!flow->consent && flow->choice != 1)
		return 0;
	rc = subscriber_row_get(db, flow->subscriber.text, &row);
	if (rc <= 0 || row.asked_sense == KEYWORD_NONE || row.asked_ms < other_asked_ms ||
	    flow->received_ms - row.asked_ms > flow->dialogue_ms)
		return rc < 0 ? rc : 0;
	rc = subscriber_row_close(db, flow->subscriber.text);
	if (rc == 0)
		rc = do_wish(db, flow, &row);
	return rc < 0 ? rc : 1;
}

void flow_read_word(struct flow *flow, const struct keyword_set *keywords)
{
	enum report_scope scope;
	enum keyword_sense sense = sense_of(flow, &scope);
	const char *word = sense == KEYWORD_NONE ? NULL : keyword_set_shown(keywords, sense, scope);

	flow->word = word ? talloc_strdup(flow, word) : NULL;
}
