/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* held_text.h - texts to subscribers that wait for the end of the quiet hours.
 *
 * Does:    held_text_put() writes a text with the change that caused it, as outbox_put() does; when
 *          its time has come it moves to the outbox, in one transaction, in the order of putting.
 * Promise: at least as sure as the outbox: a restart loses none, and none is moved twice.
 * Threads: the loop's, but for held_text_put, which is the store thread's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/outbox.h"

/* Fields as in outbox_put(). */
int held_text_put(struct db *db, const struct outbox_row *row, int64_t due_ms)
	__attribute__((warn_unused_result));

struct held_texts;
struct held_texts *held_texts_create(void *ctx, struct gateway *gateway);
void held_texts_start(struct held_texts *held);
