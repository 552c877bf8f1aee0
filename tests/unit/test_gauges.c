/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is counted at the start is in line with what changes it. */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/gauges.h"
#include "gateway/report_row.h"
#include "gateway/store.h"

static char folder[64];
static char path[96];

static void make_folder(void)
{
	strcpy(folder, "/tmp/mianrao-gauges-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct store *open_store(void *ctx, struct event_base *base, enum db_mode mode)
{
	struct store *store = NULL;
	const char *error = NULL;

	ck_assert_msg(store_create(ctx, base, path, mode, &store, &error) == 0, "%s", error);
	return store;
}

static int run_slow_report(struct db *db, struct store_op *op)
{
	struct report_row row = { .id = 1, .text = "t", .received_ms = 1 };

	(void)op;
	usleep(200000); /* so that whoever does not stand in line is first */
	return report_row_open(db, &row, REPORT_STATE_PENDING, 1, "");
}

static void report_done(struct store_op *op)
{
	ck_assert_int_eq(op->rc, 0);
}

static void counted(void *user, int rc)
{
	ck_assert_int_eq(rc, 0);
	*(bool *)user = true;
}

START_TEST(test_gauges_load_when_a_change_is_under_way_then_in_the_count)
{
	struct store_op report = { .run = run_slow_report, .done = report_done };
	struct event_base *base = event_base_new();
	void *ctx = talloc_new(NULL);
	struct gateway *gateway = talloc_zero(ctx, struct gateway);
	bool done = false;

	gateway->base = base;
	gateway->store = open_store(ctx, base, DB_WRITER);
	gateway->reader = open_store(ctx, base, DB_READER);
	store_submit(gateway->store, &report);
	gauges_load(gateway, counted, &done);
	while (!done)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(gateway->metrics.reports_open, 1);
	store_stop(gateway->reader);
	store_stop(gateway->store);
	talloc_free(ctx);
	event_base_free(base);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gauges");
	TCase *tcase = tcase_create("gauges");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, test_gauges_load_when_a_change_is_under_way_then_in_the_count);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
