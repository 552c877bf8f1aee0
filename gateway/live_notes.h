/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* live_notes.h - what becomes of reports, told among the gateways to whoever looks on.
 *
 * Does:    with each tick adds what this gateway noted to the stream <prefix>live, and, as long as
 *          somebody looks on here, reads what others added since. An entry has the gateway (by) and
 *          lines of "<id> <state>" (reports).
 * Promise: none: what Redis does not take is not told, nor more than LIVE_NOTES_MAX a tick.
 * Threads: the loop's.
 */
#pragma once

#include <stdint.h>

#include "gateway/redis_client.h"

enum { LIVE_NOTES_MAX = 500 };

struct live_notes;

/* Of another gateway's; texts of letters, digits and '_', borrowed. */
typedef void live_note_cb(void *user, const char *id, const char *state);

/* Prefix and instance are borrowed for as long as it lives. NULL when out of memory. */
struct live_notes *live_notes_create(void *ctx, struct redis_client *redis, const char *prefix,
				     const char *instance, live_note_cb *cb, void *user);
/* `state` lives for ever. */
void live_notes_add(struct live_notes *notes, int64_t id, const char *state);
/* Some times a second. Who begins to look on is told from then on. */
void live_notes_tick(struct live_notes *notes, bool looking);
