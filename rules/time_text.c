/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_text.h"

size_t time_skip_space(const struct text *text, size_t at)
{
	while (time_unit_at(text, at) == ' ')
		at++;
	return at;
}

const struct cue *time_cue_before(const struct text *text, size_t end, enum cue_kind kind)
{
	while (end > 0 && (text->unit[end - 1] == ' ' || text->unit[end - 1] == u'是'))
		end--;
	return cue_find(text, end, kind);
}

bool time_number_behind(const struct text *text, size_t at, char16_t sign, struct time_number *out)
{
	return time_unit_at(text, at) == sign && text_is_digit(time_unit_at(text, at + 1)) &&
	       time_number_at(text, at + 1, out);
}
