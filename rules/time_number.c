/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_number.h"

#include "rules/language.h"

enum { DIGITS_MAX = 14, WORD_DIGITS_MAX = 4 };

static bool read_digits(const struct text *text, size_t at, struct time_number *out)
{
	size_t i = at;
	int value = 0;
	/* A circled digit behind others is the mark of the next thing in a list. */
	while (i < text->len && text_is_digit(text->unit[i]) && i - at <= DIGITS_MAX &&
	       (text->mark[i] & TEXT_ENCLOSED) == (text->mark[at] & TEXT_ENCLOSED)) {
		if (i - at < 8)
			value = value * 10 + (text->unit[i] - '0');
		i++;
	}
	*out = (struct time_number){ .value = value, .upto = value, .digits = i - at, .end = i };
	return i > at && out->digits <= DIGITS_MAX;
}

static const struct char_entry *entry_at(const struct text *text, size_t at)
{
	return at < text->len ? char_table_find(&text->language->chars, text->unit[at]) : NULL;
}

static bool is_use(const struct text *text, size_t at, enum char_use use)
{
	const struct char_entry *entry = entry_at(text, at);
	return entry && entry->use == use;
}

static int small(const struct text *text, size_t at)
{
	const struct char_entry *entry = entry_at(text, at);
	return entry && (entry->use == CHAR_DIGIT || entry->use == CHAR_COUNT) ? entry->value : -1;
}

/* Ten, twelve, twenty-five, "ten and several". */
static bool read_tens(const struct text *text, size_t at, struct time_number *out)
{
	size_t i = at;
	int tens = small(text, i);
	if (tens >= 1)
		i++;
	else
		tens = 1;
	if (!is_use(text, i, CHAR_TENS))
		return false;
	tens *= entry_at(text, i)->value;
	i++;
	int ones = small(text, i);
	*out = (struct time_number){ .words = true };
	out->value = out->upto = tens;
	if (ones > 0) {
		out->value = out->upto += ones;
		i++;
	} else if (is_use(text, i, CHAR_SEVERAL) || is_use(text, i, CHAR_MORE)) {
		out->few = true;
		out->upto += 10;
		i++;
	}
	out->end = i;
	return true;
}

static bool read_words(const struct text *text, size_t at, struct time_number *out)
{
	if (is_use(text, at, CHAR_SEVERAL)) {
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
