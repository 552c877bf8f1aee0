/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a subscriber wrote, masked: not longer than it was, nothing but digits changed, and no
 * eleven digits in a row left to be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conceal_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IN_A_ROW = 11 };

static void require(int holds)
{
	if (!holds)
		abort();
}

static size_t digit_len(const char *at)
{
	if (*at >= '0' && *at <= '9')
		return 1;
	return memcmp(at, "\xef\xbc", 2) == 0 && (uint8_t)at[2] >= 0x90 && (uint8_t)at[2] <= 0x99
		       ? 3
		       : 0;
}

/* The masked one beside the other. */
static void check(const char *text, const char *masked)
{
	size_t row = 0;

	for (; *text; text += digit_len(text) ? digit_len(text) : 1) {
		size_t len = digit_len(text);

		if (len > 0 && *masked == '*') {
			masked++;
			row = 0;
			continue;
		}
		row = len > 0 ? row + 1 : 0;
		require(row < IN_A_ROW);
		require(strncmp(text, masked, len ? len : 1) == 0);
		masked += len ? len : 1;
	}
	require(*masked == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 4);
	char *masked;

	if (!text)
		return 0;
	memcpy(text, data, size);
	memset(text + size, 0, 4);
	masked = conceal_text(text);
	require(masked != NULL && strlen(masked) <= strlen(text));
	check(text, masked);
	free(masked);
	free(text);
	return 0;
}
