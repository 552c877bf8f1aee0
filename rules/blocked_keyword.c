/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/blocked_keyword.h"

#include <stdbool.h>
#include <string.h>

#include "rules/language.h"
#include "rules/text_fold.h"

static size_t skip(const struct text *text, size_t at)
{
	while (at < text->len && !text_is_word(text->unit[at]) && text->unit[at] != '+')
		at++;
	return at;
}

/* Behind the word when it stands there, with whatever between its letters; `at` when not. A latin
 * one ends where the letters end. */
static size_t skip_word(const struct text *text, size_t at, const struct keyword_word *word)
{
	size_t end = at;

	for (size_t i = 0; i < word->len; i++, end++) {
		while (i > 0 && end < text->len && !text_is_word(text->unit[end]))
			end++;
		if (end >= text->len || text->unit[end] != word->unit[i])
			return at;
	}
	if (end < text->len && text_is_latin(text->unit[end - 1]) && text_is_latin(text->unit[end]))
		return at;
	return end;
}

/* Behind the longest keyword that stands there, with its sense; `at` when none does. */
static size_t skip_keyword(const struct keyword_set *set, const struct text *text, size_t at,
			   enum keyword_sense *sense)
{
	size_t longest = at, count;
	const struct keyword_word *const *words =
		keyword_set_group(set, KEYWORD_GROUP_BLOCKED, &count);

	for (size_t i = 0; i < count; i++) {
		size_t end = skip_word(text, at, words[i]);

		if (end <= longest)
			continue;
		longest = end;
		*sense = words[i]->sense;
	}
	return longest;
}

static bool is_digit_at(const struct text *text, size_t at)
{
	return at < text->len && text->unit[at] >= '1' && text->unit[at] <= '9';
}

/* "2", "第2个": its end, or `at`. */
static size_t read_place(const struct text *text, size_t at, int *place)
{
	size_t from = text_at(text, at, u"第") ? at + 1 : at;

	if (!is_digit_at(text, from))
		return at;
	*place = text->unit[from++] - '0';
	return text_at(text, from, u"个") || text_at(text, from, u"条") ? from + 1 : from;
}

static bool read_sender(const struct numbering *plan, const struct text *text, size_t at,
			struct number *out)
{
	char argument[BLOCKED_KEYWORD_TEXT_MAX + 1];
	size_t len = 0;

	for (; at < text->len && len < sizeof(argument) - 1; at++) {
		char16_t c = text->unit[at] == '\n' ? ' ' : text->unit[at];

		if (c < ' ' || c > '~')
			return false;
		argument[len++] = (char)c;
	}
	while (len > 0 && argument[len - 1] == ' ')
		len--;
	/* Of a name, 5 is the type. */
	return number_read(plan, argument, len, out) == 0 ||
	       number_from_address(plan, 5, argument, len, out) == 0;
}

static bool read_argument(const struct numbering *plan, const struct text *text, size_t at,
			  struct blocked_request *out)
{
	int place = 0;
	size_t end = read_place(text, at, &place);

	if (end > at && skip(text, end) == text->len) {
		out->place = place;
		return true;
	}
	return read_sender(plan, text, at, &out->sender);
}

struct blocked_request blocked_keyword_read(const struct language *language,
					    const struct keyword_set *keywords, const char *utf8,
					    size_t len)
{
	char16_t unit[BLOCKED_KEYWORD_TEXT_MAX];
	uint8_t mark[BLOCKED_KEYWORD_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };
	const struct blocked_request none = { 0 };
	struct blocked_request request = { 0 };
	size_t from;
	size_t end;

	/* Most texts begin with a number, or are longer. */
	if (len == 0 || len > BLOCKED_KEYWORD_TEXT_MAX || text_is_digit((unsigned char)utf8[0]))
		return none;
	text_fold(language, utf8, len, &text);
	from = skip(&text, 0);
	end = skip_keyword(keywords, &text, from, &request.sense);
	if (request.sense == KEYWORD_NONE)
		return none;
	end = skip(&text, end);
	if (end == text.len)
		return request;
	if (request.sense != KEYWORD_RELEASE ||
	    !read_argument(language->numbering, &text, end, &request))
		return none;
	return request;
}
