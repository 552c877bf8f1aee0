/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* builtin_tables.c - the tables of deploy/ as they were when this was built, word for word. The
 * Makefile knows that this file depends on them. */
#include "rules/language_load.h"

/* The file's octets between two symbols, among the constants. */
#define EMBED(folder, file)                                                                        \
	__asm__(".pushsection .rodata\n"                                                           \
		".global builtin_" #file "\n"                                                      \
		"builtin_" #file ":\n"                                                             \
		".incbin \"deploy/" folder "/" #file ".tsv\"\n"                                    \
		".global builtin_" #file "_end\n"                                                  \
		"builtin_" #file "_end:\n"                                                         \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char builtin_##file[], builtin_##file##_end[]

#define TABLE(folder, file)                                                                        \
	{                                                                                          \
		.name = "deploy/" folder "/" #file ".tsv", .text = builtin_##file,                 \
		.len = (size_t)(builtin_##file##_end - builtin_##file)                             \
	}

EMBED("language", fold);
EMBED("language", simplified);
EMBED("language", digits);
EMBED("language", words);
EMBED("language", weights);
EMBED("language", cues);
EMBED("language", time);
EMBED("language", answers);
EMBED("numbering", mobile);
EMBED("numbering", areas);
EMBED("numbering", codes);
EMBED("numbering", carriers);
EMBED("numbering", countries);
EMBED("numbering", known);

void language_builtin_tables(struct language_tables *out)
{
	*out = (struct language_tables){
		.language = {
			[LANGUAGE_FOLD] = TABLE("language", fold),
			[LANGUAGE_SIMPLIFIED] = TABLE("language", simplified),
			[LANGUAGE_DIGITS] = TABLE("language", digits),
			[LANGUAGE_WORDS] = TABLE("language", words),
			[LANGUAGE_WEIGHTS] = TABLE("language", weights),
			[LANGUAGE_CUES] = TABLE("language", cues),
			[LANGUAGE_TIME] = TABLE("language", time),
			[LANGUAGE_ANSWERS] = TABLE("language", answers),
		},
		.numbering = {
			[NUMBERING_MOBILE] = TABLE("numbering", mobile),
			[NUMBERING_AREAS] = TABLE("numbering", areas),
			[NUMBERING_CODES] = TABLE("numbering", codes),
			[NUMBERING_CARRIERS] = TABLE("numbering", carriers),
			[NUMBERING_COUNTRIES] = TABLE("numbering", countries),
			[NUMBERING_KNOWN] = TABLE("numbering", known),
		},
	};
}
