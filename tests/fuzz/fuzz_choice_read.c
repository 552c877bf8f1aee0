/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets are a choice, a consent or neither, and never both; a stored list that reads is
 * written again as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/call_list.h"
#include "rules/choice_read.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CALL_LIST_TEXT_MAX], again[CALL_LIST_TEXT_MAX];
	struct call_list list, second;
	int choice = choice_read(test_language(), (const char *)data, size);

	require(choice >= 0 && choice <= CALL_LIST_MAX);
	require(!(choice && consent_read(test_language(), (const char *)data, size)));
	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (call_list_read(text, &list) < 0)
		return 0;
	call_list_write(&list, again);
	require(call_list_read(again, &second) == 0 && second.count == list.count);
	return 0;
}
