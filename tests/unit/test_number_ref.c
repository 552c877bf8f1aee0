/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_number_ref.c - a reference is read as its number, and nothing else is read at all. */
#include "gateway/number_ref.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>

#include "gateway/ref_key.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct number_ref_key key;

static void set_up(void)
{
	uint8_t octets[NUMBER_REF_KEY_SIZE];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(7 * i + 1);
	number_ref_key_set(&key, octets);
}

static const char *const numbers[] = { "+8613800138000",
				       "+861085321234",
				       "4001234567",
				       "10086",
				       "1",
				       "95533",
				       "10690001",
				       "+442079460111",
				       "+1",
				       "00",
				       "12345678901234567890",
				       "+123456789012345" };

START_TEST(test_ref_is_read_as_its_number)
{
	char text[NUMBER_REF_MAX], again[NUMBER_REF_MAX];
	struct number number;

	ck_assert_int_eq(number_ref_make(&key, numbers[_i], text), 0);
	ck_assert_uint_eq(strlen(text), NUMBER_REF_MAX - 1);
	ck_assert_uint_eq(strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789-_"),
			  NUMBER_REF_MAX - 2);
	ck_assert(number_ref_is(text));
	ck_assert_int_eq(number_ref_read(&key, text, strlen(text), &number), 0);
	ck_assert_str_eq(number.text, numbers[_i]);
	ck_assert_int_eq(number_ref_make(&key, numbers[_i], again), 0);
	ck_assert_str_eq(text, again);
}
END_TEST

START_TEST(test_what_is_no_digits_has_none)
{
	static const char *const others[] = { "",
					      "+",
					      "withheld",
					      "ABC Bank",
					      "+8613800138000x",
					      "1 2",
					      "123456789012345678901",
					      "+1234567890123456",
					      "中国" };
	char text[NUMBER_REF_MAX];

	for (size_t i = 0; i < COUNT(others); i++) {
		ck_assert_msg(number_ref_make(&key, others[i], text) == -EINVAL, "%s", others[i]);
		ck_assert_str_eq(text, "");
	}
}
END_TEST

/* Any other character in any place is another block, or none. */
START_TEST(test_changed_ref_is_refused)
{
	char text[NUMBER_REF_MAX], changed[NUMBER_REF_MAX];
	struct number number = { "untouched" };

	ck_assert_int_eq(number_ref_make(&key, numbers[0], text), 0);
	for (size_t i = 0; i < strlen(text); i++) {
		for (int c = 1; c < 256; c++) {
			memcpy(changed, text, sizeof(changed));
			changed[i] = (char)c;
			if (strcmp(changed, text) == 0)
				continue;
			ck_assert_int_eq(number_ref_read(&key, changed, strlen(text), &number),
					 -EBADMSG);
		}
	}
	for (size_t len = 0; len < strlen(text); len++)
		ck_assert_int_eq(number_ref_read(&key, text, len, &number), -EBADMSG);
	ck_assert_str_eq(number.text, "untouched");
}
END_TEST

START_TEST(test_invented_refs_are_refused)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char text[NUMBER_REF_MAX] = "~";
	struct number number;

	srandom(4711);
	for (int i = 0; i < 200000; i++) {
		for (size_t k = 1; k < NUMBER_REF_MAX - 1; k++)
			text[k] = alphabet[random() % 64];
		ck_assert_msg(number_ref_read(&key, text, strlen(text), &number) == -EBADMSG, "%s",
			      text);
	}
}
END_TEST

START_TEST(test_another_key_reads_nothing)
{
	struct number_ref_key other;
	uint8_t octets[NUMBER_REF_KEY_SIZE] = { 9 };
	char text[NUMBER_REF_MAX];
	struct number number;

	number_ref_key_set(&other, octets);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		ck_assert_int_eq(number_ref_make(&other, numbers[i], text), 0);
		ck_assert_int_eq(number_ref_read(&key, text, strlen(text), &number), -EBADMSG);
	}
}
END_TEST

/* ---- the file ---- */

static void put_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(test_key_is_made_once)
{
	char folder[] = "/tmp/mianrao-ref-XXXXXX", path[64], command[64];
	char error[REF_KEY_ERROR_MAX] = "", one[NUMBER_REF_MAX], two[NUMBER_REF_MAX];
	void *ctx = talloc_new(NULL);
	struct number_ref_key *first, *second;
	struct stat about;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/ref.key", folder);
	ck_assert_int_eq(ref_key_open(ctx, path, &first, error), 0);
	ck_assert_int_eq(stat(path, &about), 0);
	ck_assert_uint_eq(about.st_mode & 0777, 0600);
	ck_assert_int_eq(ref_key_open(ctx, path, &second, error), 0);
	ck_assert_int_eq(number_ref_make(first, numbers[0], one), 0);
	ck_assert_int_eq(number_ref_make(second, numbers[0], two), 0);
	ck_assert_str_eq(one, two);

	put_file(path, "0123", 0600);
	ck_assert_int_eq(ref_key_open(ctx, path, &first, error), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(error, "64 hexadecimal digits"));
	put_file(path, "", 0600);
	ck_assert_int_eq(ref_key_open(ctx, path, &first, error), -EBADMSG);
	put_file(path, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0644);
	ck_assert_int_eq(ref_key_open(ctx, path, &first, error), -EPERM);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(ref_key_open(ctx, path, &first, error), 0);
	ck_assert_int_eq(ref_key_open(ctx, "/no/such/folder/ref.key", &first, error), -ENOENT);
	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("number_ref");
	TCase *tcase = tcase_create("number_ref");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, test_ref_is_read_as_its_number, 0, (int)COUNT(numbers));
	tcase_add_test(tcase, test_what_is_no_digits_has_none);
	tcase_add_test(tcase, test_changed_ref_is_refused);
	tcase_add_test(tcase, test_invented_refs_are_refused);
	tcase_add_test(tcase, test_another_key_reads_nothing);
	tcase_add_test(tcase, test_key_is_made_once);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
