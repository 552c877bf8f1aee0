/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signatures and addresses of the webhook. */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/webhook_sign.h"
#include "gateway/webhook_url.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char secret[] = "0123456789abcdef0123456789abcdef";
static const char *const secrets[] = { "fedcba9876543210fedcba9876543210", secret };
static const struct webhook_body body = { "{\"id\":\"W1\"}", 11 };
static const int64_t now_s = 1764038400;
/* printf '1764038400.{"id":"W1"}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
#define DIGEST "88ae2335066b89d92fc07b29439928dbf5fbf7691b39066ab6047e7fbcf3d81e"

START_TEST(test_sign_when_released_then_never_changes)
{
	char header[WEBHOOK_SIGNATURE_MAX];

	webhook_sign(secret, now_s, &body, header);
	ck_assert_str_eq(header, "t=1764038400,v1=" DIGEST);
}
END_TEST

static const struct {
	const char *name;
	const char *header;
	int64_t at_s;
	int rc;
} verified[] = {
	{ "as signed", "t=1764038400,v1=" DIGEST, 1764038400, 0 },
	{ "the other way round", "v1=" DIGEST ",t=1764038400", 1764038400, 0 },
	{ "beside another digest", "t=1764038400,v1=00,v1=" DIGEST, 1764038400, 0 },
	{ "beside another scheme", "t=1764038400,v0=x,v1=" DIGEST ",v2=y,z", 1764038400, 0 },
	{ "as old as it may be", "t=1764038400,v1=" DIGEST, 1764038700, 0 },
	{ "too old", "t=1764038400,v1=" DIGEST, 1764038701, -ETIME },
	{ "ahead of us", "t=1764038400,v1=" DIGEST, 1764038099, -ETIME },
	{ "another time", "t=1764038401,v1=" DIGEST, 1764038400, -EACCES },
	{ "the same time otherwise", "t=01764038400,v1=" DIGEST, 1764038400, -EACCES },
	{ "a digest cut short",
	  "t=1764038400,v1="
	  "00",
	  1764038400, -EACCES },
	{ "no digest", "t=1764038400", 1764038400, -EACCES },
	{ "an empty digest", "t=1764038400,v1=", 1764038400, -EACCES },
	{ "no time", "v1=" DIGEST, 1764038400, -EBADMSG },
	{ "two times", "t=1764038400,t=1764038400,v1=" DIGEST, 1764038400, -EBADMSG },
	{ "a time with a sign", "t=-1,v1=" DIGEST, 0, -EBADMSG },
	{ "a time of words", "t=now,v1=" DIGEST, 1764038400, -EBADMSG },
	{ "an endless time", "t=1111111111111111111111111,v1=" DIGEST, 0, -EBADMSG },
	{ "nothing", "", 1764038400, -EBADMSG },
	{ "commas", ",,,", 1764038400, -EBADMSG },
};

START_TEST(test_verify_when_header_then_result)
{
	int rc = webhook_verify(verified[_i].header, secrets, COUNT_OF(secrets), &body,
				verified[_i].at_s, 300);

	ck_assert_msg(rc == verified[_i].rc, "%s: %d", verified[_i].name, rc);
}
END_TEST

START_TEST(test_verify_when_secret_or_body_differs_then_refused)
{
	static const char *const others[] = { NULL, "fedcba9876543210fedcba9876543210" };
	const struct webhook_body longer = { "{\"id\":\"W1\"} ", 12 };
	const char *header = "t=1764038400,v1=" DIGEST;

	ck_assert_int_eq(webhook_verify(header, others, 2, &body, now_s, 300), -EACCES);
	ck_assert_int_eq(webhook_verify(header, others, 0, &body, now_s, 300), -EACCES);
	ck_assert_int_eq(webhook_verify(header, secrets, 2, &longer, now_s, 300), -EACCES);
}
END_TEST

static const struct {
	const char *text;
	const char *why; /* NULL: good */
	bool https;
	const char *host;
	uint16_t port;
	const char *target;
} urls[] = {
	{ "http://127.0.0.1:8080/credits", NULL, false, "127.0.0.1", 8080, "/credits" },
	{ "https://10.60.0.5", NULL, true, "10.60.0.5", 443, "/" },
	{ "HTTP://10.60.0.5?x=1", NULL, false, "10.60.0.5", 80, "/?x=1" },
	{ "https://[2001:db8::1]:8443/a?b=c&d", NULL, true, "2001:db8::1", 8443, "/a?b=c&d" },
	{ "ftp://127.0.0.1/", "neither http", false, NULL, 0, NULL },
	{ "//127.0.0.1/", "neither http", false, NULL, 0, NULL },
	{ "http://rewards.example/", "no numeric address", false, NULL, 0, NULL },
	{ "http:///x", "no numeric address", false, NULL, 0, NULL },
	{ "http://user@127.0.0.1/", "a user", false, NULL, 0, NULL },
	{ "http://127.0.0.1/#x", "fragment", false, NULL, 0, NULL },
	{ "http://127.0.0.1:0/", "no port", false, NULL, 0, NULL },
	{ "http://127.0.0.1:65536/", "is no URL", false, NULL, 0, NULL },
	{ "http://127.0.0.1/a b", "is no URL", false, NULL, 0, NULL },
	{ "", "neither http", false, NULL, 0, NULL },
};

START_TEST(test_url_when_parsed_then_parts_or_why_not)
{
	struct webhook_url url;
	const char *why;
	int rc = webhook_url_parse(urls[_i].text, &url, &why);

	if (urls[_i].why) {
		ck_assert_msg(rc == -EINVAL && strstr(why, urls[_i].why), "%s: %d, %s",
			      urls[_i].text, rc, rc ? why : "good");
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", urls[_i].text, why);
	ck_assert_int_eq(url.https, urls[_i].https);
	ck_assert_str_eq(url.host, urls[_i].host);
	ck_assert_uint_eq(url.port, urls[_i].port);
	ck_assert_str_eq(url.target, urls[_i].target);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook");
	TCase *tc = tcase_create("core");
	tcase_add_test(tc, test_sign_when_released_then_never_changes);
	tcase_add_loop_test(tc, test_verify_when_header_then_result, 0, COUNT_OF(verified));
	tcase_add_test(tc, test_verify_when_secret_or_body_differs_then_refused);
	tcase_add_loop_test(tc, test_url_when_parsed_then_parts_or_why_not, 0, COUNT_OF(urls));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
