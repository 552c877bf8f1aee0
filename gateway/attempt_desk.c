/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/attempt_desk.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/store.h"
#include "rules/calendar.h"

enum {
	FLUSH_MS = 200, /* between two writings; the first after a pause is at once */
	SLOTS = 2 * ATTEMPT_BATCH_MAX,
};

/* What was noted since the last writing, with a table of places for finding. */
struct batch {
	struct store_op op; /* first */
	struct attempt_desk *desk;
	uint32_t max;
	uint64_t noted; /* attempts, repeated ones too */
	size_t count;
	uint16_t slots[SLOTS]; /* place + 1 in rows; 0: free */
	struct attempt_row rows[ATTEMPT_BATCH_MAX];
};

struct attempt_desk {
	struct gateway *gateway;
	struct batch *batch; /* being collected, or NULL */
	struct batch *spare; /* kept for reuse */
	bool writing;
	int64_t written_ms; /* monotonic: when the last writing began */
	struct event *flush;
};

_Static_assert(ATTEMPT_BATCH_MAX < UINT16_MAX, "a place fits its slot");

/* ---- writing ---- */

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->count; i++)
		rc = attempt_row_add(db, &batch->rows[i], batch->max);
	return rc;
}

static void flush_in_time(struct attempt_desk *desk)
{
	int64_t wait_ms = desk->written_ms + FLUSH_MS - clock_monotonic_ms();
	struct timeval wait = { 0 };

	if (wait_ms > 0 && !desk->gateway->draining)
		wait.tv_usec = wait_ms * 1000;
	event_add(desk->flush, &wait);
}

static void write_batch(struct attempt_desk *desk);

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct attempt_desk *desk = batch->desk;
	struct gateway *gateway = desk->gateway;

	desk->writing = false;
	if (op->rc == 0)
		gateway->metrics.attempts_stored_total += batch->noted;
	else
		gateway->metrics.attempts_dropped_total += batch->noted;
	if (op->rc < 0 && log_seldom(&gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "%llu blocked attempts not stored: %s\n",
		     (unsigned long long)batch->noted, strerror(-op->rc));
	if (desk->spare)
		talloc_free(batch);
	else
		desk->spare = batch;
	if (desk->batch && gateway->draining)
		write_batch(desk); /* there may be no next turn */
	else if (desk->batch)
		flush_in_time(desk);
}

static void write_batch(struct attempt_desk *desk)
{
	struct batch *batch = desk->batch;

	if (desk->writing || !batch)
		return;
	desk->batch = NULL;
	desk->writing = true;
	desk->written_ms = clock_monotonic_ms();
	batch->max = desk->gateway->live->blocking.attempts_max;
	batch->op = (struct store_op){ .run = run_batch, .done = batch_done };
	batch->op.weight = batch->count;
	store_submit(desk->gateway->store, &batch->op);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_batch(arg);
}

void attempt_desk_flush(struct attempt_desk *desk)
{
	write_batch(desk);
}

bool attempt_desk_settled(const struct attempt_desk *desk)
{
	return !desk->batch && !desk->writing;
}

/* ---- noting ---- */

static struct batch *batch_get(struct attempt_desk *desk)
{
	struct batch *batch = desk->batch;

	if (batch)
		return batch;
	batch = desk->spare ? desk->spare : talloc(NULL, struct batch);
	desk->spare = NULL;
	if (!batch)
		return NULL;
	batch->desk = desk;
	batch->noted = 0;
	batch->count = 0;
	memset(batch->slots, 0, sizeof(batch->slots));
	desk->batch = batch;
	if (!desk->writing)
		flush_in_time(desk);
	return batch;
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

static bool same_attempt(const struct attempt_row *row, const struct block_attempt *attempt)
{
	return row->channel == attempt->channel &&
	       strcmp(row->sender.text, attempt->caller.text) == 0 &&
	       strcmp(row->subscriber.text, attempt->called.text) == 0;
}

/* The slot of the attempt, or the free one where it belongs. */
static uint16_t *find_slot(struct batch *batch, const struct block_attempt *attempt)
{
	uint32_t at = hash_text(hash_text(2166136261u + attempt->channel, attempt->called.text),
				attempt->caller.text);

	for (;; at++) {
		uint16_t *slot = &batch->slots[at % SLOTS];

		if (*slot == 0 || same_attempt(&batch->rows[*slot - 1], attempt))
			return slot;
	}
}

void attempt_row_fill(struct attempt_row *row, const struct block_attempt *attempt,
		      const struct screen_answer *answer, const char *account)
{
	row->subscriber = attempt->called;
	row->sender = attempt->caller;
	row->channel = attempt->channel;
	row->at_ms = attempt->now_ms;
	row->count = 1;
	row->tier = answer->decision.tier;
	row->rule[0] = '\0';
	if (answer->decision.rule)
		block_rule_format(answer->decision.rule, row->rule);
	row->operator_version = answer->operator_version;
	snprintf(row->account, sizeof(row->account), "%s", account);
}

void attempt_desk_note(struct attempt_desk *desk, const struct block_attempt *attempt,
		       const struct screen_answer *answer, const char *account)
{
	struct batch *batch = batch_get(desk);
	uint16_t *slot = batch ? find_slot(batch, attempt) : NULL;

	if (slot && *slot) {
		struct attempt_row *row = &batch->rows[*slot - 1];

		row->count++;
		row->at_ms = attempt->now_ms;
		batch->noted++;
	} else if (slot && batch->count < ATTEMPT_BATCH_MAX) {
		attempt_row_fill(&batch->rows[batch->count++], attempt, answer, account);
		*slot = (uint16_t)batch->count;
		batch->noted++;
	} else {
		desk->gateway->metrics.attempts_dropped_total++;
	}
}

int64_t attempt_desk_since(const struct gateway *gateway, int64_t now_ms)
{
	enum { DAY_MS = CALENDAR_DAY_S * 1000 };

	return calendar_day_start(now_ms - (int64_t)gateway->live->blocking.attempts_days * DAY_MS);
}

static int desk_destroy(struct attempt_desk *desk)
{
	if (desk->flush)
		event_free(desk->flush);
	talloc_free(desk->batch);
	talloc_free(desk->spare);
	return 0;
}

struct attempt_desk *attempt_desk_create(void *ctx, struct gateway *gateway)
{
	struct attempt_desk *desk = talloc_zero(ctx, struct attempt_desk);

	if (!desk)
		return NULL;
	talloc_set_destructor(desk, desk_destroy);
	desk->gateway = gateway;
	desk->flush = event_new(gateway->base, -1, 0, on_flush, desk);
	if (!desk->flush)
		TALLOC_FREE(desk);
	return desk;
}
