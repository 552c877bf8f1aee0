/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_keeper.h - all subscribers' rules in a file, so that a gateway that starts again knows them
 * at once.
 *
 * Does:    writes state_dir/rules.snapshot every blocking.snapshot_s, if any rule was changed
 * since; reads it at the start, with what was changed after it from the store. Promise: what it
 * gives is whole: the file is sound from end to end and of this store's history (its mark is a row
 * of the audit, with that row's hash), and nothing that the audit tells of is missing. Otherwise it
 * gives nothing, and says why. Threads: the loop's. Files are written and read on the worker
 * thread, changes on the store's.
 */
#pragma once

#include "gateway/gateway.h"

struct rule_keeper;

struct rule_keeper_user {
	/* What was changed since the file was written, before its rows; rule_changes.h. */
	void (*change)(void *user, const char *subscriber, const char *text);
	/* A row of the file: yields to what is known already. Announced some rows before. */
	void (*ahead)(void *user, const char *subscriber);
	void (*row)(void *user, const char *subscriber, const char *text, size_t len);
	/* 0: everything was given, as of the audit's row `mark`. -ENOENT: there is no file; -errno:
	 * it cannot be used, and none of its rows was given. */
	void (*end)(void *user, int rc, int64_t mark);
	void *user;
};

struct rule_keeper *rule_keeper_create(void *ctx, struct gateway *gateway);
/* At the start, once. */
void rule_keeper_load(struct rule_keeper *keeper, const struct rule_keeper_user *user);
/* Writes the file now rather than at its time, if anything was changed. */
void rule_keeper_kick(struct rule_keeper *keeper);
/* From now on the file is written. A second call does nothing. */
void rule_keeper_start(struct rule_keeper *keeper);
