/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_find.c - a piece of a run that is a whole number by itself stands alone; the pieces
 * between such ones are joined as far as they make whole numbers.
 */
#include "rules/number_find.h"

#include <string.h>

#include "rules/cue.h"
#include "rules/number_run.h"
#include "rules/numbering.h"
#include "rules/text_note.h"

enum { JOIN_MAX = 30, SEPARATORS_MAX = 4, EXTENSION_MAX = 5, BROKEN_MIN = 7 };

static bool is_extension(const struct number_run *run, size_t at, const struct number *number)
{
	enum number_class class = number_classify(run->plan, number->text);
	/* Digits one by one have a dash before each. */
	return at < run->count && run->piece[at].separator == '-' &&
	       run->piece[at].count <= EXTENSION_MAX && run->piece[at - 1].count > 1 &&
	       (class == NUMBER_FIXED || class == NUMBER_SHARED);
}

/* Digits that go on behind a number in its own manner of writing show that it is not whole. */
static bool goes_on(const struct number_run *run, size_t i, size_t j)
{
	if (j + 1 >= run->count || i == j || run->piece[j + 1].whole)
		return false;
	char16_t separator = run->piece[j + 1].separator;
	if (separator == 0)
		return run->piece[j + 1].writing == run->piece[i].writing;
	for (size_t k = i + 1; k <= j; k++) {
		if (run->piece[k].separator != separator)
			return false;
	}
	bool single = true;
	for (size_t k = i; k <= j + 1; k++)
		single &= run->piece[k].count == 1;
	return single || separator == '-' || separator == '.';
}

/* Which official number the pieces from i to j imitate as they are written. */
static struct number_likeness likeness_of(const struct number_run *run, size_t i, size_t j)
{
	const struct number_piece *first = &run->piece[i], *last = &run->piece[j];
	struct number_likeness alike;
	bool letters = false;
	for (size_t k = i; k <= j; k++)
		letters |= run->piece[k].writing == WRITING_LETTER;
	number_alike_digits(run->plan, run->plus && i == 0, run->digits + first->first,
			    last->first + last->count - first->first, letters, &alike);
	return alike;
}

static void add(struct numbers_found *out, const struct number_run *run, size_t i, size_t j,
		const struct number *number)
{
	struct number_found *f = &out->list[out->count];
	enum number_class class = number_classify(run->plan, number->text);
	bool touches_mask =
		(i == 0 && run->masked_before) || (j + 1 == run->count && run->masked_after);

	if (out->count == NUMBER_FOUND_MAX || class == NUMBER_NONE ||
	    (touches_mask && class != NUMBER_MOBILE))
		return;
	f->number = *number;
	f->class = class;
	f->alike = likeness_of(run, i, j);
	f->from = i == 0 ? run->from : run->piece[i].from;
	f->to = run->piece[j].to;
	out->count++;
}

/* The two pieces are our own number, written in two. */
static bool is_own_service(const struct number_run *run, size_t i, size_t j)
{
	const struct number_piece *first = &run->piece[i], *last = &run->piece[j];
	size_t len = last->first + last->count - first->first;
	char text[OFFICIAL_DIGITS_MAX + 1] = "";
	if (len > OFFICIAL_DIGITS_MAX)
		return false;
	memcpy(text, run->digits + first->first, len);
	return numbering_known(run->plan, text) == NUMBERING_SERVICE_CODE;
}

/* Finds the longest number that begins with piece i and ends before piece `end`; its last piece is
 * given in *last. */
static bool longest(const struct number_run *run, size_t i, size_t end, struct number *number,
		    size_t *last)
{
	size_t j = i;
	while (j + 1 < end && run->piece[j + 1].first - run->piece[i].first < JOIN_MAX)
		j++;
	for (;; j--) {
		if (number_run_join(run, i, j, number) &&
		    (!goes_on(run, i, j) || is_extension(run, j + 1, number))) {
			*last = j;
			return true;
		}
		if (j == i)
			return false;
	}
}

/* A foreign number swallows pieces that would be service codes, but no mobile number. */
static size_t abroad_end(const struct number_run *run)
{
	for (size_t k = 1; k < run->count; k++) {
		const struct number_piece *p = &run->piece[k];
		if (numbering_is_mobile(run->plan, run->digits + p->first, p->count))
			return k;
	}
	return run->count;
}

/* A carrier's prefix is a service code as well: dialled before a number it is neither. */
static bool is_dialled_prefix(const struct number_run *run, size_t i, size_t j)
{
	const struct number_piece *first = &run->piece[i], *last = &run->piece[j];
	return j + 1 < run->count &&
	       numbering_is_dialled_before(run->plan, run->digits + first->first,
					   last->first + last->count - first->first);
}

/* The piece at which to go on when no number begins with piece i. Digits one by one belong
 * together: what is behind the first of them is not a number by itself. */
static size_t behind_unread(const struct number_run *run, size_t i)
{
	size_t next = i + 1;
	if (run->piece[i].count != 1)
		return next;
	while (next < run->count && run->piece[next].count == 1 && run->piece[next].separator &&
	       run->piece[next].separator == run->piece[i + 1].separator)
		next++;
	return next;
}

static void divide(struct number_run *run, struct numbers_found *out)
{
	struct number number;
	size_t i = 0, last;

	number_run_mark_whole(run);
	if (number_run_is_abroad(run) && longest(run, 0, abroad_end(run), &number, &last)) {
		add(out, run, 0, last, &number);
		i = last + 1;
	}
	while (i < run->count) {
		size_t end = i + 1;
		if (!run->piece[i].whole || is_dialled_prefix(run, i, i)) {
			while (end < run->count && !run->piece[end].whole)
				end++;
		} else if (end < run->count && is_own_service(run, i, end)) {
			end++;
		}
		if (!longest(run, i, end, &number, &last)) {
			i = behind_unread(run, i);
			continue;
		}
		if (!is_dialled_prefix(run, i, last))
			add(out, run, i, last, &number);
		i = last + 1;
		if (is_extension(run, i, &number))
			i++;
	}
}

static void take_extension(struct text *text, size_t at)
{
	size_t digits = 0;
	while (at < text->len && (text->unit[at] == ' ' || text->unit[at] == ','))
		at++;
	size_t end = at + cue_len(text, at, CUE_EXTENSION);
	if (end == at)
		return;
	while (end < text->len && (text->unit[end] == ' ' || text->unit[end] == '.'))
		end++;
	while (end + digits < text->len && text_is_digit(text->unit[end + digits]))
		digits++;
	if (digits > 0 && digits <= EXTENSION_MAX) {
		text_take(text, end, end + digits);
		text_note_cue(text, NOTE_TAKEN, "extension", end, end + digits);
	}
}

/* A run in which there is no number: which one it imitates, and why it is none. */
static void note_unread(const struct text *text, const struct number_run *run,
			struct numbers_found *out)
{
	if (!out->unread.kind)
		out->unread = likeness_of(run, 0, run->count - 1);
	if (run->digit_count >= NUMBER_CODE_MIN || run->masked_after)
		text_note(text, NOTE_UNREAD,
			  run->masked_before || run->masked_after ? "masked" : "no whole number",
			  run->from, run->piece[run->count - 1].to);
}

void number_find(struct text *text, struct numbers_found *out)
{
	struct number_run run;

	out->count = 0;
	out->broken = false;
	out->unread = (struct number_likeness){ .kind = ALIKE_NONE };
	for (size_t i = 0; i < text->len; i++) {
		size_t start = i;
		if (text->unit[i] == '+' && !(text->mark[i] & TEXT_TAKEN)) {
			start++;
			while (start < text->len &&
			       (text->unit[start] == ' ' || text->unit[start] == '(') &&
			       start - i < SEPARATORS_MAX)
				start++;
		}
		if (!number_run_begins(text, start))
			continue;
		size_t before = out->count;
		i = number_run_gather(text, i, &run) - 1;
		divide(&run, out);
		out->broken |=
			out->count == before && (run.digit_count >= BROKEN_MIN || run.masked_after);
		if (out->count == before)
			note_unread(text, &run, out);
		if (out->count > before && (out->list[out->count - 1].class == NUMBER_FIXED ||
					    out->list[out->count - 1].class == NUMBER_SHARED))
			take_extension(text, out->list[out->count - 1].to);
	}
}
