/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_decide.h"

#include <assert.h>
#include <string.h>

#include "blocklist/block_time.h"

enum { DAYS = 7 };

/* What the rules ask about an attempt, found once. */
struct question {
	const struct block_attempt *attempt;
	const char *number; /* NULL: the caller is no number */
	bool withheld;
	bool alphanumeric;
	bool international;
	bool hmt;
};

static bool is_number(const char *text)
{
	const char *digits = text + (text[0] == '+');
	size_t len = strspn(digits, "0123456789");

	return len > 0 && digits[len] == '\0';
}

static bool is_hmt(const char *number)
{
	static const char codes[][5] = { "+852", "+853", "+886" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strncmp(number, codes[i], 4) == 0)
			return true;
	}
	return false;
}

static struct question question_of(const struct block_attempt *attempt)
{
	const char *caller = attempt->caller.text;
	struct question question = { .attempt = attempt };

	if (is_number(caller))
		question.number = caller;
	else if (caller[0] == '\0' || number_form(caller) == NUMBER_FORM_WITHHELD)
		question.withheld = true;
	else
		question.alphanumeric = true;
	question.hmt = question.number && is_hmt(caller);
	question.international =
		(attempt->entry == BLOCK_ENTRY_INTERNATIONAL && !attempt->roaming_home) ||
		(question.number && number_is_foreign(caller));
	return question;
}

/* A span over midnight belongs to the day on which it began. */
static bool time_holds(const struct block_rule *rule, int64_t now_ms)
{
	unsigned weekday, minute;

	if (rule->since_ms != 0 && now_ms < rule->since_ms)
		return false;
	if (block_rule_is_over(rule, now_ms))
		return false;
	if (!rule->has_hours && rule->weekdays == 0)
		return true;
	block_time_local(now_ms, &weekday, &minute);
	if (rule->has_hours) {
		bool over_midnight = rule->from_minute > rule->to_minute;
		bool begun = minute >= rule->from_minute;
		bool ended = minute >= rule->to_minute;

		if (over_midnight ? !begun && ended : !begun || ended)
			return false;
		if (over_midnight && !begun)
			weekday = (weekday + DAYS - 1) % DAYS;
	}
	return rule->weekdays == 0 || (rule->weekdays >> weekday & 1);
}

static bool in_force(const struct block_rule *rule, const struct question *question)
{
	return (rule->channels & question->attempt->channel) &&
	       time_holds(rule, question->attempt->now_ms);
}

static bool class_matches(enum block_origin origin, const struct question *question)
{
	switch (origin) {
	case BLOCK_ORIGIN_INTERNATIONAL:
		return question->international;
	case BLOCK_ORIGIN_HMT:
		return question->hmt;
	case BLOCK_ORIGIN_WITHHELD:
		return question->withheld;
	case BLOCK_ORIGIN_REPORTED:
		return question->attempt->reported;
	case BLOCK_ORIGIN_ALPHANUMERIC:
		return question->alphanumeric;
	case BLOCK_ORIGIN_ANY:
		return true;
	case BLOCK_ORIGIN_PREFIX:
	case BLOCK_ORIGIN_NUMBER:
	case BLOCK_ORIGIN_COUNT:
		break;
	}
	return false;
}

typedef const struct block_rule *finder(const struct block_set *set,
					const struct question *question);

static const struct block_rule *find_number(const struct block_set *set,
					    const struct question *question)
{
	struct block_cursor cursor = { 0 };
	const struct block_rule *rule;

	if (!set || !question->number)
		return NULL;
	while ((rule = block_set_next_number(set, question->number, &cursor))) {
		if (in_force(rule, question))
			return rule;
	}
	return NULL;
}

static const struct block_rule *find_class(const struct block_set *set,
					   const struct question *question)
{
	struct block_cursor cursor = { 0 };
	const struct block_rule *rule;

	if (!set)
		return NULL;
	while ((rule = block_set_next_class(set, &cursor))) {
		if (class_matches(rule->origin, question) && in_force(rule, question))
			return rule;
	}
	return NULL;
}

static const enum block_verdict action_verdicts[BLOCK_ACTION_COUNT] = {
	[BLOCK_ACTION_ALLOW] = BLOCK_ALLOW,
	[BLOCK_ACTION_LABEL] = BLOCK_LABEL,
	[BLOCK_ACTION_BLOCK] = BLOCK_DENY,
};

struct step {
	finder *find;
	const struct block_set *set;
	enum block_owner owner;
	enum block_tier passing;
	enum block_tier blocking;
};

/* In the order in which they are asked. */
static void list_steps(const struct block_context *context, struct step out[BLOCK_STEP_COUNT])
{
	const struct step steps[BLOCK_STEP_COUNT] = {
		{ find_number, context->protected_numbers, BLOCK_OWNER_PROTECTED,
		  BLOCK_TIER_PROTECTED, BLOCK_TIER_PROTECTED },
		{ find_number, context->subscriber, BLOCK_OWNER_SUBSCRIBER,
		  BLOCK_TIER_SUBSCRIBER_ALLOWED, BLOCK_TIER_SUBSCRIBER_BLOCKED },
		{ find_number, context->operator_rules, BLOCK_OWNER_OPERATOR,
		  BLOCK_TIER_OPERATOR_ALLOWED, BLOCK_TIER_OPERATOR_BLOCKED },
		{ find_class, context->subscriber, BLOCK_OWNER_SUBSCRIBER,
		  BLOCK_TIER_SUBSCRIBER_CLASS, BLOCK_TIER_SUBSCRIBER_CLASS },
		{ find_class, context->operator_rules, BLOCK_OWNER_OPERATOR,
		  BLOCK_TIER_OPERATOR_DEFAULT, BLOCK_TIER_OPERATOR_DEFAULT },
	};

	memcpy(out, steps, sizeof(steps));
}

static struct block_step ask(const struct step *step, const struct question *question)
{
	struct block_step out = {
		.owner = step->owner,
		.classes = step->find == find_class,
		.rule = step->find(step->set, question),
		.verdict = BLOCK_ALLOW,
		.tier = step->passing,
	};

	/* Protected numbers pass, whatever their rule says. */
	if (out.rule && step->owner != BLOCK_OWNER_PROTECTED)
		out.verdict = action_verdicts[out.rule->action];
	if (out.verdict == BLOCK_DENY)
		out.tier = step->blocking;
	return out;
}

struct block_decision block_decide(const struct block_attempt *attempt,
				   const struct block_context *context)
{
	const struct question question = question_of(attempt);
	struct block_decision decision = { .verdict = BLOCK_ALLOW,
					   .tier = BLOCK_TIER_NONE,
					   .international = question.international };
	struct step steps[BLOCK_STEP_COUNT];

	list_steps(context, steps);
	for (size_t i = 0; i < BLOCK_STEP_COUNT; i++) {
		struct block_step asked = ask(&steps[i], &question);

		if (asked.rule) {
			decision.verdict = asked.verdict;
			decision.tier = asked.tier;
			decision.rule = asked.rule;
			break;
		}
		if (asked.owner == BLOCK_OWNER_PROTECTED && !context->subscriber_known) {
			decision.verdict = BLOCK_UNKNOWN;
			break;
		}
	}
	return decision;
}

void block_explain(const struct block_attempt *attempt, const struct block_context *context,
		   struct block_step out[BLOCK_STEP_COUNT])
{
	const struct question question = question_of(attempt);
	struct step steps[BLOCK_STEP_COUNT];

	list_steps(context, steps);
	for (size_t i = 0; i < BLOCK_STEP_COUNT; i++)
		out[i] = ask(&steps[i], &question);
}

static const char *const verdict_names[] = {
	[BLOCK_ALLOW] = "allow",
	[BLOCK_LABEL] = "label",
	[BLOCK_DENY] = "deny",
	[BLOCK_UNKNOWN] = "unknown",
};
static_assert(sizeof(verdict_names) / sizeof(verdict_names[0]) == BLOCK_VERDICT_COUNT,
	      "a name for each verdict");

static const char *const tier_names[] = {
	[BLOCK_TIER_PROTECTED] = "protected",
	[BLOCK_TIER_SUBSCRIBER_ALLOWED] = "subscriber_allowed",
	[BLOCK_TIER_SUBSCRIBER_BLOCKED] = "subscriber_blocked",
	[BLOCK_TIER_OPERATOR_ALLOWED] = "operator_allowed",
	[BLOCK_TIER_OPERATOR_BLOCKED] = "operator_blocked",
	[BLOCK_TIER_SUBSCRIBER_CLASS] = "subscriber_class",
	[BLOCK_TIER_OPERATOR_DEFAULT] = "operator_default",
	[BLOCK_TIER_NONE] = "none",
};
static_assert(sizeof(tier_names) / sizeof(tier_names[0]) == BLOCK_TIER_COUNT,
	      "a name for each tier");

static const char *const entry_names[] = {
	[BLOCK_ENTRY_UNKNOWN] = "unknown",
	[BLOCK_ENTRY_NATIONAL] = "national",
	[BLOCK_ENTRY_INTERNATIONAL] = "international",
};

const char *block_verdict_name(enum block_verdict verdict)
{
	return verdict < BLOCK_VERDICT_COUNT ? verdict_names[verdict] : "unknown";
}

const char *block_tier_name(enum block_tier tier)
{
	return tier < BLOCK_TIER_COUNT ? tier_names[tier] : "none";
}

static const char *const owner_names[] = {
	[BLOCK_OWNER_PROTECTED] = "protected",
	[BLOCK_OWNER_SUBSCRIBER] = "subscriber",
	[BLOCK_OWNER_OPERATOR] = "operator",
};

const char *block_owner_name(enum block_owner owner)
{
	return owner <= BLOCK_OWNER_OPERATOR ? owner_names[owner] : "unknown";
}

const char *block_entry_name(enum block_entry entry)
{
	return entry <= BLOCK_ENTRY_INTERNATIONAL ? entry_names[entry] : "unknown";
}
