/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_crowd.h"

#include <string.h>
#include <talloc.h>

enum { PEOPLE_MAX = 128 };

struct person {
	struct number subscriber;
	int64_t first_ms; /* of their first report here */
	int64_t last_ms;
};

/* Those who report one number. */
struct crowd {
	uint64_t epoch; /* of the database: another one, and nothing here is known to be true */
	struct number number;
	int64_t since_ms;
	bool whole; /* false: there may be more than these */
	size_t count;
	struct person people[PEOPLE_MAX];
};

static struct crowd *crowd_of(struct db *db)
{
	void **memo = db_memo(db);

	if (!*memo)
		*memo = talloc_zero(db, struct crowd);
	return *memo;
}

static struct person *find(struct crowd *crowd, const char *subscriber)
{
	for (size_t i = 0; i < crowd->count; i++)
		if (strcmp(crowd->people[i].subscriber.text, subscriber) == 0)
			return &crowd->people[i];
	return NULL;
}

static void add(struct crowd *crowd, const char *subscriber, int64_t received_ms)
{
	struct person *person = find(crowd, subscriber);

	if (!person && crowd->count == PEOPLE_MAX) {
		crowd->whole = false;
		return;
	}
	if (!person) {
		person = &crowd->people[crowd->count++];
		person->first_ms = person->last_ms = received_ms;
		memccpy(person->subscriber.text, subscriber, '\0', NUMBER_MAX);
	}
	if (received_ms > person->last_ms)
		person->last_ms = received_ms;
	if (received_ms < person->first_ms)
		person->first_ms = received_ms;
}

static struct db_stmt *ask(struct db *db, enum db_query query,
			   const struct crowd_question *question)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_text(stmt, 1, question->number);
	db_bind_int(stmt, 2, question->since_ms);
	return stmt;
}

/* One more than enough: the one who is not counted may be among them. */
static int gather(struct db *db, const struct crowd_question *question, struct crowd *crowd)
{
	struct db_stmt *stmt = ask(db, Q_REPORT_REPORTERS, question);
	int rc;

	*crowd = (struct crowd){ .epoch = db_epoch(db), .since_ms = question->since_ms };
	memccpy(crowd->number.text, question->number, '\0', NUMBER_MAX);
	while ((rc = db_step(stmt)) > 0 && crowd->count <= question->enough)
		add(crowd, db_text(stmt, 0), db_int(stmt, 1));
	crowd->whole = rc == 0;
	if (rc > 0)
		db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static bool is_within(const struct crowd_question *question, int64_t received_ms)
{
	return received_ms > question->since_ms && received_ms <= question->until_ms;
}

static size_t count_people(const struct crowd *crowd, const struct crowd_question *question)
{
	size_t count = 0;

	for (size_t i = 0; i < crowd->count; i++) {
		const struct person *person = &crowd->people[i];
		count += (is_within(question, person->first_ms) ||
			  is_within(question, person->last_ms)) &&
			 strcmp(person->subscriber.text, question->except) != 0;
	}
	return count < question->enough ? count : question->enough;
}

/* Somebody reported before and after the time that is asked for, and perhaps in it. */
static bool is_unclear(const struct crowd *crowd, const struct crowd_question *question)
{
	for (size_t i = 0; i < crowd->count; i++)
		if (crowd->people[i].first_ms <= question->since_ms &&
		    crowd->people[i].last_ms > question->until_ms)
			return true;
	return false;
}

/* What is remembered tells all that is asked. */
static bool knows(const struct crowd *crowd, uint64_t epoch, const struct crowd_question *question)
{
	return crowd->epoch == epoch && strcmp(crowd->number.text, question->number) == 0 &&
	       question->since_ms >= crowd->since_ms &&
	       (count_people(crowd, question) == question->enough ||
		(crowd->whole && !is_unclear(crowd, question)));
}

/* More than are told apart one by one, or than is remembered. */
static int count_many(struct db *db, const struct crowd_question *question, uint32_t *out)
{
	struct db_stmt *stmt = ask(db, Q_REPORT_REPORTERS_THEN, question);
	int rc;

	db_bind_int(stmt, 3, question->until_ms);
	db_bind_text(stmt, 4, question->except);
	db_bind_int(stmt, 5, (int64_t)question->enough);
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	*out = (uint32_t)db_int(stmt, 0);
	db_finish(stmt);
	return 0;
}

int report_crowd_count(struct db *db, const struct crowd_question *question, uint32_t *out)
{
	struct crowd *crowd = crowd_of(db);
	int rc = 0;

	if (!crowd || question->enough >= PEOPLE_MAX)
		return count_many(db, question, out);
	if (!knows(crowd, db_epoch(db), question))
		rc = gather(db, question, crowd);
	if (rc < 0)
		return rc;
	if (!knows(crowd, db_epoch(db), question))
		return count_many(db, question, out);
	*out = (uint32_t)count_people(crowd, question);
	return 0;
}

void report_crowd_add(struct db *db, const char *number, const char *subscriber,
		      int64_t received_ms)
{
	struct crowd *crowd = *db_memo(db);

	if (crowd && crowd->epoch == db_epoch(db) && strcmp(crowd->number.text, number) == 0)
		add(crowd, subscriber, received_ms);
}

void report_crowd_forget(struct db *db)
{
	struct crowd *crowd = *db_memo(db);

	if (crowd)
		crowd->epoch = 0;
}
