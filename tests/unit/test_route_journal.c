/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Routes in a file: what is there after the end of the process, and after worse. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/route_journal.h"

enum { SLOTS = 4096 };

#define COUNT_OF(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

static char folder[64];
static char path[96];
static struct route_journal *journal;

static void open_it(void)
{
	ck_assert_int_eq(route_journal_open(NULL, path, SLOTS, &journal), 0);
}

static void close_it(void)
{
	talloc_free(journal);
	journal = NULL;
}

static void setup(void)
{
	strcpy(folder, "/tmp/mianrao-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/j", folder);
	open_it();
}

static void teardown(void)
{
	char command[128];

	close_it();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static bool put(uint64_t number)
{
	struct hub_route route = { .sent_ms = (int64_t)number, .expires_ms = 1 };

	strcpy(route.scope, "smsc a");
	strcpy(route.account, "east");
	route.key.len = (size_t)snprintf(route.key.octets, sizeof(route.key.octets), "%llu",
					 (unsigned long long)number);
	return route_journal_put(journal, &route);
}

/* How many are there, which follow one another from `first`. */
static uint64_t found(uint64_t first)
{
	uint64_t count = 0;

	for (uint64_t at = route_journal_begin(journal); at < route_journal_end(journal); at++) {
		const struct hub_route *route = route_journal_at(journal, at);

		if (!route)
			continue;
		ck_assert_int_eq(route->sent_ms, (int64_t)(first + count));
		count++;
	}
	return count;
}

START_TEST(test_journal_when_opened_again_then_has_what_was_not_released)
{
	ck_assert_uint_eq(found(1), 0);
	for (uint64_t i = 1; i <= 10; i++)
		ck_assert(put(i));
	ck_assert_uint_eq(found(1), 10);
	close_it();
	open_it();
	ck_assert_uint_eq(found(1), 10);
	route_journal_release(journal, route_journal_begin(journal) + 4);
	ck_assert_uint_eq(found(5), 6);
	close_it();
	open_it();
	ck_assert_uint_eq(found(5), 6);
	ck_assert(put(11));
	ck_assert_uint_eq(found(5), 7);
	route_journal_release(journal, route_journal_end(journal));
	close_it();
	open_it();
	ck_assert_uint_eq(found(1), 0);
}
END_TEST

START_TEST(test_journal_when_full_then_refuses_until_there_is_room)
{
	uint64_t number = 1;

	for (int round = 0; round < 3; round++) {
		uint64_t first = number;

		while (put(number))
			number++;
		ck_assert_uint_eq(number - first, SLOTS);
		ck_assert_uint_eq(found(first), SLOTS);
		close_it();
		open_it();
		ck_assert_uint_eq(found(first), SLOTS);
		route_journal_release(journal, route_journal_begin(journal) + 1);
		ck_assert(put(number++));
		ck_assert(!put(number));
		route_journal_release(journal, route_journal_end(journal));
	}
}
END_TEST

/* How many follow one another from `first` until one is left out. */
static uint64_t leading(uint64_t first)
{
	uint64_t at = route_journal_begin(journal);
	const struct hub_route *route;
	uint64_t count = 0;

	for (; at < route_journal_end(journal) && (route = route_journal_at(journal, at)); at++) {
		ck_assert_int_eq(route->sent_ms, (int64_t)(first + count));
		count++;
	}
	return count;
}

static void overwrite(off_t at, const void *octets, size_t len)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, octets, len, at), (ssize_t)len);
	close(fd);
}

static void change(off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t octet;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &octet, 1, at), 1);
	close(fd);
	octet ^= 0x40;
	overwrite(at, &octet, 1);
}

/* Damage to the file while nobody has it, and how many of ten routes are left. */
struct damage {
	const char *name;
	off_t at;
	size_t len;
	uint8_t octet;
	uint64_t left;
	enum route_journal_origin origin;
	uint64_t behind; /* slots told as changed behind the end */
};
#define SLOT(number) (4096 + (number)*512)
#define FOUND ROUTE_JOURNAL_FOUND
static const struct damage damages[] = {
	{ "another magic: begun anew", 0, 1, 'x', 0, ROUTE_JOURNAL_REFUSED, 0 },
	{ "another slot size: begun anew", 16, 4, 7, 0, ROUTE_JOURNAL_REFUSED, 0 },
	{ "a slot whose key has no length", SLOT(10) + 72, 8, 0, 9, FOUND, 1 },
	{ "a slot whose key is too long", SLOT(10) + 72, 8, 0xff, 9, FOUND, 1 },
	{ "a slot whose scope does not end", SLOT(10) + 8, 64, 'x', 9, FOUND, 1 },
	{ "a slot of no position", SLOT(10), 8, 0, 9, FOUND, 0 },
	{ "a slot of a wild position", SLOT(10), 8, 0xff, 9, FOUND, 1 },
	{ "an octet of a key", SLOT(10) + 80, 1, '7', 9, FOUND, 1 },
	{ "the same further back", SLOT(4) + 80, 1, '7', 3, FOUND, 0 },
	{ "a checksum", SLOT(10) + 504, 1, 0xa5, 9, FOUND, 1 },
	{ "a beginning far ahead", 24, 6, 0xff, 10, FOUND, 0 },
	{ "its complement", 32, 6, 0x5a, 10, FOUND, 0 },
	{ "both", 24, 16, 0xff, 10, FOUND, 0 },
	{ "what no slot uses", SLOT(10) + 500, 2, 0xff, 10, FOUND, 0 },
};
START_TEST(test_journal_when_damaged_then_only_what_is_whole_is_found)
{
	const struct damage *damage = &damages[_i];
	uint8_t octets[64];

	for (uint64_t i = 1; i <= 10; i++)
		ck_assert(put(i));
	close_it();
	memset(octets, damage->octet, sizeof(octets));
	overwrite(damage->at, octets, damage->len);
	open_it();
	ck_assert_msg(leading(1) == damage->left, "%s: %llu", damage->name,
		      (unsigned long long)leading(1));
	ck_assert_msg(route_journal_origin(journal) == damage->origin, "%s", damage->name);
	ck_assert_msg(route_journal_damaged(journal) == damage->behind, "%s: %llu", damage->name,
		      (unsigned long long)route_journal_damaged(journal));
	close_it();
	open_it();
	ck_assert_msg(route_journal_damaged(journal) == 0, "%s: told twice", damage->name);
	for (uint64_t i = 0; i < 2 * SLOTS; i++) {
		ck_assert_msg(put(i), "%s", damage->name);
		route_journal_release(journal, route_journal_end(journal));
	}
}
END_TEST

/* Each octet that means something, of a slot in the middle and of the newest. */
START_TEST(test_journal_when_any_octet_changes_then_that_slot_is_left_out_and_told)
{
	static const int slots[] = { 5, 10 };
	off_t at = SLOT(slots[_i]);
	off_t used = sizeof(uint64_t) + sizeof(struct hub_route);

	for (uint64_t i = 1; i <= 10; i++)
		ck_assert(put(i));
	close_it();
	for (off_t offset = 0; offset < 508; offset = offset + 1 == used ? 504 : offset + 1) {
		uint64_t left_out;

		change(at + offset);
		open_it();
		left_out = route_journal_damaged(journal);
		for (uint64_t p = 1; p < route_journal_end(journal); p++) {
			const struct hub_route *route = route_journal_at(journal, p);

			left_out += !route;
			ck_assert(!route || route->sent_ms == (int64_t)p);
			ck_assert(!route || (int)p != slots[_i]);
		}
		ck_assert_msg(left_out == 1, "octet %d: %d", (int)offset, (int)left_out);
		close_it();
		/* It is put right, together with the position that was taken from the newest. */
		change(at + offset);
		overwrite(at, &(uint64_t){ (uint64_t)slots[_i] }, 8);
	}
	open_it();
	ck_assert_uint_eq(found(1), 10);
}
END_TEST

START_TEST(test_journal_when_of_version_1_then_taken_over)
{
	uint8_t nothing[8] = { 0 };

	for (uint64_t i = 1; i <= 10; i++)
		ck_assert(put(i));
	route_journal_release(journal, 4);
	close_it();
	overwrite(0, "mianrao routes 1", 16);
	overwrite(32, nothing, 8);
	for (uint64_t i = 1; i <= 10; i++)
		overwrite((off_t)SLOT(i) + 504, nothing, 4);
	overwrite(SLOT(7) + 72, nothing, 8); /* of no form */
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_TAKEN_OVER);
	ck_assert_uint_eq(route_journal_begin(journal), 4);
	ck_assert_uint_eq(leading(4), 3);
	ck_assert_ptr_nonnull(route_journal_at(journal, 10));
	ck_assert(put(11));
	close_it();
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_FOUND);
	ck_assert_uint_eq(route_journal_end(journal), 12);
	ck_assert_int_eq(route_journal_at(journal, 11)->sent_ms, 11);
}
END_TEST

/* As long as something is in it, a file has the slots with which it was made. */
START_TEST(test_journal_when_made_with_fewer_slots_then_grows_once_it_is_empty)
{
	uint64_t number = 1;

	close_it();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(route_journal_open(NULL, path, 16, &journal), 0);
	ck_assert_uint_eq(route_journal_slots(journal), 16);
	while (put(number))
		number++;
	ck_assert_uint_eq(number, 17);
	close_it();
	open_it();
	ck_assert_uint_eq(route_journal_slots(journal), 16);
	ck_assert_uint_eq(found(1), 16);
	ck_assert(!put(17));
	route_journal_release(journal, 9);
	ck_assert(put(17));
	route_journal_release(journal, route_journal_end(journal));
	close_it();
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_FOUND);
	ck_assert_uint_eq(route_journal_slots(journal), SLOTS);
	for (number = 1; number <= 100; number++)
		ck_assert(put(number));
	close_it();
	ck_assert_int_eq(route_journal_open(NULL, path, 16, &journal), 0);
	ck_assert_uint_eq(route_journal_slots(journal), SLOTS);
	ck_assert_uint_eq(found(1), 100);
}
END_TEST

static const uint32_t odd_slots[] = {
	0, 1, SLOTS - 1, SLOTS + 1, ROUTE_JOURNAL_SLOTS_MAX + 1, UINT32_MAX
};
START_TEST(test_journal_when_of_other_slots_than_its_size_has_then_begun_anew)
{
	ck_assert(put(1));
	close_it();
	overwrite(20, &odd_slots[_i], 4);
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_REFUSED);
	ck_assert_uint_eq(route_journal_slots(journal), SLOTS);
	ck_assert_uint_eq(found(1), 0);
}
END_TEST

START_TEST(test_journal_when_garbage_then_still_a_ring)
{
	static uint8_t octets[4096 + SLOTS * 512];

	close_it();
	srandom((unsigned)_i);
	for (size_t i = 32; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random();
	overwrite(32, octets + 32, sizeof(octets) - 32);
	open_it();
	(void)route_journal_end(journal);
	for (uint64_t at = route_journal_begin(journal); at < route_journal_end(journal); at++) {
		const struct hub_route *route = route_journal_at(journal, at);

		ck_assert(!route || strlen(route->scope) < sizeof(route->scope));
	}
	route_journal_release(journal, route_journal_end(journal));
	ck_assert(put(1));
	ck_assert_uint_eq(found(1), 1);
}
END_TEST

START_TEST(test_journal_when_cut_short_then_begun_anew)
{
	ck_assert(put(1));
	close_it();
	ck_assert_int_eq(truncate(path, 5000), 0);
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_REFUSED);
	ck_assert_uint_eq(found(1), 0);
	ck_assert(put(2));
	ck_assert_uint_eq(found(2), 1);
	close_it();
	ck_assert_int_eq(truncate(path, 0), 0);
	open_it();
	ck_assert_int_eq(route_journal_origin(journal), ROUTE_JOURNAL_NEW);
}
END_TEST

START_TEST(test_journal_when_it_cannot_be_opened_then_says_so)
{
	struct route_journal *none;

	ck_assert_int_eq(route_journal_open(NULL, "/nowhere/j", SLOTS, &none), -ENOENT);
	ck_assert_int_eq(route_journal_open(NULL, folder, SLOTS, &none), -EISDIR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route_journal");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int rc;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_journal_when_opened_again_then_has_what_was_not_released);
	tcase_add_test(tcase, test_journal_when_full_then_refuses_until_there_is_room);
	tcase_add_loop_test(tcase, test_journal_when_damaged_then_only_what_is_whole_is_found, 0,
			    COUNT_OF(damages));
	tcase_add_loop_test(tcase,
			    test_journal_when_any_octet_changes_then_that_slot_is_left_out_and_told,
			    0, 2);
	tcase_add_test(tcase, test_journal_when_of_version_1_then_taken_over);
	tcase_add_test(tcase, test_journal_when_made_with_fewer_slots_then_grows_once_it_is_empty);
	tcase_add_loop_test(tcase,
			    test_journal_when_of_other_slots_than_its_size_has_then_begun_anew, 0,
			    COUNT_OF(odd_slots));
	tcase_add_loop_test(tcase, test_journal_when_garbage_then_still_a_ring, 0, 3);
	tcase_add_test(tcase, test_journal_when_cut_short_then_begun_anew);
	tcase_add_test(tcase, test_journal_when_it_cannot_be_opened_then_says_so);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	rc = srunner_ntests_failed(runner);
	srunner_free(runner);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
