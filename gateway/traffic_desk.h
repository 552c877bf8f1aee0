/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* traffic_desk.h - what was screened lately, allowed and blocked, on all channels: a sample for who
 * asks what other rules would have done.
 *
 * Does:    takes every decision into a sample of fixed size (blocklist/traffic_sample.h) and writes
 *          what changed of it to the store every few seconds, so that it outlives a restart and the
 *          gateways of a store know each other's traffic. Removes what is older than
 *          blocking.traffic_hours.
 * Promise: a decision never waits for this, nor does one fail because of it.
 * Bounds:  blocking.traffic_samples attempts in memory; 0: none are kept, nor written.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/screen.h"

struct traffic_desk;

struct traffic_desk *traffic_desk_create(void *ctx, struct gateway *gateway);
/* Begins to write and to remove. */
void traffic_desk_start(struct traffic_desk *desk);
void traffic_desk_note(struct traffic_desk *desk, const struct block_attempt *attempt,
		       bool blocked);
/* Another name in the place of this number in what is in memory; it is written with the rest. */
void traffic_desk_rename(struct traffic_desk *desk, const char *number, const char *name);
/* Writes what changed; `done` (may be NULL) when all that was noted so far is in the store, or
 * could not be written. */
void traffic_desk_flush(struct traffic_desk *desk, void (*done)(void *user), void *user);
