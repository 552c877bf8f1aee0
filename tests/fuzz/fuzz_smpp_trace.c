/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_trace.c - any octets become a line within its bounds that is whole UTF-8 and holds no
 * control character; the first two octets choose the bound and what is shown. */
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_trace.h"
#include "smpp/smpp_utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t len)
{
	uint32_t cp;

	for (size_t pos = 0; pos < len;) {
		pos += smpp_utf8_read((const uint8_t *)line + pos, len - pos, &cp);
		if (cp == SMPP_CHAR_BAD || cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smpp_trace_options options = { 0 };
	size_t cap, len;
	char *line;

	if (size < 2)
		return 0;
	options.show_text = data[0] & 1;
	options.show_addresses = data[0] & 2;
	cap = data[0] & 4 ? data[1] : 4096;
	line = malloc(cap + 1);
	len = smpp_trace_line(data + 2, size - 2, &options, line, cap);
	if (cap > 0 ? len >= cap || strlen(line) != len : len != 0)
		abort();
	check_line(line, len);
	free(line);
	return 0;
}
