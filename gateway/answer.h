/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer.h - a text to a subscriber, put in the outbox.
 *
 * Does:    fills the template and writes the row. Services, ports and names are not answered: a
 *          machine would answer back for ever.
 * Errors:  negative errno of the database; -EINVAL for values that do not fill the template.
 * Threads: the store thread's, inside a transaction.
 */
#pragma once

#include <stdbool.h>

#include "gateway/config.h"
#include "gateway/outbox.h"
#include "rules/quiet_hours.h"
#include "rules/reply.h"

/* How texts are spoken as of `live`; the book is held as long as what is talloc'ed below ctx,
 * through every reload. For ctx on the loop. -ENOMEM leaves `out` untouched. */
int answer_manner(void *ctx, const struct config *live, struct reply_manner *out)
	__attribute__((warn_unused_result));

/* Whether a subscriber can be behind the number; others (ports, short codes, names) get no answer.
 */
bool answer_is_person(const char *number);
/* Cuts the list, to which values->blocked points, until the text fits two message parts, of each
 * language that it is in; one entry always stays. */
int answer_fit_blocked(struct db *db, const char *subscriber, enum reply_kind kind,
		       const struct reply_manner *manner, const struct reply_values *values,
		       struct blocked_list *list) __attribute__((warn_unused_result));
/* The same for a list of rules, and one message part. */
int answer_fit_rules(struct db *db, const char *subscriber, enum reply_kind kind,
		     const struct reply_manner *manner, const struct reply_values *values,
		     struct reply_rules *rules) __attribute__((warn_unused_result));
/* `row`: all but the payload. The receipt number of row->report_id, if any, goes into values->id.
 */
int answer_put(struct db *db, enum reply_kind kind, const struct reply_manner *manner,
	       struct reply_values *values, const struct outbox_row *row)
	__attribute__((warn_unused_result));
/* News that can wait: it goes out when the quiet hours at row->created_ms are over. */
int answer_put_gently(struct db *db, enum reply_kind kind, const struct reply_manner *manner,
		      struct reply_values *values, const struct outbox_row *row,
		      const struct quiet_hours *quiet) __attribute__((warn_unused_result));
