/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_memory.h"

#include <talloc.h>

struct place {
	uint64_t transaction;
	uint64_t until : 56; /* ms; 0: empty */
	uint64_t what : 8;
};

struct sip_memory {
	struct place places[SIP_MEMORY_SIZE];
};

struct sip_memory *sip_memory_create(void *ctx)
{
	return talloc_zero(ctx, struct sip_memory);
}

int sip_memory_find(const struct sip_memory *memory, uint64_t transaction, int64_t now_ms)
{
	const struct place *place = &memory->places[transaction % SIP_MEMORY_SIZE];

	if (place->transaction != transaction || (int64_t)place->until <= now_ms)
		return -1;
	return (int)place->what;
}

void sip_memory_keep(struct sip_memory *memory, uint64_t transaction, int what, int64_t now_ms)
{
	memory->places[transaction % SIP_MEMORY_SIZE] = (struct place){
		.transaction = transaction,
		.until = (uint64_t)(now_ms + SIP_MEMORY_MS) & ((UINT64_C(1) << 56) - 1),
		.what = (uint8_t)what,
	};
}
