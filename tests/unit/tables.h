/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tables.h - the built-in language and plan, made once for each program of tests
 * (unit, fuzz, bench, interop). */
#pragma once

#include <stdlib.h>

#include "rules/language_load.h"

static inline const struct language *test_language(void)
{
	static const struct language *language;

	if (!language)
		language = language_create_builtin(NULL);
	if (!language)
		abort();
	return language;
}

static inline const struct numbering *test_plan(void)
{
	return test_language()->numbering;
}
