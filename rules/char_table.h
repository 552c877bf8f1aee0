/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* char_table.h - the few characters that stand for digits and numerals, found with one comparison:
 * almost every unit of a text is looked up.
 *
 * Memory:  _find allocates nothing. Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum char_use {
	CHAR_NONE,
	CHAR_DIGIT,   /* in telephone numbers and in counts */
	CHAR_COUNT,   /* only in counts */
	CHAR_LETTER,  /* a letter that passes for 0 or 1 */
	CHAR_TENS,    /* value 10, 20, ... */
	CHAR_SEVERAL, /* a few; behind tens: and some */
	CHAR_MORE,    /* behind tens: and some */
};

struct char_entry {
	char16_t c; /* 0: none */
	int8_t value;
	uint8_t use;
	bool begins_time; /* a written time may begin with it */
};

enum { CHAR_ASCII = 0x80, CHAR_SLOTS = 1024, CHAR_TABLE_MAX = 96 };

/* Beyond ASCII each character has a slot of its own: `factor` was looked for until no two shared
 * one. */
struct char_table {
	uint32_t factor;
	uint32_t mask; /* slots in use, less one */
	struct char_entry ascii[CHAR_ASCII];
	struct char_entry slots[CHAR_SLOTS];
};

static inline size_t char_table_slot(const struct char_table *table, char16_t c)
{
	return (c * table->factor >> 16) & table->mask;
}

static inline const struct char_entry *char_table_find(const struct char_table *table, char16_t c)
{
	const struct char_entry *entry =
		c < CHAR_ASCII ? &table->ascii[c] : &table->slots[char_table_slot(table, c)];
	return entry->c == c && c ? entry : NULL;
}

/* Places the entries (at most CHAR_TABLE_MAX, no two of one character); false when no factor was
 * found, which does not happen with so few. */
bool char_table_fill(struct char_table *table, const struct char_entry *entries, size_t count);
