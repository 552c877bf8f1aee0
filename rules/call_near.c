/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/call_near.h"

#include <string.h>

enum { NEAR_DIGITS = 2 };

bool call_number_near(const char *a, const char *b)
{
	size_t differ = 0;
	size_t i;

	for (i = 0; a[i] && b[i]; i++)
		differ += a[i] != b[i];
	return !a[i] && !b[i] && differ >= 1 && differ <= NEAR_DIGITS;
}

static void add_near(struct evidence *evidence, const struct number *caller)
{
	if (evidence->near_count == EVIDENCE_NEAR_MAX)
		return;
	for (size_t i = 0; i < evidence->near_count; i++)
		if (strcmp(evidence->near[i].text, caller->text) == 0)
			return;
	evidence->near[evidence->near_count++] = *caller;
}

void call_run_near(const uint8_t *run, size_t len, int64_t day_start_ms, const char *number,
		   int64_t from_ms, int64_t to_ms, struct evidence *evidence)
{
	struct call_record record;

	for (size_t at = 0; at + CALL_PACKED_SIZE <= len; at += CALL_PACKED_SIZE) {
		if (call_record_unpack(run + at, day_start_ms, &record) < 0)
			continue;
		if (record.start_ms >= from_ms && record.start_ms < to_ms &&
		    call_number_near(record.caller.text, number))
			add_near(evidence, &record.caller);
	}
}
