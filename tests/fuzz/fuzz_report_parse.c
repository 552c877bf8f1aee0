/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets give a reading that holds what the header promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/report_explain.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

/* Field by field: there is padding between them. */
static bool same_reading(const struct report_reading *a, const struct report_reading *b)
{
	bool same = a->number_count == b->number_count &&
		    strcmp(a->unread.official, b->unread.official) == 0;
	for (size_t i = 0; same && i < a->number_count; i++)
		same = strcmp(a->numbers[i].text, b->numbers[i].text) == 0 &&
		       strcmp(a->alike[i].official, b->alike[i].official) == 0;
	return same && a->intent == b->intent && a->category == b->category &&
	       a->scope == b->scope && a->has_call_time == b->has_call_time &&
	       a->call_from_ms == b->call_from_ms && a->call_to_ms == b->call_to_ms &&
	       a->official == b->official && a->international == b->international &&
	       a->needs_number == b->needs_number && strcmp(a->receipt, b->receipt) == 0;
}

/* What is explained is the same reading, and every note is about a place of the text. */
static void explained(void *user, const struct report_explained *e)
{
	require(same_reading(user, e->reading));
	for (size_t i = 0; i < e->notes->count; i++) {
		const struct text_note *note = &e->notes->list[i];
		require(note->rule && note->from <= note->to && note->to <= e->text->len &&
			note->word_from <= note->word_to && note->word_to <= e->text->len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t received_ms = 1758076200000;
	struct report_reading r;

	require(report_parse_text(test_language(), test_keywords(), (const char *)data, size,
				  received_ms, &r) == 0);
	require(r.intent < REPORT_INTENT_COUNT && r.category < REPORT_CATEGORY_COUNT &&
		r.scope < REPORT_SCOPE_COUNT && r.number_count <= REPORT_NUMBERS_MAX);
	bool report = r.intent == REPORT_CALL || r.intent == REPORT_SMS;
	bool spam = r.intent == REPORT_SPAM_FORWARD;
	require(!r.has_call_time ||
		(report && r.call_from_ms < r.call_to_ms && r.call_to_ms <= received_ms));
	require(r.needs_number == ((report || spam) && r.number_count == 0));
	require(report || spam || r.category == REPORT_UNKNOWN);
	require(r.keyword.sense < KEYWORD_SENSE_COUNT && r.keyword.scope < REPORT_SCOPE_COUNT);
	require(!r.keyword.near || keyword_is_destructive(r.keyword.sense));
	bool official = false, foreign = false;
	for (size_t i = 0; i < r.number_count; i++) {
		struct number again;
		require(number_read(test_plan(), r.numbers[i].text, strlen(r.numbers[i].text),
				    &again) == 0);
		require(strcmp(again.text, r.numbers[i].text) == 0);
		official |= number_is_official(test_plan(), r.numbers[i].text);
		foreign |= number_is_foreign(r.numbers[i].text);
		for (size_t k = 0; k < i; k++)
			require(strcmp(r.numbers[k].text, r.numbers[i].text) != 0);
	}
	require(official == r.official && foreign == r.international);
	require(report_explain_text(test_language(), test_keywords(), (const char *)data, size,
				    received_ms, explained, &r) == 0);
	return 0;
}
