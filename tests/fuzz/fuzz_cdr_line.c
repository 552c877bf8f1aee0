/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_cdr_line.c - one line of NDJSON. What is taken must be read again by the stream's consumer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/cdr_line.h"
#include "gateway/feed_source.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char name[] = "pbx";
static char offset[] = "+08:00";
static const struct config_source source = { .name = name,
					     .utc_offset = offset,
					     .utc_offset_s = 8 * 3600 };

/* As cdr_feed.c takes it from the stream. */
static void read_again(const struct cdr_line *line)
{
	struct call_origin origin = feed_source_origin(&source);
	struct call_fields fields = { .text = { NULL } };
	struct call_record record;
	struct call_error error;

	for (size_t i = 0; i < line->count; i++) {
		if (strcmp(line->name[i], "watermark") == 0)
			return;
		for (int k = 0; k < CALL_FIELD_COUNT; k++) {
			if (strcmp(line->name[i], call_field_name((enum call_field)k)) != 0)
				continue;
			fields.text[k] = line->value[i];
			fields.len[k] = strlen(line->value[i]);
		}
	}
	if (call_record_read(test_plan(), &fields, &origin, &record, &error) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char error[CDR_LINE_ERROR_MAX] = "";
	struct cdr_line line;
	int rc = cdr_line_read(ctx, test_plan(), &source, (const char *)data, size, &line, error);

	if (rc == 0 && line.count > 0)
		read_again(&line);
	else if (rc == -EBADMSG && (!error[0] || strnlen(error, sizeof(error)) == sizeof(error)))
		abort();
	talloc_free(ctx);
	return 0;
}
