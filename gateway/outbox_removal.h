/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* outbox_removal.h - rows of the outbox that were delivered, on their way out of the store.
 *
 * Does:    removes them and writes what their delivery says of reports, rewards and texts, all in
 *          one transaction.
 * Rule:    one such operation is under way at a time, and under load it waits for others to share
 *          their commit; what is delivered meanwhile goes with the next. What owes a receipt does
 *          not wait, since that may be on its way.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/outbox.h"
#include "gateway/release_end.h"

struct outbox_removals;

struct outbox_removals *outbox_removals_create(void *ctx, struct gateway *gateway);
/* Of the row: id, report_id, told, text_id and, of rewards, target. Without memory the row stays,
 * and is delivered a second time after the next start. */
void outbox_removals_add(struct outbox_removals *removals, enum outbox_channel channel,
			 const struct outbox_row *row);
/* The same of a text; `handed` is taken. */
void outbox_removals_add_text(struct outbox_removals *removals, const struct outbox_row *row,
			      struct text_handed *handed);

/* The same of a released message; `end` is taken. */
void outbox_removals_add_release(struct outbox_removals *removals, const struct outbox_row *row,
				 struct release_end *end);
