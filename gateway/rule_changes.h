/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_changes.h - whose rules were changed after a mark of the audit, and what they are now.
 *
 * Does:    goes through the audit from the mark on, page by page, until nothing follows. Each row
 * is what the store holds at that moment, in the order of this gateway's own commits: a change made
 * here later is told later. A subscriber changed twice comes twice. Promise: `end` is called once,
 * after all rows; on the loop, like `row`. Threads: the loop's; reads on the store thread.
 */
#pragma once

#include <stdint.h>

#include "gateway/gateway.h"

struct rule_changes_user {
	void (*row)(void *user, const char *subscriber, const char *text);
	/* rc 0 or -errno, -ESTALE where it was erased whose rules were changed: all of them have to
	 * be read then. `last` is the mark from which a later call goes on. */
	void (*end)(void *user, int rc, int64_t last);
	void *user;
};

void rule_changes_read(struct gateway *gateway, int64_t after,
		       const struct rule_changes_user *user);
