/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_rule.h"
#include "tests/unit/keywords.h"
#include "rules/language_load.h"
#include "rules/report_parse.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int64_t noon_ms = INT64_C(1767326400000); /* 2026-01-02T12:00:00+08:00 */

struct fixture {
	void *root;
	struct language_tables tables;
	struct table_faults *faults;
	struct language *language;
};

/* The built-in tables, to be changed. */
static struct fixture create(void)
{
	struct fixture f = { .root = talloc_named_const(NULL, 0, "root") };

	f.faults = talloc_zero(f.root, struct table_faults);
	f.faults->ctx = f.faults;
	language_builtin_tables(&f.tables);
	return f;
}

static int load(struct fixture *f)
{
	return language_load(f->root, &f->tables, f->faults, &f->language);
}

static struct table_text text_of(const char *name, const char *text)
{
	return (struct table_text){ .name = name, .text = text, .len = strlen(text) };
}

static struct table_text *file_of(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < LANGUAGE_FILE_COUNT; i++) {
		if (strcmp(language_file_name((enum language_file)i), name) == 0)
			return &f->tables.language[i];
	}
	for (size_t i = 0; i < NUMBERING_FILE_COUNT; i++) {
		if (strcmp(numbering_file_name((enum numbering_file)i), name) == 0)
			return &f->tables.numbering[i];
	}
	ck_abort_msg("no file %s", name);
}

START_TEST(test_builtin_when_loaded_then_nothing_is_wrong)
{
	struct fixture f = create();
	int rc = load(&f);

	ck_assert_msg(rc == 0, "%s", table_faults_format(f.root, f.faults));
	for (size_t k = 0; k < CUE_KIND_COUNT; k++)
		ck_assert_msg(f.language->cues[k].count > 0, "no cue of kind %zu", k);
	talloc_free(f.root);
}
END_TEST

/* Lines that come on top of a built-in table, and what is told of them. */
static const struct fault_row {
	const char *file;
	const char *lines;
	const char *told; /* of "x" */
} fault_rows[] = {
	/* lines as lines */
	{ "words.tsv", "# good\n\n\xff\xfe\tloan\n", "x:3: is no UTF-8" },
	{ "words.tsv",
	  "a\x01"
	  "b\tloan\n",
	  "x:1: holds a control character" },
	{ "words.tsv", "a\tb\tc\td\te\tf\tg\n", "x:1: has too many columns" },
	/* words */
	{ "words.tsv", "宽带王\r\n", "x:1: a word and its meanings, divided by a tab" },
	{ "words.tsv", "宽带王\tbroadband\tloan\n", "x:1: a word and its meanings" },
	{ "words.tsv", "宽带王\tbroadbend\n", "x:1: 'broadbend' is no meaning" },
	{ "words.tsv", "宽带王\tbroadband loan\n",
	  "x:1: 'loan' is no meaning, has no such value, or is one too many" },
	{ "words.tsv", "宽带王\tbroadband:strong\n", "x:1: 'broadband:strong' is no meaning" },
	{ "words.tsv", "宽带王\tunknown\n", "x:1: 'unknown' is no meaning" },
	{ "words.tsv", "宽带王\tcall call\n", "x:1: 'call' is no meaning" },
	{ "words.tsv", "宽带王\t- call\n", "x:1: - stands alone" },
	{ "words.tsv", "前儿\tday=-200\n", "x:1: 'day=-200' is no meaning, has no such value" },
	{ "words.tsv", "前儿\tday=-2 week=1\n", "x:1: 'week=1' is no meaning" },
	{ "words.tsv", "前儿\tday=-2 day=-2\n", "x:1: 'day=-2'" },
	{ "words.tsv", "前儿\tpart=brunch\n", "x:1: 'part=brunch'" },
	{ "words.tsv", "年三十\tdate=2-30\n", "x:1: 'date=2-30'" },
	{ "words.tsv", "年三十\tdate=13-1\n", "x:1: 'date=13-1'" },
	{ "words.tsv", "宽带王\tpoints=100\n", "x:1: 'points=100'" },
	{ "words.tsv", "宽带王\tloan\n寬帶王\tloan\n", "x:2: the word is that of line 1" },
	{ "words.tsv", "NEW Word\tloan\nｎｅｗ word\tloan\n", "x:2: the word is that of line 1" },
	{ "words.tsv", "\xe2\x80\x8b\tloan\n", "is no word: nothing of it is read" },
	{ "words.tsv", "😀宽带\tloan\n", "holds a character that is never read" },
	{ "words.tsv",
	  "一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一"
	  "一一一一一一一一一一一一一一一一一一一\tloan\n",
	  "is longer than 60 characters" },
	/* cues and their like */
	{ "cues.tsv", "lable\t验证码\n", "x:1: 'lable' is no kind" },
	{ "cues.tsv", "ago\t前\n", "x:1: ago belongs to time.tsv" },
	{ "cues.tsv", "label\t密语\t1\n", "x:1: this kind has no value" },
	{ "cues.tsv", "label\n", "x:1: '' is no word" },
	{ "cues.tsv", "label\t密语\nlabel\t密語\n", "x:2: the word is that of line 1" },
	{ "time.tsv", "span\t句钟\t1y\n", "x:1: the value has to be a span" },
	{ "time.tsv", "span\t句钟\t0h\n", "x:1: the value has to be a span" },
	{ "time.tsv", "quarter\t四刻\t60\n", "x:1: the value has to be minutes" },
	{ "time.tsv", "half_day\tmidday\tlunch\n", "x:1: the value has to be dawn" },
	{ "time.tsv", "ago_phrase\t一会\t30m\n", "x:1: the value has to be like 30m 15m" },
	{ "time.tsv", "ago_phrase\t一会\t2d 1d\n", "x:1: the value has to be like 30m 15m" },
	{ "time.tsv", "weekday\t八\t8\n", "x:1: the value has to be 1 for Monday" },
	{ "answers.tsv", "consent\t\xe2\x80\x8d\n", "x:1: " },
	{ "shield.tsv", "shield_let\t放\n", "x:1: 'shield_let' is no kind" },
	/* places */
	{ "places.tsv", "81\t日本\n", "x:1: wants a code, a Chinese and an English name" },
	{ "places.tsv", "1000\t日本\tJapan\n", "x:1: the code has to be 1 to 999, abroad or hmt" },
	{ "places.tsv", "81\t日本日本日本日本日本日本日\tJapan\n",
	  "x:1: the Chinese name has to be of 1 to 12 characters" },
	{ "places.tsv", "81\t日本\tJapan, which is a long name\n",
	  "x:1: the English name has to be of 1 to 24 characters" },
	{ "places.tsv", "81\t日本\tJapan\n82\t韩国\tKorea\tjp,日本\n",
	  "x:2: the word is that of line 1" },
	/* digits */
	{ "digits.tsv", "洞\t0\n", "x:1: three columns" },
	{ "digits.tsv", "洞\t10\tdigit\n", "x:1: the value is none that 'digit' can have" },
	{ "digits.tsv", "卅\t35\ttens\n", "x:1: the value is none that 'tens' can have" },
	{ "digits.tsv", "好几\t-\tseveral\n", "x:1: '好几' is no single character" },
	{ "digits.tsv", "１\t1\tdigit\n", "x:1: '１' is no single character, or a digit anyway" },
	{ "digits.tsv", "洞\t0\tdigit\n洞\t0\tdigit\n", "x:2: 洞 stands in line 1 already" },
	/* folding */
	{ "fold.tsv", "U+FFFFFF\tdrop\n", "x:1: the first column has to be a character" },
	{ "fold.tsv", "U+0041\tdrop\n", "x:1: characters of ASCII stay what they are" },
	{ "fold.tsv", "U+4E00-U+4E05\tdrop\n", "x:1: ideographs belong to simplified.tsv" },
	{ "fold.tsv", "U+2500-U+24FF\tdrop\n", "x:1: the first column has to be" },
	{ "fold.tsv", "U+3400\tbecome\ta\n", "x:1: the second column has to be" },
	{ "fold.tsv", "U+3400\tto\n", "x:1: the third column has to be a character" },
	{ "fold.tsv", "U+3400\tdigits\tx\n", "x:1: the third column has to be a number" },
	{ "fold.tsv", "U+3400\tdrop\tx\n", "x:1: what is dropped becomes nothing" },
	{ "fold.tsv", "U+3400-U+34FF\tenclosed\t1\n", "x:1: numbers go up to 99" },
	{ "fold.tsv", "U+3400-U+3410\tdrop\nU+3410\tdrop\n", "x:2: U+3410 overlaps line 1" },
	{ "simplified.tsv", "a\tb\n", "x:1: an ideograph and what it is read as" },
	{ "simplified.tsv", "們\n", "x:1: an ideograph and what it is read as" },
	{ "simplified.tsv", "們\t们们\n", "x:1: the second column has to be another single" },
	{ "simplified.tsv", "魚\t鱼\n魚\t鱼\n", "x:2: 魚 stands in line 1 already" },
	{ "simplified.tsv", "鱻\t魚\n魚\t鱼\n", "x:1: it is read as U+9B5A, which itself is read" },
	/* weights */
	{ "weights.tsv", "adverb\t1\n", "x:1: 'adverb' is nothing that has a weight" },
	{ "weights.tsv", "ad\t1000\n", "x:1: the points have to be -99 to 99" },
	{ "weights.tsv", "ad\t1\nad\t2\n", "x:2: stands in line 1 already" },
	/* the numbering plan */
	{ "mobile.tsv", "23\t11\n", "x:1: a mobile prefix begins with 1, but not with 10" },
	{ "mobile.tsv", "1x\t11\n", "x:1: the prefix has to be 2 to 7 digits" },
	{ "mobile.tsv", "123\t10\n", "x:1: the digits of a whole number have to be 11 to 13" },
	{ "mobile.tsv", "123\t11\n123\t11\n", "x:2: 123 stands in line 1 already" },
	{ "mobile.tsv", "134\t11\n", "x:1: 134 overlaps 13" },
	{ "codes.tsv", "13\t11\tservice\t-\n", "13 overlaps the codes 13..." },
	{ "codes.tsv", "97\t5\tbank\t-\n", "x:1: the class has to be operator" },
	{ "codes.tsv", "97\t2\tservice\t-\n", "x:1: the lengths have to be like 5" },
	{ "codes.tsv", "97\t7-5\tservice\t-\n", "x:1: the lengths have to be like 5" },
	{ "codes.tsv", "97\t5\tservice\t0086\n", "x:1: before it may stand 86, area, or -" },
	{ "areas.tsv", "5\t8\n", "x:1: the area code has to be two or three digits" },
	{ "areas.tsv", "11\t8\n", "x:1: no range of area codes" },
	{ "areas.tsv", "319-312\t7\n", "x:1: no range of area codes" },
	{ "areas.tsv", "10\t9\n", "x:1: the lengths have to be 7, 8 or 7,8" },
	{ "areas.tsv", "311-315\t7\n0313\t8\n", "x:2: area code 313 overlaps line 1" },
	{ "carriers.tsv", "27951\n", "x:1: a carrier prefix has three to seven digits" },
	{ "countries.tsv", "1000\n", "x:1: the country code has to be 1 to 999" },
	{ "countries.tsv", "44\tfive\n", "x:1: the lengths have to be like 8 or 4-11" },
	{ "countries.tsv", "447\n", "x:1: 447 and 44 begin alike" },
	{ "known.tsv", "10087\tfriend\n", "x:1: the role has to be official, own" },
	{ "known.tsv", "12345678\tauthority\n", "x:1: 12345678 is no code of codes.tsv" },
	{ "known.tsv", "phone\tauthority\n", "x:1: the number has to be as dialled" },
};

START_TEST(test_load_when_line_is_bad_then_told_with_its_line)
{
	const struct fault_row *row = &fault_rows[_i];
	struct fixture f = create();
	struct table_text more = text_of("x", row->lines);

	file_of(&f, row->file)->more = &more;
	int rc = load(&f);
	char *told = table_faults_format(f.root, f.faults);

	ck_assert_msg(rc == -EBADMSG, "%s: %s: %d", row->file, row->lines, rc);
	ck_assert_msg(strstr(told, row->told), "%s: '%s' is not told, but:\n%s", row->file,
		      row->told, told);
	ck_assert_msg(!f.language, "made all the same");
	talloc_free(f.root);
}
END_TEST

START_TEST(test_load_when_many_lines_are_bad_then_all_are_told)
{
	struct fixture f = create();
	struct table_text words = text_of("w", "a\tnope\nb\tloan\nc\tnope\n");
	struct table_text mobile = text_of("m", "23\t11\n123\t9\n");

	file_of(&f, "words.tsv")->more = &words;
	file_of(&f, "mobile.tsv")->more = &mobile;
	ck_assert_int_eq(load(&f), -EBADMSG);
	char *told = table_faults_format(f.root, f.faults);
	ck_assert_uint_eq(f.faults->count, 4);
	ck_assert(strstr(told, "w:1: ") && strstr(told, "w:3: ") && strstr(told, "m:1: ") &&
		  strstr(told, "m:2: "));
	talloc_free(f.root);
}
END_TEST

START_TEST(test_load_when_endless_faults_then_counted)
{
	struct fixture f = create();
	char *lines = talloc_strdup(f.root, "");

	for (int i = 0; i < TABLE_FAULTS_MAX + 50; i++)
		lines = talloc_asprintf_append(lines, "word%d\tnope\n", i);
	struct table_text more = text_of("x", lines);
	file_of(&f, "words.tsv")->more = &more;
	ck_assert_int_eq(load(&f), -EBADMSG);
	ck_assert_uint_eq(f.faults->count, TABLE_FAULTS_MAX);
	ck_assert_uint_eq(f.faults->left_out, 50);
	ck_assert(strstr(table_faults_format(f.root, f.faults), "\nand 50 more\n"));
	talloc_free(f.root);
}
END_TEST

/* A file with nothing in it. */
static const struct empty_row {
	const char *file;
	const char *told; /* NULL: good */
} empty_rows[] = {
	{ "words.tsv", NULL },
	{ "cues.tsv", NULL },
	{ "time.tsv", NULL },
	{ "answers.tsv", NULL },
	{ "shield.tsv", NULL },
	{ "places.tsv", NULL },
	{ "digits.tsv", NULL },
	{ "simplified.tsv", NULL },
	{ "fold.tsv", NULL },
	{ "carriers.tsv", NULL },
	{ "areas.tsv", NULL },
	{ "weights.tsv", "x: enough is missing" },
	{ "mobile.tsv", "x: has no prefix" },
	{ "codes.tsv", "is no code of codes.tsv" },
	{ "countries.tsv", "x: has no 86" },
	{ "known.tsv", "x: has no official number" },
};

START_TEST(test_load_when_a_file_is_empty_then_good_or_told)
{
	const struct empty_row *row = &empty_rows[_i];
	struct fixture f = create();
	struct report_reading r;

	*file_of(&f, row->file) = text_of("x", "");
	int rc = load(&f);
	char *told = table_faults_format(f.root, f.faults);
	ck_assert_msg(rc == (row->told ? -EBADMSG : 0), "%s: %s", row->file, told);
	if (row->told)
		ck_assert_msg(strstr(told, row->told), "%s: %s", row->file, told);
	else
		ck_assert_int_eq(report_parse_text(f.language, test_keywords(), "昨天下午三点", 18,
						   noon_ms, &r),
				 0);
	talloc_free(f.root);
}
END_TEST

/* What an added line makes of a text. */
static const struct learn_row {
	const char *file;
	const char *lines;
	const char *text;
	const char *reading; /* intent, numbers, category */
} learn_rows[] = {
	{ "words.tsv", "亲子流量\tdata_pack\n", "13900001111推销亲子流量",
	  "report_call +8613900001111 data_pack" },
	{ "words.tsv", "親子流量\tdata_pack\n", "13900001111推銷親子流量",
	  "report_call +8613900001111 data_pack" },
	{ "words.tsv", "Zippy Net\tbroadband\n", "13900001111 sells ZIPPY NET",
	  "report_call +8613900001111 broadband" },
	{ "words.tsv", "\xef\xbb\xbf宽带\tloan\r\n", "13900001111推销宽带",
	  "report_call +8613900001111 loan" },
	{ "words.tsv", "危险\tinsurance\n", "13900001111危险",
	  "report_call +8613900001111 insurance" },
	{ "mobile.tsv", "123\t11\n", "12345678901推销宽带",
	  "report_call +8612345678901 broadband" },
	{ "mobile.tsv", "1440\t13\n", "1440123456789推销宽带",
	  "report_call +861440123456789 broadband" },
	{ "areas.tsv", "0413\t7\n", "0413-5123456推销宽带", "report_call +864135123456 broadband" },
	{ "areas.tsv", "10\t7\n", "010-85321234推销宽带", "report_call broadband needs" },
	{ "codes.tsv", "97\t5\tservice\t-\n", "97123推销宽带", "report_call 97123 broadband" },
	{ "carriers.tsv", "17901\n", "1790113900001111推销宽带",
	  "report_call +8613900001111 broadband" },
	{ "countries.tsv", "999\t8\t-\t-\tMoon\n", "+99912345678推销宽带",
	  "report_call +99912345678 broadband" },
	{ "known.tsv", "12339\tauthority\n", "昨天12339打电话，13900001111推销宽带",
	  "report_call +8613900001111 broadband" },
	{ "digits.tsv", "洞\t0\tdigit\n拐\t7\tdigit\n", "一三九洞洞洞洞一一一拐推销宽带",
	  "report_call +8613900001117 broadband" },
	{ "simplified.tsv", "囧\t宽\n", "13900001111推销囧带",
	  "report_call +8613900001111 broadband" },
	{ "fold.tsv", "U+3400\tto\t1\n", "㐀3900001111推销宽带",
	  "report_call +8613900001111 broadband" },
	{ "cues.tsv", "label\t暗号\n", "暗号13700001111,13900001111推销宽带",
	  "report_call +8613900001111 broadband" },
	{ "weights.tsv", "call\t9\n", "您好打电话", "spam_forward needs" },
};

static void summarize(const struct report_reading *r, char *out, size_t size)
{
	int at = snprintf(out, size, "%s", report_intent_name(r->intent));

	for (size_t i = 0; i < r->number_count; i++)
		at += snprintf(out + at, size - (size_t)at, " %s", r->numbers[i].text);
	if (r->category != REPORT_UNKNOWN)
		at += snprintf(out + at, size - (size_t)at, " %s",
			       report_category_name(r->category));
	if (r->needs_number)
		snprintf(out + at, size - (size_t)at, " needs");
}

START_TEST(test_load_when_a_line_is_added_then_texts_are_read_by_it)
{
	const struct learn_row *row = &learn_rows[_i];
	struct fixture f = create();
	struct table_text more = text_of("x", row->lines);
	struct report_reading before, after;
	char got[256], was[256];

	ck_assert_int_eq(load(&f), 0);
	ck_assert_int_eq(report_parse_text(f.language, test_keywords(), row->text,
					   strlen(row->text), noon_ms, &before),
			 0);
	file_of(&f, row->file)->more = &more;
	int rc = load(&f);
	ck_assert_msg(rc == 0, "%s", table_faults_format(f.root, f.faults));
	ck_assert_int_eq(report_parse_text(f.language, test_keywords(), row->text,
					   strlen(row->text), noon_ms, &after),
			 0);
	summarize(&before, was, sizeof(was));
	summarize(&after, got, sizeof(got));
	ck_assert_msg(strcmp(got, row->reading) == 0, "%s: %s", row->text, got);
	ck_assert_msg(strcmp(was, got) != 0, "%s: read so without the line", row->text);
	talloc_free(f.root);
}
END_TEST

/* A rule about a number of a prefix that comes and goes. */
START_TEST(test_rule_when_prefix_comes_and_goes_then_stays_a_rule)
{
	static const char exact[] = "block call from =12312345678",
			  begins[] = "block call from 1234";
	struct fixture f = create();
	struct table_text more = text_of("x", "123\t11\n");
	struct block_rule rule, again;
	char text[BLOCK_RULE_TEXT_MAX];

	ck_assert_int_eq(load(&f), 0);
	const struct numbering *old = f.language->numbering;
	file_of(&f, "mobile.tsv")->more = &more;
	ck_assert_int_eq(load(&f), 0);
	const struct numbering *new = f.language->numbering;

	ck_assert_int_eq(block_rule_parse(old, exact, strlen(exact), &rule, NULL), -EBADMSG);
	ck_assert_int_eq(block_rule_parse(new, exact, strlen(exact), &rule, NULL), 1);
	ck_assert_str_eq(rule.prefix.text, "+8612312345678");
	size_t len = block_rule_format(&rule, text);
	ck_assert_int_eq(block_rule_parse(old, text, len, &again, NULL), 1);
	ck_assert(block_rule_equal(&rule, &again));

	ck_assert_int_eq(block_rule_parse(old, begins, strlen(begins), &rule, NULL), 1);
	ck_assert_str_eq(rule.prefix.text, "1234");
	ck_assert_int_eq(block_rule_parse(new, begins, strlen(begins), &rule, NULL), 1);
	ck_assert_str_eq(rule.prefix.text, "+861234");
	talloc_free(f.root);
}
END_TEST

/* Deprecated, but the only way to make talloc fail. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void limit_memory(void *ctx, size_t octets)
{
	ck_assert_int_eq(talloc_set_memlimit(ctx, octets), 0);
}
#pragma GCC diagnostic pop

START_TEST(test_load_when_memory_runs_out_then_enomem_and_no_leak)
{
	bool made = false;

	for (size_t limit = 1000; !made; limit += limit / 8 + 500) {
		struct fixture f = create();
		void *root = talloc_named_const(NULL, 0, "limited");
		struct language *language = NULL;

		limit_memory(root, limit);
		int rc = language_load(root, &f.tables, f.faults, &language);
		ck_assert_msg(rc == 0 || rc == -ENOMEM, "at %zu octets: %d", limit, rc);
		if (rc < 0)
			ck_assert_uint_eq(talloc_total_blocks(root), 1);
		made = rc == 0;
		ck_assert_uint_lt(limit, 20000000);
		talloc_free(root);
		talloc_free(f.root);
	}
}
END_TEST

START_TEST(test_walk_when_lines_end_anyhow_then_counted_and_trimmed)
{
	struct table_faults faults = { .ctx = NULL };
	struct table_text second = text_of("b", "e\tf");
	struct table_text first = text_of("a", "\xef\xbb\xbf# c\r\n a \t b c\t\t\r\n\n\t\nd");
	struct table_walk walk;
	struct table_line line;

	first.more = &second;
	walk = table_walk_begin(&first, &faults);
	ck_assert(table_walk_next(&walk, &line));
	ck_assert_uint_eq(line.number, 2);
	ck_assert_uint_eq(line.count, 2);
	ck_assert(table_column_is(line.column[0], "a") && table_column_is(line.column[1], "b c"));
	ck_assert(table_walk_next(&walk, &line));
	ck_assert_uint_eq(line.number, 5);
	ck_assert(table_column_is(line.column[0], "d"));
	ck_assert(table_walk_next(&walk, &line));
	ck_assert_uint_eq(line.number, 1);
	ck_assert_ptr_eq(line.table, &second);
	ck_assert(!table_walk_next(&walk, &line));
	ck_assert_uint_eq(faults.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("language_load");
	TCase *tc = tcase_create("language_load");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_builtin_when_loaded_then_nothing_is_wrong);
	tcase_add_loop_test(tc, test_load_when_line_is_bad_then_told_with_its_line, 0,
			    COUNT(fault_rows));
	tcase_add_test(tc, test_load_when_many_lines_are_bad_then_all_are_told);
	tcase_add_test(tc, test_load_when_endless_faults_then_counted);
	tcase_add_loop_test(tc, test_load_when_a_file_is_empty_then_good_or_told, 0,
			    COUNT(empty_rows));
	tcase_add_loop_test(tc, test_load_when_a_line_is_added_then_texts_are_read_by_it, 0,
			    COUNT(learn_rows));
	tcase_add_test(tc, test_rule_when_prefix_comes_and_goes_then_stays_a_rule);
	tcase_add_test(tc, test_load_when_memory_runs_out_then_enomem_and_no_leak);
	tcase_add_test(tc, test_walk_when_lines_end_anyhow_then_counted_and_trimmed);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
