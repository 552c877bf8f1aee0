/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict.c - the order of the questions is the policy: whose number it is, whether the call can
 * be known at all, whether it was forged, and only then the weighing of what speaks for selling.
 */
#include "rules/verdict.h"

#include <assert.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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
	[VERDICT_CALL_TOO_SHORT] = "call_too_short",
	[VERDICT_NUMBER_CLASS] = "number_class",
	[VERDICT_BY_REVIEWER] = "by_reviewer",
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

enum verdict_kind verdict_timeout_kind(enum verdict_timeout timeout)
{
	static const enum verdict_kind kinds[VERDICT_TIMEOUT_COUNT] = {
		[VERDICT_TIMEOUT_UNPROVED] = VERDICT_UNPROVED,
		[VERDICT_TIMEOUT_VERIFIED] = VERDICT_VERIFIED,
		[VERDICT_TIMEOUT_REJECTED] = VERDICT_REJECTED,
	};

	return kinds[timeout];
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

/* 95 and 96 are for enquiries of banks and couriers; other codes have nothing in common. */
static enum verdict_class class_of_number(const struct evidence *evidence)
{
	static const enum verdict_class classes[NUMBER_CLASS_COUNT] = {
		[NUMBER_NONE] = VERDICT_CLASS_SERVICE,
		[NUMBER_MOBILE] = VERDICT_CLASS_MOBILE,
		[NUMBER_FIXED] = VERDICT_CLASS_FIXED,
		[NUMBER_SHARED] = VERDICT_CLASS_SHARED,
		[NUMBER_OPERATOR] = VERDICT_CLASS_OPERATOR,
		[NUMBER_SERVICE] = VERDICT_CLASS_SERVICE,
		[NUMBER_PORT] = VERDICT_CLASS_PORT,
		[NUMBER_FOREIGN] = VERDICT_CLASS_FOREIGN,
		[NUMBER_ALPHA] = VERDICT_CLASS_NAME,
		[NUMBER_WITHHELD] = VERDICT_CLASS_WITHHELD,
	};
	const char *number = evidence->number.text;

	if (evidence->class == NUMBER_SERVICE && number[0] == '9' &&
	    (number[1] == '5' || number[1] == '6'))
		return VERDICT_CLASS_ENQUIRY;
	return classes[evidence->class];
}

static bool is_sms(const struct evidence *evidence)
{
	return evidence->intent == REPORT_SMS || evidence->intent == REPORT_SPAM_FORWARD;
}

/* Forged comes first: the owner of a forged number did not call. */
enum verdict_class verdict_class_of(const struct evidence *evidence)
{
	if (!is_sms(evidence) && is_forged(evidence))
		return VERDICT_CLASS_FORGED;
	if (evidence->official)
		return VERDICT_CLASS_OFFICIAL;
	if (evidence->partner)
		return VERDICT_CLASS_PARTNER;
	return class_of_number(evidence);
}

static enum verdict_reason reason_of_class(enum verdict_class class)
{
	switch (class) {
	case VERDICT_CLASS_FORGED:
		return VERDICT_FORGED_NUMBER;
	case VERDICT_CLASS_OFFICIAL:
		return VERDICT_OFFICIAL_NUMBER;
	case VERDICT_CLASS_PARTNER:
		return VERDICT_PARTNER_NUMBER;
	default: /* all others are ordinary numbers */
		return VERDICT_NUMBER_CLASS;
	}
}

struct score {
	int64_t total;
	size_t count;
	struct verdict_points points[VERDICT_POINTS_MAX];
};

static int64_t weight_of(int32_t points)
{
	return points < 0 ? -(int64_t)points : points;
}

/* Keeps the points sorted, the weightiest first. What weighs nothing is no reason. */
static void add_points(struct score *score, enum verdict_reason reason, int32_t points)
{
	size_t at = score->count;

	if (points == 0)
		return;
	for (; at > 0 && weight_of(score->points[at - 1].points) < weight_of(points); at--)
		score->points[at] = score->points[at - 1];
	score->points[at] = (struct verdict_points){ reason, points };
	score->count++;
	score->total += points;
}

/* Many people, and, where policy asks for it, few who answer and short calls: a switchboard has
 * many callers to call back, and they talk. */
static bool is_wide(const struct evidence *evidence, const struct verdict_policy *policy)
{
	if (evidence->distinct_called < policy->fanout_distinct)
		return false;
	if ((uint64_t)evidence->answered * 100 >
	    (uint64_t)evidence->attempts * policy->fanout_answered_pct)
		return false;
	return policy->fanout_mean_s == 0 ||
	       evidence->seconds <= (uint64_t)evidence->answered * policy->fanout_mean_s;
}

static struct score score_evidence(const struct evidence *evidence,
				   const struct verdict_policy *policy, bool is_call)
{
	enum verdict_class class = verdict_class_of(evidence);
	struct score score = { 0 };

	if (evidence->category < REPORT_UNKNOWN)
		add_points(&score, VERDICT_SALES_WORDS,
			   policy->score_words.points[evidence->category]);
	if (evidence->reporters >= policy->reporters_min)
		add_points(&score, VERDICT_OTHER_REPORTERS, policy->score_reporters);
	/* How a number calls others says nothing of the SMS that carry it. */
	if (is_call && is_wide(evidence, policy))
		add_points(&score, VERDICT_WIDE_FANOUT, policy->score_fanout);
	if (is_call && evidence->calls_back >= policy->acquaintance_min)
		add_points(&score, VERDICT_ACQUAINTANCE, policy->score_acquaintance);
	add_points(&score, reason_of_class(class), policy->classes.of[class].points);
	return score;
}

/* A report that a person should have seen still ends when nobody did in time. */
static void end_review(struct verdict *verdict, const struct evidence *evidence,
		       const struct verdict_policy *policy)
{
	if (verdict->kind != VERDICT_REVIEW || !evidence->deadline_passed)
		return;
	verdict->kind = verdict_timeout_kind(policy->review_timeout);
	give_reason(verdict, VERDICT_CLOCK_RAN_OUT);
}

static struct verdict scored(const struct score *score, enum verdict_kind kind,
			     enum verdict_reason basis, const struct evidence *evidence,
			     const struct verdict_policy *policy)
{
	struct verdict verdict = { .kind = kind };

	verdict.score = score->total < INT32_MIN   ? INT32_MIN
			: score->total > INT32_MAX ? INT32_MAX
						   : (int32_t)score->total;
	verdict.point_count = score->count;
	memcpy(verdict.points, score->points, sizeof(verdict.points));
	end_review(&verdict, evidence, policy);
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
		      VERDICT_SMS_NOT_CHECKABLE, evidence, policy);
}

static struct verdict decide_found(const struct evidence *evidence,
				   const struct verdict_policy *policy)
{
	if ((policy->require_answered || policy->min_seconds > 0) && !evidence->record.answered)
		return decided_about(VERDICT_REJECTED, VERDICT_NOT_ANSWERED, evidence);
	if (evidence->record.duration_s < policy->min_seconds)
		return decided_about(VERDICT_REJECTED, VERDICT_CALL_TOO_SHORT, evidence);
	struct score score = score_evidence(evidence, policy, true);
	enum verdict_kind kind = score.total >= policy->verify_at   ? VERDICT_VERIFIED
				 : score.total >= policy->review_at ? VERDICT_REVIEW
								    : VERDICT_REJECTED;
	return scored(&score, kind, VERDICT_CALL_FOUND, evidence, policy);
}

static struct verdict decide_unknown(const struct evidence *evidence)
{
	if (!evidence->deadline_passed)
		return decided(VERDICT_WAIT, VERDICT_FEED_INCOMPLETE);
	struct verdict verdict = decided(VERDICT_UNPROVED, VERDICT_FEED_INCOMPLETE);
	give_reason(&verdict, VERDICT_CLOCK_RAN_OUT);
	return verdict;
}

static struct verdict decide_by_score(const struct evidence *evidence,
				      const struct verdict_policy *policy)
{
	if (is_sms(evidence))
		return decide_sms(evidence, policy);
	switch (evidence->call) {
	case EVIDENCE_CALL_FOUND:
		/* A later call, whom else the number called, and whether the two know each other
		 * may still come: a verdict is said once. */
		if (evidence->partial && !evidence->deadline_passed)
			return decided_about(VERDICT_WAIT, VERDICT_FEED_INCOMPLETE, evidence);
		return decide_found(evidence, policy);
	case EVIDENCE_CALL_NONE:
		return decided(VERDICT_REJECTED, VERDICT_NO_SUCH_CALL);
	case EVIDENCE_CALL_UNKNOWN:
		break;
	}
	return decide_unknown(evidence);
}

/* Policy speaks of the class of the number. That one may call needs no call; anything else does. */
static struct verdict decide_by_class(const struct evidence *evidence,
				      const struct verdict_policy *policy, enum verdict_class class)
{
	enum verdict_course course = policy->classes.of[class].outcome;
	enum verdict_reason reason = reason_of_class(class);
	struct verdict verdict;

	if (course == VERDICT_COURSE_REJECTED)
		return decided_about(VERDICT_REJECTED, reason, evidence);
	if (course == VERDICT_COURSE_SCORE ||
	    (!is_sms(evidence) && evidence->call != EVIDENCE_CALL_FOUND))
		return decide_by_score(evidence, policy);
	if (course == VERDICT_COURSE_VERIFIED)
		return decided_about(VERDICT_VERIFIED, reason, evidence);
	verdict = (struct verdict){ .kind = VERDICT_REVIEW };
	end_review(&verdict, evidence, policy);
	give_reason(&verdict, reason);
	give_reason(&verdict, is_sms(evidence) ? VERDICT_SMS_NOT_CHECKABLE : VERDICT_CALL_FOUND);
	return verdict;
}

struct verdict verdict_decide(const struct evidence *evidence, const struct verdict_policy *policy)
{
	enum verdict_class class = verdict_class_of(evidence);
	struct verdict verdict = decide_by_class(evidence, policy, class);

	verdict.forged = class == VERDICT_CLASS_FORGED;
	return verdict;
}
