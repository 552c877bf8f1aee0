/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intent_read.h - what the sender of a text wants.
 *
 * Does:    keywords first, then the words of the text, in the order of the contract: the first
 *          intent that fits wins.
 * Memory:  allocates nothing. Threads: pure. Source: tests/data/README.md "Intents", "Keywords".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/lexicon.h"
#include "rules/report_parse.h"

/* What the other readers found in the text. */
struct intent_facts {
	size_t numbers;	 /* complained of */
	size_t ports;	 /* of them 106... */
	bool any_number; /* also the own or a mentioned one */
	bool starts_with_number;
	bool ends_with_number;
	bool broken_number; /* digits that would be one, masked or miscounted */
	bool receipt;
	size_t urls;
	enum report_category category;
	bool product;  /* the category is a product, not a mere sign of fraud */
	size_t digits; /* digits of a text that has nothing else */
	bool has_time;
	struct keyword_reading keyword;	    /* what the text is as a whole */
	const struct keyword_set *keywords; /* for those among other words; NULL: none */
};

enum report_intent intent_read(const struct text *text, const struct token *tokens, size_t count,
			       const struct intent_facts *facts, enum report_scope *scope);
