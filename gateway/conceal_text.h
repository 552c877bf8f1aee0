/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* conceal_text.h - what a subscriber wrote, with its numbers masked.
 *
 * Does:    of seven digits and more, those between the first three and the last four (two of a
 * short number) become '*'. Digits may be full-width, and stand in groups of three and more with a
 * blank, hyphen or dot between; dates and times are no such groups. Numbers in words stay. Returns:
 * malloc'ed; NULL when out of memory. Threads: pure.
 */
#pragma once

char *conceal_text(const char *text) __attribute__((warn_unused_result));
