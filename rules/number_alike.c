/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_alike.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "rules/language.h"
#include "rules/text_fold.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { WRITTEN_MAX = 128, DIGITS_MAX = 20, EXTRA_MAX = 3, COUNTRY_REST_MIN = 5 };

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
	if (s.len >= 2 + COUNTRY_REST_MIN && memcmp(s.digits, "86", 2) == 0) {
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

/* One of the operator's own numbers below them. */
static bool is_genuine(const struct numbering *plan, const struct stripped *s)
{
	char text[DIGITS_MAX + 1] = "";

	if (s->len > DIGITS_MAX)
		return false;
	memcpy(text, s->digits, s->len);
	enum numbering_known known = numbering_known(plan, text);
	return known == NUMBERING_OWN || known == NUMBERING_SERVICE_CODE;
}

/* A subscriber's number ends as chance will have it; behind an area code the official one is meant.
 */
static bool tail_by_chance(const struct numbering *plan, bool plus, const char *digits, size_t len)
{
	struct number number;
	if (numbering_read(plan, plus, digits, len, &number) != 0)
		return false;
	enum number_class class = number_classify(plan, number.text);
	return class == NUMBER_MOBILE || class == NUMBER_FIXED ||
	       number_is_official(plan, number.text);
}

static enum number_alike kind_of(const struct numbering *plan, const struct stripped *s,
				 const char *official)
{
	size_t len = strlen(official);
	if (s->len < len)
		return ALIKE_NONE;
	bool head = memcmp(s->digits, official, len) == 0;
	if (head && s->len == len)
		return s->country ? ALIKE_COUNTRY : ALIKE_ZERO;
	if (head && is_genuine(plan, s))
		return s->country ? ALIKE_COUNTRY : s->zero ? ALIKE_ZERO : ALIKE_NONE;
	if (s->len <= len + EXTRA_MAX && repeats(s->digits, s->len, official))
		return ALIKE_REPEATED;
	if (head)
		return ALIKE_LONGER;
	return memcmp(s->digits + s->len - len, official, len) == 0 ? ALIKE_TAIL : ALIKE_NONE;
}

bool number_alike_digits(const struct numbering *plan, bool plus, const char *digits, size_t len,
			 bool letters, struct number_likeness *out)
{
	struct stripped s = strip(plus, digits, len);
	bool as_it_is = !plus && s.digits == digits && !letters;
	const char *official;

	*out = (struct number_likeness){ .kind = ALIKE_NONE };
	if (len > DIGITS_MAX)
		return false;
	for (size_t i = 0; !out->kind && (official = numbering_official(plan, i)); i++) {
		enum number_alike kind = kind_of(plan, &s, official);
		if (kind == ALIKE_NONE || (as_it_is && s.len == strlen(official)) ||
		    (kind == ALIKE_TAIL && tail_by_chance(plan, plus, digits, len)))
			continue;
		out->kind = letters ? ALIKE_LETTERS : kind;
		snprintf(out->official, sizeof(out->official), "%s", official);
	}
	return out->kind != ALIKE_NONE;
}

/* The digit for which a unit of a folded text stands, -1 for none. */
static int digit_of(const struct language *language, char16_t c, bool *letters)
{
	if (text_is_digit(c))
		return c - '0';
	int letter = language_letter(language, c);
	*letters |= letter >= 0;
	return letter >= 0 ? letter : language_digit(language, c);
}

bool number_looks_like(const struct language *language, const char *written, size_t len,
		       struct number_likeness *out)
{
	char16_t unit[WRITTEN_MAX];
	uint8_t mark[WRITTEN_MAX];
	struct text text = { .unit = unit, .mark = mark };
	char digits[WRITTEN_MAX];
	size_t count = 0;
	bool plus = false, letters = false;

	*out = (struct number_likeness){ .kind = ALIKE_NONE };
	if (len > WRITTEN_MAX)
		return false;
	text_fold(language, written, len, &text);
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(language, unit[i], &letters);
		if (digit >= 0)
			digits[count++] = (char)('0' + digit);
		else if (unit[i] == '+' && count == 0)
			plus = true;
		else if (unit[i] >= 0x80 || !strchr(" \n-./()*_,", (char)unit[i]))
			return false;
	}
	return number_alike_digits(language->numbering, plus, digits, count, letters, out);
}
