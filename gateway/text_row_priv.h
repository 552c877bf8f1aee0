/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_row_priv.h - what the files of text_row share; nobody else includes it.
 *
 * text_row.c   handed over, receipts
 * text_due.c   what time brings
 */
#pragma once

#include "gateway/text_row.h"

struct text {
	int64_t id;
	enum text_state state;
	int64_t attempts;
	int64_t report_id;
	unsigned told;
};

struct text_open_parts {
	int64_t count; /* all of the attempt */
	int64_t open;  /* without a receipt */
	int64_t owed;  /* of these: where one was to come in any case */
};

/* 1, or 0 when it was forgotten. */
int text_load(struct db *db, int64_t id, struct text *out) __attribute__((warn_unused_result));
/* `due_ms` 0: never. */
int text_move(struct db *db, const struct text *text, enum text_state to, int64_t due_ms,
	      const char *reason) __attribute__((warn_unused_result));
/* As far as anyone can know, the subscriber has it. */
int text_reached(struct db *db, const struct text *text, enum text_state to,
		 const struct text_policy *policy) __attribute__((warn_unused_result));
int text_count_parts(struct db *db, const struct text *text, struct text_open_parts *out)
	__attribute__((warn_unused_result));
/* When a text that came to its end is forgotten. */
int64_t text_forget_ms(const struct text_policy *policy);
