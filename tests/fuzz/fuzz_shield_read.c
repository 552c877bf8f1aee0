/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_shield_read.c - any text at any moment: what is read makes rules that can be written. */
#include <stdlib.h>
#include <string.h>

#include "rules/shield_read.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct shield_reading *reading, int64_t now_ms)
{
	if (reading->act == SHIELD_NONE)
		return;
	if (reading->act > SHIELD_WHEN || reading->scope >= REPORT_SCOPE_COUNT ||
	    reading->place_count > SHIELD_PLACES_MAX)
		abort();
	for (size_t i = 0; i < reading->place_count; i++)
		if (!reading->places[i])
			abort();
	if (reading->act == SHIELD_END || reading->act == SHIELD_WHEN)
		return;
	if (reading->place_count == 0 ||
	    (reading->until_ms &&
	     (reading->until_ms <= now_ms || reading->until_ms <= reading->since_ms)) ||
	    (reading->since_ms && (reading->since_ms <= now_ms || !reading->until_ms)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* 2025-11-22, and days and minutes after it. */
	int64_t now_ms = INT64_C(1763740800000);
	struct shield_reading reading;

	if (size < 2)
		return 0;
	now_ms += (data[0] * INT64_C(1440) + data[1] * 5) * 60000;
	reading = shield_read(test_language(), (const char *)data + 2, size - 2, now_ms);
	check(&reading, now_ms);
	return 0;
}
