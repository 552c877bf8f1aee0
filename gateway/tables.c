/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/tables.h"

#include <talloc.h>

struct tables *tables_create(void)
{
	struct tables *tables = talloc_zero(NULL, struct tables);
	struct language *language;

	if (!tables)
		return NULL;
	language = language_create_builtin(tables);
	if (!language) {
		talloc_free(tables);
		return NULL;
	}
	tables->language = language;
	tables->numbering = language->numbering;
	tables->holds = 1;
	return tables;
}

struct tables *tables_hold(struct tables *tables)
{
	tables->holds++;
	return tables;
}

void tables_release(struct tables *tables)
{
	if (tables && --tables->holds == 0)
		talloc_free(tables);
}
