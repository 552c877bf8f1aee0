/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts about a report that is there: how it stands, and that its verdict be looked at again. */
#include "gateway/report_flow_priv.h"

#include <errno.h>
#include <string.h>

#include "gateway/report_appeal.h"
#include "rules/report_id.h"

/* The report that a text is about: the one it names, if it is the sender's; else the latest. */
static int find_mentioned(struct db *db, struct flow *flow, struct report_row *row)
{
	struct db_stmt *stmt;
	int64_t id;
	int rc;

	if (flow->reading.receipt[0]) {
		if (report_id_parse(flow->reading.receipt, strlen(flow->reading.receipt), &id) < 0)
			return 0;
		rc = report_row_get(flow->memory, db, id, row);
		if (rc == -ENOENT)
			return 0;
		if (rc < 0)
			return rc;
		/* Nobody is shown another person's report. */
		return strcmp(row->subscriber.text, flow->subscriber.text) == 0;
	}
	stmt = db_query(db, flow->reading.number_count ? Q_REPORT_SAME : Q_REPORT_LATEST);
	db_bind_text(stmt, 1, flow->subscriber.text);
	if (flow->reading.number_count) {
		db_bind_text(stmt, 2, flow->reading.numbers[0].text);
		db_bind_int(stmt, 3, 0);
	}
	return report_row_first(flow->memory, stmt, row);
}

int flow_tell_status(struct db *db, struct flow *flow)
{
	struct reply_values values = { 0 };
	struct report_row row;
	int rc = find_mentioned(db, flow, &row);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return flow_answer(db, flow, REPLY_STATUS_NONE, &values, 0, TOLD_NOTHING);
	flow->report_id = row.id;
	values.number = row.number.text;
	values.day_ms = row.call_start_ms ? row.call_start_ms : row.received_ms;
	values.state = row.state;
	return flow_answer(db, flow, REPLY_STATUS, &values, row.id, TOLD_NOTHING);
}

int flow_take_appeal(struct db *db, struct flow *flow)
{
	const struct appeal appeal = { flow->text, flow->received_ms, flow->deadline_ms,
				       flow->recheck_ms };
	struct reply_values values = { 0 };
	struct report_row row;
	bool found;
	int rc = find_mentioned(db, flow, &row);

	found = rc > 0;
	rc = found ? report_appeal(db, &row, &appeal) : rc;
	if (rc < 0)
		return rc;
	if (rc == 0)
		return flow_answer(db, flow, REPLY_APPEAL_REFUSED, &values, found ? row.id : 0,
				   TOLD_NOTHING);
	flow->report_id = row.id;
	flow->reopened++;
	values.number = row.number.text;
	return flow_answer(db, flow, REPLY_APPEALED, &values, row.id, TOLD_NOTHING);
}
