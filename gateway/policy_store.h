/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* policy_store.h - every verdict policy that was ever in the configuration, by its hash.
 *
 * Does:    keeps the text of each policy of the configuration, at the start and at each reload,
 * with a row in the audit for a new one: a verdict tells the hash, and can be derived again when
 *          the configuration has changed.
 * Errors:  negative errno of the database; -ENOENT for a hash that is not known, -EBADMSG for a
 * text that does not have it. Threads: _put and _get are the store thread's, _keep is the loop's.
 */
#pragma once

#include "gateway/db.h"
#include "gateway/gateway.h"

int policy_store_put(struct db *db, const struct verdict_policy *policy, int64_t now_ms)
	__attribute__((warn_unused_result));
int policy_store_get(struct db *db, const char *hash, struct verdict_policy *out)
	__attribute__((warn_unused_result));

/* Puts all policies of gateway->live, before any verdict that is made from now on. */
void policy_store_keep(struct gateway *gateway);
