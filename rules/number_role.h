/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_role.h - which of the numbers in a text are complained of.
 *
 * Does:    leaves out the subscriber's own number, numbers only mentioned, authorities called for
 *          help, numbers taken back ("not A but B") and contacts inside a quoted message.
 * Memory:  allocates nothing. Threads: pure.
 * Source:  tests/data/README.md "Which numbers".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/number_find.h"
#include "rules/text_fold.h"

enum number_role {
	ROLE_CALLER,
	ROLE_OWN,
	ROLE_MENTIONED, /* claimed, denied, called for help, taken back */
	ROLE_DIALLED,	/* a code that somebody called, or is asked to call */
	ROLE_CONTACT,	/* where a quoted message wants to be answered */
	ROLE_COUNT
};

const char *number_role_name(enum number_role role); /* "caller" */

/* "A or B": the sender does not know which of two callers, one behind the other, it was. */
bool number_is_either(const struct text *text, const struct number_found *one,
		      const struct number_found *next);

/* One role for each of found->list. */
void number_roles(const struct text *text, const struct numbers_found *found,
		  enum number_role roles[NUMBER_FOUND_MAX]);
