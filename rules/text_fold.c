/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/text_fold.h"

#include <string.h>
#include <unictype.h>
#include <uninorm.h>

#include "rules/language.h"

enum { REPLACEMENT = 0xfffd };

/* One code point of `in`; broken octets are taken one at a time. */
static size_t decode(const unsigned char *in, size_t len, uint32_t *cp)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (in[0] < 0x80) {
		*cp = in[0];
		return 1;
	}
	/* Ideographs and most of what stands between them: nothing else to be checked. */
	if (in[0] > 0xe0 && in[0] < 0xed && len >= 3 && (in[1] & 0xc0) == 0x80 &&
	    (in[2] & 0xc0) == 0x80) {
		*cp = (in[0] & 0xfu) << 12 | (in[1] & 0x3fu) << 6 | (in[2] & 0x3fu);
		return 3;
	}
	size_t need = in[0] >= 0xf0 ? 4 : in[0] >= 0xe0 ? 3 : 2;
	*cp = REPLACEMENT;
	if (in[0] < 0xc2 || in[0] > 0xf4 || need > len)
		return 1;
	uint32_t value = in[0] & (0xff >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (in[i] & 0x3f);
	}
	if (value < smallest[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*cp = value;
	return need;
}

static const struct fold_range *find_range(const struct fold_table *fold, uint32_t cp)
{
	size_t low = 0, high = fold->range_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (fold->ranges[mid].to < cp)
			low = mid + 1;
		else
			high = mid;
	}
	return low < fold->range_count && fold->ranges[low].from <= cp ? &fold->ranges[low] : NULL;
}

static char16_t simplify(const struct language *language, char16_t c)
{
	if (c < FOLD_HAN_FROM || c > FOLD_HAN_TO)
		return c;
	char16_t simple = language->fold.han[c - FOLD_HAN_FROM];
	return simple ? simple : c;
}

static size_t fold_by_range(const struct fold_range *range, uint32_t cp, char16_t out[2],
			    uint8_t *mark)
{
	uint32_t at = cp - range->from + range->first;
	switch (range->kind) {
	case FOLD_DROP:
		return 0;
	case FOLD_TO:
		out[0] = range->first;
		return 1;
	case FOLD_SHIFT: {
		char16_t c = (char16_t)at;
		out[0] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
		return 1;
	}
	case FOLD_DIGITS:
		out[0] = (char16_t)('0' + at % 10);
		return 1;
	case FOLD_LETTERS:
		out[0] = (char16_t)('a' + at % 26);
		return 1;
	case FOLD_KIND_COUNT:
		break;
	case FOLD_ENCLOSED:
		*mark = TEXT_ENCLOSED;
		if (at < 10) {
			out[0] = (char16_t)('0' + at);
			return 1;
		}
		out[0] = (char16_t)('0' + at / 10);
		out[1] = (char16_t)('0' + at % 10);
		return 2;
	}
	return 0;
}

/* Radicals and compatibility ideographs stand for one unified ideograph each. */
static char16_t unify(const struct language *language, uint32_t cp)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	int tag;
	if (uc_decomposition(cp, &tag, parts) != 1 || parts[0] > 0xffff)
		return (char16_t)cp;
	return simplify(language, (char16_t)parts[0]);
}

size_t text_fold_char(const struct language *language, uint32_t cp, char16_t out[2], uint8_t *mark)
{
	*mark = 0;
	if (cp >= 0x20 && cp < 0x7f) {
		out[0] = (char16_t)(cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp);
		return 1;
	}
	if (cp >= FOLD_HAN_FROM && cp <= FOLD_HAN_TO) {
		out[0] = simplify(language, (char16_t)cp);
		return 1;
	}
	const struct fold_range *range = find_range(&language->fold, cp);
	if (range)
		return fold_by_range(range, cp, out, mark);
	if ((cp >= 0x2f00 && cp <= 0x2fd5) || (cp >= 0xf900 && cp <= 0xfaff)) {
		out[0] = unify(language, cp);
		return 1;
	}
	out[0] = cp > 0xffff ? REPLACEMENT : (char16_t)cp;
	return 1;
}

static bool is_word_char(uint32_t cp, char16_t folded)
{
	if (folded < 0x80)
		return text_is_digit(folded) || text_is_latin(folded);
	if ((cp >= 0x3400 && cp <= 0x9fff) || (cp >= 0xf900 && cp <= 0xfaff))
		return true;
	return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

void text_fold(const struct language *language, const char *utf8, size_t len, struct text *text)
{
	text->language = language;
	const unsigned char *in = (const unsigned char *)utf8;
	text->len = 0;
	text->has_word = false;
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		char16_t out[2];
		uint8_t mark;
		i += decode(in + i, len - i, &cp);
		/* U+20E3 turns the digit before it into a keycap. */
		if (cp == 0x20e3 && text->len > 0 && text_is_digit(text->unit[text->len - 1]))
			text->mark[text->len - 1] |= TEXT_ENCLOSED;
		size_t n = text_fold_char(language, cp, out, &mark);
		if (n > 0 && !text->has_word)
			text->has_word = is_word_char(cp, out[0]);
		for (size_t k = 0; k < n; k++) {
			text->unit[text->len] = out[k];
			text->mark[text->len++] = mark;
		}
	}
}

size_t text_word_len(const char16_t *word)
{
	size_t n = 0;
	while (word[n])
		n++;
	return n;
}

bool text_rest_at(const struct text *text, size_t at, const char16_t *word)
{
	for (word++, at++; *word; word++, at++) {
		if (at >= text->len || text->unit[at] != *word)
			return false;
	}
	return true;
}

bool text_before(const struct text *text, size_t end, const char16_t *word)
{
	size_t n = text_word_len(word);
	return n <= end && text_at(text, end - n, word);
}

void text_take(struct text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to && i < text->len; i++)
		text->mark[i] |= TEXT_TAKEN;
}
