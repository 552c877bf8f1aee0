/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/choice_read.h"

#include <stdint.h>

#include "rules/language.h"
#include "rules/text_fold.h"

/* Octets: a longer text says in these whether it begins with a choice or a consent; most do not,
 * and are not folded whole for it. */
enum { BEGIN_MAX = 60 };

static bool is_word(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c) || (c >= 0x4e00 && c <= 0x9fff);
}

static size_t skip(const struct text *text, size_t at)
{
	while (at < text->len && !is_word(text->unit[at]))
		at++;
	return at;
}

/* Behind any number of words of the kind, and of what is no word between them. */
static size_t skip_words(const struct text *text, size_t at, enum cue_kind kind)
{
	size_t next, len;

	while ((len = cue_len(text, next = skip(text, at), kind)))
		at = next + len;
	return at;
}

static int digit_at(const struct text *text, size_t at)
{
	char16_t c = at < text->len ? text->unit[at] : 0;

	return text_is_digit(c) ? c - '0' : language_digit(text->language, c);
}

static bool goes_on(const struct text *text, size_t at)
{
	char16_t c = at < text->len ? text->unit[at] : 0;

	return text_is_digit(c) || language_digit(text->language, c) >= 0 ||
	       cue_find(text, at, CUE_CHOICE_GOES_ON);
}

/* Words of their own, set off from the choice, and no number among them. */
static bool is_rest(const struct text *text, size_t end, size_t at)
{
	if (at == end || text->unit[at] < 0x4e00)
		return false;
	if (cue_find(text, at, CUE_CHOICE_UNIT))
		return false;
	for (; at < text->len; at++)
		if (text_is_digit(text->unit[at]))
			return false;
	return true;
}

static size_t find_choice(const struct text *text)
{
	return skip(text, skip_words(text, 0, CUE_CHOICE_BEFORE));
}

static int read_choice(const struct text *text)
{
	size_t at = find_choice(text);
	int digit = digit_at(text, at);
	size_t end;

	if (digit < 1 || goes_on(text, at + 1))
		return 0;
	end = skip_words(text, at + 1, CUE_CHOICE_AFTER);
	at = skip(text, end);
	return at == text->len || is_rest(text, end, at) ? digit : 0;
}

static bool begins_with_consent(const struct text *text)
{
	size_t from = skip(text, 0);

	return from == text->len || cue_find(text, from, CUE_CONSENT);
}

static bool read_consent(const struct text *text)
{
	size_t from = skip(text, 0);

	const struct cue *consent = cue_find(text, from, CUE_CONSENT);

	while (consent && skip(text, from + consent->len) < text->len)
		consent = cue_find_next(text, from, CUE_CONSENT, consent);
	return consent != NULL;
}

int choice_read(const struct language *language, const char *utf8, size_t len)
{
	char16_t unit[CHOICE_TEXT_MAX];
	uint8_t mark[CHOICE_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };

	if (len > CHOICE_TEXT_MAX)
		return 0;
	if (len > BEGIN_MAX) {
		size_t at;

		text_fold(language, utf8, BEGIN_MAX, &text);
		at = find_choice(&text);
		/* Nothing but words that may stand before a choice: look at all of it. */
		if (at < text.len && digit_at(&text, at) < 1)
			return 0;
		text = (struct text){ .unit = unit, .mark = mark };
	}
	text_fold(language, utf8, len, &text);
	return read_choice(&text);
}

bool consent_read(const struct language *language, const char *utf8, size_t len)
{
	char16_t unit[CHOICE_TEXT_MAX];
	uint8_t mark[CHOICE_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };

	if (len > CHOICE_TEXT_MAX)
		return false;
	if (len > BEGIN_MAX) {
		text_fold(language, utf8, BEGIN_MAX, &text);
		if (!begins_with_consent(&text))
			return false;
		text = (struct text){ .unit = unit, .mark = mark };
	}
	text_fold(language, utf8, len, &text);
	return read_consent(&text);
}
