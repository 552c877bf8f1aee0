/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* "Do you want to ...?": what is only like a keyword, or says the same in words, is asked about
 * before anything is changed. One question is open for a subscriber at a time. */
#include <talloc.h>

#include "gateway/question_row.h"
#include "gateway/report_flow_priv.h"
#include "gateway/subscriber_row.h"

/* What the text asks for: in words, or almost as a keyword. */
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
	if (sense == KEYWORD_REPORTED_ON)
		return REPLY_WISH_REPORTED_ON;
	if (sense == KEYWORD_REPORTED_OFF)
		return REPLY_WISH_REPORTED_OFF;
	return sense == KEYWORD_SHIELD_ON ? on[scope] : off[scope];
}

/* Nothing would change: what holds is answer enough. */
static bool holds_already(const struct rule_state *state, enum keyword_sense sense,
			  enum report_scope scope)
{
	uint8_t wanted = flow_channels_of(scope);

	if (sense == KEYWORD_SHIELD_ON)
		return (state->blocked & wanted) == wanted;
	return sense == KEYWORD_SHIELD_OFF && (state->blocked & wanted) == 0;
}

/* There may be many such numbers, and none is kept: the keyword confirms it. */
static int ask_number_wish(struct db *db, struct flow *flow)
{
	const struct keyword_reading *keyword = &flow->reading.keyword;
	struct reply_values values = { .word = flow->word,
				       .number = keyword->number.text,
				       .wish = keyword->sense == KEYWORD_BLOCK_NUMBER
						       ? REPLY_WISH_BLOCK_NUMBER
						       : REPLY_WISH_ALLOW_NUMBER };

	return flow_answer(db, flow, REPLY_NUMBER_WISH, &values, 0, TOLD_NOTHING);
}

int flow_ask_wish(struct db *db, struct flow *flow)
{
	if (flow->reading.keyword.number.text[0])
		return ask_number_wish(db, flow);

	struct reply_values values = { .word = flow->word };
	struct subscriber_row row;
	struct rule_state state;
	enum report_scope scope;
	enum keyword_sense sense = sense_of(flow, &scope);
	int rc = flow_get_state(db, flow, &state);

	if (rc == 0 && holds_already(&state, sense, scope))
		return flow_tell_state(db, flow, REPLY_BLOCK_STATE, &state);
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
	if (row->asked_text[0])
		return flow_confirm_opening(db, flow, row);
	if (row->asked_sense == KEYWORD_UNDO)
		return flow_undo(db, flow);
	if (row->asked_sense == KEYWORD_UNSUBSCRIBE)
		return flow_unsubscribe(db, flow);
	if (row->asked_sense == KEYWORD_REPORTED_ON || row->asked_sense == KEYWORD_REPORTED_OFF)
		return flow_switch_reported(db, flow, row->asked_sense);
	return flow_switch_shield(db, flow, row->asked_sense, row->asked_scope);
}

/* What else we asked last, about a report or with a list of what was blocked. */
static int other_asked(struct db *db, const struct flow *flow, int64_t *asked_ms)
{
	int64_t since_ms = flow->received_ms - flow->dialogue_ms;
	struct question_row question;
	int rc = question_row_find(db, flow->subscriber.text, since_ms, &question);

	*asked_ms = rc > 0 ? question.asked_ms : 0;
	if (rc >= 0)
		rc = question_row_find_blocked(db, flow->subscriber.text, since_ms, &question);
	if (rc > 0 && question.asked_ms > *asked_ms)
		*asked_ms = question.asked_ms;
	return rc < 0 ? rc : 0;
}

int flow_take_confirmation(struct db *db, struct flow *flow)
{
	struct subscriber_row row;
	int64_t other_ms;
	int rc;

	if (!flow->consent && flow->choice != 1)
		return 0;
	rc = subscriber_row_get(db, flow->subscriber.text, &row);
	if (rc <= 0 || (row.asked_sense == KEYWORD_NONE && !row.asked_text[0]) ||
	    flow->received_ms - row.asked_ms > flow->dialogue_ms)
		return rc < 0 ? rc : 0;
	rc = other_asked(db, flow, &other_ms);
	if (rc < 0 || row.asked_ms < other_ms)
		return rc;
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
