/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A piece of a CSV file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cdr_file_priv.h"
#include "gateway/csv.h"
#include "gateway/feed_source.h"

enum { REASON_MAX = 256, LINES_MAX = 4 * CDR_PIECE };

/* What is wrong with the line that was read last. */
static int cdr_bad_line(struct cdr_reading *reading, const char *reason, const char *line,
			size_t len)
{
	char where[CDR_WHERE_MAX];

	snprintf(where, sizeof(where), "line %llu", (unsigned long long)reading->piece->place.line);
	return cdr_bad(reading, where, reason, line, len);
}

static int column_by_name(const char *name, const struct csv_field *fields, ssize_t count)
{
	for (ssize_t i = 0; i < count; i++)
		if (fields[i].len == strlen(name) &&
		    memcmp(fields[i].text, name, fields[i].len) == 0)
			return (int)i;
	return -1;
}

/* Without a header the columns are numbers from 1; with one, numbers or names of it. Returns the
 * name of a needed column that is not there, or NULL. */
static const char *find_columns(const struct config_source *source, struct cdr_place *place,
				const struct csv_field *fields, ssize_t count)
{
	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		const char *name = source->columns[i];
		char *end;
		long number;

		place->column[i] = -1;
		if (!name || !name[0])
			continue;
		number = strtol(name, &end, 10);
		if (*end == '\0')
			place->column[i] = (int)number - 1;
		else
			place->column[i] = column_by_name(name, fields, count);
		if (place->column[i] < 0 && call_field_needed((enum call_field)i))
			return name;
	}
	place->has_columns = true;
	return NULL;
}

static int read_header(struct cdr_reading *reading, const char *line, size_t len,
		       const struct csv_field *fields, ssize_t count)
{
	struct cdr_place *place = &reading->piece->place;
	const char *missing = find_columns(reading->source, place, fields, count);
	char reason[REASON_MAX];

	if (!missing)
		return 0;
	/* Nothing of the file can be read without it. */
	snprintf(reason, sizeof(reason), "the header has no column '%s'", missing);
	place->end = true;
	return cdr_bad_line(reading, reason, line, len);
}

static int read_record(struct cdr_reading *reading, const char *line, size_t len,
		       const struct csv_field *fields, ssize_t count)
{
	struct cdr_piece *piece = reading->piece;
	struct call_fields values = { 0 };
	struct call_error error;

	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		int column = piece->place.column[i];

		if (column < 0 || column >= count)
			continue;
		values.text[i] = fields[column].text;
		values.len[i] = fields[column].len;
	}
	if (call_record_read(reading->plan, &values, &reading->origin,
			     &piece->records[piece->count], &error) < 0)
		return cdr_bad_line(reading, error.text, line, len);
	piece->count++;
	piece->place.good++;
	return 0;
}

static const char mark_word[] = "#watermark";

/* "#watermark,TO[,FROM]", whatever the source's own delimiter; any other line with '#' is a
 * comment. */
static int read_comment(struct cdr_reading *reading, char *copy, const char *line, size_t len)
{
	const size_t word = sizeof(mark_word) - 1;
	struct cdr_piece *piece = reading->piece;
	struct cdr_mark mark = { INT64_MIN, 0 };
	struct csv_field fields[CSV_FIELDS_MAX];
	const char *error;
	size_t column;
	ssize_t count;

	if (len < word || memcmp(line, mark_word, word) != 0)
		return 0;
	count = len > word ? csv_split(copy, len, line[word], fields, &column, &error) : 0;
	if (count < 2 ||
	    feed_mark_read(&reading->origin, fields[1].text, fields[1].len, &mark.to_ms) < 0)
		return cdr_bad_line(reading, "watermark: no time", line, len);
	if (count > 2 &&
	    feed_mark_read(&reading->origin, fields[2].text, fields[2].len, &mark.from_ms) < 0)
		return cdr_bad_line(reading, "watermark: complete from: no time", line, len);
	piece->marks[piece->mark_count++] = mark;
	return 0;
}

static int read_line(struct cdr_reading *reading, const char *line, size_t len)
{
	struct cdr_place *place = &reading->piece->place;
	struct csv_field fields[CSV_FIELDS_MAX];
	char copy[CDR_LINE_MAX];
	const char *error;
	char reason[REASON_MAX];
	size_t column;
	ssize_t count;

	if (len == 0)
		return 0;
	if (len >= sizeof(copy))
		return cdr_bad_line(reading, "longer than 8191 octets", line, len);
	memcpy(copy, line, len);
	if (line[0] == '#')
		return read_comment(reading, copy, line, len);
	count = csv_split(copy, len, reading->source->delimiter[0], fields, &column, &error);
	if (count < 0) {
		snprintf(reason, sizeof(reason), "column %zu: %s", column, error);
		return cdr_bad_line(reading, reason, line, len);
	}
	if (!place->has_columns && reading->source->header)
		return read_header(reading, line, len, fields, count);
	if (!place->has_columns && find_columns(reading->source, place, NULL, 0))
		return cdr_bad_line(reading, "columns are named, but the source has no header",
				    line, len);
	return read_record(reading, line, len, fields, count);
}

int cdr_csv_read(struct cdr_reading *reading, FILE *file)
{
	struct cdr_piece *piece = reading->piece;
	char *line = NULL;
	size_t size = 0;
	unsigned lines = 0;
	int rc = 0;

	/* Bad lines and comments end a piece, too: others wait for the worker. */
	while (rc == 0 && !piece->place.end && lines++ < LINES_MAX && piece->count < CDR_PIECE &&
	       piece->mark_count < CDR_PIECE) {
		ssize_t len = getline(&line, &size, file);

		if (len < 0) {
			rc = ferror(file) ? -EIO : 0;
			piece->place.end = rc == 0;
			break;
		}
		piece->place.offset += len;
		piece->place.line++;
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		rc = read_line(reading, line, (size_t)len);
	}
	free(line);
	return rc;
}
