/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dialogue.h - "which caller do you mean?", asked about reports of a call without a number.
 *
 * Does:    looks the subscriber's own callers up (caller_list.h) and then, in one transaction,
 *          stores the numbered list with the report and puts the question in the outbox. Redis
 *          away, slow or empty: the question is asked without a list. Of numbers that the report
 *          names itself ("A or B") the one that called is taken without a question; when none did,
 *          or several, they are the list.
 * Promise: a report that waits for a question gets exactly one. It is committed with the report
 *          that one is due (question_row.h); what is due is found again after a restart, and by any
 *          other gateway of the store.
 * Bounds:  DIALOGUE_MAX look-ups under way; the rest is found again.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/verifier.h"

enum {
	DIALOGUE_MAX = 500,
	DIALOGUE_DUE_MS = 5000, /* a question that was not asked by then is taken up by a scan */
};

struct dialogue;

struct dialogue *dialogue_create(void *ctx, struct gateway *gateway);
/* Begins looking for questions that are due; those of an earlier run at once. */
void dialogue_start(struct dialogue *dialogue);
/* `candidates`: the numbers that the report names, of which one called; empty for none. */
void dialogue_ask(struct dialogue *dialogue, const struct verify_request *request,
		  const struct call_list *candidates);
