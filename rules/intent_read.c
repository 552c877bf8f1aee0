/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/intent_read.h"

#include "rules/keyword_read.h"
#include "rules/language.h"
#include "rules/text_note.h"

enum { BARE_DIGITS_MIN = 5 };

struct senses {
	uint32_t all;
	const struct text *text;
	const struct token *tokens;
	size_t count;
	const struct intent_facts *facts;
};

static bool has(const struct senses *s, uint32_t senses)
{
	return (s->all & senses) != 0;
}

static bool digits_at(const struct text *text, size_t at, const char *digits)
{
	while (*digits && at < text->len && text->unit[at] == (unsigned char)*digits) {
		at++;
		digits++;
	}
	return !*digits;
}

/* A number to which reports are sent stands in the text, whatever surrounds it. */
static bool names_service(const struct text *text)
{
	const char *service;
	for (size_t i = 0; (service = numbering_service(text->language->numbering, i)); i++) {
		for (size_t at = 0; at < text->len; at++) {
			if (digits_at(text, at, service))
				return true;
		}
	}
	return false;
}

/* --- blocking of calls and messages from abroad --- */

static enum report_scope scope_of(const struct senses *s)
{
	bool call = has(s, WORD_CALL | WORD_PHONE), sms = has(s, WORD_SMS);
	if (call == sms)
		return REPORT_SCOPE_BOTH;
	return call ? REPORT_SCOPE_CALL : REPORT_SCOPE_SMS;
}

static bool is_question(const struct senses *s)
{
	return has(s, WORD_ASK | WORD_HOW);
}

static bool is_block(const struct senses *s)
{
	bool topic = has(s, WORD_ABROAD) &&
		     (has(s, WORD_BLOCK | WORD_UNWANTED) ||
		      (has(s, WORD_ON | WORD_OFF) && has(s, WORD_CALL | WORD_PHONE | WORD_SMS) &&
		       !has(s, WORD_BUSINESS)));
	bool alone = has(s, WORD_BLOCK) && has(s, WORD_OFF | WORD_QUERY | WORD_ON) &&
		     !has(s, WORD_REPORT | WORD_NUISANCE);

	if ((!topic && !alone) || s->facts->numbers > 0)
		return false;
	/* Who tells of a call from abroad reports it, unless a switch is named. */
	return !has(s, WORD_REPORT) || has(s, WORD_BLOCK);
}

static enum report_intent block_intent(const struct senses *s)
{
	if (has(s, WORD_HOW | WORD_HELP) && !has(s, WORD_QUERY))
		return REPORT_HELP;
	if (has(s, WORD_HOW) && is_question(s))
		return REPORT_HELP;
	if (has(s, WORD_QUERY) || (has(s, WORD_ASK) && has(s, WORD_ON | WORD_OFF | WORD_BLOCK)))
		return REPORT_BLOCK_QUERY;
	return has(s, WORD_OFF) ? REPORT_BLOCK_OFF : REPORT_BLOCK_ON;
}

/* --- a pasted advertisement --- */

/* 【13812345678】: brackets round a number are how some people write it. */
static bool brackets_number(const struct text *text, size_t from)
{
	size_t at = from + 1;
	while (at < text->len && text_is_digit(text->unit[at]))
		at++;
	return at > from + 1 && at < text->len && text->unit[at] == u'】';
}

/* How much the text talks like an advertisement, less how much like a person who got one. */
static int ad_score(const struct senses *s)
{
	const int *points = s->text->language->ad;
	int score = 0;
	for (size_t i = 0; i < s->count; i++)
		score += brackets_number(s->text, s->tokens[i].from) ? 0 : s->tokens[i].word->ad;
	score += s->facts->urls ? points[AD_URL] : 0;
	if (s->facts->ends_with_number && s->facts->category != REPORT_UNKNOWN)
		score += points[AD_NUMBER_AT_END];
	if (s->count > 0 && s->tokens[0].from == 0 && (s->tokens[0].word->senses & WORD_STRONG_AD))
		score += points[AD_OPENING];
	score += s->facts->starts_with_number ? points[AD_NUMBER_FIRST] : 0;
	score += s->facts->has_time ? points[AD_TIME] : 0;
	return score;
}

static bool opens_as_ad(const struct senses *s)
{
	return s->count > 0 && !brackets_number(s->text, s->tokens[0].from) &&
	       s->tokens[0].from <= 1 && (s->tokens[0].word->senses & WORD_STRONG_AD) &&
	       cue_find(s->text, s->tokens[0].from, CUE_AD_OPENING);
}

static bool is_ad(const struct senses *s)
{
	const int *points = s->text->language->ad;
	int score = ad_score(s);
	if (opens_as_ad(s))
		return !has(s, WORD_REPORT) && score >= points[AD_ENOUGH_OPENED];
	return score >= points[AD_ENOUGH];
}

/* --- questions about this service --- */

static bool is_complaint(const struct senses *s)
{
	return s->facts->numbers > 0 &&
	       (has(s, WORD_NUISANCE | WORD_GRUMBLE | WORD_CALL | WORD_SENT | WORD_NEW_CALL) ||
		s->facts->product);
}

static bool is_help(const struct senses *s)
{
	if (s->facts->numbers > 0 || has(s, WORD_NEW_CALL))
		return false;
	if (has(s, WORD_STATUS) && !has(s, WORD_HELP | WORD_HOW))
		return false;
	if (has(s, WORD_HOW) && has(s, WORD_REPORT | WORD_BLOCK | WORD_APPEAL | WORD_OUTCOME |
					       WORD_REWARD | WORD_EARLIER))
		return true;
	if (!has(s, WORD_HELP))
		return has(s, WORD_REPORT) && has(s, WORD_ASK) && !s->facts->product &&
		       !has(s, WORD_STATUS | WORD_EARLIER | WORD_NUISANCE | WORD_CALL | WORD_SMS |
				       WORD_APPEAL);
	/* "How is it cancelled" about something that is not this service's is other business. */
	if (has(s, WORD_REPORT | WORD_REWARD | WORD_BLOCK | WORD_ABROAD | WORD_ANSWERING) ||
	    names_service(s->text))
		return true;
	return !has(s, WORD_BUSINESS | WORD_ORDER | WORD_NUISANCE | WORD_CALL) &&
	       s->facts->category == REPORT_UNKNOWN;
}

static bool is_appeal(const struct senses *s)
{
	if (!has(s, WORD_APPEAL))
		return false;
	if (has(s, WORD_NEW_CALL) && is_complaint(s) && !s->facts->receipt)
		return false;
	return true;
}

static bool is_status(const struct senses *s)
{
	bool earlier = has(s, WORD_EARLIER) || s->facts->receipt;
	bool fresh = has(s, WORD_NEW_CALL) && is_complaint(s);
	if (fresh || has(s, WORD_BUSINESS))
		return earlier && has(s, WORD_STATUS) && !fresh;
	if (has(s, WORD_STATUS)) {
		if (earlier || has(s, WORD_REWARD | WORD_OUTCOME))
			return true;
		return !is_complaint(s) && !has(s, WORD_NUISANCE | WORD_CALL) &&
		       (has(s, WORD_REPORT) || !s->facts->product ||
			s->facts->category == REPORT_DATA_PACK); /* what the reward consists of */
	}
	if (s->facts->receipt && !is_complaint(s))
		return true;
	return earlier && is_question(s) && !is_complaint(s) && !has(s, WORD_NUISANCE) &&
	       !has(s, WORD_REWARD | WORD_HELP);
}

/* --- reports --- */

static bool is_own_business(const struct senses *s)
{
	return has(s, WORD_ORDER | WORD_BUSINESS) && !s->facts->starts_with_number &&
	       !has(s, WORD_NUISANCE | WORD_REPORT | WORD_CALL | WORD_NEW_CALL | WORD_GRUMBLE);
}

static bool is_unsubscribe(const struct senses *s)
{
	return has(s, WORD_UNSUBSCRIBE) && s->facts->numbers == 0 &&
	       !has(s, WORD_REPORT | WORD_CALL) && s->facts->category == REPORT_UNKNOWN;
}

static bool has_caller(const struct senses *s)
{
	return s->facts->numbers > 0 || (s->facts->broken_number && !s->facts->any_number);
}

static bool names_caller(const struct senses *s)
{
	return has_caller(s) && !is_own_business(s);
}

static bool complains(const struct senses *s)
{
	if (has_caller(s))
		return false;
	if (has(s, WORD_REPORT))
		return !has(s, WORD_BUSINESS) || has(s, WORD_NUISANCE | WORD_CALL | WORD_SMS);
	if (has(s, WORD_NUISANCE))
		return true;
	bool contact = has(s, WORD_CALL | WORD_SMS | WORD_SENT | WORD_PHONE);
	if (contact && has(s, WORD_GRUMBLE))
		return !is_own_business(s) || has(s, WORD_CALL);
	if (has(s, WORD_ORDER) || is_own_business(s))
		return false;
	return (has(s, WORD_CALL) && s->facts->category != REPORT_UNKNOWN) ||
	       (has(s, WORD_SMS) && s->facts->product) ||
	       (has(s, WORD_GRUMBLE) && has(s, WORD_NEW_CALL) && s->facts->product);
}

static enum report_intent report_kind(const struct senses *s)
{
	bool called = has(s, WORD_CALL);
	bool sms = has(s, WORD_SMS | WORD_SENT);
	bool ports_only = s->facts->numbers > 0 && s->facts->ports == s->facts->numbers;

	if (ports_only && !called)
		return REPORT_SMS;
	return sms && !called ? REPORT_SMS : REPORT_CALL;
}

/* --- the first that fits wins --- */

static bool says_no_report(const struct senses *s)
{
	return has(s, WORD_NO_REPORT);
}

static bool is_block_wish(const struct senses *s)
{
	return !opens_as_ad(s) && is_block(s);
}

static bool is_bare_digits(const struct senses *s)
{
	return s->facts->digits >= BARE_DIGITS_MIN;
}

static const struct intent_rule {
	bool (*fits)(const struct senses *s);
	enum report_intent intent;
	enum report_intent (*which)(const struct senses *s); /* when there are several */
	const char *name;
	uint32_t senses; /* the words on which it rests */
} intent_rules[] = {
	{ says_no_report, REPORT_CHAT, NULL, "says that it is no report", WORD_NO_REPORT },
	{ is_block_wish, REPORT_BLOCK_ON, block_intent, "speaks of blocking what is from abroad",
	  WORD_ABROAD | WORD_BLOCK | WORD_UNWANTED | WORD_ON | WORD_OFF | WORD_QUERY | WORD_HOW |
		  WORD_HELP | WORD_ASK },
	{ is_ad, REPORT_SPAM_FORWARD, NULL, "talks as advertisements do",
	  WORD_AD | WORD_STRONG_AD },
	{ is_help, REPORT_HELP, NULL, "asks about this service",
	  WORD_HELP | WORD_HOW | WORD_ASK | WORD_REPORT | WORD_REWARD | WORD_BLOCK },
	{ is_appeal, REPORT_APPEAL, NULL, "disputes an outcome", WORD_APPEAL },
	{ is_status, REPORT_STATUS_QUERY, NULL, "asks after an earlier report",
	  WORD_STATUS | WORD_EARLIER | WORD_OUTCOME | WORD_REWARD | WORD_ASK | WORD_HOW },
	{ is_unsubscribe, REPORT_UNSUBSCRIBE, NULL, "wants no more texts", WORD_UNSUBSCRIBE },
	{ names_caller, REPORT_CALL, report_kind, "names who called or wrote",
	  WORD_REPORT | WORD_NUISANCE | WORD_GRUMBLE | WORD_CALL | WORD_SMS | WORD_SENT },
	{ complains, REPORT_CALL, report_kind, "complains of a call or message",
	  WORD_REPORT | WORD_NUISANCE | WORD_GRUMBLE | WORD_CALL | WORD_PHONE | WORD_SMS |
		  WORD_SENT | WORD_NEW_CALL },
	{ is_bare_digits, REPORT_CALL, NULL, "nothing but digits", 0 },
};

static enum report_intent by_rule(const struct text *text, enum report_intent intent,
				  const char *rule, uint32_t senses)
{
	if (text->notes)
		text_note_add(text->notes, &(struct text_note){ .kind = NOTE_INTENT,
								.rule = rule,
								.to = text->len,
								.senses = senses });
	return intent;
}

static enum report_intent read_words(const struct senses *s)
{
	for (size_t i = 0; i < sizeof(intent_rules) / sizeof(intent_rules[0]); i++) {
		const struct intent_rule *rule = &intent_rules[i];
		if (rule->fits(s))
			return by_rule(s->text, rule->which ? rule->which(s) : rule->intent,
				       rule->name, rule->senses);
	}
	return by_rule(s->text, REPORT_CHAT, "no other rule fits", 0);
}

enum report_intent intent_read(const struct text *text, const struct token *tokens, size_t count,
			       const struct intent_facts *facts, enum report_scope *scope)
{
	struct senses s = { .text = text, .tokens = tokens, .count = count, .facts = facts };
	struct keyword_reading within;
	enum report_intent intent;

	*scope = REPORT_SCOPE_BOTH;
	if (!text->has_word)
		return by_rule(text, REPORT_EMPTY, "no letter, digit or ideograph", 0);
	if (keyword_intent(facts->keyword.sense, &intent)) {
		*scope = facts->keyword.scope;
		return by_rule(text, intent, "keyword", 0);
	}
	for (size_t i = 0; i < count; i++)
		s.all |= tokens[i].word->senses;
	if (keyword_shield_within(facts->keywords, text, &within)) {
		if (has(&s, WORD_HOW))
			return by_rule(text, REPORT_HELP, "asks about a keyword", WORD_HOW);
		keyword_intent(within.sense, &intent);
		*scope = within.scope;
		return by_rule(text, intent, "blocking keyword among other words", 0);
	}
	intent = read_words(&s);
	if (intent == REPORT_BLOCK_ON || intent == REPORT_BLOCK_OFF || intent == REPORT_BLOCK_QUERY)
		*scope = scope_of(&s);
	return intent;
}
