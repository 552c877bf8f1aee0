/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_feed_store.c - files as the store remembers them: told as scripts of what comes and how the
 * source stands then; and what records tell of a source's clock. */
#include "gateway/feed_store.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "rules/clock_skew.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64];
static char path[96];
static void *ctx;
static struct db *db;

static void open_store(void)
{
	ck_assert_msg(db_open(ctx, path, DB_WRITER, &db) == 0, "%s", db_open_error());
	ck_assert_int_eq(db_begin(db), 0);
}

static void set_up(void)
{
	strcpy(folder, "/tmp/mianrao-feed-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	ctx = talloc_new(NULL);
	open_store();
}

static void tear_down(void)
{
	char command[128];

	talloc_free(ctx);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* As after a restart: only what was committed is there. */
static void reopen(void)
{
	ck_assert_int_eq(db_commit(db), 0);
	talloc_free(db);
	open_store();
}

enum { WAIT_MS = 1000, KEEP_MS = 100000, REOPEN = -2, STAND = -3, RESTART = -4, NO_NUMBER = -1 };

/* A step: a file with this number, this content, complete up to `to`, at this time; then what is
 * found, and how the source stands. */
struct line {
	int64_t number; /* or what else is done */
	int content;
	int64_t to_ms;
	int64_t now_ms;
	const char *want; /* "state missing/passed first to" */
};

static struct cdr_file make_file(const struct line *line)
{
	struct cdr_file file = { .sequence = { line->number >= 0, line->number, 10000 } };

	if (line->number >= 0)
		snprintf(file.name, sizeof(file.name), "cdr-%04" PRId64 ".csv", line->number);
	else
		snprintf(file.name, sizeof(file.name), "cdr.csv");
	memset(file.hash, line->content, sizeof(file.hash));
	return file;
}

static void show(const char *state, const struct feed_standing *standing, char out[96])
{
	int n = snprintf(out, 96, "%s %u/%u %" PRId64, state, standing->missing, standing->passed,
			 standing->first_missing);

	if (standing->marks.any)
		n += snprintf(out + n, 96 - (size_t)n, " to %" PRId64, standing->marks.to_ms);
	if (standing->restarted)
		n += snprintf(out + n, 96 - (size_t)n, " restarted");
	if (standing->passed_now)
		snprintf(out + n, 96 - (size_t)n, " passed now");
}

static void play_file(const struct line *line, const struct feed_limits *limits, char out[96])
{
	static const char *const states[] = { "new", "repeat", "other" };
	struct cdr_file file = make_file(line);
	struct feed_marks marks = { true, line->to_ms - 10, line->to_ms, INT64_MAX };
	struct feed_standing standing = { .first_missing = -1 };
	enum feed_file_state state;
	char same_as[CDR_NAME_MAX];

	ck_assert_int_eq(feed_store_look(db, "msc", &file, &state, same_as), 0);
	if (state != FEED_FILE_NEW) {
		snprintf(out, 96, "%s", states[state]);
		return;
	}
	ck_assert_int_eq(feed_store_record(db, "msc", &file, &marks, limits, &standing), 0);
	show(states[state], &standing, out);
}

static void play(const char *name, const struct line *lines)
{
	for (size_t i = 0; lines[i].want; i++) {
		struct feed_limits limits = { lines[i].now_ms, WAIT_MS, KEEP_MS };
		struct feed_standing standing;
		char shown[96] = "";

		switch (lines[i].number) {
		case REOPEN:
			reopen();
			break;
		case RESTART:
			ck_assert_int_eq(feed_store_restart(db, "msc"), 0);
			break;
		case STAND:
			ck_assert_int_eq(feed_store_stand(db, "msc", &limits, &standing), 0);
			show("stand", &standing, shown);
			break;
		default:
			play_file(&lines[i], &limits, shown);
			break;
		}
		ck_assert_msg(strcmp(shown, lines[i].want) == 0, "%s, step %zu: %s", name, i,
			      shown);
	}
}

static const struct {
	const char *name;
	struct line lines[12];
} scripts[] = {
	{ "one after the other",
	  { { 7, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 8, 'b', 200, 2, "new 0/0 -1 to 200" },
	    { REOPEN, 0, 0, 0, "" },
	    { 9, 'c', 300, 3, "new 0/0 -1 to 300" } } },
	{ "the same again, before and after a restart",
	  { { 7, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 7, 'a', 100, 2, "repeat" },
	    { REOPEN, 0, 0, 0, "" },
	    { 7, 'a', 100, 3, "repeat" },
	    { 7, 'b', 100, 4, "other" },
	    { 8, 'b', 200, 5, "new 0/0 -1 to 200" } } },
	{ "a gap holds the marks until it is filled",
	  { { 7, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 10, 'd', 400, 2, "new 2/0 8" },
	    { REOPEN, 0, 0, 0, "" },
	    { 11, 'e', 500, 3, "new 2/0 8" },
	    { 8, 'b', 200, 4, "new 1/0 9 to 200" },
	    { 9, 'c', 300, 5, "new 0/0 -1 to 500" } } },
	{ "a gap is passed when it has waited long enough, and stays known",
	  { { 7, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 9, 'c', 300, 2, "new 1/0 8" },
	    { STAND, 0, 0, 900, "stand 1/0 8" },
	    { REOPEN, 0, 0, 0, "" },
	    { STAND, 0, 0, 1002, "stand 1/1 8 to 300 passed now" },
	    { STAND, 0, 0, 1003, "stand 1/1 8" },
	    { 10, 'd', 400, 1004, "new 1/1 8 to 400" },
	    { 8, 'b', 200, 1005, "new 0/0 -1 to 200" } } },
	{ "two gaps are passed each in its time",
	  { { 1, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 3, 'c', 300, 10, "new 1/0 2" },
	    { 5, 'e', 500, 500, "new 2/0 2" },
	    { STAND, 0, 0, 1010, "stand 2/1 2 to 300 passed now" },
	    { STAND, 0, 0, 1500, "stand 2/2 2 to 500 passed now" } } },
	{ "the counter turns over",
	  { { 9998, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 0, 'c', 300, 2, "new 1/0 9999" },
	    { 9999, 'b', 200, 3, "new 0/0 -1 to 300" },
	    { 1, 'd', 400, 4, "new 0/0 -1 to 400" } } },
	{ "the counter begins anew, with newer content",
	  { { 700, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 1, 'b', 200, 2, "new 0/0 -1 to 200 restarted" },
	    { 2, 'c', 300, 3, "new 0/0 -1 to 300" },
	    { 4, 'd', 500, 4, "new 1/0 3" },
	    { 3, 'e', 400, 5, "new 0/0 -1 to 500" } } },
	{ "a file from before the first one",
	  { { 700, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 699, 'b', 50, 2, "new 0/0 -1 to 50" },
	    { 701, 'c', 200, 3, "new 0/0 -1 to 200" } } },
	{ "a step that is no gap",
	  { { 1, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 3000, 'b', 200, 2, "new 0/0 -1 to 200 restarted" },
	    { 3001, 'c', 300, 3, "new 0/0 -1 to 300" } } },
	{ "the operator says that the counter begins anew",
	  { { 1, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 3, 'b', 200, 2, "new 1/0 2" },
	    { RESTART, 0, 0, 0, "" },
	    { 1, 'c', 300, 3, "new 0/0 -1 to 300" },
	    { 2, 'd', 400, 4, "new 0/0 -1 to 400" } } },
	{ "without numbers the name and the content count",
	  { { NO_NUMBER, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { NO_NUMBER, 'a', 100, 2, "repeat" },
	    { NO_NUMBER, 'b', 200, 3, "new 0/0 -1 to 200" } } },
	{ "what is old is forgotten",
	  { { 1, 'a', 100, 1, "new 0/0 -1 to 100" },
	    { 3, 'b', 200, 2, "new 1/0 2" },
	    { STAND, 0, 0, 2000, "stand 1/1 2 to 200 passed now" },
	    { 4, 'c', 300, 200000, "new 0/0 -1 to 300" },
	    { 4, 'c', 300, 200001, "repeat" } } },
};

START_TEST(test_files_when_they_come_then_gaps_and_repeats_are_known)
{
	play(scripts[_i].name, scripts[_i].lines);
}
END_TEST

START_TEST(test_files_when_of_two_sources_then_apart)
{
	struct line line = { 5, 'a', 100, 1, "" };
	struct cdr_file file = make_file(&line);
	struct feed_limits limits = { 1, WAIT_MS, KEEP_MS };
	struct feed_marks marks = { true, 1, 2, 0 };
	struct feed_standing standing;
	enum feed_file_state state;
	char same_as[CDR_NAME_MAX];

	ck_assert_int_eq(feed_store_record(db, "msc", &file, &marks, &limits, &standing), 0);
	ck_assert_int_eq(standing.marks.explicit_ms, 0);
	ck_assert_int_eq(feed_store_look(db, "gmsc", &file, &state, same_as), 0);
	ck_assert_int_eq(state, FEED_FILE_NEW);
	file.sequence.number = 9;
	ck_assert_int_eq(feed_store_record(db, "gmsc", &file, &marks, &limits, &standing), 0);
	ck_assert_uint_eq(standing.missing, 0);
	ck_assert_int_eq(feed_store_look(db, "msc", &file, &state, same_as), 0);
	ck_assert_int_eq(state, FEED_FILE_NEW);
}
END_TEST

START_TEST(test_clock_when_sampled_then_estimate)
{
	enum { HOUR_MS = 3600000 };
	static const struct {
		const char *name;
		int64_t delays[12]; /* 0 ends; in the order of coming, a second apart */
		int64_t later_ms;   /* after the last */
		int64_t ahead_ms, delay_ms;
	} table[] = {
		{ "too few tell nothing", { -60000, -60000, -60000, -60000 }, 0, 0, 0 },
		{ "right, and prompt", { 1, 2, 3, 4, 5 }, 0, 0, 3 },
		{ "right, and late",
		  { 3600001, 3600002, 3600003, 3600004, 3600005 },
		  0,
		  0,
		  3600003 },
		{ "a minute ahead",
		  { -59000, -58000, -59900, -59500, -30000, -59950 },
		  0,
		  59500,
		  -59000 },
		{ "two wrong records change nothing",
		  { -9000000, 10, 20, -8000000, 30, 40 },
		  0,
		  0,
		  20 },
		{ "catching up on a backlog, still known to be ahead",
		  { -60000, -60000, -60000, 500000, 400000, 300000, 200000, 100000 },
		  0,
		  60000,
		  200000 },
		{ "old samples go when there are newer",
		  { -60000, -60000, -60000, 1, 2, 3, 4, 5 },
		  HOUR_MS,
		  0,
		  3 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct clock_skew skew = { .count = 0 };
		int64_t now_ms = INT64_C(1763778600000);

		for (size_t k = 0; table[i].delays[k]; k++)
			clock_skew_add(&skew, now_ms += 1000, table[i].delays[k]);
		struct clock_skew_estimate got =
			clock_skew_estimate(&skew, now_ms + table[i].later_ms);
		ck_assert_msg(got.ahead_ms == table[i].ahead_ms, "%s: ahead %" PRId64,
			      table[i].name, got.ahead_ms);
		ck_assert_msg(got.delay_ms == table[i].delay_ms, "%s: delay %" PRId64,
			      table[i].name, got.delay_ms);
	}
}
END_TEST

START_TEST(test_clock_when_set_right_then_estimate_follows)
{
	struct clock_skew skew = { .count = 0 };

	for (int i = 0; i < 1000; i++)
		clock_skew_add(&skew, i, -60000);
	ck_assert_int_eq(clock_skew_estimate(&skew, 1000).ahead_ms, 60000);
	for (int i = 0; i < CLOCK_SKEW_SAMPLES; i++)
		clock_skew_add(&skew, 1000 + i, 500);
	ck_assert_int_eq(clock_skew_estimate(&skew, 2000).ahead_ms, 0);
	ck_assert_int_eq(clock_skew_estimate(&skew, 2000).delay_ms, 500);
}
END_TEST

static Suite *feed_store_suite(void)
{
	Suite *suite = suite_create("feed_store");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_files_when_they_come_then_gaps_and_repeats_are_known, 0,
			    COUNT_OF(scripts));
	tcase_add_test(tc, test_files_when_of_two_sources_then_apart);
	tcase_add_test(tc, test_clock_when_sampled_then_estimate);
	tcase_add_test(tc, test_clock_when_set_right_then_estimate_follows);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(feed_store_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
