/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is known of a call: asked of the index, between two looks at the watermarks. */
#include "gateway/verifier_priv.h"

#include <string.h>

#include "gateway/call_index.h"
#include "gateway/clock.h"
#include "gateway/store.h"
#include "gateway/watermark.h"

enum { DAY_MS = 86400000 };

static bool is_partner(const struct config *config, const char *number)
{
	for (unsigned i = 0; i < config->reports.partners_count; i++)
		if (strcmp(config->reports.partners[i], number) == 0)
			return true;
	return false;
}

/* A later call, or one that weighs it, may still come; or Redis was emptied, and not all is there
 * again: then no source reaches back to the call, or its caller has called nobody. */
static bool is_partial(const struct check *check)
{
	const struct evidence *evidence = &check->evidence;

	return evidence->call == EVIDENCE_CALL_FOUND &&
	       (evidence->distinct_called == 0 ||
		!watermarks_cover(check->verifier->gateway->watermarks, evidence->record.start_ms,
				  check->to_ms));
}

void check_decide(struct check *check)
{
	struct gateway *gateway = check->verifier->gateway;

	/* The index is empty of this call; that says something only once the feed is complete. */
	if (check->evidence.call == EVIDENCE_CALL_NONE && !check->covered)
		check->evidence.call = EVIDENCE_CALL_UNKNOWN;
	check->evidence.partial = is_partial(check);
	check->evidence.class =
		number_classify(gateway->live->tables->numbering, check->request.number.text);
	check->evidence.official =
		number_is_official(gateway->live->tables->numbering, check->request.number.text);
	number_looks_like(gateway->live->tables->language, check->request.number.text,
			  strlen(check->request.number.text), &check->evidence.alike);
	check->evidence.partner = is_partner(gateway->live, check->request.number.text);
	check->now_ms = clock_now_ms();
	atomic_store_explicit(&check->answered, true, memory_order_release);
	if (check->stage == STAGE_FLYING)
		check_submit(check);
	else if (check->stage == STAGE_FORGOTTEN)
		check_drop(check);
}

static void on_marks_read(void *user, bool ok)
{
	struct check *check = user;

	check->covered = ok && watermarks_cover(check->verifier->gateway->watermarks,
						check->from_ms, check->to_ms);
	check_decide(check);
}

/* What was covered a moment ago may have been lost since, the records with it (FLUSHALL, a failover
 * to an empty Redis): "no such call" is believed when the marks are there after the look-up, too.
 */
static void on_found(void *user, const struct evidence *found)
{
	struct check *check = user;

	check->evidence = *found;
	if (found->call == EVIDENCE_CALL_NONE && check->covered) {
		if (watermarks_reread(check->verifier->gateway->watermarks, on_marks_read, check) ==
		    0)
			return;
		check->covered = false;
	}
	check_decide(check);
}

static struct call_query make_query(const struct check *check)
{
	const struct verify_request *request = &check->request;
	const struct verdict_policy *policy = &check->terms.policy;
	int64_t slack_ms = (int64_t)policy->slack_s * 1000;
	struct call_query query = { .subscriber = request->subscriber,
				    .caller = request->number,
				    .fanout_days = policy->fanout_days,
				    .acquaintance_days = policy->acquaintance_days };

	if (request->has_call_time) {
		query.from_ms = request->call_from_ms - slack_ms;
		query.to_ms = request->call_to_ms + slack_ms;
	} else {
		query.from_ms = request->received_ms - (int64_t)policy->window_days * DAY_MS;
		query.to_ms = request->received_ms + slack_ms;
	}
	/* Records of a source whose clock is ahead tell later times than the subscriber. */
	query.to_ms += watermarks_ahead(check->verifier->gateway->watermarks);
	/* The slack may reach into a day that has hardly begun. */
	query.fanout_to_ms =
		query.to_ms < request->received_ms ? query.to_ms : request->received_ms;
	return query;
}

/* The index still has the day: call_index.h lets its keys expire. */
static bool is_kept(const struct check *check)
{
	int64_t days = check->verifier->gateway->config->feed.retention_days + (int64_t)1;

	return clock_now_ms() < call_day_start(check->from_ms) + days * DAY_MS;
}

/* A look that ends the report even without a call writes down what it knows of the number: that
 * should be all. One that only waits on, or asks whether a late record has come, needs no more than
 * the answer. */
static bool ends_without_call(const struct check *check)
{
	const struct verify_request *request = &check->request;

	if (request->state == REPORT_STATE_UNPROVED)
		return false;
	return check->covered || clock_now_ms() >= request->deadline_ms ||
	       number_is_official(check->verifier->gateway->live->tables->numbering,
				  request->number.text) ||
	       is_partner(check->verifier->gateway->live, request->number.text);
}

void check_look_up(struct check *check)
{
	struct gateway *gateway = check->verifier->gateway;
	struct call_query query = make_query(check);

	/* A call after the report cannot be meant: the slack at its end need not be covered. */
	int64_t to_ms = query.to_ms - watermarks_ahead(gateway->watermarks);

	if (to_ms > check->request.received_ms)
		to_ms = check->request.received_ms;

	check->from_ms = query.from_ms;
	check->to_ms = to_ms + (int64_t)check->terms.policy.grace_s * 1000;
	check->covered = is_kept(check) &&
			 watermarks_cover(gateway->watermarks, check->from_ms, check->to_ms);
	query.whole = ends_without_call(check);
	if (call_index_find(gateway->calls, &query, on_found, check) == 0)
		return;
	/* Redis is away: nothing is known, and the clock still runs. */
	check->evidence = (struct evidence){ .call = EVIDENCE_CALL_UNKNOWN };
	check_decide(check);
}
