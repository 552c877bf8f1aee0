/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/table_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

void table_fault(struct table_faults *faults, const struct table_text *table, size_t line,
		 const char *format, ...)
{
	va_list args;
	char *what;

	if (faults->count == TABLE_FAULTS_MAX) {
		faults->left_out++;
		return;
	}
	va_start(args, format);
	what = talloc_vasprintf(faults->ctx, format, args);
	va_end(args);
	faults->list[faults->count++] =
		(struct table_fault){ table->name, line, what ? what : "out of memory" };
}

char *table_faults_format(void *ctx, const struct table_faults *faults)
{
	char *out = talloc_strdup(ctx, "");

	for (size_t i = 0; i < faults->count; i++) {
		const struct table_fault *fault = &faults->list[i];

		out = fault->line
			      ? talloc_asprintf_append(out, "%s:%zu: %s\n", fault->name,
						       fault->line, fault->what)
			      : talloc_asprintf_append(out, "%s: %s\n", fault->name, fault->what);
	}
	if (faults->left_out)
		out = talloc_asprintf_append(out, "and %zu more\n", faults->left_out);
	return out;
}

static struct table_walk begin(const struct table_text *table, struct table_faults *faults)
{
	const size_t mark = sizeof(byte_order_mark) - 1;
	bool marked =
		table && table->len >= mark && memcmp(table->text, byte_order_mark, mark) == 0;

	return (struct table_walk){ .table = table, .faults = faults, .at = marked ? mark : 0 };
}

struct table_walk table_walk_begin(const struct table_text *table, struct table_faults *faults)
{
	return begin(table, faults);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct table_column trimmed(const char *text, size_t len)
{
	while (len > 0 && is_blank(text[0])) {
		text++;
		len--;
	}
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return (struct table_column){ text, len };
}

/* What is wrong with the line as a line; NULL for nothing. */
static const char *wrong_with(const char *text, size_t len)
{
	if (len > TABLE_LINE_MAX)
		return "is longer than 1000 octets";
	if (u8_check((const uint8_t *)text, len))
		return "is no UTF-8";
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return "holds a control character";
	}
	return NULL;
}

/* False when there are too many columns. Empty ones at the end do not count. */
static bool divide(const char *text, size_t len, struct table_line *line)
{
	const char *end = text + len;

	for (line->count = 0; text <= end; line->count++) {
		const char *tab = memchr(text, '\t', (size_t)(end - text));
		const char *stop = tab ? tab : end;

		if (line->count == TABLE_COLUMNS_MAX)
			return false;
		line->column[line->count] = trimmed(text, (size_t)(stop - text));
		text = stop + 1;
	}
	while (line->count > 0 && line->column[line->count - 1].len == 0)
		line->count--;
	return true;
}

bool table_walk_next(struct table_walk *walk, struct table_line *line)
{
	while (walk->table) {
		const struct table_text *table = walk->table;
		if (walk->at >= table->len) {
			*walk = begin(table->more, walk->faults);
			continue;
		}
		const char *text = table->text + walk->at;
		const char *newline = memchr(text, '\n', table->len - walk->at);
		size_t len = newline ? (size_t)(newline - text) : table->len - walk->at;
		const char *wrong;

		walk->at += len + 1;
		walk->line++;
		if (len > 0 && text[len - 1] == '\r')
			len--;
		if (len == 0 || text[0] == '#')
			continue;
		wrong = wrong_with(text, len);
		*line = (struct table_line){ .table = table, .number = walk->line };
		if (!wrong && !divide(text, len, line))
			wrong = "has too many columns";
		if (wrong)
			table_fault(walk->faults, table, walk->line, "%s", wrong);
		else if (line->count > 0)
			return true;
	}
	return false;
}

bool table_column_is(struct table_column column, const char *word)
{
	return strlen(word) == column.len && memcmp(word, column.text, column.len) == 0;
}

bool table_column_split(struct table_column *rest, const char *marks, struct table_column *part)
{
	size_t len = 0;

	if (rest->len == 0)
		return false;
	while (len < rest->len && !strchr(marks, rest->text[len]))
		len++;
	*part = trimmed(rest->text, len);
	len += len < rest->len;
	rest->text += len;
	rest->len -= len;
	return true;
}

bool table_column_number(struct table_column column, long min, long max, long *out)
{
	enum { DIGITS_MAX = 9 };
	bool minus = column.len > 1 && column.text[0] == '-';
	long value = 0;

	if (column.len == 0 || column.len > DIGITS_MAX)
		return false;
	for (size_t i = minus; i < column.len; i++) {
		if (column.text[i] < '0' || column.text[i] > '9')
			return false;
		value = value * 10 + (column.text[i] - '0');
	}
	*out = minus ? -value : value;
	return *out >= min && *out <= max;
}

bool table_column_range(struct table_column column, long min, long max, long *from, long *to)
{
	struct table_column rest = column, first;

	if (!table_column_split(&rest, "-", &first) || !table_column_number(first, min, max, from))
		return false;
	*to = *from;
	if (first.len == column.len)
		return true;
	return table_column_number(rest, min, max, to) && *to >= *from;
}
