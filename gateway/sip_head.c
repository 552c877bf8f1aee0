/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_head.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct name {
	const char *name;
	enum sip_header header;
} names[] = {
	{ "Via", SIP_VIA },
	{ "v", SIP_VIA },
	{ "From", SIP_FROM },
	{ "f", SIP_FROM },
	{ "To", SIP_TO },
	{ "t", SIP_TO },
	{ "Call-ID", SIP_CALL_ID },
	{ "i", SIP_CALL_ID },
	{ "CSeq", SIP_CSEQ },
	{ "Max-Forwards", SIP_MAX_FORWARDS },
	{ "Content-Length", SIP_CONTENT_LENGTH },
	{ "l", SIP_CONTENT_LENGTH },
	{ "Content-Type", SIP_CONTENT_TYPE },
	{ "c", SIP_CONTENT_TYPE },
	{ "Content-Disposition", SIP_CONTENT_DISPOSITION },
	{ "Contact", SIP_CONTACT },
	{ "m", SIP_CONTACT },
	{ "Accept", SIP_ACCEPT },
	{ "Require", SIP_REQUIRE },
	{ "Privacy", SIP_PRIVACY },
	{ "P-Asserted-Identity", SIP_ASSERTED },
};

/* Headers that may stand once, and without which a request cannot be. */
static const struct {
	enum sip_header header;
	bool needed;
	const char *missing;
	const char *twice;
} singles[] = {
	{ SIP_FROM, true, "no From", "more than one From" },
	{ SIP_TO, true, "no To", "more than one To" },
	{ SIP_CALL_ID, true, "no Call-ID", "more than one Call-ID" },
	{ SIP_CSEQ, true, "no CSeq", "more than one CSeq" },
	{ SIP_MAX_FORWARDS, false, "", "more than one Max-Forwards" },
	{ SIP_CONTENT_LENGTH, false, "", "more than one Content-Length" },
	{ SIP_CONTENT_TYPE, false, "", "more than one Content-Type" },
};

bool sip_slice_is(struct sip_slice slice, const char *text)
{
	return strlen(text) == slice.len && strncasecmp(slice.at, text, slice.len) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sip_slice trim(struct sip_slice slice)
{
	while (slice.len > 0 && is_blank(slice.at[0])) {
		slice.at++;
		slice.len--;
	}
	while (slice.len > 0 && is_blank(slice.at[slice.len - 1]))
		slice.len--;
	return slice;
}

int sip_slice_unfold(struct sip_slice slice, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < slice.len; i++) {
		bool fold = slice.at[i] == '\r' || slice.at[i] == '\n';
		if (fold && n > 0 && out[n - 1] == ' ')
			continue;
		if (n + 1 >= cap)
			return -EMSGSIZE;
		out[n++] = fold || !slice.at[i] ? ' ' : slice.at[i];
	}
	out[n] = '\0';
	return (int)n;
}

static void fault(struct sip_head *head, int status, const char *why)
{
	if (head->status)
		return; /* the first one counts */
	head->status = status;
	head->why = why;
}

/* ---- lines ---- */

/* Behind the end of the physical line that begins at `at`; *text_end: where its text ends. */
static size_t line_end(const char *octets, size_t len, size_t at, size_t *text_end)
{
	const char *newline = memchr(octets + at, '\n', len - at);
	size_t end = newline ? (size_t)(newline - octets) : len;

	*text_end = end > at && octets[end - 1] == '\r' ? end - 1 : end;
	return newline ? end + 1 : len;
}

static bool goes_on(const char *octets, size_t len, size_t at)
{
	return at < len && (octets[at] == ' ' || octets[at] == '\t');
}

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("-.!%*_+`'~", c));
}

static bool is_token_text(struct sip_slice slice)
{
	for (size_t i = 0; i < slice.len; i++)
		if (!is_token(slice.at[i]))
			return false;
	return slice.len > 0;
}

static enum sip_header header_of(struct sip_slice name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (sip_slice_is(name, names[i].name))
			return names[i].header;
	return SIP_OTHER;
}

static void read_line(struct sip_head *head, struct sip_slice text)
{
	const char *colon = memchr(text.at, ':', text.len);
	struct sip_line line;

	if (!colon) {
		fault(head, 400, "header line without a colon");
		return;
	}
	line.name = trim((struct sip_slice){ text.at, (size_t)(colon - text.at) });
	line.value =
		trim((struct sip_slice){ colon + 1, text.len - (size_t)(colon + 1 - text.at) });
	if (!is_token_text(line.name)) {
		fault(head, 400, "bad name of a header");
		return;
	}
	if (head->line_count == SIP_LINES_MAX) {
		fault(head, 400, "too many header lines");
		return;
	}
	line.header = header_of(line.name);
	head->lines[head->line_count++] = line;
}

/* The header lines from `at` on. Gives the place behind the blank line; 0 when there is none. */
static size_t read_lines(struct sip_head *head, const char *octets, size_t len, size_t at)
{
	while (at < len) {
		size_t text_end;
		size_t next = line_end(octets, len, at, &text_end);
		if (text_end == at)
			return next;
		while (goes_on(octets, len, next))
			next = line_end(octets, len, next, &text_end);
		read_line(head, (struct sip_slice){ octets + at, text_end - at });
		at = next;
	}
	return 0;
}

/* ---- the start line ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "SIP/2.0": 0; another version: 505; anything else: -1. */
static int version_status(struct sip_slice text)
{
	if (sip_slice_is(text, "SIP/2.0"))
		return 0;
	if (text.len < 7 || strncasecmp(text.at, "SIP/", 4) != 0 || !is_digit(text.at[4]))
		return -1;
	for (size_t i = 5; i < text.len; i++)
		if (!is_digit(text.at[i]) && text.at[i] != '.')
			return -1;
	return 505;
}

static struct sip_slice first_word(struct sip_slice text)
{
	const char *blank = memchr(text.at, ' ', text.len);

	return (struct sip_slice){ text.at, blank ? (size_t)(blank - text.at) : text.len };
}

/* The last word of a line that ends without a blank. */
static struct sip_slice last_word(struct sip_slice text)
{
	size_t from = text.len;

	while (from > 0 && text.at[from - 1] != ' ')
		from--;
	return (struct sip_slice){ text.at + from, text.len - from };
}

static int read_request_line(struct sip_head *head, struct sip_slice line)
{
	struct sip_slice text = trim(line);
	struct sip_slice version = last_word(text);
	int status = version_status(version);

	head->method = first_word(text);
	if (status < 0 || !is_token_text(head->method) ||
	    text.len < head->method.len + version.len + 2)
		return -EBADMSG;
	head->uri = (struct sip_slice){ head->method.at + head->method.len + 1,
					text.len - head->method.len - version.len - 2 };
	if (status)
		fault(head, status, "unknown version of SIP");
	if (text.len != line.len)
		fault(head, 400, "blanks round the request line");
	if (head->uri.len == 0 || memchr(head->uri.at, ' ', head->uri.len) ||
	    memchr(head->uri.at, '\t', head->uri.len))
		fault(head, 400, "blanks in the request line");
	return 0;
}

static int read_start_line(struct sip_head *head, struct sip_slice line)
{
	if (line.len >= 8 && strncasecmp(line.at, "SIP/", 4) == 0 &&
	    memchr(line.at, ' ', line.len)) {
		head->response = true;
		return 0;
	}
	return read_request_line(head, line);
}

/* ---- what has to hold ---- */

static void check_singles(struct sip_head *head)
{
	unsigned seen[SIP_HEADER_COUNT] = { 0 };

	for (size_t i = 0; i < head->line_count; i++)
		seen[head->lines[i].header]++;
	for (size_t i = 0; i < COUNT_OF(singles); i++) {
		unsigned count = seen[singles[i].header];
		if (count > 1)
			fault(head, 400, singles[i].twice);
		else if (count == 0 && singles[i].needed)
			fault(head, 400, singles[i].missing);
	}
}

/* -1 for what is no number, or one that no message can have. */
static long content_length(struct sip_slice value)
{
	long length = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (!is_digit(value.at[i]))
			return -1;
		length = length * 10 + (value.at[i] - '0');
		if (length > SIP_MESSAGE_MAX)
			return -1;
	}
	return value.len > 0 ? length : -1;
}

static int frame(struct sip_head *head, size_t len, enum sip_framing framing)
{
	const struct sip_line *line = sip_head_find(head, SIP_CONTENT_LENGTH);
	size_t left = len - head->octets.len;
	long length = line ? content_length(line->value) : -1;

	head->has_length = line;
	head->body_len = left;
	if (line && length < 0)
		fault(head, 400, "bad Content-Length");
	if (framing == SIP_STREAM && (length < 0 || head->status == 400)) {
		head->body_len = 0;
		fault(head, 400, "no Content-Length on a stream");
		return 0;
	}
	if (length < 0)
		return 0;
	if (framing == SIP_STREAM && (size_t)length > left)
		return -EAGAIN;
	if ((size_t)length > left)
		fault(head, 400, "Content-Length beyond the datagram");
	else
		head->body_len = (size_t)length;
	return 0;
}

static int read_head(struct sip_head *head, const char *octets, size_t len,
		     enum sip_framing framing)
{
	size_t text_end;
	size_t at = line_end(octets, len, 0, &text_end);
	int rc = read_start_line(head, (struct sip_slice){ octets, text_end });

	if (rc < 0)
		return rc;
	at = read_lines(head, octets, len, at);
	if (at == 0) {
		fault(head, 400, "no blank line behind the headers");
		at = len;
	}
	head->octets = (struct sip_slice){ octets, at };
	check_singles(head);
	return frame(head, len, framing);
}

/* A stream's head is there as a whole. */
static bool is_complete(const char *octets, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t text_end;
		size_t next = line_end(octets, len, at, &text_end);
		if (octets[next - 1] != '\n')
			return false;
		if (text_end == at)
			return true;
		at = next;
	}
	return false;
}

int sip_head_read(const char *octets, size_t len, enum sip_framing framing, struct sip_head *out)
{
	out->response = false;
	out->method = out->uri = (struct sip_slice){ "", 0 };
	out->line_count = 0;
	out->status = 0;
	out->why = "";
	if (len == 0 || (framing == SIP_STREAM && !is_complete(octets, len)))
		return framing == SIP_STREAM && len <= SIP_MESSAGE_MAX ? -EAGAIN : -EBADMSG;
	return read_head(out, octets, len, framing);
}

const struct sip_line *sip_head_find(const struct sip_head *head, enum sip_header header)
{
	for (size_t i = 0; i < head->line_count; i++)
		if (head->lines[i].header == header)
			return &head->lines[i];
	return NULL;
}

const struct sip_line *sip_head_find_name(const struct sip_head *head, const char *name)
{
	for (size_t i = 0; i < head->line_count; i++)
		if (sip_slice_is(head->lines[i].name, name))
			return &head->lines[i];
	return NULL;
}
