/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tls_priv.h - what the files of TLS share; nobody else includes it.
 *
 * smpp_tls.c         certificates and demands
 * smpp_tls_stream.c  one connection
 */
#pragma once

#include <openssl/ssl.h>

#include "smpp/smpp_tls.h"

struct smpp_tls {
	SSL_CTX *context;
	bool server;
	bool pinned; /* the fingerprint alone counts */
	uint8_t fingerprint[SMPP_TLS_FINGERPRINT_SIZE];
	char *name; /* NULL: any */
	int64_t expires_s;
};

/* Whether the peer's certificate is the pinned one: for SSL_CTX_set_cert_verify_callback(). */
int smpp_tls_verify_pinned(X509_STORE_CTX *store, void *arg);
