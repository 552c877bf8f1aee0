/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/attempt_row.h"

#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"

_Static_assert((int)BLOCKED_CALL == (int)BLOCK_CALL && (int)BLOCKED_SMS == (int)BLOCK_SMS,
	       "channels are the same everywhere");

static bool by_subscriber(enum block_tier tier)
{
	return tier == BLOCK_TIER_SUBSCRIBER_BLOCKED || tier == BLOCK_TIER_SUBSCRIBER_CLASS;
}

static bool by_operator(enum block_tier tier)
{
	return tier == BLOCK_TIER_OPERATOR_BLOCKED || tier == BLOCK_TIER_OPERATOR_DEFAULT;
}

/* Down to max, once a quarter more is there: each new sender of a flood would else pay for it. */
static int trim(struct db *db, const char *subscriber, uint32_t max)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_COUNT);
	int64_t count;
	int rc;

	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	count = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	if (rc < 0 || count <= max + max / 4)
		return rc < 0 ? rc : 0;
	stmt = db_query(db, Q_ATTEMPT_TRIM);
	db_bind_text(stmt, 1, subscriber);
	db_bind_int(stmt, 2, max);
	return db_run(stmt);
}

int attempt_row_add(struct db *db, const struct attempt_row *row, uint32_t max)
{
	struct db_stmt *stmt;
	bool is_new;
	int64_t id;
	int rc = db_next_id(db, DB_SEQUENCE_ATTEMPT, &id);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_ATTEMPT_ADD);
	db_bind_int(stmt, 1, id);
	db_bind_text(stmt, 2, row->subscriber.text);
	db_bind_int(stmt, 3, calendar_day_start(row->at_ms));
	db_bind_int(stmt, 4, row->channel);
	db_bind_text(stmt, 5, row->sender.text);
	db_bind_int(stmt, 6, row->at_ms);
	db_bind_int(stmt, 7, row->count);
	db_bind_int(stmt, 8, row->tier);
	db_bind_text(stmt, 9, row->rule);
	db_bind_text(stmt, 10, row->account);
	db_bind_int(stmt, 11, by_subscriber(row->tier));
	db_bind_int(stmt, 12, by_operator(row->tier) ? row->operator_version : 0);
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	is_new = rc > 0 && db_int(stmt, 0) == id;
	db_finish(stmt);
	return is_new ? trim(db, row->subscriber.text, max) : 0;
}

static void add_entry(struct blocked_list *list, struct db_stmt *stmt)
{
	struct blocked_entry *entry = &list->entries[list->count];

	if (list->count == BLOCKED_LIST_MAX)
		return;
	snprintf(entry->sender.text, NUMBER_MAX, "%s", db_text(stmt, 0));
	entry->channel = (enum blocked_channel)db_int(stmt, 1);
	entry->count = (uint32_t)db_int(stmt, 2);
	entry->last_ms = db_int(stmt, 3);
	list->count++;
}

int attempt_row_list(struct db *db, const struct attempt_span *span, struct blocked_list *out,
		     int64_t counts[BLOCK_SMS + 1])
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_RECENT);
	int rc;

	out->count = 0;
	if (counts)
		memset(counts, 0, (BLOCK_SMS + 1) * sizeof(*counts));
	db_bind_text(stmt, 1, span->subscriber);
	db_bind_int(stmt, 2, span->from_ms);
	db_bind_int(stmt, 3, span->to_ms);
	db_bind_int(stmt, 4, span->released);
	while ((rc = db_step(stmt)) > 0) {
		add_entry(out, stmt);
		if (counts && db_int(stmt, 1) <= BLOCK_SMS)
			counts[db_int(stmt, 1)] += db_int(stmt, 2);
	}
	return rc;
}

int attempt_row_purge(struct db *db, int64_t before_ms, int limit, int64_t *removed)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_PURGE);
	int rc;

	db_bind_int(stmt, 1, before_ms);
	db_bind_int(stmt, 2, limit);
	rc = db_run(stmt);
	*removed = rc < 0 ? 0 : db_changes(db);
	return rc;
}
