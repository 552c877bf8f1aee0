/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_text.c - the first octet is data_coding, the rest a message: whatever it is, the text
 * fits the promised size, is whole UTF-8 without zero octets, and can be cut into parts again. The
 * last octet chooses national language tables, and the kind of reference. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_text.h"
#include "smpp/smpp_utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct smpp_text_converters *kept;

	(void)argc;
	(void)argv;
	kept = smpp_text_keep_converters(NULL);
	return kept ? 0 : -1;
}

static void check_text(const char *text, size_t len)
{
	assert(!memchr(text, 0, len));
	for (size_t pos = 0; pos < len;) {
		uint32_t cp;
		pos += smpp_utf8_read((const uint8_t *)text + pos, len - pos, &cp);
		assert(cp != SMPP_CHAR_BAD);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t cap = 3 * (size - 1) + 4;
	char *text = malloc(cap);
	enum smpp_alphabet used;
	struct smpp_parts parts;
	if (!text)
		abort();
	const struct smpp_gsm7_shift shift = { data[size - 1] & 0xf, data[size - 1] >> 4 };
	size_t len =
		smpp_text_decode_shifted(data[0], &shift, data + 1, size - 1, text, cap, &used);
	assert(len < cap && used < SMPP_ALPHABET_COUNT);
	check_text(text, len);
	int rc = shift.locking & 1 ? smpp_text_segment_wide(text, len, data[0], &parts)
				   : smpp_text_segment(text, len, data[0], &parts);
	for (size_t i = 0; rc == 0 && i < parts.count; i++)
		assert(parts.part[i].len <= (parts.data_coding == 8 ? 140 : 160));
	len = smpp_text_decode(data[0], data + 1, size - 1, text, size / 2, NULL);
	assert(len <= size / 2);
	check_text(text, len);
	free(text);
	return 0;
}
