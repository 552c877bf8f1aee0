/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sms_turn.h - texts to one subscriber go out one after the other.
 *
 * Does:    says whose turn it is. Over several links, and with texts of several parts, a verdict
 *          would else overtake the receipt before it on its way to the handset.
 * Owns:    nothing: a turn is a member of its text, and `target` lives as long.
 * Threads: pure; the loop's.
 */
#pragma once

#include <osmocom/core/hashtable.h>
#include <osmocom/core/linuxlist.h>
#include <osmocom/core/utils.h>
#include <stdbool.h>

struct sms_turn {
	const char *target;
	struct hlist_node node;	  /* of the first for its target */
	struct llist_head behind; /* of the first: those after it, in order */
	struct llist_head list;	  /* of the others: in `behind` of the first */
};

enum { SMS_TURNS_BITS = 12 };

struct sms_turns {
	DECLARE_HASHTABLE(first, SMS_TURNS_BITS);
};

void sms_turns_init(struct sms_turns *turns);
/* True: it is its turn, until it leaves. False: it stands behind another. */
bool sms_turns_enter(struct sms_turns *turns, struct sms_turn *turn, const char *target);
/* One whose turn it was has had it. The one whose turn it is now, or NULL. */
struct sms_turn *sms_turns_leave(struct sms_turns *turns, struct sms_turn *turn);
