/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reward_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/reward_book.h"
#include "gateway/store.h"
#include "rules/report_id.h"

static const struct {
	const char *name;
	const char *fault;
} results[] = {
	[REWARD_ANSWER_SETTLED] = { "settled", NULL },
	[REWARD_ANSWER_REPEATED] = { "repeated", NULL },
	[REWARD_ANSWER_CONFLICT] = { "conflict",
				     "status: contradicts the answer that was given before" },
	[REWARD_ANSWER_UNKNOWN] = { "unknown", "id: no such reward" },
	[REWARD_ANSWER_NO_ID] = { "no_id", "id: missing" },
	[REWARD_ANSWER_NO_STATUS] = { "no_status",
				      "status: not 'credited', 'reversed' or 'failed'" },
	[REWARD_ANSWER_OTHER_KIND] = { "other_kind",
				       "status: a credit is 'credited', a reversal 'reversed'" },
};
_Static_assert(sizeof(results) / sizeof(*results) == REWARD_ANSWER_RESULT_COUNT,
	       "one row a result");

const char *reward_answer_fault(enum reward_answer_result result)
{
	return results[result].fault;
}

const char *reward_answer_result_name(enum reward_answer_result result)
{
	return results[result].name;
}

/* ---- reading ---- */

/* Somebody's words, to be shown to people and put into JSON: characters as a whole, no controls. */
static void copy_words(const char *text, char *out, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);
	size_t len = 0;

	while (left > 0) {
		ucs4_t c;
		int used = u8_mbtoucr(&c, at, left);
		bool good = used > 0 && c >= 0x20 && c != 0x7f;
		size_t take = used > 0 ? (size_t)used : 1;

		if (len + (good ? take : 1) >= size)
			break;
		if (good)
			memcpy(out + len, at, take);
		else
			out[len] = '?';
		len += good ? take : 1;
		at += take;
		left -= take;
	}
	out[len] = '\0';
}

void reward_answer_read(const char *id, const char *status, const char *reason,
			struct reward_answer *out)
{
	static const struct {
		const char *word;
		enum reward_says says;
	} words[] = { { "credited", REWARD_SAYS_DONE },
		      { "reversed", REWARD_SAYS_REVERSED },
		      { "failed", REWARD_SAYS_FAILED } };

	memset(out, 0, sizeof(*out));
	/* One that is longer than ours is none of ours. */
	if (id && *id)
		snprintf(out->id, sizeof(out->id), "%s", strlen(id) < sizeof(out->id) ? id : "?");
	copy_words(reason ? reason : "", out->reason, sizeof(out->reason));
	for (size_t i = 0; status && i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].word, status) == 0)
			out->says = words[i].says;
}

int reward_answer_from_json(const json_t *object, struct reward_answer *out)
{
	const json_t *reason = json_object_get(object, "reason");

	if (!json_is_object(object) || !json_is_string(json_object_get(object, "id")) ||
	    !json_is_string(json_object_get(object, "status")) ||
	    (reason && !json_is_string(reason) && !json_is_null(reason)))
		return -EBADMSG;
	reward_answer_read(json_string_value(json_object_get(object, "id")),
			   json_string_value(json_object_get(object, "status")),
			   json_string_value(reason), out);
	return 0;
}

/* ---- in the store ---- */

struct answers_op {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct reward_settings settings;
	size_t count;
	struct reward_answer *answers;
	void *memory;
	reward_answers_cb *cb;
	void *user;
};

static enum reward_state state_of(enum reward_says says)
{
	return says == REWARD_SAYS_FAILED ? REWARD_STATE_FAILED : REWARD_STATE_CREDITED;
}

static bool other_kind(const struct reward_answer *answer)
{
	enum reward_says done =
		answer->row.kind == REWARD_REVERSAL ? REWARD_SAYS_REVERSED : REWARD_SAYS_DONE;

	return answer->says != REWARD_SAYS_FAILED && answer->says != done;
}

static int take_one(struct db *db, const struct answers_op *op, struct reward_answer *answer)
{
	int rc;

	answer->result = !answer->id[0]			       ? REWARD_ANSWER_NO_ID
			 : answer->says == REWARD_SAYS_NOTHING ? REWARD_ANSWER_NO_STATUS
							       : REWARD_ANSWER_UNKNOWN;
	if (answer->result != REWARD_ANSWER_UNKNOWN)
		return 0;
	rc = reward_row_get(db, answer->id, &answer->row);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (other_kind(answer)) {
		answer->result = REWARD_ANSWER_OTHER_KIND;
		return 0;
	}
	if (!reward_is_open(answer->row.state)) {
		answer->result = answer->row.state == state_of(answer->says)
					 ? REWARD_ANSWER_REPEATED
					 : REWARD_ANSWER_CONFLICT;
		return 0;
	}
	answer->result = REWARD_ANSWER_SETTLED;
	return reward_book_settle(op->memory, db, &op->settings, &answer->row,
				  state_of(answer->says), answer->reason);
}

static int run_answers(struct db *db, struct store_op *base)
{
	struct answers_op *op = (struct answers_op *)base;
	int rc = 0;

	talloc_free(op->memory);
	op->memory = talloc_new(op);
	if (!op->memory)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < op->count; i++)
		rc = take_one(db, op, &op->answers[i]);
	return rc;
}

/* ---- on the loop ---- */

static void count_settled(struct metrics *metrics, const struct reward_answer *answer)
{
	const struct reward_row *row = &answer->row;
	bool failed = row->state == REWARD_STATE_FAILED;
	char id[REPORT_ID_MAX];

	report_id_format(row->report_id, id);
	LOGP(LOG_REWARD, LOGL_INFO, "%s %s %s\n", id, row->id,
	     reward_state_name(row->kind, row->state));
	if (row->kind == REWARD_REVERSAL) {
		metrics->rewards_reversed_total += !failed;
		metrics->reward_reversals_failed_total += failed;
		return;
	}
	metrics->rewards_credited_total += !failed;
	metrics->rewards_failed_total += failed;
	if (metrics->rewards_open > 0)
		metrics->rewards_open--;
}

static void answers_done(struct store_op *base)
{
	struct answers_op *op = (struct answers_op *)base;
	struct gateway *gateway = op->gateway;

	if (base->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "answers not stored: %s\n", strerror(-base->rc));
	for (size_t i = 0; base->rc == 0 && i < op->count; i++) {
		if (op->answers[i].result == REWARD_ANSWER_SETTLED)
			count_settled(&gateway->metrics, &op->answers[i]);
		else if (reward_answer_fault(op->answers[i].result))
			gateway->metrics.reward_acks_bad_total++;
	}
	op->cb(op->user, base->rc, op->answers, op->count);
	talloc_free(op);
	outbox_kick(gateway->outbox);
}

int reward_answers_take(struct gateway *gateway, const struct reward_answer *answers, size_t count,
			reward_answers_cb *cb, void *user)
{
	struct answers_op *op = talloc_zero(NULL, struct answers_op);

	if (op)
		op->answers = talloc_memdup(op, answers, count * sizeof(*answers));
	if (!op || (count > 0 && !op->answers) ||
	    reward_settings_of(op, gateway, &op->settings) < 0) {
		talloc_free(op);
		return -ENOMEM;
	}
	op->op.run = run_answers;
	op->op.done = answers_done;
	op->op.weight = count;
	op->gateway = gateway;
	op->count = count;
	op->cb = cb;
	op->user = user;
	store_submit(gateway->store, &op->op);
	return 0;
}
