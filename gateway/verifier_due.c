/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reports whose check_at has come: found by themselves, in the store. */
#include "gateway/verifier_priv.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/store.h"

enum { TICK_MS = 250 };

struct due_op {
	struct store_op op; /* first */
	struct verifier *verifier;
	int64_t now_ms;
	size_t limit;
	void *memory;
	struct verify_request *requests;
	size_t count;
};

static int run_due(struct db *db, struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;
	struct db_stmt *stmt = db_query(db, Q_REPORT_DUE);
	struct report_row row;
	int rc;

	talloc_free(due->memory);
	due->memory = talloc_new(NULL);
	due->requests = talloc_array(due->memory, struct verify_request, due->limit);
	due->count = 0;
	if (!due->requests)
		return -ENOMEM;
	db_bind_int(stmt, 1, due->now_ms);
	db_bind_int(stmt, 2, (int64_t)due->limit);
	while ((rc = db_step(stmt)) > 0) {
		rc = report_row_load(due->memory, stmt, &row);
		if (rc < 0)
			return rc;
		due->requests[due->count++] = verify_request_of(&row);
	}
	return rc;
}

static void due_done(struct store_op *op)
{
	struct due_op *due = (struct due_op *)op;

	due->verifier->scanning = false;
	for (size_t i = 0; op->rc == 0 && i < due->count; i++)
		verifier_check(due->verifier, &due->requests[i]);
	talloc_free(due->memory);
	talloc_free(due);
}

static void scan(struct verifier *verifier)
{
	struct due_op *due;

	if (verifier->scanning || verifier->gateway->draining ||
	    verifier->flying_count >= VERIFY_MAX || clock_monotonic_ms() < verifier->pause_until_ms)
		return;
	due = talloc_zero(NULL, struct due_op);
	if (!due)
		return;
	due->op.run = run_due;
	due->op.done = due_done;
	due->verifier = verifier;
	due->now_ms = clock_now_ms();
	/* Those under way are due as well until they are decided: leave room to see past them. */
	due->limit = VERIFY_MAX;
	verifier->scanning = true;
	store_submit(verifier->gateway->reader, &due->op);
}

void verifier_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	scan(arg);
}

void verifier_start(struct verifier *verifier)
{
	struct timeval every = { TICK_MS / 1000, (TICK_MS % 1000) * 1000 };

	event_add(verifier->timer, &every);
	scan(verifier);
}
