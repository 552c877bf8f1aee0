/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lockout.h - sources that guessed too often, and how long nothing is taken from them.
 *
 * Does:    counts failures for each source; `after` of them within `first_ms` lock it for first_ms,
 *          the next time for twice as long, up to max_ms. A source that was quiet for max_ms after
 *          a lock begins anew. Success does not clear the count: whoever knows one password shall
 *          not guess the others with it.
 * Source:  an IPv4 address, or the first 64 bits of an IPv6 address, which is what one host has.
 * Bounds:  `capacity` sources. When it is full, a source that has nothing to remember makes room,
 *          then the one with the least to remember; never one that is locked. Where all are locked
 *          a new one is not counted: nobody is unlocked, and nobody locked out, by a full table.
 * Threads: pure. Times are ms of one clock that only goes forward.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct lockout_policy {
	uint32_t after; /* 0: nobody is ever locked */
	int64_t first_ms;
	int64_t max_ms;
};

struct lockout;

/* NULL without memory. */
struct lockout *lockout_create(void *ctx, size_t capacity);
/* Whether the source is locked. */
bool lockout_holds(const struct lockout *lockout, const struct sockaddr *source, int64_t now_ms);
/* One more failure; for how long the source is locked from now on, 0 when it is not, or was. */
int64_t lockout_failed(struct lockout *lockout, const struct lockout_policy *policy,
		       const struct sockaddr *source, int64_t now_ms);
/* Nobody has ever failed. */
void lockout_clear(struct lockout *lockout);
size_t lockout_locked(const struct lockout *lockout, int64_t now_ms); /* sources */
size_t lockout_count(const struct lockout *lockout);		      /* that are remembered */
