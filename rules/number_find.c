/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_find.c - a run is a chain of pieces with separators between them; a piece is digits of one
 * writing that touch each other. A piece that is a whole number by itself stands alone; the pieces
 * between such ones are joined as far as they make whole numbers.
 */
#include "rules/number_find.h"

#include <string.h>

#include "rules/numbering.h"
#include "rules/text_note.h"

enum {
	PIECES_MAX = 64,
	PIECE_DIGITS_MAX = 30,
	JOIN_MAX = 30,
	SEPARATORS_MAX = 4,
	CODE_MIN = 5,
	EXTENSION_MAX = 5,
	BROKEN_MIN = 7
};

enum writing { WRITING_NONE, WRITING_PLAIN, WRITING_ENCLOSED, WRITING_CHINESE, WRITING_LETTER };

struct piece {
	size_t from, to;
	size_t first; /* in run->digits */
	size_t count;
	char16_t separator; /* before it; 0 when it touches the piece before */
	enum writing writing;
	bool whole; /* a number by itself */
};

struct run {
	bool plus;
	bool masked_before, masked_after;
	size_t from;
	struct piece piece[PIECES_MAX];
	size_t count;
	char digits[PIECES_MAX * PIECE_DIGITS_MAX];
	size_t digit_count;
};

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

static bool may_be_digit(char16_t c)
{
	return text_is_digit(c) || c == 'l' || c == 'i' || c == 'o' || c == '|';
}

/* Letters count as digits when they touch a real digit and no other letter. */
static bool letter_in_digits(const struct text *text, size_t at)
{
	enum { REACH = 24 };
	size_t from = at, to = at;
	bool real = false;
	while (from > 0 && at - from < REACH && may_be_digit(text->unit[from - 1]))
		real |= text_is_digit(text->unit[--from]);
	while (to < text->len && to - at < REACH && may_be_digit(text->unit[to]))
		real |= text_is_digit(text->unit[to++]);
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
	if (c < 0x80) {
		if (!may_be_digit(c) || !letter_in_digits(text, at))
			return WRITING_NONE;
		*digit = c == 'o' ? '0' : '1';
		return WRITING_LETTER;
	}
	int value = text_chinese_digit(c);
	if (value < 0)
		return WRITING_NONE;
	*digit = (char)('0' + value);
	return WRITING_CHINESE;
}

/* The last numeral of a Chinese run may count what follows: two times, one day. */
static bool counts_next(const struct text *text, size_t end)
{
	static const char16_t counted[] = u"次个天点月年遍条元块百千万十回人家位";
	if (end >= text->len)
		return false;
	for (const char16_t *c = counted; *c; c++) {
		if (text->unit[end] == *c)
			return true;
	}
	return false;
}

static size_t read_piece(const struct text *text, size_t at, struct run *run, char16_t separator)
{
	struct piece *p = &run->piece[run->count++];
	char digit = '0';

	*p = (struct piece){ .from = at, .first = run->digit_count, .separator = separator };
	p->writing = writing_at(text, at, &digit);
	while (writing_at(text, at, &digit) == p->writing) {
		if (p->count < PIECE_DIGITS_MAX) {
			run->digits[run->digit_count++] = digit;
			p->count++;
		}
		at++;
	}
	p->to = at;
	if (p->writing == WRITING_CHINESE && p->count > 1 && p->count < PIECE_DIGITS_MAX &&
	    counts_next(text, at)) {
		p->count--;
		run->digit_count--;
	}
	return at;
}

static bool join(const struct run *run, size_t i, size_t j, struct number *out)
{
	const struct piece *first = &run->piece[i], *last = &run->piece[j];
	const char *digits = run->digits + first->first;
	size_t len = last->first + last->count - first->first;
	size_t real = 0;

	if (len < CODE_MIN || len >= JOIN_MAX)
		return false;
	for (size_t k = i; k <= j; k++)
		real += run->piece[k].writing == WRITING_LETTER ? 0 : run->piece[k].count;
	/* Of a short code most are digits: 1OO85. */
	if (real < CODE_MIN - 1 && real * 2 <= len)
		return false;
	/* Set off by a separator, 10 is Beijing and not the head of 106. */
	if (j == i + 1 && last->count >= 7 && first->count <= 3 && digits[0] != '0' && !run->plus &&
	    last->separator && numbering_is_fixed(digits, len)) {
		memset(out, 0, sizeof(*out));
		memcpy(out->text, "+86", 3);
		memcpy(out->text + 3, digits, len);
		return true;
	}
	return numbering_read(run->plus && i == 0, digits, len, out) == 0;
}

static bool is_abroad(const struct run *run)
{
	if (run->plus)
		return true;
	return run->digit_count >= 2 && run->digits[0] == '0' && run->digits[1] == '0';
}

/* Reads separators; true when another piece of the run follows at *next. */
static bool cross_separators(const struct text *text, size_t at, struct run *run, size_t *next,
			     char16_t *separator)
{
	size_t stars = 0, count = 0;
	char digit;

	*separator = 0;
	if (is_abroad(run)) {
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

static size_t gather(const struct text *text, size_t at, struct run *run)
{
	char16_t separator = 0;
	size_t next = at;

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
	} while (run->count < PIECES_MAX && cross_separators(text, at, run, &next, &separator));
	return at;
}

static bool is_extension(const struct run *run, size_t at, const struct number *number)
{
	enum number_class class = number_classify(number->text);
	/* Digits one by one have a dash before each. */
	return at < run->count && run->piece[at].separator == '-' &&
	       run->piece[at].count <= EXTENSION_MAX && run->piece[at - 1].count > 1 &&
	       (class == NUMBER_FIXED || class == NUMBER_SHARED);
}

/* Digits that go on behind a number in its own manner of writing show that it is not whole. */
static bool goes_on(const struct run *run, size_t i, size_t j)
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
static struct number_likeness likeness_of(const struct run *run, size_t i, size_t j)
{
	const struct piece *first = &run->piece[i], *last = &run->piece[j];
	struct number_likeness alike;
	bool letters = false;
	for (size_t k = i; k <= j; k++)
		letters |= run->piece[k].writing == WRITING_LETTER;
	number_alike_digits(run->plus && i == 0, run->digits + first->first,
			    last->first + last->count - first->first, letters, &alike);
	return alike;
}

static void add(struct numbers_found *out, const struct run *run, size_t i, size_t j,
		const struct number *number)
{
	struct number_found *f = &out->list[out->count];
	enum number_class class = number_classify(number->text);
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

static bool same_pieces(const struct run *run, size_t i, size_t j, const char *digits)
{
	const struct piece *first = &run->piece[i], *last = &run->piece[j];
	size_t len = last->first + last->count - first->first;
	return len == strlen(digits) && memcmp(run->digits + first->first, digits, len) == 0;
}

/* Finds the longest number that begins with piece i and ends before piece `end`; its last piece is
 * given in *last. */
static bool longest(const struct run *run, size_t i, size_t end, struct number *number,
		    size_t *last)
{
	size_t j = i;
	while (j + 1 < end && run->piece[j + 1].first - run->piece[i].first < JOIN_MAX)
		j++;
	for (;; j--) {
		if (join(run, i, j, number) &&
		    (!goes_on(run, i, j) || is_extension(run, j + 1, number))) {
			*last = j;
			return true;
		}
		if (j == i)
			return false;
	}
}

/* A foreign number swallows pieces that would be service codes, but no mobile number. */
static size_t abroad_end(const struct run *run)
{
	for (size_t k = 1; k < run->count; k++) {
		const struct piece *p = &run->piece[k];
		if (numbering_is_mobile(run->digits + p->first, p->count))
			return k;
	}
	return run->count;
}

/* Digits of another writing that touch digits on both sides: the three are one number, in which a
 * code would be chance (1823o963930). A circled digit may be a list mark. */
static bool is_glued(const struct run *run, size_t middle)
{
	const struct piece *p = &run->piece[middle];
	return p->writing != WRITING_ENCLOSED && middle > 0 && middle + 1 < run->count &&
	       !p->separator && !run->piece[middle + 1].separator;
}

/* Digits and numerals that touch: one number in two writings. A single numeral behind digits may be
 * a word, and so may one in front of them, unless it makes a number with them. */
static bool continues_in_words(const struct run *run, size_t k)
{
	const struct piece *p = &run->piece[k];
	bool before = k > 0 && !p->separator, after = k + 1 < run->count && !p[1].separator;
	if (p->writing == WRITING_CHINESE || p->writing == WRITING_ENCLOSED)
		return (before && p[-1].writing == WRITING_PLAIN) ||
		       (after && p[1].writing == WRITING_PLAIN);
	if (p->writing != WRITING_PLAIN)
		return false;
	struct number joined;
	return (before && p[-1].writing == WRITING_CHINESE &&
		(p[-1].count > 1 || join(run, k - 1, k, &joined))) ||
	       (after && p[1].writing == WRITING_CHINESE && p[1].count > 1);
}

static bool starts_with_86(const struct run *run, size_t k)
{
	const struct piece *p = &run->piece[k];
	return p->count > 2 && memcmp(run->digits + p->first, "86", 2) == 0;
}

static bool is_whole(const struct run *run, size_t k)
{
	struct number number;
	if ((k == 0 && run->plus) || !join(run, k, k, &number))
		return false;
	/* These are too long to be chance. */
	enum number_class class = number_classify(number.text);
	if (class == NUMBER_MOBILE ||
	    (class == NUMBER_FIXED && run->digits[run->piece[k].first] == '0'))
		return true;
	/* 86 before a code is chance where it makes a number with what stands before it. */
	for (size_t i = k; starts_with_86(run, k) && i-- > 0;) {
		if (join(run, i, k, &number))
			return false;
	}
	return !(k > 0 && is_glued(run, k - 1)) && !(k + 1 < run->count && is_glued(run, k + 1)) &&
	       !continues_in_words(run, k);
}

static void mark_whole_pieces(struct run *run)
{
	for (size_t k = 0; k < run->count; k++)
		run->piece[k].whole = is_whole(run, k);
}

/* A carrier's prefix is a service code as well: dialled before a number it is neither. */
static bool is_dialled_prefix(const struct run *run, size_t i, size_t j)
{
	const struct piece *first = &run->piece[i], *last = &run->piece[j];
	return j + 1 < run->count &&
	       numbering_is_dialled_before(run->digits + first->first,
					   last->first + last->count - first->first);
}

/* The piece at which to go on when no number begins with piece i. Digits one by one belong
 * together: what is behind the first of them is not a number by itself. */
static size_t behind_unread(const struct run *run, size_t i)
{
	size_t next = i + 1;
	if (run->piece[i].count != 1)
		return next;
	while (next < run->count && run->piece[next].count == 1 && run->piece[next].separator &&
	       run->piece[next].separator == run->piece[i + 1].separator)
		next++;
	return next;
}

static void divide(struct run *run, struct numbers_found *out)
{
	struct number number;
	size_t i = 0, last;

	mark_whole_pieces(run);
	if (is_abroad(run) && longest(run, 0, abroad_end(run), &number, &last)) {
		add(out, run, 0, last, &number);
		i = last + 1;
	}
	while (i < run->count) {
		size_t end = i + 1;
		if (!run->piece[i].whole || is_dialled_prefix(run, i, i)) {
			while (end < run->count && !run->piece[end].whole)
				end++;
		} else if (end < run->count && same_pieces(run, i, end, "10086999")) {
			end++; /* our own number, written in two */
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
	static const char16_t *const words[] = { u"转", u"分机", u"ext", u"#", u"-" };
	while (at < text->len && (text->unit[at] == ' ' || text->unit[at] == ','))
		at++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t end = at + text_word_len(words[i]), digits = 0;
		if (!text_at(text, at, words[i]))
			continue;
		while (end < text->len && (text->unit[end] == ' ' || text->unit[end] == '.'))
			end++;
		while (end + digits < text->len && text_is_digit(text->unit[end + digits]))
			digits++;
		if (digits > 0 && digits <= EXTENSION_MAX) {
			text_take(text, end, end + digits);
			text_note(text, NOTE_TAKEN, "extension", end, end + digits);
		}
		return;
	}
}

/* A run in which there is no number: which one it imitates, and why it is none. */
static void note_unread(const struct text *text, const struct run *run, struct numbers_found *out)
{
	if (!out->unread.official)
		out->unread = likeness_of(run, 0, run->count - 1);
	if (run->digit_count >= CODE_MIN || run->masked_after)
		text_note(text, NOTE_UNREAD,
			  run->masked_before || run->masked_after ? "masked" : "no whole number",
			  run->from, run->piece[run->count - 1].to);
}

void number_find(struct text *text, struct numbers_found *out)
{
	struct run run;
	char digit;

	out->count = 0;
	out->broken = false;
	out->unread = (struct number_likeness){ ALIKE_NONE, NULL };
	for (size_t i = 0; i < text->len; i++) {
		size_t start = i;
		if (text->unit[i] == '+' && !(text->mark[i] & TEXT_TAKEN)) {
			start++;
			while (start < text->len &&
			       (text->unit[start] == ' ' || text->unit[start] == '(') &&
			       start - i < SEPARATORS_MAX)
				start++;
		}
		if (writing_at(text, start, &digit) == WRITING_NONE)
			continue;
		size_t before = out->count;
		i = gather(text, i, &run) - 1;
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
