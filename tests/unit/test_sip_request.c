/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_sip_request.c - SIP requests read and answered: forms, faults, who calls whom. */
#include "gateway/sip_response.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define VIA "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabc\r\n"
#define FROM "From: <sip:+8613712345678@home.example>;tag=f1\r\n"
#define TO "To: <sip:+8613800138000@home.example>\r\n"
#define ID "Call-ID: c1@192.0.2.1\r\n"
#define CSEQ "CSeq: 1 INVITE\r\n"
#define REST FROM TO ID CSEQ "Max-Forwards: 70\r\n"
#define LINE "INVITE sip:+8613800138000@home.example SIP/2.0\r\n"
#define END "Content-Length: 0\r\n\r\n"

enum { ANSWER_MAX = SIP_MESSAGE_MAX };

static const struct sip_source near_source = { "198.51.100.7", 4444 };
static const uint8_t key[SIP_KEY_SIZE] = { 1, 2, 3 };

static int read_octets(const char *octets, size_t len, enum sip_framing framing,
		       struct sip_head *head, struct sip_request *out)
{
	int rc;

	ck_assert_int_eq(sip_request_init(), 0);
	rc = sip_head_read(octets, len, framing, head);
	return rc < 0 ? rc : sip_request_read(head, out);
}

static int read_text(const char *text, struct sip_head *head, struct sip_request *out)
{
	return read_octets(text, strlen(text), SIP_DATAGRAM, head, out);
}

START_TEST(test_request_when_of_any_form_then_status)
{
	static const struct {
		const char *name;
		const char *text;
		int status;
	} table[] = {
		{ "plain", LINE VIA REST END, 0 },
		{ "without Content-Length", LINE VIA REST "\r\n", 0 },
		{ "bare line feeds",
		  "INVITE sip:1@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\nFrom: "
		  "<sip:2@h>;tag=a\n"
		  "To: <sip:1@h>\nCall-ID: a\nCSeq: 1 INVITE\n\n",
		  0 },
		{ "compact names",
		  LINE
		  "v: SIP/2.0/UDP h;branch=z9hG4bKa\r\nf: sip:2@h;tag=1\r\nt: sip:1@h\r\ni: a\r\n"
		  "CSeq: 1 INVITE\r\nl: 0\r\n\r\n",
		  0 },
		{ "folded",
		  LINE "Via: SIP/2.0/UDP\r\n h:5070;branch=z9hG4bKa\r\n" FROM TO ID
		       "CSeq: 1\r\n\tINVITE\r\n" END,
		  0 },
		{ "tel", "INVITE tel:+8613800138000 SIP/2.0\r\n" VIA REST END, 0 },
		{ "re-INVITE", LINE VIA FROM "To: <sip:1@h>;tag=x\r\n" ID CSEQ END, 0 },
		{ "BYE", "BYE sip:1@h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 BYE\r\n" END, 405 },
		{ "FOO", "FOO sip:1@h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 FOO\r\n" END, 501 },
		{ "lower case method",
		  "invite sip:1@h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 invite\r\n" END, 501 },
		{ "other scheme", "INVITE mailto:a@b SIP/2.0\r\n" VIA REST END, 416 },
		{ "version", "INVITE sip:1@h SIP/3.0\r\n" VIA REST END, 505 },
		{ "no From", LINE VIA TO ID CSEQ END, 400 },
		{ "no To", LINE VIA FROM ID CSEQ END, 400 },
		{ "no Call-ID", LINE VIA FROM TO CSEQ END, 400 },
		{ "no CSeq", LINE VIA FROM TO ID END, 400 },
		{ "two From", LINE VIA REST FROM END, 400 },
		{ "two lengths", LINE VIA REST "Content-Length: 0\r\n" END, 400 },
		{ "length beyond", LINE VIA REST "Content-Length: 5\r\n\r\nabc", 400 },
		{ "huge length", LINE VIA REST "Content-Length: 99999999999999999999\r\n\r\n",
		  400 },
		{ "no blank line", LINE VIA REST, 400 },
		{ "no colon", LINE VIA REST "what is this\r\n" END, 400 },
		{ "CSeq of 2^31", LINE VIA FROM TO ID "CSeq: 2147483648 INVITE\r\n" END, 400 },
		{ "CSeq below", LINE VIA FROM TO ID "CSeq: 2147483647 INVITE\r\n" END, 0 },
		{ "CSeq of another", LINE VIA FROM TO ID "CSeq: 1 BYE\r\n" END, 400 },
		{ "Max-Forwards of 256", LINE VIA FROM TO ID CSEQ "Max-Forwards: 256\r\n" END,
		  400 },
		{ "spaces", "INVITE  sip:1@h SIP/2.0\r\n" VIA REST END, 400 },
		{ "space behind", "INVITE sip:1@h SIP/2.0 \r\n" VIA REST END, 400 },
		{ "angles", "INVITE <sip:1@h> SIP/2.0\r\n" VIA REST END, 400 },
		{ "headers in URI", "INVITE sip:1@h?Route=x SIP/2.0\r\n" VIA REST END, 400 },
		{ "IPv6 without brackets", "INVITE sip:2001:db8::1 SIP/2.0\r\n" VIA REST END, 400 },
		{ "IPv6", "INVITE sip:1@[2001:db8::1]:5060 SIP/2.0\r\n" VIA REST END, 0 },
		{ "open quote", LINE VIA "From: \"a <sip:2@h>;tag=1\r\n" TO ID CSEQ END, 400 },
		{ "comma in name", LINE VIA "From: A, B <sip:2@h>;tag=1\r\n" TO ID CSEQ END, 400 },
		{ "comma in quotes", LINE VIA "From: \"A, B\" <sip:2@h>;tag=1\r\n" TO ID CSEQ END,
		  0 },
		{ "space in angles", LINE VIA "From: < sip:2@h>;tag=1\r\n" TO ID CSEQ END, 400 },
		{ "bare cookie", LINE "Via: SIP/2.0/UDP h;branch=z9hG4bK\r\n" REST END, 400 },
		{ "no branch", LINE "Via: SIP/2.0/UDP h\r\n" REST END, 0 },
		{ "empty parameter", LINE "Via: SIP/2.0/UDP h;;branch=z9hG4bKa\r\n" REST END, 400 },
		{ "strange body", LINE VIA REST "Content-Type: a/b\r\nContent-Length: 1\r\n\r\nx",
		  415 },
		{ "strange body, optional",
		  LINE VIA REST "Content-Type: a/b\r\nContent-Disposition: x;handling=optional\r\n"
				"Content-Length: 1\r\n\r\nx",
		  0 },
		{ "body with ISUP",
		  LINE VIA REST
		  "Content-Type: multipart/mixed;boundary=x\r\nContent-Length: 1\r\n\r\nx",
		  0 },
		{ "no SDP accepted",
		  LINE VIA REST "Accept: a/b\r\nContent-Type: application/sdp\r\n"
				"Content-Length: 1\r\n\r\nx",
		  406 },
		{ "INVITE that requires", LINE VIA REST "Require: 100rel\r\n" END, 0 },
		{ "OPTIONS", "OPTIONS sip:h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 OPTIONS\r\n" END,
		  0 },
		{ "OPTIONS that requires",
		  "OPTIONS sip:h SIP/2.0\r\n" VIA FROM TO ID
		  "CSeq: 1 OPTIONS\r\nRequire: foo\r\n" END,
		  420 },
		{ "ACK", "ACK sip:1@h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 ACK\r\n" END, 0 },
		{ "CANCEL", "CANCEL sip:1@h SIP/2.0\r\n" VIA FROM TO ID "CSeq: 1 CANCEL\r\n" END,
		  0 },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct sip_request request;
		struct sip_head head;
		ck_assert_msg(read_text(table[i].text, &head, &request) == 0, "%s: not read",
			      table[i].name);
		ck_assert_msg(request.status == table[i].status, "%s: %d (%s), not %d",
			      table[i].name, request.status, request.why ? request.why : "",
			      table[i].status);
	}
}
END_TEST

START_TEST(test_request_when_not_to_be_answered_then_dropped)
{
	static const char *const table[] = {
		"",
		"\r\n\r\n",
		"hello",
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"SIP/2.0 200 OK\r\n" VIA REST END,
		"SIP/2.0 4294967301 Better not\r\n" VIA REST END,
		LINE REST END, /* no Via: to whom? */
		LINE "Via: nonsense\r\n" REST END,
		"INVITE sip:1@h\r\n" VIA REST END,
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct sip_request request;
		struct sip_head head;
		ck_assert_msg(read_text(table[i], &head, &request) == -EBADMSG, "row %zu", i);
	}
}
END_TEST

START_TEST(test_request_when_parties_then_who_calls_whom)
{
	static const struct {
		const char *text;
		const char *called, *from, *asserted;
		bool withheld;
		enum sip_verstat verstat; /* of asserted, else of From */
	} table[] = {
		{ LINE VIA REST END, "+8613800138000", "+8613712345678", "", false, 0 },
		{ "INVITE tel:+8613800138000;phone-context=x SIP/2.0\r\n" VIA REST END,
		  "+8613800138000", "+8613712345678", "", false, 0 },
		{ "INVITE sip:%2B8613800138000;npdi@h;user=phone SIP/2.0\r\n" VIA REST END,
		  "+8613800138000", "+8613712345678", "", false, 0 },
		{ "INVITE sip:a%00b@h SIP/2.0\r\n" VIA REST END, "", "+8613712345678", "", false,
		  0 },
		{ "INVITE sip:user;par=u%40example.net@h SIP/2.0\r\n" VIA REST END, "user",
		  "+8613712345678", "", false, 0 },
		{ LINE VIA REST "P-Asserted-Identity: <sip:+8613911112222@h>\r\n" END,
		  "+8613800138000", "+8613712345678", "+8613911112222", false, 0 },
		{ LINE VIA REST
		  "P-Asserted-Identity: \"A\" <sip:alice@h>, <tel:+447700900123>\r\n" END,
		  "+8613800138000", "+8613712345678", "+447700900123", false, 0 },
		{ LINE VIA REST "P-Asserted-Identity: <sip:alice@h>\r\n"
				"P-Asserted-Identity: tel:+447700900123\r\n" END,
		  "+8613800138000", "+8613712345678", "+447700900123", false, 0 },
		{ LINE VIA REST "Privacy: id\r\nP-Asserted-Identity: <tel:+447700900123>\r\n" END,
		  "+8613800138000", "+8613712345678", "+447700900123", true, 0 },
		{ LINE VIA REST "Privacy: none\r\n" END, "+8613800138000", "+8613712345678", "",
		  false, 0 },
		{ LINE VIA
		  "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n" TO ID CSEQ END,
		  "+8613800138000", "anonymous", "", true, 0 },
		{ LINE VIA
		  "From: "
		  "<sip:+8613712345678;verstat=TN-Validation-Failed@h;user=phone>;tag=1\r\n" TO ID
			  CSEQ END,
		  "+8613800138000", "+8613712345678", "", false, SIP_VERSTAT_FAILED },
		{ LINE VIA REST
		  "P-Asserted-Identity: <tel:+8613911112222;verstat=TN-Validation-Passed>\r\n" END,
		  "+8613800138000", "+8613712345678", "+8613911112222", false, SIP_VERSTAT_PASSED },
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct sip_request request;
		struct sip_head head;
		ck_assert_int_eq(read_text(table[i].text, &head, &request), 0);
		ck_assert_msg(request.status == 0, "row %zu: %s", i, request.why);
		ck_assert_msg(strcmp(request.called.user, table[i].called) == 0, "row %zu: '%s'", i,
			      request.called.user);
		ck_assert_msg(strcmp(request.from.user, table[i].from) == 0, "row %zu: '%s'", i,
			      request.from.user);
		ck_assert_msg(strcmp(request.asserted.user, table[i].asserted) == 0,
			      "row %zu: '%s'", i, request.asserted.user);
		ck_assert_msg(request.withheld == table[i].withheld, "row %zu", i);
		ck_assert_msg((request.asserted.present ? request.asserted.verstat
							: request.from.verstat) == table[i].verstat,
			      "row %zu: verstat", i);
	}
}
END_TEST

START_TEST(test_stream_when_cut_anywhere_then_waits_for_the_rest)
{
	static const char text[] =
		LINE VIA REST "Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";
	struct sip_request request;
	struct sip_head head;

	for (size_t len = 0; len < strlen(text); len++)
		ck_assert_msg(sip_head_read(text, len, SIP_STREAM, &head) == -EAGAIN, "at %zu",
			      len);
	ck_assert_int_eq(read_octets(text, strlen(text), SIP_STREAM, &head, &request), 0);
	ck_assert_int_eq(request.status, 0);
	ck_assert_uint_eq(head.octets.len + head.body_len, strlen(text));
}
END_TEST

START_TEST(test_stream_when_it_cannot_be_framed_then_400)
{
	static const char *const table[] = {
		LINE VIA REST "\r\n",
		LINE VIA REST "Content-Length: -1\r\n\r\n",
		LINE VIA REST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
	};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct sip_request request;
		struct sip_head head;
		ck_assert_int_eq(
			read_octets(table[i], strlen(table[i]), SIP_STREAM, &head, &request), 0);
		ck_assert_msg(request.status == 400, "row %zu: %d", i, request.status);
	}
}
END_TEST

static size_t answer(const char *text, const struct sip_answer *what, char out[ANSWER_MAX])
{
	struct sip_request request;
	struct sip_head head;
	ssize_t n;

	ck_assert_int_eq(read_text(text, &head, &request), 0);
	n = sip_response_write(&request, sip_transaction(key, &request), &near_source, what, out,
			       ANSWER_MAX - 1);
	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	return (size_t)n;
}

START_TEST(test_response_when_written_then_copies_what_it_must)
{
	static const char text[] =
		LINE "Via: SIP/2.0/UDP 192.0.2.1:5070 ;branch=z9hG4bKabc ;rport, SIP/2.0/TCP b\r\n"
		     "Via: SIP/2.0/UDP c;branch=z9hG4bKc\r\n" REST END;
	const struct sip_answer go_on = { .status = 302,
					  .contact = { "sip:1@h", 7 },
					  .screening = "allow" };
	char out[ANSWER_MAX], again[ANSWER_MAX];

	answer(text, &go_on, out);
	ck_assert_msg(strncmp(out, "SIP/2.0 302 Moved Temporarily\r\n", 31) == 0, "%s", out);
	ck_assert_msg(strstr(out,
			     "\r\nVia: SIP/2.0/UDP 192.0.2.1:5070 ;branch=z9hG4bKabc ;rport=4444"
			     ";received=198.51.100.7, SIP/2.0/TCP b\r\n"
			     "Via: SIP/2.0/UDP c;branch=z9hG4bKc\r\n") != NULL,
		      "%s", out);
	ck_assert_msg(strstr(out, "\r\n" FROM) != NULL, "%s", out);
	ck_assert_msg(strstr(out, "To: <sip:+8613800138000@home.example>;tag=") != NULL, "%s", out);
	ck_assert_msg(strstr(out, "\r\n" ID CSEQ) != NULL, "%s", out);
	ck_assert_msg(strstr(out, "\r\nContact: <sip:1@h>\r\n") != NULL, "%s", out);
	ck_assert_msg(strstr(out, "\r\nX-Screening: allow\r\n") != NULL, "%s", out);
	ck_assert_msg(strcmp(out + strlen(out) - 21, "Content-Length: 0\r\n\r\n") == 0, "%s", out);
	answer(text, &go_on, again);
	ck_assert_str_eq(out, again);
}
END_TEST

START_TEST(test_response_when_requests_differ_then_tags_differ)
{
	static const char *const table[] = {
		LINE VIA REST END,
		LINE "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabd\r\n" REST END,
		LINE VIA FROM TO "Call-ID: c2\r\n" CSEQ END,
		LINE VIA FROM TO ID "CSeq: 2 INVITE\r\n" END,
		LINE VIA "From: <sip:+8613712345678@home.example>;tag=f2\r\n" TO ID CSEQ END,
		"INVITE sip:+8613800138001@home.example SIP/2.0\r\n" VIA REST END,
	};
	uint64_t seen[COUNT_OF(table)];

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct sip_request request;
		struct sip_head head;
		ck_assert_int_eq(read_text(table[i], &head, &request), 0);
		seen[i] = sip_transaction(key, &request);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(seen[k] != seen[i], "rows %zu and %zu", k, i);
	}
}
END_TEST

START_TEST(test_response_when_rejected_then_the_operators_words)
{
	const struct sip_answer rejected = { .status = 603,
					     .phrase = "Network Blocked",
					     .reason = "Q.850;cause=21;text=\"v=analytics1\"",
					     .call_info =
						     "<https://example.net/r>;purpose=jwscard" };
	char out[ANSWER_MAX];

	answer(LINE VIA REST END, &rejected, out);
	ck_assert_msg(strncmp(out, "SIP/2.0 603 Network Blocked\r\n", 29) == 0, "%s", out);
	ck_assert_ptr_nonnull(strstr(out, "\r\nReason: Q.850;cause=21;text=\"v=analytics1\"\r\n"));
	ck_assert_ptr_nonnull(
		strstr(out, "\r\nCall-Info: <https://example.net/r>;purpose=jwscard\r\n"));
	ck_assert_ptr_null(strstr(out, "Contact:"));
}
END_TEST

START_TEST(test_response_when_room_is_short_then_refused)
{
	const struct sip_answer what = { .status = 603 };
	struct sip_request request;
	struct sip_head head;
	char out[ANSWER_MAX];

	ck_assert_int_eq(read_text(LINE VIA REST END, &head, &request), 0);
	ssize_t whole = sip_response_write(&request, 1, &near_source, &what, out, sizeof(out));
	ck_assert_int_gt(whole, 0);
	for (size_t cap = 0; cap < (size_t)whole; cap++)
		ck_assert_int_eq(sip_response_write(&request, 1, &near_source, &what, out, cap),
				 -EMSGSIZE);
}
END_TEST

/* ---- RFC 4475 and RFC 5118 ---- */

enum { DROPPED = -1 };

/* The status that each message may get; 0: served. Where the RFC lets an element choose, both. The
 * method is looked at before what only matters to who serves it: REGISTER is not served here. */
static const struct {
	const char *name;
	int status, other;
} torture[] = {
	{ "wsinv", 0, 0 },
	{ "intmeth", 501, 405 },
	{ "esc01", 0, 0 },
	{ "escnull", 405, 405 },
	{ "esc02", 501, 405 },
	{ "lwsdisp", 0, 0 },
	{ "longreq", 0, 0 },
	{ "dblreq", 405, 405 },
	{ "semiuri", 0, 0 },
	{ "transports", 0, 0 },
	{ "mpart01", 405, 405 },
	{ "unreason", DROPPED, DROPPED },
	{ "noreason", DROPPED, DROPPED },
	{ "badinv01", 400, 400 },
	{ "clerr", 400, 400 },
	{ "ncl", 400, 400 },
	{ "scalar02", 400, 400 },
	{ "scalarlg", DROPPED, DROPPED },
	{ "quotbal", 400, 400 },
	{ "ltgtruri", 400, 400 },
	{ "lwsruri", 400, 400 },
	{ "lwsstart", 400, 400 },
	{ "trws", 400, 400 },
	{ "escruri", 400, 400 },
	{ "baddate", 400, 0 },
	{ "regbadct", 400, 400 },
	{ "badaspec", 400, 0 },
	{ "baddn", 400, 400 },
	{ "badvers", 505, 505 },
	{ "mismatch01", 400, 400 },
	{ "mismatch02", 400, 501 },
	{ "bigcode", DROPPED, DROPPED },
	{ "badbranch", 400, 400 },
	{ "insuf", 400, 400 },
	{ "unkscm", 416, 416 },
	{ "novelsc", 416, 416 },
	{ "unksm2", 405, 400 },
	{ "bext01", 420, 420 },
	{ "invut", 415, 415 },
	{ "regaut01", 405, 405 },
	{ "multi01", 400, 400 },
	{ "mcl01", 400, 400 },
	{ "bcast", DROPPED, DROPPED },
	{ "zeromf", 0, 0 },
	{ "cparam01", 405, 405 },
	{ "cparam02", 405, 405 },
	{ "regescrt", 405, 405 },
	{ "sdp01", 406, 406 },
	{ "inv2543", 0, 0 },
	{ "rfc5118-ipv6-good", 405, 405 },
	{ "rfc5118-ipv6-bad", 400, 400 },
	{ "rfc5118-port-ambiguous", 405, 405 },
	{ "rfc5118-port-unambiguous", 405, 405 },
	{ "rfc5118-via-received-param-with-delim", 405, 405 },
	{ "rfc5118-via-received-param-no-delim", 0, 0 },
	{ "rfc5118-ipv6-in-sdp", 0, 0 },
	{ "rfc5118-mult-ip-in-header", 405, 405 },
	{ "rfc5118-mult-ip-in-sdp", 0, 0 },
	{ "rfc5118-ipv4-mapped-ipv6", 0, 0 },
	{ "rfc5118-ipv6-bug-abnf-3-colons", 0, 0 },
	{ "rfc5118-ipv6-correct-abnf-2-colons", 0, 0 },
};

#define TORTURE "../shared/data/sip-torture"

static size_t load(const char *name, char out[SIP_MESSAGE_MAX])
{
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), TORTURE "/%s.sip", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(out, 1, SIP_MESSAGE_MAX, file);
	fclose(file);
	return n;
}

static int torture_status(const char *octets, size_t len)
{
	const struct sip_answer what = { .status = 400 };
	static char out[ANSWER_MAX];
	struct sip_request request;
	struct sip_head head;

	if (read_octets(octets, len, SIP_DATAGRAM, &head, &request) < 0)
		return DROPPED;
	ck_assert_int_gt(sip_response_write(&request, sip_transaction(key, &request), &near_source,
					    &what, out, sizeof(out)),
			 0);
	return request.status;
}

START_TEST(test_torture_when_read_then_as_the_rfc_says)
{
	char octets[SIP_MESSAGE_MAX];

	if (access(TORTURE, R_OK) != 0) {
		fprintf(stderr, "skipped: " TORTURE " is not here\n");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(torture); i++) {
		size_t len = load(torture[i].name, octets);
		int status = torture_status(octets, len);
		ck_assert_msg(status == torture[i].status || status == torture[i].other,
			      "%s: %d, not %d", torture[i].name, status, torture[i].status);
	}
}
END_TEST

/* Cut and broken anywhere, they are only ever answered or dropped. */
START_TEST(test_torture_when_cut_anywhere_then_no_crash)
{
	char octets[SIP_MESSAGE_MAX];

	if (access(TORTURE, R_OK) != 0) {
		fprintf(stderr, "skipped: " TORTURE " is not here\n");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(torture); i++) {
		size_t len = load(torture[i].name, octets);
		for (size_t cut = 0; cut < len; cut += 7) {
			char *copy = malloc(cut ? cut : 1);
			memcpy(copy, octets, cut);
			torture_status(copy, cut);
			free(copy);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_request");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_request_when_of_any_form_then_status);
	tcase_add_test(tc, test_request_when_not_to_be_answered_then_dropped);
	tcase_add_test(tc, test_request_when_parties_then_who_calls_whom);
	tcase_add_test(tc, test_stream_when_cut_anywhere_then_waits_for_the_rest);
	tcase_add_test(tc, test_stream_when_it_cannot_be_framed_then_400);
	tcase_add_test(tc, test_response_when_written_then_copies_what_it_must);
	tcase_add_test(tc, test_response_when_requests_differ_then_tags_differ);
	tcase_add_test(tc, test_response_when_rejected_then_the_operators_words);
	tcase_add_test(tc, test_response_when_room_is_short_then_refused);
	tcase_add_test(tc, test_torture_when_read_then_as_the_rfc_says);
	tcase_add_test(tc, test_torture_when_cut_anywhere_then_no_crash);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
