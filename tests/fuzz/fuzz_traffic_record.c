/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Octets of the sample as the store gives them back. What is taken is written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "blocklist/traffic_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size > 0) {
		uint8_t again[TRAFFIC_RECORD_MAX];
		struct traffic_record record;
		ssize_t n = traffic_record_read(data, size, BLOCK_SMS, &record);

		if (n < 0)
			return 0;
		if (traffic_record_write(&record, again) != (size_t)n ||
		    memcmp(again, data, (size_t)n) != 0)
			abort();
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
