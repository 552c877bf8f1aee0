/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* category_read.h - what the caller offered.
 *
 * Does:    the product right behind a word for selling, else the one named first; a gift or a part
 *          of the offer counts only when nothing else is named, words of fraud and a mere "upgrade"
 *          only when no product is.
 * Memory:  allocates nothing. Threads: pure. Source: tests/data/README.md "Category".
 */
#pragma once

#include <stddef.h>

#include "rules/lexicon.h"
#include "rules/report_parse.h"

enum report_category category_read(const struct text *text, const struct token *tokens,
				   size_t count);
