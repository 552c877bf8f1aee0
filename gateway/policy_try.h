/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* policy_try.h - what another policy would have made of the reports that are stored.
 *
 * Does:    judges the stored evidence of the reports of the last days anew, report by report in the
 *          order of their receipt, and enters the rewards in a scratch ledger with the ledger's own
 *          code. Nothing is changed: it reads on a read-only connection.
 * Bounds:  one at a time; a chunk of some hundredths of a second at a time, between which the
 * reader does what else there is. The scratch ledger is a temporary file of SQLite's. Limits:  what
 * was not gathered cannot be judged. Where the other policy asks for other days of fan-out or
 * acquaintance, or for a wider window, the stored evidence stands for it, and such reports are
 * counted as approximate. Threads: the loop's.
 */
#pragma once

#include "gateway/control.h"
#include "gateway/gateway.h"

struct policy_try_request {
	const char *name; /* of the file, for messages; borrowed like `text` */
	const char *text; /* a whole mianrao.yaml, or one with policies alone */
	uint32_t days;
	uint32_t limit; /* changed reports that are listed */
};

/* Answers the request at its end, with progress as events before it. */
void policy_try(struct gateway *gateway, struct control_request *request,
		const struct policy_try_request *wanted);
