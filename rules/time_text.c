/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_text.h"

size_t time_skip_space(const struct text *text, size_t at)
{
	while (time_unit_at(text, at) == ' ')
		at++;
	return at;
}

size_t time_any_at(const struct text *text, size_t at, const char16_t *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_at(text, at, words[i]))
			return text_word_len(words[i]);
	}
	return 0;
}

bool time_any_before(const struct text *text, size_t end, const char16_t *const *words,
		     size_t count)
{
	while (end > 0 && (text->unit[end - 1] == ' ' || text->unit[end - 1] == u'是'))
		end--;
	for (size_t i = 0; i < count; i++) {
		if (text_before(text, end, words[i]))
			return true;
	}
	return false;
}

bool time_number_behind(const struct text *text, size_t at, char16_t sign, struct time_number *out)
{
	return time_unit_at(text, at) == sign && text_is_digit(time_unit_at(text, at + 1)) &&
	       time_number_at(text, at + 1, out);
}
