/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"

enum { COLUMNS_MAX = 32, COLUMN_LEAST = 8, DURATION_MAX = 48 };

static bool is_seconds(const char *key)
{
	size_t len = key ? strlen(key) : 0;
	return len > 2 && strcmp(key + len - 2, "_s") == 0;
}

/* "uptime_s": 11100 is "uptime  3 h 05 min" to a person. */
static bool format_duration(const char *key, const json_t *value, char out[DURATION_MAX])
{
	int64_t s = json_integer_value(value);
	if (!json_is_integer(value) || !is_seconds(key))
		return false;
	if (s < 60)
		snprintf(out, DURATION_MAX, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(out, DURATION_MAX, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, DURATION_MAX, "%" PRId64 " h %02" PRId64 " min", s / 3600,
			 s / 60 % 60);
	else
		snprintf(out, DURATION_MAX, "%" PRId64 " d %02" PRId64 " h", s / 86400,
			 s / 3600 % 24);
	return true;
}

static char *format_value(const char *key, const json_t *value);

/* The parts of a small list or object in one cell. */
static char *join_parts(const json_t *value)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	const char *key;
	json_t *part;
	size_t i;
	if (!stream)
		return NULL;
	if (json_is_array(value)) {
		json_array_foreach(value, i, part)
		{
			char *one = format_value(NULL, part);
			fprintf(stream, "%s%s", i ? ", " : "", one ? one : "?");
			free(one);
		}
	} else {
		const char *gap = "";
		json_object_foreach((json_t *)value, key, part)
		{
			char *one = format_value(key, part);
			char *name = cli_clean(key);
			fprintf(stream, "%s%s %s", gap, name ? name : "?", one ? one : "?");
			free(name);
			free(one);
			gap = ", ";
		}
	}
	fclose(stream);
	return text;
}

/* Any value as one line; malloc'ed, NULL when out of memory. */
static char *format_value(const char *key, const json_t *value)
{
	char text[DURATION_MAX];
	if (format_duration(key, value, text))
		return strdup(text);
	switch (json_typeof(value)) {
	case JSON_STRING:
		return cli_clean(json_string_value(value));
	case JSON_INTEGER:
		snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return strdup(text);
	case JSON_REAL:
		snprintf(text, sizeof text, "%g", json_real_value(value));
		return strdup(text);
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	case JSON_NULL:
		return strdup("-");
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return join_parts(value);
}

static void put_padded(FILE *out, const char *text, int width)
{
	int pad = width - cli_width(text);
	fprintf(out, "%s%*s", text, pad > 0 ? pad : 0, "");
}

/* No wider than `most`. */
static void put_cell(FILE *out, const char *text, int most, int width)
{
	char *cut;
	if (cli_width(text) <= most ||
	    asprintf(&cut, "%.*s…", (int)cli_fitting(text, most - 1), text) < 0) {
		put_padded(out, text, width);
		return;
	}
	put_padded(out, cut, width);
	free(cut);
}

/* "by_state" as "by state", for headings. */
static void put_name(FILE *out, const char *name, int width)
{
	char *clean = cli_clean(name);
	if (clean && is_seconds(name))
		clean[strlen(clean) - 2] = 0;
	for (char *c = clean; c && *c; c++)
		if (*c == '_')
			*c = ' ';
	put_padded(out, clean ? clean : "?", width);
	free(clean);
}

static void show_member(FILE *out, const char *key, const json_t *value, int indent, int width)
{
	char *text = format_value(key, value);
	fprintf(out, "%*s", indent, "");
	put_name(out, key, width);
	fprintf(out, "  %s\n", text && *text ? text : "-");
	free(text);
}

/* Lists of objects are tables; their columns are the keys in the order of first appearance. */
struct table {
	const char *keys[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	size_t count;
};

static size_t find_column(struct table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->keys[i], key) == 0)
			return i;
	if (table->count == COLUMNS_MAX)
		return COLUMNS_MAX;
	table->keys[table->count] = key;
	table->widths[table->count] = cli_width(key);
	return table->count++;
}

/* References to numbers are for programs and for `mianrao --json`. */
static bool is_ref(const char *key)
{
	size_t len = strlen(key);
	return len > 4 && strcmp(key + len - 4, "_ref") == 0;
}

static void measure_table(struct table *table, const json_t *rows)
{
	const char *key;
	json_t *row, *value;
	size_t i;
	json_array_foreach(rows, i, row)
	{
		json_object_foreach(row, key, value)
		{
			if (is_ref(key))
				continue;
			size_t column = find_column(table, key);
			char *text = format_value(key, value);
			int width = text ? cli_width(text) : 0;
			if (column < COLUMNS_MAX && width > table->widths[column])
				table->widths[column] = width;
			free(text);
		}
	}
}

/* Room that the column could give: none of its heading. */
static int spare(const struct table *table, size_t column)
{
	int least = cli_width(table->keys[column]);
	return table->widths[column] - (least > COLUMN_LEAST ? least : COLUMN_LEAST);
}

/* The widest columns give way until a row fits; where that cannot be, lines are longer. */
static void fit_table(struct table *table, int indent, int columns)
{
	int total = indent + 2 * ((int)table->count - 1);
	for (size_t i = 0; i < table->count; i++)
		total += table->widths[i];
	for (; columns > 0 && total > columns; total--) {
		size_t widest = table->count;
		for (size_t i = 0; i < table->count; i++)
			if (spare(table, i) > 0 &&
			    (widest == table->count || table->widths[i] > table->widths[widest]))
				widest = i;
		if (widest == table->count)
			return;
		table->widths[widest]--;
	}
}

/* The last column is not padded: no line ends in blanks. */
static void show_row(FILE *out, const struct table *table, const json_t *row, int indent)
{
	fprintf(out, "%*s", indent, "");
	for (size_t i = 0; i < table->count; i++) {
		const json_t *value = row ? json_object_get(row, table->keys[i]) : NULL;
		int width = i + 1 < table->count ? table->widths[i] : 0;
		if (!row) {
			put_name(out, table->keys[i], width);
		} else {
			char *text = value ? format_value(table->keys[i], value) : strdup("-");
			put_cell(out, text && *text ? text : "-", table->widths[i], width);
			free(text);
		}
		fputs(i + 1 < table->count ? "  " : "\n", out);
	}
}

static void show_table(FILE *out, const json_t *rows, int indent)
{
	struct table table = { .count = 0 };
	json_t *row;
	size_t i;
	measure_table(&table, rows);
	fit_table(&table, indent, cli_columns(out));
	show_row(out, &table, NULL, indent);
	json_array_foreach(rows, i, row) show_row(out, &table, row, indent);
}

static bool is_table(const json_t *value)
{
	json_t *row;
	size_t i;
	json_array_foreach(value, i, row) if (!json_is_object(row)) return false;
	return json_array_size(value) > 0;
}

static void show_list(FILE *out, const json_t *list, int indent)
{
	json_t *item;
	size_t i;
	if (is_table(list)) {
		show_table(out, list, indent);
		return;
	}
	json_array_foreach(list, i, item)
	{
		char *text = format_value(NULL, item);
		fprintf(out, "%*s%s\n", indent, "", text ? text : "?");
		free(text);
	}
	if (json_array_size(list) == 0)
		fprintf(out, "%*snone\n", indent, "");
}

static void show_object(FILE *out, const json_t *object, int indent)
{
	const char *key;
	json_t *value;
	int width = 0;
	json_object_foreach((json_t *)object, key,
			    value) if (!json_is_array(value) && !json_is_object(value) &&
				       cli_width(key) > width) width = cli_width(key);
	json_object_foreach((json_t *)object, key,
			    value) if (!json_is_array(value) && !json_is_object(value))
		show_member(out, key, value, indent, width);
	json_object_foreach((json_t *)object, key, value)
	{
		if (!json_is_array(value) && !json_is_object(value))
			continue;
		fprintf(out, "%*s", indent, "");
		put_name(out, key, 0);
		fputs(":\n", out);
		cli_show_at(out, value, indent + 2);
	}
}

void cli_show_at(FILE *out, const json_t *value, int indent)
{
	if (json_is_object(value) && json_object_size(value) == 0) {
		fprintf(out, "%*snone\n", indent, "");
	} else if (json_is_object(value)) {
		show_object(out, value, indent);
	} else if (json_is_array(value)) {
		show_list(out, value, indent);
	} else {
		char *text = format_value(NULL, value);
		fprintf(out, "%*s%s\n", indent, "", text ? text : "?");
		free(text);
	}
}

/* An answer that is one list and nothing else, at most where it goes on, needs no heading. */
void cli_show(FILE *out, const json_t *result)
{
	const json_t *next = json_object_get(result, "next");
	void *only = json_is_object(result) && json_object_size(result) == (next ? 2 : 1)
			     ? json_object_iter((json_t *)result)
			     : NULL;
	if (!only || !json_is_array(json_object_iter_value(only))) {
		cli_show_at(out, result, 0);
		return;
	}
	cli_show_at(out, json_object_iter_value(only), 0);
	if (json_is_string(next))
		fprintf(out, "more: --cursor %s\n", json_string_value(next));
}
