/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_smpp_concat.c - the input is a row of messages: sender, esm_class, length, TLV length, and
 * the octets of both. They are read as parts and collected within tight limits. */
#include <assert.h>
#include <errno.h>
#include <talloc.h>

#include "smpp/smpp_concat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_set(void *user, const struct smpp_concat_set *set)
{
	size_t present = 0, octets = 0;
	for (size_t i = 0; i < set->total; i++) {
		present += set->parts[i].present;
		for (size_t k = 0; k < set->parts[i].len; k++)
			octets += set->parts[i].data[k];
	}
	assert(present == set->present && present > 0);
	*(size_t *)user += octets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct smpp_concat_limits limits = { 8, 3, 20000, 9000, 50 };
	size_t sum = 0;
	struct smpp_concat *concat = smpp_concat_create(NULL, &limits, on_set, &sum);
	for (int64_t now_ms = 0; size >= 4; now_ms++) {
		const char source[] = { (char)('a' + data[0] % 4), '\0' };
		size_t len = data[2] < size - 4 ? data[2] : size - 4;
		size_t tlvs = data[3] < size - 4 - len ? data[3] : size - 4 - len;
		const struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
					      .esm_class = data[1],
					      .short_message = { data + 4, len },
					      .tlvs = { data + 4 + len, tlvs } };
		struct smpp_part_info part;
		smpp_part_read(&pdu, &part);
		int rc = smpp_concat_add(concat, source, "10086999", &part, 0, 1, now_ms);
		assert(part.concatenated == (rc >= 0 || rc == -ENOSPC));
		assert(smpp_concat_pending(concat) <= limits.max_sets);
		if (data[0] & 0x80)
			smpp_concat_expire(concat, now_ms);
		data += 4 + len + tlvs;
		size -= 4 + len + tlvs;
	}
	talloc_free(concat);
	return 0;
}
