/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_cdr_3gpp.c - a charging file as a whole: its header, and each record with its own; the first
 * octet 'r' reads the rest as one record.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/ber.h"
#include "rules/cdr_3gpp.h"
#include "rules/ts32297.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(const char *text)
{
	size_t len = strnlen(text, CDR_TEXT_MAX);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len < CDR_TEXT_MAX;
}

static void fuzz_record(const uint8_t *data, size_t size)
{
	const struct call_origin origin = { .utc_offset_s = 0 };
	struct call_record record;
	struct call_error error;
	struct cdr_fault fault;
	struct cdr_3gpp cdr;
	int rc = cdr_3gpp_read(test_plan(), data, size, &cdr, &fault);

	if (rc < 0 && (fault.offset > size || strnlen(fault.text, CDR_FAULT_MAX) == CDR_FAULT_MAX))
		abort();
	if (rc != 1)
		return;
	if (!is_text(cdr.caller) || !is_text(cdr.asserted) || !is_text(cdr.called) ||
	    !is_text(cdr.trunk))
		abort();
	if (cdr_3gpp_record(test_plan(), &cdr, &origin, &record, &error) == 0 &&
	    (record.duration_s > CALL_DURATION_MAX_S || record.start_ms < 0))
		abort();
}

static void fuzz_file(const uint8_t *data, size_t size)
{
	struct ts32297_file file;
	struct ts32297_cdr head;
	const char *why;
	ssize_t used = ts32297_read_file(data, size, &file, &why);

	while (used > 0) {
		if ((size_t)used > size)
			abort();
		data += used;
		size -= (size_t)used;
		used = ts32297_read_cdr(data, size, &head);
		if (used <= 0 || head.len > size - (size_t)used)
			return;
		fuzz_record(data + used, head.len);
		used += head.len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == 'r')
		fuzz_record(data + 1, size - 1);
	else
		fuzz_file(data, size);
	return 0;
}
