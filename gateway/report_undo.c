/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The latest change taken back: once, and only while what it changed is as it left it. That a
 * number is blocked can be taken back by its number as well, whatever was changed since. */
#include <stdlib.h>
#include <string.h>

#include "gateway/report_blocked.h"
#include "gateway/report_flow_priv.h"
#include "gateway/reported_row.h"
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

/* Whatever blocks this number alone goes, for good where a report made it; all other rules stay. */
static int unblock(struct db *db, struct flow *flow, const struct number *number,
		   const struct rule_state *before)
{
	const struct rule_change back = flow_change_of(flow);
	int rc = rule_store_unblock_number(flow->memory, db, flow->tables->numbering, &back, number,
					   &flow->rules);

	if (rc == 0)
		rc = reported_row_take_back(db, flow->subscriber.text, number, flow->received_ms);
	if (rc < 0)
		return rc;
	return flow_tell_number(db, flow,
				strcmp(before->text, flow->rules.text) == 0 ? REPLY_NUMBER_STATE
									    : REPLY_UNDONE_NUMBER,
				number, &flow->rules);
}

/* What a report of theirs blocked: it is theirs to take back for good, whoever changed other rules
 * since. */
static int undo_reported(struct db *db, struct flow *flow, const struct change_row *change)
{
	struct rule_state now;
	int rc = flow_get_state(db, flow, &now);

	if (rc < 0)
		return rc;
	if (strcmp(now.text, change->after) != 0)
		return unblock(db, flow, &change->number, &now);
	rc = reported_row_take_back(db, flow->subscriber.text, &change->number, flow->received_ms);
	return rc < 0 ? rc : undo_rules(db, flow, change);
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

static int undo_change(struct db *db, struct flow *flow, const struct change_row *change)
{
	static int (*const undo[])(struct db *, struct flow *, const struct change_row *) = {
		[CHANGE_RULES] = undo_rules,
		[CHANGE_STYLE] = undo_style,
		[CHANGE_UNSUBSCRIBED] = undo_unsubscribe,
		[CHANGE_DIGEST] = flow_undo_digest,
		[CHANGE_REPORTED] = undo_reported,
		[CHANGE_REPORTED_WISH] = flow_undo_reported_wish,
	};
	_Static_assert(sizeof(undo) / sizeof(*undo) == CHANGE_KIND_COUNT, "a way back a change");
	int rc = change_row_drop(db, flow->subscriber.text);

	return rc < 0 ? rc : undo[change->kind](db, flow, change);
}

/* By its number: a later 撤销 does not do the same again. */
static int undo_number(struct db *db, struct flow *flow, const struct number *number, bool latest)
{
	struct rule_state now;
	int rc = flow_get_state(db, flow, &now);

	if (rc == 0 && latest)
		rc = change_row_drop(db, flow->subscriber.text);
	return rc < 0 ? rc : unblock(db, flow, number, &now);
}

int flow_undo(struct db *db, struct flow *flow)
{
	const struct number *number = &flow->reading.keyword.number;
	struct change_row change;
	int rc = change_row_get(flow->memory, db, flow->subscriber.text, &change);

	if (rc < 0)
		return rc;
	if (number->text[0])
		return undo_number(db, flow, number,
				   rc > 0 && strcmp(change.number.text, number->text) == 0);
	if (rc == 0)
		return flow_tell_present_state(db, flow, REPLY_NOTHING_TO_UNDO);
	return undo_change(db, flow, &change);
}
