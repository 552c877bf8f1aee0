/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any lines as the words of keywords: a fault that names its word, or a table in which every word
 * is found again with its sense, and by which any text reads. The first octet chooses the sense. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "rules/keyword.h"
#include "tests/unit/tables.h"

enum { WORDS_MAX = 32, TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static size_t split(char *text, const char *words[WORDS_MAX])
{
	char *rest = text;
	size_t count = 0;

	for (char *word; count < WORDS_MAX && (word = strsep(&rest, "\n"));)
		words[count++] = word;
	return count;
}

static void try_words(const struct keyword_table *table, const struct keyword_source *source)
{
	const struct keyword_set *set = keyword_table_set(table, "10086999");
	struct report_reading r;

	for (size_t i = 0; i < source->word_count; i++) {
		require(report_parse_text(test_language(), set, source->words[i],
					  strlen(source->words[i]), 1758076200000, &r) == 0);
		require(r.keyword.sense < KEYWORD_SENSE_COUNT);
		require(!r.keyword.near || keyword_is_destructive(r.keyword.sense));
	}
	for (size_t i = 0; i < keyword_set_count(set); i++) {
		const struct keyword_word *word = keyword_set_word(set, i);
		require(keyword_set_find(set, word->unit, word->len) == word);
		require(word->sense == source->sense && word->len <= KEYWORD_UNITS_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	const char *words[WORDS_MAX];
	struct keyword_source source = { .words = words };
	struct keyword_fault fault = { .text = "" };
	struct keyword_table *table;
	int rc;

	if (size < 1 || size >= sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	source.sense = 1 + data[0] % (KEYWORD_SENSE_COUNT - 1);
	source.word_count = split(text, words);
	rc = keyword_table_compile(NULL, test_language(), &source, 1, &table, &fault);
	if (rc == 0)
		try_words(table, &source);
	else
		require(rc == -EBADMSG && fault.text[0] && fault.source == 0);
	if (rc == 0)
		talloc_free(table);
	return 0;
}
