/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store.h - the one thread that owns the database, and the queue to it.
 *
 * Does:    takes operations, runs all that wait in one transaction, commits, and then gives each
 *          back to the loop. What `done` is told with rc 0 is on the disk.
 * Owns:    an operation belongs to the store from store_submit until its `done`.
 * Rules:   run() touches only the operation and the database; it may be run twice (alone, after
 *          the group failed), so it starts from its inputs and overwrites its outputs.
 * Threads: store_submit and `done` on the loop, run() on the store thread.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/db.h"

struct store;

struct store_op {
	int (*run)(struct db *db, struct store_op *op); /* 0 or negative errno: its writes undone */
	void (*done)(struct store_op *op);		/* frees the operation; rc is set */
	size_t weight; /* rows that it stands for in the queue's bound; 0 counts as 1 */
	bool lazy;     /* nobody waits for it: under load it goes with the next group */
	int rc;
	struct store_op *next;
};

struct store_counts {
	uint64_t commits;
	uint64_t operations;
	size_t waiting; /* weight submitted and not yet done */
};

/* Opens path, starts the thread. -errno with `error` pointing to a text. */
int store_create(void *ctx, struct event_base *base, const char *path, enum db_mode mode,
		 struct store **out, const char **error) __attribute__((warn_unused_result));

/* db_set_watch on the store's database. Before the first operation is submitted. */
void store_set_watch(struct store *store, struct db_watch *watch);

void store_submit(struct store *store, struct store_op *op);
/* Weight submitted and not yet done. */
size_t store_waiting(const struct store *store);
struct store_counts store_counts(const struct store *store);

/* Waits until everything submitted is done, calling the completions, and stops the thread. */
void store_stop(struct store *store);
