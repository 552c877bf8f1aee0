/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_appeal.h"

static bool may_appeal(const struct report_row *row)
{
	return !row->appealed &&
	       (row->state == REPORT_STATE_REJECTED || row->state == REPORT_STATE_UNPROVED);
}

int report_appeal(struct db *db, struct report_row *row, const struct appeal *appeal)
{
	int rc;

	if (!may_appeal(row))
		return 0;
	row->appealed = true;
	/* It is looked at soon, to be warned of in time. */
	row->deadline_ms = appeal->at_ms + appeal->deadline_ms;
	row->check_at = appeal->at_ms + appeal->recheck_ms;
	rc = report_transition(db, row, REPORT_STATE_APPEALED, appeal->at_ms, "", appeal->text);
	if (rc == 0)
		rc = report_transition(db, row, REPORT_STATE_REVIEW, appeal->at_ms, "", "");
	return rc < 0 ? rc : 1;
}
