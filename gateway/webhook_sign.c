/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/webhook_sign.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 15, HEX_DIGITS = 2 * SHA256_DIGEST_SIZE };

static void digest_hex(const char *secret, const char *time, size_t time_len,
		       const struct webhook_body *body, char out[HEX_DIGITS + 1])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx hmac;

	hmac_sha256_set_key(&hmac, strlen(secret), (const uint8_t *)secret);
	hmac_sha256_update(&hmac, time_len, (const uint8_t *)time);
	hmac_sha256_update(&hmac, 1, (const uint8_t *)".");
	hmac_sha256_update(&hmac, body->len, body->data);
	hmac_sha256_digest(&hmac, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		*out++ = hex[digest[i] >> 4];
		*out++ = hex[digest[i] & 15];
	}
	*out = '\0';
}

void webhook_sign(const char *secret, int64_t now_s, const struct webhook_body *body,
		  char out[WEBHOOK_SIGNATURE_MAX])
{
	char time[24];
	char hex[HEX_DIGITS + 1];
	int len = snprintf(time, sizeof(time), "%" PRId64, now_s);

	digest_hex(secret, time, (size_t)len, body, hex);
	snprintf(out, WEBHOOK_SIGNATURE_MAX, "t=%s,v1=%s", time, hex);
}

/* The next "name=value" at *at, which moves on behind its comma; false at the end. */
struct part {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

static bool next_part(const char **at, struct part *out)
{
	size_t len = strcspn(*at, ",");
	const char *equals = memchr(*at, '=', len);

	if (len == 0)
		return false;
	*out = (struct part){ .name = *at, .name_len = len };
	if (equals) {
		out->name_len = (size_t)(equals - *at);
		out->value = equals + 1;
		out->value_len = len - out->name_len - 1;
	}
	*at += len;
	*at += **at == ',';
	return true;
}

static bool is_named(const struct part *part, const char *name)
{
	return part->value && part->name_len == strlen(name) &&
	       memcmp(part->name, name, part->name_len) == 0;
}

/* The header's one time, as it is written: that is what was signed. */
static int find_time(const char *header, struct part *time, int64_t *seconds)
{
	struct part part;
	unsigned found = 0;

	for (const char *at = header; next_part(&at, &part);) {
		if (!is_named(&part, "t"))
			continue;
		*time = part;
		found++;
	}
	if (found != 1 || time->value_len == 0 || time->value_len > DIGITS_MAX)
		return -EBADMSG;
	*seconds = 0;
	for (size_t i = 0; i < time->value_len; i++) {
		if (time->value[i] < '0' || time->value[i] > '9')
			return -EBADMSG;
		*seconds = *seconds * 10 + (time->value[i] - '0');
	}
	return 0;
}

static bool has_digest(const char *header, const char hex[HEX_DIGITS + 1])
{
	struct part part;
	bool found = false;

	for (const char *at = header; next_part(&at, &part);)
		if (is_named(&part, "v1") && part.value_len == HEX_DIGITS &&
		    memeql_sec(part.value, hex, HEX_DIGITS))
			found = true;
	return found;
}

int webhook_verify(const char *header, const char *const *secrets, size_t secret_count,
		   const struct webhook_body *body, int64_t now_s, int64_t skew_s)
{
	struct part time = { 0 };
	int64_t seconds;
	char hex[HEX_DIGITS + 1];
	bool fits = false;

	if (find_time(header, &time, &seconds) < 0)
		return -EBADMSG;
	if (seconds < now_s - skew_s || seconds > now_s + skew_s)
		return -ETIME;
	for (size_t i = 0; i < secret_count; i++) {
		if (!secrets[i])
			continue;
		digest_hex(secrets[i], time.value, time.value_len, body, hex);
		fits = has_digest(header, hex) || fits;
	}
	return fits ? 0 : -EACCES;
}
