/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/verdict_why.h"

#include <assert.h>
#include <string.h>

/* Each makes one piece of the evidence otherwise. */
typedef void alter_fn(struct evidence *evidence, const struct verdict_policy *policy);

static void find_call(struct evidence *evidence, const struct verdict_policy *policy)
{
	if (evidence->intent != REPORT_CALL || evidence->call == EVIDENCE_CALL_FOUND)
		return;
	evidence->call = EVIDENCE_CALL_FOUND;
	evidence->record.entry = CALL_ENTRY_NATIONAL;
	evidence->record.answered = true;
	evidence->record.duration_s = policy->min_seconds;
}

static void lose_call(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	if (evidence->intent == REPORT_CALL)
		evidence->call = EVIDENCE_CALL_NONE;
}

static void answer_call(struct evidence *evidence, const struct verdict_policy *policy)
{
	evidence->record.answered = true;
	if (evidence->record.duration_s < policy->min_seconds)
		evidence->record.duration_s = policy->min_seconds;
}

static void enter_at_home(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	if (evidence->record.entry == CALL_ENTRY_INTERNATIONAL)
		evidence->record.entry = CALL_ENTRY_NATIONAL;
}

static void enter_abroad(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->record.entry = CALL_ENTRY_INTERNATIONAL;
}

/* Those that weigh most. */
static void name_offer(struct evidence *evidence, const struct verdict_policy *policy)
{
	const int32_t *points = policy->score_words.points;
	enum report_category best = evidence->category;

	for (int i = 0; i < REPORT_UNKNOWN; i++)
		if (best == REPORT_UNKNOWN || points[i] > points[best])
			best = (enum report_category)i;
	if (evidence->category == REPORT_UNKNOWN)
		evidence->category = best;
}

static void name_nothing(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->category = REPORT_UNKNOWN;
}

static void add_reporters(struct evidence *evidence, const struct verdict_policy *policy)
{
	if (evidence->reporters < policy->reporters_min)
		evidence->reporters = policy->reporters_min;
}

static void remove_reporters(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->reporters = 0;
}

static void widen_fanout(struct evidence *evidence, const struct verdict_policy *policy)
{
	if (evidence->distinct_called < policy->fanout_distinct)
		evidence->distinct_called = policy->fanout_distinct;
	if (evidence->attempts < evidence->distinct_called)
		evidence->attempts = evidence->distinct_called;
	evidence->answered = 0;
	evidence->seconds = 0;
}

static void narrow_fanout(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->distinct_called = 0;
}

static void call_before(struct evidence *evidence, const struct verdict_policy *policy)
{
	if (evidence->calls_back < policy->acquaintance_min)
		evidence->calls_back = policy->acquaintance_min;
}

static void never_call(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->calls_back = 0;
}

static void register_partner(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->partner = true;
}

static void remove_partner(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->partner = false;
}

static void stop_clock(struct evidence *evidence, const struct verdict_policy *policy)
{
	(void)policy;
	evidence->deadline_passed = false;
}

static const struct {
	const char *what;
	alter_fn *alter;
} alternatives[] = {
	{ "the records had shown the call", find_call },
	{ "the records had shown no such call", lose_call },
	{ "the call had been answered", answer_call },
	{ "the call had not come in from abroad", enter_at_home },
	{ "the call had come in from abroad", enter_abroad },
	{ "the text had named what was offered", name_offer },
	{ "the text had not named what was offered", name_nothing },
	{ "many others had reported the number", add_reporters },
	{ "nobody else had reported the number", remove_reporters },
	{ "the number had called many people", widen_fanout },
	{ "the number had called few people", narrow_fanout },
	{ "the subscriber had called the number before", call_before },
	{ "the subscriber had never called the number", never_call },
	{ "the number were a registered partner's", register_partner },
	{ "the number were no registered partner's", remove_partner },
	{ "the clock had not run out", stop_clock },
};
static_assert(sizeof(alternatives) / sizeof(alternatives[0]) == VERDICT_CHANGES_MAX,
	      "all of them have room");

size_t verdict_changes(const struct evidence *evidence, const struct verdict_policy *policy,
		       struct verdict_change out[VERDICT_CHANGES_MAX])
{
	struct verdict verdict = verdict_decide(evidence, policy);
	size_t count = 0;

	for (size_t i = 0; i < VERDICT_CHANGES_MAX; i++) {
		struct evidence other = *evidence;
		struct verdict changed;

		alternatives[i].alter(&other, policy);
		changed = verdict_decide(&other, policy);
		if (changed.kind != verdict.kind || changed.forged != verdict.forged)
			out[count++] = (struct verdict_change){ alternatives[i].what, changed.kind,
								changed.forged };
	}
	return count;
}
