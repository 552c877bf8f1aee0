/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/link_book.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

struct link_book {
	struct llist_head rows;
	size_t count;
	struct link_row other;
};

struct column {
	const char *name;
	const char *type;
	const char *help;
	size_t offset;
};

#define COLUMN(name, type, help) { #name, type, help, offsetof(struct link_row, name) },
static const struct column columns[] = { LINK_COUNTS(COLUMN) };

struct link_book *link_book_create(void *ctx)
{
	struct link_book *book = talloc_zero(ctx, struct link_book);

	if (!book)
		return NULL;
	INIT_LLIST_HEAD(&book->rows);
	book->other = (struct link_row){ .name = "other", .side = "any" };
	return book;
}

static struct link_row *add_row(struct link_book *book, const char *name, const char *side)
{
	struct link_row *row = NULL;

	if (book->count < LINK_BOOK_MAX)
		row = talloc_zero(book, struct link_row);
	if (!row)
		return &book->other;
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->side = side;
	llist_add_tail(&row->list, &book->rows);
	book->count++;
	return row;
}

struct link_row *link_book_row(struct link_book *book, const char *name, const char *side)
{
	struct link_row *row;

	llist_for_each_entry(row, &book->rows, list)
		if (strcmp(row->name, name) == 0 && strcmp(row->side, side) == 0)
			return row;
	return add_row(book, name, side);
}

/* A label's value: backslash and quote have one in front of them. Names hold no line ends. */
static void escape(const char *name, char out[2 * LINK_NAME_MAX])
{
	size_t len = 0;

	for (; *name; name++) {
		if (*name == '\\' || *name == '"')
			out[len++] = '\\';
		out[len++] = *name;
	}
	out[len] = '\0';
}

static void put_value(FILE *out, const struct column *column, const struct link_row *row)
{
	char name[2 * LINK_NAME_MAX];
	uint64_t value;

	escape(row->name, name);
	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	fprintf(out, "mianrao_link_%s{link=\"%s\",side=\"%s\"} %" PRIu64 "\n", column->name, name,
		row->side, value);
}

static void put_column(FILE *out, const struct link_book *book, const struct column *column)
{
	const struct link_row *row;

	fprintf(out, "# HELP mianrao_link_%s %s\n# TYPE mianrao_link_%s %s\n", column->name,
		column->help, column->name, column->type);
	llist_for_each_entry(row, &book->rows, list)
		put_value(out, column, row);
	if (book->count == LINK_BOOK_MAX)
		put_value(out, column, &book->other);
}

char *link_book_format(const struct link_book *book, char *text)
{
	char *rows = NULL;
	size_t len;
	FILE *out = text ? open_memstream(&rows, &len) : NULL;

	for (size_t i = 0; out && i < sizeof(columns) / sizeof(*columns); i++)
		put_column(out, book, &columns[i]);
	if (out && fclose(out) == 0)
		text = talloc_strdup_append_buffer(text, rows);
	free(rows);
	return text;
}
