/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/listener_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/iso_time.h"
#include "gateway/log.h"

enum { SOON_S = 14 * 86400 };

/* The keys of a listener are named after what they are to us. */
static void rename_item(struct smpp_tls_fault *fault)
{
	if (strcmp(fault->item, "ca") == 0)
		fault->item = "client_ca";
}

static struct smpp_tls *create(void *ctx, const struct config_listener *listener,
			       struct smpp_tls_fault *fault)
{
	const struct smpp_tls_config config = { .server = true,
						.certificate = listener->certificate,
						.key = listener->key,
						.ca = listener->client_ca,
						.verify = listener->client_certificates };
	struct smpp_tls *tls = smpp_tls_create(ctx, &config, fault);

	if (!tls)
		rename_item(fault);
	return tls;
}

/* What is given for nothing was meant for something. */
static int check_plain(const struct config_listener *listener, struct smpp_tls_fault *fault)
{
	const struct {
		const char *item;
		bool given;
	} rows[] = {
		{ "certificate", listener->certificate[0] },
		{ "key", listener->key[0] },
		{ "client_ca", listener->client_ca[0] },
		{ "client_certificates", listener->client_certificates != SMPP_TLS_VERIFY_OFF },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].given)
			continue;
		fault->item = rows[i].item;
		snprintf(fault->text, sizeof(fault->text), "is given, but tls is not true");
		return -EINVAL;
	}
	return 0;
}

int listener_tls_check(const struct config_listener *listener, struct smpp_tls_fault *fault)
{
	struct smpp_tls *tls;

	if (!listener->tls)
		return check_plain(listener, fault);
	tls = create(NULL, listener, fault);
	talloc_free(tls);
	return tls ? 0 : -EINVAL;
}

static void log_expiry(const struct config_listener *listener, const struct smpp_tls *tls)
{
	int64_t expires_s = smpp_tls_expires_s(tls);
	int64_t left_s = expires_s - clock_now_ms() / 1000;
	char when[ISO_TIME_MAX];

	iso_time_format(expires_s * 1000, when);
	LOGP(LOG_SMPP, left_s < SOON_S ? LOGL_ERROR : LOGL_NOTICE, "%s %s %s\n",
	     listener->certificate, left_s < 0 ? "has expired on" : "is valid until", when);
}

struct smpp_tls **listener_tls_load(void *ctx, const struct config_smpp *smpp)
{
	struct smpp_tls **all = talloc_zero_array(ctx, struct smpp_tls *, smpp->listeners_count);
	struct smpp_tls_fault fault = { "tls", "out of memory" };
	bool good = all != NULL;

	for (unsigned i = 0; good && i < smpp->listeners_count; i++) {
		if (!smpp->listeners[i].tls)
			continue;
		all[i] = create(all, &smpp->listeners[i], &fault);
		good = all[i] != NULL;
		if (good)
			log_expiry(&smpp->listeners[i], all[i]);
	}
	if (good)
		return all;
	LOGP(LOG_SMPP, LOGL_ERROR, "TLS of a listener: %s: %s\n", fault.item, fault.text);
	talloc_free(all);
	return NULL;
}

bool listener_tls_allows(const struct config_account *account, const struct smpp_tls_stream *tls)
{
	const struct smpp_tls_peer *peer = tls ? smpp_tls_peer(tls) : NULL;
	uint8_t fingerprint[SMPP_TLS_FINGERPRINT_SIZE];

	if (account->certificate_fingerprint[0] &&
	    (!peer ||
	     smpp_tls_fingerprint_read(account->certificate_fingerprint, fingerprint) < 0 ||
	     memcmp(peer->fingerprint, fingerprint, sizeof(fingerprint)) != 0))
		return false;
	return !account->certificate_subject[0] ||
	       (peer && strcmp(peer->subject, account->certificate_subject) == 0);
}

const char *listener_tls_describe(const struct smpp_tls_stream *tls, char *out, size_t size)
{
	const struct smpp_tls_peer *peer = tls ? smpp_tls_peer(tls) : NULL;

	out[0] = '\0';
	if (tls)
		snprintf(out, size, ", %s%s%s", smpp_tls_version(tls), peer ? ", certificate " : "",
			 peer ? peer->subject : "");
	return out;
}
