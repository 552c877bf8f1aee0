/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/intent_keyword.h"

#include <string.h>

enum { COMPACT_MAX = 12 }; /* one more than the longest keyword */

static const struct keyword {
	const char16_t *text;
	enum report_intent intent;
	bool receipt; /* a receipt number may stand with it */
} keywords[] = {
	{ u"cxpb", REPORT_BLOCK_QUERY, false },
	{ u"查询屏蔽", REPORT_BLOCK_QUERY, false },
	{ u"cxjb", REPORT_STATUS_QUERY, true },
	{ u"查询举报", REPORT_STATUS_QUERY, true },
	{ u"查询", REPORT_STATUS_QUERY, true },
	{ u"查", REPORT_STATUS_QUERY, true },
	{ u"ss", REPORT_APPEAL, true },
	{ u"申诉", REPORT_APPEAL, true },
	{ u"bz", REPORT_HELP, false },
	{ u"help", REPORT_HELP, false },
	{ u"帮助", REPORT_HELP, false },
	{ u"td", REPORT_UNSUBSCRIBE, false },
	{ u"t", REPORT_UNSUBSCRIBE, false },
	{ u"退订", REPORT_UNSUBSCRIBE, false },
	{ u"拒收", REPORT_UNSUBSCRIBE, false },
	{ u"stop", REPORT_UNSUBSCRIBE, false },
	{ u"tt", REPORT_UNSUBSCRIBE, false },
	{ u"回t", REPORT_UNSUBSCRIBE, false },
	{ u"回复t", REPORT_UNSUBSCRIBE, false },
	{ u"回复td", REPORT_UNSUBSCRIBE, false },
	{ u"退定", REPORT_UNSUBSCRIBE, false },
	{ u"我要退订", REPORT_UNSUBSCRIBE, false },
	{ u"unsubscribe", REPORT_UNSUBSCRIBE, false },
};

static bool is_text(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c) || (c >= 0x4e00 && c <= 0x9fff);
}

bool intent_block_keyword_at(const struct text *text, size_t at, enum report_intent *intent,
			     enum report_scope *scope)
{
	static const struct {
		const char16_t *text;
		enum report_intent intent;
	} verbs[] = { { u"kt", REPORT_BLOCK_ON },
		      { u"qx", REPORT_BLOCK_OFF },
		      { u"gb", REPORT_BLOCK_OFF },
		      { u"cx", REPORT_BLOCK_QUERY } };

	if (!text_is_latin(text->unit[at]) || (at > 0 && text_is_latin(text->unit[at - 1])))
		return false;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t end = at + 2;
		enum report_scope found = REPORT_SCOPE_BOTH;
		if (!text_at(text, at, verbs[i].text) ||
		    (!text_at(text, end, u"jw") && !text_at(text, end, u"gj")))
			continue;
		end += 2;
		if (text_at(text, end, u"ld"))
			found = REPORT_SCOPE_CALL;
		else if (text_at(text, end, u"dx"))
			found = REPORT_SCOPE_SMS;
		end += found == REPORT_SCOPE_BOTH ? 0 : 2;
		if (!text_at(text, end, u"pb") ||
		    (end + 2 < text->len && text_is_latin(text->unit[end + 2])))
			continue;
		*intent = verbs[i].intent;
		*scope = found;
		return true;
	}
	return false;
}

bool intent_keyword(const struct text *text, bool receipt, enum report_intent *intent,
		    enum report_scope *scope)
{
	char16_t unit[COMPACT_MAX];
	struct text compact = { .unit = unit };

	for (size_t i = 0; i < text->len; i++) {
		if (!is_text(text->unit[i]) || (receipt && (text->mark[i] & TEXT_TAKEN)))
			continue;
		if (compact.len == COMPACT_MAX)
			return false;
		unit[compact.len++] = text->unit[i];
	}
	*scope = REPORT_SCOPE_BOTH;
	if (compact.len == 0 && receipt) {
		*intent = REPORT_STATUS_QUERY;
		return true;
	}
	size_t block = compact.len;
	if ((block == 6 || block == 8) && intent_block_keyword_at(&compact, 0, intent, scope))
		return true;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		const struct keyword *k = &keywords[i];
		if (text_word_len(k->text) != compact.len || !text_at(&compact, 0, k->text) ||
		    (receipt && !k->receipt))
			continue;
		/* "Query" alone asks for nothing in particular. */
		if (!receipt && (k->text[0] == u'查' && compact.len <= 2))
			return false;
		*intent = k->intent;
		return true;
	}
	return false;
}
