/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/language_load.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "rules/language_priv.h"
#include "rules/text_fold.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { GROW_FIRST = 64 };

static const char *const file_names[] = {
	[LANGUAGE_FOLD] = "fold.tsv",	    [LANGUAGE_SIMPLIFIED] = "simplified.tsv",
	[LANGUAGE_DIGITS] = "digits.tsv",   [LANGUAGE_WORDS] = "words.tsv",
	[LANGUAGE_WEIGHTS] = "weights.tsv", [LANGUAGE_CUES] = "cues.tsv",
	[LANGUAGE_TIME] = "time.tsv",	    [LANGUAGE_ANSWERS] = "answers.tsv",
	[LANGUAGE_SHIELD] = "shield.tsv",   [LANGUAGE_PLACES] = "places.tsv",
};
static_assert(COUNT(file_names) == LANGUAGE_FILE_COUNT, "a name for each file");

const char *language_file_name(enum language_file file)
{
	return file < LANGUAGE_FILE_COUNT ? file_names[file] : "";
}

void language_fault(struct language_loader *loader, const struct table_line *line,
		    const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = talloc_vasprintf(loader->language, format, args);
	va_end(args);
	table_fault(loader->faults, line->table, line->number, "%s", what ? what : "");
	talloc_free(what);
}

const char16_t *language_fold_word(struct language_loader *loader, const struct table_line *line,
				   struct table_column column, size_t *len)
{
	uint8_t mark[TABLE_LINE_MAX];
	struct text text = { .unit = loader->pool + loader->pool_used, .mark = mark };

	text_fold(loader->language, column.text, column.len, &text);
	if (text.len == 0 || text.len > LANGUAGE_WORD_MAX) {
		language_fault(loader, line,
			       text.len ? "'%.*s' is longer than 60 characters"
					: "'%.*s' is no word: nothing of it is read",
			       (int)column.len, column.text);
		return NULL;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.unit[i] == 0xfffd) {
			language_fault(loader, line, "'%.*s' holds a character that is never read",
				       (int)column.len, column.text);
			return NULL;
		}
	}
	text.unit[text.len] = 0;
	loader->pool_used += text.len + 1;
	*len = text.len;
	return text.unit;
}

void *language_grow(struct language_loader *loader, void *list, size_t size, size_t count)
{
	/* Full at every power of two. */
	if (count != 0 && (count < GROW_FIRST || (count & (count - 1)) != 0))
		return list;
	list = talloc_realloc_size(loader->language, list,
				   size * (count < GROW_FIRST ? GROW_FIRST : 2 * count));
	loader->no_memory |= !list;
	return list;
}

int language_compare(const char16_t *a, const char16_t *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)*a - (int)*b;
}

bool language_part_of_day(struct table_column column, int16_t *out)
{
	static const char *const names[] = {
		[PART_NONE] = "none",	[PART_DAWN] = "dawn",
		[PART_EARLY] = "early", [PART_FORENOON] = "forenoon",
		[PART_NOON] = "noon",	[PART_AFTERNOON] = "afternoon",
		[PART_DUSK] = "dusk",	[PART_NIGHT] = "night",
	};
	static_assert(COUNT(names) == PART_COUNT, "a name for each part of the day");

	for (size_t i = 0; i < COUNT(names); i++) {
		if (table_column_is(column, names[i])) {
			*out = (int16_t)i;
			return true;
		}
	}
	return false;
}

/* No word has more units than octets, and each line ends with an octet for its 0. */
static size_t pool_size(const struct language_tables *tables)
{
	size_t size = TABLE_LINE_MAX;

	for (size_t i = 0; i < LANGUAGE_FILE_COUNT; i++) {
		for (const struct table_text *t = &tables->language[i]; t; t = t->more)
			size += t->len + 1;
	}
	return size;
}

static void load_all(struct language_loader *loader)
{
	fold_load(loader);
	if (!loader->no_memory)
		lexicon_load(loader);
	if (!loader->no_memory)
		cue_load(loader);
	if (!loader->no_memory)
		char_load(loader);
	if (!loader->no_memory)
		place_load(loader);
}

int language_load(void *ctx, const struct language_tables *tables, struct table_faults *faults,
		  struct language **out)
{
	struct language_loader loader = { .tables = tables, .faults = faults };
	struct numbering *plan;
	size_t before = table_faults_total(faults);

	loader.language = talloc_zero(ctx, struct language);
	if (!loader.language)
		return -ENOMEM;
	loader.pool = talloc_array(loader.language, char16_t, pool_size(tables));
	loader.no_memory = !loader.pool;
	int rc = numbering_load(loader.language, tables->numbering, faults, &plan);
	if (rc == 0)
		loader.language->numbering = plan;
	if (!loader.no_memory && rc != -ENOMEM)
		load_all(&loader);
	if (loader.no_memory)
		rc = -ENOMEM;
	else if (rc == 0 && table_faults_total(faults) > before)
		rc = -EBADMSG;
	if (rc == 0)
		*out = loader.language;
	else
		talloc_free(loader.language);
	return rc;
}

struct language *language_create_builtin(void *ctx)
{
	struct table_faults *faults = talloc_zero(ctx, struct table_faults);
	struct language *language = NULL;
	struct language_tables tables;

	if (!faults)
		return NULL;
	faults->ctx = faults;
	language_builtin_tables(&tables);
	/* That they are good is tested; only memory may lack. */
	if (language_load(ctx, &tables, faults, &language) < 0)
		language = NULL;
	talloc_free(faults);
	return language;
}
