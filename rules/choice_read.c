/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/choice_read.h"

#include <stdint.h>

#include "rules/text_fold.h"

/* Longer words before those that they begin with. */
static const char16_t *const before[] = {
	u"我要举报", u"我要选", u"我选择", u"我选",   u"选择", u"举报", u"回复",
	u"序号",     u"就是",	u"应该是", u"我",     u"选",   u"是",	u"回",
	u"第",	     u"号码",	u"option", u"number", u"no",   u"the",
};
static const char16_t *const after[] = {
	u"个号码", u"个电话", u"号电话", u"号来电", u"那个", u"这个", u"号码",	 u"电话",
	u"来电",   u"谢谢",   u"个",	 u"号",	    u"条",   u"位",   u"项",	 u"吧",
	u"的",	   u"st",     u"nd",	 u"rd",	    u"th",   u"one",  u"please",
};
/* What makes a digit before it a time, a sum or a count, also across a blank. */
static const char16_t not_rest[] = u"点时月日天号分秒年元块次个人折遍岁";

static const char16_t *const consents[] = {
	u"是",	 u"是的", u"是啊",     u"是呀", u"是这个", u"是它",    u"对",	  u"对的",
	u"对啊", u"对对", u"嗯",       u"嗯嗯", u"没错",   u"不错",    u"就是",	  u"就是它",
	u"正确", u"确认", u"就是这个", u"好",	u"好的",   u"对是的",  u"是的对", u"y",
	u"yes",	 u"ok",	  u"yep",      u"yeah", u"right",  u"correct", u"shi",	  u"dui",
};

/* Octets: a longer text says in these whether it begins with a choice or a consent; most do not,
 * and are not folded whole for it. */
enum { BEGIN_MAX = 60 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

/* Behind any number of the words, and of what is no word between them. */
static size_t skip_words(const struct text *text, size_t at, const char16_t *const *words,
			 size_t count)
{
	size_t next = skip(text, at);

	for (size_t i = 0; i < count; i++) {
		if (!text_at(text, next, words[i]))
			continue;
		at = next + text_word_len(words[i]);
		next = skip(text, at);
		i = (size_t)-1; /* from the first one again */
	}
	return at;
}

static int digit_at(const struct text *text, size_t at)
{
	char16_t c = at < text->len ? text->unit[at] : 0;

	return text_is_digit(c) ? c - '0' : text_chinese_digit(c);
}

static bool goes_on(const struct text *text, size_t at)
{
	char16_t c = at < text->len ? text->unit[at] : 0;

	return text_is_digit(c) || text_chinese_digit(c) >= 0 || c == u'十' || c == u'百';
}

/* Words of their own, set off from the choice, and no number among them. */
static bool is_rest(const struct text *text, size_t end, size_t at)
{
	if (at == end || text->unit[at] < 0x4e00)
		return false;
	for (size_t i = 0; not_rest[i]; i++)
		if (text->unit[at] == not_rest[i])
			return false;
	for (; at < text->len; at++)
		if (text_is_digit(text->unit[at]))
			return false;
	return true;
}

static size_t find_choice(const struct text *text)
{
	return skip(text, skip_words(text, 0, before, COUNT_OF(before)));
}

static int read_choice(const struct text *text)
{
	size_t at = find_choice(text);
	int digit = digit_at(text, at);
	size_t end;

	if (digit < 1 || goes_on(text, at + 1))
		return 0;
	end = skip_words(text, at + 1, after, COUNT_OF(after));
	at = skip(text, end);
	return at == text->len || is_rest(text, end, at) ? digit : 0;
}

static bool begins_with_consent(const struct text *text)
{
	size_t from = skip(text, 0);

	for (size_t i = 0; i < COUNT_OF(consents); i++)
		if (text_at(text, from, consents[i]))
			return true;
	return from == text->len;
}

static bool read_consent(const struct text *text)
{
	size_t from = skip(text, 0);

	for (size_t i = 0; i < COUNT_OF(consents); i++)
		if (text_at(text, from, consents[i]) &&
		    skip(text, from + text_word_len(consents[i])) == text->len)
			return true;
	return false;
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
