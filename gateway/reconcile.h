/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reconcile.h - the rewards system's account of a day, read strictly and compared with the ledger.
 *
 * Format:  JSON Lines, where each object has id, amount_mb and state (or status), and perhaps type;
 *          or CSV, whose first line names such columns, with ',', ';' or a tab between them. Other
 *          members and columns are passed over. Of a file as settlement_file.h writes it, header
 *          and trailer are read, and count, sum and SHA-256 compared.
 * Errors:  -EBADMSG with a text that says what is wrong; the lines behind are read all the same.
 * Threads: pure. Memory: allocates nothing but what jansson does while a line is read.
 */
#pragma once

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/reward_row.h"
#include "gateway/settlement_file.h"

enum { RECONCILE_ERROR_MAX = 160, RECONCILE_LINE_MAX = 65536 };

struct reconcile_entry {
	char id[REWARD_KEY_MAX];
	enum reward_kind kind;
	enum reward_state state;
	uint64_t amount_mb;
	uint64_t line;
};

enum reconcile_format { RECONCILE_UNKNOWN, RECONCILE_CSV, RECONCILE_JSON };
enum reconcile_column {
	RECONCILE_ID,
	RECONCILE_AMOUNT,
	RECONCILE_STATE,
	RECONCILE_TYPE,
	RECONCILE_COLUMNS
};

/* Zero before the first line. */
struct reconcile_reader {
	enum reconcile_format format;
	uint64_t line; /* the number of the one read last */
	uint64_t entries;
	uint64_t sum_mb;
	bool has_day; /* from the header */
	struct settlement_day day;
	bool ended; /* by the trailer */
	char delimiter;
	int columns[RECONCILE_COLUMNS]; /* place from 1; 0: absent */
	bool hashing;
	struct sha256_ctx hash; /* of all lines before */
};

/* Reads one line without its end; `line` is rewritten. 1: an entry; 0: something else, or nothing.
 */
int reconcile_read(struct reconcile_reader *reader, char *line, size_t len,
		   struct reconcile_entry *out, char error[RECONCILE_ERROR_MAX])
	__attribute__((warn_unused_result));

/* How two accounts of one entry differ. */
enum reconcile_difference {
	RECONCILE_SAME = 0,
	RECONCILE_AMOUNT_DIFFERS = 1,
	RECONCILE_STATE_DIFFERS = 2,
};
/* Bits. An entry that is due here and requested there is the same: open. */
unsigned reconcile_compare(const struct reconcile_entry *here, const struct reconcile_entry *there);
