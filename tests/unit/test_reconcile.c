/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rewards system's account, line by line. */
#include "gateway/reconcile.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define W "Wc9bfee3ea9e65973b1a73ff9b0f0d353"
#define V "Vc9bfee3ea9e65973b1a73ff9b0f0d353"

static int read_line(struct reconcile_reader *reader, const char *text,
		     struct reconcile_entry *entry, char error[RECONCILE_ERROR_MAX])
{
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	return reconcile_read(reader, line, strlen(line), entry, error);
}

/* Lines of one file: each but the last has to be good. */
static const struct {
	const char *name;
	const char *lines[4];
	int rc; /* of the last one */
	const char *error;
	enum reward_state state;
	uint64_t amount_mb;
} files[] = {
	{ "JSON",
	  { "{\"id\":\"" W "\",\"amount_mb\":1024,\"state\":\"credited\"}" },
	  1,
	  NULL,
	  REWARD_STATE_CREDITED,
	  1024 },
	{ "JSON, as in answers",
	  { "{\"id\":\"" W "\",\"amount_mb\":\"500\",\"status\":\"failed\",\"x\":[1]}" },
	  1,
	  NULL,
	  REWARD_STATE_FAILED,
	  500 },
	{ "JSON, a reversal",
	  { "{\"id\":\"" V "\",\"type\":\"reverse\",\"amount_mb\":0,\"state\":\"reversed\"}" },
	  1,
	  NULL,
	  REWARD_STATE_CREDITED,
	  0 },
	{ "a blank line", { "" }, 0, NULL, 0, 0 },
	{ "JSON with the line's end of others",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}\r" },
	  1,
	  NULL,
	  REWARD_STATE_DUE,
	  1 },
	{ "a header", { "{\"settlement\":\"2026-11-25\"}" }, 0, NULL, 0, 0 },
	{ "no id",
	  { "{\"amount_mb\":1024,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "id: missing",
	  0,
	  0 },
	{ "an id of others",
	  { "{\"id\":\"7\",\"amount_mb\":1024,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "id: '7' is none of ours",
	  0,
	  0 },
	{ "no amount",
	  { "{\"id\":\"" W "\",\"state\":\"credited\"}" },
	  -EBADMSG,
	  "amount_mb: missing",
	  0,
	  0 },
	{ "half an amount",
	  { "{\"id\":\"" W "\",\"amount_mb\":1.5,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "amount_mb: missing",
	  0,
	  0 },
	{ "a negative amount",
	  { "{\"id\":\"" W "\",\"amount_mb\":-1,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "amount_mb: '-1'",
	  0,
	  0 },
	{ "too great an amount",
	  { "{\"id\":\"" W "\",\"amount_mb\":1000000000,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "amount_mb: '1000000000'",
	  0,
	  0 },
	{ "a state of nothing",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"paid\"}" },
	  -EBADMSG,
	  "state: 'paid'",
	  0,
	  0 },
	{ "a credit reversed",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"reversed\"}" },
	  -EBADMSG,
	  "state: 'reversed' is none of a credit",
	  0,
	  0 },
	{ "another type",
	  { "{\"id\":\"" W "\",\"type\":\"reverse\",\"amount_mb\":1,\"state\":\"credited\"}" },
	  -EBADMSG,
	  "type: 'reverse'",
	  0,
	  0 },
	{ "a member twice",
	  { "{\"id\":\"" W "\",\"id\":\"" W "\"}" },
	  -EBADMSG,
	  "duplicate",
	  0,
	  0 },
	{ "no object",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}", "[]" },
	  -EBADMSG,
	  "no JSON object",
	  0,
	  0 },
	{ "no JSON", { "{\"id\":" }, -EBADMSG, "octet", 0, 0 },
	{ "a header behind lines",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}",
	    "{\"settlement\":\"2026-11-25\"}" },
	  -EBADMSG,
	  "settlement: a header",
	  0,
	  0 },
	{ "a day that is none",
	  { "{\"settlement\":\"2026-02-30\"}" },
	  -EBADMSG,
	  "is no day",
	  0,
	  0 },
	{ "a trailer with another count",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}",
	    "{\"count\":2,\"sum_mb\":1,\"sha256\":\"\"}" },
	  -EBADMSG,
	  "count: 1 lines",
	  0,
	  0 },
	{ "a trailer with another sum",
	  { "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}",
	    "{\"count\":1,\"sum_mb\":2,\"sha256\":\"\"}" },
	  -EBADMSG,
	  "sum_mb: the lines come to 1",
	  0,
	  0 },
	{ "a trailer with another hash",
	  { "{\"settlement\":\"2026-11-25\"}", "{\"count\":0,\"sum_mb\":0,\"sha256\":\"00\"}" },
	  -EBADMSG,
	  "sha256: the lines before have "
	  "dc6d2d40c77dbb275989b79f8d75e1e08b3d8329f2f90afcb5906eef5af2e546",
	  0,
	  0 },
	{ "a good trailer",
	  { "{\"settlement\":\"2026-11-25\"}",
	    "{\"count\":0,\"sum_mb\":0,\"sha256\":"
	    "\"dc6d2d40c77dbb275989b79f8d75e1e08b3d8329f2f90afcb5906eef5af2e546\"}" },
	  0,
	  NULL,
	  0,
	  0 },
	{ "CSV",
	  { "id,amount_mb,status", W ",1024,credited" },
	  1,
	  NULL,
	  REWARD_STATE_CREDITED,
	  1024 },
	{ "CSV in another order, quoted, with more",
	  { "\xef\xbb\xbf"
	    "x;state;\"amount_mb\";id;type",
	    "1;credited;\"7\";" W ";credit" },
	  1,
	  NULL,
	  REWARD_STATE_CREDITED,
	  7 },
	{ "CSV with tabs",
	  { "id\tamount_mb\tstate", V "\t3\tfailed" },
	  1,
	  NULL,
	  REWARD_STATE_FAILED,
	  3 },
	{ "CSV without a column", { "id,amount_mb" }, -EBADMSG, "names state nowhere", 0, 0 },
	{ "CSV with one twice",
	  { "id,amount_mb,state,status" },
	  -EBADMSG,
	  "names state twice",
	  0,
	  0 },
	{ "CSV, a short line",
	  { "id,amount_mb,state", W ",1024" },
	  -EBADMSG,
	  "state: missing",
	  0,
	  0 },
	{ "CSV, an open quote",
	  { "id,amount_mb,state", "\"" W ",1024,credited" },
	  -EBADMSG,
	  "column 1",
	  0,
	  0 },
	{ "CSV, a long field",
	  { "id,amount_mb,state", W W W ",1024,credited" },
	  -EBADMSG,
	  "id: is too long",
	  0,
	  0 },
};

START_TEST(test_read_when_line_then_entry_or_what_is_wrong)
{
	struct reconcile_reader reader = { .line = 0 };
	struct reconcile_entry entry;
	char error[RECONCILE_ERROR_MAX];
	int rc = 0;
	uint64_t line = 0;

	for (int i = 0; files[_i].lines[i]; i++) {
		ck_assert_msg(rc >= 0, "%s: %s", files[_i].name, error);
		rc = read_line(&reader, files[_i].lines[i], &entry, error);
		ck_assert_uint_eq(entry.line, ++line);
	}
	ck_assert_msg(rc == files[_i].rc, "%s: %d %s", files[_i].name, rc, error);
	if (files[_i].error)
		ck_assert_msg(strstr(error, files[_i].error), "%s: %s", files[_i].name, error);
	if (rc <= 0)
		return;
	ck_assert_msg(entry.state == files[_i].state, "%s: %d", files[_i].name, entry.state);
	ck_assert_msg(entry.amount_mb == files[_i].amount_mb, "%s", files[_i].name);
}
END_TEST

START_TEST(test_read_when_behind_the_trailer_then_refused)
{
	struct reconcile_reader reader = { .line = 0 };
	struct reconcile_entry entry;
	char error[RECONCILE_ERROR_MAX];

	ck_assert_int_eq(read_line(&reader, "{\"settlement\":\"2026-11-25\"}", &entry, error), 0);
	ck_assert(reader.has_day);
	ck_assert_str_eq(reader.day.text, "2026-11-25");
	ck_assert_int_eq(
		read_line(&reader,
			  "{\"count\":0,\"sum_mb\":0,\"sha256\":"
			  "\"dc6d2d40c77dbb275989b79f8d75e1e08b3d8329f2f90afcb5906eef5af2e546\"}",
			  &entry, error),
		0);
	ck_assert_int_eq(read_line(&reader, "{\"id\":\"" W "\",\"amount_mb\":1,\"state\":\"due\"}",
				   &entry, error),
			 -EBADMSG);
	ck_assert_str_eq(error, "a line behind the trailer");
}
END_TEST

START_TEST(test_compare_when_accounts_differ_then_bits)
{
	static const struct {
		const char *name;
		struct reconcile_entry here, there;
		unsigned bits;
	} table[] = {
		{ "the same",
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 1 },
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 1 },
		  RECONCILE_SAME },
		{ "both open",
		  { .state = REWARD_STATE_DUE, .amount_mb = 1 },
		  { .state = REWARD_STATE_REQUESTED, .amount_mb = 1 },
		  RECONCILE_SAME },
		{ "credited there only",
		  { .state = REWARD_STATE_REQUESTED, .amount_mb = 1 },
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 1 },
		  RECONCILE_STATE_DIFFERS },
		{ "another amount",
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 1 },
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 2 },
		  RECONCILE_AMOUNT_DIFFERS },
		{ "both",
		  { .state = REWARD_STATE_WITHHELD, .amount_mb = 0 },
		  { .state = REWARD_STATE_CREDITED, .amount_mb = 2 },
		  RECONCILE_AMOUNT_DIFFERS | RECONCILE_STATE_DIFFERS },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		ck_assert_msg(reconcile_compare(&table[i].here, &table[i].there) == table[i].bits,
			      "%s", table[i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reconcile");
	TCase *tc = tcase_create("core");
	tcase_add_loop_test(tc, test_read_when_line_then_entry_or_what_is_wrong, 0,
			    COUNT_OF(files));
	tcase_add_test(tc, test_read_when_behind_the_trailer_then_refused);
	tcase_add_test(tc, test_compare_when_accounts_differ_then_bits);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
