/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* charging_tool.c - prints what is read of the charging files named on the command line, a line a
 * record, for the comparison with an independent reader (charging.test.mjs). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/cdr_3gpp.h"
#include "rules/ts32297.h"
#include "tests/unit/tables.h"

static void show_record(const uint8_t *data, size_t len)
{
	struct cdr_fault fault;
	struct cdr_3gpp cdr;
	int rc = cdr_3gpp_read(test_plan(), data, len, &cdr, &fault);

	if (rc < 0)
		printf("bad|%zu|%s\n", fault.offset, fault.text);
	else if (rc == 0)
		printf("other\n");
	else
		printf("%u|%s|%s|%s|%s|%s|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64
		       "\n",
		       cdr.record_tag, cdr_kind_name(cdr.kind), cdr.caller, cdr.asserted,
		       cdr.called, cdr.trunk, cdr.setup_ms, cdr.answer_ms, cdr.release_ms,
		       cdr.duration_s, cdr.cause);
}

static int show_file(const uint8_t *data, size_t len)
{
	struct ts32297_file file;
	struct ts32297_cdr head;
	const char *why;
	ssize_t at = ts32297_read_file(data, len, &file, &why);

	if (at <= 0)
		return -1;
	printf("file|%" PRIu32 "|%" PRIu32 "|%u|%u\n", file.sequence, file.records, file.release[0],
	       file.lost);
	while ((size_t)at < len) {
		ssize_t used = ts32297_read_cdr(data + at, len - (size_t)at, &head);

		if (used <= 0 || head.len > len - (size_t)(at + used))
			return -1;
		show_record(data + at + used, head.len);
		at += used + head.len;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static uint8_t data[1 << 24];

	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "rb");
		size_t len = in ? fread(data, 1, sizeof(data), in) : 0;

		if (!in || show_file(data, len) < 0) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return EXIT_FAILURE;
		}
		fclose(in);
	}
	return EXIT_SUCCESS;
}
