/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/personal_data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit_text.h"
#include "gateway/report_row.h"
#include "gateway/reward_row.h"
#include "gateway/traffic_row.h"

enum { EXPORTS_MAX = 7, ERASES_MAX = 5, STEP_IDS = 2000, STEP_REPORTS = 100, STEP_SAMPLES = 5 };

typedef int erase_fn(void *ctx, struct db *db, const struct personal_subject *subject,
		     const struct personal_range *range, int64_t now_ms, const char *actor,
		     uint64_t *rows);
static erase_fn erase_reports, erase_audit, erase_traffic;

/* One table: its statements, which all take ?1 after, ?2 to, ?3 number, ?4 pseudonym, ?5 digits.
 * 0 ends each list: the first statement of all is none of these. */
static const struct table {
	enum db_query last;
	int64_t step;
	enum db_query exports[EXPORTS_MAX];
	enum db_query erases[ERASES_MAX];
	erase_fn *erase; /* beside these */
} tables[PERSONAL_TABLE_COUNT] = {
	[PERSONAL_MESSAGES] = { .last = Q_LAST_MESSAGE,
				.step = STEP_IDS,
				.exports = { Q_EXPORT_MESSAGES },
				.erases = { Q_ERASE_MESSAGES } },
	[PERSONAL_TEXTS] = { .last = Q_LAST_TEXT,
			     .step = STEP_IDS,
			     .exports = { Q_EXPORT_TEXTS },
			     .erases = { Q_ERASE_TEXT_PARTS, Q_ERASE_TEXTS, Q_ERASE_TEXTS_ABOUT } },
	[PERSONAL_ATTEMPTS] = { .last = Q_LAST_ATTEMPT,
				.step = STEP_IDS,
				.exports = { Q_EXPORT_ATTEMPTS, Q_EXPORT_ATTEMPTS_ABOUT },
				.erases = { Q_ERASE_ATTEMPTS } },
	[PERSONAL_KEPT] = { .last = Q_LAST_KEPT,
			    .step = STEP_IDS,
			    .exports = { Q_EXPORT_KEPT },
			    .erases = { Q_ERASE_KEPT } },
	[PERSONAL_QUESTIONS] = { .last = Q_LAST_QUESTION,
				 .step = STEP_IDS,
				 .exports = { Q_EXPORT_QUESTIONS },
				 .erases = { Q_ERASE_QUESTIONS, Q_ERASE_QUESTIONS_ABOUT } },
	[PERSONAL_REPORTS] = { .last = Q_LAST_REPORT,
			       .step = STEP_REPORTS,
			       .exports = { Q_EXPORT_REPORTS, Q_EXPORT_EVENTS,
					    Q_EXPORT_REPORTS_ABOUT },
			       .erase = erase_reports },
	[PERSONAL_REWARDS] = { .last = Q_LAST_REWARD,
			       .step = STEP_IDS,
			       .exports = { Q_EXPORT_REWARDS },
			       .erases = { Q_ERASE_REWARDS } },
	[PERSONAL_REVERSALS] = { .last = Q_LAST_REVERSAL,
				 .step = STEP_IDS,
				 .exports = { Q_EXPORT_REVERSALS },
				 .erases = { Q_ERASE_REVERSALS } },
	[PERSONAL_REWARD_EVENTS] = { .last = Q_LAST_REWARD_EVENT,
				     .step = STEP_IDS,
				     .erases = { Q_ERASE_REWARD_EVENTS } },
	[PERSONAL_AUDIT] = { .last = Q_LAST_AUDIT,
			     .step = AUDIT_ERASE_MAX,
			     .exports = { Q_EXPORT_AUDIT },
			     .erase = erase_audit },
	[PERSONAL_TRAFFIC] = { .last = Q_LAST_TRAFFIC,
			       .step = STEP_SAMPLES,
			       .erase = erase_traffic },
	[PERSONAL_OWN] = { .last = Q_LAST_OWN,
			   .step = 1,
			   .exports = { Q_EXPORT_RULES, Q_EXPORT_SUBSCRIBER, Q_EXPORT_CHANGE,
					Q_EXPORT_WORDS, Q_EXPORT_DIGEST, Q_EXPORT_REPORTED,
					Q_EXPORT_WAITING },
			   .erases = { Q_ERASE_SUBSCRIBER, Q_ERASE_CHANGES, Q_ERASE_WORDS,
				       Q_ERASE_REPORTED, Q_ERASE_DIGEST } },
};

void personal_digits(const char *number, char out[NUMBER_MAX])
{
	char shown[NUMBER_MAX];

	number_display(number, shown);
	snprintf(out, NUMBER_MAX, "%s", shown + strspn(shown, "+0"));
}

int64_t personal_step(enum personal_table table)
{
	return tables[table].step;
}

int personal_last(struct db *db, enum personal_table table, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, tables[table].last);
	int rc = db_step(stmt);

	*out = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

/* Of those that have fewer parameters, the others are left alone. */
static struct db_stmt *bound(struct db *db, enum db_query query,
			     const struct personal_subject *subject,
			     const struct personal_range *range)
{
	struct db_stmt *stmt = db_query(db, query);

	db_bind_int(stmt, 1, range->after);
	db_bind_int(stmt, 2, range->to);
	db_bind_text(stmt, 3, subject->number.text);
	db_bind_text(stmt, 4, subject->pseudonym);
	db_bind_text(stmt, 5, subject->digits);
	return stmt;
}

/* ---- export ---- */

static int give_lines(struct db_stmt *stmt, personal_line_cb *line, void *user)
{
	int rc;

	while ((rc = db_step(stmt)) > 0) {
		rc = line(user, db_text(stmt, 0));
		if (rc < 0) {
			db_finish(stmt);
			return rc;
		}
	}
	return rc;
}

int personal_export(struct db *db, enum personal_table table,
		    const struct personal_subject *subject, const struct personal_range *range,
		    personal_line_cb *line, void *user)
{
	const enum db_query *queries = tables[table].exports;
	int rc = 0;

	for (int i = 0; rc == 0 && i < EXPORTS_MAX && queries[i]; i++)
		rc = give_lines(bound(db, queries[i], subject, range), line, user);
	return rc;
}

int personal_open(struct db *db, const struct personal_subject *subject, bool all,
		  personal_line_cb *line, void *user)
{
	static const enum db_query queries[] = { Q_OPEN_REPORTS, Q_OPEN_REWARDS, Q_OPEN_MESSAGES,
						 Q_OPEN_OUTBOX, Q_OPEN_HELD };
	const struct personal_range none = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(queries) / sizeof(*queries); i++)
		if (all || i < 3)
			rc = give_lines(bound(db, queries[i], subject, &none), line, user);
	return rc;
}

/* ---- erasure ---- */

static const struct number *in_its_place(const struct number *is,
					 const struct personal_subject *subject,
					 const struct number *pseudonym)
{
	return strcmp(is->text, subject->number.text) == 0 ? pseudonym : is;
}

/* Of one that only mentions the number, the details go and the text; who and whom stay. */
static int erase_report(void *ctx, struct db *db, const struct personal_subject *subject,
			int64_t id, int64_t now_ms)
{
	struct number pseudonym;
	struct report_row row;
	char key[REWARD_KEY_MAX];
	int rc = report_row_get(ctx, db, id, &row);

	if (rc < 0)
		return rc;
	reward_key(row.subscriber.text, row.number.text, row.call_start_ms, key);
	rc = reward_row_note_elsewhere(db, id, key);
	if (rc < 0)
		return rc;
	snprintf(pseudonym.text, sizeof(pseudonym.text), "%s", subject->pseudonym);
	return report_row_erase(db, &row, in_its_place(&row.subscriber, subject, &pseudonym),
				in_its_place(&row.number, subject, &pseudonym), now_ms);
}

/* Ids that a query gives, read to the end before anything is written. */
static int read_ids(struct db_stmt *stmt, int64_t *ids, size_t max, size_t *count)
{
	int rc;

	*count = 0;
	while ((rc = db_step(stmt)) > 0 && *count < max)
		ids[(*count)++] = db_int(stmt, 0);
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int erase_reports(void *ctx, struct db *db, const struct personal_subject *subject,
			 const struct personal_range *range, int64_t now_ms, const char *actor,
			 uint64_t *rows)
{
	int64_t ids[STEP_REPORTS];
	size_t count;
	int rc = read_ids(bound(db, Q_ERASE_REPORTS, subject, range), ids, STEP_REPORTS, &count);

	(void)actor;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = erase_report(ctx, db, subject, ids[i], now_ms);
	*rows += count;
	return rc;
}

static int erase_audit(void *ctx, struct db *db, const struct personal_subject *subject,
		       const struct personal_range *range, int64_t now_ms, const char *actor,
		       uint64_t *rows)
{
	int64_t ids[AUDIT_ERASE_MAX];
	size_t count;
	int rc = read_ids(bound(db, Q_ERASE_AUDIT, subject, range), ids, AUDIT_ERASE_MAX, &count);

	(void)ctx;
	*rows += count;
	return rc < 0 ? rc : audit_text_erase(db, ids, count, now_ms, actor, subject->pseudonym);
}

static int erase_traffic(void *ctx, struct db *db, const struct personal_subject *subject,
			 const struct personal_range *range, int64_t now_ms, const char *actor,
			 uint64_t *rows)
{
	(void)now_ms;
	(void)actor;
	return traffic_row_rename(ctx, db, range->after, range->to, subject->number.text,
				  subject->pseudonym, rows);
}

int personal_erase(void *ctx, struct db *db, enum personal_table table,
		   const struct personal_subject *subject, const struct personal_range *range,
		   int64_t now_ms, const char *actor, uint64_t *rows)
{
	const struct table *place = &tables[table];
	int rc = 0;

	for (int i = 0; rc == 0 && i < ERASES_MAX && place->erases[i]; i++) {
		rc = db_run(bound(db, place->erases[i], subject, range));
		if (rc == 0)
			*rows += (uint64_t)db_changes(db);
	}
	if (rc == 0 && place->erase)
		rc = place->erase(ctx, db, subject, range, now_ms, actor, rows);
	return rc;
}
