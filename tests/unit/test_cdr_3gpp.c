/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_cdr_3gpp.c - charging files and their records: what is good, and each way to be broken. That
 * whole records are read as others read them is shown by tests/interop/charging.test.mjs. */
#include "rules/cdr_3gpp.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/ber.h"
#include "rules/ts32297.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	return c && at ? (int)(at - digits) : -1;
}

/* "a1 03 80 01 05"; on the heap, so that one octet too many is noticed. */
static uint8_t *unhex(const char *text, size_t *len)
{
	uint8_t *out = malloc(strlen(text) + 1);

	*len = 0;
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		ck_assert_int_ge(nibble(text[0]), 0);
		ck_assert_int_ge(nibble(text[1]), 0);
		out[(*len)++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
		text++;
	}
	uint8_t *exact = malloc(*len ? *len : 1);
	memcpy(exact, out, *len);
	free(out);
	return exact;
}

START_TEST(test_ber_when_read_then_elements)
{
	static const struct {
		const char *hex, *want; /* "class.tag/len", constructed with 'c'; '!' at a fault */
	} table[] = {
		{ "", "" },
		{ "80 00", "2.0/0 " },
		{ "02 01 05 04 02 01 02", "0.2/1 0.4/2 " },
		{ "a3 02 80 00", "2.3c/2 " },
		{ "bf 1f 00", "2.31c/0 " },
		{ "9f 87 67 01 aa", "2.999/1 " },
		{ "80 81 01 aa", "2.0/1 " },
		{ "80 84 00 00 00 01 aa", "2.0/1 " },
		{ "a0 80 00 00", "2.0c/0 " },
		{ "a0 80 80 01 aa 00 00 81 00", "2.0c/3 2.1/0 " },
		{ "a0 80 a1 80 80 00 00 00 00 00 85 00", "2.0c/6 2.5/0 " },
		{ "a0 80 04 02 00 00 00 00", "2.0c/4 " }, /* the end is not in a value */
		{ "80", "!" },
		{ "80 01", "!" },
		{ "80 02 aa", "!" },
		{ "80 81", "!" },
		{ "80 85 00 00 00 00 01 aa", "!" },
		{ "80 84 ff ff ff ff aa", "!" },
		{ "80 80 00 00", "!" }, /* only constructed ones may be of indefinite length */
		{ "a0 80", "!" },
		{ "a0 80 80 01 aa", "!" },
		{ "a0 80 80 05 aa 00 00", "!" },
		{ "9f", "!" },
		{ "9f ff", "!" },
		{ "9f ff ff ff 7f 00", "!" }, /* no tag is that large */
		{ "80 00 9f", "2.0/0 !" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char shown[128] = "";
		size_t len, n = 0;
		uint8_t *data = unhex(table[i].hex, &len);
		struct ber_reader reader = { data, data + len };
		struct ber_item item;
		int rc;

		while ((rc = ber_next(&reader, &item)) == 1)
			n += (size_t)snprintf(shown + n, sizeof(shown) - n, "%d.%u%s/%zu ",
					      item.class, item.tag, item.constructed ? "c" : "",
					      item.len);
		if (rc < 0)
			snprintf(shown + n, sizeof(shown) - n, "!");
		ck_assert_msg(strcmp(shown, table[i].want) == 0, "%s: %s", table[i].hex, shown);
		free(data);
	}
}
END_TEST

START_TEST(test_ber_when_nested_without_end_then_refused)
{
	for (unsigned depth = 1; depth <= 40; depth++) {
		uint8_t data[160];
		struct ber_item item;
		struct ber_reader reader = { data, data + 4 * depth };

		for (unsigned i = 0; i < depth; i++) {
			memcpy(data + 2 * i, "\xa0\x80", 2);
			memcpy(data + 2 * (depth + i), "\0\0", 2);
		}
		ck_assert_int_eq(ber_next(&reader, &item), depth <= BER_DEPTH_MAX ? 1 : -EBADMSG);
	}
}
END_TEST

START_TEST(test_integer_when_of_any_size_then_value)
{
	static const struct {
		const char *hex;
		int rc;
		int64_t want;
	} table[] = {
		{ "80 01 00", 0, 0 },
		{ "80 01 ff", 0, -1 },
		{ "80 02 00 80", 0, 128 },
		{ "80 08 7f ff ff ff ff ff ff ff", 0, INT64_MAX },
		{ "80 08 80 00 00 00 00 00 00 00", 0, INT64_MIN },
		{ "80 09 00 7f ff ff ff ff ff ff ff", -EBADMSG, 0 },
		{ "80 00", -EBADMSG, 0 },
		{ "a0 01 00", -EBADMSG, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		size_t len;
		uint8_t *data = unhex(table[i].hex, &len);
		struct ber_reader reader = { data, data + len };
		struct ber_item item;
		int64_t got = 0;

		ck_assert_int_eq(ber_next(&reader, &item), 1);
		ck_assert_msg(ber_integer(&item, &got) == table[i].rc, "%s", table[i].hex);
		ck_assert_msg(got == table[i].want, "%s: %" PRId64, table[i].hex, got);
		free(data);
	}
}
END_TEST

/* MTCallRecords, but for their outer tag and length: what is in the SET. 83: servedMSISDN
 * +8613800138000, 94: answerTime 2025-11-22 10:30:00 +0800. */
#define SERVED "83 08 91 68 31 08 10 83 00 f0 "
#define ANSWER "94 09 25 11 22 10 30 00 2b 08 00 "
static const struct {
	const char *name, *hex;
	const char *want; /* caller called trunk start seconds, or the fault */
} records[] = {
	{ "plain", SERVED ANSWER "84 08 91 68 31 17 32 54 76 f8",
	  "+8613712345678 +8613800138000 - 1763778600000 0" },
	{ "no caller", SERVED ANSWER, "withheld +8613800138000 - 1763778600000 0" },
	{ "caller of no digits", SERVED ANSWER "84 01 81",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "caller of fillers", SERVED ANSWER "84 02 81 ff",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "unknown type", SERVED ANSWER "84 04 81 59 35 f3",
	  "95533 +8613800138000 - 1763778600000 0" },
	{ "national, an area code", SERVED ANSWER "84 06 a1 01 58 23 21 43",
	  "+861085321234 +8613800138000 - 1763778600000 0" },
	{ "national, a mobile number", SERVED ANSWER "84 07 a1 31 17 32 54 76 f8",
	  "+8613712345678 +8613800138000 - 1763778600000 0" },
	{ "national, a short code", SERVED ANSWER "84 04 a1 01 80 f6",
	  "10086 +8613800138000 - 1763778600000 0" },
	{ "shown", SERVED ANSWER "84 08 21 81 31 17 32 54 76 f8",
	  "+8613712345678 +8613800138000 - 1763778600000 0" },
	{ "hidden", SERVED ANSWER "84 08 21 a1 31 17 32 54 76 f8",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "trunk by number", SERVED ANSWER "a7 04 80 02 01 2c",
	  "withheld +8613800138000 300 1763778600000 0" },
	{ "trunk by name", SERVED ANSWER "a7 05 81 03 49 47 57",
	  "withheld +8613800138000 IGW 1763778600000 0" },
	{ "duration", SERVED ANSWER "96 01 28", "withheld +8613800138000 - 1763778600000 40" },
	{ "duration by the release", SERVED ANSWER "95 09 25 11 22 02 30 07 2b 00 00",
	  "withheld +8613800138000 - 1763778600000 7" },
	{ "unknown elements", SERVED "9f 87 67 01 00 bf 7f 80 80 01 aa 00 00 " ANSWER "40 01 00",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "west of Greenwich", SERVED "94 09 25 11 21 21 00 00 2d 05 30",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "not answered", SERVED "93 09 25 11 22 10 30 00 2b 08 00 96 01 1e",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "no time", SERVED, "start: is missing" },
	{ "no called number", ANSWER, "called: is missing" },
	{ "negative duration", SERVED ANSWER "96 01 ff",
	  "withheld +8613800138000 - 1763778600000 0" },
	{ "duration too long", SERVED ANSWER "96 03 7f ff ff", "duration: '8388607' is too long" },
	{ "month 13", SERVED "94 09 25 13 22 10 30 00 2b 08 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "30 February", SERVED "94 09 25 02 30 10 30 00 2b 08 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "hour 24", SERVED "94 09 25 11 22 24 30 00 2b 08 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "no digit in a time", SERVED "94 09 25 11 2a 10 30 00 2b 08 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "no sign", SERVED "94 09 25 11 22 10 30 00 2a 08 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "15 hours from UTC", SERVED "94 09 25 11 22 10 30 00 2b 15 00",
	  "@12: the value of tag 20 cannot be read" },
	{ "short time", SERVED "94 08 25 11 22 10 30 00 2b 08",
	  "@12: the value of tag 20 cannot be read" },
	{ "number without its type", SERVED ANSWER "84 00",
	  "@23: the value of tag 4 cannot be read" },
	{ "number cut behind its type", SERVED ANSWER "84 01 01",
	  "@23: the value of tag 4 cannot be read" },
	{ "number too long",
	  SERVED ANSWER "84 12 91 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11",
	  "@23: the value of tag 4 cannot be read" },
	{ "trunk without a choice", SERVED ANSWER "a7 00",
	  "@23: the value of tag 7 cannot be read" },
	{ "trunk of another choice", SERVED ANSWER "a7 03 82 01 01",
	  "@23: the value of tag 7 cannot be read" },
	{ "trunk that is no text", SERVED ANSWER "a7 04 81 02 49 07",
	  "@23: the value of tag 7 cannot be read" },
	{ "an element that is longer than the record", SERVED "94 0a 25", "@12: broken BER" },
};

/* The SET with its tag and length: 127 octets at most. */
static uint8_t *whole(const char *hex, size_t *len)
{
	uint8_t *inside = unhex(hex, len);
	uint8_t *data = malloc(*len + 2);

	ck_assert_uint_lt(*len, 128);
	data[0] = 0xa1;
	data[1] = (uint8_t)*len;
	memcpy(data + 2, inside, *len);
	free(inside);
	*len += 2;
	return data;
}

static void show(const uint8_t *data, size_t len, char out[192])
{
	const struct call_origin origin = { .utc_offset_s = 0 };
	struct call_record record;
	struct call_error error;
	struct cdr_fault fault;
	struct cdr_3gpp cdr;
	int rc = cdr_3gpp_read(test_plan(), data, len, &cdr, &fault);

	if (rc < 0)
		snprintf(out, 192, "@%zu: %s", fault.offset, fault.text);
	else if (rc == 0)
		snprintf(out, 192, "other");
	else if (cdr_3gpp_record(test_plan(), &cdr, &origin, &record, &error) < 0)
		snprintf(out, 192, "%s", error.text);
	else
		snprintf(out, 192, "%s %s %s %" PRId64 " %u", record.caller.text,
			 record.called.text, cdr.trunk[0] ? cdr.trunk : "-", record.start_ms,
			 record.duration_s);
}

START_TEST(test_record_when_read_then_call_or_fault)
{
	size_t len;
	uint8_t *data = whole(records[_i].hex, &len);
	char shown[192];

	show(data, len, shown);
	ck_assert_msg(strcmp(shown, records[_i].want) == 0, "%s: %s", records[_i].name, shown);
	/* Cut anywhere it is broken, and nothing behind it is read. */
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);

		memcpy(part, data, cut);
		show(part, cut, shown);
		ck_assert_msg(shown[0] == '@', "%s cut at %zu: %s", records[_i].name, cut, shown);
		free(part);
	}
	free(data);
}
END_TEST

START_TEST(test_record_when_of_another_kind_then_told_from_broken)
{
	static const struct {
		const char *hex, *want;
	} table[] = {
		{ "a6 00", "other" },					  /* moSMSRecord */
		{ "bf 4f 00", "other" },				  /* a PS record */
		{ "bf 53 0b 80 01 53 82 06 4e 4f 54 49 46 59", "other" }, /* NOTIFY */
		{ "30 00", "@0: no record of TS 32.298" },
		{ "81 00", "@0: no record of TS 32.298" },
		{ "a6 00 a6 00", "@2: more than one record" },
		{ "", "@0: broken BER" },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char shown[192];
		size_t len;
		uint8_t *data = unhex(table[i].hex, &len);

		show(data, len, shown);
		ck_assert_msg(strcmp(shown, table[i].want) == 0, "%s: %s", table[i].hex, shown);
		free(data);
	}
}
END_TEST

/* 50 octets of a file's header with these values in it. */
static void put_header(uint8_t out[64], uint32_t header_len, uint16_t filter_len, uint8_t release)
{
	memset(out, 0, 64);
	for (int i = 0; i < 4; i++)
		out[4 + i] = (uint8_t)(header_len >> 8 * (3 - i));
	out[8] = out[9] = release;
	out[25] = 9; /* the sequence number's last octet */
	out[48] = (uint8_t)(filter_len >> 8);
	out[49] = (uint8_t)filter_len;
}

START_TEST(test_file_header_when_its_lengths_lie_then_refused)
{
	static const struct {
		const char *name;
		uint32_t header_len;
		uint16_t filter_len;
		uint16_t private_len;
		uint8_t release;
		ssize_t want;
		unsigned want_release;
	} table[] = {
		{ "without a private extension", 50, 0, 0, 0xc0, 50, 9 },
		{ "release 99", 52, 0, 0, 0x00, 52, 99 },
		{ "release 10 and above", 54, 0, 0, 0xe0, 54, 15 },
		{ "with a filter", 62, 8, 0, 0xe0, 62, 15 },
		{ "too short", 49, 0, 0, 0, -EBADMSG, 0 },
		{ "too long", UINT32_MAX, 0, 0, 0, -EBADMSG, 0 },
		{ "filter beyond the header", 54, 5, 0, 0, -EBADMSG, 0 },
		{ "private extension beyond the header", 54, 0, 3, 0, -EBADMSG, 0 },
		{ "more to come", 65, 0, 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct ts32297_file file = { 0 };
		uint8_t data[64];
		const char *why;

		put_header(data, table[i].header_len, table[i].filter_len, table[i].release);
		if (table[i].filter_len == 0 || table[i].filter_len == 8) {
			data[51 + table[i].filter_len] = (uint8_t)table[i].private_len;
			data[52 + table[i].filter_len] = 5;
			data[53 + table[i].filter_len] = 5;
		}
		ssize_t got = ts32297_read_file(data, sizeof(data), &file, &why);
		ck_assert_msg(got == table[i].want, "%s: %zd", table[i].name, got);
		if (got <= 0)
			continue;
		ck_assert_msg(file.release[0] == table[i].want_release, "%s: %u", table[i].name,
			      file.release[0]);
		ck_assert_uint_eq(file.sequence, 9);
		for (size_t cut = 0; cut < (size_t)got; cut++)
			ck_assert_int_eq(ts32297_read_file(data, cut, &file, &why), 0);
	}
}
END_TEST

START_TEST(test_cdr_header_when_read_then_release_and_format)
{
	static const struct {
		const char *hex;
		ssize_t want;
		unsigned release, encoding, len;
	} table[] = {
		{ "01 02 c1 26", 4, 9, 1, 258 },
		{ "00 05 01 40", 4, 99, 2, 5 },
		{ "ff ff e0 26 05", 5, 15, 1, 65535 },
		{ "00 05 e0 26", 0, 0, 0, 0 },
		{ "00 05 c0", 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct ts32297_cdr cdr;
		size_t len;
		uint8_t *data = unhex(table[i].hex, &len);
		ssize_t got = ts32297_read_cdr(data, len, &cdr);

		ck_assert_msg(got == table[i].want, "%s: %zd", table[i].hex, got);
		if (got > 0) {
			ck_assert_uint_eq(cdr.release, table[i].release);
			ck_assert_uint_eq(cdr.encoding, table[i].encoding);
			ck_assert_uint_eq(cdr.len, table[i].len);
		}
		free(data);
	}
}
END_TEST

static Suite *cdr_3gpp_suite(void)
{
	Suite *suite = suite_create("cdr_3gpp");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, test_ber_when_read_then_elements);
	tcase_add_test(tc, test_ber_when_nested_without_end_then_refused);
	tcase_add_test(tc, test_integer_when_of_any_size_then_value);
	tcase_add_loop_test(tc, test_record_when_read_then_call_or_fault, 0, COUNT_OF(records));
	tcase_add_test(tc, test_record_when_of_another_kind_then_told_from_broken);
	tcase_add_test(tc, test_file_header_when_its_lengths_lie_then_refused);
	tcase_add_test(tc, test_cdr_header_when_read_then_release_and_format);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(cdr_3gpp_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
