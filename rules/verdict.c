/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict.c - the order of the questions is the policy: whose number it is, whether the call can
 * be known at all, whether it was forged, and only then the weighing of what speaks for selling.
 */
#include "rules/verdict.h"

#include <assert.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The points: with a found call the words alone verify; a wide fan-out or other reporters alone
 * ask for a person, both together verify; between acquaintances nothing verifies by itself. An SMS
 * leaves no record, so words alone are not enough there. */
const struct verdict_policy verdict_policy_default = {
	.effective_ms = 0,
	.window_days = 7,
	.grace_s = 300,
	.slack_s = 600,
	.deadline_s = 47 * 3600, /* an hour before the promised 48 */
	.fanout_days = 1,
	.fanout_distinct = 20,
	.reporters_days = 10,
	.reporters_min = 5,
	.require_answered = false,
	.score_words = 60,
	.score_fanout = 30,
	.score_reporters = 30,
	.score_acquaintance = -70,
	.verify_at = 60,
	.review_at = 20,
	.verify_sms_at = 90,
};

static const char *const kind_names[] = {
	[VERDICT_WAIT] = "wait",	 [VERDICT_VERIFIED] = "verified",
	[VERDICT_REJECTED] = "rejected", [VERDICT_UNPROVED] = "unproved",
	[VERDICT_REVIEW] = "review",
};
static_assert(COUNT_OF(kind_names) == VERDICT_KIND_COUNT, "a name for each kind");

static const char *const reason_names[] = {
	[VERDICT_CALL_FOUND] = "call_found",
	[VERDICT_NO_SUCH_CALL] = "no_such_call",
	[VERDICT_FEED_INCOMPLETE] = "feed_incomplete",
	[VERDICT_CLOCK_RAN_OUT] = "clock_ran_out",
	[VERDICT_OFFICIAL_NUMBER] = "official_number",
	[VERDICT_PARTNER_NUMBER] = "partner_number",
	[VERDICT_FORGED_NUMBER] = "forged_number",
	[VERDICT_NOT_ANSWERED] = "not_answered",
	[VERDICT_WIDE_FANOUT] = "wide_fanout",
	[VERDICT_OTHER_REPORTERS] = "other_reporters",
	[VERDICT_SALES_WORDS] = "sales_words",
	[VERDICT_ACQUAINTANCE] = "acquaintance",
	[VERDICT_WEAK_EVIDENCE] = "weak_evidence",
	[VERDICT_SMS_NOT_CHECKABLE] = "sms_not_checkable",
	[VERDICT_NO_NUMBER] = "no_number",
};
static_assert(COUNT_OF(reason_names) == VERDICT_REASON_COUNT, "a name for each reason");

const char *verdict_kind_name(enum verdict_kind kind)
{
	return kind < VERDICT_KIND_COUNT ? kind_names[kind] : "unknown";
}

const char *verdict_reason_name(enum verdict_reason reason)
{
	return reason < VERDICT_REASON_COUNT ? reason_names[reason] : "unknown";
}

static void give_reason(struct verdict *verdict, enum verdict_reason reason)
{
	verdict->reasons[verdict->reason_count++] = reason;
}

static struct verdict decided(enum verdict_kind kind, enum verdict_reason reason)
{
	struct verdict verdict = { .kind = kind };

	give_reason(&verdict, reason);
	return verdict;
}

/* What the records say, behind a reason that weighs more. */
static struct verdict decided_about(enum verdict_kind kind, enum verdict_reason reason,
				    const struct evidence *evidence)
{
	struct verdict verdict = decided(kind, reason);

	if (evidence->call == EVIDENCE_CALL_FOUND)
		give_reason(&verdict, VERDICT_CALL_FOUND);
	else if (evidence->call == EVIDENCE_CALL_NONE)
		give_reason(&verdict, VERDICT_NO_SUCH_CALL);
	return verdict;
}

/* A number of this country, geographic or a code, that is: not one that may come from abroad. */
static bool is_home_number(const char *number)
{
	enum number_form form = number_form(number);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED || form == NUMBER_FORM_CODE;
}

static bool is_forged(const struct evidence *evidence)
{
	return evidence->call == EVIDENCE_CALL_FOUND &&
	       evidence->record.entry == CALL_ENTRY_INTERNATIONAL &&
	       is_home_number(evidence->number.text);
}

struct points {
	enum verdict_reason reason;
	int32_t score;
};

struct score {
	int64_t total;
	size_t count;
	struct points points[4];
};

/* Keeps the points sorted, the weightiest first. */
static void add_points(struct score *score, enum verdict_reason reason, int32_t points)
{
	size_t at = score->count++;
	int64_t weight = points < 0 ? -(int64_t)points : points;

	for (; at > 0; at--) {
		int64_t before = score->points[at - 1].score;
		if ((before < 0 ? -before : before) >= weight)
			break;
		score->points[at] = score->points[at - 1];
	}
	score->points[at] = (struct points){ reason, points };
	score->total += points;
}

static struct score score_evidence(const struct evidence *evidence,
				   const struct verdict_policy *policy, bool is_call)
{
	struct score score = { 0 };

	if (evidence->category != REPORT_UNKNOWN)
		add_points(&score, VERDICT_SALES_WORDS, policy->score_words);
	if (evidence->reporters >= policy->reporters_min)
		add_points(&score, VERDICT_OTHER_REPORTERS, policy->score_reporters);
	/* How a number calls others says nothing of the SMS that carry it. */
	if (is_call && evidence->distinct_called >= policy->fanout_distinct)
		add_points(&score, VERDICT_WIDE_FANOUT, policy->score_fanout);
	if (is_call && evidence->called_back)
		add_points(&score, VERDICT_ACQUAINTANCE, policy->score_acquaintance);
	return score;
}

/* A report that a person should have seen still ends when nobody did in time. */
static void end_review(struct verdict *verdict, const struct evidence *evidence)
{
	if (verdict->kind != VERDICT_REVIEW || !evidence->deadline_passed)
		return;
	verdict->kind = VERDICT_UNPROVED;
	give_reason(verdict, VERDICT_CLOCK_RAN_OUT);
}

static struct verdict scored(const struct score *score, enum verdict_kind kind,
			     enum verdict_reason basis, const struct evidence *evidence)
{
	struct verdict verdict = { .kind = kind };

	verdict.score = score->total < INT32_MIN   ? INT32_MIN
			: score->total > INT32_MAX ? INT32_MAX
						   : (int32_t)score->total;
	end_review(&verdict, evidence);
	if (kind == VERDICT_REJECTED)
		give_reason(&verdict, VERDICT_WEAK_EVIDENCE);
	/* That there was nothing to check is no reason for having verified. */
	bool basis_last = kind == VERDICT_VERIFIED && basis == VERDICT_SMS_NOT_CHECKABLE;
	if (!basis_last)
		give_reason(&verdict, basis);
	for (size_t i = 0; i < score->count; i++)
		give_reason(&verdict, score->points[i].reason);
	if (basis_last)
		give_reason(&verdict, basis);
	return verdict;
}

static struct verdict decide_sms(const struct evidence *evidence,
				 const struct verdict_policy *policy)
{
	struct score score = score_evidence(evidence, policy, false);
	int32_t verify_at = policy->verify_sms_at > policy->verify_at ? policy->verify_sms_at
								      : policy->verify_at;

	return scored(&score, score.total >= verify_at ? VERDICT_VERIFIED : VERDICT_REVIEW,
		      VERDICT_SMS_NOT_CHECKABLE, evidence);
}

static struct verdict decide_found(const struct evidence *evidence,
				   const struct verdict_policy *policy)
{
	if (policy->require_answered && !evidence->record.answered)
		return decided_about(VERDICT_REJECTED, VERDICT_NOT_ANSWERED, evidence);
	struct score score = score_evidence(evidence, policy, true);
	enum verdict_kind kind = score.total >= policy->verify_at   ? VERDICT_VERIFIED
				 : score.total >= policy->review_at ? VERDICT_REVIEW
								    : VERDICT_REJECTED;
	return scored(&score, kind, VERDICT_CALL_FOUND, evidence);
}

static struct verdict decide_unknown(const struct evidence *evidence)
{
	if (!evidence->deadline_passed)
		return decided(VERDICT_WAIT, VERDICT_FEED_INCOMPLETE);
	struct verdict verdict = decided(VERDICT_UNPROVED, VERDICT_FEED_INCOMPLETE);
	give_reason(&verdict, VERDICT_CLOCK_RAN_OUT);
	return verdict;
}

struct verdict verdict_decide(const struct evidence *evidence, const struct verdict_policy *policy)
{
	bool is_sms = evidence->intent == REPORT_SMS || evidence->intent == REPORT_SPAM_FORWARD;

	/* Before whose number it is: the owner of a forged number did not call. */
	if (!is_sms && is_forged(evidence)) {
		struct verdict verdict =
			decided_about(VERDICT_VERIFIED, VERDICT_FORGED_NUMBER, evidence);
		verdict.forged = true;
		return verdict;
	}
	/* These two need no call: whoever calls from there may. */
	if (evidence->official)
		return decided_about(VERDICT_REJECTED, VERDICT_OFFICIAL_NUMBER, evidence);
	if (evidence->partner)
		return decided_about(VERDICT_REJECTED, VERDICT_PARTNER_NUMBER, evidence);
	if (is_sms)
		return decide_sms(evidence, policy);
	switch (evidence->call) {
	case EVIDENCE_CALL_FOUND:
		return decide_found(evidence, policy);
	case EVIDENCE_CALL_NONE:
		return decided(VERDICT_REJECTED, VERDICT_NO_SUCH_CALL);
	case EVIDENCE_CALL_UNKNOWN:
		break;
	}
	return decide_unknown(evidence);
}

const struct verdict_policy *verdict_policy_at(const struct verdict_policy *policies, size_t count,
					       int64_t at_ms)
{
	const struct verdict_policy *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (policies[i].effective_ms <= at_ms &&
		    (!best || policies[i].effective_ms >= best->effective_ms))
			best = &policies[i];
	}
	return best;
}
