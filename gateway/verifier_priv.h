/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verifier_priv.h - what verifier.c and the files beside it share. */
#pragma once

#include <event2/event.h>
#include <osmocom/core/hashtable.h>
#include <osmocom/core/utils.h>
#include <stdatomic.h>

#include "gateway/store.h"
#include "gateway/verifier.h"

enum { FLYING_BITS = 11 };

enum stage {
	STAGE_FLYING,
	STAGE_AHEAD,	 /* its report is on its way into the store */
	STAGE_FORGOTTEN, /* nobody waits for the answer of the look-up */
};

struct check {
	struct store_op op; /* first */
	enum stage stage;
	atomic_bool answered; /* read by the store thread: what the look-up found is in place */
	struct hlist_node node;
	struct verifier *verifier;
	struct verify_request request;
	struct evidence evidence;
	int64_t from_ms; /* for this time the records have to be complete */
	int64_t to_ms;
	bool covered; /* asked before the look-up */
	int64_t now_ms;
	struct verdict_terms terms;
	void *memory;
	struct verdict_outcome outcome;
};

struct verifier {
	struct gateway *gateway;
	struct event *timer;
	DECLARE_HASHTABLE(flying, FLYING_BITS);
	size_t flying_count;
	/* A burst of new reports comes faster than it can be looked at. In line, a ring that is
	 * there while it is needed, it does not have to wait for its check_at. */
	struct verify_request *waiting;
	size_t waiting_first;
	size_t waiting_count;
	bool scanning;
	int64_t pause_until_ms; /* the store failed: what is due stays due */
};

/* ---- verifier.c ---- */

/* Has the store decide. */
void check_submit(struct check *check);
/* Ends it without; the next in line takes its place. */
void check_drop(struct check *check);

/* ---- verifier_look.c: evidence gathered ---- */

/* Asks the index, then decides; at once when it cannot be asked. */
void check_look_up(struct check *check);
/* All that will be known is known: completes the evidence, and goes on as its stage says. */
void check_decide(struct check *check);

/* ---- verifier_due.c ---- */

void verifier_on_timer(evutil_socket_t fd, short what, void *arg);
