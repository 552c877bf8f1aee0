/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Settlement files: what is in a day's, and that a changed one is known. */
#include "gateway/settlement_file.h"

#include <errno.h>
#include <sys/stat.h>

#include "gateway/reconcile.h"
#include "tests/unit/ledger_world.h"

enum { DAY_MS = 86400000 };

static struct settlement_day day;
static struct settlement_place place;
static char folder[128];
static const struct reward_policy policy = { .amount_mb = 400 };

static void setup(void)
{
	ledger_open();
	snprintf(folder, sizeof(folder), "%s/settlement", world.folder);
	place = (struct settlement_place){ .folder = folder, .instance = "test" };
	settlement_day_at(ledger_now_ms, &day);
}

static void teardown(void)
{
	ledger_close();
}

static struct settlement_totals write_day(const struct settlement_day *of)
{
	struct settlement_totals totals;

	ck_assert_int_eq(db_begin(world.db), 0);
	ck_assert_int_eq(settlement_write(world.db, &place, of, ledger_now_ms + DAY_MS, &totals),
			 0);
	ck_assert_int_eq(db_commit(world.db), 0);
	return totals;
}

START_TEST(test_day_when_text_then_bounds_in_plus_eight)
{
	static const char *const wrong[] = { "",	   "2026-11-2",	 "2026-11-255",
					     "2026-13-01", "2026-02-29", "2026/11/25",
					     "0000-01-01", "x026-11-25" };
	struct settlement_day got;

	ck_assert_int_eq(settlement_day_read("2026-11-25", &got), 0);
	ck_assert_int_eq(got.from_ms, 1795536000000);
	ck_assert_int_eq(got.to_ms, got.from_ms + DAY_MS);
	ck_assert_str_eq(got.text, "2026-11-25");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(settlement_day_read(wrong[i], &got) == -EINVAL, "%s", wrong[i]);
}
END_TEST

START_TEST(test_write_when_day_has_entries_then_totals_and_a_file_that_checks)
{
	struct settlement_totals totals;
	struct settlement_totals read;
	struct reward_row row = ledger_enter(1, &policy, REWARD_DUE);

	ledger_enter(2, &policy, REWARD_DUE);
	ledger_settle(row.id, REWARD_STATE_CREDITED, "");
	totals = write_day(&day);
	ck_assert_uint_eq(totals.count, 2);
	ck_assert_uint_eq(totals.sum_mb, 800);
	ck_assert_uint_eq(totals.credited_mb, 400);
	ck_assert_uint_eq(totals.adjustments, 0);
	ck_assert_int_eq(settlement_check(&place, &day, &read), 0);
	ck_assert_uint_eq(read.count, 2);
	ck_assert_str_eq(read.sha256, totals.sha256);
}
END_TEST

START_TEST(test_write_when_entry_changes_later_then_adjustment_of_that_day)
{
	struct reward_row row = ledger_enter(1, &policy, REWARD_DUE);
	struct reward_settings settings = ledger_settings(ledger_now_ms + 2 * (int64_t)DAY_MS);
	struct settlement_day later;
	struct settlement_totals totals;

	ck_assert_int_eq(
		reward_book_settle(world.ctx, world.db, &settings, &row, REWARD_STATE_CREDITED, ""),
		0);
	totals = write_day(&day);
	ck_assert_uint_eq(totals.count, 1); /* on the day it was made, as it is now */
	settlement_day_at(ledger_now_ms + DAY_MS, &later);
	ck_assert_uint_eq(write_day(&later).count, 0);
	settlement_day_at(settings.now_ms, &later);
	totals = write_day(&later);
	ck_assert_uint_eq(totals.count, 1);
	ck_assert_uint_eq(totals.adjustments, 1);
	ck_assert_uint_eq(totals.credited_mb, 400);
}
END_TEST

/* Our own file is one that the rewards system could have sent. */
START_TEST(test_write_when_read_as_an_account_then_every_line_is_good)
{
	struct reconcile_reader reader = { .line = 0 };
	char error[RECONCILE_ERROR_MAX];
	struct reconcile_entry entry;
	char path[PATH_MAX];
	char line[2048];
	FILE *file;

	for (int i = 1; i <= 5; i++)
		ledger_enter(i, &policy, REWARD_DUE);
	write_day(&day);
	settlement_path(&place, &day, path);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		ck_assert_msg(reconcile_read(&reader, line, strlen(line) - 1, &entry, error) >= 0,
			      "%s", error);
	fclose(file);
	ck_assert_uint_eq(reader.entries, 5);
	ck_assert(reader.ended);
	ck_assert_str_eq(reader.day.text, day.text);
}
END_TEST

START_TEST(test_check_when_file_was_changed_then_told)
{
	static const char *const commands[] = {
		"sed -i 's/400/401/' %s",
		"sed -i '$d' %s",
		"sed -i '2d' %s",
		"printf '{}\\n' >> %s",
		"truncate -s -3 %s",
		"sed -i 's/\"count\":2/\"count\":3/' %s",
		"sed -i 's/\"sha256\":\"./&0/' %s",
		"truncate -s 0 %s",
	};
	struct settlement_totals totals;
	char path[PATH_MAX];
	char command[PATH_MAX + 64];

	ledger_enter(1, &policy, REWARD_DUE);
	ledger_enter(2, &policy, REWARD_DUE);
	write_day(&day);
	settlement_path(&place, &day, path);
	snprintf(command, sizeof(command), commands[_i], path);
	ck_assert_int_eq(system(command), 0);
	ck_assert_msg(settlement_check(&place, &day, &totals) == -EBADMSG, "%s", commands[_i]);
}
END_TEST

START_TEST(test_folder_when_files_come_and_go_then_newest_and_expired)
{
	struct settlement_day got;
	struct settlement_day other;
	char path[PATH_MAX];
	struct stat status;

	ck_assert_int_eq(settlement_newest(&place, &got), -ENOENT);
	write_day(&day);
	settlement_day_at(ledger_now_ms - 5 * (int64_t)DAY_MS, &other);
	write_day(&other);
	ck_assert_int_eq(settlement_newest(&place, &got), 0);
	ck_assert_str_eq(got.text, day.text);
	settlement_expire(&place, day.from_ms);
	settlement_path(&place, &other, path);
	ck_assert_int_lt(stat(path, &status), 0);
	settlement_path(&place, &day, path);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(test_write_when_folder_cannot_be_made_then_error_and_nothing_left)
{
	struct settlement_totals totals;
	const struct settlement_place nowhere = { .folder = "/proc/none/settlement",
						  .instance = "test" };

	ck_assert_int_lt(settlement_write(world.db, &nowhere, &day, 0, &totals), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settlement_file");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_day_when_text_then_bounds_in_plus_eight);
	tcase_add_test(tc, test_write_when_day_has_entries_then_totals_and_a_file_that_checks);
	tcase_add_test(tc, test_write_when_entry_changes_later_then_adjustment_of_that_day);
	tcase_add_test(tc, test_write_when_read_as_an_account_then_every_line_is_good);
	tcase_add_loop_test(tc, test_check_when_file_was_changed_then_told, 0, 8);
	tcase_add_test(tc, test_folder_when_files_come_and_go_then_newest_and_expired);
	tcase_add_test(tc, test_write_when_folder_cannot_be_made_then_error_and_nothing_left);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
