/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_explain.h - a text read by the very readers of report_parse.h, with all they saw in it.
 *
 * Does:    reads the text and shows the folded text, the words, the numbers with their roles, and
 *          the notes of every reader (text_note.h). The reading is that of report_parse_text().
 * Owns:    what is shown lives until the callback returns.
 * Returns: 0 after one call of `show`, or -ENOMEM without one.
 * Threads: pure, any thread. Slower than report_parse_text: it allocates.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/lexicon.h"
#include "rules/number_find.h"
#include "rules/number_role.h"
#include "rules/report_parse.h"
#include "rules/text_note.h"

enum { EXPLAIN_NOTES_MAX = 1024 };

struct report_explained {
	const struct report_reading *reading;
	const struct text *text;
	const struct token *tokens;
	size_t token_count;
	const struct numbers_found *found; /* all of them; reading->numbers are those that count */
	const enum number_role *roles;
	const struct text_notes *notes;
};

typedef void report_explain_fn(void *user, const struct report_explained *explained);

int report_explain_text(const struct language *language, const struct keyword_set *keywords,
			const char *text, size_t len, int64_t received_ms, report_explain_fn *show,
			void *user) __attribute__((warn_unused_result));
