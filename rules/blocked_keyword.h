/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* blocked_keyword.h - what a text asks about blocked calls and messages: the list of them, the
 * release of one, the daily summary.
 *
 * Does:    reads, by the table of keywords, CXLJ, 拦截记录, FX 2, 放行+85298765432, release SHOP,
 *          ZB, QXZB and the like; case, blanks and punctuation do not matter. A keyword and nothing
 *          but its argument: all else is no request, since a release lets something in. The name of
 *          a sender is what keyword_read.h does not read.
 * Input:   UTF-8 that may hold anything. More than BLOCKED_KEYWORD_TEXT_MAX octets are no request.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stddef.h>

#include "rules/keyword.h"
#include "rules/number.h"

enum { BLOCKED_KEYWORD_TEXT_MAX = 80 };

/* Of a release at most one of the two is there; without both, the list has to be shown. */
struct blocked_request {
	enum keyword_sense sense; /* KEYWORD_NONE: it asks nothing of that kind */
	int place;		  /* 1 to 9 in the list that was shown, or 0 */
	struct number sender;	  /* canonical, or a name in small letters; "" for none */
};

struct blocked_request blocked_keyword_read(const struct language *language,
					    const struct keyword_set *keywords, const char *utf8,
					    size_t len);
