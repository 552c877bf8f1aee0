/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/blocked_digest.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/attempt_row.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/question_row.h"
#include "gateway/subscriber_row.h"
#include "gateway/report_row.h"
#include "gateway/store.h"
#include "rules/calendar.h"

enum { TICK_MS = 1000, HOUR_MS = 3600 * 1000 };

struct blocked_digest {
	struct gateway *gateway;
	struct event *timer;
	bool busy;
};

struct wish {
	char subscriber[NUMBER_MAX];
	char route[ROUTE_MAX];
};

/* The reader sees whether anything is due; only then the writer is asked. */
struct digest_op {
	struct store_op op; /* first */
	struct blocked_digest *digest;
	struct reply_manner manner;
	struct quiet_hours quiet;
	int64_t now_ms;
	int64_t day_ms; /* the day that is told: its beginning and its end */
	int64_t day_end_ms;
	size_t count;
	size_t put;
	struct wish wishes[DIGEST_STEP];
};

int blocked_digest_is_on(struct db *db, const char *subscriber)
{
	struct db_stmt *stmt = db_query(db, Q_DIGEST_IS_ON);

	db_bind_text(stmt, 1, subscriber);
	return db_step(stmt);
}

int blocked_digest_switch(struct db *db, const char *subscriber, const char *route, bool on,
			  int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, on ? Q_DIGEST_PUT : Q_DIGEST_REMOVE);

	db_bind_text(stmt, 1, subscriber);
	if (on) {
		db_bind_text(stmt, 2, route);
		db_bind_int(stmt, 3, calendar_day_start(calendar_day_start(now_ms) - 1));
	}
	return db_run(stmt);
}

/* ---- in the store ---- */

static int find_due(struct db *db, struct digest_op *due, int64_t limit)
{
	struct db_stmt *stmt = db_query(db, Q_DIGEST_DUE);
	int rc;

	due->count = 0;
	db_bind_int(stmt, 1, due->day_ms);
	db_bind_int(stmt, 2, limit);
	while ((rc = db_step(stmt)) > 0) {
		struct wish *wish = &due->wishes[due->count++];

		snprintf(wish->subscriber, sizeof(wish->subscriber), "%s", db_text(stmt, 0));
		snprintf(wish->route, sizeof(wish->route), "%s", db_text(stmt, 1));
	}
	return rc;
}

static int put_text(struct db *db, struct digest_op *due, const struct wish *wish,
		    struct question_row *question, struct reply_values *values)
{
	const struct outbox_row row = { .target = wish->subscriber,
					.route = wish->route,
					.created_ms = due->now_ms };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &question->report_id);

	if (rc < 0)
		return rc;
	values->blocked = &question->blocked;
	rc = answer_fit_blocked(db, wish->subscriber, REPLY_DIGEST, &due->manner, values,
				&question->blocked);
	/* It can be answered from when it is read. */
	if (rc == 0)
		rc = question_row_ask(db, question, wish->subscriber,
				      quiet_hours_end(&due->quiet, due->now_ms));
	if (rc < 0)
		return rc;
	due->put++;
	return answer_put_gently(db, REPLY_DIGEST, &due->manner, values, &row, &due->quiet);
}

static int tell(struct db *db, struct digest_op *due, const struct wish *wish)
{
	const struct attempt_span span = { wish->subscriber, due->day_ms, due->day_end_ms, true };
	struct question_row question = { .kind = QUESTION_BLOCKED };
	struct reply_values values = { .day_ms = due->day_ms, .now_ms = due->now_ms };
	int64_t counts[BLOCK_SMS + 1];
	struct subscriber_row subscriber;
	struct db_stmt *stmt;
	int rc = attempt_row_list(db, &span, &question.blocked, counts);

	if (rc >= 0)
		rc = subscriber_row_get(db, wish->subscriber, &subscriber);
	if (rc < 0)
		return rc;
	values.call_count = (uint32_t)counts[BLOCK_CALL];
	values.sms_count = (uint32_t)counts[BLOCK_SMS];
	rc = 0;
	if (question.blocked.count > 0 && subscriber.unsubscribed_ms == 0)
		rc = put_text(db, due, wish, &question, &values);
	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_DIGEST_TOLD);
	db_bind_int(stmt, 1, due->day_ms);
	db_bind_text(stmt, 2, wish->subscriber);
	return db_run(stmt);
}

static int run_tell(struct db *db, struct store_op *op)
{
	struct digest_op *due = (struct digest_op *)op;
	int rc = find_due(db, due, DIGEST_STEP);

	due->put = 0;
	for (size_t i = 0; rc == 0 && i < due->count; i++)
		rc = tell(db, due, &due->wishes[i]);
	return rc;
}

static void tell_done(struct store_op *op)
{
	struct digest_op *due = (struct digest_op *)op;
	struct gateway *gateway = due->digest->gateway;

	due->digest->busy = false;
	if (op->rc == 0) {
		gateway->metrics.digests_total += due->put;
		outbox_kick(gateway->outbox);
	} else if (log_seldom(&gateway->store_fault_logged_ms)) {
		LOGP(LOG_STORE, LOGL_ERROR, "daily summaries not put: %s\n", strerror(-op->rc));
	}
	talloc_free(due);
}

static int run_look(struct db *db, struct store_op *op)
{
	return find_due(db, (struct digest_op *)op, 1);
}

static void look_done(struct store_op *op)
{
	struct digest_op *due = (struct digest_op *)op;
	struct blocked_digest *digest = due->digest;

	if (op->rc < 0 || due->count == 0 || digest->gateway->draining) {
		digest->busy = false;
		talloc_free(due);
		return;
	}
	due->op = (struct store_op){ .run = run_tell, .done = tell_done };
	store_submit(digest->gateway->store, &due->op);
}

/* ---- when ---- */

static void look(struct blocked_digest *digest, int64_t now_ms)
{
	const struct config *live = digest->gateway->live;
	struct digest_op *due = talloc_zero(NULL, struct digest_op);

	if (!due || answer_manner(due, live, &due->manner) < 0) {
		talloc_free(due);
		return;
	}
	due->op = (struct store_op){ .run = run_look, .done = look_done };
	due->digest = digest;
	due->quiet = live->reports.quiet;
	due->now_ms = now_ms;
	due->day_end_ms = calendar_day_start(now_ms);
	due->day_ms = calendar_day_start(due->day_end_ms - 1);
	digest->busy = true;
	store_submit(digest->gateway->reader, &due->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct blocked_digest *digest = arg;
	struct gateway *gateway = digest->gateway;
	int64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	if (digest->busy || gateway->draining ||
	    now_ms < calendar_day_start(now_ms) +
			     (int64_t)gateway->live->blocking.digest_hour * HOUR_MS)
		return;
	look(digest, now_ms);
}

void blocked_digest_start(struct blocked_digest *digest)
{
	struct timeval every = { TICK_MS / 1000, (TICK_MS % 1000) * 1000 };

	event_add(digest->timer, &every);
}

static int digest_destroy(struct blocked_digest *digest)
{
	if (digest->timer)
		event_free(digest->timer);
	return 0;
}

struct blocked_digest *blocked_digest_create(void *ctx, struct gateway *gateway)
{
	struct blocked_digest *digest = talloc_zero(ctx, struct blocked_digest);

	if (!digest)
		return NULL;
	talloc_set_destructor(digest, digest_destroy);
	digest->gateway = gateway;
	digest->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, digest);
	if (!digest->timer)
		TALLOC_FREE(digest);
	return digest;
}
