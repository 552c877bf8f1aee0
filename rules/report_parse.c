/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_parse.c - the readers one after the other: fold, take out what is no number, read times,
 * find numbers, give them roles, read intent and category.
 */
#include "rules/report_parse.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/category_read.h"
#include "rules/intent_read.h"
#include "rules/keyword_read.h"
#include "rules/language.h"
#include "rules/lexicon.h"
#include "rules/number_find.h"
#include "rules/number_role.h"
#include "rules/report_explain.h"
#include "rules/text_fold.h"
#include "rules/text_trap.h"
#include "rules/time_read.h"

enum { SHORT_TEXT_MAX = 1024 }; /* octets that are read on the stack */

struct work {
	struct text text;
	struct token *tokens;
	size_t token_count;
	struct numbers_found found;
	enum number_role roles[NUMBER_FOUND_MAX];
};

static const char *const intent_names[] = {
	[REPORT_EMPTY] = "empty",
	[REPORT_BLOCK_ON] = "block_on",
	[REPORT_BLOCK_OFF] = "block_off",
	[REPORT_BLOCK_QUERY] = "block_query",
	[REPORT_HELP] = "help",
	[REPORT_APPEAL] = "appeal",
	[REPORT_STATUS_QUERY] = "status_query",
	[REPORT_SMS] = "report_sms",
	[REPORT_CALL] = "report_call",
	[REPORT_SPAM_FORWARD] = "spam_forward",
	[REPORT_UNSUBSCRIBE] = "unsubscribe",
	[REPORT_CHAT] = "chat",
};
static_assert(sizeof(intent_names) / sizeof(intent_names[0]) == REPORT_INTENT_COUNT,
	      "a name for each intent");

static const char *const category_names[] = {
	[REPORT_BROADBAND] = "broadband", [REPORT_PLAN_UPGRADE] = "plan_upgrade",
	[REPORT_DATA_PACK] = "data_pack", [REPORT_POINTS] = "points",
	[REPORT_DEVICE] = "device",	  [REPORT_INSURANCE] = "insurance",
	[REPORT_LOAN] = "loan",		  [REPORT_OTHER] = "other",
	[REPORT_UNKNOWN] = "unknown",
};
static_assert(sizeof(category_names) / sizeof(category_names[0]) == REPORT_CATEGORY_COUNT,
	      "a name for each category");

static const char *const scope_names[] = {
	[REPORT_SCOPE_BOTH] = "both",
	[REPORT_SCOPE_CALL] = "call",
	[REPORT_SCOPE_SMS] = "sms",
};
static_assert(sizeof(scope_names) / sizeof(scope_names[0]) == REPORT_SCOPE_COUNT,
	      "a name for each scope");

const char *report_intent_name(enum report_intent intent)
{
	return intent < REPORT_INTENT_COUNT ? intent_names[intent] : "chat";
}

const char *report_category_name(enum report_category category)
{
	return category < REPORT_CATEGORY_COUNT ? category_names[category] : "unknown";
}

const char *report_scope_name(enum report_scope scope)
{
	return scope < REPORT_SCOPE_COUNT ? scope_names[scope] : "both";
}

static bool counts_in(enum report_intent intent, enum number_role role)
{
	switch (intent) {
	case REPORT_SPAM_FORWARD:
		return role != ROLE_MENTIONED;
	case REPORT_CALL:
	case REPORT_SMS:
	case REPORT_STATUS_QUERY:
	case REPORT_APPEAL:
		return role == ROLE_CALLER;
	case REPORT_EMPTY:
	case REPORT_BLOCK_ON:
	case REPORT_BLOCK_OFF:
	case REPORT_BLOCK_QUERY:
	case REPORT_HELP:
	case REPORT_UNSUBSCRIBE:
	case REPORT_CHAT:
	case REPORT_INTENT_COUNT:
		break;
	}
	return false;
}

static bool is_report(enum report_intent intent)
{
	return intent == REPORT_CALL || intent == REPORT_SMS;
}

static bool wants_number(const struct report_reading *r)
{
	return (is_report(r->intent) || r->intent == REPORT_SPAM_FORWARD) && r->number_count == 0;
}

/* Where the words of a reported message begin: behind an opening quote or bracket. */
static size_t quote_start(const struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (cue_find(text, i, CUE_QUOTE))
			return i;
	}
	return text->len;
}

static void add_number(struct report_reading *r, const struct number_found *found)
{
	size_t i = 0;
	while (i < r->number_count && strcmp(r->numbers[i].text, found->number.text) != 0)
		i++;
	if (i == REPORT_NUMBERS_MAX)
		return;
	if (i == r->number_count) {
		r->numbers[r->number_count++] = found->number;
		r->alike[i] = found->alike;
	} else if (!r->alike[i].kind) {
		r->alike[i] = found->alike;
	}
}

static void choose_numbers(const struct work *w, struct report_reading *r)
{
	size_t quote = w->text.len;
	r->unread = w->found.unread;
	/* Contacts inside a quoted message count only when no sender stands before it. */
	if (r->intent == REPORT_SMS) {
		quote = quote_start(&w->text);
		if (w->found.count == 0 || w->found.list[0].from > quote)
			quote = w->text.len;
	}
	const struct number_found *last = NULL;
	for (size_t i = 0; i < w->found.count; i++) {
		const struct number_found *f = &w->found.list[i];
		if (!counts_in(r->intent, w->roles[i]) || f->from >= quote)
			continue;
		add_number(r, f);
		r->either |= last && is_report(r->intent) && number_is_either(&w->text, last, f);
		last = f;
	}
	r->either &= r->number_count > 1;
	for (size_t i = 0; i < r->number_count; i++) {
		r->official |= number_is_official(w->text.language->numbering, r->numbers[i].text);
		r->international |= number_is_foreign(r->numbers[i].text);
	}
}

/* Digits of a text that holds no letter and no word. */
static size_t bare_digits(const struct text *text)
{
	size_t digits = 0;
	for (size_t i = 0; i < text->len; i++) {
		char16_t c = text->unit[i];
		if (text_is_digit(c) || language_digit(text->language, c) >= 0)
			digits++;
		else if (text_is_latin(c) || (c >= 0x4e00 && c <= 0x9fff))
			return 0;
	}
	return digits;
}

static struct intent_facts facts_of(const struct work *w, enum report_category category)
{
	struct intent_facts f = { .category = category,
				  .digits = bare_digits(&w->text),
				  .any_number = w->found.count > 0 };
	for (size_t i = 0; i < w->found.count; i++) {
		f.numbers += w->roles[i] == ROLE_CALLER;
		f.ports += w->roles[i] == ROLE_CALLER && w->found.list[i].class == NUMBER_PORT;
	}
	f.starts_with_number = w->found.count > 0 && w->found.list[0].from <= 2;
	f.ends_with_number =
		w->found.count > 0 && w->found.list[w->found.count - 1].to + 1 >= w->text.len;
	f.broken_number = w->found.broken || w->found.unread.official[0];
	f.product = category != REPORT_UNKNOWN && category != REPORT_OTHER;
	return f;
}

/* What is no keyword may be like one, or be one all the same on its service code. */
static void read_other_keywords(const struct keyword_set *keywords, const struct work *w,
				struct report_reading *r)
{
	bool says_nothing = r->intent == REPORT_CHAT || r->intent == REPORT_EMPTY;

	if (r->keyword.sense != KEYWORD_NONE || !keywords)
		return;
	if (says_nothing || r->number_count == 0)
		keyword_read_near(keywords, &w->text, says_nothing, &r->keyword);
	/* Who only wants a number blocked complains of nothing that could be verified. */
	if (r->keyword.sense == KEYWORD_NONE && is_report(r->intent) && r->number_count == 1 &&
	    r->category == REPORT_UNKNOWN && !r->has_call_time)
		keyword_read_number_wish(keywords, &w->text, &w->found, &r->keyword);
	if (r->keyword.sense == KEYWORD_NONE &&
	    (says_nothing || is_report(r->intent) || r->intent == REPORT_SPAM_FORWARD))
		r->keyword.sense = keyword_set_otherwise(keywords);
}

static void read_text(const struct language *language, const struct keyword_set *keywords,
		      struct work *w, const char *utf8, size_t len, int64_t received_ms,
		      struct report_reading *r)
{
	struct time_window window = { 0, 0 };

	memset(r, 0, sizeof(*r));
	text_fold(language, utf8, len, &w->text);
	size_t urls = trap_take_urls(&w->text);
	bool receipt = trap_take_receipt(&w->text, r->receipt);
	trap_take_labelled(&w->text);
	w->token_count = lexicon_read(&w->text, w->tokens);
	r->has_call_time = time_read(&w->text, w->tokens, w->token_count, received_ms, &window);
	trap_take_amounts(&w->text);
	number_find(&w->text, &w->found);
	number_roles(&w->text, &w->found, w->roles);

	r->category = category_read(&w->text, w->tokens, w->token_count);
	struct intent_facts facts = facts_of(w, r->category);
	facts.urls = urls;
	facts.receipt = receipt;
	keyword_read(keywords, &w->text, receipt, &w->found, &r->keyword);
	facts.keyword = r->keyword;
	facts.keywords = keywords;
	facts.has_time = r->has_call_time;
	r->intent = intent_read(&w->text, w->tokens, w->token_count, &facts, &r->scope);
	choose_numbers(w, r);
	read_other_keywords(keywords, w, r);

	bool report = is_report(r->intent);
	r->has_call_time &= report;
	r->call_from_ms = r->has_call_time ? window.from_ms : 0;
	r->call_to_ms = r->has_call_time ? window.to_ms : 0;
	if (!report && r->intent != REPORT_SPAM_FORWARD)
		r->category = REPORT_UNKNOWN;
	r->needs_number = wants_number(r);
}

void report_forget_number(struct report_reading *r, const char *number)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->number_count; i++) {
		if (strcmp(r->numbers[i].text, number) == 0)
			continue;
		r->numbers[kept] = r->numbers[i];
		r->alike[kept++] = r->alike[i];
	}
	if (kept == r->number_count)
		return;
	memset(&r->numbers[kept], 0, sizeof(r->numbers[0]));
	r->number_count = kept;
	r->either &= kept > 1;
	r->needs_number = wants_number(r);
}

static void work_free(struct work *w)
{
	free(w->tokens);
	free(w->text.mark);
	free(w->text.unit);
}

/* Room for a text of `len` octets. */
static int work_alloc(struct work *w, size_t len)
{
	*w = (struct work){ .token_count = 0 };
	w->text.unit = calloc(len + 1, sizeof(*w->text.unit));
	w->text.mark = calloc(len + 1, sizeof(*w->text.mark));
	w->tokens = calloc(len + 1, sizeof(*w->tokens));
	if (w->text.unit && w->text.mark && w->tokens)
		return 0;
	work_free(w);
	return -ENOMEM;
}

static int read_long_text(const struct language *language, const struct keyword_set *keywords,
			  const char *utf8, size_t len, int64_t received_ms,
			  struct report_reading *out)
{
	struct work w;
	struct report_reading r;

	if (work_alloc(&w, len) < 0)
		return -ENOMEM;
	read_text(language, keywords, &w, utf8, len, received_ms, &r);
	*out = r;
	work_free(&w);
	return 0;
}

int report_parse_text(const struct language *language, const struct keyword_set *keywords,
		      const char *text, size_t len, int64_t received_ms, struct report_reading *out)
{
	char16_t unit[SHORT_TEXT_MAX];
	uint8_t mark[SHORT_TEXT_MAX];
	struct token tokens[SHORT_TEXT_MAX];
	struct work w;
	struct report_reading r;

	if (len > SHORT_TEXT_MAX)
		return read_long_text(language, keywords, text, len, received_ms, out);
	w.text.notes = NULL;
	w.text.unit = unit;
	w.text.mark = mark;
	w.tokens = tokens;
	read_text(language, keywords, &w, text, len, received_ms, &r);
	*out = r;
	return 0;
}

int report_explain_text(const struct language *language, const struct keyword_set *keywords,
			const char *text, size_t len, int64_t received_ms, report_explain_fn *show,
			void *user)
{
	struct text_notes notes = { .max = EXPLAIN_NOTES_MAX };
	struct report_reading r;
	struct work w;

	notes.list = calloc(notes.max, sizeof(*notes.list));
	if (!notes.list || work_alloc(&w, len) < 0) {
		free(notes.list);
		return -ENOMEM;
	}
	w.text.notes = &notes;
	read_text(language, keywords, &w, text, len, received_ms, &r);
	show(user, &(struct report_explained){ .reading = &r,
					       .text = &w.text,
					       .tokens = w.tokens,
					       .token_count = w.token_count,
					       .found = &w.found,
					       .roles = w.roles,
					       .notes = &notes });
	work_free(&w);
	free(notes.list);
	return 0;
}
