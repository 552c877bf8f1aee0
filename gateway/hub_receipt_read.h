/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hub_receipt_read.h - receipts that wait for a hub: read from the store, and removed from there.
 *
 * Does:    reads the next rows of one hub; removes rows in operations of which one is under way at
 *          a time, what ends meanwhile going with the next.
 * Promise: a row is removed at the latest after the next start of what sends it: a removal that
 *          the store refuses is tried again, one that is lost means the receipt a second time.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct hub_receipt {
	int64_t id;
	int64_t expires_ms;
	const uint8_t *pdu;
	size_t len;
};

/* `rows` are valid during the call. rc < 0: the store failed. */
typedef void hub_receipt_rows_cb(void *user, int rc, const struct hub_receipt *rows, size_t count);
int hub_receipt_read(struct gateway *gateway, const char *account, int64_t after, size_t limit,
		     hub_receipt_rows_cb *cb, void *user) __attribute__((warn_unused_result));

struct hub_receipt_ends;

struct hub_receipt_ends *hub_receipt_ends_create(void *ctx, struct gateway *gateway);
/* The row may go, soon. */
void hub_receipt_end(struct hub_receipt_ends *ends, int64_t id);
