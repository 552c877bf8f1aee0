/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_screen_ask.c - a query, or the body of a batch: 'q', 'j' or 'l' and the octets. What is read
 * can be decided about; what is not has a fault that can be shown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/screen_ask.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fault(const struct screen_fault *fault)
{
	size_t len = strnlen(fault->text, sizeof(fault->text));

	if (len == 0 || len == sizeof(fault->text) ||
	    strnlen(fault->field, sizeof(fault->field)) == sizeof(fault->field))
		abort();
	for (size_t i = 0; i < len; i++)
		if (fault->text[i] < ' ' || fault->text[i] > '~')
			abort();
}

static void check_question(const json_t *object)
{
	const struct block_context context = { .subscriber_known = true };
	struct screen_fault fault;
	struct screen_ask ask;
	int rc = screen_ask_read(test_plan(), object, &ask, &fault);

	if (rc == -EBADMSG)
		check_fault(&fault);
	else if (rc == 0 && (!ask.attempt.caller.text[0] || !ask.attempt.called.text[0] ||
			     block_decide(&ask.attempt, &context).verdict != BLOCK_ALLOW))
		abort();
}

static void check_query(const char *text, size_t len)
{
	char *query = strndup(text, len);
	struct screen_fault fault;
	json_t *object;
	int rc = screen_ask_from_query(query, &object, &fault);

	free(query);
	if (rc < 0) {
		check_fault(&fault);
		return;
	}
	check_question(object);
	json_decref(object);
}

static void check_batch(bool lines, const char *text, size_t len)
{
	struct screen_batch batch;
	struct screen_fault fault;
	json_t *object;
	size_t count = 0;
	int rc = screen_batch_open(lines, text, len, &batch, &fault);

	if (rc < 0) {
		check_fault(&fault);
		return;
	}
	for (; (rc = screen_batch_next(&batch, &object, &fault)) != 0; count++) {
		if (rc < 0) {
			check_fault(&fault);
			continue;
		}
		check_question(object);
		json_decref(object);
	}
	if (count != batch.count || count > SCREEN_ASK_MAX)
		abort();
	screen_batch_close(&batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	if (size == 0)
		return 0;
	if (data[0] == 'q')
		check_query(text + 1, size - 1);
	else
		check_batch(data[0] == 'l', text + 1, size - 1);
	return 0;
}
