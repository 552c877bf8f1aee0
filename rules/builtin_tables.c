/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* builtin_tables.c - the tables of deploy/ as they were when this was built, word for word. */
#include "rules/embedded.h"
#include "rules/language_load.h"

#define TABLE(folder, file)                                                                        \
	{                                                                                          \
		.name = "deploy/" #folder "/" #file ".tsv",                                        \
		.text = embedded_##folder##_##file##_tsv,                                          \
		.len = EMBEDDED_LEN(folder##_##file##_tsv)                                         \
	}

void language_builtin_tables(struct language_tables *out)
{
	*out = (struct language_tables){
		.language = {
			[LANGUAGE_FOLD] = TABLE(language, fold),
			[LANGUAGE_SIMPLIFIED] = TABLE(language, simplified),
			[LANGUAGE_DIGITS] = TABLE(language, digits),
			[LANGUAGE_WORDS] = TABLE(language, words),
			[LANGUAGE_WEIGHTS] = TABLE(language, weights),
			[LANGUAGE_CUES] = TABLE(language, cues),
			[LANGUAGE_TIME] = TABLE(language, time),
			[LANGUAGE_ANSWERS] = TABLE(language, answers),
			[LANGUAGE_SHIELD] = TABLE(language, shield),
			[LANGUAGE_PLACES] = TABLE(language, places),
		},
		.numbering = {
			[NUMBERING_MOBILE] = TABLE(numbering, mobile),
			[NUMBERING_AREAS] = TABLE(numbering, areas),
			[NUMBERING_CODES] = TABLE(numbering, codes),
			[NUMBERING_CARRIERS] = TABLE(numbering, carriers),
			[NUMBERING_COUNTRIES] = TABLE(numbering, countries),
			[NUMBERING_KNOWN] = TABLE(numbering, known),
		},
	};
}
