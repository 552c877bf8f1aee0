/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A line of a drop-directory file: cut into fields, and the fields read as a call record. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/csv.h"
#include "rules/call_record.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct call_origin origin = { .entry = CALL_ENTRY_OWN };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_field fields[CSV_FIELDS_MAX];
	struct call_fields values = { 0 };
	struct call_record record;
	struct call_error fault;
	const char *error;
	size_t column;
	ssize_t count;
	char *line;

	if (size < 1)
		return 0;
	/* Exactly as long as the input, so that a read past the end shows. */
	line = malloc(size);
	if (!line)
		return 0;
	memcpy(line, data + 1, size - 1);
	count = csv_split(line, size - 1, (char)data[0], fields, &column, &error);
	if (count < 0) {
		if (!error || column == 0)
			abort();
	} else {
		for (int i = 0; i < CALL_FIELD_COUNT && i < count; i++) {
			if (fields[i].text < line ||
			    fields[i].text + fields[i].len > line + size - 1)
				abort();
			values.text[i] = fields[i].text;
			values.len[i] = fields[i].len;
		}
		if (call_record_read(test_plan(), &values, &origin, &record, &fault) == 0 &&
		    number_classify(test_plan(), record.called.text) == NUMBER_NONE)
			abort();
	}
	free(line);
	return 0;
}
