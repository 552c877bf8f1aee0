/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/language.h"
#include "rules/keyword_read.h"

#include <stdlib.h>
#include <string.h>

enum { COMPACT_MAX = KEYWORD_UNITS_MAX + 40, PLACE_DIGITS_MAX = 2 };

/* The letters, digits and ideographs of a text. */
struct compact {
	char16_t unit[COMPACT_MAX];
	size_t len;
};

/* Leaves out what is taken (`untaken`) and the numbers from `found` on (NULL: none). False when
 * there are more than any keyword with its argument has. */
static bool make_compact(const struct text *text, bool untaken, const struct numbers_found *found,
			 struct compact *out)
{
	size_t number = 0;

	out->len = 0;
	for (size_t i = 0; i < text->len; i++) {
		while (found && number < found->count && found->list[number].to <= i)
			number++;
		if (found && number < found->count && found->list[number].from <= i)
			continue;
		if (!text_is_word(text->unit[i]) || (untaken && (text->mark[i] & TEXT_TAKEN)))
			continue;
		if (out->len == COMPACT_MAX)
			return false;
		out->unit[out->len++] = text->unit[i];
	}
	return true;
}

static const struct keyword_word *find(const struct keyword_set *set, const char16_t *unit,
				       size_t len)
{
	return len <= KEYWORD_UNITS_MAX ? keyword_set_find(set, unit, len) : NULL;
}

static void take(const struct keyword_word *word, struct keyword_reading *out)
{
	out->sense = word->sense;
	out->scope = word->scope;
}

static bool find_plain(const struct keyword_set *set, const struct compact *compact, bool receipt,
		       struct keyword_reading *out)
{
	const struct keyword_word *word = find(set, compact->unit, compact->len);
	bool may;

	if (!word || word->sense == KEYWORD_MACHINE)
		return false;
	may = keyword_argument_of(word->sense) == KEYWORD_ARGUMENT_RECEIPT;
	if ((receipt && !may) || (!receipt && word->needs_receipt))
		return false;
	take(word, out);
	return true;
}

static bool wants_number(const struct keyword_word *word)
{
	enum keyword_argument argument = keyword_argument_of(word->sense);

	return argument == KEYWORD_ARGUMENT_NUMBER || argument == KEYWORD_ARGUMENT_PLACE ||
	       argument == KEYWORD_ARGUMENT_MAYBE;
}

/* What means something else without a number is no keyword with one that does not read. */
static bool take_with_number(const struct keyword_word *word, struct keyword_reading *out)
{
	if (keyword_argument_of(word->sense) == KEYWORD_ARGUMENT_MAYBE && !out->number.text[0])
		return false;
	take(word, out);
	return true;
}

/* The word with numbers: with one it is that, with several none in particular. */
static bool find_with_number(const struct keyword_set *set, const struct text *text,
			     const struct numbers_found *found, struct keyword_reading *out)
{
	struct compact rest;
	const struct keyword_word *word;

	if (found->count == 0 || !make_compact(text, false, found, &rest) || rest.len == 0)
		return false;
	word = find(set, rest.unit, rest.len);
	if (!word || !wants_number(word))
		return false;
	if (found->count == 1)
		out->number = found->list[0].number;
	return take_with_number(word, out);
}

/* The digits of `compact` from `from` on, read as they stand: 110 is a number too. */
static void read_digits(const struct numbering *plan, const struct compact *compact, size_t from,
			struct number *out)
{
	char digits[COMPACT_MAX];

	for (size_t i = from; i < compact->len; i++)
		digits[i - from] = (char)compact->unit[i];
	if (number_read(plan, digits, compact->len - from, out) < 0)
		out->text[0] = '\0';
}

/* The word with digits behind it that are none of the numbers of a text. */
static bool find_with_digits(const struct keyword_set *set, const struct text *text,
			     const struct compact *compact, struct keyword_reading *out)
{
	size_t len = compact->len;
	const struct keyword_word *word;

	while (len > 0 && text_is_digit(compact->unit[len - 1]))
		len--;
	if (len == 0 || len == compact->len)
		return false;
	word = find(set, compact->unit, len);
	if (!word || !wants_number(word))
		return false;
	if (keyword_argument_of(word->sense) == KEYWORD_ARGUMENT_PLACE &&
	    compact->len - len <= PLACE_DIGITS_MAX)
		for (size_t i = len; i < compact->len; i++)
			out->place = out->place * 10 + (unsigned)(compact->unit[i] - '0');
	else
		read_digits(text->language->numbering, compact, len, &out->number);
	return take_with_number(word, out);
}

void keyword_read(const struct keyword_set *set, const struct text *text, bool receipt,
		  const struct numbers_found *found, struct keyword_reading *out)
{
	struct compact compact;

	*out = (struct keyword_reading){ .sense = KEYWORD_NONE };
	if (!make_compact(text, receipt, NULL, &compact))
		return;
	if (compact.len == 0) {
		if (receipt)
			out->sense = KEYWORD_STATUS;
		return;
	}
	if (!set || find_plain(set, &compact, receipt, out) || receipt)
		return;
	if (!find_with_number(set, text, found, out))
		find_with_digits(set, text, &compact, out);
}

/* ---- one word among others ---- */

/* Of several words the first counts while the others say the same. */
static void take_shield(const struct keyword_word *word, bool another, struct keyword_reading *out)
{
	if (!another)
		take(word, out);
	else if (word->sense != out->sense || word->scope != out->scope)
		*out = (struct keyword_reading){ .sense = KEYWORD_SHIELD_STATE };
}

bool keyword_shield_within(const struct keyword_set *set, const struct text *text,
			   struct keyword_reading *out)
{
	bool found = false;

	for (size_t from = 0, to; set && from < text->len; from = to + 1) {
		const struct keyword_word *word;

		for (to = from; to < text->len && text_is_latin(text->unit[to]);)
			to++;
		if (to - from < KEYWORD_NEAR_MIN || to - from > KEYWORD_UNITS_MAX)
			continue;
		word = keyword_set_find(set, text->unit + from, to - from);
		if (!word || !keyword_is_shield(word->sense))
			continue;
		take_shield(word, found, out);
		found = true;
	}
	return found;
}

/* ---- something like a keyword ---- */

/* One unit wrong, missing or too many, or two neighbours exchanged. */
static bool is_one_edit_away(const char16_t *a, size_t a_len, const char16_t *b, size_t b_len)
{
	size_t head = 0, tail = 0;
	size_t shorter = a_len < b_len ? a_len : b_len;
	size_t longer = a_len < b_len ? b_len : a_len;

	if (longer - shorter > 1)
		return false;
	while (head < shorter && a[head] == b[head])
		head++;
	while (tail < shorter - head && a[a_len - 1 - tail] == b[b_len - 1 - tail])
		tail++;
	if (longer - head - tail <= 1)
		return true;
	return a_len == b_len && a_len - head - tail == 2 && a[head] == b[head + 1] &&
	       a[head + 1] == b[head];
}

/* What a wish about one number may hold beside the word: 帮我...吧, please ... */
enum { WISH_FILLER_MAX = 6, WISH_LATIN_MIN = 5, WISH_HAN_MIN = 2 };

static bool is_about_number(const struct keyword_word *word)
{
	return word && (word->sense == KEYWORD_BLOCK_NUMBER || word->sense == KEYWORD_ALLOW_NUMBER);
}

/* The longest such word within; short ones of letters stand in too many others. */
static const struct keyword_word *find_within(const struct keyword_set *set,
					      const struct compact *rest)
{
	const struct keyword_word *best = NULL;

	for (size_t i = 0; i < rest->len; i++) {
		size_t least = text_is_latin(rest->unit[i]) ? WISH_LATIN_MIN : WISH_HAN_MIN;
		for (size_t len = rest->len - i; len >= least; len--) {
			const struct keyword_word *word = find(set, rest->unit + i, len);
			if (is_about_number(word) && (!best || word->len > best->len))
				best = word;
		}
	}
	return best && rest->len - best->len <= WISH_FILLER_MAX ? best : NULL;
}

/* LHH, LLH. */
static const struct keyword_word *find_doubled(const struct keyword_set *set,
					       const struct compact *rest)
{
	struct compact less = *rest;

	for (size_t i = 1; i < rest->len; i++) {
		if (rest->unit[i] != rest->unit[i - 1])
			continue;
		memmove(less.unit + i, rest->unit + i + 1,
			(rest->len - i - 1) * sizeof(*rest->unit));
		less.len = rest->len - 1;
		const struct keyword_word *word = find(set, less.unit, less.len);
		return is_about_number(word) ? word : NULL;
	}
	return NULL;
}

void keyword_read_number_wish(const struct keyword_set *set, const struct text *text,
			      const struct numbers_found *found, struct keyword_reading *out)
{
	const struct keyword_word *word;
	struct compact rest;

	if (found->count != 1 || !make_compact(text, false, found, &rest) || rest.len == 0)
		return;
	word = find_within(set, &rest);
	if (!word)
		word = find_doubled(set, &rest);
	if (!word)
		return;
	take(word, out);
	out->near = true;
	out->number = found->list[0].number;
}

static void find_meant(const struct keyword_set *set, const struct compact *compact,
		       struct keyword_reading *out)
{
	size_t count;
	const struct keyword_word *const *words =
		keyword_set_group(set, KEYWORD_GROUP_MEANT, &count);

	for (size_t i = 0; i < count; i++) {
		const struct keyword_word *word = words[i];

		if (!is_one_edit_away(word->unit, word->len, compact->unit, compact->len) ||
		    (out->near && out->sense == word->sense && out->scope == word->scope))
			continue;
		if (out->near) {
			*out = (struct keyword_reading){ .sense = KEYWORD_SHIELD_STATE };
			return;
		}
		take(word, out);
		out->near = true;
	}
}

static bool holds(const struct compact *compact, const struct keyword_word *word, bool anywhere)
{
	for (size_t i = 0; i + word->len <= compact->len && (i == 0 || anywhere); i++)
		if (compact->unit[i] == word->unit[0] &&
		    memcmp(compact->unit + i, word->unit, word->len * sizeof(*word->unit)) == 0)
			return true;
	return false;
}

static bool is_machine(const struct keyword_set *set, const struct compact *compact, bool anywhere)
{
	size_t count;
	const struct keyword_word *const *words =
		keyword_set_group(set, KEYWORD_GROUP_MACHINE, &count);

	for (size_t i = 0; i < count; i++)
		if (holds(compact, words[i], anywhere))
			return true;
	return false;
}

void keyword_read_near(const struct keyword_set *set, const struct text *text, bool says_nothing,
		       struct keyword_reading *out)
{
	struct compact compact;
	bool whole;

	if (!set)
		return;
	/* Machines name themselves where they begin. */
	whole = make_compact(text, false, NULL, &compact);
	if (is_machine(set, &compact, says_nothing))
		out->sense = KEYWORD_MACHINE;
	else if (says_nothing && whole && compact.len <= KEYWORD_UNITS_MAX + 1)
		find_meant(set, &compact, out);
}
