/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verifier.h - from an open report to its end: look up, decide, act.
 *
 * Does:    gathers evidence from the call index, lets rules/ decide, and writes the verdict with
 * its answer, event and reward in one transaction. Finds what is due by itself: reports that wait
 * for the feed, questions that were not answered, unproved reports that a late record may reopen.
 * Rule:    whether the feed is complete is asked before the look-up: a record that comes between
 *          the two must not turn "not yet" into "no such call". It is asked once more after a
 *          look-up that found nothing: Redis may have lost records and marks in between. Days that
 *          the index no longer keeps are never complete.
 * Bounds:  VERIFY_MAX checks under way and WAITING_MAX in line behind them; what comes beyond that
 *          is found again by its check_at.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/report_row.h"
#include "gateway/verdict_terms.h"

enum { VERIFY_MAX = 2000, WAITING_MAX = 16384 };

struct verifier;

/* What of a report the look-up needs. */
struct verify_request {
	int64_t id;
	struct number subscriber;
	struct number number;
	enum report_intent intent;
	enum report_state state;
	int64_t received_ms;
	int64_t deadline_ms;
	bool has_call_time;
	int64_t call_from_ms;
	int64_t call_to_ms;
};

struct verify_request verify_request_of(const struct report_row *row);

/* A look-up that begins while its report is still on its way into the store, so that a verdict that
 * is clear by then is written with it. NULL: there is none, and nothing to be done. */
struct check *verifier_ahead(struct verifier *verifier, const struct verify_request *request);
/* In the store, for a report that was begun (report_row.h): 1 when the look-up was made for it, has
 * its answer and decides: the row is stored with all that follows; 0: nothing was written. */
int verifier_decide_ahead(struct db *db, struct check *check, const struct report_row *row)
	__attribute__((warn_unused_result));
/* That is committed. The check is gone. */
void verifier_ahead_done(struct check *check, int64_t id);
/* The report is stored, and pending: its check goes on with what was asked so far, or as
 * verifier_check if that was something else. The check is gone. */
void verifier_go_on(struct check *check, const struct verify_request *request);
/* Nothing came of it. */
void verifier_forget(struct check *check);

struct verifier *verifier_create(void *ctx, struct gateway *gateway);
/* Begins looking for what is due, from now on once a second. */
void verifier_start(struct verifier *verifier);
void verifier_check(struct verifier *verifier, const struct verify_request *request);
