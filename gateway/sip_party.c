/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_party.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Without what stands behind a ';', and without escapes; "" when it does not fit, or when a NUL or
 * another control character is escaped. */
static void set_user(struct sip_party *party, const char *user, size_t len)
{
	size_t n = 0;

	for (const char *c = user; c < user + len && *c != ';' && *c != ':'; c++) {
		int high = *c == '%' && c + 2 < user + len ? hex(c[1]) : -1;
		int low = high >= 0 ? hex(c[2]) : -1;
		int octet = low >= 0 ? high * 16 + low : (unsigned char)*c;
		if (n + 1 >= sizeof(party->user) || octet < ' ') {
			party->user[0] = '\0';
			return;
		}
		party->user[n++] = (char)octet;
		c += low >= 0 ? 2 : 0;
	}
	party->user[n] = '\0';
}

/* ";verstat=TN-Validation-Passed", in the user part or behind the URI. */
static enum sip_verstat verstat_of(const char *value)
{
	static const char name[] = "verstat=";
	const char *at = strcasestr(value, name);

	if (!at)
		return SIP_VERSTAT_NONE;
	at += strlen(name);
	if (strncasecmp(at, "TN-Validation-Passed", 20) == 0)
		return SIP_VERSTAT_PASSED;
	return strncasecmp(at, "TN-Validation-Failed", 20) == 0 ? SIP_VERSTAT_FAILED
								: SIP_VERSTAT_NONE;
}

/* Where the URI of a name-addr or addr-spec begins. */
static const char *uri_of(const char *value)
{
	bool quoted = false;

	for (const char *c = value; *c; c++) {
		if (quoted && *c == '\\' && c[1])
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (*c == '<' && !quoted)
			return c + 1;
	}
	return value;
}

/* libosip2 unescapes the user part and ends it at an escaped NUL, so it is taken from `text`. */
static void take_uri(const osip_uri_t *uri, const char *text, struct sip_party *out)
{
	size_t end = strcspn(text, ">");
	const char *colon = memchr(text, ':', end);
	const char *at = memchr(text, '@', end);

	if (!colon || (at && at < colon))
		return;
	size_t len =
		at && !uri->string ? (size_t)(at - colon - 1) : (size_t)(text + end - colon - 1);
	out->present = true;
	if (at || uri->string)
		set_user(out, colon + 1, len);
	snprintf(out->host, sizeof(out->host), "%s", uri->host ? uri->host : "");
}

bool sip_party_read(const char *value, struct sip_party *out, bool *tag)
{
	osip_generic_param_t *param = NULL;
	osip_from_t *from;
	bool ok;

	if (!sip_form_is_balanced(value, ",") || osip_from_init(&from) != 0)
		return false;
	ok = osip_from_parse(from, value) == 0 && from->url;
	if (ok) {
		take_uri(from->url, uri_of(value), out);
		out->verstat = verstat_of(value);
		osip_generic_param_get_byname(&from->gen_params, (char *)"tag", &param);
		*tag = param && param->gvalue && param->gvalue[0];
	}
	osip_from_free(from);
	return ok;
}

bool sip_party_is_name_addr(const char *value)
{
	const char *uri = uri_of(value);

	if (uri == value)
		return true;
	return *uri != ' ' && *uri != '\t' && sip_form_is_balanced(value, "@");
}

int sip_party_read_uri(const char *value, struct sip_party *out)
{
	osip_uri_t *parsed;
	bool ok;

	if (osip_uri_init(&parsed) != 0)
		return -ENOMEM;
	ok = osip_uri_parse(parsed, value) == 0;
	if (ok)
		take_uri(parsed, value, out);
	osip_uri_free(parsed);
	return ok ? 0 : -EBADMSG;
}
