/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_walk.h - a look at the whole store for one command (private to the commands).
 *
 * Does:    steps of the walk on the reader, each in its place in the queue, so that others get
 * their turn in between; tells how far it is; answers at its end. Ends early when nobody waits for
 * the answer any more. Threads: `step` is the store thread's, everything else the loop's.
 */
#pragma once

#include "gateway/control_request.h"
#include "gateway/db.h"
#include "gateway/gateway.h"

struct walk_kind {
	size_t size; /* of its state: plain, zero at first, and kept from before a step that runs
			twice */
	void (*begin)(const struct gateway *gateway, void *state); /* NULL: nothing to prepare */
	int (*step)(struct db *db, void *state);
	bool (*is_done)(const void *state);
	json_t *(*so_far)(const void *state); /* an event: what is counted under its name */
	json_t *(*result)(const void *state);
};

/* `kind` is static. */
void command_walk(struct gateway *gateway, struct control_request *request,
		  const struct walk_kind *kind);
