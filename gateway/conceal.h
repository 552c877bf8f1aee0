/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* conceal.h - an answer for those who may not see numbers in full, nor what subscribers wrote.
 *
 * Does:    members "text" and "detail" that are texts become null; in every other text, numbers of
 *          seven digits and more that stand by themselves become masked (138****8000). Ids and
 *          hashes have letters, times have other characters: they stay. One net under all commands:
 *          whoever adds a member to an answer need not think of it.
 * Owns:    changes the answer in place.
 * Errors:  -ENOMEM: the answer is not to be shown.
 * Threads: pure.
 */
#pragma once

#include <jansson.h>

int conceal(json_t *answer) __attribute__((warn_unused_result));
/* The same for those who may see numbers, and say why for each (`reveal`): only the numbers in
 * what subscribers wrote are masked (conceal_text.h). */
int conceal_written(json_t *answer) __attribute__((warn_unused_result));
/* The text with its numbers masked, malloc'ed; NULL when out of memory. */
char *conceal_numbers(const char *text);
