/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/csv.h"

enum { PATH_LIMIT = 4096, REASON_MAX = 256, LINES_MAX = 4 * CDR_PIECE };

struct reading {
	const struct numbering *plan;
	const struct config_source *source;
	struct cdr_piece *piece;
	int bad_fd; /* opened at the first bad line */
	const char *name;
};

static int make_path(char out[PATH_LIMIT], const struct config_source *source, const char *folder,
		     const char *name, const char *suffix)
{
	int len = snprintf(out, PATH_LIMIT, "%s/%s%s%s", source->directory, folder, name, suffix);

	return len > 0 && len < PATH_LIMIT ? 0 : -ENAMETOOLONG;
}

static int make_folder(const struct config_source *source, const char *folder)
{
	char path[PATH_LIMIT];
	int rc = make_path(path, source, folder, "", "");

	if (rc < 0)
		return rc;
	return mkdir(path, 0750) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_bad(struct reading *reading)
{
	char path[PATH_LIMIT];
	int rc = make_folder(reading->source, "bad");

	if (rc == 0)
		rc = make_path(path, reading->source, "bad/", reading->name, "");
	if (rc < 0)
		return rc;
	reading->bad_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (reading->bad_fd < 0)
		return -errno;
	return ftruncate(reading->bad_fd, reading->piece->place.bad_offset) < 0 ? -errno : 0;
}

static int bad_line(struct reading *reading, const char *reason, const char *line, size_t len)
{
	struct cdr_place *place = &reading->piece->place;
	char text[REASON_MAX + CDR_LINE_MAX];
	int head = snprintf(text, REASON_MAX, "line %llu: %s: ", (unsigned long long)place->line,
			    reason);
	size_t size;
	int rc = reading->bad_fd < 0 ? open_bad(reading) : 0;

	if (rc < 0)
		return rc;
	if (head >= REASON_MAX)
		head = REASON_MAX - 1;
	if (len > CDR_LINE_MAX - 2)
		len = CDR_LINE_MAX - 2;
	memcpy(text + head, line, len);
	size = (size_t)head + len;
	text[size++] = '\n';
	if (pwrite(reading->bad_fd, text, size, place->bad_offset) != (ssize_t)size)
		return errno ? -errno : -EIO;
	place->bad_offset += (int64_t)size;
	place->bad++;
	return 0;
}

static int column_by_name(const char *name, const struct csv_field *fields, ssize_t count)
{
	for (ssize_t i = 0; i < count; i++)
		if (fields[i].len == strlen(name) &&
		    memcmp(fields[i].text, name, fields[i].len) == 0)
			return (int)i;
	return -1;
}

/* Without these a record says nothing; the others may be absent. */
static bool needed(enum call_field field)
{
	return field == CALL_FIELD_CALLER || field == CALL_FIELD_CALLED ||
	       field == CALL_FIELD_START;
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
		if (place->column[i] < 0 && needed((enum call_field)i))
			return name;
	}
	place->has_columns = true;
	return NULL;
}

static int read_header(struct reading *reading, const char *line, size_t len,
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
	return bad_line(reading, reason, line, len);
}

static int read_record(struct reading *reading, const char *line, size_t len,
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
	if (call_record_read(reading->plan, &values, reading->source->entry,
			     &piece->records[piece->count], &error) < 0)
		return bad_line(reading, error.text, line, len);
	piece->count++;
	piece->place.good++;
	return 0;
}

static const char mark_word[] = "#watermark";

/* "#watermark,TO[,FROM]", whatever the source's own delimiter; any other line with '#' is a
 * comment. */
static int read_comment(struct reading *reading, char *copy, const char *line, size_t len)
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
	if (count < 2 || call_time_read(fields[1].text, fields[1].len, &mark.to_ms) < 0)
		return bad_line(reading, "watermark: no time", line, len);
	if (count > 2 && call_time_read(fields[2].text, fields[2].len, &mark.from_ms) < 0)
		return bad_line(reading, "watermark: complete from: no time", line, len);
	piece->marks[piece->mark_count++] = mark;
	return 0;
}

static int read_line(struct reading *reading, const char *line, size_t len)
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
		return bad_line(reading, "longer than 8191 octets", line, len);
	memcpy(copy, line, len);
	if (line[0] == '#')
		return read_comment(reading, copy, line, len);
	count = csv_split(copy, len, reading->source->delimiter[0], fields, &column, &error);
	if (count < 0) {
		snprintf(reason, sizeof(reason), "column %zu: %s", column, error);
		return bad_line(reading, reason, line, len);
	}
	if (!place->has_columns && reading->source->header)
		return read_header(reading, line, len, fields, count);
	if (!place->has_columns && find_columns(reading->source, place, NULL, 0))
		return bad_line(reading, "columns are named, but the source has no header", line,
				len);
	return read_record(reading, line, len, fields, count);
}

static int read_lines(struct reading *reading, FILE *file)
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

int cdr_file_read(const struct numbering *plan, const struct config_source *source,
		  const char *name, struct cdr_piece *piece)
{
	struct reading reading = { plan, source, piece, -1, name };
	char path[PATH_LIMIT];
	FILE *file;
	int rc = make_path(path, source, "", name, "");

	if (rc < 0)
		return rc;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	piece->count = 0;
	piece->mark_count = 0;
	rc = fseeko(file, piece->place.offset, SEEK_SET) < 0 ? -errno : read_lines(&reading, file);
	fclose(file);
	if (reading.bad_fd >= 0) {
		if (rc == 0 && fsync(reading.bad_fd) < 0)
			rc = -errno;
		close(reading.bad_fd);
	}
	return rc;
}

int cdr_file_next(const struct config_source *source, char name[CDR_NAME_MAX])
{
	DIR *dir = opendir(source->directory);
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || len >= CDR_NAME_MAX || strcmp(entry->d_name + len - 4, ".csv") != 0)
			continue;
		if (!found || strcmp(entry->d_name, name) < 0)
			memcpy(name, entry->d_name, len + 1);
		found = true;
	}
	closedir(dir);
	return found ? 0 : -ENOENT;
}

static int sync_folder(const struct config_source *source, const char *folder)
{
	char path[PATH_LIMIT];
	int rc = make_path(path, source, folder, "", "");
	int fd;

	if (rc < 0)
		return rc;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

/* A file of the same name may have been there before: NAME.csv.1, NAME.csv.2, ... */
static int free_path(char out[PATH_LIMIT], const struct config_source *source, const char *folder,
		     const char *name, const char *suffix)
{
	char numbered[64];
	int rc = make_path(out, source, folder, name, suffix);

	for (int i = 1; rc == 0 && access(out, F_OK) == 0; i++) {
		snprintf(numbered, sizeof(numbered), "%s.%d", suffix, i);
		rc = make_path(out, source, folder, name, numbered);
	}
	return rc;
}

int cdr_file_finish(const struct config_source *source, const char *name,
		    const struct cdr_place *place)
{
	bool all_bad = place->good == 0 && place->bad > 0;
	const char *folder = all_bad ? "bad/" : "done/";
	char from[PATH_LIMIT];
	char to[PATH_LIMIT];
	int rc = make_folder(source, folder);

	if (rc == 0)
		rc = make_path(from, source, "", name, "");
	if (rc == 0)
		rc = free_path(to, source, folder, name, all_bad ? ".orig" : "");
	if (rc == 0 && rename(from, to) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_folder(source, folder);
	return rc == 0 ? sync_folder(source, "") : rc;
}
