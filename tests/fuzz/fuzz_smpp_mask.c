/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_mask.c - masking changes neither header nor lengths: what decoded before decodes after,
 * and nothing of a text is left. */
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_mask.h"
#include "smpp/smpp_pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct smpp_pdu before, after;
	bool good = smpp_pdu_decode(data, size, &before, NULL) == 0;

	memcpy(copy, data, size);
	smpp_mask(copy, size);
	if (memcmp(copy, data, size < SMPP_HEADER_SIZE ? size : SMPP_HEADER_SIZE) != 0)
		abort();
	if (good && (smpp_pdu_decode(copy, size, &after, NULL) < 0 ||
		     before.short_message.len != after.short_message.len ||
		     before.tlvs.len != after.tlvs.len || before.dests.len != after.dests.len))
		abort();
	for (size_t i = 0;
	     good && !(after.esm_class & SMPP_ESM_UDHI) && i < after.short_message.len; i++)
		if (after.short_message.data[i] != 'x')
			abort();
	free(copy);
	return 0;
}
