/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/char_table.h"

#include <string.h>

static bool place_all(struct char_table *table, const struct char_entry *entries, size_t count)
{
	memset(table->slots, 0, sizeof(table->slots));
	for (size_t i = 0; i < count; i++) {
		if (entries[i].c < CHAR_ASCII)
			continue;
		struct char_entry *slot = &table->slots[char_table_slot(table, entries[i].c)];
		if (slot->c)
			return false;
		*slot = entries[i];
	}
	return true;
}

/* Small tables stay in the cache: more slots only when no factor divides the characters. */
bool char_table_fill(struct char_table *table, const struct char_entry *entries, size_t count)
{
	enum { SLOTS_MIN = 64, TRIES = 2000 };
	uint32_t factor = 0x9e3779b1;

	memset(table->ascii, 0, sizeof(table->ascii));
	for (size_t i = 0; i < count; i++) {
		if (entries[i].c < CHAR_ASCII)
			table->ascii[entries[i].c] = entries[i];
	}
	for (uint32_t slots = SLOTS_MIN; slots <= CHAR_SLOTS; slots *= 2) {
		table->mask = slots - 1;
		for (int i = 0; i < TRIES; i++) {
			factor = factor * 1664525 + 1013904223;
			table->factor = factor | 1;
			if (place_all(table, entries, count))
				return true;
		}
	}
	return false;
}
