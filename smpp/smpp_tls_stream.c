/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tls_stream.c - one connection: OpenSSL between two buffers in memory. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_tls_priv.h"

enum { RECORD_MAX = 16 * 1024, FAULT_MAX = 192 };

struct smpp_tls_stream {
	SSL *ssl;
	BIO *in;  /* owned by ssl */
	BIO *out; /* owned by ssl */
	bool broken;
	bool pinned;
	uint8_t fingerprint[SMPP_TLS_FINGERPRINT_SIZE];
	struct smpp_tls_peer *peer;
	char fault[FAULT_MAX];
};

static int stream_destructor(struct smpp_tls_stream *stream)
{
	SSL_free(stream->ssl);
	return 0;
}

/* A certificate is for an address or for a name, and says which. */
static bool demand_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
		return true;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static bool stream_open(struct smpp_tls_stream *stream, const struct smpp_tls *tls)
{
	stream->pinned = tls->pinned;
	memcpy(stream->fingerprint, tls->fingerprint, sizeof(stream->fingerprint));
	stream->ssl = SSL_new(tls->context);
	if (!stream->ssl)
		return false;
	stream->in = BIO_new(BIO_s_mem());
	stream->out = BIO_new(BIO_s_mem());
	SSL_set_bio(stream->ssl, stream->in, stream->out);
	if (!stream->in || !stream->out || SSL_set_app_data(stream->ssl, stream) != 1)
		return false;
	if (tls->server)
		SSL_set_accept_state(stream->ssl);
	else
		SSL_set_connect_state(stream->ssl);
	return !tls->name || demand_name(stream->ssl, tls->name);
}

struct smpp_tls_stream *smpp_tls_stream_create(void *ctx, const struct smpp_tls *tls)
{
	struct smpp_tls_stream *stream = talloc_zero(ctx, struct smpp_tls_stream);

	if (!stream)
		return NULL;
	talloc_set_destructor(stream, stream_destructor);
	if (!stream_open(stream, tls)) {
		talloc_free(stream);
		stream = NULL;
	}
	ERR_clear_error();
	return stream;
}

static bool digest(const X509 *certificate, uint8_t out[SMPP_TLS_FINGERPRINT_SIZE])
{
	unsigned len = 0;

	return certificate && X509_digest(certificate, EVP_sha256(), out, &len) == 1 &&
	       len == SMPP_TLS_FINGERPRINT_SIZE;
}

int smpp_tls_verify_pinned(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct smpp_tls_stream *stream = SSL_get_app_data(ssl);
	uint8_t found[SMPP_TLS_FINGERPRINT_SIZE];

	(void)arg;
	if (digest(X509_STORE_CTX_get0_cert(store), found) &&
	    memcmp(found, stream->fingerprint, sizeof(found)) == 0)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

/* ---- faults ---- */

static const char *why_not_verified(const struct smpp_tls_stream *stream)
{
	long result = SSL_get_verify_result(stream->ssl);

	if (result == X509_V_OK)
		return NULL;
	if (stream->pinned && result == X509_V_ERR_APPLICATION_VERIFICATION)
		return "it is not the one of the fingerprint";
	return X509_verify_cert_error_string(result);
}

static int break_off(struct smpp_tls_stream *stream)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	const char *more = why_not_verified(stream);

	if (!stream->broken)
		snprintf(stream->fault, sizeof(stream->fault), "TLS: %s%s%s",
			 reason ? reason : "failed", more ? ": " : "", more ? more : "");
	stream->broken = true;
	ERR_clear_error();
	return -EPROTO;
}

/* ---- the peer's certificate ---- */

/* RFC 2253, but with characters beyond ASCII as UTF-8 rather than escaped. */
static const char *subject_of(void *ctx, const X509 *certificate)
{
	BIO *text = BIO_new(BIO_s_mem());
	const char *subject = NULL;
	char *data;
	long len;

	if (text &&
	    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0,
			       XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(text, &data);
		subject = talloc_strndup(ctx, len > 0 ? data : "", len > 0 ? (size_t)len : 0);
	}
	BIO_free(text);
	return subject;
}

/* False without memory. */
static bool note_peer(struct smpp_tls_stream *stream)
{
	X509 *certificate = SSL_get0_peer_certificate(stream->ssl);
	struct smpp_tls_peer *peer;

	if (!certificate || stream->peer)
		return true;
	peer = talloc_zero(stream, struct smpp_tls_peer);
	if (peer)
		peer->subject = subject_of(peer, certificate);
	if (!peer || !peer->subject || !digest(certificate, peer->fingerprint)) {
		talloc_free(peer);
		return false;
	}
	stream->peer = peer;
	return true;
}

/* ---- octets ---- */

int smpp_tls_input(struct smpp_tls_stream *stream, const uint8_t *data, size_t len)
{
	return BIO_write(stream->in, data, (int)len) == (int)len ? 0 : -ENOMEM;
}

static ssize_t read_failed(struct smpp_tls_stream *stream, int rc)
{
	switch (SSL_get_error(stream->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return -EPIPE;
	}
	return break_off(stream);
}

ssize_t smpp_tls_read(struct smpp_tls_stream *stream, uint8_t *out, size_t cap)
{
	int rc;

	if (stream->broken)
		return -EPROTO;
	ERR_clear_error();
	rc = SSL_read(stream->ssl, out, cap < INT32_MAX ? (int)cap : INT32_MAX);
	if (smpp_tls_ready(stream) && !note_peer(stream))
		return break_off(stream);
	return rc > 0 ? rc : read_failed(stream, rc);
}

int smpp_tls_write(struct smpp_tls_stream *stream, const uint8_t *data, size_t len)
{
	if (stream->broken)
		return -EPROTO;
	if (!smpp_tls_ready(stream))
		return -EAGAIN;
	ERR_clear_error();
	while (len > 0) {
		size_t part = len < RECORD_MAX ? len : RECORD_MAX;

		/* Into memory: it is taken as a whole, or there is none. */
		if (SSL_write(stream->ssl, data, (int)part) != (int)part)
			return break_off(stream);
		data += part;
		len -= part;
	}
	return 0;
}

void smpp_tls_close(struct smpp_tls_stream *stream)
{
	if (stream->broken || !smpp_tls_ready(stream))
		return;
	ERR_clear_error();
	if (SSL_shutdown(stream->ssl) < 0)
		break_off(stream);
}

const uint8_t *smpp_tls_output(const struct smpp_tls_stream *stream, size_t *len)
{
	char *data = NULL;
	long waiting = BIO_get_mem_data(stream->out, &data);

	*len = waiting > 0 ? (size_t)waiting : 0;
	return (const uint8_t *)data;
}

void smpp_tls_output_taken(struct smpp_tls_stream *stream, size_t len)
{
	uint8_t sink[1024];

	if (len == BIO_ctrl_pending(stream->out)) {
		(void)BIO_reset(stream->out);
		return;
	}
	while (len > 0) {
		size_t part = len < sizeof(sink) ? len : sizeof(sink);

		if (BIO_read(stream->out, sink, (int)part) <= 0)
			return;
		len -= part;
	}
}

/* ---- what is asked ---- */

bool smpp_tls_ready(const struct smpp_tls_stream *stream)
{
	return SSL_is_init_finished(stream->ssl);
}

const char *smpp_tls_stream_fault(const struct smpp_tls_stream *stream)
{
	return stream->fault;
}

const char *smpp_tls_version(const struct smpp_tls_stream *stream)
{
	return SSL_get_version(stream->ssl);
}

const struct smpp_tls_peer *smpp_tls_peer(const struct smpp_tls_stream *stream)
{
	return smpp_tls_ready(stream) ? stream->peer : NULL;
}
