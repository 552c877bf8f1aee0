/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/tables.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "rules/language_load.h"

enum { TABLE_OCTETS_MAX = 4 << 20 };

/* A folder of tables: what they are called, and where their texts go. */
struct folder {
	const char *path;
	const char *(*name_of)(size_t i);
	size_t count;
	struct table_text *texts; /* the built-in ones, to be replaced */
};

static const char *language_name(size_t i)
{
	return language_file_name((enum language_file)i);
}

static const char *numbering_name(size_t i)
{
	return numbering_file_name((enum numbering_file)i);
}

static void fault(struct table_faults *faults, const char *path, int error)
{
	const struct table_text file = { .name = path };

	table_fault(faults, &file, 0, "%s", strerror(error));
}

/* The whole file below faults->ctx; false after telling the fault. */
static bool read_file(struct table_faults *faults, const char *path, struct table_text *out)
{
	char *text = talloc_size(faults->ctx, TABLE_OCTETS_MAX + 1);
	FILE *file = fopen(path, "re");
	int error = !file ? errno : !text ? ENOMEM : 0;
	size_t len = 0;

	if (!error) {
		errno = 0;
		len = fread(text, 1, TABLE_OCTETS_MAX + 1, file);
		error = ferror(file) ? (errno ? errno : EIO) : len > TABLE_OCTETS_MAX ? EFBIG : 0;
	}
	if (file)
		fclose(file);
	if (error) {
		fault(faults, path, error);
		return false;
	}
	*out = (struct table_text){ .name = path,
				    .text = talloc_realloc_size(faults->ctx, text, len + 1),
				    .len = len };
	return out->text != NULL;
}

/* The table that a file is: words.tsv, words.local.tsv; -1 for none. */
static int table_of(const struct folder *folder, const char *file, bool *local)
{
	static const char end[] = ".tsv", local_end[] = ".local.tsv";
	size_t len = strlen(file);

	*local = len > sizeof(local_end) &&
		 strcmp(file + len - (sizeof(local_end) - 1), local_end) == 0;
	size_t stem = len - (*local ? sizeof(local_end) : sizeof(end)) + 1;
	for (size_t i = 0; i < folder->count; i++) {
		const char *name = folder->name_of(i);
		if (strlen(name) == stem + sizeof(end) - 1 && memcmp(name, file, stem) == 0)
			return (int)i;
	}
	return -1;
}

static bool is_table(const char *file)
{
	size_t len = strlen(file);

	return file[0] != '.' && len > 4 && strcmp(file + len - 4, ".tsv") == 0;
}

/* What a copy that was cut off leaves; a line for people is enough to say that it is meant. */
static bool is_blank(const struct table_text *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (!strchr(" \t\r\n", text->text[i]))
			return false;
	return true;
}

static void take_file(struct table_faults *faults, const struct folder *folder, const char *file,
		      const struct table_text *locals[])
{
	const char *path = talloc_asprintf(faults->ctx, "%s/%s", folder->path, file);
	struct table_text *text = talloc(faults->ctx, struct table_text);
	bool local;
	int i = table_of(folder, file, &local);

	if (!path || !text) {
		fault(faults, folder->path, ENOMEM);
	} else if (i < 0) {
		const struct table_text unknown = { .name = path };
		table_fault(faults, &unknown, 0, "there is no such table");
	} else if (read_file(faults, path, text)) {
		if (local)
			locals[i] = text;
		else if (is_blank(text))
			table_fault(faults, text, 0,
				    "is empty, and would take the place of the built-in table");
		else
			folder->texts[i] = *text;
	}
}

static void read_folder(struct table_faults *faults, const struct folder *folder)
{
	const struct table_text *locals[LANGUAGE_FILE_COUNT + NUMBERING_FILE_COUNT] = { NULL };
	const struct dirent *entry;
	DIR *dir;

	if (!folder->path || !folder->path[0])
		return;
	dir = opendir(folder->path);
	if (!dir) {
		fault(faults, folder->path, errno);
		return;
	}
	while ((entry = readdir(dir))) {
		if (is_table(entry->d_name))
			take_file(faults, folder, entry->d_name, locals);
	}
	closedir(dir);
	for (size_t i = 0; i < folder->count; i++)
		folder->texts[i].more = locals[i];
}

/* As many lines as fit, and how many do not. */
static void tell(const struct table_faults *faults, char *error, size_t size)
{
	enum { REST = 40 };
	struct table_faults shown = *faults;
	size_t used = 0, left_out = faults->left_out;
	bool full = false;
	const char *text;

	shown.left_out = 0;
	text = table_faults_format(faults->ctx, &shown);

	error[0] = '\0';
	for (const char *line = text; line && *line; line = strchr(line, '\n') + 1) {
		size_t len = (size_t)(strchr(line, '\n') - line);
		full |= used + len + REST > size;
		left_out += full;
		if (full)
			continue;
		used += (size_t)snprintf(error + used, size - used, "%s%.*s", used ? "\n" : "",
					 (int)len, line);
	}
	if (left_out)
		snprintf(error + used, size - used, "%sand %zu more", used ? "\n" : "", left_out);
}

static int load(void *scratch, const char *language_dir, const char *numbering_dir,
		struct tables *tables, struct table_faults *faults)
{
	struct language_tables *texts = talloc(scratch, struct language_tables);
	struct language *language;
	int rc;

	if (!texts)
		return -ENOMEM;
	language_builtin_tables(texts);
	read_folder(faults, &(struct folder){ language_dir, language_name, LANGUAGE_FILE_COUNT,
					      texts->language });
	read_folder(faults, &(struct folder){ numbering_dir, numbering_name, NUMBERING_FILE_COUNT,
					      texts->numbering });
	/* What can be read is looked at even when a file cannot: all faults at once. */
	rc = language_load(tables, texts, faults, &language);
	if (rc == 0) {
		tables->language = language;
		tables->numbering = language->numbering;
	}
	return rc == -ENOMEM ? rc : faults->count ? -EINVAL : 0;
}

int tables_load(const char *language_dir, const char *numbering_dir, struct tables **out,
		char *error, size_t error_size)
{
	struct tables *tables = talloc_zero(NULL, struct tables);
	struct table_faults *faults = talloc_zero(tables, struct table_faults);
	int rc = -ENOMEM;

	error[0] = '\0';
	if (faults) {
		faults->ctx = faults;
		rc = load(faults, language_dir, numbering_dir, tables, faults);
	}
	if (rc == 0) {
		talloc_free(faults);
		tables->holds = 1;
		*out = tables;
		return 0;
	}
	if (rc == -EINVAL)
		tell(faults, error, error_size);
	talloc_free(tables);
	return rc;
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
