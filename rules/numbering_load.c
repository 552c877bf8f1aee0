/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/numbering_load.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/numbering_load_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { NATIONAL_MAX = 14, HOME = 86 };

static const char *const file_names[] = {
	[NUMBERING_MOBILE] = "mobile.tsv",	 [NUMBERING_AREAS] = "areas.tsv",
	[NUMBERING_CODES] = "codes.tsv",	 [NUMBERING_CARRIERS] = "carriers.tsv",
	[NUMBERING_COUNTRIES] = "countries.tsv", [NUMBERING_KNOWN] = "known.tsv",
};
static_assert(COUNT(file_names) == NUMBERING_FILE_COUNT, "a name for each file");

const char *numbering_file_name(enum numbering_file file)
{
	return file < NUMBERING_FILE_COUNT ? file_names[file] : "";
}

struct loader {
	struct numbering_loader all;
	size_t count; /* known numbers */
	struct numbering_place areas[NUMBERING_HEADS];
	struct numbering_place countries[NUMBERING_HEADS];
	struct known_number *known; /* below the plan */
	struct numbering_place *known_places;
};

#define FAULT(loader, line, ...)                                                                   \
	table_fault((loader)->all.faults, (line)->table, (line)->number, __VA_ARGS__)

bool numbering_read_digits(struct table_column column, size_t min, size_t max, char *out)
{
	if (column.len < min || column.len > max)
		return false;
	for (size_t i = 0; i < column.len; i++) {
		if (column.text[i] < '0' || column.text[i] > '9')
			return false;
	}
	memcpy(out, column.text, column.len);
	out[column.len] = '\0';
	return true;
}

/* "5", "5-7", "3,5-8" as bits. */
bool numbering_read_lengths(struct table_column column, long min, long max, uint32_t *out)
{
	struct table_column part;
	long from, to;

	*out = 0;
	while (table_column_split(&column, ",", &part)) {
		if (!table_column_range(part, min, max, &from, &to))
			return false;
		for (long n = from; n <= to; n++)
			*out |= UINT32_C(1) << n;
	}
	return *out != 0;
}

/* ---- areas ---- */

static void set_area(struct loader *loader, const struct table_line *line, long code, uint8_t len,
		     uint32_t lengths)
{
	long from = len == 2 ? code * 10 : code, to = len == 2 ? from + 9 : from;

	for (long head = from; head <= to; head++) {
		struct numbering_place *place = &loader->areas[head];
		if (numbering_is_repeated(place, line)) {
			FAULT(loader, line, "area code %ld overlaps line %zu", code, place->line);
			return;
		}
		*place = numbering_place_of(line);
		loader->all.plan->areas[head] =
			(struct area_code){ len, lengths >> 7 & 1, lengths >> 8 & 1 };
	}
}

/* As people write it, a 0 may stand before. */
static struct table_column without_zero(struct table_column column)
{
	if (column.len > 0 && column.text[0] == '0') {
		column.text++;
		column.len--;
	}
	return column;
}

static void read_area(struct loader *loader, const struct table_line *line)
{
	enum { AREA_MIN = 10, AREA_MAX = 999, THREE_DIGITS = 100 };
	struct table_column rest = numbering_column(line, 0), first;
	long from, to;
	uint32_t lengths;

	if (!table_column_split(&rest, "-", &first) ||
	    !table_column_number(without_zero(first), AREA_MIN, AREA_MAX, &from) ||
	    (rest.len && !table_column_number(without_zero(rest), AREA_MIN, AREA_MAX, &to))) {
		FAULT(loader, line, "the area code has to be two or three digits, or a range");
		return;
	}
	to = rest.len ? to : from;
	if (to < from || (from < THREE_DIGITS) != (to < THREE_DIGITS) ||
	    (from < 20 && from != 10) || (from >= THREE_DIGITS && from < 200)) {
		FAULT(loader, line, "no range of area codes: they are 10 and those from 20 on");
		return;
	}
	if (!numbering_read_lengths(numbering_column(line, 1), 7, 8, &lengths)) {
		FAULT(loader, line, "the lengths have to be 7, 8 or 7,8");
		return;
	}
	for (long code = from; code <= to; code++)
		set_area(loader, line, code, from < THREE_DIGITS ? 2 : 3, lengths);
}

/* ---- countries ---- */

static long clash_of(const struct loader *loader, long code)
{
	for (long other = 1; other < NUMBERING_HEADS; other++) {
		bool begins = other / 10 == code || other / 100 == code || code / 10 == other ||
			      code / 100 == other;
		if (other != code && begins && loader->all.plan->countries[other].known)
			return other;
	}
	return 0;
}

static void read_country(struct loader *loader, const struct table_line *line)
{
	struct table_column lengths = numbering_column(line, 1), begins = numbering_column(line, 2);
	struct country_code country = { .known = true };
	long code, min = 0, max = 0;
	char digits[11] = "";

	if (!table_column_number(numbering_column(line, 0), 1, NUMBERING_HEADS - 1, &code) ||
	    numbering_column(line, 0).text[0] == '0') {
		FAULT(loader, line, "the country code has to be 1 to 999");
		return;
	}
	if (!numbering_is_empty(lengths) &&
	    !table_column_range(lengths, 1, NATIONAL_MAX, &min, &max))
		FAULT(loader, line, "the lengths have to be like 8 or 4-11, or -");
	if (!numbering_is_empty(begins) && !numbering_read_digits(begins, 1, 10, digits))
		FAULT(loader, line, "national numbers begin with digits, or with any: -");
	if (numbering_is_repeated(&loader->countries[code], line))
		FAULT(loader, line, "%ld stands in line %zu already", code,
		      loader->countries[code].line);
	long clash = clash_of(loader, code);
	if (clash)
		FAULT(loader, line, "%ld and %ld begin alike (line %zu)", code, clash,
		      loader->countries[clash].line);
	country.min = (uint8_t)min;
	country.max = (uint8_t)max;
	for (const char *d = digits; *d; d++)
		country.begins |= (uint16_t)(1u << (*d - '0'));
	loader->all.plan->countries[code] = country;
	loader->countries[code] = numbering_place_of(line);
}

/* ---- known numbers ---- */

static const struct {
	const char *name;
	enum numbering_known known;
} roles[] = { { "official", NUMBERING_OFFICIAL },
	      { "own", NUMBERING_OWN },
	      { "service", NUMBERING_SERVICE_CODE },
	      { "authority", NUMBERING_AUTHORITY } };

static bool grow_known(struct loader *loader, size_t count)
{
	struct known_number *known =
		talloc_realloc(loader->all.plan, loader->known, struct known_number, count);
	struct numbering_place *places;

	if (known)
		loader->known = known;
	places = talloc_realloc(loader, loader->known_places, struct numbering_place, count);
	if (places)
		loader->known_places = places;
	loader->all.no_memory |= !known || !places;
	return known && places;
}

static void put_known(struct loader *loader, const struct table_line *line,
		      const struct known_number *number)
{
	size_t i = 0;

	while (i < loader->count && strcmp(loader->known[i].text, number->text) != 0)
		i++;
	if (i < loader->count && numbering_is_repeated(&loader->known_places[i], line)) {
		FAULT(loader, line, "%s stands in line %zu already", number->text,
		      loader->known_places[i].line);
		return;
	}
	if (i == loader->count && !grow_known(loader, loader->count + 1))
		return;
	loader->count += i == loader->count;
	loader->known[i] = *number;
	loader->known_places[i] = numbering_place_of(line);
}

static void read_known(struct loader *loader, const struct table_line *line)
{
	struct known_number number = { .known = NUMBERING_UNKNOWN };

	if (!numbering_read_digits(numbering_column(line, 0), 3, OFFICIAL_DIGITS_MAX,
				   number.text) ||
	    number.text[0] == '0') {
		FAULT(loader, line, "the number has to be as dialled, 3 to 11 digits");
		return;
	}
	for (size_t i = 0; i < COUNT(roles); i++) {
		if (table_column_is(numbering_column(line, 1), roles[i].name))
			number.known = roles[i].known;
	}
	if (number.known == NUMBERING_UNKNOWN)
		FAULT(loader, line, "the role has to be official, own, service or authority");
	else if (numbering_code_class(loader->all.plan, number.text, strlen(number.text)) ==
		 NUMBER_NONE)
		FAULT(loader, line, "%s is no code of codes.tsv", number.text);
	else
		put_known(loader, line, &number);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct known_number *)a)->text,
		      ((const struct known_number *)b)->text);
}

/* The numbers of a role, of which one has to be there. */
static void list_role(struct loader *loader, const struct table_text *text,
		      enum numbering_known known, const char **list)
{
	size_t count = 0;

	for (size_t i = 0; i < loader->count; i++) {
		if (loader->known[i].known != known)
			continue;
		if (count == NUMBERING_OFFICIAL_MAX) {
			table_fault(loader->all.faults, text, 0,
				    "has more than %d numbers of a role", NUMBERING_OFFICIAL_MAX);
			return;
		}
		list[count++] = loader->known[i].text;
	}
	if (count == 0)
		table_fault(loader->all.faults, text, 0, "has no %s number",
			    known == NUMBERING_OFFICIAL ? "official" : "service");
}

static void index_known(struct loader *loader, const struct table_text *text)
{
	struct numbering *plan = loader->all.plan;

	if (loader->count)
		qsort(loader->known, loader->count, sizeof(*loader->known), by_text);
	plan->known = loader->known;
	plan->known_count = loader->count;
	list_role(loader, text, NUMBERING_OFFICIAL, plan->official);
	list_role(loader, text, NUMBERING_SERVICE_CODE, plan->service);
}

/* ---- all ---- */

static void load_lines(struct loader *loader, const struct table_text *text,
		       void (*read)(struct loader *, const struct table_line *))
{
	struct table_walk walk = table_walk_begin(text, loader->all.faults);
	struct table_line line;

	while (table_walk_next(&walk, &line))
		read(loader, &line);
}

static void load_all(struct loader *loader, const struct table_text *files)
{
	struct numbering *plan = loader->all.plan;

	numbering_load_prefixes(&loader->all, files);
	load_lines(loader, &files[NUMBERING_AREAS], read_area);
	load_lines(loader, &files[NUMBERING_COUNTRIES], read_country);
	if (!plan->countries[HOME].known)
		table_fault(loader->all.faults, &files[NUMBERING_COUNTRIES], 0, "has no 86");
	loader->count = 0;
	load_lines(loader, &files[NUMBERING_KNOWN], read_known);
	index_known(loader, &files[NUMBERING_KNOWN]);
}

int numbering_load(void *ctx, const struct table_text files[NUMBERING_FILE_COUNT],
		   struct table_faults *faults, struct numbering **out)
{
	struct loader *loader = talloc_zero(ctx, struct loader);
	struct numbering *plan = talloc_zero(ctx, struct numbering);
	size_t before = table_faults_total(faults);
	int rc = -ENOMEM;

	if (loader && plan) {
		loader->all.faults = faults;
		loader->all.plan = plan;
		load_all(loader, files);
		rc = loader->all.no_memory		   ? -ENOMEM
		     : table_faults_total(faults) > before ? -EBADMSG
							   : 0;
	}
	talloc_free(loader);
	if (rc == 0)
		*out = plan;
	else
		talloc_free(plan);
	return rc;
}
