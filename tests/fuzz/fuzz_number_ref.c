/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is read as a reference is the one that its number has; a number has one, or is no digits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/number_ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t octets[NUMBER_REF_KEY_SIZE] = { 1, 2, 3 };
	struct number number, back;
	struct number_ref_key key;
	char text[NUMBER_REF_MAX];

	number_ref_key_set(&key, octets);
	if (number_ref_read(&key, (const char *)data, size, &number) == 0) {
		require(number_ref_make(&key, number.text, text) == 0);
		require(strlen(text) == size && memcmp(text, data, size) == 0);
	}
	memset(&number, 0, sizeof(number));
	memcpy(number.text, data, size < NUMBER_MAX ? size : NUMBER_MAX - 1);
	if (number_ref_make(&key, number.text, text) == 0) {
		require(number_ref_read(&key, text, strlen(text), &back) == 0);
		require(strcmp(back.text, number.text) == 0);
	}
	return 0;
}
