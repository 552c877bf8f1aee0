/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts that want nothing of us: answered a few times a day, then only counted, so that no two
 * machines talk to each other for ever. What tells that a machine wrote it is never answered. */
#include "gateway/answer.h"
#include "gateway/report_flow_priv.h"
#include "gateway/subscriber_row.h"
#include "rules/calendar.h"

static int say(struct db *db, struct flow *flow, enum reply_kind kind)
{
	struct reply_values values = { 0 };

	return flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

/* Counts the text in `row`; whether it is to be answered. */
static bool count(const struct flow *flow, struct subscriber_row *row)
{
	int64_t day_ms = calendar_day_start(flow->received_ms);

	if (row->chat_day_ms != day_ms) {
		row->chat_day_ms = day_ms;
		row->chat_answered = 0;
		row->chat_unanswered = 0;
	}
	if (row->chat_answered >= (int64_t)flow->chat_answers_day) {
		row->chat_unanswered++;
		return false;
	}
	row->chat_answered++;
	return true;
}

static int answer_seldom(struct db *db, struct flow *flow, enum reply_kind kind)
{
	struct subscriber_row row;
	bool answered;
	int rc;

	if (!answer_is_person(flow->subscriber.text)) {
		flow->unanswered++;
		return 0;
	}
	rc = subscriber_row_get(db, flow->subscriber.text, &row);
	if (rc < 0)
		return rc;
	answered = count(flow, &row);
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	if (rc < 0 || answered)
		return rc < 0 ? rc : say(db, flow, kind);
	flow->unanswered++;
	return 0;
}

int flow_chat(struct db *db, struct flow *flow)
{
	int rc = flow_keep_words(db, flow);

	return rc < 0 ? rc : answer_seldom(db, flow, REPLY_CHAT);
}

int flow_thanks(struct db *db, struct flow *flow)
{
	return answer_seldom(db, flow, REPLY_THANKS);
}

int flow_empty(struct db *db, struct flow *flow)
{
	return answer_seldom(db, flow, REPLY_EMPTY);
}

int flow_machine(struct db *db, struct flow *flow)
{
	(void)db;
	flow->unanswered++;
	return 0;
}
