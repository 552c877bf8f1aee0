/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_head.h - the head of a SIP message: start line and header lines, found but not understood.
 *
 * Does:    finds the lines in octets that may hold anything, with folded lines as one, and checks
 *          what has to hold before a value is looked at: framing, the form of the start line,
 * headers that may stand once only, Content-Length. What is wrong with a request becomes the status
 *          with which it is to be answered.
 * Owns:    nothing: slices point into the octets.
 * Bounds:  SIP_LINES_MAX header lines; more are a fault.
 * Threads: pure. Memory: allocates nothing.
 * Source:  RFC 3261 §7, §8.1.1, §18.3, §25; RFC 4475.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	SIP_LINES_MAX = 192,
	SIP_MESSAGE_MAX = 65535, /* octets: what a datagram can hold */
};

enum sip_header {
	SIP_VIA,
	SIP_FROM,
	SIP_TO,
	SIP_CALL_ID,
	SIP_CSEQ,
	SIP_MAX_FORWARDS,
	SIP_CONTENT_LENGTH,
	SIP_CONTENT_TYPE,
	SIP_CONTENT_DISPOSITION,
	SIP_CONTACT,
	SIP_ACCEPT,
	SIP_REQUIRE,
	SIP_PRIVACY,
	SIP_ASSERTED, /* P-Asserted-Identity, RFC 3325 */
	SIP_OTHER,
	SIP_HEADER_COUNT
};

/* Not NUL-terminated. */
struct sip_slice {
	const char *at;
	size_t len;
};

struct sip_line {
	enum sip_header header;
	struct sip_slice name;
	struct sip_slice value; /* without blanks around; folds are still in it */
};

struct sip_head {
	struct sip_slice octets; /* the head with its blank line, if there is one */
	bool response;
	struct sip_slice method, uri; /* of a request */
	size_t body_len;	      /* by Content-Length; without one, all that is there */
	bool has_length;
	size_t line_count;
	struct sip_line lines[SIP_LINES_MAX];
	int status; /* with which a faulty request is to be answered; 0: nothing is wrong so far */
	const char *why;
};

enum sip_framing {
	SIP_DATAGRAM, /* one message; octets behind it are dropped */
	SIP_STREAM,   /* one behind the other; a message without Content-Length cannot be framed */
};

/* 0: a message, though perhaps one with a status. -EAGAIN: a stream that goes on. -EBADMSG: nothing
 * that could be answered, and a stream cannot go on behind it. */
int sip_head_read(const char *octets, size_t len, enum sip_framing framing, struct sip_head *out)
	__attribute__((warn_unused_result));

/* The first line of a header, or NULL. */
const struct sip_line *sip_head_find(const struct sip_head *head, enum sip_header header);
/* The first line of a header that has no value in the enum; case does not matter. */
const struct sip_line *sip_head_find_name(const struct sip_head *head, const char *name);
bool sip_slice_is(struct sip_slice slice, const char *text); /* case does not matter */
/* The value with folds as single blanks, a NUL in it (which quotes may hold) as one too,
 * NUL-terminated: its length, or -EMSGSIZE. */
int sip_slice_unfold(struct sip_slice slice, char *out, size_t cap);
