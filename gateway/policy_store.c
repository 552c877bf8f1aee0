/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/policy_store.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"

int policy_store_put(struct db *db, const struct verdict_policy *policy, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_POLICY_PUT);
	char text[VERDICT_POLICY_TEXT_MAX];
	char hash[VERDICT_HASH_MAX];
	int rc;

	verdict_policy_format(policy, text);
	verdict_policy_hash(policy, hash);
	db_bind_text(stmt, 1, hash);
	db_bind_int(stmt, 2, policy->effective_ms);
	db_bind_int(stmt, 3, now_ms);
	db_bind_text(stmt, 4, text);
	rc = db_run(stmt);
	if (rc < 0 || db_changes(db) == 0)
		return rc;
	return audit_put(db, now_ms, "config", "policy", hash, "", text);
}

int policy_store_get(struct db *db, const char *hash, struct verdict_policy *out)
{
	struct db_stmt *stmt = db_query(db, Q_POLICY_GET);
	struct verdict_policy policy;
	char found[VERDICT_HASH_MAX];
	int rc;

	db_bind_text(stmt, 1, hash);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	rc = verdict_policy_parse(db_text(stmt, 0), &policy);
	db_finish(stmt);
	if (rc < 0)
		return rc;
	verdict_policy_hash(&policy, found);
	if (strcmp(found, hash) != 0)
		return -EBADMSG;
	*out = policy;
	return 0;
}

struct keep {
	struct store_op op; /* first */
	struct gateway *gateway;
	int64_t now_ms;
	unsigned count;
	struct verdict_policy policies[];
};

static int run_keep(struct db *db, struct store_op *op)
{
	struct keep *keep = (struct keep *)op;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < keep->count; i++)
		rc = policy_store_put(db, &keep->policies[i], keep->now_ms);
	return rc;
}

static void keep_done(struct store_op *op)
{
	if (op->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "policies not kept: %s\n", strerror(-op->rc));
	talloc_free(op);
}

/* And the default, which holds before the first of them. */
void policy_store_keep(struct gateway *gateway)
{
	const struct config *live = gateway->live;
	unsigned count = live->verdict_policies_count;
	struct keep *keep =
		talloc_zero_size(NULL, sizeof(*keep) + (count + 1) * sizeof(struct verdict_policy));

	if (!keep) {
		LOGP(LOG_STORE, LOGL_ERROR, "policies not kept: out of memory\n");
		return;
	}
	keep->op = (struct store_op){ .run = run_keep, .done = keep_done };
	keep->gateway = gateway;
	keep->now_ms = clock_now_ms();
	keep->count = count + 1;
	memcpy(keep->policies, live->verdict_policies, count * sizeof(struct verdict_policy));
	keep->policies[count] = verdict_policy_default;
	store_submit(gateway->store, &keep->op);
}
