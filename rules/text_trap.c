/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/text_trap.h"

#include <string.h>

#include "rules/cue.h"
#include "rules/language.h"
#include "rules/text_note.h"

static bool is_alnum(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c);
}

static bool one_of(char16_t c, const char16_t *set)
{
	for (; *set; set++) {
		if (*set == c)
			return true;
	}
	return false;
}

/* --- web addresses --- */

enum { ADDRESS_BACK_MAX = 64 };

static bool is_domain_end(const struct text *text, size_t dot)
{
	size_t end = dot + 1;
	while (end < text->len && text_is_latin(text->unit[end]))
		end++;
	if (end < text->len && (text_is_digit(text->unit[end]) || text->unit[end] == '@'))
		return false;
	const struct cue *domain = cue_find(text, dot + 1, CUE_DOMAIN);
	while (domain && domain->len != end - dot - 1)
		domain = cue_find_next(text, dot + 1, CUE_DOMAIN, domain);
	return domain != NULL;
}

static size_t address_end(const struct text *text, size_t at)
{
	while (at < text->len &&
	       (is_alnum(text->unit[at]) || one_of(text->unit[at], u"./?=&_%#~:+-")))
		at++;
	return at;
}

static size_t address_start(const struct text *text, size_t dot)
{
	size_t from = dot;
	while (from > 0 && dot - from < ADDRESS_BACK_MAX &&
	       (is_alnum(text->unit[from - 1]) || one_of(text->unit[from - 1], u"./:_-")))
		from--;
	if (from == 0 || text->unit[from - 1] != '@')
		return from;
	/* The user before the @ of a sip: address is a telephone number. */
	size_t user = from - 1;
	while (user > 0 && from - user < ADDRESS_BACK_MAX &&
	       (is_alnum(text->unit[user - 1]) || one_of(text->unit[user - 1], u"._+:-")))
		user--;
	if (text_at(text, user, u"sip:") || text_at(text, user, u"sips:") ||
	    text_at(text, user, u"tel:"))
		return from - 1;
	return user;
}

size_t trap_take_urls(struct text *text)
{
	size_t count = 0;
	for (size_t i = 0; i < text->len; i++) {
		size_t from;
		if (text_at(text, i, u"://") || (text->unit[i] == 'w' && text_at(text, i, u"www.")))
			from = i;
		else if (text->unit[i] == '.' && i > 0 && is_alnum(text->unit[i - 1]) &&
			 is_domain_end(text, i))
			from = address_start(text, i);
		else
			continue;
		size_t end = address_end(text, i);
		text_take(text, from, end);
		text_note(text, NOTE_TAKEN, "web or mail address", from, end);
		i = end;
		count++;
	}
	return count;
}

/* --- labels --- */

enum { LABEL_FILL_MAX = 6 };

/* Steps over one filler before `at`; returns `at` when there is none. */
static size_t step_back(const struct text *text, size_t at)
{
	/* "the last six digits", in digits or words */
	if (at >= 3 && text->unit[at - 1] == u'位' && text->unit[at - 3] == u'后')
		return at - 3;
	if (at > 0 && one_of(text->unit[at - 1], u" :.#=是为\"(号码叫[,/后"))
		return at - 1;
	return at;
}

/* The label that ends before `at` or before fillers there; its end, or 0. */
static size_t label_before(const struct text *text, size_t at)
{
	for (size_t steps = 0; at > 0 && steps <= LABEL_FILL_MAX; steps++) {
		if (cue_find(text, at, CUE_SAME_NUMBER))
			return 0;
		if (cue_find(text, at, CUE_LABEL))
			return at;
		size_t next = step_back(text, at);
		if (next == at)
			return 0;
		at = next;
	}
	return 0;
}

static size_t token_end(const struct text *text, size_t at)
{
	while (at < text->len && (is_alnum(text->unit[at]) || text->unit[at] == '_'))
		at++;
	return at;
}

static size_t digits_end(const struct text *text, size_t at)
{
	while (at < text->len && text_is_digit(text->unit[at]))
		at++;
	return at;
}

/* Card and order numbers come in groups; a group with a date or clock sign behind is none. */
static size_t groups_end(const struct text *text, size_t at)
{
	for (;;) {
		size_t next = at + 1, end;
		if (at >= text->len || (text->unit[at] != ' ' && text->unit[at] != '-'))
			return at;
		end = digits_end(text, next);
		if (end - next < 3 || end - next > 8 ||
		    (end < text->len && one_of(text->unit[end], u"月日号点时:分年/-.")))
			return at;
		at = end;
	}
}

static bool is_phone(const struct text *text, size_t from, size_t to)
{
	char digits[16];
	struct number number;
	if (to - from >= sizeof(digits))
		return false;
	for (size_t i = from; i < to; i++)
		digits[i - from] = (char)text->unit[i];
	return numbering_read(text->language->numbering, false, digits, to - from, &number) == 0;
}

static void take_if_labelled(struct text *text, size_t at)
{
	size_t start = at;
	while (start > 0 && (text_is_latin(text->unit[start - 1]) || text->unit[start - 1] == '_'))
		start--;
	size_t end = digits_end(text, at);
	/* The label may be the letters right before the digits, or stand before all of them. */
	size_t label = label_before(text, at);
	if (!label && start < at)
		label = label_before(text, start);
	if (!label || (cue_find(text, label, CUE_AMOUNT_LABEL) && is_phone(text, at, end)))
		return;
	end = groups_end(text, token_end(text, at));
	text_take(text, start, end);
	text_note_cue(text, NOTE_TAKEN, "label before it", start, end);
}

void trap_take_labelled(struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (!text_is_digit(text->unit[i]))
			continue;
		if (!(text->mark[i] & TEXT_TAKEN))
			take_if_labelled(text, i);
		i = digits_end(text, i);
	}
}

/* --- amounts --- */

enum { AMOUNT_MAX = 6, CODE_MIN = 5 };

/* One of several groups of digits: part of a number, unless a price says otherwise. */
static bool is_group(const struct text *text, size_t from)
{
	return from >= 2 && one_of(text->unit[from - 1], u" -.") &&
	       text_is_digit(text->unit[from - 2]) && !(text->mark[from - 2] & TEXT_TAKEN);
}

/* The digit for which the unit at `at` may stand, -1 for none. */
static int digit_at(const struct text *text, size_t at)
{
	char16_t c = text->unit[at];
	if (text->mark[at] & TEXT_TAKEN)
		return -1;
	if (text_is_digit(c))
		return c - '0';
	int letter = language_letter(text->language, c);
	return letter >= 0 ? letter : language_digit(text->language, c);
}

enum { CHAIN_DIGITS_MAX = 24, CHAIN_SEPARATORS_MAX = 3 };

/* Digits that end before `to`, and where they begin, without and with separators. */
struct chain {
	char reversed[CHAIN_DIGITS_MAX];
	size_t len;
	bool plus;
};

static void chain_back(const struct text *text, size_t to, struct chain *chain)
{
	size_t separators = 0;
	*chain = (struct chain){ .len = 0 };
	for (size_t at = to; at > 0 && chain->len < CHAIN_DIGITS_MAX; at--) {
		int digit = digit_at(text, at - 1);
		if (digit >= 0) {
			chain->reversed[chain->len++] = (char)('0' + digit);
			separators = 0;
			continue;
		}
		chain->plus = text->unit[at - 1] == '+';
		if (!one_of(text->unit[at - 1], u" \n-./_,、()*") ||
		    ++separators > CHAIN_SEPARATORS_MAX)
			return;
	}
}

static bool chain_is_number(const struct numbering *plan, const struct chain *chain)
{
	char digits[CHAIN_DIGITS_MAX];
	struct number number;
	for (size_t i = 0; i < chain->len; i++)
		digits[i] = chain->reversed[chain->len - 1 - i];
	return chain->len >= CODE_MIN &&
	       numbering_read(plan, chain->plus, digits, chain->len, &number) == 0;
}

/* The last digits of a number that was written in groups or in several writings: what stands before
 * them is no number by itself, but the whole is one. */
static bool ends_number(const struct text *text, size_t from, size_t to)
{
	struct chain whole, before;
	chain_back(text, to, &whole);
	if (whole.len <= to - from || !chain_is_number(text->language->numbering, &whole))
		return false;
	chain_back(text, from, &before);
	return !chain_is_number(text->language->numbering, &before);
}

/* "10 minutes" is an amount, "10 mobile" is none. */
static bool has_unit(const struct text *text, size_t unit)
{
	size_t end = unit;
	if (!cue_find(text, unit, CUE_UNIT))
		return false;
	while (end < text->len && text_is_latin(text->unit[end]))
		end++;
	return end - unit <= 2 || cue_find(text, unit, CUE_LATIN_UNIT);
}

/* Notes what makes the digits an amount; false when they are none. */
static bool is_amount(const struct text *text, size_t from, size_t to)
{
	size_t unit = to;
	if (to - from > AMOUNT_MAX)
		return false;
	if (cue_find(text, from, CUE_CURRENCY)) {
		text_note_cue(text, NOTE_TAKEN, "currency before it", from, to);
		return true;
	}
	if (unit < text->len && text->unit[unit] == ' ')
		unit++;
	bool strong = (to - from >= CODE_MIN && is_phone(text, from, to)) ||
		      (to - from >= 3 && (unit > to || is_group(text, from)));
	if (!strong && cue_find(text, from, CUE_ORDINAL)) {
		text_note_cue(text, NOTE_TAKEN, "ordinal", from, to);
		return true;
	}
	if (strong ? !cue_find(text, unit, CUE_STRONG_UNIT)
		   : !has_unit(text, unit) || ends_number(text, from, to))
		return false;
	text_note_cue(text, NOTE_TAKEN, "unit behind it", from, to);
	return true;
}

void trap_take_amounts(struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (!text_is_digit(text->unit[i]))
			continue;
		size_t end = digits_end(text, i);
		if (!(text->mark[i] & TEXT_TAKEN) && is_amount(text, i, end))
			text_take(text, i, end);
		i = end;
	}
}

/* --- receipts --- */

enum { RECEIPT_SHORT = 8, RECEIPT_LONG = 15 };

/* Collects letters and digits from `at`, over single spaces; returns where it ended. */
static size_t collect(const struct text *text, size_t at, bool spaces, char *out, size_t *len)
{
	*len = 0;
	while (at < text->len) {
		char16_t c = text->unit[at];
		if (is_alnum(c)) {
			if (*len == RECEIPT_LONG + 1)
				break;
			out[(*len)++] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
		} else if (!spaces || (c != ' ' && c != '-') || at + 1 >= text->len ||
			   !is_alnum(text->unit[at + 1]) || *len >= RECEIPT_SHORT) {
			break;
		}
		at++;
	}
	return at;
}

static bool is_receipt(const char *text, size_t len)
{
	size_t digits = 0;
	for (size_t i = 1; i < len; i++)
		digits += text[i] >= '0' && text[i] <= '9';
	return (len == RECEIPT_SHORT && digits > 0) || (len == RECEIPT_LONG && digits == len - 1);
}

/* Letters alone before a space are a word and no part of a receipt: "report 95". */
static bool begins_with_word(const struct text *text, size_t at)
{
	enum { WORD_MIN = 5 };
	size_t end = at;
	while (end < text->len && text_is_latin(text->unit[end]))
		end++;
	return end - at >= WORD_MIN && end < text->len && !is_alnum(text->unit[end]);
}

bool trap_take_receipt(struct text *text, char receipt[REPORT_RECEIPT_MAX])
{
	char found[RECEIPT_LONG + 1];
	size_t len;

	receipt[0] = '\0';
	for (size_t i = 0; i < text->len; i++) {
		if (text->unit[i] != 'r' || (i > 0 && is_alnum(text->unit[i - 1])) ||
		    (text->mark[i] & TEXT_TAKEN))
			continue;
		size_t end = collect(text, i, false, found, &len);
		if (!is_receipt(found, len) && !begins_with_word(text, i))
			end = collect(text, i, true, found, &len);
		if (!is_receipt(found, len))
			continue;
		text_take(text, i, end);
		text_note(text, NOTE_TAKEN, "receipt number", i, end);
		if (!receipt[0]) {
			memcpy(receipt, found, len);
			receipt[len] = '\0';
		}
		i = end;
	}
	return receipt[0] != '\0';
}
