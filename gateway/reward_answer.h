/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reward_answer.h - answers of the rewards system, by whichever way they came, taken into the
 * ledger.
 *
 * Does:    reads what an answer says, and settles the entries that answers name: an answer that
 *          repeats an earlier one changes nothing, one that contradicts it is refused, and so is
 *          one for an id that is not in the ledger.
 * Promise: what the callback is told is committed.
 * Owns:    answers are copied; those that the callback gets are gone when it returns.
 * Threads: the loop's.
 */
#pragma once

#include <jansson.h>

#include "gateway/gateway.h"
#include "gateway/reward_row.h"

enum reward_says {
	REWARD_SAYS_NOTHING,
	REWARD_SAYS_DONE,
	REWARD_SAYS_REVERSED,
	REWARD_SAYS_FAILED
};

/* What became of one answer. */
enum reward_answer_result {
	REWARD_ANSWER_SETTLED,
	REWARD_ANSWER_REPEATED,
	REWARD_ANSWER_CONFLICT,
	REWARD_ANSWER_UNKNOWN,
	REWARD_ANSWER_NO_ID,
	REWARD_ANSWER_NO_STATUS,
	REWARD_ANSWER_OTHER_KIND,
	REWARD_ANSWER_RESULT_COUNT
};

struct reward_answer {
	char id[REWARD_KEY_MAX]; /* "": missing, or none that we give */
	enum reward_says says;
	char reason[REWARD_REASON_MAX]; /* valid UTF-8 */
	enum reward_answer_result result;
	struct reward_row row; /* as it is now, when it was settled */
};

/* Any of the texts may be NULL. */
void reward_answer_read(const char *id, const char *status, const char *reason,
			struct reward_answer *out);
/* The members id, status and reason of an object. 0, -EBADMSG for another shape. */
int reward_answer_from_json(const json_t *object, struct reward_answer *out)
	__attribute__((warn_unused_result));
/* What is wrong with the answer; NULL: nothing. */
const char *reward_answer_fault(enum reward_answer_result result);
const char *reward_answer_result_name(enum reward_answer_result result); /* "settled" */

/* rc < 0: the store failed, and nothing of it was taken. */
typedef void reward_answers_cb(void *user, int rc, const struct reward_answer *answers,
			       size_t count);
/* 0 or -ENOMEM. */
int reward_answers_take(struct gateway *gateway, const struct reward_answer *answers, size_t count,
			reward_answers_cb *cb, void *user) __attribute__((warn_unused_result));
