/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_alike.h"

#include <assert.h>
#include <string.h>

#include "rules/numbering.h"
#include "rules/text_fold.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { WRITTEN_MAX = 128, DIGITS_MAX = 20, EXTRA_MAX = 3 };

static const char *const officials[] = { "10085", "10086" };
enum { OFFICIAL_LEN = 5 };

/* The operator's own numbers below them. */
static const char *const genuine[] = { "1008611", "10086999" };

static const char *const names[] = {
	[ALIKE_NONE] = "none", [ALIKE_LETTERS] = "letters",   [ALIKE_COUNTRY] = "country",
	[ALIKE_ZERO] = "zero", [ALIKE_REPEATED] = "repeated", [ALIKE_LONGER] = "longer",
	[ALIKE_TAIL] = "tail",
};
static_assert(COUNT(names) == ALIKE_COUNT, "a name for each kind");

const char *number_alike_name(enum number_alike kind)
{
	return kind < ALIKE_COUNT ? names[kind] : "none";
}

/* Digits without what stands before them. */
struct stripped {
	const char *digits;
	size_t len;
	bool country, zero;
};

static void strip_zeros(struct stripped *s)
{
	while (s->len > 0 && s->digits[0] == '0') {
		s->digits++;
		s->len--;
		s->zero = true;
	}
}

static struct stripped strip(bool plus, const char *digits, size_t len)
{
	struct stripped s = { .digits = digits, .len = len, .zero = plus };
	strip_zeros(&s);
	if (s.len >= 2 + OFFICIAL_LEN && memcmp(s.digits, "86", 2) == 0) {
		s.country = true;
		s.digits += 2;
		s.len -= 2;
		strip_zeros(&s);
	}
	return s;
}

/* Both have the same digits in the same order, but some of `longer` stand there once more. */
static bool repeats(const char *longer, size_t len, const char *official)
{
	size_t at = 0;
	for (const char *o = official; *o;) {
		size_t wanted = strspn(o, (const char[]){ *o, '\0' }), found = 0;
		while (at < len && longer[at] == *o) {
			at++;
			found++;
		}
		if (found < wanted)
			return false;
		o += wanted;
	}
	return at == len;
}

static bool is_genuine(const struct stripped *s)
{
	for (size_t i = 0; i < COUNT(genuine); i++) {
		if (strlen(genuine[i]) == s->len && memcmp(genuine[i], s->digits, s->len) == 0)
			return true;
	}
	return false;
}

/* A subscriber's number ends as chance will have it; behind an area code the official one is meant.
 */
static bool tail_by_chance(bool plus, const char *digits, size_t len)
{
	struct number number;
	if (numbering_read(plus, digits, len, &number) != 0)
		return false;
	enum number_class class = number_classify(number.text);
	return class == NUMBER_MOBILE || class == NUMBER_FIXED || number_is_official(number.text);
}

static enum number_alike kind_of(const struct stripped *s, const char *official)
{
	if (s->len < OFFICIAL_LEN)
		return ALIKE_NONE;
	bool head = memcmp(s->digits, official, OFFICIAL_LEN) == 0;
	if (head && s->len == OFFICIAL_LEN)
		return s->country ? ALIKE_COUNTRY : ALIKE_ZERO;
	if (head && is_genuine(s))
		return s->country ? ALIKE_COUNTRY : s->zero ? ALIKE_ZERO : ALIKE_NONE;
	if (s->len <= OFFICIAL_LEN + EXTRA_MAX && repeats(s->digits, s->len, official))
		return ALIKE_REPEATED;
	if (head)
		return ALIKE_LONGER;
	return memcmp(s->digits + s->len - OFFICIAL_LEN, official, OFFICIAL_LEN) == 0 ? ALIKE_TAIL
										      : ALIKE_NONE;
}

bool number_alike_digits(bool plus, const char *digits, size_t len, bool letters,
			 struct number_likeness *out)
{
	struct stripped s = strip(plus, digits, len);
	bool as_it_is = !plus && s.digits == digits && !letters;

	*out = (struct number_likeness){ ALIKE_NONE, NULL };
	if (len > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < COUNT(officials) && !out->official; i++) {
		enum number_alike kind = kind_of(&s, officials[i]);
		if (kind == ALIKE_NONE || (as_it_is && s.len == OFFICIAL_LEN) ||
		    (kind == ALIKE_TAIL && tail_by_chance(plus, digits, len)))
			continue;
		*out = (struct number_likeness){ letters ? ALIKE_LETTERS : kind, officials[i] };
	}
	return out->official != NULL;
}

/* The digit for which a unit of a folded text stands, -1 for none. */
static int digit_of(char16_t c, bool *letters)
{
	if (text_is_digit(c))
		return c - '0';
	if (c == 'o' || c == 'l' || c == 'i' || c == '|') {
		*letters = true;
		return c == 'o' ? 0 : 1;
	}
	return text_chinese_digit(c);
}

bool number_looks_like(const char *written, size_t len, struct number_likeness *out)
{
	char16_t unit[WRITTEN_MAX];
	uint8_t mark[WRITTEN_MAX];
	struct text text = { .unit = unit, .mark = mark };
	char digits[WRITTEN_MAX];
	size_t count = 0;
	bool plus = false, letters = false;

	*out = (struct number_likeness){ ALIKE_NONE, NULL };
	if (len > WRITTEN_MAX)
		return false;
	text_fold(written, len, &text);
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(unit[i], &letters);
		if (digit >= 0)
			digits[count++] = (char)('0' + digit);
		else if (unit[i] == '+' && count == 0)
			plus = true;
		else if (unit[i] >= 0x80 || !strchr(" \n-./()*_,", (char)unit[i]))
			return false;
	}
	return number_alike_digits(plus, digits, count, letters, out);
}
