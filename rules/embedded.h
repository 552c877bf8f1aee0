/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* embedded.h - files of deploy/ that are in the programs as they are, for when none is configured.
 *
 * Does:    deploy/replies/zh.txt is embedded_replies_zh_txt, EMBEDDED_LEN() octets and a NUL. The
 *          Makefile's EMBEDDED names the files.
 * Owns:    constants. Threads: any.
 */
#pragma once

#define EMBEDDED(name) extern const char embedded_##name[], embedded_##name##_end[]
#define EMBEDDED_LEN(name) ((size_t)(embedded_##name##_end - embedded_##name))

EMBEDDED(replies_en_txt);
EMBEDDED(replies_zh_txt);
EMBEDDED(language_fold_tsv);
EMBEDDED(language_simplified_tsv);
EMBEDDED(language_digits_tsv);
EMBEDDED(language_words_tsv);
EMBEDDED(language_weights_tsv);
EMBEDDED(language_cues_tsv);
EMBEDDED(language_time_tsv);
EMBEDDED(language_answers_tsv);
EMBEDDED(language_shield_tsv);
EMBEDDED(language_places_tsv);
EMBEDDED(numbering_mobile_tsv);
EMBEDDED(numbering_areas_tsv);
EMBEDDED(numbering_codes_tsv);
EMBEDDED(numbering_carriers_tsv);
EMBEDDED(numbering_countries_tsv);
EMBEDDED(numbering_known_tsv);
