/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_cdr_line.c - lines of NDJSON as the stream's fields, or what is wrong with them; and whose
 * token it is. */
#include "gateway/cdr_line.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/feed_token.h"
#include "gateway/http_identity.h"
#include "tests/unit/tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static char source_name[] = "pbx";
static const struct config_source source = { .name = source_name, .utc_offset_s = 0 };

#define CALL "\"caller\":\"13712345678\",\"called\":\"13800138000\""

static const struct {
	const char *line;
	int rc;
	const char *want; /* fields, or the error */
} lines[] = {
	{ "{" CALL ",\"start\":1763778600}", 0,
	  "caller=13712345678 called=13800138000 start=1763778600 " },
	{ " { " CALL ", \"start\" : \"2025-11-22 02:30:00\", \"duration\": 7 } ", 0,
	  "caller=13712345678 called=13800138000 start=2025-11-22 02:30:00 duration=7 " },
	{ "{" CALL ",\"start\":1763778600.1239,\"duration\":7.9,\"answered\":false}", 0,
	  "caller=13712345678 called=13800138000 start=1763778600.124 duration=7 answered=0 " },
	{ "{" CALL ",\"start\":1763778600,\"entry\":null,\"trunk\":\"T\",\"asserted\":\"x\","
	  "\"written\":1763778700}",
	  0,
	  "caller=13712345678 called=13800138000 start=1763778600 asserted=x trunk=T "
	  "written=1763778700 " },
	{ "{\"caller\":\"\",\"called\":13800138000,\"start\":1763778600}", 0,
	  "caller= called=13800138000 start=1763778600 " },
	{ "{\"source\":\"pbx\"," CALL ",\"start\":1763778600,\"note\":{\"a\":[1]}}", 0,
	  "caller=13712345678 called=13800138000 start=1763778600 " },
	{ "{\"watermark\":1763778600}", 0, "watermark=1763778600 " },
	{ "{\"watermark\":\"2025-11-22T10:30:00+08:00\",\"complete_from\":1763000000}", 0,
	  "watermark=2025-11-22T10:30:00+08:00 complete_from=1763000000 " },
	{ "{\"caller\":null,\"called\":\"13800138000\",\"start\":1763778600}", -EBADMSG,
	  "caller: is missing" },
	{ "{" CALL "}", -EBADMSG, "start: is missing" },
	{ "{" CALL ",\"start\":1e300}", -EBADMSG, "start: 'out of range' is no time" },
	{ "{" CALL ",\"start\":-1}", -EBADMSG, "start: '-1' is no time" },
	{ "{" CALL ",\"start\":true}", -EBADMSG, "start: '1' is no time" },
	{ "{" CALL ",\"start\":[1763778600]}", -EBADMSG, "start: is neither text nor number" },
	{ "{\"source\":\"hub\"," CALL ",\"start\":1763778600}", -EBADMSG,
	  "source: is not the one of the token" },
	{ "{\"source\":7," CALL ",\"start\":1763778600}", -EBADMSG,
	  "source: is not the one of the token" },
	{ "{\"watermark\":\"now\"}", -EBADMSG, "watermark: no time" },
	{ "{\"watermark\":1763778600,\"complete_from\":\"ever\"}", -EBADMSG,
	  "complete_from: no time" },
	{ "[]", -EBADMSG, "no object" },
	{ "{} {}", -EBADMSG, "column 4: no JSON: end of file expected" },
	{ "{\"a\":1,\"a\":2}", -EBADMSG, "column 10: no JSON: duplicate object key" },
	{ "{\"caller\":\"13712345678\x01\"}", -EBADMSG,
	  "column 22: no JSON: control character 0x1" },
	{ "{\"caller\":\"\xff\"}", -EBADMSG, "column 11: no JSON: unable to decode byte 0xff" },
};

START_TEST(test_line_when_read_then_fields_or_fault)
{
	void *ctx = talloc_new(NULL);
	char error[CDR_LINE_ERROR_MAX] = "";
	char shown[512] = "";
	struct cdr_line line;
	int rc = cdr_line_read(ctx, test_plan(), &source, lines[_i].line, strlen(lines[_i].line),
			       &line, error);

	ck_assert_msg(rc == lines[_i].rc, "%s: %d %s", lines[_i].line, rc, error);
	for (size_t i = 0; rc == 0 && i < line.count; i++)
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s=%s ",
			 line.name[i], line.value[i]);
	ck_assert_msg(strcmp(rc == 0 ? shown : error, lines[_i].want) == 0, "%s: %s",
		      lines[_i].line, rc == 0 ? shown : error);
	talloc_free(ctx);
}
END_TEST

START_TEST(test_line_when_too_long_then_refused)
{
	static char text[9000];
	char error[CDR_LINE_ERROR_MAX] = "";
	struct cdr_line line;

	memset(text, ' ', sizeof(text));
	ck_assert_int_eq(
		cdr_line_read(NULL, test_plan(), &source, text, sizeof(text), &line, error),
		-EBADMSG);
	ck_assert_str_eq(error, "longer than 8191 octets");
}
END_TEST

START_TEST(test_identity_when_token_is_shown_then_its_source_alone)
{
	char first[FEED_TOKEN_HASH_MAX], second[FEED_TOKEN_HASH_MAX], none[] = "";
	struct config_source sources[] = { { .token_hash = none },
					   { .token_hash = first },
					   { .token_hash = second } };
	struct config config = { .feed = { .sources = sources, .sources_count = 3 } };
	static const struct {
		const char *authorization;
		int want; /* -1: nobody */
	} table[] = {
		{ "Bearer aaaaaaaaaaaaaaaaaaaaaaaaa", 1 },
		{ "bearer  bbbbbbbbbbbbbbbbbbbbbbbbb", 2 },
		{ "Bearer ccccccccccccccccccccccccc", -1 },
		{ "Bearer aaaaaaaaaaaaaaaaaaaaaaaa", -1 },
		{ "Bearer aaaaaaaaaaaaaaaaaaaaaaaaa ", -1 },
		{ "Bearer", -1 },
		{ "Bearer ", -1 },
		{ "Basic aaaaaaaaaaaaaaaaaaaaaaaaa", -1 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaa", -1 },
		{ NULL, -1 },
	};

	ck_assert_int_eq(feed_token_hash("aaaaaaaaaaaaaaaaaaaaaaaaa", 25, first), 0);
	ck_assert_int_eq(feed_token_hash("bbbbbbbbbbbbbbbbbbbbbbbbb", 25, second), 0);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct http_identity who = { NULL };
		int rc = http_identity(&config, NULL, table[i].authorization, &who);

		ck_assert_msg(rc == (table[i].want < 0 ? -EACCES : 0), "%zu", i);
		if (rc == 0)
			ck_assert_ptr_eq(who.source, &sources[table[i].want]);
	}
}
END_TEST

static Suite *cdr_line_suite(void)
{
	Suite *suite = suite_create("cdr_line");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, test_line_when_read_then_fields_or_fault, 0, COUNT_OF(lines));
	tcase_add_test(tc, test_line_when_too_long_then_refused);
	tcase_add_test(tc, test_identity_when_token_is_shown_then_its_source_alone);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(cdr_line_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
