/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/keyword.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "rules/choice_read.h"
#include "rules/language.h"
#include "rules/text_fold.h"

enum { WORD_OCTETS_MAX = KEYWORD_UNITS_MAX * 4, MACHINE_UNITS_MIN = 2 };

struct keyword_set {
	const char *code; /* "": of the entries without codes */
	struct keyword_word *words;
	size_t count;
	size_t *slots; /* into words, from 1; 0: free */
	size_t mask;
	enum keyword_sense otherwise;
	const struct keyword_word **groups[KEYWORD_GROUP_COUNT];
	size_t group_counts[KEYWORD_GROUP_COUNT];
};

struct keyword_table {
	struct keyword_set *sets; /* that without codes first */
	size_t count;
};

/* ---- looking up ---- */

static size_t hash_of(const char16_t *unit, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ unit[i]) * 16777619u;
	return hash ^ hash >> 15;
}

/* The slot of the word, or the free one where it would be. */
static size_t *find_slot(const struct keyword_set *set, const char16_t *unit, size_t len)
{
	size_t at = hash_of(unit, len) & set->mask;

	for (; set->slots[at]; at = (at + 1) & set->mask) {
		const struct keyword_word *word = &set->words[set->slots[at] - 1];
		if (word->len == len && memcmp(word->unit, unit, len * sizeof(*unit)) == 0)
			break;
	}
	return &set->slots[at];
}

const struct keyword_word *keyword_set_find(const struct keyword_set *set, const char16_t *unit,
					    size_t len)
{
	size_t found = *find_slot(set, unit, len);

	return found ? &set->words[found - 1] : NULL;
}

const struct keyword_word *const *keyword_set_group(const struct keyword_set *set,
						    enum keyword_group group, size_t *count)
{
	*count = set->group_counts[group];
	return set->groups[group];
}

size_t keyword_set_count(const struct keyword_set *set)
{
	return set->count;
}

const struct keyword_word *keyword_set_word(const struct keyword_set *set, size_t i)
{
	return &set->words[i];
}

const char *keyword_set_shown(const struct keyword_set *set, enum keyword_sense sense,
			      enum report_scope scope)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->words[i].sense == sense && set->words[i].scope == scope)
			return set->words[i].shown;
	return NULL;
}

enum keyword_sense keyword_set_otherwise(const struct keyword_set *set)
{
	return set->otherwise;
}

const struct keyword_set *keyword_table_set(const struct keyword_table *table,
					    const char *service_code)
{
	for (size_t i = 1; i < table->count; i++)
		if (strcmp(table->sets[i].code, service_code) == 0)
			return &table->sets[i];
	return &table->sets[0];
}

/* ---- compiling ---- */

struct compiling {
	const struct language *language;
	struct keyword_table *table;
	const struct keyword_source *sources;
	size_t count;
	struct keyword_fault *fault;
};

__attribute__((format(printf, 4, 5))) static int fault_at(const struct compiling *c, size_t source,
							  size_t word, const char *format, ...)
{
	va_list args;

	c->fault->source = source;
	c->fault->word = word;
	va_start(args, format);
	vsnprintf(c->fault->text, sizeof(c->fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* Folded, without what is no letter, digit or ideograph; its units, or -1 when it is too long. */
static int fold_word(const struct language *language, const char *word,
		     char16_t out[KEYWORD_UNITS_MAX])
{
	char16_t unit[WORD_OCTETS_MAX];
	uint8_t mark[WORD_OCTETS_MAX];
	struct text text = { .unit = unit, .mark = mark };
	int len = 0;

	if (strlen(word) > WORD_OCTETS_MAX)
		return -1;
	text_fold(language, word, strlen(word), &text);
	for (size_t i = 0; i < text.len; i++) {
		if (!text_is_word(unit[i]))
			continue;
		if (len == KEYWORD_UNITS_MAX)
			return -1;
		out[len++] = unit[i];
	}
	return len;
}

/* Inside a run of digits these are read as digits. */
static bool reads_as_digit(const struct language *language, char16_t c)
{
	const struct char_entry *entry = char_table_find(&language->chars, c);

	return text_is_digit(c) ||
	       (entry && (entry->use == CHAR_DIGIT || entry->use == CHAR_LETTER));
}

static bool is_answer(const struct language *language, const char *word)
{
	return choice_read(language, word, strlen(word)) ||
	       consent_read(language, word, strlen(word));
}

static int check_word(const struct compiling *c, size_t i, size_t k, const char16_t *unit, int len)
{
	const struct keyword_source *source = &c->sources[i];
	const char *word = source->words[k];
	enum keyword_argument argument = keyword_argument_of(source->sense);

	if (len < 0)
		return fault_at(c, i, k, "'%.80s' is longer than %d characters", word,
				KEYWORD_UNITS_MAX);
	if (len == 0)
		return fault_at(c, i, k, "'%.80s' holds no letter, digit or ideograph", word);
	/* T is what every advertisement says ends it, and nothing gets lost by it. */
	if (len == 1 && keyword_is_destructive(source->sense) &&
	    source->sense != KEYWORD_UNSUBSCRIBE)
		return fault_at(c, i, k, "'%.80s' is too short for what changes something", word);
	if (keyword_is_destructive(source->sense) && is_answer(c->language, word))
		return fault_at(c, i, k, "'%.80s' is an answer to questions of ours", word);
	if ((argument == KEYWORD_ARGUMENT_NUMBER || argument == KEYWORD_ARGUMENT_PLACE) &&
	    reads_as_digit(c->language, unit[len - 1]))
		return fault_at(c, i, k, "'%.80s' ends with what reads as a digit of the number",
				word);
	if (source->sense == KEYWORD_MACHINE && len < MACHINE_UNITS_MIN)
		return fault_at(c, i, k, "'%.80s' is too short to tell a machine", word);
	return 0;
}

/* Of two entries the one that names the service code wins; of two alike neither. */
static int put_word(const struct compiling *c, struct keyword_set *set, size_t i, size_t k,
		    const struct keyword_word *word)
{
	size_t *slot = find_slot(set, word->unit, word->len);
	struct keyword_word *other = *slot ? &set->words[*slot - 1] : NULL;

	if (other && other->specific == word->specific)
		return fault_at(c, i, k, "'%.60s' is a word of %s already", word->shown,
				keyword_sense_name(other->sense));
	if (other) {
		if (word->specific)
			*other = *word;
		return 0;
	}
	set->words[set->count++] = *word;
	*slot = set->count;
	return 0;
}

static int put_otherwise(const struct compiling *c, struct keyword_set *set, size_t i, size_t k)
{
	const struct keyword_source *source = &c->sources[i];

	if (source->code_count == 0)
		return fault_at(c, i, k, "'*' wants the service codes for which it holds");
	if (keyword_is_destructive(source->sense) || source->sense == KEYWORD_MACHINE)
		return fault_at(c, i, k, "'*' cannot stand for %s",
				keyword_sense_name(source->sense));
	if (set->otherwise != KEYWORD_NONE)
		return fault_at(c, i, k, "'*' is a word of %s already",
				keyword_sense_name(set->otherwise));
	set->otherwise = source->sense;
	return 0;
}

static int add_word(const struct compiling *c, struct keyword_set *set, size_t i, size_t k)
{
	const struct keyword_source *source = &c->sources[i];
	char16_t unit[KEYWORD_UNITS_MAX];
	struct keyword_word word = { .sense = source->sense,
				     .scope = source->scope,
				     .needs_receipt = source->needs_receipt,
				     .specific = source->code_count > 0 };
	int len, rc;

	if (strcmp(source->words[k], "*") == 0)
		return put_otherwise(c, set, i, k);
	len = fold_word(c->language, source->words[k], unit);
	rc = check_word(c, i, k, unit, len);
	if (rc < 0)
		return rc;
	word.len = (size_t)len;
	word.unit = talloc_memdup(c->table, unit, word.len * sizeof(*unit));
	word.shown = talloc_strdup(c->table, source->words[k]);
	return word.unit && word.shown ? put_word(c, set, i, k, &word) : -ENOMEM;
}

static bool holds_for(const struct keyword_source *source, const char *code)
{
	for (size_t i = 0; i < source->code_count; i++)
		if (strcmp(source->codes[i], code) == 0)
			return true;
	return source->code_count == 0;
}

static int make_set(const struct compiling *c, struct keyword_set *set, const char *code)
{
	size_t words = 0, size = 4;
	int rc = 0;

	for (size_t i = 0; i < c->count; i++)
		words += c->sources[i].word_count;
	while (size < 2 * words)
		size *= 2;
	set->code = talloc_strdup(c->table, code);
	set->words = talloc_array(c->table, struct keyword_word, words + 1);
	set->slots = talloc_zero_array(c->table, size_t, size);
	set->mask = size - 1;
	if (!set->code || !set->words || !set->slots)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++) {
		if (!holds_for(&c->sources[i], code))
			continue;
		for (size_t k = 0; rc == 0 && k < c->sources[i].word_count; k++)
			rc = add_word(c, set, i, k);
	}
	return rc;
}

/* Too little is lost by it to be asked about. */
static bool is_digest(enum keyword_sense sense)
{
	return sense == KEYWORD_DIGEST_ON || sense == KEYWORD_DIGEST_OFF;
}

static bool stands_alone(enum keyword_sense sense)
{
	enum keyword_argument argument = keyword_argument_of(sense);

	return argument == KEYWORD_ARGUMENT_NONE || argument == KEYWORD_ARGUMENT_MAYBE;
}

static bool is_in(const struct keyword_word *word, enum keyword_group group)
{
	if (group == KEYWORD_GROUP_MACHINE)
		return word->sense == KEYWORD_MACHINE;
	if (group == KEYWORD_GROUP_BLOCKED)
		return word->sense == KEYWORD_BLOCKED_LIST || word->sense == KEYWORD_RELEASE ||
		       word->sense == KEYWORD_DIGEST_ON || word->sense == KEYWORD_DIGEST_OFF;
	return keyword_is_destructive(word->sense) && !is_digest(word->sense) &&
	       stands_alone(word->sense) && word->len >= KEYWORD_NEAR_MIN;
}

/* Once all words are in their places. */
static int make_group(const struct compiling *c, struct keyword_set *set, enum keyword_group group)
{
	set->groups[group] = talloc_array(c->table, const struct keyword_word *, set->count + 1);
	if (!set->groups[group])
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++)
		if (is_in(&set->words[i], group))
			set->groups[group][set->group_counts[group]++] = &set->words[i];
	return 0;
}

static int add_set(const struct compiling *c, const char *code)
{
	struct keyword_table *table = c->table;
	struct keyword_set *sets;
	int rc;

	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->sets[i].code, code) == 0)
			return 0;
	sets = talloc_realloc(table, table->sets, struct keyword_set, table->count + 1);
	if (!sets)
		return -ENOMEM;
	table->sets = sets;
	sets[table->count] = (struct keyword_set){ .otherwise = KEYWORD_NONE };
	rc = make_set(c, &sets[table->count], code);
	for (int group = 0; rc == 0 && group < KEYWORD_GROUP_COUNT; group++)
		rc = make_group(c, &sets[table->count], (enum keyword_group)group);
	table->count++;
	return rc;
}

static int check_source(const struct compiling *c, size_t i)
{
	const struct keyword_source *source = &c->sources[i];

	if (source->word_count == 0)
		return fault_at(c, i, 0, "has no words");
	if (source->scope != REPORT_SCOPE_BOTH && !keyword_is_shield(source->sense))
		return fault_at(c, i, source->word_count, "%s has no scope",
				keyword_sense_name(source->sense));
	if (source->needs_receipt && keyword_argument_of(source->sense) != KEYWORD_ARGUMENT_RECEIPT)
		return fault_at(c, i, source->word_count, "%s knows no receipt number",
				keyword_sense_name(source->sense));
	return 0;
}

static int compile(const struct compiling *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->count; i++)
		rc = check_source(c, i);
	if (rc == 0)
		rc = add_set(c, "");
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; rc == 0 && k < c->sources[i].code_count; k++)
			rc = add_set(c, c->sources[i].codes[k]);
	return rc;
}

int keyword_table_compile(void *ctx, const struct language *language,
			  const struct keyword_source *sources, size_t count,
			  struct keyword_table **out, struct keyword_fault *fault)
{
	const struct compiling c = { .table = talloc_zero(ctx, struct keyword_table),
				     .language = language,
				     .sources = sources,
				     .count = count,
				     .fault = fault };
	int rc = c.table ? compile(&c) : -ENOMEM;

	if (rc < 0) {
		talloc_free(c.table);
		return rc;
	}
	*out = c.table;
	return 0;
}
