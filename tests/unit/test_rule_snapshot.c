/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_snapshot.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

enum { MANY = 20000, TEXTS = 300 };

static const struct rule_mark mark = { .id = 42, .chain = { 1, 2, 3, 255 } };

struct fixture {
	void *root;
	char *data; /* of open_memstream */
	size_t len;
	FILE *file;
	struct rule_snapshot_writer *writer;
};

/* open_memstream keeps the places of data and len. */
static void begin(struct fixture *f)
{
	*f = (struct fixture){ .root = talloc_new(NULL) };
	f->file = open_memstream(&f->data, &f->len);
	f->writer = rule_snapshot_writer_create(f->root, f->file);
	ck_assert_ptr_nonnull(f->writer);
	ck_assert_int_eq(rule_snapshot_begin(f->writer, &mark), 0);
}

static void add(struct fixture *f, const char *subscriber, const char *text)
{
	ck_assert_int_eq(rule_snapshot_add(f->writer, subscriber, text), 0);
}

static void end(struct fixture *f)
{
	ck_assert_int_eq(rule_snapshot_end(f->writer), 0);
	ck_assert_int_eq(fclose(f->file), 0);
}

static void destroy(struct fixture *f)
{
	free(f->data);
	ck_assert_uint_eq(talloc_total_blocks(f->root), 1 + (f->writer ? 1 : 0));
	talloc_free(f->root);
}

static int open_octets(struct fixture *f, const void *data, size_t len, struct rule_snapshot **out)
{
	const char *why;
	int rc = rule_snapshot_open(f->root, data, len, out, &why);

	ck_assert((rc == 0) == (why == NULL));
	return rc;
}

static void refused(struct fixture *f, const void *data, size_t len)
{
	struct rule_snapshot *snapshot;

	ck_assert_int_eq(open_octets(f, data, len, &snapshot), -EBADMSG);
}

static void expect_row(struct rule_snapshot *snapshot, const char *subscriber, const char *text)
{
	struct rule_snapshot_row row;

	ck_assert(rule_snapshot_next(snapshot, &row));
	ck_assert_str_eq(row.subscriber.text, subscriber);
	ck_assert_uint_eq(row.len, strlen(text));
	ck_assert_int_eq(memcmp(row.text, text, row.len), 0);
}

START_TEST(test_open_when_nothing_was_added_then_no_rows)
{
	struct fixture f;
	struct rule_snapshot *snapshot;
	struct rule_snapshot_row row;

	begin(&f);
	end(&f);
	ck_assert_int_eq(open_octets(&f, f.data, f.len, &snapshot), 0);
	ck_assert_uint_eq(rule_snapshot_count(snapshot), 0);
	ck_assert(!rule_snapshot_next(snapshot, &row));
	ck_assert_int_eq(rule_snapshot_mark(snapshot)->id, mark.id);
	ck_assert_int_eq(
		memcmp(rule_snapshot_mark(snapshot)->chain, mark.chain, sizeof(mark.chain)), 0);
	talloc_free(snapshot);
	destroy(&f);
}
END_TEST

static void write_text(unsigned i, char out[512])
{
	unsigned lines = i % 40 == 0 ? 12 : 1 + i % 3;

	out[0] = '\0';
	for (unsigned n = 0; n < lines; n++)
		sprintf(out + strlen(out), "block sms from +8613%08u\n", i * 16 + n);
}

/* More texts than are noted at a time, and longer ones than are noted at all. */
START_TEST(test_open_when_many_then_each_row_comes_back)
{
	struct fixture f;
	struct rule_snapshot *snapshot;
	struct rule_snapshot_row row;
	char subscriber[NUMBER_MAX], text[512];

	begin(&f);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(subscriber, sizeof(subscriber), "+86139%08u", i * 7);
		write_text(i % 5 ? i % TEXTS : i, text);
		add(&f, subscriber, text);
	}
	end(&f);
	ck_assert_uint_eq(rule_snapshot_rows(f.writer), MANY);
	ck_assert_int_eq(open_octets(&f, f.data, f.len, &snapshot), 0);
	ck_assert_uint_eq(rule_snapshot_count(snapshot), MANY);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(subscriber, sizeof(subscriber), "+86139%08u", i * 7);
		write_text(i % 5 ? i % TEXTS : i, text);
		expect_row(snapshot, subscriber, text);
	}
	ck_assert(!rule_snapshot_next(snapshot, &row));
	talloc_free(snapshot);
	destroy(&f);
}
END_TEST

START_TEST(test_add_when_texts_are_equal_then_twelve_octets_a_row)
{
	struct fixture f;
	char subscriber[NUMBER_MAX];

	begin(&f);
	add(&f, "+8613900000000", "block call,sms from international\n");
	fflush(f.file);
	size_t before = f.len;

	for (unsigned i = 1; i <= 1000; i++) {
		snprintf(subscriber, sizeof(subscriber), "+86139%08u", i);
		add(&f, subscriber, "block call,sms from international\n");
	}
	fflush(f.file);
	ck_assert_uint_eq(f.len - before, 12 * 1000);
	end(&f);
	destroy(&f);
}
END_TEST

START_TEST(test_add_when_no_key_or_no_rules_then_left_out)
{
	struct fixture f;

	begin(&f);
	add(&f, "SHOP", "block sms from any\n");
	add(&f, "", "block sms from any\n");
	add(&f, "+8613900000000", "");
	end(&f);
	ck_assert_uint_eq(rule_snapshot_rows(f.writer), 0);
	destroy(&f);
}
END_TEST

static void three_rows(struct fixture *f)
{
	begin(f);
	add(f, "+8613900000000", "block call,sms from international\n");
	add(f, "+8613900000001", "block sms from 106\nallow sms from 10690001\n");
	add(f, "+8613900000002", "block call,sms from international\n");
	end(f);
}

START_TEST(test_open_when_cut_or_longer_then_refused)
{
	struct fixture f;
	char *longer;

	three_rows(&f);
	longer = talloc_zero_size(f.root, f.len + 1);
	for (size_t len = 0; len < f.len; len++)
		refused(&f, f.data, len);
	memcpy(longer, f.data, f.len);
	refused(&f, longer, f.len + 1);
	talloc_free(longer);
	destroy(&f);
}
END_TEST

START_TEST(test_open_when_a_bit_differs_then_refused)
{
	struct fixture f;

	three_rows(&f);
	for (size_t bit = 0; bit < 8 * f.len; bit++) {
		f.data[bit / 8] ^= (char)(1 << bit % 8);
		refused(&f, f.data, f.len);
		f.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	destroy(&f);
}
END_TEST

/* The digest over what was changed, as somebody would who knows the form. */
static void seal(struct fixture *f)
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, f->len - SHA256_DIGEST_SIZE, (const uint8_t *)f->data);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, (uint8_t *)f->data + f->len - SHA256_DIGEST_SIZE);
}

START_TEST(test_open_when_sealed_but_wrong_then_refused)
{
	enum {
		FORMAT_AT = 8,
		MARK_AT = 16,
		ROW_AT = 56,
		TEXT_AT = ROW_AT + 8,
		LEN_AT = TEXT_AT + 4
	};
	static const struct {
		size_t at;
		uint8_t octet;
	} wrongs[] = {
		{ FORMAT_AT, 2 },     /* another version */
		{ MARK_AT, 0 },	      /* no mark */
		{ MARK_AT + 7, 128 }, /* a negative one */
		{ ROW_AT + 7, 255 },  /* no key of a number */
		{ TEXT_AT, 1 },	      /* a text that did not come yet */
		{ LEN_AT, 0 },	      /* an empty text */
		{ LEN_AT + 3, 255 },  /* one that goes beyond the end */
		{ LEN_AT + 4, 0 },    /* a NUL in it */
	};

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		struct fixture f;

		three_rows(&f);
		f.data[wrongs[i].at] = (char)wrongs[i].octet;
		seal(&f);
		refused(&f, f.data, f.len);
		destroy(&f);
	}
	struct fixture f; /* one row more than there are */

	three_rows(&f);
	f.data[f.len - SHA256_DIGEST_SIZE - 8]++;
	seal(&f);
	refused(&f, f.data, f.len);
	destroy(&f);
}
END_TEST

START_TEST(test_add_when_the_file_takes_nothing_then_told)
{
	struct fixture f = { .root = talloc_new(NULL) };
	int rc = 0;

	f.file = fopen("/dev/full", "we");
	ck_assert_ptr_nonnull(f.file);
	f.writer = rule_snapshot_writer_create(f.root, f.file);
	rc = rule_snapshot_begin(f.writer, &mark);
	for (unsigned i = 0; i < MANY && rc == 0; i++)
		rc = rule_snapshot_add(f.writer, "+8613900000000", "block sms from any\n");
	ck_assert_int_eq(rc, -ENOSPC);
	fclose(f.file);
	destroy(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rule_snapshot");
	TCase *tcase = tcase_create("snapshot");

	tcase_add_test(tcase, test_open_when_nothing_was_added_then_no_rows);
	tcase_add_test(tcase, test_open_when_many_then_each_row_comes_back);
	tcase_add_test(tcase, test_add_when_texts_are_equal_then_twelve_octets_a_row);
	tcase_add_test(tcase, test_add_when_no_key_or_no_rules_then_left_out);
	tcase_add_test(tcase, test_open_when_cut_or_longer_then_refused);
	tcase_add_test(tcase, test_open_when_a_bit_differs_then_refused);
	tcase_add_test(tcase, test_open_when_sealed_but_wrong_then_refused);
	tcase_add_test(tcase, test_add_when_the_file_takes_nothing_then_told);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
