/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_flow.h - a subscriber's text, from reading to the change in the store and the answer.
 *
 * Does:    reads the text (rules/report_parse.h) and, in one transaction, opens or joins a report,
 *          answers a question, or changes the subscriber's rules; the answer goes to the outbox.
 * Promise: the message is marked read in that same transaction. While the store cannot write it is
 *          tried again.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct flow_message {
	const int64_t *ids; /* rows of message_in; the least one names the report */
	size_t id_count;
	const char *account;
	const char *service_code;
	struct number subscriber;
	const char *text; /* UTF-8, may hold NULs */
	size_t len;
	int64_t received_ms;
};

/* Borrows everything for the call. */
void report_flow_message(struct gateway *gateway, const struct flow_message *message);
/* A repeated part of a long message: stored, acknowledged, and nothing more. */
void report_flow_duplicate_part(struct gateway *gateway, int64_t id);
