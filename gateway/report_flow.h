/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_flow.h - a subscriber's text, from reading to the change in the store and the answer.
 *
 * Does:    reads the text (rules/report_parse.h) and opens or joins a report, answers a question,
 * or changes the subscriber's rules; the answer goes to the outbox. Promise: what a text changes
 * and the mark that it was read are of one transaction. While the store cannot write it is tried
 * again. Use:     _read, then either _run within the transaction that stores the message and, once
 * that is committed, _done; or _submit, for a message that is stored already. Owns:    a flow
 * belongs to its caller until _done, _submit or _free. Threads: the loop's, but for _run, which is
 * the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/gateway.h"

struct flow_message {
	const char *account;
	const char *service_code;
	struct number subscriber;
	const char *text; /* UTF-8, may hold NULs */
	size_t len;
	int64_t received_ms;
};

struct flow;

/* Borrows everything for the call. NULL: out of memory. */
struct flow *report_flow_read(struct gateway *gateway, const struct flow_message *message);
void report_flow_free(struct flow *flow);

/* What the text changes. `id` is the message's row, which need not be there yet; `report_id` is
 * the report that it is about, or 0. May be run again after its writes were undone. */
int report_flow_run(struct db *db, struct flow *flow, int64_t id, int64_t *report_id)
	__attribute__((warn_unused_result));
/* The transaction of report_flow_run is committed: what follows from it outside the store. */
void report_flow_done(struct flow *flow);

/* In a transaction of its own, for messages stored before: all are marked as read, and the least
 * of their rows names the report. `ids` is borrowed for the call. */
void report_flow_submit(struct flow *flow, const int64_t *ids, size_t id_count);

/* A repeated part of a long message: stored, acknowledged, and nothing more. */
void report_flow_duplicate_part(struct gateway *gateway, int64_t id);
