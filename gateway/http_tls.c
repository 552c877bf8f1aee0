/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_tls.h"

#include <errno.h>
#include <stdio.h>
#include <talloc.h>

#include "gateway/log.h"

static struct smpp_tls *create(void *ctx, const struct config_http *http,
			       struct smpp_tls_fault *fault)
{
	const struct smpp_tls_config config = { .server = true,
						.certificate = http->certificate,
						.key = http->key,
						.verify = SMPP_TLS_VERIFY_OFF };

	return smpp_tls_create(ctx, &config, fault);
}

int http_tls_check(const struct config_http *http, struct smpp_tls_fault *fault)
{
	struct smpp_tls *tls;

	if (http->tls) {
		tls = create(NULL, http, fault);
		talloc_free(tls);
		return tls ? 0 : -EINVAL;
	}
	if (!http->certificate[0] && !http->key[0])
		return 0;
	fault->item = http->certificate[0] ? "certificate" : "key";
	snprintf(fault->text, sizeof(fault->text), "is given, but tls is not true");
	return -EINVAL;
}

int http_tls_load(void *ctx, const struct config_http *http, struct smpp_tls **out)
{
	struct smpp_tls_fault fault = { "tls", "out of memory" };

	*out = http->tls ? create(ctx, http, &fault) : NULL;
	if (*out || !http->tls)
		return 0;
	LOGP(LOG_HTTP, LOGL_ERROR, "TLS of HTTP: %s: %s\n", fault.item, fault.text);
	return -EINVAL;
}
