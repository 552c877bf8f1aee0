/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_fold.h - a subscriber's text, folded so that one spelling is left for each character.
 *
 * Does:    UTF-8 to 16-bit units: compatibility forms (full-width, circled, mathematical, ...)
 *          become plain, capitals small, traditional characters simplified, spaces ' ', line breaks
 *          '\n', dashes and bullets '-' and '.'; zero-width, control and direction characters go.
 *          Characters over U+FFFF that are left become U+FFFD.
 * Input:   may hold anything; a broken sequence becomes one U+FFFD.
 * Memory:  allocates nothing; the caller lends `unit` and `mark`, `len` entries each, which always
 *          suffice. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum text_mark {
	TEXT_ENCLOSED = 1, /* a digit that came circled, in brackets or as a keycap */
	TEXT_TAKEN = 2,	   /* read as something that is no telephone number */
};

struct text_notes;
struct language;

struct text {
	const struct language *language; /* by which it is read */
	struct text_notes *notes;	 /* NULL, but for those who ask why: text_note.h */
	char16_t *unit;
	uint8_t *mark;
	size_t len;
	bool has_word; /* holds a letter, a digit or an ideograph */
};

void text_fold(const struct language *language, const char *utf8, size_t len, struct text *text);

/* Compatibility form of one code point: its plain units (at most 2; 0 for a character that is
 * dropped). */
size_t text_fold_char(const struct language *language, uint32_t cp, char16_t out[2], uint8_t *mark);

static inline bool text_is_digit(char16_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_is_latin(char16_t c)
{
	return c >= 'a' && c <= 'z';
}

/* A letter, a digit or an ideograph: what a keyword is made of. */
static inline bool text_is_word(char16_t c)
{
	return text_is_digit(c) || text_is_latin(c) || (c >= 0x4e00 && c <= 0x9fff);
}

/* True when what follows the first unit of `word` stands behind `at`. */
bool text_rest_at(const struct text *text, size_t at, const char16_t *word);

/* True when `word` (not empty) stands at `at`, or ends right before `end`. Almost every look ends
 * at the first unit, which is why that one is compared in place. */
static inline bool text_at(const struct text *text, size_t at, const char16_t *word)
{
	return at < text->len && text->unit[at] == word[0] && text_rest_at(text, at, word);
}

bool text_before(const struct text *text, size_t end, const char16_t *word);
size_t text_word_len(const char16_t *word);

void text_take(struct text *text, size_t from, size_t to);
