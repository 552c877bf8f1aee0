/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_number.h"

enum { DIGITS_MAX = 14, WORD_DIGITS_MAX = 4 };

static bool read_digits(const struct text *text, size_t at, struct time_number *out)
{
	size_t i = at;
	int value = 0;
	while (i < text->len && text_is_digit(text->unit[i]) && i - at <= DIGITS_MAX) {
		if (i - at < 8)
			value = value * 10 + (text->unit[i] - '0');
		i++;
	}
	*out = (struct time_number){ .value = value, .upto = value, .digits = i - at, .end = i };
	return i > at && out->digits <= DIGITS_MAX;
}

static int small(const struct text *text, size_t at)
{
	if (at >= text->len)
		return -1;
	if (text->unit[at] == u'两' || text->unit[at] == u'俩')
		return 2;
	return text_chinese_digit(text->unit[at]);
}

static bool is_unit(const struct text *text, size_t at, char16_t c)
{
	return at < text->len && text->unit[at] == c;
}

/* Ten, twelve, twenty-five, "ten and several". */
static bool read_tens(const struct text *text, size_t at, struct time_number *out)
{
	size_t i = at;
	int tens = 1;
	if (is_unit(text, i, u'廿')) {
		tens = 2;
	} else {
		if (!is_unit(text, i, u'十')) {
			tens = small(text, i++);
			if (tens < 1 || !is_unit(text, i, u'十'))
				return false;
		}
	}
	i++;
	int ones = small(text, i);
	*out = (struct time_number){ .words = true };
	out->value = out->upto = tens * 10;
	if (ones > 0) {
		out->value = out->upto += ones;
		i++;
	} else if (is_unit(text, i, u'几') || is_unit(text, i, u'多')) {
		out->few = true;
		out->upto += 10;
		i++;
	}
	out->end = i;
	return true;
}

static bool read_words(const struct text *text, size_t at, struct time_number *out)
{
	if (is_unit(text, at, u'几')) {
		*out = (struct time_number){ .few = true, .words = true, .end = at + 1 };
		return true;
	}
	if (read_tens(text, at, out))
		return true;

	int digits[WORD_DIGITS_MAX + 1];
	size_t n = 0;
	while (n <= WORD_DIGITS_MAX && (digits[n] = small(text, at + n)) >= 0)
		n++;
	if (n == 0 || n > WORD_DIGITS_MAX)
		return false;
	*out = (struct time_number){ .words = true, .end = at + n };
	for (size_t i = 0; i < n; i++)
		out->value = out->value * 10 + digits[i];
	out->upto = out->value;
	/* "two three hours" is a span; "zero five" and a year are digits. */
	if (n == 2 && digits[0] > 0 && digits[1] == digits[0] + 1) {
		out->value = digits[0];
		out->upto = digits[1];
	}
	return true;
}

bool time_number_at(const struct text *text, size_t at, struct time_number *out)
{
	if (at >= text->len)
		return false;
	if (text_is_digit(text->unit[at]))
		return read_digits(text, at, out);
	return read_words(text, at, out);
}
