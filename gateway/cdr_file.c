/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/cdr_file_priv.h"
#include "gateway/feed_source.h"
#include "rules/ts32297.h"

enum { PATH_LIMIT = 4096, BAD_HEAD_MAX = 384, HASH_BUFFER = 65536 };

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

static int open_bad(struct cdr_reading *reading)
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

int cdr_bad(struct cdr_reading *reading, const char *where, const char *reason, const char *what,
	    size_t len)
{
	struct cdr_place *place = &reading->piece->place;
	char text[BAD_HEAD_MAX + CDR_LINE_MAX];
	int head = snprintf(text, BAD_HEAD_MAX, "%s: %s: ", where, reason);
	size_t size;
	int rc = reading->bad_fd < 0 ? open_bad(reading) : 0;

	if (rc < 0)
		return rc;
	if (head >= BAD_HEAD_MAX)
		head = BAD_HEAD_MAX - 1;
	if (len > CDR_LINE_MAX - 2)
		len = CDR_LINE_MAX - 2;
	memcpy(text + head, what, len);
	size = (size_t)head + len;
	text[size++] = '\n';
	if (pwrite(reading->bad_fd, text, size, place->bad_offset) != (ssize_t)size)
		return errno ? -errno : -EIO;
	place->bad_offset += (int64_t)size;
	place->bad++;
	return 0;
}

static int read_piece(struct cdr_reading *reading, FILE *file)
{
	switch (reading->source->format) {
	case FEED_CSV:
		return cdr_csv_read(reading, file);
	case FEED_TS32297:
		return cdr_charging_read(reading, file);
	case FEED_FORMAT_COUNT:
		break;
	}
	return -EINVAL;
}

int cdr_file_read(const struct numbering *plan, const struct config_source *source,
		  const char *name, struct cdr_piece *piece)
{
	struct cdr_reading reading = { plan, source, feed_source_origin(source), piece, -1, name };
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
	rc = fseeko(file, piece->place.offset, SEEK_SET) < 0 ? -errno : read_piece(&reading, file);
	fclose(file);
	if (reading.bad_fd >= 0) {
		if (rc == 0 && fsync(reading.bad_fd) < 0)
			rc = -errno;
		close(reading.bad_fd);
	}
	return rc;
}

/* What the names look like where the configuration leaves it to us. */
static const char *pattern_of(const struct config_source *source)
{
	static const char *const usual[FEED_FORMAT_COUNT] = {
		[FEED_CSV] = "*.csv",
		[FEED_TS32297] = "*.cdr",
	};

	return source->file_pattern[0] ? source->file_pattern : usual[source->format];
}

static int find_next(const struct config_source *source, struct cdr_file *file)
{
	const char *pattern = pattern_of(source);
	DIR *dir = opendir(source->directory);
	struct feed_sequence sequence;
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || len >= CDR_NAME_MAX || entry->d_type == DT_DIR ||
		    !feed_name_fits(pattern, entry->d_name, &sequence) ||
		    (found && strcmp(entry->d_name, file->name) >= 0))
			continue;
		memcpy(file->name, entry->d_name, len + 1);
		file->sequence = sequence;
		found = true;
	}
	closedir(dir);
	return found ? 0 : -ENOENT;
}

static int hash_file(FILE *in, uint8_t hash[CDR_HASH_SIZE])
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t *buffer = malloc(HASH_BUFFER);
	size_t got;
	int ok = digest && buffer && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);

	while (ok && (got = fread(buffer, 1, HASH_BUFFER, in)) > 0)
		ok = EVP_DigestUpdate(digest, buffer, got);
	ok = ok && !ferror(in) && EVP_DigestFinal_ex(digest, hash, NULL);
	EVP_MD_CTX_free(digest);
	free(buffer);
	return ok ? 0 : -EIO;
}

/* A charging file tells its number itself. One that is broken tells none, and is found out when it
 * is read. */
static void read_own_sequence(FILE *in, struct feed_sequence *sequence)
{
	uint8_t head[TS32297_HEADER_MIN];
	size_t got = fread(head, 1, sizeof(head), in);

	if (got == sizeof(head))
		*sequence =
			(struct feed_sequence){ true, ts32297_sequence(head), INT64_C(1) << 32 };
}

static int look_into(const struct config_source *source, struct cdr_file *file)
{
	char path[PATH_LIMIT];
	int rc = make_path(path, source, "", file->name, "");
	FILE *in = rc == 0 ? fopen(path, "re") : NULL;

	if (!in)
		return rc < 0 ? rc : -errno;
	if (source->format == FEED_TS32297 && !source->file_pattern[0])
		read_own_sequence(in, &file->sequence);
	rewind(in);
	rc = hash_file(in, file->hash);
	fclose(in);
	return rc;
}

int cdr_file_next(const struct config_source *source, struct cdr_file *file)
{
	int rc;

	memset(file, 0, sizeof(*file));
	rc = find_next(source, file);
	return rc == 0 ? look_into(source, file) : rc;
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

static int move_file(const struct config_source *source, const char *name, const char *folder,
		     const char *suffix)
{
	char from[PATH_LIMIT];
	char to[PATH_LIMIT];
	char bare[16];
	int rc;

	snprintf(bare, sizeof(bare), "%.*s", (int)strlen(folder) - 1, folder);
	rc = make_folder(source, bare);
	if (rc == 0)
		rc = make_path(from, source, "", name, "");
	if (rc == 0)
		rc = free_path(to, source, folder, name, suffix);
	if (rc == 0 && rename(from, to) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_folder(source, folder);
	return rc == 0 ? sync_folder(source, "") : rc;
}

int cdr_file_finish(const struct config_source *source, const char *name,
		    const struct cdr_place *place)
{
	bool all_bad = place->good == 0 && place->bad > 0;

	return move_file(source, name, all_bad ? "bad/" : "done/", all_bad ? ".orig" : "");
}

static bool is_there(const struct config_source *source, const char *folder, const char *name,
		     const char *suffix)
{
	char path[PATH_LIMIT];

	return make_path(path, source, folder, name, suffix) == 0 && access(path, F_OK) == 0;
}

int cdr_file_repeated(const struct config_source *source, const char *name, bool *unfinished)
{
	*unfinished = *unfinished && !is_there(source, "done/", name, "") &&
		      !is_there(source, "bad/", name, ".orig");
	return move_file(source, name, "done/", *unfinished ? "" : ".repeat");
}

/* What is in bad/NAME already stays before what is added. */
static int64_t end_of_bad(const struct config_source *source, const char *name)
{
	char path[PATH_LIMIT];
	struct stat st;

	return make_path(path, source, "bad/", name, "") == 0 && stat(path, &st) == 0 ? st.st_size
										      : 0;
}

int cdr_file_refuse(const struct config_source *source, const char *name, const char *reason)
{
	struct cdr_piece *piece = calloc(1, sizeof(*piece));
	struct cdr_reading reading = {
		.source = source, .piece = piece, .bad_fd = -1, .name = name
	};
	int rc = -ENOMEM;

	if (piece) {
		piece->place.bad_offset = end_of_bad(source, name);
		rc = cdr_bad(&reading, "file", reason, "", 0);
	}
	if (reading.bad_fd >= 0) {
		if (rc == 0 && fsync(reading.bad_fd) < 0)
			rc = -errno;
		close(reading.bad_fd);
	}
	free(piece);
	return rc == 0 ? move_file(source, name, "bad/", ".orig") : rc;
}
