/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao erase-calls`: audited before anything is erased, and again with what was. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_erase.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"

enum { TELL_MS = 500 };

struct erasure {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct control_request *request;
	struct number number;
	char actor[CONTROL_ACTOR_MAX];
	struct call_erased erased;
	char outcome[160]; /* "": it only begins */
	char error[128];
	int64_t told_ms;
};

static int run_audit(struct db *db, struct store_op *op)
{
	const struct erasure *erasure = (struct erasure *)op;

	return audit_put(db, clock_now_ms(), erasure->actor, "erase_calls", erasure->number.text,
			 erasure->outcome[0] ? "begun" : "", erasure->outcome);
}

static json_t *answer_json(const struct erasure *erasure)
{
	const struct call_erased *erased = &erasure->erased;

	return json_pack(
		"{so so sI sI sI sI sI s[sss]}", "number", query_masked(erasure->number.text),
		"number_ref", command_ref(erasure->gateway, erasure->number.text), "calls_to_it",
		(json_int_t)erased->to_number, "calls_by_it", (json_int_t)erased->by_number,
		"counters", (json_int_t)erased->counters, "listed", (json_int_t)erased->listed,
		"buckets_looked_through", (json_int_t)erased->buckets, "remains",
		"that it was called is counted among many in the HyperLogLogs of who called it; "
		"nobody can be read out of these, and they expire",
		"entries of the feed's stream and files, until their producers trim them",
		"reports and their evidence, in the store");
}

static void audited(struct store_op *op)
{
	struct erasure *erasure = (struct erasure *)op;

	if (erasure->error[0])
		control_fail_code(erasure->request, CONTROL_UNAVAILABLE, "%s", erasure->error);
	else if (op->rc < 0)
		control_fail_code(erasure->request, CONTROL_UNAVAILABLE,
				  "erased, and not audited: %s", strerror(-op->rc));
	else
		control_answer(erasure->request, answer_json(erasure));
	talloc_free(erasure);
}

static void audit(struct erasure *erasure, void (*done)(struct store_op *op))
{
	erasure->op = (struct store_op){ .run = run_audit, .done = done };
	store_submit(erasure->gateway->store, &erasure->op);
}

static void on_progress(void *user, const struct call_erased *so_far)
{
	struct erasure *erasure = user;
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - erasure->told_ms < TELL_MS)
		return;
	erasure->told_ms = now_ms;
	(void)control_push(erasure->request,
			   json_pack("{sI sI}", "buckets", (json_int_t)so_far->buckets, "records",
				     (json_int_t)(so_far->to_number + so_far->by_number)));
}

static void on_end(void *user, const struct call_erased *erased, const char *error)
{
	struct erasure *erasure = user;

	erasure->erased = *erased;
	snprintf(erasure->outcome, sizeof(erasure->outcome),
		 "to=%llu by=%llu counters=%llu listed=%llu buckets=%llu%s%.60s",
		 (unsigned long long)erased->to_number, (unsigned long long)erased->by_number,
		 (unsigned long long)erased->counters, (unsigned long long)erased->listed,
		 (unsigned long long)erased->buckets, error ? " unfinished: " : "",
		 error ? error : "");
	if (error)
		snprintf(erasure->error, sizeof(erasure->error), "Redis failed, do it again: %.80s",
			 error);
	audit(erasure, audited);
}

static void begin(struct store_op *op)
{
	static const struct call_erase_hooks hooks = { on_progress, on_end };
	struct erasure *erasure = (struct erasure *)op;
	struct gateway *gateway = erasure->gateway;
	int rc = op->rc;

	if (rc == 0 && gateway->draining)
		rc = -ESHUTDOWN;
	if (rc == 0)
		rc = call_erase(gateway, gateway->redis, gateway->config->redis.prefix,
				gateway->config->feed.retention_days, &erasure->number, &hooks,
				erasure);
	if (rc == 0)
		return;
	control_fail_code(erasure->request, CONTROL_UNAVAILABLE, "nothing was erased: %s",
			  strerror(-rc));
	talloc_free(erasure);
}

void command_erase_calls(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct erasure *erasure;
	struct named_number number;

	if (!command_number(gateway, request, args, "number", &number))
		return;
	erasure = talloc_zero(NULL, struct erasure);
	if (!erasure) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	erasure->gateway = gateway;
	erasure->request = request;
	erasure->number = number.number;
	control_actor(request, erasure->actor);
	audit(erasure, begin);
}
