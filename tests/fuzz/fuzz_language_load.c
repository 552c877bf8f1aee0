/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets as the lines of a table: the first octet says of which. Every fault is told with a
 * name, and what is taken reads texts within the schema. The other tables are as short as can be,
 * so that loading them takes no time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/unit/keywords.h"
#include "rules/language_load.h"
#include "rules/report_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct short_table {
	enum language_file file;
	const char *text;
} language_texts[] = {
	{ LANGUAGE_FOLD,
	  "U+3000\tto\tU+0020\nU+FF01-U+FF5E\tshift\t!\nU+2460-U+2473\tenclosed\t1\n" },
	{ LANGUAGE_SIMPLIFIED, "寬\t宽\n" },
	{ LANGUAGE_DIGITS, "一\t1\tdigit\n两\t2\tcount\n十\t10\ttens\no\t0\tletter\n" },
	{ LANGUAGE_WORDS, "宽带\tbroadband\n推销\tnuisance\n昨天\tday=-1\n下午\tpart=afternoon\n" },
	{ LANGUAGE_WEIGHTS, "url\t2\nnumber_at_end\t1\nopening\t1\nnumber_first\t-3\ntime\t-1\n"
			    "enough\t3\nenough_opened\t-3\n" },
	{ LANGUAGE_CUES, "label\t单号\nunit\t元\n" },
	{ LANGUAGE_TIME, "hour_sign\t点\nago\t前\nspan\t天\t1d\n" },
	{ LANGUAGE_ANSWERS, "consent\t是\n" },
	{ LANGUAGE_SHIELD, "shield_allow\t允许\n" },
	{ LANGUAGE_PLACES, "81\t日本\tJapan\t东瀛,jp\n" },
};

static const struct {
	enum numbering_file file;
	const char *text;
} numbering_texts[] = {
	{ NUMBERING_MOBILE, "13\t11\n" },
	{ NUMBERING_AREAS, "10\t8\n" },
	{ NUMBERING_CODES, "100\t5-8\toperator\t86,area\n" },
	{ NUMBERING_CARRIERS, "17951\n" },
	{ NUMBERING_COUNTRIES, "86\n44\n" },
	{ NUMBERING_KNOWN, "10085\tofficial\n10086999\tservice\n" },
};

static struct table_text text_of(const char *text)
{
	return (struct table_text){ .name = "short", .text = text, .len = strlen(text) };
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void read_by(const struct language *language, const char *text, size_t len)
{
	struct report_reading r;

	require(report_parse_text(language, test_keywords(), text, len, INT64_C(1767326400000),
				  &r) == 0);
	require(r.intent < REPORT_INTENT_COUNT && r.category < REPORT_CATEGORY_COUNT);
	require(!r.has_call_time || r.call_from_ms < r.call_to_ms);
	for (size_t i = 0; i < r.number_count; i++)
		require(number_classify(language->numbering, r.numbers[i].text) != NUMBER_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char sample[] = "昨天下午两点13812345678推銷寬帶，单号12345，10085 三天前";
	void *root = talloc_named_const(NULL, 0, "root");
	struct table_faults *faults = talloc_zero(root, struct table_faults);
	struct language_tables tables;
	struct language *language;

	if (size == 0) {
		talloc_free(root);
		return 0;
	}
	for (size_t i = 0; i < LANGUAGE_FILE_COUNT; i++)
		tables.language[language_texts[i].file] = text_of(language_texts[i].text);
	for (size_t i = 0; i < NUMBERING_FILE_COUNT; i++)
		tables.numbering[numbering_texts[i].file] = text_of(numbering_texts[i].text);
	size_t which = (data[0] & 0x7f) % (LANGUAGE_FILE_COUNT + NUMBERING_FILE_COUNT);
	struct table_text fuzzed = { "fuzzed", (const char *)data + 1, size - 1, NULL };
	struct table_text *table = which < LANGUAGE_FILE_COUNT
					   ? &tables.language[which]
					   : &tables.numbering[which - LANGUAGE_FILE_COUNT];
	if (data[0] & 0x80)
		table->more = &fuzzed;
	else
		*table = fuzzed;
	faults->ctx = faults;
	int rc = language_load(root, &tables, faults, &language);
	require(rc == 0 || rc == -EBADMSG);
	require((rc == 0) == (faults->count == 0));
	for (size_t i = 0; i < faults->count; i++)
		require(faults->list[i].name && faults->list[i].what[0]);
	require(table_faults_format(root, faults) != NULL);
	if (rc == 0) {
		read_by(language, sample, sizeof(sample) - 1);
		read_by(language, (const char *)data + 1, size - 1);
	}
	talloc_free(root);
	return 0;
}
