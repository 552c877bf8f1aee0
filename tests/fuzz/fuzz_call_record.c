/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_call_record.c - the first octet chooses: 'p' reads the rest as a packed run, 'd' as how a
 * number called on one day, anything else as fields with ';' between, in the order of enum
 * call_field.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/call_record.h"
#include "rules/caller_day.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct call_trunk trunks[] = { { "*-?*x", CALL_ENTRY_INTERNATIONAL } };
static const struct call_origin origin = { .trunks = trunks, .trunk_count = 1 };

static void fuzz_packed(const uint8_t *data, size_t size)
{
	struct call_run_query query = { NULL, INT64_MIN, INT64_MAX };
	struct call_run_match match = call_run_search(data, size, 0, &query);
	uint8_t again[CALL_PACKED_SIZE];
	struct call_record record;

	if (match.found + match.broken != (size + CALL_PACKED_SIZE - 1) / CALL_PACKED_SIZE)
		abort();
	for (; size >= CALL_PACKED_SIZE; data += CALL_PACKED_SIZE, size -= CALL_PACKED_SIZE) {
		if (call_record_unpack(data, -28800000, &record) == 0 &&
		    (call_record_pack(&record, again) != 0 || memcmp(data, again, sizeof(again))))
			abort();
	}
}

static void fuzz_day(const uint8_t *data, size_t size)
{
	struct caller_day day;
	size_t left;

	if (caller_day_read(data, size, &day) != 0)
		return;
	if (day.count > CALLER_DAY_PEOPLE || day.many != (day.count == 0))
		abort();
	left = caller_day_unite(day.people, day.count);
	if (left > day.count || (left == 0) != (day.count == 0))
		abort();
	for (size_t i = 1; i < left; i++)
		if (day.people[i - 1] >= day.people[i])
			abort();
}

static void fuzz_fields(const char *text, size_t size)
{
	struct call_fields fields = { .text = { NULL } };
	uint8_t packed[CALL_PACKED_SIZE];
	struct call_record record, back;
	struct call_error error;

	for (size_t i = 0; i < CALL_FIELD_COUNT && text; i++) {
		const char *end = memchr(text, ';', size);
		fields.text[i] = text;
		fields.len[i] = end ? (size_t)(end - text) : size;
		size -= end ? fields.len[i] + 1 : size;
		text = end ? end + 1 : NULL;
	}
	if (call_record_read(test_plan(), &fields, &origin, &record, &error) != 0) {
		if (strlen(error.text) >= CALL_ERROR_MAX || error.field >= CALL_FIELD_COUNT)
			abort();
	} else if (call_record_pack(&record, packed) != 0 ||
		   call_record_unpack(packed, call_day_start(record.start_ms), &back) != 0 ||
		   !call_record_same(&record, &back)) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == 'p')
		fuzz_packed(data + 1, size - 1);
	else if (size > 0 && data[0] == 'd')
		fuzz_day(data + 1, size - 1);
	else if (size > 0)
		fuzz_fields((const char *)data + 1, size - 1);
	return 0;
}
