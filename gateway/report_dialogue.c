/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/dialogue.h"
#include "gateway/question_row.h"
#include "gateway/report_blocked.h"
#include "gateway/report_flow_priv.h"

#include "gateway/answer.h"
#include "gateway/words_row.h"
#include "rules/call_near.h"
#include "rules/thought.h"

/* ---- asking ---- */

static int ask_plainly(struct db *db, struct flow *flow, const struct report_row *row)
{
	const struct question_row question = { .report_id = row->id, .kind = QUESTION_NUMBER };
	struct reply_values values = { 0 };
	int rc = question_row_ask(db, &question, flow->subscriber.text, flow->received_ms);

	return rc < 0 ? rc
		      : flow_answer(db, flow, REPLY_NEEDS_NUMBER, &values, row->id, TOLD_RECEIPT);
}

int flow_ask_number(struct db *db, struct flow *flow, const struct report_row *row)
{
	const struct report_reading *reading = &flow->reading;
	struct question_row question = { .report_id = row->id, .kind = QUESTION_NUMBER };

	/* Who sent an SMS is not among those who called. */
	if (row->intent != REPORT_CALL)
		return ask_plainly(db, flow, row);
	for (size_t i = 0; reading->either && i < reading->number_count; i++) {
		question.kind = QUESTION_EITHER;
		question.choices.entries[question.choices.count++].number = reading->numbers[i];
	}
	flow->asks = true;
	flow->question = verify_request_of(row);
	flow->candidates = question.choices;
	return question_row_open(db, &question, flow->subscriber.text,
				 flow->received_ms + DIALOGUE_DUE_MS);
}

/* ---- answers ---- */

bool flow_is_question(const struct flow *flow, const struct report_row *row)
{
	return row->state == REPORT_STATE_NEEDS_NUMBER &&
	       flow->received_ms - row->received_ms <= flow->dialogue_ms;
}

static int write_reading(struct db *db, const struct flow *flow, struct report_row *row)
{
	return report_row_write_reading(db, row, flow->text);
}

/* What the second text adds to the first. */
static void merge_reading(const struct report_reading *reading, struct report_row *row)
{
	if (row->category == REPORT_UNKNOWN)
		row->category = reading->category;
	if (!row->has_call_time && reading->has_call_time) {
		row->has_call_time = true;
		row->call_from_ms = reading->call_from_ms;
		row->call_to_ms = reading->call_to_ms;
	}
}

static int complete(struct db *db, struct flow *flow, struct report_row *row)
{
	int rc;

	flow_set_clocks(flow, row);
	rc = write_reading(db, flow, row);
	if (rc == 0)
		rc = report_transition(db, row, REPORT_STATE_PENDING, flow->received_ms, "",
				       flow->text);
	if (rc == 0)
		rc = question_row_close(db, row->id, flow->received_ms);
	if (rc < 0)
		return rc;
	flow->report_id = row->id;
	flow_check_now(flow, row);
	return flow_tell_received(db, flow, row);
}

int flow_complete(struct db *db, struct flow *flow, struct report_row *row)
{
	row->number = flow->reading.numbers[0];
	merge_reading(&flow->reading, row);
	return complete(db, flow, row);
}

static int complete_with(struct db *db, struct flow *flow, struct report_row *row,
			 const struct call_list_entry *entry)
{
	enum { SECOND_MS = 1000 };

	row->number = entry->number;
	merge_reading(&flow->reading, row);
	/* The call that was shown is meant; of a number that only the report names, none was. */
	if (entry->start_ms > 0) {
		row->has_call_time = true;
		row->call_from_ms = entry->start_ms;
		row->call_to_ms = entry->start_ms + SECOND_MS;
	}
	return complete(db, flow, row);
}

/* Says what we still wait for; the question itself is not asked again, and one that is only about
 * to be asked is answer enough. */
int flow_add_words(struct db *db, struct flow *flow, struct report_row *row)
{
	struct reply_values values = { .day_ms = row->received_ms, .state = row->state };
	struct question_row question;
	int rc;

	merge_reading(&flow->reading, row);
	rc = write_reading(db, flow, row);
	if (rc < 0)
		return rc;
	flow->report_id = row->id;
	flow->duplicates++;
	rc = question_row_get(db, row->id, &question);
	if (rc < 0 || (rc > 0 && question.asked == 0))
		return rc < 0 ? rc : 0;
	return flow_answer(db, flow, REPLY_STATUS, &values, row->id, TOLD_NOTHING);
}

/* ---- one thought in two texts ---- */

static bool is_bare(enum report_category category, bool has_call_time)
{
	return category == REPORT_UNKNOWN && !has_call_time;
}

bool flow_may_go_on(const struct flow *flow)
{
	const struct report_reading *reading = &flow->reading;

	return flow->join_ms > 0 && reading->number_count == 1 &&
	       is_bare(reading->category, reading->has_call_time);
}

static bool is_kept(const struct flow *flow)
{
	return flow->join_ms > 0 && strlen(flow->text) <= THOUGHT_TEXT_MAX &&
	       answer_is_person(flow->subscriber.text);
}

int flow_keep_words(struct db *db, struct flow *flow)
{
	if (!is_kept(flow))
		return 0;
	return words_row_put(db, flow->subscriber.text, flow->text, flow->received_ms,
			     flow->received_ms - flow->dialogue_ms);
}

int flow_join_words(struct db *db, struct flow *flow)
{
	struct report_reading whole;
	char *words;
	char *text;
	int rc;

	if (!flow_may_go_on(flow))
		return 0;
	rc = words_row_get(flow->memory, db, flow->subscriber.text,
			   flow->received_ms - flow->dialogue_ms, &words);
	if (rc <= 0 || !thought_ends(flow->tables->language, words, flow->text, &flow->reading,
				     flow->received_ms, &whole))
		return rc < 0 ? rc : 0;
	text = talloc_asprintf(flow->memory, "%s\n%s", words, flow->text);
	if (!text)
		return -ENOMEM;
	flow->joined = true;
	flow->own_text = flow->text;
	flow->own_reading = flow->reading;
	flow->text = text;
	flow->reading = whole;
	report_forget_number(&flow->reading, flow->subscriber.text);
	return words_row_drop(db, flow->subscriber.text);
}

void flow_part_words(struct flow *flow)
{
	if (!flow->joined)
		return;
	flow->text = flow->own_text;
	flow->reading = flow->own_reading;
	flow->joined = false;
}

static int join_words(struct db *db, struct flow *flow, struct report_row *row,
		      const struct report_reading *whole)
{
	struct reply_values values = { .number = row->number.text };
	int rc;

	row->intent = whole->intent;
	merge_reading(whole, row);
	rc = write_reading(db, flow, row);
	if (rc < 0)
		return rc;
	flow->report_id = row->id;
	flow->duplicates++;
	flow_check_now(flow, row);
	rc = flow_answer(db, flow, REPLY_JOINED, &values, row->id, TOLD_NOTHING);
	return rc < 0 ? rc : 1;
}

static bool is_wordy(const struct report_reading *reading)
{
	return reading->number_count == 0 &&
	       (reading->intent == REPORT_CALL || reading->intent == REPORT_SMS ||
		reading->intent == REPORT_CHAT);
}

int flow_take_words(struct db *db, struct flow *flow)
{
	struct report_reading whole;
	struct report_row row;
	int rc;

	if (flow->join_ms == 0 || !is_wordy(&flow->reading) ||
	    !answer_is_person(flow->subscriber.text))
		return 0;
	rc = flow_find_latest(db, flow, &row);
	if (rc <= 0 || row.state != REPORT_STATE_PENDING ||
	    flow->received_ms - row.received_ms > flow->join_ms)
		return rc < 0 ? rc : 0;
	const struct thought thought = { .first = row.text,
					 .number = &row.number,
					 .has_topic = row.category != REPORT_UNKNOWN,
					 .has_time = row.has_call_time };
	if (!thought_goes_on(flow->tables->language, &thought, flow->text, &flow->reading,
			     flow->received_ms, &whole))
		return 0;
	return join_words(db, flow, &row, &whole);
}

/* ---- short answers ---- */

/* 1 when it is an answer. */
static int choose(struct db *db, struct flow *flow, const struct question_row *question,
		  struct report_row *row)
{
	const struct call_list *choices = &question->choices;
	/* "Yes" to a list of one is as clear as its number. */
	size_t place = flow->consent && choices->count == 1 ? 1 : (size_t)flow->choice;
	struct reply_values values = { .choices = choices };
	int rc;

	if (row->state != REPORT_STATE_NEEDS_NUMBER || choices->count == 0 || place == 0)
		return 0;
	if (place <= choices->count) {
		rc = complete_with(db, flow, row, &choices->entries[place - 1]);
	} else {
		flow->report_id = row->id;
		rc = flow_answer(db, flow, REPLY_NO_SUCH_CHOICE, &values, row->id, TOLD_NOTHING);
	}
	return rc < 0 ? rc : 1;
}

/* ---- corrections ---- */

static int reopen(struct db *db, struct flow *flow, struct report_row *row,
		  const struct number *number)
{
	char detail[2 * NUMBER_MAX + sizeof(" -> ")];
	int rc;

	snprintf(detail, sizeof(detail), "%s -> %s", row->number.text, number->text);
	row->number = *number;
	merge_reading(&flow->reading, row);
	flow_set_clocks(flow, row);
	/* The first clock may be over: a second look has its own. */
	row->deadline_ms = flow->received_ms + flow->deadline_ms;
	rc = write_reading(db, flow, row);
	if (rc == 0)
		rc = report_transition(db, row, REPORT_STATE_PENDING, flow->received_ms,
				       "number_corrected", detail);
	if (rc < 0)
		return rc;
	flow->report_id = row->id;
	flow->reopened++;
	flow_check_now(flow, row);
	return flow_tell_received(db, flow, row);
}

/* The number may be that of another report of the sender's: this one stays as it is then. */
static int correct(struct db *db, struct flow *flow, struct report_row *row,
		   const struct number *number)
{
	struct report_reading whole = flow->reading;
	struct report_row same;
	int rc = question_row_close(db, row->id, flow->received_ms);

	whole.intent = row->intent;
	if (row->has_call_time) {
		whole.has_call_time = true;
		whole.call_from_ms = row->call_from_ms;
		whole.call_to_ms = row->call_to_ms;
	}
	if (rc == 0)
		rc = flow_find_same(db, flow, &whole, number, &same);
	if (rc > 0)
		rc = flow_join(db, flow, &same);
	else if (rc == 0)
		rc = reopen(db, flow, row, number);
	return rc < 0 ? rc : 1;
}

/* The near miss that is asked about: 1 with its report, 0 when there is no such question. */
static int find_near(struct db *db, struct flow *flow, struct question_row *question,
		     struct report_row *row)
{
	int rc = question_row_find(db, flow->subscriber.text, flow->received_ms - flow->dialogue_ms,
				   question);

	if (rc <= 0 || question->kind != QUESTION_NEAR || question->choices.count != 1)
		return rc < 0 ? rc : 0;
	rc = report_row_get(flow->memory, db, question->report_id, row);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	return row->state == REPORT_STATE_REJECTED;
}

int flow_take_correction(struct db *db, struct flow *flow)
{
	const struct number *number = &flow->reading.numbers[0];
	struct question_row question;
	struct report_row row;
	int rc;

	if (flow->reading.number_count != 1)
		return 0;
	rc = find_near(db, flow, &question, &row);
	if (rc <= 0)
		return rc;
	if (strcmp(number->text, question.choices.entries[0].number.text) != 0 &&
	    !call_number_near(row.number.text, number->text))
		return 0;
	return correct(db, flow, &row, number);
}

int flow_take_short_answer(struct db *db, struct flow *flow)
{
	struct question_row question;
	struct report_row row;
	int rc;

	if (!flow->choice && !flow->consent)
		return 0;
	rc = flow_take_confirmation(db, flow);
	if (rc == 0)
		rc = flow_take_blocked_choice(db, flow);
	if (rc != 0)
		return rc;
	rc = question_row_find(db, flow->subscriber.text, flow->received_ms - flow->dialogue_ms,
			       &question);
	if (rc <= 0)
		return rc;
	if (question.kind == QUESTION_NUMBER) {
		rc = report_row_get(flow->memory, db, question.report_id, &row);
		if (rc < 0)
			return rc == -ENOENT ? 0 : rc;
		return choose(db, flow, &question, &row);
	}
	rc = flow->consent || flow->choice == 1 ? find_near(db, flow, &question, &row) : 0;
	return rc > 0 ? correct(db, flow, &row, &question.choices.entries[0].number) : rc;
}
