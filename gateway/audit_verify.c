/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/audit_verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit_text.h"

/* Columns of Q_AUDIT_ROWS. */
enum { C_ID = 0, C_AT = 1, C_ACTION = 3, C_FORM = 12 };

const char *audit_fault_text(enum audit_fault fault)
{
	static const char *const texts[AUDIT_FAULT_COUNT] = {
		[AUDIT_WHOLE] = "",
		[AUDIT_CHANGED] = ("it is not what was written, or does not follow from the row "
				   "before"),
		[AUDIT_MISSING] = "rows before it are missing",
		[AUDIT_CUT] = "it was written, as audit-head tells, and is not there",
		[AUDIT_REWRITTEN] = "it is another than audit-head tells of",
		[AUDIT_NO_HEAD] = "audit-head says nothing",
	};

	return fault < AUDIT_FAULT_COUNT ? texts[fault] : "";
}

static void blame(struct audit_verify *verify, enum audit_fault fault, int64_t id, int64_t at_ms,
		  const char *action)
{
	if (verify->faults++ > 0)
		return;
	verify->fault = fault;
	verify->fault_id = id;
	verify->fault_at_ms = at_ms;
	snprintf(verify->fault_action, sizeof(verify->fault_action), "%s", action);
}

void audit_verify_head(struct audit_verify *verify, int rc, const struct audit_tip *head)
{
	verify->has_head = rc == 0;
	if (rc == 0)
		verify->head = *head;
	else if (rc != -ENOENT)
		blame(verify, AUDIT_NO_HEAD, 0, 0, "");
}

static enum audit_fault look_at(const struct audit_verify *verify, struct db_stmt *row, bool good)
{
	int64_t id = db_int(row, C_ID);

	/* That rows are missing explains why the chain does not hold, so it is told first. */
	if ((verify->counted || db_int(row, C_FORM) > 0) && id != verify->after + 1)
		return AUDIT_MISSING;
	if (!good)
		return AUDIT_CHANGED;
	if (verify->has_head && id == verify->head.id &&
	    memcmp(verify->chain, verify->head.hash, AUDIT_CHAIN_SIZE) != 0)
		return AUDIT_REWRITTEN;
	return AUDIT_WHOLE;
}

static int take_row(struct db *db, struct db_stmt *row, struct audit_verify *verify)
{
	enum audit_fault fault;
	int rc = audit_row_check(db, row, verify->chain);

	if (rc < 0)
		return rc;
	fault = look_at(verify, row, rc > 0);
	if (fault != AUDIT_WHOLE)
		blame(verify, fault, db_int(row, C_ID), db_int(row, C_AT), db_text(row, C_ACTION));
	verify->counted = verify->counted || db_int(row, C_FORM) > 0;
	verify->after = db_int(row, C_ID);
	verify->met_head = verify->met_head || verify->after == verify->head.id;
	verify->rows++;
	return 0;
}

static void end(struct audit_verify *verify)
{
	verify->done = true;
	if (verify->has_head && !verify->met_head)
		blame(verify, AUDIT_CUT, verify->head.id, 0, "");
}

int audit_verify_step(struct db *db, size_t limit, struct audit_verify *verify)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_ROWS);
	size_t count = 0;
	int rc;

	if (verify->done)
		return -EALREADY;
	db_bind_int(stmt, 1, verify->after);
	db_bind_int(stmt, 2, (int64_t)limit);
	while ((rc = db_step(stmt)) > 0) {
		rc = take_row(db, stmt, verify);
		if (rc < 0)
			return rc;
		count++;
	}
	if (rc == 0 && count < limit)
		end(verify);
	return rc;
}
