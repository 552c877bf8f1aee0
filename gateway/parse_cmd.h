/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parse_cmd.h - `mianrao parse`: what the gateway reads in texts, without a gateway.
 *
 * Does:    reads JSON Lines {"id","text","received"} and writes a JSON Line with the reading of
 *          each, in the schema of tests/data/README.md; other keys are ignored. A line that is no
 *          such object is told on `errors` with its number, and the next ones go on.
 *          --explain instead tells of each text which rule and which word read what, as lines for
 *          people or as JSON Lines (parse_explain.h).
 * Bounds:  memory does not grow with the input; a line holds at most 1 MiB.
 * Returns: 0, or 1 when a line was told on `errors` or the input or output failed.
 */
#pragma once

#include <stdio.h>

struct keyword_set; /* rules/keyword.h */
struct language;    /* rules/language.h */

enum parse_form {
	PARSE_READING,
	PARSE_EXPLAINED,      /* lines for people */
	PARSE_EXPLAINED_JSON, /* a JSON Line for each text */
	PARSE_FORM_COUNT
};

int parse_run(const struct language *language, const struct keyword_set *keywords, int in,
	      enum parse_form form, FILE *out, FILE *errors);
