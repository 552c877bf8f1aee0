/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is read is canonical: it has a class, reads as itself, and packs one to one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/number.h"
#include "rules/number_alike.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct number *number)
{
	struct number again, back;
	char text[NUMBER_MAX];
	enum number_class class = number_classify(test_plan(), number->text);

	require(class != NUMBER_NONE && memchr(number->text, 0, NUMBER_MAX) != NULL);
	number_display(number->text, text);
	number_mask(number->text, text);
	if (class == NUMBER_ALPHA)
		return;
	require(number_read(test_plan(), number->text, strlen(number->text), &again) == 0);
	require(strcmp(again.text, number->text) == 0);
	uint64_t key = number_pack(number->text);
	require(key == 0 ||
		(number_unpack(key, &back) == 0 && strcmp(back.text, number->text) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct number number;
	uint64_t key;

	if (size == 0)
		return 0;
	if (number_read(test_plan(), (const char *)data + 1, size - 1, &number) == 0)
		check(&number);
	if (number_from_address(test_plan(), data[0] % 8, (const char *)data + 1, size - 1,
				&number) == 0)
		check(&number);
	struct number_likeness alike;
	bool is_alike =
		number_looks_like(test_language(), (const char *)data + 1, size - 1, &alike);
	require(is_alike == (alike.kind != ALIKE_NONE) && is_alike == (alike.official[0] != 0));
	if (size >= sizeof(key)) {
		memcpy(&key, data, sizeof(key));
		if (number_unpack(key, &number) == 0)
			require(number_pack(number.text) == key);
	}
	return 0;
}
