/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_blocked.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/answer.h"
#include "gateway/attempt_row.h"
#include "gateway/blocked_digest.h"
#include "gateway/question_row.h"
#include "gateway/release_book.h"
#include "gateway/report_flow_priv.h"
#include "gateway/subscriber_row.h"

/* ---- the list ---- */

static int tell_nothing(struct db *db, struct flow *flow)
{
	struct rule_state state;
	int rc = rule_store_get(flow->memory, db, flow->tables->numbering, flow->subscriber.text,
				&state);

	return rc < 0 ? rc : flow_tell_state(db, flow, REPLY_BLOCKED_NONE, &state);
}

int flow_blocked_list(struct db *db, struct flow *flow)
{
	const struct attempt_span span = { flow->subscriber.text, flow->blocked_since_ms, INT64_MAX,
					   false };
	struct question_row question = { .report_id = flow->first_id, .kind = QUESTION_BLOCKED };
	struct reply_values values = { .blocked = &question.blocked, .now_ms = flow->received_ms };
	int rc = attempt_row_list(db, &span, &question.blocked, NULL);

	if (rc < 0)
		return rc;
	if (question.blocked.count == 0)
		return tell_nothing(db, flow);
	rc = answer_fit_blocked(db, flow->subscriber.text, REPLY_BLOCKED_LIST, &flow->manner,
				&values, &question.blocked);
	if (rc == 0)
		rc = question_row_ask(db, &question, flow->subscriber.text, flow->received_ms);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_BLOCKED_LIST, &values, 0, TOLD_NOTHING);
}

/* ---- the release ---- */

static const enum reply_kind replies[] = {
	[RELEASE_UNKNOWN] = REPLY_RELEASE_UNKNOWN, [RELEASE_ALREADY] = REPLY_RELEASED_ALREADY,
	[RELEASE_REFUSED] = REPLY_RELEASE_REFUSED, [RELEASE_NO_ROOM] = REPLY_BLOCK_STATE,
	[RELEASE_SENT] = REPLY_RELEASED,	   [RELEASE_ALLOWED] = REPLY_RELEASE_ALLOWED,
};
_Static_assert(sizeof(replies) / sizeof(*replies) == RELEASE_RESULT_COUNT, "a reply a result");

static enum reply_kind reply_of(const struct release_outcome *outcome)
{
	if (outcome->result == RELEASE_SENT && !(outcome->allowed & BLOCK_SMS))
		return REPLY_RELEASED_ONCE;
	return replies[outcome->result];
}

static int tell_no_room(struct db *db, struct flow *flow)
{
	struct rule_state state;
	int rc = rule_store_get(flow->memory, db, flow->tables->numbering, flow->subscriber.text,
				&state);

	return rc < 0 ? rc : flow_tell_state(db, flow, REPLY_BLOCK_STATE, &state);
}

/* `channels` 0: all that was blocked of the sender. */
static int release(struct db *db, struct flow *flow, const struct number *sender, uint8_t channels)
{
	const struct release_request request = { .plan = flow->tables->numbering,
						 .subscriber = flow->subscriber.text,
						 .sender = sender->text,
						 .channels = channels,
						 .allows = flow->release_allows,
						 .actor = "sms",
						 .now_ms = flow->received_ms };
	bool hidden = number_form(sender->text) == NUMBER_FORM_WITHHELD;
	struct reply_values values = { .number = hidden ? NULL : sender->text };
	struct release_outcome outcome;
	struct rule_state before;
	int rc = flow_get_state(db, flow, &before);

	if (rc == 0)
		rc = release_book_run(flow->memory, db, &request, &outcome);
	if (rc < 0)
		return rc;
	flow->rules = outcome.rules;
	rc = flow->rules.text ? flow_note_change(db, flow, before.text, sender->text) : 0;
	if (rc < 0)
		return rc;
	flow->released += outcome.messages;
	if (outcome.result == RELEASE_NO_ROOM)
		return tell_no_room(db, flow);
	values.channels = outcome.channels;
	values.count = outcome.messages;
	return flow_answer(db, flow, reply_of(&outcome), &values, 0, TOLD_NOTHING);
}

/* The list that was shown last: 1, or 0. */
static int find_list(struct db *db, struct flow *flow, struct question_row *question)
{
	return question_row_find_blocked(db, flow->subscriber.text,
					 flow->received_ms - flow->dialogue_ms, question);
}

static int release_place(struct db *db, struct flow *flow, const struct blocked_list *list,
			 size_t place)
{
	struct reply_values values = { .blocked = list };

	if (place > list->count)
		return flow_answer(db, flow, REPLY_NO_SUCH_PLACE, &values, 0, TOLD_NOTHING);
	return release(db, flow, &list->entries[place - 1].sender,
		       (uint8_t)list->entries[place - 1].channel);
}

static int release_sender(struct db *db, struct flow *flow)
{
	struct number sender = flow->blocked.sender;
	int rc = release_book_find_sender(db, flow->subscriber.text, sender.text, &sender);

	return rc < 0 ? rc : release(db, flow, &sender, 0);
}

int flow_release(struct db *db, struct flow *flow)
{
	struct question_row question;
	int rc;

	if (flow->blocked.sender.text[0])
		return release_sender(db, flow);
	rc = flow->blocked.place ? find_list(db, flow, &question) : 0;
	if (rc > 0)
		return release_place(db, flow, &question.blocked, (size_t)flow->blocked.place);
	/* What a place means has to be seen first. */
	return rc < 0 ? rc : flow_blocked_list(db, flow);
}

/* Only a digit by itself: it lets something in. And only while the list is what was asked last: a
 * digit after another question belongs to that. */
int flow_take_blocked_choice(struct db *db, struct flow *flow)
{
	struct question_row question;
	int rc;

	if (flow->choice == 0 || flow->reading.number_count > 0 ||
	    flow->reading.intent != REPORT_CHAT)
		return 0;
	rc = find_list(db, flow, &question);
	if (rc <= 0)
		return rc;
	rc = question_row_later(db, flow->subscriber.text, question.asked_ms, question.report_id);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = release_place(db, flow, &question.blocked, (size_t)flow->choice);
	return rc < 0 ? rc : 1;
}

/* ---- the daily summary ---- */

/* Who asks for a text every day wants texts again; `before` tells since when they did not. */
static int subscribe(struct db *db, const struct flow *flow, bool on, int64_t *before)
{
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	*before = row.unsubscribed_ms;
	if (rc < 0 || row.unsubscribed_ms == 0 || !on)
		return rc < 0 ? rc : 0;
	row.unsubscribed_ms = 0;
	return subscriber_row_put(db, flow->subscriber.text, &row);
}

static int note_digest(struct db *db, const struct flow *flow, bool on, int64_t before_ms)
{
	char before[24];
	const struct change_row change = { .kind = CHANGE_DIGEST,
					   .before = before,
					   .after = on ? "1" : "0",
					   .at_ms = flow->received_ms };

	snprintf(before, sizeof(before), "%" PRId64, before_ms);
	return change_row_put(db, flow->subscriber.text, &change);
}

static int answer_digest(struct db *db, struct flow *flow, bool on)
{
	struct reply_values values = { .hour = flow->digest_hour ? flow->digest_hour : 24 };

	return flow_answer(db, flow, on ? REPLY_DIGEST_ON : REPLY_DIGEST_OFF, &values, 0,
			   TOLD_NOTHING);
}

int flow_digest(struct db *db, struct flow *flow)
{
	bool on = flow->reading.keyword.sense == KEYWORD_DIGEST_ON;
	int was = blocked_digest_is_on(db, flow->subscriber.text);
	int64_t before_ms;
	int rc = was < 0 ? was
			 : blocked_digest_switch(db, flow->subscriber.text, flow->route, on,
						 flow->received_ms);

	if (rc == 0)
		rc = subscribe(db, flow, on, &before_ms);
	if (rc == 0 && (was > 0) != on)
		rc = note_digest(db, flow, on, before_ms);
	return rc < 0 ? rc : answer_digest(db, flow, on);
}

int flow_undo_digest(struct db *db, struct flow *flow, const struct change_row *change)
{
	bool on = strcmp(change->after, "1") != 0;
	struct subscriber_row row;
	int rc = blocked_digest_switch(db, flow->subscriber.text, flow->route, on,
				       flow->received_ms);

	if (rc == 0)
		rc = subscriber_row_get(db, flow->subscriber.text, &row);
	if (rc < 0)
		return rc;
	row.unsubscribed_ms = strtoll(change->before, NULL, 10);
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc : answer_digest(db, flow, on);
}
