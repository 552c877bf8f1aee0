/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_tally.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/day_count.h"
#include "rules/calendar.h"

enum { COUNTS_MAX = 64, NUMBERS_MAX = 256 /* a power of 2 */, NUMBERS_FULL = NUMBERS_MAX * 3 / 4 };

struct count {
	int64_t day_ms;
	int64_t kind;
	int64_t n;
};

struct caller {
	int64_t day_ms;
	struct number number; /* "": free */
	int64_t reports;
	int64_t verified;
};

struct tally {
	struct count counts[COUNTS_MAX];
	size_t count;
	struct caller callers[NUMBERS_MAX]; /* open addressing */
	size_t caller_count;
};

/* ---- written ---- */

static int write_count(struct db *db, const struct count *count)
{
	struct db_stmt *stmt = db_query(db, Q_DAY_COUNT_ADD);

	if (count->n == 0)
		return 0;
	db_bind_int(stmt, 1, count->day_ms);
	db_bind_int(stmt, 2, count->kind);
	db_bind_int(stmt, 3, count->n);
	return db_run(stmt);
}

/* Of a number that nobody reports any more nothing stays. */
static int drop_empty(struct db *db, const struct caller *caller)
{
	struct db_stmt *stmt = db_query(db, Q_CALLER_DAY_EMPTY);

	db_bind_int(stmt, 1, caller->day_ms);
	db_bind_text(stmt, 2, caller->number.text);
	return db_run(stmt);
}

static int write_caller(struct db *db, const struct caller *caller)
{
	struct db_stmt *stmt = db_query(db, Q_CALLER_DAY_ADD);
	int rc;

	if (caller->reports == 0 && caller->verified == 0)
		return 0;
	db_bind_int(stmt, 1, caller->day_ms);
	db_bind_text(stmt, 2, caller->number.text);
	db_bind_int(stmt, 3, caller->reports);
	db_bind_int(stmt, 4, caller->verified);
	rc = db_run(stmt);
	return rc < 0 || caller->reports > 0 ? rc : drop_empty(db, caller);
}

static void forget(void *memory)
{
	struct tally *tally = memory;

	if (tally->caller_count > 0)
		memset(tally->callers, 0, sizeof(tally->callers));
	tally->caller_count = 0;
	tally->count = 0;
}

static int write_all(struct db *db, void *memory)
{
	struct tally *tally = memory;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tally->count; i++)
		rc = write_count(db, &tally->counts[i]);
	for (size_t i = 0; rc == 0 && tally->caller_count > 0 && i < NUMBERS_MAX; i++)
		if (tally->callers[i].number.text[0])
			rc = write_caller(db, &tally->callers[i]);
	if (rc == 0)
		forget(tally);
	return rc;
}

/* ---- added up ---- */

static const struct db_collector collector = { .write = write_all, .forget = forget };

static struct tally *tally_of(struct db *db)
{
	struct tally *tally = db_collected(db);

	if (tally)
		return tally;
	tally = talloc_zero(db, struct tally);
	if (tally)
		db_set_collector(db, &collector, tally);
	return tally;
}

static int add_count(struct db *db, int64_t ms, int64_t kind, int64_t n)
{
	struct tally *tally = tally_of(db);
	int64_t day_ms = calendar_day_start(ms);
	int rc;

	if (!tally)
		return -ENOMEM;
	for (size_t i = tally->count; i > 0; i--) {
		struct count *count = &tally->counts[i - 1];

		if (count->kind == kind && count->day_ms == day_ms) {
			count->n += n;
			return 0;
		}
	}
	rc = tally->count == COUNTS_MAX ? write_all(db, tally) : 0;
	if (rc < 0)
		return rc;
	tally->counts[tally->count++] = (struct count){ day_ms, kind, n };
	return 0;
}

static size_t hash_of(const char *text)
{
	size_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* Theirs, or the free one that becomes theirs. */
static struct caller *find_caller(struct tally *tally, int64_t day_ms, const struct number *number)
{
	for (size_t i = hash_of(number->text);; i++) {
		struct caller *caller = &tally->callers[i % NUMBERS_MAX];

		if (caller->number.text[0] == '\0' ||
		    (caller->day_ms == day_ms && strcmp(caller->number.text, number->text) == 0))
			return caller;
	}
}

static int add_caller(struct db *db, int64_t ms, const struct number *number, int64_t reports,
		      int64_t verified)
{
	struct tally *tally = tally_of(db);
	int64_t day_ms = calendar_day_start(ms);
	struct caller *caller;
	int rc;

	if (!tally)
		return -ENOMEM;
	if (number->text[0] == '\0')
		return 0;
	rc = tally->caller_count == NUMBERS_FULL ? write_all(db, tally) : 0;
	if (rc < 0)
		return rc;
	caller = find_caller(tally, day_ms, number);
	if (caller->number.text[0] == '\0') {
		*caller = (struct caller){ .day_ms = day_ms, .number = *number };
		tally->caller_count++;
	}
	caller->reports += reports;
	caller->verified += verified;
	return 0;
}

/* ---- what happens to reports ---- */

static int64_t kind_of(const struct report_counted *counted)
{
	return DAY_STATE * (int64_t)counted->state + counted->category;
}

static bool is_answer(enum report_state state)
{
	return state == REPORT_STATE_VERIFIED || state == REPORT_STATE_REJECTED ||
	       state == REPORT_STATE_UNPROVED;
}

static bool is_verified(const struct report_counted *counted)
{
	return counted->state == REPORT_STATE_VERIFIED;
}

int report_tally_new(struct db *db, int64_t received_ms, const struct report_counted *is)
{
	int64_t kind = kind_of(is) + (is_answer(is->state) ? DAY_AT_ONCE : 0);
	int rc = add_count(db, received_ms, kind, 1);

	return rc < 0 ? rc : add_caller(db, received_ms, &is->number, 1, is_verified(is));
}

int report_tally_changed(struct db *db, int64_t received_ms, const struct report_counted *was,
			 const struct report_counted *is)
{
	bool renamed = strcmp(was->number.text, is->number.text) != 0;
	int rc = 0;

	if (kind_of(was) != kind_of(is)) {
		rc = add_count(db, received_ms, kind_of(was), -1);
		if (rc == 0)
			rc = add_count(db, received_ms, kind_of(is), 1);
	}
	if (rc == 0 && (renamed || is_verified(was) != is_verified(is))) {
		rc = add_caller(db, received_ms, &was->number, -1, -is_verified(was));
		if (rc == 0)
			rc = add_caller(db, received_ms, &is->number, 1, is_verified(is));
	}
	return rc;
}

int report_tally_answered(struct db *db, int64_t at_ms, bool late)
{
	return add_count(db, at_ms, late ? DAY_LATE : DAY_IN_TIME, 1);
}
