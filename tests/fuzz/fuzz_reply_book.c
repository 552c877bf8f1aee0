/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets as a file of texts: a fault with words and a line that is there, or a book that fills
 * every text. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/reply_book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void fill_all(const struct reply_book *book)
{
	static const struct reply_values values = { .number = "+8613812345678",
						    .day_ms = 1763778600000,
						    .word = "LH" };
	char out[REPLY_MAX];

	for (int i = 0; i < 2 * REPLY_KIND_COUNT; i++) {
		const struct reply_manner manner = { book, REPLY_BOTH, i & 1 };
		require(reply_format((enum reply_kind)(i / 2), &manner, &values, out, sizeof(out)) >
			0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reply_source source = { "fuzz", (const char *)data, size };
	const struct reply_source sources[REPLY_TONGUES] = { source, source };
	struct reply_fault fault = { .text = "" };
	struct reply_book *book;
	int rc = reply_book_compile(sources, &book, &fault);

	if (rc == 0) {
		fill_all(book);
		reply_book_unref(book);
		return 0;
	}
	require(rc == -EBADMSG && fault.text[0] && fault.line <= size + 1);
	return 0;
}
