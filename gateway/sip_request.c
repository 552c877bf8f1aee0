/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_request.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { VALUE_MAX = 8192 };

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

/* ---- parties ---- */

static void read_from_and_to(struct sip_request *request)
{
	struct sip_party to = { .present = false };
	char value[VALUE_MAX];
	bool tag;

	if (value_of(request, SIP_FROM, value) &&
	    (!sip_party_is_name_addr(value) || !sip_party_read(value, &request->from, &tag)))
		fault(request, 400, "bad From");
	if (value_of(request, SIP_TO, value) &&
	    (!sip_party_is_name_addr(value) || !sip_party_read(value, &to, &request->in_dialog)))
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
			if (sip_party_read(one, &party, &tag) &&
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
	if (scheme < 2 && !sip_form_uri_has_host(value)) {
		fault(request, 400, "bad Request-URI");
		return;
	}
	if (sip_party_read_uri(value, &request->called) == -EBADMSG)
		fault(request, 400, "bad Request-URI");
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
	if (!sip_form_is_balanced(value, "?") || sip_form_has_empty_parameter(value))
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

/* ---- the whole ---- */

static int read_via(struct sip_request *request)
{
	char value[VALUE_MAX];
	const char *why;
	int rc;

	if (!value_of(request, SIP_VIA, value))
		return -EBADMSG;
	rc = sip_via_read(value, &request->via, &why);
	if (why)
		fault(request, 400, why);
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
