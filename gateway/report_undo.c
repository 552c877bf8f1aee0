/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The latest change taken back: once, and only while what it changed is as it left it. */
#include <stdlib.h>
#include <string.h>

#include "gateway/report_blocked.h"
#include "gateway/report_flow_priv.h"
#include "gateway/subscriber_row.h"

/* Rules that somebody else changed since are not thrown away with the subscriber's own change. */
static int undo_rules(struct db *db, struct flow *flow, const struct change_row *change)
{
	const struct rule_change back = flow_change_of(flow);
	struct rule_fault fault;
	struct rule_state now;
	int rc = flow_get_state(db, flow, &now);

	if (rc < 0)
		return rc;
	if (strcmp(now.text, change->after) != 0)
		return flow_tell_state(db, flow, REPLY_NOTHING_TO_UNDO, &now);
	rc = rule_store_set(flow->memory, db, flow->tables->numbering, &back, change->before,
			    &flow->rules, &fault);
	if (rc < 0)
		return rc;
	return change->number.text[0] ? flow_tell_number(db, flow, REPLY_UNDONE_NUMBER,
							 &change->number, &flow->rules)
				      : flow_tell_state(db, flow, REPLY_UNDONE, &flow->rules);
}

static int undo_style(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct reply_values values = { 0 };
	struct subscriber_row row;
	enum reply_style style;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	if (rc < 0)
		return rc;
	row.style = atoi(change->before);
	style = row.style < 0 ? flow->manner.style : (enum reply_style)row.style;
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc
		      : flow_answer(db, flow,
				    style == REPLY_PLAIN ? REPLY_STYLE_PLAIN : REPLY_STYLE_STANDARD,
				    &values, 0, TOLD_NOTHING);
}

static int undo_unsubscribe(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct reply_values values = { 0 };
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	(void)change;
	if (rc < 0)
		return rc;
	row.unsubscribed_ms = 0;
	rc = subscriber_row_put(db, flow->subscriber.text, &row);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_SUBSCRIBED, &values, 0, TOLD_NOTHING);
}

int flow_undo(struct db *db, struct flow *flow)
{
	static int (*const undo[])(struct db *, struct flow *, const struct change_row *) = {
		[CHANGE_RULES] = undo_rules,
		[CHANGE_STYLE] = undo_style,
		[CHANGE_UNSUBSCRIBED] = undo_unsubscribe,
		[CHANGE_DIGEST] = flow_undo_digest,
	};
	struct change_row change;
	int rc = change_row_get(flow->memory, db, flow->subscriber.text, &change);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return flow_tell_present_state(db, flow, REPLY_NOTHING_TO_UNDO);
	rc = change_row_drop(db, flow->subscriber.text);
	return rc < 0 ? rc : undo[change.kind](db, flow, &change);
}
