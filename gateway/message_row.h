/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_row.h - a subscriber's message as the store holds it.
 *
 * Does:    inserts rows of message_in, marks them as read. A report has the id of the message that
 *          opened it, so that the receipt number of the SMPP response is the report's.
 * Errors:  negative errno of the database.
 * Threads: the store thread's.
 */
#pragma once

#include "gateway/db.h"
#include "rules/number.h"

enum message_state { MESSAGE_NEW, MESSAGE_DONE };

struct message_row {
	int64_t id; /* from DB_SEQUENCE_MESSAGE */
	int64_t received_ms;
	const char *account;
	const char *source; /* the sender's canonical number */
	enum message_state state;
	int64_t report_id; /* of the report that it opened or joined; 0: none */
	const void *raw;   /* the whole PDU */
	size_t len;
};

int message_row_insert(struct db *db, const struct message_row *row)
	__attribute__((warn_unused_result));
/* Read, and of no further concern to a restart. */
int message_row_done(struct db *db, int64_t id, int64_t report_id)
	__attribute__((warn_unused_result));
