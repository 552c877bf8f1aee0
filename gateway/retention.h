/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* retention.h - the job that removes what is older than it is kept for.
 *
 * Does:    goes through the kinds of retention_row.h once a minute, a step at a time, and leaves
 *          the writer to others in between; what a step removed is committed with its mark, so that
 *          a run goes on behind it after any end of the process. How long each kind is kept is
 *          privacy.retention's, blocking.attempts_days' and smpp.hub_receipt_days' to say; a reload
 *          changes it.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/retention_row.h"

struct retention;

struct retention *retention_create(void *ctx, struct gateway *gateway);
/* The first run begins at once. */
void retention_start(struct retention *retention);

/* By the live configuration. */
void retention_limits_fill(const struct gateway *gateway, int64_t now_ms,
			   struct retention_limits *out);
/* The key that says how long a kind is kept, and what it says: days; 0: for ever. */
const char *retention_key(enum retention_kind kind);
uint32_t retention_days(const struct gateway *gateway, enum retention_kind kind);
/* Old rows that the last run left, since something is open. */
uint64_t retention_held(const struct retention *retention, enum retention_kind kind);

/* Appends to the text of metrics_format(); NULL when out of memory. */
char *retention_format_metrics(const struct retention *retention, char *text);
