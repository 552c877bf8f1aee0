/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is read of the file beside the audit is what it says, and nothing else. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/audit_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char again[AUDIT_HEAD_TEXT_MAX];
	struct audit_tip tip;
	int len;

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (audit_head_parse(text, size, &tip) == 0) {
		text[size] = '\0';
		/* Zeros may stand in front of an id. */
		size_t zeros = strspn(text, "0");

		len = snprintf(again, sizeof(again), "%" PRId64 " ", tip.id);
		for (size_t i = 0; i < AUDIT_CHAIN_SIZE; i++)
			len += snprintf(again + len, sizeof(again) - (size_t)len, "%02x",
					tip.hash[i]);
		if (tip.id <= 0 || strncasecmp(again, text + zeros, (size_t)len) != 0)
			abort();
	}
	free(text);
	return 0;
}
