/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/time_grammar.h"

#include "rules/language.h"
#include "rules/time_text.h"

static bool is_year(const struct time_number *n)
{
	return time_in(n->value, 1990, 2099) && (n->words || n->digits == 4);
}

/* The numeral before `end` counts things, and numbers no day. */
static bool is_counted(const struct text *text, size_t end)
{
	const struct char_entry *entry =
		char_table_find(&text->language->chars, text->unit[end - 1]);
	return entry && entry->use == CHAR_COUNT;
}

/* 8月20日, 2025年8月20号, 八月十五; a month alone is vague. */
static bool chinese_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	struct time_number n;
	size_t i = at;

	*out = (struct written_date){ 0 };
	if (!time_number_at(text, i, &n))
		return false;
	i = time_skip_space(text, n.end);
	if (cue_find(text, i, CUE_YEAR_SIGN) &&
	    (is_year(&n) || (n.digits == 2 && time_in(n.value, 20, 60)))) {
		out->year = n.value < 100 ? 2000 + n.value : n.value;
		i = time_skip_space(text, i + cue_len(text, i, CUE_YEAR_SIGN));
		if (!time_number_at(text, i, &n))
			return false;
		i = time_skip_space(text, n.end);
	}
	size_t month = cue_len(text, i, CUE_MONTH_SIGN);
	if (month && time_in(n.value, 1, 12) && n.upto == n.value && n.digits <= 2) {
		out->month = n.value;
		*end = i + month;
		i = time_skip_space(text, *end);
		if (!time_number_at(text, i, &n) || !time_in(n.value, 1, 31) || n.digits > 2) {
			out->vague = true;
			return true;
		}
		i = time_skip_space(text, n.end);
	} else if (out->year || n.few) {
		return false;
	}
	out->day = n.words && n.upto != n.value ? n.value * 10 + n.upto : n.value;
	size_t sign = cue_len(text, i, CUE_DAY_SIGN);
	if (!time_in(out->day, 1, 31) || n.digits > 2 || (!sign && !out->month))
		return false;
	/* 3号楼 is a house and 10号线 a line; 俩号 are two numbers. */
	if (sign && !out->month && (cue_find(text, i, CUE_NO_DAY) || is_counted(text, n.end)))
		return false;
	*end = sign ? i + sign : n.end;
	return true;
}

static bool compact_date(const struct time_number *n, struct written_date *out)
{
	*out = (struct written_date){ .year = n->value / 10000,
				      .month = n->value / 100 % 100,
				      .day = n->value % 100 };
	return n->digits == 8 && time_in(out->year, 2000, 2099) && time_in(out->month, 1, 12) &&
	       time_in(out->day, 1, 31);
}

/* What behind 7.30 tells that it is a price, a size or a longer run. */
static bool spoils_date(const struct text *text, size_t at, char16_t sign)
{
	if (time_unit_at(text, at) == sign && text_is_digit(time_unit_at(text, at + 1)))
		return true;
	return cue_find(text, at, CUE_SPOILS_DATE) != NULL;
}

/* 2025-08-20, 2025/8/20, 08-20, 8/20, 7.30, 30/08/2025, 20250820. */
static bool numeric_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	struct time_number a, b, c;
	if (!text_is_digit(time_unit_at(text, at)) || !time_number_at(text, at, &a))
		return false;
	char16_t sign = time_unit_at(text, a.end);
	*end = a.end;
	if (compact_date(&a, out))
		return true;
	if ((sign != '-' && sign != '/' && sign != '.') ||
	    !time_number_behind(text, a.end, sign, &b) || b.digits > 2)
		return false;
	if (is_year(&a) && time_number_behind(text, b.end, sign, &c) && c.digits <= 2) {
		*out = (struct written_date){ a.value, b.value, c.value, false };
		*end = c.end;
		return time_in(b.value, 1, 12) && time_in(c.value, 1, 31);
	}
	if (a.digits > 2)
		return false;
	if (time_number_behind(text, b.end, sign, &c) && is_year(&c)) {
		bool day_first = a.value > 12;
		*out = (struct written_date){ c.value, day_first ? b.value : a.value,
					      day_first ? a.value : b.value, false };
		*end = c.end;
		return time_in(out->month, 1, 12) && time_in(out->day, 1, 31);
	}
	*out = (struct written_date){ 0, a.value, b.value, false };
	*end = b.end;
	return time_in(a.value, 1, 12) && time_in(b.value, 1, 31) &&
	       !spoils_date(text, b.end, sign);
}

bool time_grammar_date(const struct text *text, size_t at, struct written_date *out, size_t *end)
{
	return numeric_date(text, at, out, end) || chinese_date(text, at, out, end);
}
