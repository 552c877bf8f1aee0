/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* screen_ask.h - questions by HTTP: may this call or message reach this subscriber?
 *
 * Fields:  channel  call or sms
 *          from     a number in any usual writing; "withheld", "anonymous" or nothing for a hidden
 *                   one; of an SMS also a sender's name
 *          to       the subscriber's number
 *          entry    unknown (when it is left out), national or international: where it came in
 *          roaming  true: the caller is known to be an own subscriber abroad
 *          verstat  what SHAKEN said: TN-Validation-Passed, TN-Validation-Failed,
 *                   No-TN-Validation
 *          enforce  false: only asked, and what is blocked is not noted as an attempt
 *          why      true: the answer tells what was asked of the rules
 *          Texts; numbers may be JSON's integers, and yes and no its true and false. A field that
 * is not named here, or one that comes twice, is a fault: it might be one of these mistyped.
 * Batches: application/x-ndjson, a question a line and empty lines skipped, or application/json, an
 *          array of questions; at most SCREEN_ASK_MAX.
 * Errors:  -EBADMSG with `fault` filled; outputs are untouched then. -ENOMEM.
 * Owns:    objects are the caller's references. A batch borrows the text.
 * Threads: pure.
 */
#pragma once

#include <jansson.h>

#include "blocklist/block_decide.h"

enum { SCREEN_ASK_MAX = 500, SCREEN_FIELD_MAX = 32, SCREEN_FAULT_MAX = 160 };

struct screen_ask {
	struct block_attempt attempt; /* but for reported and now_ms */
	bool validation_failed;
	bool enforce;
	bool why;
};

struct screen_fault {
	char field[SCREEN_FIELD_MAX]; /* "": the question as a whole */
	char text[SCREEN_FAULT_MAX];  /* ASCII */
};

int screen_ask_read(const struct numbering *plan, const json_t *object, struct screen_ask *out,
		    struct screen_fault *fault) __attribute__((warn_unused_result));

/* The fields of a query (what stands behind '?') as an object. A blank before a number is the '+'
 * that nobody escaped. */
int screen_ask_from_query(const char *query, json_t **object, struct screen_fault *fault)
	__attribute__((warn_unused_result));

struct screen_batch {
	const char *text; /* of lines; NULL: an array */
	size_t len;
	json_t *array;
	size_t at;
	size_t count; /* questions in all */
};

int screen_batch_open(bool lines, const char *text, size_t len, struct screen_batch *out,
		      struct screen_fault *fault) __attribute__((warn_unused_result));
/* 1 with the next question, 0 behind the last one. -EBADMSG for a line that is no JSON: the batch
 * goes on behind it. */
int screen_batch_next(struct screen_batch *batch, json_t **object, struct screen_fault *fault)
	__attribute__((warn_unused_result));
void screen_batch_close(struct screen_batch *batch);
