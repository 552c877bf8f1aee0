/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/blocked_keyword.h"

#include <stdbool.h>
#include <string.h>

#include "rules/text_fold.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Longer words before those that they begin with. */
static const struct {
	const char16_t *text;
	enum blocked_request_kind kind;
} keywords[] = {
	{ u"查询拦截记录", BLOCKED_REQUEST_LIST },
	{ u"查看拦截记录", BLOCKED_REQUEST_LIST },
	{ u"拦截记录", BLOCKED_REQUEST_LIST },
	{ u"查询拦截", BLOCKED_REQUEST_LIST },
	{ u"查拦截", BLOCKED_REQUEST_LIST },
	{ u"屏蔽记录", BLOCKED_REQUEST_LIST },
	{ u"cxlj", BLOCKED_REQUEST_LIST },
	{ u"ljjl", BLOCKED_REQUEST_LIST },
	{ u"blocked", BLOCKED_REQUEST_LIST },
	{ u"放行", BLOCKED_REQUEST_RELEASE },
	{ u"fx", BLOCKED_REQUEST_RELEASE },
	{ u"release", BLOCKED_REQUEST_RELEASE },
	{ u"取消每日汇总", BLOCKED_REQUEST_DIGEST_OFF },
	{ u"关闭每日汇总", BLOCKED_REQUEST_DIGEST_OFF },
	{ u"qxzb", BLOCKED_REQUEST_DIGEST_OFF },
	{ u"digest off", BLOCKED_REQUEST_DIGEST_OFF },
	{ u"开通每日汇总", BLOCKED_REQUEST_DIGEST_ON },
	{ u"每日汇总", BLOCKED_REQUEST_DIGEST_ON },
	{ u"ktzb", BLOCKED_REQUEST_DIGEST_ON },
	{ u"zb", BLOCKED_REQUEST_DIGEST_ON },
	{ u"digest on", BLOCKED_REQUEST_DIGEST_ON },
};

static bool is_word(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c) || (c >= 0x4e00 && c <= 0x9fff);
}

static size_t skip(const struct text *text, size_t at)
{
	while (at < text->len && !is_word(text->unit[at]) && text->unit[at] != '+')
		at++;
	return at;
}

/* Behind the keyword that stands there, with its kind; `at` when none does. A latin one ends where
 * the letters end. */
static size_t skip_keyword(const struct text *text, size_t at, enum blocked_request_kind *kind)
{
	for (size_t i = 0; i < COUNT_OF(keywords); i++) {
		size_t end = at + text_word_len(keywords[i].text);

		if (!text_at(text, at, keywords[i].text))
			continue;
		if (end < text->len && text_is_latin(text->unit[end - 1]) &&
		    text_is_latin(text->unit[end]))
			continue;
		*kind = keywords[i].kind;
		return end;
	}
	return at;
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
					    const struct numbering *plan, const char *utf8,
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
	end = skip_keyword(&text, from, &request.kind);
	if (request.kind == BLOCKED_REQUEST_NONE)
		return none;
	end = skip(&text, end);
	if (end == text.len)
		return request;
	if (request.kind != BLOCKED_REQUEST_RELEASE || !read_argument(plan, &text, end, &request))
		return none;
	return request;
}
