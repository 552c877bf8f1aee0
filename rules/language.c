/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/language.h"

#include <talloc.h>

struct language *language_create_builtin(void *ctx)
{
	struct language *language = talloc_zero(ctx, struct language);

	if (!language)
		return NULL;
	language->numbering = numbering_create_builtin(language);
	if (!language->numbering) {
		talloc_free(language);
		return NULL;
	}
	return language;
}
