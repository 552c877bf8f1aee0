/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A signature header: whatever it holds, it fits only when it is ours. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/webhook_sign.h"
#include "gateway/webhook_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const secrets[] = { NULL, "0123456789abcdef0123456789abcdef" };
	const struct webhook_body body = { "{}", 2 };
	char good[WEBHOOK_SIGNATURE_MAX];
	struct webhook_url url;
	char *header = malloc(size + 1);
	const char *why;

	if (!header)
		return 0;
	memcpy(header, data, size);
	header[size] = '\0';
	webhook_sign(secrets[1], 1764038400, &body, good);
	/* No other digest can fit, whatever stands around it. */
	if (webhook_verify(header, secrets, 2, &body, 1764038400, 300) == 0 &&
	    !strstr(header, strchr(good, ',') + 1))
		abort();
	if (webhook_url_parse(header, &url, &why) == 0 && (url.port == 0 || url.target[0] == '\0'))
		abort();
	free(header);
	return 0;
}
