/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_run.h"

#include <string.h>

#include "rules/language.h"

enum { JOIN_MAX = 30, SEPARATORS_MAX = 4, MOBILE_REAL_MIN = 2 };

static bool is_separator(char16_t c)
{
	switch (c) {
	case ' ':
	case '\n':
	case '-':
	case '.':
	case '_':
	case '/':
	case ',':
	case '*':
	case '(':
	case ')':
	case u'、':
		return true;
	default:
		return false;
	}
}

static bool may_be_digit(const struct text *text, size_t at)
{
	char16_t c = text->unit[at];
	return text_is_digit(c) || language_letter(text->language, c) >= 0;
}

/* Single characters set apart: "l 5 9 - O O 6 l". From `at` on, in the direction of `step`, to the
 * last of them; *real: a digit is among them. */
static size_t spaced_reach(const struct text *text, size_t at, int step, bool *real)
{
	enum { REACH = 48, GAP_MAX = 3 };
	size_t last = at;
	for (int i = 0; i < REACH; i++) {
		size_t next = last + (size_t)step;
		for (int gap = 0;
		     gap < GAP_MAX && next < text->len && is_separator(text->unit[next]); gap++)
			next += (size_t)step;
		if (next >= text->len || next == last + (size_t)step || !may_be_digit(text, next))
			break;
		*real |= text_is_digit(text->unit[next]);
		last = next;
	}
	return last;
}

/* A letter alone between separators, in a row of such characters that is as long as a number. */
static bool letter_in_spaced_digits(const struct text *text, size_t at)
{
	enum { ROW_MIN = 2 * 7 };
	bool real = false;
	size_t from = spaced_reach(text, at, -1, &real);
	size_t to = spaced_reach(text, at, 1, &real);
	return real && to - from >= ROW_MIN;
}

/* Letters count as digits when they touch a real digit and no other letter. */
static bool letter_in_digits(const struct text *text, size_t at)
{
	enum { REACH = 24 };
	size_t from = at, to = at;
	bool real = false;
	while (from > 0 && at - from < REACH && may_be_digit(text, from - 1))
		real |= text_is_digit(text->unit[--from]);
	while (to < text->len && to - at < REACH && may_be_digit(text, to))
		real |= text_is_digit(text->unit[to++]);
	if (!real && to == at + 1 && from == at)
		return letter_in_spaced_digits(text, at);
	return real && (from == 0 || !text_is_latin(text->unit[from - 1])) &&
	       (to == text->len || !text_is_latin(text->unit[to]));
}

static enum writing writing_at(const struct text *text, size_t at, char *digit)
{
	if (at >= text->len || (text->mark[at] & TEXT_TAKEN))
		return WRITING_NONE;
	char16_t c = text->unit[at];
	if (text_is_digit(c)) {
		*digit = (char)c;
		return text->mark[at] & TEXT_ENCLOSED ? WRITING_ENCLOSED : WRITING_PLAIN;
	}
	const struct char_entry *entry = char_table_find(&text->language->chars, c);
	if (!entry || (entry->use != CHAR_DIGIT && entry->use != CHAR_LETTER) ||
	    (entry->use == CHAR_LETTER && !letter_in_digits(text, at)))
		return WRITING_NONE;
	*digit = (char)('0' + entry->value);
	return entry->use == CHAR_LETTER ? WRITING_LETTER : WRITING_CHINESE;
}

static size_t read_piece(const struct text *text, size_t at, struct number_run *run,
			 char16_t separator)
{
	struct number_piece *p = &run->piece[run->count++];
	char digit = '0';

	*p = (struct number_piece){ .from = at, .first = run->digit_count, .separator = separator };
	p->writing = writing_at(text, at, &digit);
	while (writing_at(text, at, &digit) == p->writing) {
		if (p->count < NUMBER_PIECE_DIGITS_MAX) {
			run->digits[run->digit_count++] = digit;
			p->count++;
		}
		at++;
	}
	p->to = at;
	/* The last numeral of a Chinese run may count what follows: two times, one day. */
	if (p->writing == WRITING_CHINESE && p->count > 1 && p->count < NUMBER_PIECE_DIGITS_MAX &&
	    cue_find(text, at, CUE_COUNTED)) {
		p->count--;
		run->digit_count--;
	}
	return at;
}

bool number_run_begins(const struct text *text, size_t at)
{
	char digit;
	return writing_at(text, at, &digit) != WRITING_NONE;
}

bool number_run_join(const struct number_run *run, size_t i, size_t j, struct number *out)
{
	const struct number_piece *first = &run->piece[i], *last = &run->piece[j];
	const char *digits = run->digits + first->first;
	size_t len = last->first + last->count - first->first;
	size_t real = 0;

	if (len < NUMBER_CODE_MIN || len >= JOIN_MAX)
		return false;
	for (size_t k = i; k <= j; k++)
		real += run->piece[k].writing == WRITING_LETTER ? 0 : run->piece[k].count;
	/* Of a short code most are digits: 1OO85. A mobile number has more to be known by. */
	if (real < NUMBER_CODE_MIN - 1 && real * 2 <= len &&
	    (real < MOBILE_REAL_MIN || !numbering_is_mobile(run->plan, digits, len)))
		return false;
	/* Set off by a separator, 10 is Beijing and not the head of 106. */
	if (j == i + 1 && last->count >= 7 && first->count <= 3 && digits[0] != '0' && !run->plus &&
	    last->separator && numbering_is_fixed(run->plan, digits, len)) {
		memset(out, 0, sizeof(*out));
		memcpy(out->text, "+86", 3);
		memcpy(out->text + 3, digits, len);
		return true;
	}
	return numbering_read(run->plan, run->plus && i == 0, digits, len, out) == 0;
}

bool number_run_is_abroad(const struct number_run *run)
{
	if (run->plus)
		return true;
	return run->digit_count >= 2 && run->digits[0] == '0' && run->digits[1] == '0';
}

/* Reads separators; true when another piece of the run follows at *next. */
static bool cross_separators(const struct text *text, size_t at, struct number_run *run,
			     size_t *next, char16_t *separator)
{
	size_t stars = 0, count = 0;
	char digit;

	*separator = 0;
	if (number_run_is_abroad(run)) {
		size_t zero = at + (at < text->len && text->unit[at] == ' ');
		if (text_at(text, zero, u"(0)"))
			at = zero + 3;
	}
	while (at < text->len && count < SEPARATORS_MAX && is_separator(text->unit[at])) {
		if (text->mark[at] & TEXT_TAKEN)
			return false;
		stars += text->unit[at] == '*';
		if (!*separator || *separator == ' ')
			*separator = text->unit[at];
		at++;
		count++;
	}
	*next = at;
	if (writing_at(text, at, &digit) == WRITING_NONE) {
		if (count == SEPARATORS_MAX && stars > 1)
			run->masked_after = true;
		return false;
	}
	if (stars > 1) {
		run->masked_after = true;
		return false;
	}
	return true;
}

size_t number_run_gather(const struct text *text, size_t at, struct number_run *run)
{
	char16_t separator = 0;
	size_t next = at;

	run->plan = text->language->numbering;
	run->from = at;
	run->count = run->digit_count = 0;
	run->masked_before = at >= 2 && text->unit[at - 1] == '*' && text->unit[at - 2] == '*';
	run->masked_after = false;
	run->plus = text->unit[at] == '+';
	if (run->plus) {
		next++;
		while (next < text->len && (text->unit[next] == ' ' || text->unit[next] == '('))
			next++;
	}
	do {
		at = read_piece(text, next, run, separator);
	} while (run->count < NUMBER_PIECES_MAX &&
		 cross_separators(text, at, run, &next, &separator));
	return at;
}

/* Digits of another writing that touch digits on both sides: the three are one number, in which a
 * code would be chance (1823o963930). A circled digit may be a list mark. */
static bool is_glued(const struct number_run *run, size_t middle)
{
	const struct number_piece *p = &run->piece[middle];
	return p->writing != WRITING_ENCLOSED && middle > 0 && middle + 1 < run->count &&
	       !p->separator && !run->piece[middle + 1].separator;
}

/* Digits and numerals that touch: one number in two writings. A single numeral behind digits may be
 * a word, and so may one in front of them, unless it makes a number with them. */
static bool continues_in_words(const struct number_run *run, size_t k)
{
	const struct number_piece *p = &run->piece[k];
	bool before = k > 0 && !p->separator, after = k + 1 < run->count && !p[1].separator;
	if (p->writing == WRITING_CHINESE || p->writing == WRITING_ENCLOSED)
		return (before && p[-1].writing == WRITING_PLAIN) ||
		       (after && p[1].writing == WRITING_PLAIN);
	if (p->writing != WRITING_PLAIN)
		return false;
	struct number joined;
	return (before && p[-1].writing == WRITING_CHINESE &&
		(p[-1].count > 1 || number_run_join(run, k - 1, k, &joined))) ||
	       (after && p[1].writing == WRITING_CHINESE && p[1].count > 1);
}

static bool starts_with_86(const struct number_run *run, size_t k)
{
	const struct number_piece *p = &run->piece[k];
	return p->count > 2 && memcmp(run->digits + p->first, "86", 2) == 0;
}

static bool is_whole(const struct number_run *run, size_t k)
{
	struct number number;
	if ((k == 0 && run->plus) || !number_run_join(run, k, k, &number))
		return false;
	/* These are too long to be chance. */
	enum number_class class = number_classify(run->plan, number.text);
	if (class == NUMBER_MOBILE ||
	    (class == NUMBER_FIXED && run->digits[run->piece[k].first] == '0'))
		return true;
	/* 86 before a code is chance where it makes a number with what stands before it. */
	for (size_t i = k; starts_with_86(run, k) && i-- > 0;) {
		if (number_run_join(run, i, k, &number))
			return false;
	}
	return !(k > 0 && is_glued(run, k - 1)) && !(k + 1 < run->count && is_glued(run, k + 1)) &&
	       !continues_in_words(run, k);
}

void number_run_mark_whole(struct number_run *run)
{
	for (size_t k = 0; k < run->count; k++)
		run->piece[k].whole = is_whole(run, k);
}
