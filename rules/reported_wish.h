/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reported_wish.h - whether a number that was verified is blocked for the subscriber who reported
 * it.
 *
 * Does:    the subscriber's own wish wins over the policy's, but for a policy that forbids it. What
 *          speaks for the number wins over both: that it was forged and is somebody else's, that it
 *          is protected, that the subscriber lets it through, and that they took such a block of it
 *          back before, which holds for every later report of theirs.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>

enum reported_policy {
	REPORTED_NEVER,	    /* whatever a subscriber wishes */
	REPORTED_IF_WISHED, /* for those who wish it */
	REPORTED_ALWAYS,    /* but for those who do not */
	REPORTED_POLICY_COUNT
};

/* As stored: never renumber. */
enum reported_wish { REPORTED_NOT_CHOSEN, REPORTED_ON, REPORTED_OFF, REPORTED_WISH_COUNT };

/* What is known of one verified number. */
struct reported_case {
	enum reported_policy policy;
	enum reported_wish wish;
	bool forged;	   /* the call only showed it */
	bool no_number;	   /* no rule can name it: it is withheld, or a name */
	bool own;	   /* it is who reported */
	bool is_protected; /* nobody can block it */
	bool allowed;	   /* by a rule of the subscriber's, calls or SMS */
	bool blocked;	   /* calls and SMS, already */
	bool taken_back;   /* the subscriber undid the block that an earlier report made */
};

/* Who wins: whether verified numbers are blocked for this subscriber at all. */
bool reported_is_wanted(enum reported_policy policy, enum reported_wish wish);
/* Whether this one is to be blocked now. */
bool reported_is_due(const struct reported_case *seen);

const char *reported_policy_name(enum reported_policy policy); /* "if_wished" */
const char *reported_wish_name(enum reported_wish wish);       /* "not_chosen" */
