/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/review_book.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/control_request.h"
#include "gateway/iso_time.h"
#include "gateway/rule_store.h"
#include "rules/report_id.h"

int review_row_get(struct db *db, int64_t report_id, struct review_row *out)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_GET);
	int rc;

	*out = (struct review_row){ 0 };
	db_bind_int(stmt, 1, report_id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	snprintf(out->taken_by, sizeof(out->taken_by), "%s", db_text(stmt, 0));
	out->taken_ms = db_int(stmt, 1);
	snprintf(out->decided_by, sizeof(out->decided_by), "%s", db_text(stmt, 2));
	out->decided_ms = db_int(stmt, 3);
	db_finish(stmt);
	return 0;
}

bool review_is_with_other(const struct review_row *row, const struct reviewer *reviewer)
{
	return row->taken_by[0] && row->taken_ms > reviewer->now_ms &&
	       strcasecmp(row->taken_by, reviewer->name) != 0;
}

int review_next(struct db *db, const struct reviewer *reviewer, int64_t *report_id)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_NEXT);
	int rc;

	db_bind_text(stmt, 1, reviewer->name);
	db_bind_int(stmt, 2, reviewer->now_ms);
	db_bind_int(stmt, 3, reviewer->fresh);
	rc = db_step(stmt);
	if (rc > 0)
		*report_id = db_int(stmt, 0);
	db_finish(stmt);
	return rc;
}

__attribute__((format(printf, 2, 3))) static void refuse(char error[REVIEW_ERROR_MAX],
							 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, REVIEW_ERROR_MAX, format, args);
	va_end(args);
}

static void refuse_state(const struct report_row *row, const struct review_row *review,
			 char error[REVIEW_ERROR_MAX])
{
	char at[ISO_TIME_MAX];

	if (review->decided_by[0])
		refuse(error, "the report is not in review any more: it is %s, decided by %s at %s",
		       report_state_name(row->state), review->decided_by,
		       iso_time_format(review->decided_ms, at));
	else
		refuse(error, "the report is not in review: it is %s",
		       report_state_name(row->state));
}

/* Whether this reviewer may have this report now; `error` says why not: -ENOENT, -EALREADY it is
 * decided, -EBUSY somebody else has it. */
static int admit(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		 struct report_row *row, char error[REVIEW_ERROR_MAX])
{
	struct review_row review;
	int rc = report_row_get(ctx, db, report_id, row);

	error[0] = '\0';
	if (rc == -ENOENT) {
		refuse(error, "id: no such report");
		return rc;
	}
	rc = rc < 0 ? rc : review_row_get(db, report_id, &review);
	if (rc < 0)
		return rc;
	if (row->state != REPORT_STATE_REVIEW) {
		refuse_state(row, &review, error);
		return -EALREADY;
	}
	if (review.decided_by[0] && strcasecmp(review.decided_by, reviewer->name) == 0) {
		refuse(error, "%s decided the report: its appeal goes to somebody else",
		       review.decided_by);
		return -EALREADY;
	}
	if (review_is_with_other(&review, reviewer)) {
		refuse(error, "the report is with %s for %lld s more", review.taken_by,
		       (long long)(review.taken_ms - reviewer->now_ms + 999) / 1000);
		return -EBUSY;
	}
	return 0;
}

static int set_taken(struct db *db, int64_t report_id, const char *by, int64_t until_ms)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_TAKE);

	db_bind_int(stmt, 1, report_id);
	db_bind_text(stmt, 2, by);
	db_bind_int(stmt, 3, until_ms);
	return db_run(stmt);
}

int review_take(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		char error[REVIEW_ERROR_MAX])
{
	struct report_row row;
	int rc = admit(ctx, db, report_id, reviewer, &row, error);

	if (rc < 0)
		return rc;
	return set_taken(db, report_id, reviewer->name, reviewer->now_ms + reviewer->lease_ms);
}

int review_release(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		   char error[REVIEW_ERROR_MAX])
{
	struct report_row row;
	int rc = admit(ctx, db, report_id, reviewer, &row, error);

	return rc < 0 ? rc : set_taken(db, report_id, "", 0);
}

static int write_decided(struct db *db, int64_t report_id, const struct reviewer *reviewer)
{
	struct db_stmt *stmt = db_query(db, Q_REVIEW_DECIDE);

	db_bind_int(stmt, 1, report_id);
	db_bind_text(stmt, 2, reviewer->name);
	db_bind_int(stmt, 3, reviewer->now_ms);
	return db_run(stmt);
}

static int write_audit(struct db *db, int64_t report_id, const struct reviewer *reviewer,
		       enum verdict_kind kind, const char *reason)
{
	char actor[REVIEWER_MAX + CONTROL_ACTOR_MAX + 4];
	char after[REVIEW_REASON_MAX + 32];
	char id[REPORT_ID_MAX];

	report_id_format(report_id, id);
	snprintf(actor, sizeof(actor), "%s (%s)", reviewer->name, reviewer->actor);
	snprintf(after, sizeof(after), "%s: %s", verdict_kind_name(kind), reason);
	return audit_put(db, reviewer->now_ms, actor, "review", id, "review", after);
}

int review_decide(void *ctx, struct db *db, int64_t report_id, const struct reviewer *reviewer,
		  enum verdict_kind kind, const char *reason,
		  const struct verdict_settings *settings, struct verdict_outcome *out,
		  char error[REVIEW_ERROR_MAX])
{
	const struct review_verdict decision = {
		.kind = kind, .by = reviewer->name, .reason = reason, .actor = reviewer->actor
	};
	struct report_row row;
	int rc = admit(ctx, db, report_id, reviewer, &row, error);

	if (rc < 0)
		return rc;
	rc = verdict_book_decide(ctx, db, report_id, &decision, settings, reviewer->now_ms, out);
	if (rc == 0)
		rc = write_decided(db, report_id, reviewer);
	return rc < 0 ? rc : write_audit(db, report_id, reviewer, kind, reason);
}
