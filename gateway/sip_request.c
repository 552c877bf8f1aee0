/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_request.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { VALUE_MAX = 8192, PORT_DEFAULT = 5060, PORT_LAST = 65535 };

static const struct {
	const char *name;
	enum sip_method method;
} methods[] = {
	{ "INVITE", SIP_INVITE },   { "ACK", SIP_ACK },	      { "CANCEL", SIP_CANCEL },
	{ "OPTIONS", SIP_OPTIONS }, { "BYE", SIP_KNOWN },     { "REGISTER", SIP_KNOWN },
	{ "PRACK", SIP_KNOWN },	    { "UPDATE", SIP_KNOWN },  { "INFO", SIP_KNOWN },
	{ "MESSAGE", SIP_KNOWN },   { "REFER", SIP_KNOWN },   { "SUBSCRIBE", SIP_KNOWN },
	{ "NOTIFY", SIP_KNOWN },    { "PUBLISH", SIP_KNOWN },
};

/* Bodies that come with calls; what else there may be is none of our business, and refused. */
static const char *const body_types[] = {
	"application/sdp",
	"application/isup",
	"application/qsig",
	"application/dtmf-relay",
	"application/pidf+xml",
	"application/resource-lists+xml",
	"application/vnd.",
	"multipart/",
	"message/sip",
	"message/sipfrag",
	"application/rs-metadata",
	"text/plain",
};

int sip_request_init(void)
{
	return parser_init() == 0 ? 0 : -ENOMEM;
}

static void fault(struct sip_request *request, int status, const char *why)
{
	if (request->status)
		return;
	request->status = status;
	request->why = why;
}

/* Methods are told apart by case. */
static enum sip_method method_of(struct sip_slice name)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (strlen(methods[i].name) == name.len &&
		    memcmp(methods[i].name, name.at, name.len) == 0)
			return methods[i].method;
	return SIP_UNKNOWN;
}

/* The value of a header as one line; NULL when there is none, or with a fault. */
static const char *value_of(struct sip_request *request, enum sip_header header,
			    char out[VALUE_MAX])
{
	const struct sip_line *line = sip_head_find(request->head, header);

	if (!line)
		return NULL;
	if (sip_slice_unfold(line->value, out, VALUE_MAX) < 0) {
		fault(request, 400, "header too long");
		return NULL;
	}
	return out;
}

/* ---- forms that libosip2 does not check ---- */

/* Quotes are closed; what stands outside of them and outside of <> is none of `banned`. */
static bool is_balanced(const char *value, const char *banned)
{
	bool quoted = false;
	bool angled = false;

	for (const char *c = value; *c; c++) {
		if (quoted && *c == '\\' && c[1])
			c++;
		else if (*c == '"' && !angled)
			quoted = !quoted;
		else if (!quoted && *c == '<')
			angled = true;
		else if (!quoted && *c == '>')
			angled = false;
		else if (!quoted && !angled && strchr(banned, *c))
			return false;
	}
	return !quoted && !angled;
}

/* ";" and "," each have something behind them. */
static bool has_empty_parameter(const char *value)
{
	bool quoted = false;

	for (const char *c = value; *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (quoted || (*c != ';' && *c != ','))
			continue;
		const char *next = c + 1 + strspn(c + 1, " \t");
		if (*next == '\0' || *next == ';' || *next == ',')
			return true;
	}
	return false;
}

/* host [":" port], an IPv6 address in brackets. */
static bool is_host_port(const char *text, size_t len)
{
	const char *close = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
	const char *rest = text;

	if (len == 0 || (text[0] == '[' && !close))
		return false;
	if (close)
		rest = close + 1;
	const char *colon = memchr(rest, ':', len - (size_t)(rest - text));
	if (!colon)
		return !close || (size_t)(rest - text) == len;
	if (close && colon != rest)
		return false;
	size_t digits = len - (size_t)(colon + 1 - text);
	for (size_t i = 0; i < digits; i++)
		if (colon[1 + i] < '0' || colon[1 + i] > '9')
			return false;
	return digits >= 1 && digits <= 5;
}

/* In "sip:user@host:port;...", where headers ("?") must not stand. */
static bool has_good_host(const char *uri)
{
	const char *scheme_end = strchr(uri, ':');
	const char *at = strrchr(uri, '@');
	const char *host = at ? at + 1 : scheme_end + 1;

	return is_host_port(host, strcspn(host, ";?>")) && !strchr(host, '?');
}

/* ---- parties ---- */

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

/* name-addr or addr-spec with parameters. */
static bool read_party(const char *value, struct sip_party *out, bool *tag)
{
	osip_generic_param_t *param = NULL;
	osip_from_t *from;
	bool ok;

	if (!is_balanced(value, ",") || osip_from_init(&from) != 0)
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

/* "< sip:..." is no addr-spec, and an unquoted name holds no "@". */
static bool is_name_addr(const char *value)
{
	const char *uri = uri_of(value);

	if (uri == value)
		return true;
	return *uri != ' ' && *uri != '\t' && is_balanced(value, "@");
}

static void read_from_and_to(struct sip_request *request)
{
	struct sip_party to = { .present = false };
	char value[VALUE_MAX];
	bool tag;

	if (value_of(request, SIP_FROM, value) &&
	    (!is_name_addr(value) || !read_party(value, &request->from, &tag)))
		fault(request, 400, "bad From");
	if (value_of(request, SIP_TO, value) &&
	    (!is_name_addr(value) || !read_party(value, &to, &request->in_dialog)))
		fault(request, 400, "bad To");
}

/* The first P-Asserted-Identity whose user is a number; several stand in one line or in two. */
static void read_asserted(struct sip_request *request)
{
	const struct sip_head *head = request->head;

	for (size_t i = 0; i < head->line_count; i++) {
		char value[VALUE_MAX];
		bool tag;
		if (head->lines[i].header != SIP_ASSERTED ||
		    sip_slice_unfold(head->lines[i].value, value, sizeof(value)) < 0)
			continue;
		for (char *one = value; one && *one;) {
			struct sip_party party = { .present = false };
			char *next = strstr(one, ">,");
			if (next)
				*++next = '\0';
			one += strspn(one, " \t,");
			if (read_party(one, &party, &tag) &&
			    strspn(party.user, "+0123456789-.() ") == strlen(party.user) &&
			    party.user[0]) {
				request->asserted = party;
				return;
			}
			one = next ? next + 1 : NULL;
		}
	}
}

static bool slice_has_word(struct sip_slice slice, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= slice.len; i++)
		if (strncasecmp(slice.at + i, word, len) == 0)
			return true;
	return false;
}

static void read_privacy(struct sip_request *request)
{
	const struct sip_line *privacy = sip_head_find(request->head, SIP_PRIVACY);
	const char *user = request->from.user;

	request->withheld =
		(privacy &&
		 (sip_slice_is(privacy->value, "id") || slice_has_word(privacy->value, "user") ||
		  slice_has_word(privacy->value, "id;") || slice_has_word(privacy->value, ";id") ||
		  slice_has_word(privacy->value, "header"))) ||
		strcasecmp(request->from.host, "anonymous.invalid") == 0 ||
		strcasecmp(user, "anonymous") == 0 || strcasecmp(user, "unavailable") == 0 ||
		strcasecmp(user, "restricted") == 0;
}

static void read_uri(struct sip_request *request)
{
	struct sip_slice uri = request->head->uri;
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };
	char value[VALUE_MAX];
	osip_uri_t *parsed;
	size_t scheme = 0;

	if (sip_slice_unfold(uri, value, sizeof(value)) < 0 || strpbrk(value, "<>\"") ||
	    !strchr(value, ':') || memchr(uri.at, '\0', uri.len)) {
		fault(request, 400, "bad Request-URI");
		return;
	}
	while (scheme < COUNT_OF(schemes) &&
	       strncasecmp(value, schemes[scheme], strlen(schemes[scheme])) != 0)
		scheme++;
	if (scheme == COUNT_OF(schemes)) {
		fault(request, 416, "unsupported URI scheme");
		return;
	}
	if (scheme < 2 && !has_good_host(value)) {
		fault(request, 400, "bad Request-URI");
		return;
	}
	if (osip_uri_init(&parsed) != 0)
		return;
	if (osip_uri_parse(parsed, value) == 0)
		take_uri(parsed, value, &request->called);
	else
		fault(request, 400, "bad Request-URI");
	osip_uri_free(parsed);
}

/* ---- other headers ---- */

static bool number_below(struct sip_slice text, uint64_t limit, uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text.at[i] - '0');
		if (n >= limit)
			return false;
	}
	*out = n;
	return text.len > 0;
}

static void check_cseq(struct sip_request *request)
{
	static const uint64_t limit = UINT64_C(1) << 31;
	const struct sip_line *line = sip_head_find(request->head, SIP_CSEQ);
	struct sip_slice method = request->head->method;
	uint64_t number;
	size_t digits = 0;

	if (!line)
		return;
	while (digits < line->value.len && line->value.at[digits] >= '0' &&
	       line->value.at[digits] <= '9')
		digits++;
	size_t from = digits;
	while (from < line->value.len && strchr(" \t\r\n", line->value.at[from]))
		from++;
	if (!number_below((struct sip_slice){ line->value.at, digits }, limit, &number))
		fault(request, 400, "bad CSeq");
	else if (line->value.len - from != method.len || from == digits ||
		 memcmp(line->value.at + from, method.at, method.len) != 0)
		fault(request, 400, "CSeq of another method");
}

static void check_max_forwards(struct sip_request *request)
{
	const struct sip_line *line = sip_head_find(request->head, SIP_MAX_FORWARDS);
	uint64_t number;

	if (line && !number_below(line->value, 256, &number))
		fault(request, 400, "bad Max-Forwards");
}

static void check_contact(struct sip_request *request)
{
	char value[VALUE_MAX];

	if (!value_of(request, SIP_CONTACT, value))
		return;
	if (!is_balanced(value, "?") || has_empty_parameter(value))
		fault(request, 400, "bad Contact");
}

static bool type_is_known(struct sip_slice type)
{
	for (size_t i = 0; i < COUNT_OF(body_types); i++) {
		size_t len = strlen(body_types[i]);
		if (type.len >= len && strncasecmp(type.at, body_types[i], len) == 0)
			return true;
	}
	return false;
}

static bool is_optional_body(const struct sip_head *head)
{
	const struct sip_line *line = sip_head_find(head, SIP_CONTENT_DISPOSITION);

	return line && slice_has_word(line->value, "handling=optional");
}

static void check_body(struct sip_request *request)
{
	const struct sip_head *head = request->head;
	const struct sip_line *type = sip_head_find(head, SIP_CONTENT_TYPE);
	const struct sip_line *accept = sip_head_find(head, SIP_ACCEPT);

	if (request->method != SIP_INVITE || !type || head->body_len == 0)
		return;
	if (!type_is_known(type->value) && !is_optional_body(head))
		fault(request, 415, "unknown type of body");
	else if (accept && slice_has_word(type->value, "application/sdp") &&
		 !slice_has_word(accept->value, "application/sdp") &&
		 !slice_has_word(accept->value, "application/*") &&
		 !slice_has_word(accept->value, "*/*"))
		fault(request, 406, "no session description is accepted");
}

/* A redirect server ignores what an INVITE requires (RFC 3261 §8.3): whether the call can be made
 * so is for who takes it. OPTIONS is for us. */
static void check_require(struct sip_request *request)
{
	const struct sip_head *head = request->head;
	size_t used = 0;

	if (request->method != SIP_OPTIONS)
		return;
	for (size_t i = 0; i < head->line_count; i++) {
		const struct sip_line *line = &head->lines[i];
		size_t room = sizeof(request->unsupported) - used;
		int n = line->header == SIP_REQUIRE && line->value.len + 2 < room
				? snprintf(request->unsupported + used, room, "%s%.*s",
					   used ? ", " : "", (int)line->value.len, line->value.at)
				: 0;
		used += n > 0 ? (size_t)n : 0;
	}
	for (char *c = request->unsupported; *c; c++)
		if (*c == '\r' || *c == '\n')
			*c = ' ';
	if (used > 0)
		fault(request, 420, "unsupported extension");
}

/* ---- Via ---- */

static void take_via(osip_via_t *via, struct sip_via *out)
{
	osip_generic_param_t *param = NULL;
	unsigned long port = via->port ? strtoul(via->port, NULL, 10) : 0;

	snprintf(out->sent_by, sizeof(out->sent_by), "%s", via->host);
	out->port = port >= 1 && port <= PORT_LAST ? (uint16_t)port : PORT_DEFAULT;
	out->rport = osip_via_param_get_byname(via, (char *)"rport", &param) == 0;
	if (osip_via_param_get_byname(via, (char *)"branch", &param) == 0 && param->gvalue)
		snprintf(out->branch, sizeof(out->branch), "%s", param->gvalue);
}

/* The first of several that stand in one line. */
static void cut_value(char *value)
{
	bool quoted = false;

	for (char *c = value; *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (*c == ',' && !quoted) {
			*c = '\0';
			return;
		}
	}
}

static int parse_via(const char *value, struct sip_via *out)
{
	osip_via_t *via;
	int rc;

	if (osip_via_init(&via) != 0)
		return -EBADMSG;
	rc = osip_via_parse(via, value) == 0 && via->host ? 0 : -EBADMSG;
	if (rc == 0)
		take_via(via, out);
	osip_via_free(via);
	return rc;
}

/* With parameters that cannot be read it still tells where to answer. */
static int read_via(struct sip_request *request)
{
	static const char bare_cookie[] = "z9hG4bK";
	char value[VALUE_MAX];
	int rc;

	if (!value_of(request, SIP_VIA, value))
		return -EBADMSG;
	if (has_empty_parameter(value) || !is_balanced(value, ""))
		fault(request, 400, "bad Via");
	cut_value(value);
	rc = parse_via(value, &request->via);
	if (rc < 0) {
		fault(request, 400, "bad Via");
		value[strcspn(value, ";")] = '\0';
		rc = parse_via(value, &request->via);
	}
	if (strcmp(request->via.branch, bare_cookie) == 0)
		fault(request, 400, "bad branch");
	return rc;
}

static void check_method(struct sip_request *request)
{
	if (request->method == SIP_UNKNOWN)
		fault(request, 501, "unknown method");
	else if (request->method == SIP_KNOWN)
		fault(request, 405, "method not served here");
}

int sip_request_read(const struct sip_head *head, struct sip_request *out)
{
	static void (*const steps[])(struct sip_request *) = {
		read_from_and_to, check_cseq,	 check_max_forwards, check_contact, read_uri,
		check_method,	  check_require, check_body,	     read_asserted, read_privacy,
	};

	memset(out, 0, sizeof(*out));
	out->head = head;
	if (head->response || read_via(out) < 0)
		return -EBADMSG;
	out->method = method_of(head->method);
	/* What was found before the values were looked at comes first. */
	if (head->status) {
		out->status = head->status;
		out->why = head->why;
	}
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		steps[i](out);
	return 0;
}
