/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/number.h"
#include "rules/number_alike.h"
#include "rules/numbering.h"
#include "tests/unit/tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct read_row {
	const char *text;
	const char *canonical; /* NULL: no number */
} read_rows[] = {
	{ "138-1234-5678", "+8613812345678" },
	{ "(010)85321234", "+861085321234" },
	{ "10-85321234", "+861085321234" },
	{ "0971 612 3456", "+869716123456" },
	{ "0755 8321 0987", "+8675583210987" },
	{ "400-123-4567", "4001234567" },
	{ "400-123-4567-8001", "4001234567" },
	{ "95013388899", "95013388899" },
	{ "1008611", "1008611" },
	{ "10086999", "10086999" },
	{ "0044 20 7946 0111", "+442079460111" },
	{ "+44 (0)20 7946 0111", "+442079460111" },
	{ "0081(0)3 5123 0104", "+81351230104" },
	{ "+39 06 1234 5678", "+390612345678" },
	{ "+852 5123 0101", "+85251230101" },
	{ "+86 010 62221112", "+861062221112" },
	{ "+8610086", "10086" },
	{ "0086 95533", "95533" },
	{ "8613400100303", "+8613400100303" },
	{ "86 10086", "10086" },
	{ "1795118700100404", "+8618700100404" },
	{ "01795118700100404", "+8618700100404" },
	{ "17951 0755 8321 0987", "+8675583210987" },
	{ "17951 0044 20 7946 0111", "+442079460111" },
	{ "12593 189 0010 0505", "+8618900100505" },
	{ "10193 13800138000", "+8613800138000" },
	{ "12593", "12593" },
	{ "015100100606", "+8615100100606" },
	{ "021-95533", "95533" },
	{ "010-85321234-802", "+861085321234" },
	{ "01068083018", "+861068083018" },
	{ "1068083018", "1068083018" },
	{ "10690001405", "10690001405" },
	{ "12315", "12315" },
	{ "116114", "116114" },
	{ "1010 8888", "10108888" },
	{ "110", "110" },
	/* each class of tests/data/numbering.md, at its shortest and longest */
	{ "112", "112" },
	{ "119", "119" },
	{ "120", "120" },
	{ "122", "122" },
	{ "114", "114" },
	{ "118114", "118114" },
	{ "10000", "10000" },
	{ "10010", "10010" },
	{ "10050", "10050" },
	{ "10099", "10099" },
	{ "10085", "10085" },
	{ "12110", "12110" },
	{ "12395", "12395" },
	{ "12580", "12580" },
	{ "10193", "10193" },
	{ "11808", "11808" },
	{ "17951", "17951" },
	{ "17909", "17909" },
	{ "96110", "96110" },
	{ "962288", "962288" },
	{ "0571-96345", "96345" },
	{ "95188", "95188" },
	{ "950123", "950123" },
	{ "9501312345678", "9501312345678" },
	{ "02110086", "10086" },
	{ "010 12345", "12345" },
	{ "021-118114", "118114" },
	{ "+86 21 95533", "95533" },
	{ "0086 318 969553", "969553" },
	{ "86 21 95533", NULL },
	{ "+683 7012", "+6837012" },
	{ "+690 3101", "+6903101" },
	{ "+2908999", "+2908999" },
	{ "+290 899900", NULL },
	{ "+44 2079", NULL },
	{ "+352 8089", "+3528089" },
	{ "8001234567", "8001234567" },
	{ "86 400 123 4567", "4001234567" },
	{ "+86 95533", "95533" },
	{ "+86 1069 0001 405", "10690001405" },
	{ "7001234567", "7001234567" },
	{ "10640123", "10640123" },
	{ "10650000000000000000", "10650000000000000000" },
	{ "1064612345678", "1064612345678" },
	{ "14012345678", "+8614012345678" },
	{ "16101234567", "+8616101234567" },
	{ "17401234567", "+8617401234567" },
	{ "19212345678", "+8619212345678" },
	{ "17950 13800138000", "+8613800138000" },
	{ "17910 13800138000", "+8613800138000" },
	{ "17908 13800138000", "+8613800138000" },
	{ "11808 010 8532 1234", "+861085321234" },
	{ "125831 13800138000", "+8613800138000" },
	{ "12583213800138000", "+8613800138000" },
	{ "12583 3 0755 8321 0987", "+8675583210987" },
	{ "020 8123 4567", "+862081234567" },
	{ "0311 8123 4567", "+8631181234567" },
	{ "0310 312 3456", "+863103123456" },
	{ "0433 212 3456", "+864332123456" },
	{ "0433 2123 4567", "+8643321234567" },
	{ "0754 8123 4567", "+8675481234567" },
	{ "0851 8123 4567", "+8685181234567" },
	{ "0898 6512 3456", "+8689865123456" },
	{ "0999 812 3456", "+869998123456" },
	{ "+853 6612 3456", "+85366123456" },
	{ "+880 1712 345678", "+8801712345678" },
	{ "+95 9 123 4567", "+9591234567" },
	{ "+881 612 345 678", "+881612345678" },
	{ "123456789012345", NULL },
	{ "0310 3123 4567", NULL },
	{ "0311 312 3456", NULL },
	{ "026 8123 4567", NULL },
	{ "0413 512 3456", NULL },
	{ "020 9123 4567", NULL },
	{ "12583 13800138000", NULL },
	{ "700123456", NULL },
	{ "40012345678", NULL },
	{ "101012345", NULL },
	{ "106", NULL },
	{ "106900000000000000001", NULL },
	{ "9512", NULL },
	{ "95123456789012", NULL },
	{ "10086", "10086" },
	{ "010085", NULL },
	{ "+10086", NULL },
	{ "+860013800138000", NULL },
	{ "+123456789012345", NULL },
	{ "+4412345678901234", NULL },
	{ "withheld", "withheld" },
	{ "Anonymous", "withheld" },
	{ "+1 202 555 0177", "+12025550177" },
	{ "", NULL },
	{ "+", NULL },
	{ "-", NULL },
	{ "138001380", NULL },
	{ "1380013800", NULL },
	{ "138001380001", NULL },
	{ "12345678901", NULL },
	{ "138****0101", NULL },
	{ "62221119", NULL },
	{ "0312-30011177", NULL },
	{ "010-12345678", NULL },
	{ "+1 202 555 017", NULL },
	{ "+999 12345678", NULL },
	{ "+44", NULL },
	{ "+12345678901234567890123456789012345678", NULL },
	{ "1380013800a", NULL },
	{ "13800138000+", NULL },
};

START_TEST(test_read_when_any_writing_then_canonical_or_refused)
{
	const struct read_row *row = &read_rows[_i];
	struct number out = { "kept" };
	int rc = number_read(test_plan(), row->text, strlen(row->text), &out);
	ck_assert_msg(rc == (row->canonical ? 0 : -EBADMSG), "row '%s': rc %d, '%s'", row->text, rc,
		      out.text);
	ck_assert_msg(strcmp(out.text, row->canonical ? row->canonical : "kept") == 0,
		      "row '%s': got '%s'", row->text, out.text);
}
END_TEST

START_TEST(test_read_when_canonical_then_itself)
{
	const struct read_row *row = &read_rows[_i];
	struct number out;
	if (!row->canonical)
		return;
	ck_assert_msg(number_read(test_plan(), row->canonical, strlen(row->canonical), &out) == 0 &&
			      strcmp(out.text, row->canonical) == 0,
		      "row '%s'", row->canonical);
}
END_TEST

START_TEST(test_read_when_text_has_nul_then_refused)
{
	struct number out = { "kept" };
	ck_assert_int_eq(number_read(test_plan(), "1380013\0000", 11, &out), -EBADMSG);
	ck_assert_str_eq(out.text, "kept");
}
END_TEST

static const struct class_row {
	const char *canonical;
	enum number_class class;
	bool foreign, official;
	const char *display, *mask;
} class_rows[] = {
	{ "+8613800138000", NUMBER_MOBILE, false, false, "13800138000", "138****8000" },
	{ "+861085321234", NUMBER_FIXED, false, false, "01085321234", "010****1234" },
	{ "+869716123456", NUMBER_FIXED, false, false, "09716123456", "097****3456" },
	{ "4001234567", NUMBER_SHARED, false, false, "4001234567", "400***4567" },
	{ "10085", NUMBER_OPERATOR, false, true, "10085", "10085" },
	{ "10086", NUMBER_OPERATOR, false, true, "10086", "10086" },
	{ "1008611", NUMBER_OPERATOR, false, false, "1008611", "100**11" },
	{ "95533", NUMBER_SERVICE, false, false, "95533", "95533" },
	{ "96110", NUMBER_SERVICE, false, false, "96110", "96110" },
	{ "110", NUMBER_SERVICE, false, false, "110", "110" },
	{ "118114", NUMBER_SERVICE, false, false, "118114", "118114" },
	{ "10690001405", NUMBER_PORT, false, false, "10690001405", "106****1405" },
	{ "+442079460111", NUMBER_FOREIGN, true, false, "+442079460111", "+442*****0111" },
	{ "+85251230101", NUMBER_FOREIGN, true, false, "+85251230101", "+852****0101" },
	{ "+886227120102", NUMBER_FOREIGN, true, false, "+886227120102", "+886*****0102" },
	{ "BANK-ABC", NUMBER_ALPHA, false, false, "BANK-ABC", "BANK-ABC" },
	{ "withheld", NUMBER_WITHHELD, false, false, "withheld", "withheld" },
	{ "", NUMBER_NONE, false, false, "", "" },
	{ "13800138000", NUMBER_NONE, false, false, "13800138000", "138****8000" },
	{ "+86138001380", NUMBER_NONE, false, false, "138001380", "138****80" },
};

START_TEST(test_classify_when_canonical_then_class_display_and_mask)
{
	const struct class_row *row = &class_rows[_i];
	char display[NUMBER_MAX], mask[NUMBER_MAX];

	enum number_class class = number_classify(test_plan(), row->canonical);
	ck_assert_msg(class == row->class, "row '%s': class %s", row->canonical,
		      number_class_name(class));
	ck_assert_msg(number_is_foreign(row->canonical) == row->foreign, "row '%s'",
		      row->canonical);
	ck_assert_msg(number_is_official(test_plan(), row->canonical) == row->official, "row '%s'",
		      row->canonical);
	number_display(row->canonical, display);
	ck_assert_msg(strcmp(display, row->display) == 0, "row '%s': display '%s'", row->canonical,
		      display);
	number_mask(row->canonical, mask);
	ck_assert_msg(strcmp(mask, row->mask) == 0, "row '%s': mask '%s'", row->canonical, mask);
}
END_TEST

START_TEST(test_pack_when_canonical_then_unpack_gives_it_back)
{
	const struct class_row *row = &class_rows[_i];
	struct number back = { "kept" };
	enum number_form form = number_form(row->canonical);
	bool packs = form != NUMBER_FORM_NONE && form != NUMBER_FORM_ALPHA &&
		     form != NUMBER_FORM_WITHHELD;

	uint64_t key = number_pack(row->canonical);
	ck_assert_msg((key != 0) == packs, "row '%s'", row->canonical);
	if (!packs)
		return;
	ck_assert_msg(number_unpack(key, &back) == 0 && strcmp(back.text, row->canonical) == 0,
		      "row '%s': back '%s'", row->canonical, back.text);
}
END_TEST

START_TEST(test_pack_when_over_fifteen_digits_then_zero)
{
	ck_assert_uint_eq(number_pack("1069000140512345"), 0);
	ck_assert_uint_ne(number_pack("106900014051234"), 0);
}
END_TEST

START_TEST(test_unpack_when_key_is_not_made_by_pack_then_refused)
{
	static const uint64_t keys[] = {
		0, 1, 2, 7, 12 << 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1000000000000000) << 1
	};
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct number out = { "kept" };
		ck_assert_msg(number_unpack(keys[i], &out) == -EBADMSG, "key %zu", i);
		ck_assert_str_eq(out.text, "kept");
	}
}
END_TEST

static const struct address_row {
	const char *name;
	uint8_t ton;
	const char *text;
	const char *canonical;
} address_rows[] = {
	{ "international", 1, "8613800138000", "+8613800138000" },
	{ "international foreign", 1, "442079460111", "+442079460111" },
	{ "international with plus", 1, "+442079460111", "+442079460111" },
	{ "international with 00", 1, "00442079460111", "+442079460111" },
	{ "short code labelled international", 1, "10086", "10086" },
	{ "port labelled international", 1, "10690001405", "10690001405" },
	{ "86 and short code", 1, "8610086", "10086" },
	{ "unknown", 0, "13800138000", "+8613800138000" },
	{ "national", 2, "13800138000", "+8613800138000" },
	{ "foreign without plus", 0, "442079460111", NULL },
	{ "alphanumeric", 5, "BANK-ABC", "BANK-ABC" },
	{ "alphanumeric of digits", 5, "10690001405", "10690001405" },
	{ "alphanumeric like a number", 5, "+44", NULL },
	{ "alphanumeric too long", 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", NULL },
	{ "alphanumeric control", 5, "AB\nC", NULL },
	{ "letters under ton 0", 0, "BANK", NULL },
	{ "empty", 0, "", NULL },
};

START_TEST(test_address_when_ton_given_then_read_by_it)
{
	const struct address_row *row = &address_rows[_i];
	struct number out = { "kept" };
	int rc = number_from_address(test_plan(), row->ton, row->text, strlen(row->text), &out);
	ck_assert_msg(rc == (row->canonical ? 0 : -EBADMSG), "row %s: rc %d", row->name, rc);
	ck_assert_msg(strcmp(out.text, row->canonical ? row->canonical : "kept") == 0,
		      "row %s: got '%s'", row->name, out.text);
}
END_TEST

START_TEST(test_country_when_listed_in_deploy_then_known)
{
	char line[256];
	size_t rows = 0;
	FILE *f = fopen("deploy/numbering/countries.tsv", "r");
	ck_assert_msg(f != NULL, "deploy/numbering/countries.tsv: run from the project root");
	while (fgets(line, sizeof(line), f)) {
		size_t len = strspn(line, "0123456789");
		unsigned code = 0;
		if (len == 0)
			continue;
		rows++;
		ck_assert_msg(numbering_country(test_plan(), line, len, &code) == len &&
				      code == strtoul(line, NULL, 10),
			      "code %.*s", (int)len, line);
	}
	fclose(f);
	size_t known = 0;
	for (unsigned i = 1; i <= 999; i++) {
		char text[8];
		unsigned code = 0;
		size_t len = (size_t)snprintf(text, sizeof(text), "%u", i);
		known += numbering_country(test_plan(), text, len, &code) == len;
	}
	ck_assert_uint_eq(rows, known);
}
END_TEST

static const struct alike_row {
	const char *written;
	enum number_alike kind;
	const char *official;
} alike_rows[] = {
	{ "1OO85", ALIKE_LETTERS, "10085" },
	{ "I0085", ALIKE_LETTERS, "10085" },
	{ "l00B6", ALIKE_NONE, NULL },
	{ "|oo86", ALIKE_LETTERS, "10086" },
	{ "１ＯＯ８５", ALIKE_LETTERS, "10085" },
	{ "1ОО85", ALIKE_LETTERS, "10085" }, /* Cyrillic */
	{ "ΙΟ086", ALIKE_LETTERS, "10086" }, /* Greek */
	{ "丨0085", ALIKE_LETTERS, "10085" },
	{ "𝐈𝟎𝟎𝟖𝟓", ALIKE_LETTERS, "10085" },
	{ "1OO85 1234", ALIKE_LETTERS, "10085" },
	{ "010085", ALIKE_ZERO, "10085" },
	{ "0-10086", ALIKE_ZERO, "10086" },
	{ "0010085", ALIKE_ZERO, "10085" },
	{ "+10086", ALIKE_ZERO, "10086" },
	{ "0 1008611", ALIKE_ZERO, "10086" },
	{ "+8610085", ALIKE_COUNTRY, "10085" },
	{ "008610086", ALIKE_COUNTRY, "10086" },
	{ "8610085", ALIKE_COUNTRY, "10085" },
	{ "+86 010085", ALIKE_COUNTRY, "10085" },
	{ "+86 1008611", ALIKE_COUNTRY, "10086" },
	{ "100855", ALIKE_REPEATED, "10085" },
	{ "100085", ALIKE_REPEATED, "10085" },
	{ "110086", ALIKE_REPEATED, "10086" },
	{ "1008866", ALIKE_REPEATED, "10086" },
	{ "10085123", ALIKE_LONGER, "10085" },
	{ "10085-1234", ALIKE_LONGER, "10085" },
	{ "100861234567", ALIKE_LONGER, "10086" },
	{ "95010085", ALIKE_TAIL, "10085" },
	{ "4000010086", ALIKE_TAIL, "10086" },
	{ "106900010086", ALIKE_TAIL, "10086" },
	{ "+85251210086", ALIKE_TAIL, "10086" },
	/* nothing of the kind */
	{ "10085", ALIKE_NONE, NULL },
	{ "10086", ALIKE_NONE, NULL },
	{ "１００８５", ALIKE_NONE, NULL },
	{ "①⓪⓪⑧⑥", ALIKE_NONE, NULL },
	{ "幺〇〇八五", ALIKE_NONE, NULL },
	{ "10 086", ALIKE_NONE, NULL },
	{ "1008611", ALIKE_NONE, NULL },
	{ "10086999", ALIKE_NONE, NULL },
	{ "02110086", ALIKE_NONE, NULL },
	{ "0571-10086", ALIKE_NONE, NULL },
	{ "10050", ALIKE_NONE, NULL },
	{ "10000", ALIKE_NONE, NULL },
	{ "10010", ALIKE_NONE, NULL },
	{ "95533", ALIKE_NONE, NULL },
	{ "13800110086", ALIKE_NONE, NULL },
	{ "+8613800110085", ALIKE_NONE, NULL },
	{ "+8657188110086", ALIKE_NONE, NULL },
	{ "1008", ALIKE_NONE, NULL },
	{ "10085打来", ALIKE_NONE, NULL },
	{ "BANK10086", ALIKE_NONE, NULL },
	{ "withheld", ALIKE_NONE, NULL },
	{ "", ALIKE_NONE, NULL },
	{ "+", ALIKE_NONE, NULL },
	{ "123456789012345610086", ALIKE_NONE, NULL },
};

START_TEST(test_alike_when_written_so_then_official_and_manner)
{
	const struct alike_row *row = &alike_rows[_i];
	struct number_likeness out = { ALIKE_TAIL, "kept" };
	bool alike = number_looks_like(test_language(), row->written, strlen(row->written), &out);
	ck_assert_msg(alike == (row->official != NULL) && out.kind == row->kind, "row '%s': %s",
		      row->written, number_alike_name(out.kind));
	ck_assert_msg(row->official ? strcmp(out.official, row->official) == 0 : !out.official[0],
		      "row '%s': like %s", row->written, out.official);
}
END_TEST

START_TEST(test_alike_when_too_long_then_none)
{
	char written[256];
	struct number_likeness out;
	memset(written, ' ', sizeof(written));
	memcpy(written, "010085", 6);
	ck_assert(!number_looks_like(test_language(), written, sizeof(written), &out));
	ck_assert_int_eq(out.kind, ALIKE_NONE);
	ck_assert(number_looks_like(test_language(), written, 100, &out));
	ck_assert_str_eq(number_alike_name(out.kind), "zero");
	ck_assert_str_eq(number_alike_name(ALIKE_COUNT), "none");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("number");
	TCase *tc = tcase_create("number");
	tcase_add_loop_test(tc, test_read_when_any_writing_then_canonical_or_refused, 0,
			    COUNT(read_rows));
	tcase_add_loop_test(tc, test_read_when_canonical_then_itself, 0, COUNT(read_rows));
	tcase_add_test(tc, test_read_when_text_has_nul_then_refused);
	tcase_add_loop_test(tc, test_classify_when_canonical_then_class_display_and_mask, 0,
			    COUNT(class_rows));
	tcase_add_loop_test(tc, test_pack_when_canonical_then_unpack_gives_it_back, 0,
			    COUNT(class_rows));
	tcase_add_test(tc, test_pack_when_over_fifteen_digits_then_zero);
	tcase_add_test(tc, test_unpack_when_key_is_not_made_by_pack_then_refused);
	tcase_add_loop_test(tc, test_address_when_ton_given_then_read_by_it, 0,
			    COUNT(address_rows));
	tcase_add_loop_test(tc, test_alike_when_written_so_then_official_and_manner, 0,
			    COUNT(alike_rows));
	tcase_add_test(tc, test_alike_when_too_long_then_none);
	tcase_add_test(tc, test_country_when_listed_in_deploy_then_known);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
