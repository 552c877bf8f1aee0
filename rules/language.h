/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* language.h - everything that the readers of texts know of languages and of the numbering plan.
 *
 * Owns:    talloc'ed below ctx, with all its tables; freed as one.
 * Threads: read-only once made; shared by any threads.
 */
#pragma once

#include "rules/numbering.h"

struct language {
	const struct numbering *numbering;
};

/* The built-in language and plan; NULL when out of memory. */
struct language *language_create_builtin(void *ctx);
