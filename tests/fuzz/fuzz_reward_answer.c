/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Answers of the rewards system: fields of a stream, and objects in a body. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "gateway/reward_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct reward_answer *answer)
{
	if (u8_check((const uint8_t *)answer->reason, strlen(answer->reason)))
		abort();
	if (strlen(answer->id) >= sizeof(answer->id))
		abort();
}

/* Three texts with NULs between them. */
static void as_fields(const uint8_t *data, size_t size)
{
	const char *texts[3] = { NULL, NULL, NULL };
	struct reward_answer answer;
	char *copy = malloc(size + 1);
	size_t at = 0;

	if (!copy)
		return;
	memcpy(copy, data, size);
	copy[size] = '\0';
	for (int i = 0; i < 3 && at <= size; i++) {
		texts[i] = copy + at;
		at += strlen(copy + at) + 1;
	}
	reward_answer_read(texts[0], texts[1], texts[2], &answer);
	check(&answer);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *body = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct reward_answer answer;

	as_fields(data, size);
	if (reward_answer_from_json(body, &answer) == 0)
		check(&answer);
	json_decref(body);
	return 0;
}
