/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The text of an outbox row of a released message: whatever stands there, it is read or refused,
 * and what is read is written again as the same octets. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/quarantine_row.h"
#include "smpp/smpp_pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_octets(void *ctx, const uint8_t *octets, size_t len)
{
	char *text = quarantine_write_pdu(ctx, octets, len);
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	uint8_t *again = NULL;
	size_t again_len = 0;

	require(text && quarantine_read_pdu(ctx, text, &again, &again_len) == 0);
	require(again_len == len && memcmp(again, octets, len) == 0);
	if (smpp_pdu_decode(octets, len, &pdu, &fault) == 0)
		require(pdu.command_length == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char *text = talloc_strndup(ctx, (const char *)data, size);
	uint8_t *octets;
	size_t len;

	if (quarantine_read_pdu(ctx, text, &octets, &len) == 0)
		check_octets(ctx, octets, len);
	check_octets(ctx, data, size);
	talloc_free(ctx);
	return 0;
}
