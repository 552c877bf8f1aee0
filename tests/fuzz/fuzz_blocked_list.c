/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets are a request about blocked messages or none, and one has at most one argument; a
 * stored list that reads is written again as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/blocked_keyword.h"
#include "rules/blocked_list.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_request(const struct blocked_request *request)
{
	require(request->place >= 0 && request->place <= BLOCKED_LIST_MAX);
	require(!request->place || !request->sender.text[0]);
	require(request->sense == KEYWORD_RELEASE || (!request->place && !request->sender.text[0]));
	require(!request->sender.text[0] || number_form(request->sender.text) != NUMBER_FORM_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocked_request request =
		blocked_keyword_read(test_language(), test_keywords(), (const char *)data, size);
	char text[BLOCKED_LIST_TEXT_MAX], again[BLOCKED_LIST_TEXT_MAX];
	struct blocked_list list, second;

	check_request(&request);
	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (blocked_list_read(text, &list) < 0)
		return 0;
	blocked_list_write(&list, again);
	require(blocked_list_read(again, &second) == 0 && second.count == list.count);
	return 0;
}
