/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_tls_priv.h"

enum { SECURITY_LEVEL = 2, CHAIN_MAX_OCTETS = 32 * 1024 };

static const char ciphers_12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

static bool given(const char *text)
{
	return text && text[0];
}

/* The reason is OpenSSL's oldest complaint: those after it only say that loading failed. */
static bool set_fault(struct smpp_tls_fault *fault, const char *item, const char *file)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
						     : ERR_reason_error_string(error);

	fault->item = item;
	snprintf(fault->text, sizeof(fault->text), "%s%s%s", file, file[0] ? ": " : "",
		 reason ? reason : "not usable");
	ERR_clear_error();
	return false;
}

static bool fault_text(struct smpp_tls_fault *fault, const char *item, const char *text)
{
	fault->item = item;
	snprintf(fault->text, sizeof(fault->text), "%s", text);
	return false;
}

/* A daemon has nobody to ask. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static int64_t expiry_of(const X509 *certificate)
{
	struct tm at;

	if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at) != 1)
		return INT64_MAX;
	return (int64_t)timegm(&at);
}

static bool load_own(struct smpp_tls *tls, const struct smpp_tls_config *config,
		     struct smpp_tls_fault *fault)
{
	const char *key = given(config->key) ? config->key : config->certificate;

	tls->expires_s = INT64_MAX;
	if (!given(config->certificate) && !given(config->key) && !config->server)
		return true;
	if (!given(config->certificate))
		return fault_text(fault, "certificate", "is missing");
	if (SSL_CTX_use_certificate_chain_file(tls->context, config->certificate) != 1)
		return set_fault(fault, "certificate", config->certificate);
	if (SSL_CTX_use_PrivateKey_file(tls->context, key, SSL_FILETYPE_PEM) != 1)
		return set_fault(fault, "key", key);
	if (SSL_CTX_check_private_key(tls->context) != 1)
		return set_fault(fault, "key", key);
	tls->expires_s = expiry_of(SSL_CTX_get0_certificate(tls->context));
	return true;
}

static bool load_ca(struct smpp_tls *tls, const struct smpp_tls_config *config,
		    struct smpp_tls_fault *fault)
{
	if (SSL_CTX_load_verify_file(tls->context, config->ca) != 1)
		return set_fault(fault, "ca", config->ca);
	if (!config->server)
		return true;
	/* Tells clients whose certificates we take. */
	SSL_CTX_set_client_CA_list(tls->context, SSL_load_client_CA_file(config->ca));
	return SSL_CTX_get_client_CA_list(tls->context) != NULL ||
	       set_fault(fault, "ca", config->ca);
}

static bool demand_of_clients(struct smpp_tls *tls, const struct smpp_tls_config *config,
			      struct smpp_tls_fault *fault)
{
	static const int modes[SMPP_TLS_VERIFY_COUNT] = {
		[SMPP_TLS_VERIFY_OFF] = SSL_VERIFY_NONE,
		[SMPP_TLS_VERIFY_OPTIONAL] = SSL_VERIFY_PEER,
		[SMPP_TLS_VERIFY_REQUIRED] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	};

	SSL_CTX_set_verify(tls->context, modes[config->verify], NULL);
	if (config->verify == SMPP_TLS_VERIFY_OFF)
		return true;
	if (!given(config->ca))
		return fault_text(fault, "ca",
				  "is missing: nobody could vouch for a client's certificate");
	return load_ca(tls, config, fault);
}

static bool demand_of_server(struct smpp_tls *tls, const struct smpp_tls_config *config,
			     struct smpp_tls_fault *fault)
{
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	if (given(config->fingerprint)) {
		tls->pinned = true;
		SSL_CTX_set_cert_verify_callback(tls->context, smpp_tls_verify_pinned, NULL);
		return smpp_tls_fingerprint_read(config->fingerprint, tls->fingerprint) == 0 ||
		       fault_text(fault, "fingerprint", "is not 64 hex digits (SHA-256)");
	}
	if (!given(config->ca))
		return fault_text(fault, "ca",
				  "is missing, and there is no fingerprint of the server's "
				  "certificate in its place");
	if (given(config->name)) {
		tls->name = talloc_strdup(tls, config->name);
		if (!tls->name)
			return fault_text(fault, "name", strerror(ENOMEM));
	}
	return load_ca(tls, config, fault);
}

static bool set_protocol(struct smpp_tls *tls)
{
	SSL_CTX *context = tls->context;

	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	/* A thousand idle links need not hold 34 KiB each. The chain that we show is what the file
	 * holds, whatever else we know of the authorities for clients. */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_max_cert_list(context, CHAIN_MAX_OCTETS);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	return SSL_CTX_set_num_tickets(context, 0) == 1 &&
	       SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(context, ciphers_12) == 1;
}

static int tls_destructor(struct smpp_tls *tls)
{
	SSL_CTX_free(tls->context);
	return 0;
}

struct smpp_tls *smpp_tls_create(void *ctx, const struct smpp_tls_config *config,
				 struct smpp_tls_fault *fault)
{
	struct smpp_tls *tls = talloc_zero(ctx, struct smpp_tls);
	bool good = false;

	fault_text(fault, "tls", strerror(ENOMEM));
	if (!tls)
		return NULL;
	ERR_clear_error();
	talloc_set_destructor(tls, tls_destructor);
	tls->server = config->server;
	tls->context = SSL_CTX_new(config->server ? TLS_server_method() : TLS_client_method());
	if (tls->context && set_protocol(tls) && load_own(tls, config, fault))
		good = config->server ? demand_of_clients(tls, config, fault)
				      : demand_of_server(tls, config, fault);
	ERR_clear_error();
	if (good)
		return tls;
	talloc_free(tls);
	return NULL;
}

struct ssl_ctx_st *smpp_tls_context(const struct smpp_tls *tls)
{
	return tls->context;
}

int64_t smpp_tls_expires_s(const struct smpp_tls *tls)
{
	return tls->expires_s;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int smpp_tls_fingerprint_read(const char *text, uint8_t out[SMPP_TLS_FINGERPRINT_SIZE])
{
	uint8_t octets[SMPP_TLS_FINGERPRINT_SIZE] = { 0 };
	size_t digits = 0;

	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (*text == ':' && digits % 2 == 0)
			continue;
		if (digit < 0 || digits == 2 * sizeof(octets))
			return -EINVAL;
		octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | digit);
		digits++;
	}
	if (digits != 2 * sizeof(octets))
		return -EINVAL;
	memcpy(out, octets, sizeof(octets));
	return 0;
}
