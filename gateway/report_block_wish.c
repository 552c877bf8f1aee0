/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The subscriber's own wish: whether numbers are blocked for them that they reported, once that is
 * verified. Switched, asked about, taken back; every answer says what holds now. */
#include <stdlib.h>

#include "gateway/report_flow_priv.h"
#include "gateway/reported_row.h"
#include "gateway/subscriber_row.h"

static int tell(struct db *db, struct flow *flow, enum reported_wish wish)
{
	struct reply_values values = { 0 };
	enum reply_kind kind = REPLY_REPORTED_OFF;
	int rc = 0;

	if (flow->block_reported == REPORTED_NEVER)
		kind = REPLY_REPORTED_NEVER;
	if (reported_is_wanted(flow->block_reported, wish)) {
		kind = REPLY_REPORTED_ON;
		rc = reported_row_count(db, flow->subscriber.text, &values.count);
	}
	return rc < 0 ? rc : flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

/* Like a change of the rules: it decides what becomes one. */
static int audit_wish(struct db *db, const struct flow *flow, enum reported_wish before,
		      enum reported_wish after)
{
	if (before == after)
		return 0;
	return audit_put(db, flow->received_ms, "sms", "reported_wish", flow->subscriber.text,
			 reported_wish_name(before), reported_wish_name(after));
}

/* What policy offers to nobody is not switched on for later either. */
static int switch_wish(struct db *db, struct flow *flow, struct subscriber_row *row,
		       enum reported_wish wish)
{
	enum reported_wish before = row->reported_wish;
	int rc;

	if (wish == REPORTED_ON && flow->block_reported == REPORTED_NEVER)
		return 0;
	row->reported_wish = wish;
	rc = flow_put_subscriber(db, flow, row, CHANGE_REPORTED_WISH, before, wish);
	return rc < 0 ? rc : audit_wish(db, flow, before, wish);
}

int flow_switch_reported(struct db *db, struct flow *flow, enum keyword_sense sense)
{
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	if (rc >= 0 && sense != KEYWORD_REPORTED_STATE)
		rc = switch_wish(db, flow, &row,
				 sense == KEYWORD_REPORTED_ON ? REPORTED_ON : REPORTED_OFF);
	return rc < 0 ? rc : tell(db, flow, row.reported_wish);
}

int flow_take_reported(struct db *db, struct flow *flow)
{
	return flow_switch_reported(db, flow, flow->reading.keyword.sense);
}

int flow_undo_reported_wish(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct subscriber_row row;
	enum reported_wish before;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	if (rc < 0)
		return rc;
	before = row.reported_wish;
	row.reported_wish = (enum reported_wish)atoi(change->before);
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	if (rc == 0)
		rc = audit_wish(db, flow, before, row.reported_wish);
	return rc < 0 ? rc : tell(db, flow, row.reported_wish);
}

int flow_read_reported(struct db *db, const struct flow *flow, struct reply_values *values)
{
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	values->reported_blocked = reported_is_wanted(flow->block_reported, row.reported_wish);
	values->tells_reported =
		values->reported_blocked || row.reported_wish != REPORTED_NOT_CHOSEN;
	return rc < 0 ? rc : 0;
}
