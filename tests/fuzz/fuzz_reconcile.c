/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rewards system's account, line by line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/reconcile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as long as the input, so that a read past the end shows. */
static int read_one(struct reconcile_reader *reader, const uint8_t *data, size_t len)
{
	char error[RECONCILE_ERROR_MAX];
	struct reconcile_entry entry;
	char *line = malloc(len ? len : 1);
	int rc;

	if (!line)
		return 0;
	memcpy(line, data, len);
	rc = reconcile_read(reader, line, len, &entry, error);
	if (rc < 0 && !error[0])
		abort();
	if (rc > 0 && (!reward_id_valid(entry.id) || entry.state >= REWARD_STATE_COUNT ||
		       entry.kind != reward_kind_of(entry.id)))
		abort();
	free(line);
	return rc > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reconcile_reader reader = { .line = 0 };
	uint64_t entries = 0;

	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		entries += (uint64_t)read_one(&reader, data, len);
		len += end != NULL;
		data += len;
		size -= len;
	}
	if (reader.entries != entries)
		abort();
	return 0;
}
