/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply_book.h - the words of the replies, read from one file for each language.
 *
 * Format:  UTF-8, one text a line: KEY, ':', the text. Empty lines and lines that begin with '#'
 *          are skipped. {name} stands for a value; <...> is left out when a value in it is empty.
 *          The keys and what may stand in each are those of reply_form.h; every text has to be
 *          there but the variants in plain words.
 * Bounds:  a text may become REPLY_LANGUAGE_MAX octets at its longest values; more is an error.
 * Owns:    a book is counted: each that keeps it holds a reference, and the last to let go frees
 *          it. The sources are copied.
 * Errors:  -EBADMSG with `fault` filled: file, line (0: the file as a whole) and what is wrong;
 *          -ENOMEM. `out` is untouched then.
 * Threads: pure; a book is read-only, and references may be taken and let go on any thread.
 */
#pragma once

#include <stddef.h>

#include "rules/reply.h"

enum { REPLY_TONGUES = REPLY_BOTH }; /* languages with words of their own: Chinese, English */
enum { REPLY_FAULT_MAX = 200, REPLY_LANGUAGE_MAX = (REPLY_MAX - 2) / 2 };

struct reply_source {
	const char *name; /* of the file, for messages */
	const char *text;
	size_t len;
};

struct reply_fault {
	const char *file; /* the source's name */
	size_t line;
	char text[REPLY_FAULT_MAX];
};

/* One reference is the caller's. */
int reply_book_compile(const struct reply_source sources[REPLY_TONGUES], struct reply_book **out,
		       struct reply_fault *fault) __attribute__((warn_unused_result));
struct reply_book *reply_book_ref(const struct reply_book *book);
void reply_book_unref(const struct reply_book *book); /* NULL: nothing */

/* A text of reply_form.h; NULL for a plain variant that is not there. */
const char *reply_book_text(const struct reply_book *book, int tongue, int text);
