/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tls.h - TLS 1.2 and 1.3 around SMPP: certificates and demands, and a stream without a
 * socket.
 *
 * Does:    a struct smpp_tls holds what the files said when it was made. Streams made from it keep
 *          that to their end, so that it may be freed, and another made of newer files, at any
 * time. A stream takes the octets of the socket and gives those to send, and plain ones inside.
 * Refuses: TLS 1.0 and 1.1, renegotiation, compression, resumption (a withdrawn certificate would
 *          live on in it), ciphers without forward secrecy, keys that need a passphrase.
 * Owns:    talloc'ed below ctx. Texts of faults live as long as what they are of.
 * Threads: the loop's. Making a struct smpp_tls reads files.
 * Source:  RFC 8446, RFC 5246, RFC 5280, RFC 9325.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct smpp_tls;
struct smpp_tls_stream;

enum { SMPP_TLS_FINGERPRINT_SIZE = 32, SMPP_TLS_FAULT_MAX = 512 };

enum smpp_tls_verify {
	SMPP_TLS_VERIFY_OFF,	  /* the peer is not asked for a certificate */
	SMPP_TLS_VERIFY_OPTIONAL, /* without one it may connect; with one that is wrong not */
	SMPP_TLS_VERIFY_REQUIRED,
	SMPP_TLS_VERIFY_COUNT
};

/* NULL or "" where a text is not given. */
struct smpp_tls_config {
	bool server;		 /* we are connected to */
	const char *certificate; /* PEM file: ours, then its chain; a server has to have one */
	const char *key;	 /* PEM file; "": in the certificate's file */
	const char *ca;		 /* PEM file: the authorities that may vouch for the peer */
	/* What a server wants of clients. A client always wants the server's certificate: vouched
	 * for by `ca` and bearing `name`, or else of that `fingerprint`, which is then enough. */
	enum smpp_tls_verify verify;
	const char *name;	 /* DNS name or numeric address; "": whatever `ca` vouches for */
	const char *fingerprint; /* SHA-256 of the certificate in hex; colons are passed over */
};

struct smpp_tls_fault {
	const char
		*item; /* static text, the member that is wrong: "certificate", "key", "ca", ... */
	char text[SMPP_TLS_FAULT_MAX]; /* with the file's name and the reason */
};

/* NULL with `fault`. */
struct smpp_tls *smpp_tls_create(void *ctx, const struct smpp_tls_config *config,
				 struct smpp_tls_fault *fault);
/* OpenSSL's SSL_CTX, for those whose sockets are not ours to read; it lives as long as `tls`, and
 * what is made of it goes on without it. */
struct ssl_ctx_st *smpp_tls_context(const struct smpp_tls *tls);
/* Until when our own certificate is valid, seconds of the Unix epoch; INT64_MAX: there is none. */
int64_t smpp_tls_expires_s(const struct smpp_tls *tls);
/* 64 hex digits of either case, with colons or without, to octets. 0 or -EINVAL. */
int smpp_tls_fingerprint_read(const char *text, uint8_t out[SMPP_TLS_FINGERPRINT_SIZE])
	__attribute__((warn_unused_result));

/* ---- one connection ---- */

/* NULL without memory. */
struct smpp_tls_stream *smpp_tls_stream_create(void *ctx, const struct smpp_tls *tls);
/* Takes what came from the socket. 0 or -ENOMEM. */
int smpp_tls_input(struct smpp_tls_stream *stream, const uint8_t *data, size_t len)
	__attribute__((warn_unused_result));
/* Plain octets (> 0); 0: none now; -EPIPE: the peer has said that no more will come; -EPROTO: the
 * connection is worth nothing, smpp_tls_stream_fault() says why. Does the handshake as well: a
 * client calls it once before anything has come. */
ssize_t smpp_tls_read(struct smpp_tls_stream *stream, uint8_t *out, size_t cap)
	__attribute__((warn_unused_result));
/* All of it. 0, -EAGAIN before the handshake is done, -EPROTO. */
int smpp_tls_write(struct smpp_tls_stream *stream, const uint8_t *data, size_t len)
	__attribute__((warn_unused_result));
/* Says that no more will come from us. Nothing when the handshake is not done. */
void smpp_tls_close(struct smpp_tls_stream *stream);
/* What is to be sent, valid until the next call that is not const; then how much of it was. Look
 * for it after each of the calls above. */
const uint8_t *smpp_tls_output(const struct smpp_tls_stream *stream, size_t *len);
void smpp_tls_output_taken(struct smpp_tls_stream *stream, size_t len);

bool smpp_tls_ready(const struct smpp_tls_stream *stream);		 /* the handshake is done */
const char *smpp_tls_stream_fault(const struct smpp_tls_stream *stream); /* "" */
const char *smpp_tls_version(const struct smpp_tls_stream *stream);	 /* "TLSv1.3" */

/* The certificate of the peer, which was verified. */
struct smpp_tls_peer {
	const char *subject; /* RFC 2253: "CN=smsc1,O=Operator"; UTF-8 */
	uint8_t fingerprint[SMPP_TLS_FINGERPRINT_SIZE];
};
/* NULL: it has shown none, or the handshake is not done. Lives as long as the stream. */
const struct smpp_tls_peer *smpp_tls_peer(const struct smpp_tls_stream *stream);
