/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intent_keyword.h - texts that are one keyword: KTJWPB, CXJB, TD, ...
 *
 * Does:    case, spaces and punctuation do not matter (the text is folded, the rest is skipped).
 * Returns: false when the text is no keyword; a receipt number may stand behind some.
 * Memory:  allocates nothing. Threads: pure. Source: tests/data/README.md "Keywords".
 */
#pragma once

#include <stdbool.h>

#include "rules/report_parse.h"
#include "rules/text_fold.h"

bool intent_keyword(const struct text *text, bool receipt, enum report_intent *intent,
		    enum report_scope *scope);

/* A blocking keyword as one word among others. */
bool intent_block_keyword_at(const struct text *text, size_t at, enum report_intent *intent,
			     enum report_scope *scope);
