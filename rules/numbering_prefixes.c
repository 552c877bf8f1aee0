/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering_prefixes.c - mobile.tsv, codes.tsv and carriers.tsv: how numbers begin. */
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/numbering_load_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FAULT(loader, line, ...)                                                                   \
	table_fault((loader)->all->faults, (line)->table, (line)->number, __VA_ARGS__)

enum { DIAL_PREFIX_MIN = 2, MOBILE_MIN = 11, MOBILE_MAX = 13 };

/* A prefix while its table is read. */
struct prefix_entry {
	struct dial_prefix prefix;
	struct numbering_place place;
};

struct prefix_loader {
	struct numbering_loader *all;
	struct prefix_entry *prefixes; /* of the table that is being read, below the plan */
	size_t count;
};

static bool read_prefix(struct prefix_loader *loader, const struct table_line *line,
			struct dial_prefix *out)
{
	*out = (struct dial_prefix){ .class = NUMBER_NONE };
	if (!numbering_read_digits(numbering_column(line, 0), DIAL_PREFIX_MIN, DIAL_PREFIX_MAX,
				   out->digits)) {
		FAULT(loader, line, "the prefix has to be 2 to 7 digits");
		return false;
	}
	out->len = (uint8_t)numbering_column(line, 0).len;
	return true;
}

static void read_mobile(struct prefix_loader *loader, const struct table_line *line,
			struct dial_prefix *prefix)
{
	long digits;

	if (prefix->digits[0] != '1' || prefix->digits[1] == '0')
		FAULT(loader, line, "a mobile prefix begins with 1, but not with 10");
	if (!table_column_number(numbering_column(line, 1), MOBILE_MIN, MOBILE_MAX, &digits))
		FAULT(loader, line, "the digits of a whole number have to be 11 to 13");
	else
		prefix->lengths = UINT32_C(1) << digits;
}

static void read_class(struct prefix_loader *loader, const struct table_line *line,
		       struct dial_prefix *prefix)
{
	static const struct {
		const char *name;
		enum number_class class;
	} classes[] = { { "operator", NUMBER_OPERATOR },
			{ "service", NUMBER_SERVICE },
			{ "port", NUMBER_PORT },
			{ "shared", NUMBER_SHARED } };

	for (size_t i = 0; i < COUNT(classes); i++) {
		if (table_column_is(numbering_column(line, 2), classes[i].name))
			prefix->class = (uint8_t)classes[i].class;
	}
	if (prefix->class == NUMBER_NONE)
		FAULT(loader, line, "the class has to be operator, service, port or shared");
}

static void read_code(struct prefix_loader *loader, const struct table_line *line,
		      struct dial_prefix *prefix)
{
	struct table_column before = numbering_column(line, 3), part;

	if (prefix->digits[0] == '0')
		FAULT(loader, line, "no code begins with 0");
	if (!numbering_read_lengths(numbering_column(line, 1), prefix->len > 3 ? prefix->len : 3,
				    NUMBERING_DIGITS_MAX, &prefix->lengths))
		FAULT(loader, line,
		      "the lengths have to be like 5, 5-7 or 3,5-8, from the prefix on to 20");
	read_class(loader, line, prefix);
	while (!numbering_is_empty(before) && table_column_split(&before, ",", &part)) {
		if (table_column_is(part, "86"))
			prefix->bare86 = true;
		else if (table_column_is(part, "area"))
			prefix->area = true;
		else
			FAULT(loader, line, "before it may stand 86, area, or - for neither");
	}
}

static void read_carrier(struct prefix_loader *loader, const struct table_line *line,
			 struct dial_prefix *prefix)
{
	if (prefix->len < 3 || prefix->digits[0] != '1')
		FAULT(loader, line, "a carrier prefix has three to seven digits, the first a 1");
}

static int head_of(const struct dial_prefix *prefix)
{
	return (prefix->digits[0] - '0') * 10 + prefix->digits[1] - '0';
}

static int by_head_and_length(const void *a, const void *b)
{
	const struct prefix_entry *x = a, *y = b;
	int order = head_of(&x->prefix) - head_of(&y->prefix);

	if (order == 0)
		order = y->prefix.len - x->prefix.len;
	if (order == 0)
		order = strcmp(x->prefix.digits, y->prefix.digits);
	return order;
}

static struct dial_prefix *find_same(struct prefix_loader *loader, const struct dial_prefix *prefix,
				     struct numbering_place **place)
{
	for (size_t i = 0; i < loader->count; i++) {
		struct prefix_entry *entry = &loader->prefixes[i];
		if (strcmp(entry->prefix.digits, prefix->digits) == 0) {
			*place = &entry->place;
			return &entry->prefix;
		}
	}
	return NULL;
}

static void add_prefix(struct prefix_loader *loader, const struct table_line *line,
		       const struct dial_prefix *prefix)
{
	struct numbering_place *place;
	struct dial_prefix *same = find_same(loader, prefix, &place);

	if (same && numbering_is_repeated(place, line)) {
		FAULT(loader, line, "%s stands in line %zu already", prefix->digits, place->line);
		return;
	}
	if (!same) {
		struct prefix_entry *grown = talloc_realloc(loader->all->plan, loader->prefixes,
							    struct prefix_entry, loader->count + 1);
		if (!grown) {
			loader->all->no_memory = true;
			return;
		}
		loader->prefixes = grown;
		same = &grown[loader->count].prefix;
		place = &grown[loader->count++].place;
	}
	*same = *prefix;
	*place = numbering_place_of(line);
}

static void index_prefixes(struct prefix_loader *loader, struct dial_table *table)
{
	struct dial_prefix *list =
		talloc_array(loader->all->plan, struct dial_prefix, loader->count + 1);

	table->list = list;
	table->count = 0;
	if (!list) {
		loader->all->no_memory = true;
		return;
	}
	if (loader->count)
		qsort(loader->prefixes, loader->count, sizeof(*loader->prefixes),
		      by_head_and_length);
	for (int head = 0; head <= DIAL_HEADS; head++) {
		table->first[head] = (uint16_t)table->count;
		while (table->count < loader->count &&
		       head_of(&loader->prefixes[table->count].prefix) == head) {
			list[table->count] = loader->prefixes[table->count].prefix;
			table->count++;
		}
	}
}

static void
load_prefixes(struct prefix_loader *loader, const struct table_text *text, struct dial_table *table,
	      void (*read)(struct prefix_loader *, const struct table_line *, struct dial_prefix *))
{
	struct table_walk walk = table_walk_begin(text, loader->all->faults);
	struct dial_prefix prefix;
	struct table_line line;

	loader->count = 0;
	while (table_walk_next(&walk, &line)) {
		if (!read_prefix(loader, &line, &prefix))
			continue;
		read(loader, &line, &prefix);
		add_prefix(loader, &line, &prefix);
	}
	if (loader->count > UINT16_MAX)
		table_fault(loader->all->faults, text, 0, "has more than 65535 prefixes");
	else
		index_prefixes(loader, table);
}

/* What a number that begins with both would be: the prefixes are compatible. */
static bool compatible(const struct dial_prefix *a, const struct dial_prefix *b)
{
	size_t len = a->len < b->len ? a->len : b->len;

	return memcmp(a->digits, b->digits, len) == 0 && (a->lengths & b->lengths);
}

/* Mobile numbers that are also codes, or that a shorter prefix covers as well. Called while the
 * mobile prefixes are still the table being read. */
static void check_overlaps(struct prefix_loader *loader)
{
	const struct dial_table *codes = &loader->all->plan->codes;

	for (size_t i = 0; i < loader->count; i++) {
		const struct prefix_entry *entry = &loader->prefixes[i];
		for (size_t k = 0; k < codes->count; k++) {
			if (compatible(&entry->prefix, &codes->list[k]))
				table_fault(loader->all->faults, entry->place.table,
					    entry->place.line, "%s overlaps the codes %s...",
					    entry->prefix.digits, codes->list[k].digits);
		}
		for (size_t k = 0; k < loader->count; k++) {
			const struct prefix_entry *other = &loader->prefixes[k];
			if (other->prefix.len < entry->prefix.len &&
			    compatible(&entry->prefix, &other->prefix))
				table_fault(loader->all->faults, entry->place.table,
					    entry->place.line, "%s overlaps %s",
					    entry->prefix.digits, other->prefix.digits);
		}
	}
}

void numbering_load_prefixes(struct numbering_loader *all,
			     const struct table_text files[NUMBERING_FILE_COUNT])
{
	struct numbering *plan = all->plan;
	struct prefix_loader loader = { .all = all };

	load_prefixes(&loader, &files[NUMBERING_CARRIERS], &plan->carriers, read_carrier);
	load_prefixes(&loader, &files[NUMBERING_CODES], &plan->codes, read_code);
	load_prefixes(&loader, &files[NUMBERING_MOBILE], &plan->mobile, read_mobile);
	check_overlaps(&loader);
	if (plan->mobile.count == 0)
		table_fault(all->faults, &files[NUMBERING_MOBILE], 0, "has no prefix");
	talloc_free(loader.prefixes);
}
