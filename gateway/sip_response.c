/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_response.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 302, "Moved Temporarily" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Unsupported URI Scheme" },
	{ 420, "Bad Extension" },
	{ 480, "Temporarily Unavailable" },
	{ 481, "Call/Transaction Does Not Exist" },
	{ 486, "Busy Here" },
	{ 500, "Server Internal Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "Version Not Supported" },
	{ 600, "Busy Everywhere" },
	{ 603, "Decline" },
	{ 604, "Does Not Exist Anywhere" },
	{ 606, "Not Acceptable" },
	{ 607, "Unwanted" },
	{ 608, "Rejected" },
};

const char *sip_phrase(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Error";
}

struct writer {
	char *out;
	size_t cap;
	size_t len;
	bool full;
};

static void put_octets(struct writer *w, const char *at, size_t len)
{
	if (len > w->cap - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->len, at, len);
	w->len += len;
}

static void put(struct writer *w, const char *text)
{
	put_octets(w, text, strlen(text));
}

static void put_number(struct writer *w, unsigned number)
{
	char text[16];

	put_octets(w, text, (size_t)snprintf(text, sizeof(text), "%u", number));
}

static void put_header(struct writer *w, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	put(w, name);
	put(w, ": ");
	put(w, value);
	put(w, "\r\n");
}

/* As it came, but on one line. */
static void put_value(struct writer *w, struct sip_slice value)
{
	size_t from = w->len;

	put_octets(w, value.at, value.len);
	for (size_t i = from; !w->full && i < w->len; i++)
		if (w->out[i] == '\r' || w->out[i] == '\n' || w->out[i] == '\0')
			w->out[i] = ' ';
}

static void put_line(struct writer *w, const char *name, struct sip_slice value)
{
	put(w, name);
	put(w, ": ");
	put_value(w, value);
	put(w, "\r\n");
}

/* ---- Via ---- */

/* Where the first of several values ends. */
static size_t first_value(struct sip_slice value)
{
	bool quoted = false;

	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '"')
			quoted = !quoted;
		if (value.at[i] == ',' && !quoted)
			return i;
	}
	return value.len;
}

/* The place behind ";rport" when it has no value, 0 when there is none. */
static size_t empty_rport(struct sip_slice value)
{
	static const char name[] = "rport";
	size_t len = strlen(name);

	for (size_t i = 0; i + len < value.len; i++) {
		size_t at = i + 1;
		if (value.at[i] != ';')
			continue;
		while (at < value.len && (value.at[at] == ' ' || value.at[at] == '\t'))
			at++;
		if (value.len - at < len || strncasecmp(value.at + at, name, len) != 0)
			continue;
		at += len;
		if (at == value.len || strchr(";, \t\r\n", value.at[at]))
			return at;
	}
	return 0;
}

/* RFC 3261 §18.2.1: received when the sent-by is not the address that it came from. RFC 3581:
 * always with rport. */
static void put_top_via(struct writer *w, const struct sip_request *request, struct sip_slice value,
			const struct sip_source *source)
{
	size_t end = first_value(value);
	size_t rport = request->via.rport ? empty_rport((struct sip_slice){ value.at, end }) : 0;
	const char *sent_by = request->via.sent_by;

	put(w, "Via: ");
	put_value(w, (struct sip_slice){ value.at, rport ? rport : end });
	if (rport) {
		put(w, "=");
		put_number(w, source->port);
		put_value(w, (struct sip_slice){ value.at + rport, end - rport });
	}
	if (rport || strcasecmp(sent_by, source->address) != 0) {
		put(w, ";received=");
		put(w, source->address);
	}
	put_value(w, (struct sip_slice){ value.at + end, value.len - end });
	put(w, "\r\n");
}

static void put_vias(struct writer *w, const struct sip_request *request,
		     const struct sip_source *source)
{
	const struct sip_head *head = request->head;
	bool top = true;

	for (size_t i = 0; i < head->line_count; i++) {
		if (head->lines[i].header != SIP_VIA)
			continue;
		if (top)
			put_top_via(w, request, head->lines[i].value, source);
		else
			put_line(w, "Via", head->lines[i].value);
		top = false;
	}
}

/* ---- To ---- */

static void hash_line(struct sha256_ctx *hash, const struct sip_head *head, enum sip_header header)
{
	const struct sip_line *line = sip_head_find(head, header);

	if (line)
		sha256_update(hash, line->value.len, (const uint8_t *)line->value.at);
	sha256_update(hash, 1, (const uint8_t *)"\n");
}

uint64_t sip_transaction(const uint8_t key[SIP_KEY_SIZE], const struct sip_request *request)
{
	const char *branch = request->via.branch;
	uint8_t digest[sizeof(uint64_t)];
	struct sha256_ctx hash;
	uint64_t number;

	sha256_init(&hash);
	sha256_update(&hash, SIP_KEY_SIZE, key);
	sha256_update(&hash, strlen(branch) + 1, (const uint8_t *)branch);
	hash_line(&hash, request->head, SIP_FROM);
	hash_line(&hash, request->head, SIP_TO);
	hash_line(&hash, request->head, SIP_CALL_ID);
	hash_line(&hash, request->head, SIP_CSEQ);
	sha256_update(&hash, request->head->uri.len, (const uint8_t *)request->head->uri.at);
	sha256_digest(&hash, sizeof(digest), digest);
	memcpy(&number, digest, sizeof(number));
	return number;
}

static void put_to(struct writer *w, const struct sip_request *request, uint64_t transaction)
{
	const struct sip_line *line = sip_head_find(request->head, SIP_TO);
	char tag[32];

	if (!line)
		return;
	put(w, "To: ");
	put_value(w, line->value);
	snprintf(tag, sizeof(tag), ";tag=%016" PRIx64, transaction);
	if (!request->in_dialog)
		put(w, tag);
	put(w, "\r\n");
}

static void put_copy(struct writer *w, const struct sip_head *head, const char *name,
		     enum sip_header header)
{
	const struct sip_line *line = sip_head_find(head, header);

	if (line)
		put_line(w, name, line->value);
}

ssize_t sip_response_write(const struct sip_request *request, uint64_t transaction,
			   const struct sip_source *source, const struct sip_answer *answer,
			   char *out, size_t cap)
{
	struct writer w = { .out = out, .cap = cap };
	const char *phrase =
		answer->phrase && *answer->phrase ? answer->phrase : sip_phrase(answer->status);

	put(&w, "SIP/2.0 ");
	put_number(&w, (unsigned)answer->status);
	put(&w, " ");
	put(&w, phrase);
	put(&w, "\r\n");
	put_vias(&w, request, source);
	put_copy(&w, request->head, "From", SIP_FROM);
	put_to(&w, request, transaction);
	put_copy(&w, request->head, "Call-ID", SIP_CALL_ID);
	put_copy(&w, request->head, "CSeq", SIP_CSEQ);
	if (answer->contact.len > 0) {
		put(&w, "Contact: <");
		put_value(&w, answer->contact);
		put(&w, ">\r\n");
	}
	put_header(&w, "Reason", answer->reason);
	put_header(&w, "Call-Info", answer->call_info);
	put_header(&w, "X-Screening", answer->screening);
	if (answer->extra)
		put(&w, answer->extra);
	put(&w, "Content-Length: 0\r\n\r\n");
	return w.full ? -EMSGSIZE : (ssize_t)w.len;
}
