/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_tls.c - two streams that hand each other what they have to send, without a socket. */
#include <errno.h>
#include <openssl/ssl.h>
#include <talloc.h>

#include "smpp/smpp_tls.h"
#include "certificates.h"

enum { ROUNDS = 20, PLAIN_MAX = 100000 };

static struct smpp_tls *make(const struct smpp_tls_config *config)
{
	struct smpp_tls_fault fault = { 0 };
	struct smpp_tls *tls = smpp_tls_create(NULL, config, &fault);

	ck_assert_msg(tls != NULL, "%s: %s", fault.item, fault.text);
	return tls;
}

static struct smpp_tls *make_server(const char *name, enum smpp_tls_verify verify)
{
	char certificate[64], key[64];

	snprintf(certificate, sizeof(certificate), "%s.pem", name);
	snprintf(key, sizeof(key), "%s.key", name);
	return make(&(struct smpp_tls_config){ .server = true,
					       .certificate = certificate_path(certificate),
					       .key = certificate_path(key),
					       .ca = certificate_path("authority.pem"),
					       .verify = verify });
}

/* ---- files ---- */

static const struct file_row {
	const char *name;
	const char *certificate;
	const char *key;
	const char *ca;
	const char *fingerprint;
	enum smpp_tls_verify verify;
	bool client;
	const char *item;
	const char *text; /* a part of it */
} file_rows[] = {
	{ "no certificate", NULL, NULL, NULL, NULL, 0, false, "certificate", "is missing" },
	{ "no such file", "none.pem", "server.key", NULL, NULL, 0, false, "certificate",
	  "none.pem: No such file" },
	{ "no PEM", "rubbish.pem", "server.key", NULL, NULL, 0, false, "certificate",
	  "rubbish.pem: no start line" },
	{ "no key", "server.pem", "none.key", NULL, NULL, 0, false, "key",
	  "none.key: No such file" },
	{ "no key in the certificate's file", "server.pem", NULL, NULL, NULL, 0, false, "key",
	  "server.pem: " },
	{ "another key", "server.pem", "client.key", NULL, NULL, 0, false, "key",
	  "client.key: key values mismatch" },
	{ "a key with a passphrase", "server.pem", "locked.key", NULL, NULL, 0, false, "key",
	  "locked.key: " },
	{ "no authority for clients", "server.pem", "server.key", NULL, NULL,
	  SMPP_TLS_VERIFY_OPTIONAL, false, "ca", "is missing" },
	{ "no authority's file", "server.pem", "server.key", "none.pem", NULL,
	  SMPP_TLS_VERIFY_REQUIRED, false, "ca", "none.pem: No such file" },
	{ "an authority that is none", "server.pem", "server.key", "rubbish.pem", NULL,
	  SMPP_TLS_VERIFY_REQUIRED, false, "ca", "rubbish.pem: " },
	{ "client: nothing to know the server by", NULL, NULL, NULL, NULL, 0, true, "ca",
	  "is missing" },
	{ "client: half a fingerprint", NULL, NULL, NULL, "AB:CD", 0, true, "fingerprint",
	  "64 hex digits" },
	{ "client: a key only", NULL, "client.key", "authority.pem", NULL, 0, true, "certificate",
	  "is missing" },
};

START_TEST(test_create_when_a_file_is_wrong_then_it_and_the_reason_are_named)
{
	const struct file_row *row = &file_rows[_i];
	const struct smpp_tls_config config = { .server = !row->client,
						.certificate = certificate_path(row->certificate),
						.key = certificate_path(row->key),
						.ca = certificate_path(row->ca),
						.fingerprint = row->fingerprint,
						.verify = row->verify };
	struct smpp_tls_fault fault = { 0 };
	void *root = talloc_new(NULL);

	ck_assert_msg(!smpp_tls_create(root, &config, &fault), "%s", row->name);
	ck_assert_msg(strcmp(fault.item, row->item) == 0, "%s: %s", row->name, fault.item);
	ck_assert_msg(strstr(fault.text, row->text) != NULL, "%s: %s", row->name, fault.text);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}
END_TEST

START_TEST(test_expires_when_the_certificate_ends_then_told)
{
	struct smpp_tls *tls = make_server("server", SMPP_TLS_VERIFY_OFF);
	struct smpp_tls *old = make_server("expired", SMPP_TLS_VERIFY_OFF);
	int64_t now_s = (int64_t)time(NULL);

	ck_assert_int_gt(smpp_tls_expires_s(tls), now_s + 86400);
	ck_assert_int_lt(smpp_tls_expires_s(old), now_s);
	talloc_free(tls);
	talloc_free(old);
}
END_TEST

START_TEST(test_fingerprint_when_written_in_any_way_then_read)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff", 0 },
		{ "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:"
		  "1A:1B:1C:1D:1E:FF",
		  0 },
		{ "", -EINVAL },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1ef", -EINVAL },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff0", -EINVAL },
		{ "0:00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff", -EINVAL },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1egg", -EINVAL },
	};
	uint8_t octets[SMPP_TLS_FINGERPRINT_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(smpp_tls_fingerprint_read(rows[i].text, octets) == rows[i].rc, "%s",
			      rows[i].text);
		ck_assert(rows[i].rc < 0 || (octets[10] == 10 && octets[31] == 255));
	}
}
END_TEST

/* ---- handshakes ---- */

struct end {
	struct smpp_tls_stream *stream;
	uint8_t plain[PLAIN_MAX];
	size_t len;
	ssize_t last; /* of the reads */
};

static void end_open(struct end *end, const struct smpp_tls *tls)
{
	end->len = 0;
	end->last = 0;
	end->stream = smpp_tls_stream_create(NULL, tls);
	ck_assert_ptr_nonnull(end->stream);
}

static void end_read(struct end *end)
{
	do {
		end->last = smpp_tls_read(end->stream, end->plain + end->len,
					  sizeof(end->plain) - end->len);
		end->len += end->last > 0 ? (size_t)end->last : 0;
	} while (end->last > 0);
}

/* What one has to send, in pieces of at most `step`, to the other. */
static void carry(struct end *from, struct end *to, size_t step)
{
	size_t len;
	const uint8_t *data;

	while ((data = smpp_tls_output(from->stream, &len)) && len > 0) {
		size_t part = len < step ? len : step;

		ck_assert_int_eq(smpp_tls_input(to->stream, data, part), 0);
		smpp_tls_output_taken(from->stream, part);
		end_read(to);
	}
}

static void converse(struct end *server, struct end *client, size_t step)
{
	end_read(client);
	for (int i = 0; i < ROUNDS; i++) {
		carry(client, server, step);
		carry(server, client, step);
	}
}

static const struct pair_row {
	const char *name;
	const char *server; /* its certificate */
	enum smpp_tls_verify verify;
	const char *client; /* its certificate, NULL: none */
	const char *ca;
	const char *expected; /* the name that the client wants */
	const char *pin;
	const char *server_fault; /* a part of it; NULL: none */
	const char *client_fault;
	const char *subject; /* as the server sees it */
} pair_rows[] = {
	{ "by name", "server", 0, NULL, "authority.pem", "smpp.example", NULL, NULL, NULL, NULL },
	{ "by address", "server", 0, NULL, "authority.pem", "127.0.0.1", NULL, NULL, NULL, NULL },
	{ "by authority alone", "server", 0, NULL, "authority.pem", NULL, NULL, NULL, NULL, NULL },
	{ "by fingerprint", "server", 0, NULL, NULL, NULL, "server.pem", NULL, NULL, NULL },
	{ "another name", "server", 0, NULL, "authority.pem", "smsc.example", NULL, "",
	  "ostname mismatch", NULL },
	{ "another address", "server", 0, NULL, "authority.pem", "127.0.0.2", NULL, "",
	  "IP address mismatch", NULL },
	{ "another authority", "server", 0, NULL, "stranger.pem", NULL, NULL, "unknown ca",
	  "unable to get local issuer", NULL },
	{ "another fingerprint", "renewed", 0, NULL, NULL, NULL, "server.pem", "",
	  "not the one of the fingerprint", NULL },
	{ "expired", "expired", 0, NULL, "authority.pem", NULL, NULL, "expired", "has expired",
	  NULL },
	{ "client without, optional", "server", SMPP_TLS_VERIFY_OPTIONAL, NULL, "authority.pem",
	  NULL, NULL, NULL, NULL, NULL },
	{ "client with, optional", "server", SMPP_TLS_VERIFY_OPTIONAL, "client", "authority.pem",
	  NULL, NULL, NULL, NULL, "CN=smsc1,O=短信中心" },
	{ "client with, not asked", "server", SMPP_TLS_VERIFY_OFF, "client", "authority.pem", NULL,
	  NULL, NULL, NULL, NULL },
	{ "client with, required", "server", SMPP_TLS_VERIFY_REQUIRED, "client", "authority.pem",
	  NULL, NULL, NULL, NULL, "CN=smsc1,O=短信中心" },
	{ "client without, required", "server", SMPP_TLS_VERIFY_REQUIRED, NULL, "authority.pem",
	  NULL, NULL, "did not return a certificate", "certificate required", NULL },
	{ "client's of a stranger, optional", "server", SMPP_TLS_VERIFY_OPTIONAL, "foreign",
	  "authority.pem", NULL, NULL, "certificate verify failed", "unknown ca", NULL },
	{ "client's has expired", "server", SMPP_TLS_VERIFY_REQUIRED, "expired", "authority.pem",
	  NULL, NULL, "certificate has expired", "certificate expired", NULL },
};

static struct smpp_tls *make_client(const struct pair_row *row)
{
	char certificate[64], key[64];

	snprintf(certificate, sizeof(certificate), "%s.pem", row->client ? row->client : "");
	snprintf(key, sizeof(key), "%s.key", row->client ? row->client : "");
	return make(&(struct smpp_tls_config){
		.certificate = row->client ? certificate_path(certificate) : NULL,
		.key = row->client ? certificate_path(key) : NULL,
		.ca = certificate_path(row->ca),
		.name = row->expected,
		.fingerprint = row->pin ? certificate_fingerprint(row->pin) : NULL,
	});
}

static void check_fault(const struct pair_row *row, const char *who, const struct end *end,
			const char *wanted)
{
	const char *fault = smpp_tls_stream_fault(end->stream);

	ck_assert_msg(wanted ? strstr(fault, wanted) && fault[0] : !fault[0], "%s: %s: \"%s\"",
		      row->name, who, fault);
	ck_assert_msg(end->last == (wanted ? -EPROTO : 0), "%s: %s read %zd", row->name, who,
		      end->last);
}

static void check_peer(const struct pair_row *row, const struct end *server)
{
	const struct smpp_tls_peer *peer = smpp_tls_peer(server->stream);
	uint8_t wanted[SMPP_TLS_FINGERPRINT_SIZE];

	ck_assert_msg(!peer == !row->subject, "%s", row->name);
	if (!peer)
		return;
	ck_assert_msg(strcmp(peer->subject, row->subject) == 0, "%s: %s", row->name, peer->subject);
	ck_assert_int_eq(smpp_tls_fingerprint_read(certificate_fingerprint("client.pem"), wanted),
			 0);
	ck_assert_int_eq(memcmp(peer->fingerprint, wanted, sizeof(wanted)), 0);
}

START_TEST(test_handshake_when_certificates_differ_then_as_the_table_says)
{
	static struct end server, client;
	const struct pair_row *row = &pair_rows[_i];
	struct smpp_tls *ours = make_server(row->server, row->verify);
	struct smpp_tls *theirs = make_client(row);

	end_open(&server, ours);
	end_open(&client, theirs);
	/* What the files said stays with the streams. */
	talloc_free(ours);
	talloc_free(theirs);
	converse(&server, &client, SIZE_MAX);
	check_fault(row, "the server", &server, row->server_fault);
	check_fault(row, "the client", &client, row->client_fault);
	if (!row->server_fault) {
		ck_assert(smpp_tls_ready(server.stream) && smpp_tls_ready(client.stream));
		ck_assert_str_eq(smpp_tls_version(server.stream), "TLSv1.3");
		check_peer(row, &server);
	}
	talloc_free(server.stream);
	talloc_free(client.stream);
}
END_TEST

/* A peer of another making, which speaks what it is told to. */
static SSL *other_client(int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(context, version);
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	return ssl;
}

static void converse_other(struct end *server, SSL *ssl)
{
	uint8_t octets[4096];
	const uint8_t *data;
	size_t len;
	int n;

	for (int i = 0; i < ROUNDS; i++) {
		SSL_do_handshake(ssl);
		while ((n = BIO_read(SSL_get_wbio(ssl), octets, sizeof(octets))) > 0)
			ck_assert_int_eq(smpp_tls_input(server->stream, octets, (size_t)n), 0);
		end_read(server);
		data = smpp_tls_output(server->stream, &len);
		ck_assert(len == 0 || BIO_write(SSL_get_rbio(ssl), data, (int)len) == (int)len);
		smpp_tls_output_taken(server->stream, len);
	}
}

START_TEST(test_handshake_when_the_version_is_old_then_refused)
{
	static const struct {
		int version;
		const char *fault;
	} rows[] = {
		{ TLS1_VERSION, "unsupported protocol" },
		{ TLS1_1_VERSION, "unsupported protocol" },
		{ TLS1_2_VERSION, "" },
		{ TLS1_3_VERSION, "" },
	};
	static struct end server;
	struct smpp_tls *tls = make_server("server", SMPP_TLS_VERIFY_OFF);
	SSL *ssl = other_client(rows[_i].version);

	end_open(&server, tls);
	converse_other(&server, ssl);
	ck_assert_int_eq(smpp_tls_ready(server.stream), !rows[_i].fault[0]);
	ck_assert_ptr_nonnull(strstr(smpp_tls_stream_fault(server.stream), rows[_i].fault));
	/* A wish to begin again is not heard. */
	if (rows[_i].version == TLS1_2_VERSION) {
		ck_assert_int_eq(SSL_renegotiate(ssl), 1);
		converse_other(&server, ssl);
		ck_assert_int_eq(SSL_is_init_finished(ssl), 0);
	}
	SSL_free(ssl);
	talloc_free(server.stream);
	talloc_free(tls);
}
END_TEST

static const struct {
	const char *name;
	const char *octets;
	size_t len;
} strangers[] = {
	{ "a bind without TLS", "\0\0\0\x20\0\0\0\x09\0\0\0\0\0\0\0\1smsc\0pass\0\0\x34\0\0\0",
	  32 },
	{ "HTTP", "GET / HTTP/1.1\r\n\r\n", 18 },
	{ "zeroes", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16 },
	{ "a record that lies", "\x16\x03\x01\x00\x10\x01\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
	  21 },
};

START_TEST(test_handshake_when_it_is_none_then_broken_off)
{
	static struct end server;
	struct smpp_tls *tls = make_server("server", SMPP_TLS_VERIFY_OFF);

	end_open(&server, tls);
	ck_assert_int_eq(smpp_tls_input(server.stream, (const uint8_t *)strangers[_i].octets,
					strangers[_i].len),
			 0);
	end_read(&server);
	ck_assert_msg(server.last == -EPROTO, "%s", strangers[_i].name);
	ck_assert_int_eq(strncmp(smpp_tls_stream_fault(server.stream), "TLS: ", 5), 0);
	/* And stays so. */
	ck_assert_int_eq(smpp_tls_read(server.stream, server.plain, 10), -EPROTO);
	ck_assert_int_eq(smpp_tls_write(server.stream, server.plain, 10), -EPROTO);
	smpp_tls_close(server.stream);
	talloc_free(server.stream);
	talloc_free(tls);
}
END_TEST

/* ---- octets ---- */

static const size_t steps[] = { 1, 7, 1000, SIZE_MAX };

START_TEST(test_octets_when_cut_anywhere_then_the_same_come_out)
{
	static struct end server, client;
	static uint8_t octets[PLAIN_MAX];
	struct smpp_tls *ours = make_server("server", SMPP_TLS_VERIFY_OFF);
	struct smpp_tls *theirs = make_client(&pair_rows[0]);

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
	end_open(&server, ours);
	end_open(&client, theirs);
	ck_assert_int_eq(smpp_tls_write(client.stream, octets, 1), -EAGAIN);
	converse(&server, &client, steps[_i]);
	ck_assert_int_eq(smpp_tls_write(client.stream, octets, sizeof(octets)), 0);
	ck_assert_int_eq(smpp_tls_write(server.stream, octets, 100), 0);
	converse(&server, &client, steps[_i]);
	ck_assert_uint_eq(server.len, sizeof(octets));
	ck_assert_int_eq(memcmp(server.plain, octets, sizeof(octets)), 0);
	ck_assert_uint_eq(client.len, 100);
	smpp_tls_close(client.stream);
	carry(&client, &server, steps[_i]);
	ck_assert_int_eq(server.last, -EPIPE);
	/* The other direction is open still. */
	ck_assert_int_eq(smpp_tls_write(server.stream, octets, 50), 0);
	carry(&server, &client, steps[_i]);
	ck_assert_uint_eq(client.len, 150);
	talloc_free(server.stream);
	talloc_free(client.stream);
	talloc_free(ours);
	talloc_free(theirs);
}
END_TEST

START_TEST(test_octets_when_one_was_changed_on_the_way_then_broken_off)
{
	static struct end server, client;
	struct smpp_tls *ours = make_server("server", SMPP_TLS_VERIFY_OFF);
	struct smpp_tls *theirs = make_client(&pair_rows[0]);
	uint8_t octets[512];
	size_t len;

	end_open(&server, ours);
	end_open(&client, theirs);
	converse(&server, &client, SIZE_MAX);
	memset(octets, 'x', sizeof(octets));
	ck_assert_int_eq(smpp_tls_write(client.stream, octets, 200), 0);
	memcpy(octets, smpp_tls_output(client.stream, &len), 100);
	ck_assert_uint_lt(len, sizeof(octets));
	memcpy(octets, smpp_tls_output(client.stream, &len), len);
	octets[len / 2] ^= 1;
	ck_assert_int_eq(smpp_tls_input(server.stream, octets, len), 0);
	end_read(&server);
	ck_assert_int_eq(server.last, -EPROTO);
	ck_assert_uint_eq(server.len, 0);
	talloc_free(server.stream);
	talloc_free(client.stream);
	talloc_free(ours);
	talloc_free(theirs);
}
END_TEST

#define ADD_TABLE(tests, test, rows)                                                               \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof(rows[0])))

int main(void)
{
	Suite *suite = suite_create("smpp_tls");
	TCase *tests = tcase_create("tls");

	tcase_set_timeout(tests, 60);
	tcase_add_unchecked_fixture(tests, certificates_make, certificates_remove);
	ADD_TABLE(tests, test_create_when_a_file_is_wrong_then_it_and_the_reason_are_named,
		  file_rows);
	tcase_add_test(tests, test_expires_when_the_certificate_ends_then_told);
	tcase_add_test(tests, test_fingerprint_when_written_in_any_way_then_read);
	ADD_TABLE(tests, test_handshake_when_certificates_differ_then_as_the_table_says, pair_rows);
	tcase_add_loop_test(tests, test_handshake_when_the_version_is_old_then_refused, 0, 4);
	ADD_TABLE(tests, test_handshake_when_it_is_none_then_broken_off, strangers);
	ADD_TABLE(tests, test_octets_when_cut_anywhere_then_the_same_come_out, steps);
	tcase_add_test(tests, test_octets_when_one_was_changed_on_the_way_then_broken_off);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
