/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_window.h - requests that wait for their answer, found by sequence number.
 *
 * Does:    keeps up to `capacity` requests, oldest first; adding, finding and taking one costs the
 *          same however many there are, as long as sequence numbers are spread as SMPP says.
 * Owns:    memory for as many as ever waited at once, doubled when they are more, up to the
 *          capacity; 1,000 sessions that are merely bound cost next to nothing.
 * Note:    requests are added in the order of time, so the oldest is the first to expire.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMPP_WINDOW_MAX = 16384 };

struct smpp_waiting {
	uint32_t sequence;
	uint32_t command_id;
	uint64_t cookie;
	int64_t since_ms;
};

struct smpp_window;

/* NULL without memory. The capacity is brought into 1 to SMPP_WINDOW_MAX. */
struct smpp_window *smpp_window_create(void *ctx, size_t capacity);
/* 0, -EEXIST when the sequence number waits already, -EAGAIN when the window is full,
 * -ENOMEM. */
int smpp_window_add(struct smpp_window *window, const struct smpp_waiting *request);
/* NULL: does not wait. Valid until the request is taken. */
const struct smpp_waiting *smpp_window_find(const struct smpp_window *window, uint32_t sequence);
/* False: does not wait. */
bool smpp_window_take(struct smpp_window *window, uint32_t sequence);
/* Whether the number was taken lately: the last one taken of those that share its place. */
bool smpp_window_was_taken(const struct smpp_window *window, uint32_t sequence);
const struct smpp_waiting *smpp_window_oldest(const struct smpp_window *window); /* NULL: empty */
void smpp_window_clear(struct smpp_window *window);
size_t smpp_window_count(const struct smpp_window *window);
size_t smpp_window_capacity(const struct smpp_window *window);
