/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_blocked.h - a subscriber asks what was blocked, and releases it.
 *
 * Does:    flow_blocked_list() answers with the numbered list and opens a question that a digit
 *          answers; flow_release() releases what the text names (flow->blocked): a place in the
 *          list that was shown, a number or a name; without either it shows the list. The answer
 *          states what holds now. flow_digest() switches the daily summary, and
 *          flow_undo_digest() switches it back.
 * Use:     within report_flow_run(); each is the handler of one sense of a keyword.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"

struct change_row;
struct flow;

int flow_blocked_list(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_release(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_digest(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_undo_digest(struct db *db, struct flow *flow, const struct change_row *change)
	__attribute__((warn_unused_result));
/* A digit as the answer to that list: 1 when it was one, 0 when the text is something else. */
int flow_take_blocked_choice(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
