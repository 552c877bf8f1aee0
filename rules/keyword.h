/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* keyword.h - the table of keywords: exact words and short codes, and what each asks for.
 *
 * Does:    compiles entries to one set a service code. Words are compared folded (text_fold.h) and
 *          without what is no letter, digit or ideograph: "ktjw-pb" is KTJWPB. An entry that names
 *          service codes holds for those, and goes before one that names none and holds for all.
 * Words:   "*" stands for every text that is no keyword, on the service codes of its entry. Those
 *          of KEYWORD_MACHINE may stand anywhere in a text that says nothing else, and tell that a
 *          machine wrote it.
 * Owns:    a table is talloc'ed below ctx, its sets belong to it; sources are copied.
 * Errors:  -EBADMSG with `fault` filled; -ENOMEM. `out` is untouched then.
 * Threads: pure; a table is read-only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

#include "rules/report_parse.h"

enum {
	KEYWORD_UNITS_MAX = 24,
	KEYWORD_NEAR_MIN = 4,
	KEYWORD_FAULT_MAX = 160,
	KEYWORD_ENTRIES_MAX = 1000
};

/* What may stand behind the word. */
enum keyword_argument {
	KEYWORD_ARGUMENT_NONE,
	KEYWORD_ARGUMENT_RECEIPT, /* a receipt number, or nothing */
	KEYWORD_ARGUMENT_NUMBER,  /* a telephone number */
	KEYWORD_ARGUMENT_PLACE,	  /* a place in a list, a telephone number, or nothing */
	KEYWORD_ARGUMENT_MAYBE,	  /* a telephone number that reads, or nothing */
};

struct keyword_source {
	enum keyword_sense sense;
	enum report_scope scope;  /* of the shield_* senses; else REPORT_SCOPE_BOTH */
	bool needs_receipt;	  /* the words alone are no keyword */
	const char *const *words; /* UTF-8 */
	size_t word_count;
	const char *const *codes; /* canonical service codes; none: all of them */
	size_t code_count;
};

struct keyword_fault {
	size_t source;
	size_t word; /* of the source; word_count: the source as a whole */
	char text[KEYWORD_FAULT_MAX];
};

struct keyword_word {
	const char16_t *unit; /* folded, without what is no letter, digit or ideograph */
	size_t len;
	const char *shown; /* as the source has it */
	enum keyword_sense sense;
	enum report_scope scope;
	bool needs_receipt;
	bool specific; /* of an entry that names service codes */
};

struct keyword_table;
struct keyword_set;

int keyword_table_compile(void *ctx, const struct language *language,
			  const struct keyword_source *sources, size_t count,
			  struct keyword_table **out, struct keyword_fault *fault)
	__attribute__((warn_unused_result));
/* The keywords of texts to this service code; that of entries without codes for any other. */
const struct keyword_set *keyword_table_set(const struct keyword_table *table,
					    const char *service_code);

/* NULL: no such word. */
const struct keyword_word *keyword_set_find(const struct keyword_set *set, const char16_t *unit,
					    size_t len);
/* Words that are looked for in other ways than whole. */
enum keyword_group {
	KEYWORD_GROUP_MACHINE, /* of KEYWORD_MACHINE */
	KEYWORD_GROUP_MEANT,   /* what somebody may have meant who wrote something like it: long
				  enough,   and changes something without an argument */
	KEYWORD_GROUP_BLOCKED, /* of what was blocked lately: blocked_keyword.h */
	KEYWORD_GROUP_COUNT
};
/* The first `count` of them; NULL when there are none. */
const struct keyword_word *const *keyword_set_group(const struct keyword_set *set,
						    enum keyword_group group, size_t *count);
size_t keyword_set_count(const struct keyword_set *set);
const struct keyword_word *keyword_set_word(const struct keyword_set *set, size_t i);
/* The first word of a sense, as it was written; NULL when there is none. */
const char *keyword_set_shown(const struct keyword_set *set, enum keyword_sense sense,
			      enum report_scope scope);
/* What a text that is no keyword asks for; KEYWORD_NONE on most service codes. */
enum keyword_sense keyword_set_otherwise(const struct keyword_set *set);

enum keyword_argument keyword_argument_of(enum keyword_sense sense);
/* It changes what reaches the subscriber, or takes such a change back. */
bool keyword_is_destructive(enum keyword_sense sense);
/* The shield's senses, which have a scope. */
bool keyword_is_shield(enum keyword_sense sense);
/* The contract's intent of the sense; false when it has none. */
bool keyword_intent(enum keyword_sense sense, enum report_intent *intent);
const char *keyword_sense_name(enum keyword_sense sense); /* "shield_on" */
