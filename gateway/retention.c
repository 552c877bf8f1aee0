/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/retention.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/hub_receipts.h"
#include "gateway/hub_routes.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { EVERY_MS = 60000, PAUSE_MS = 50, DAY_MS = 86400000 };

/* What is told of a kind. */
struct figures {
	uint64_t removed; /* since the start */
	uint64_t held;	  /* by the last run */
	uint64_t holding; /* by this one, so far */
	int64_t oldest_ms;
};

struct retention {
	struct gateway *gateway;
	struct event *timer;
	enum retention_kind kind; /* of the next step */
	bool busy;
	int64_t complete_ms;
	uint64_t run_removed;
	struct figures kinds[RETENTION_KIND_COUNT];
};

struct step_op {
	struct store_op op; /* first */
	struct retention *retention;
	enum retention_kind kind;
	struct retention_limits limits;
	struct retention_step step;
	bool ends; /* the run: nothing more is to be removed */
	int64_t oldest_ms[RETENTION_KIND_COUNT];
};

/* ---- limits ---- */

static const char *const keys[RETENTION_KIND_COUNT] = {
	[RETENTION_MESSAGES] = "privacy.retention.messages_days",
	[RETENTION_REPORTS] = "privacy.retention.reports_days",
	[RETENTION_REWARDS] = "privacy.retention.rewards_days",
	[RETENTION_DIALOGUES] = "privacy.retention.dialogues_days",
	[RETENTION_ATTEMPTS] = "blocking.attempts_days",
	[RETENTION_KEPT] = "blocking.attempts_days",
	[RETENTION_RECEIPTS] = "smpp.hub_receipt_days",
	[RETENTION_AUDIT] = "privacy.retention.audit_days",
};

const char *retention_key(enum retention_kind kind)
{
	return keys[kind];
}

uint32_t retention_days(const struct gateway *gateway, enum retention_kind kind)
{
	const struct config_retention *retention = &gateway->live->privacy.retention;

	switch (kind) {
	case RETENTION_MESSAGES:
		return retention->messages_days;
	case RETENTION_REPORTS:
		return retention->reports_days;
	case RETENTION_REWARDS:
		return retention->rewards_days;
	case RETENTION_DIALOGUES:
		return retention->dialogues_days;
	case RETENTION_ATTEMPTS:
	case RETENTION_KEPT:
		return gateway->live->blocking.attempts_days;
	case RETENTION_RECEIPTS:
		return gateway->live->smpp.hub_receipt_days;
	case RETENTION_AUDIT:
		return retention->audit_days;
	case RETENTION_KIND_COUNT:
		break;
	}
	return 0;
}

void retention_limits_fill(const struct gateway *gateway, int64_t now_ms,
			   struct retention_limits *out)
{
	*out = (struct retention_limits){ .now_ms = now_ms,
					  .receipts_expire_ms =
						  hub_routes_expiry(gateway, now_ms) };
	for (int kind = 0; kind < RETENTION_KIND_COUNT; kind++) {
		int64_t days = retention_days(gateway, (enum retention_kind)kind);

		out->before_ms[kind] = days ? now_ms - days * DAY_MS : 0;
	}
	/* Those of a day together. */
	out->before_ms[RETENTION_ATTEMPTS] = attempt_desk_since(gateway, now_ms);
	out->before_ms[RETENTION_KEPT] = out->before_ms[RETENTION_ATTEMPTS];
}

uint64_t retention_held(const struct retention *retention, enum retention_kind kind)
{
	return retention->kinds[kind].held;
}

/* ---- steps ---- */

static int run_step(struct db *db, struct store_op *base)
{
	struct step_op *op = (struct step_op *)base;
	void *memory = talloc_new(NULL);
	int rc;

	if (!memory)
		return -ENOMEM;
	rc = retention_row_step(memory, db, op->kind, &op->limits, &op->step);
	talloc_free(memory);
	op->ends = rc == 0 && !op->step.more && op->kind + 1 == RETENTION_KIND_COUNT;
	if (rc == 0 && op->ends)
		rc = retention_row_complete(db, op->limits.now_ms);
	for (int kind = 0; rc == 0 && op->ends && kind < RETENTION_KIND_COUNT; kind++)
		rc = retention_row_oldest(db, (enum retention_kind)kind, &op->oldest_ms[kind]);
	return rc;
}

static void go_on_in(struct retention *retention, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(retention->timer, &tv);
}

static void end_run(struct retention *retention, const struct step_op *op)
{
	for (int kind = 0; kind < RETENTION_KIND_COUNT; kind++) {
		struct figures *figures = &retention->kinds[kind];

		figures->held = figures->holding;
		figures->holding = 0;
		figures->oldest_ms = op->oldest_ms[kind];
	}
	retention->complete_ms = op->limits.now_ms;
	if (retention->run_removed > 0)
		LOGP(LOG_STORE, LOGL_NOTICE, "retention: %" PRIu64 " rows removed or emptied\n",
		     retention->run_removed);
	retention->run_removed = 0;
}

static void take(struct retention *retention, const struct step_op *op)
{
	struct figures *figures = &retention->kinds[op->kind];
	struct metrics *metrics = &retention->gateway->metrics;

	figures->removed += op->step.removed;
	figures->holding += op->step.held;
	retention->run_removed += op->step.removed;
	metrics->quarantine_expired_total += op->step.expired;
	metrics->hub_receipts_total += op->step.receipts;
	if (op->step.receipts > 0)
		hub_receipts_kick_all(retention->gateway->hub_receipts);
	if (op->kind == RETENTION_RECEIPTS)
		metrics->hub_receipts_expired_total += op->step.removed;
	if (!op->step.more)
		retention->kind = op->ends ? 0 : op->kind + 1;
	if (op->ends)
		end_run(retention, op);
}

static void step_done(struct store_op *base)
{
	struct step_op *op = (struct step_op *)base;
	struct retention *retention = op->retention;
	struct gateway *gateway = retention->gateway;

	retention->busy = false;
	if (base->rc == 0)
		take(retention, op);
	else if (log_seldom(&gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "retention of %s: %s\n", retention_kind_name(op->kind),
		     strerror(-base->rc));
	if (!gateway->draining)
		go_on_in(retention, base->rc < 0 || op->ends		    ? EVERY_MS
				    : op->step.removed > 0 || op->step.more ? PAUSE_MS
									    : 0);
	talloc_free(op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct retention *retention = arg;
	struct step_op *op;

	(void)fd;
	(void)what;
	if (retention->busy || retention->gateway->draining)
		return;
	op = talloc_zero(NULL, struct step_op);
	if (!op) {
		go_on_in(retention, EVERY_MS);
		return;
	}
	op->op = (struct store_op){ .run = run_step, .done = step_done, .lazy = true };
	op->retention = retention;
	op->kind = retention->kind;
	retention_limits_fill(retention->gateway, clock_now_ms(), &op->limits);
	retention->busy = true;
	store_submit(retention->gateway->store, &op->op);
}

/* ---- metrics ---- */

static double removed_value(const struct retention *retention, int kind)
{
	return (double)retention->kinds[kind].removed;
}

static double held_value(const struct retention *retention, int kind)
{
	return (double)retention->kinds[kind].held;
}

static double oldest_value(const struct retention *retention, int kind)
{
	int64_t oldest_ms = retention->kinds[kind].oldest_ms;

	return oldest_ms ? (double)(clock_now_ms() - oldest_ms) / 1000 : 0;
}

static double limit_value(const struct retention *retention, int kind)
{
	return (double)retention_days(retention->gateway, (enum retention_kind)kind) * DAY_MS /
	       1000;
}

static const struct {
	const char *name;
	const char *type;
	const char *help;
	double (*value)(const struct retention *retention, int kind);
} rows[] = {
	{ "removed_total", "counter", "Rows removed or emptied for their age", removed_value },
	{ "held_rows", "gauge", "Rows that are too old and stay, since something is open",
	  held_value },
	{ "oldest_seconds", "gauge", "Age of the oldest row that is kept; 0: there is none",
	  oldest_value },
	{ "limit_seconds", "gauge", "How long rows are kept; 0: for ever", limit_value },
};

char *retention_format_metrics(const struct retention *retention, char *text)
{
	for (size_t row = 0; text && row < sizeof(rows) / sizeof(*rows); row++) {
		text = talloc_asprintf_append_buffer(
			text, "# HELP mianrao_retention_%s %s\n# TYPE mianrao_retention_%s %s\n",
			rows[row].name, rows[row].help, rows[row].name, rows[row].type);
		for (int kind = 0; text && kind < RETENTION_KIND_COUNT; kind++)
			text = talloc_asprintf_append_buffer(
				text, "mianrao_retention_%s{kind=\"%s\"} %.15g\n", rows[row].name,
				retention_kind_name((enum retention_kind)kind),
				rows[row].value(retention, kind));
	}
	return text ? talloc_asprintf_append_buffer(
			      text,
			      "# HELP mianrao_retention_complete_timestamp_seconds Unix time when "
			      "last nothing more was to be removed, or of the start\n"
			      "# TYPE mianrao_retention_complete_timestamp_seconds gauge\n"
			      "mianrao_retention_complete_timestamp_seconds %.15g\n",
			      (double)retention->complete_ms / 1000)
		    : NULL;
}

/* ---- life ---- */

void retention_start(struct retention *retention)
{
	go_on_in(retention, 0);
}

static int retention_destroy(struct retention *retention)
{
	if (retention->timer)
		event_free(retention->timer);
	return 0;
}

struct retention *retention_create(void *ctx, struct gateway *gateway)
{
	struct retention *retention = talloc_zero(ctx, struct retention);

	if (!retention)
		return NULL;
	talloc_set_destructor(retention, retention_destroy);
	retention->gateway = gateway;
	retention->complete_ms = gateway->started_ms; /* until a run says more */
	retention->timer = event_new(gateway->base, -1, 0, on_timer, retention);
	if (!retention->timer)
		TALLOC_FREE(retention);
	return retention;
}
