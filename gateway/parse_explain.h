/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parse_explain.h - `mianrao parse --explain`: which rule and which word read what in a text.
 *
 * Does:    gives as JSON what report_explain.h shows, places counted in characters of the folded
 *          text, and writes that JSON as lines for people.
 * Returns: parse_explain() a new reference, or NULL when out of memory. `id` is borrowed, and may
 * be NULL. parse_explain_show() makes texts harmless for a terminal.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct keyword_set; /* rules/keyword.h */
struct language;    /* rules/language.h */

json_t *parse_explain(const struct language *language, const struct keyword_set *keywords,
		      json_t *id, const char *text, size_t len, int64_t received_ms);
void parse_explain_show(FILE *out, const json_t *explained);
