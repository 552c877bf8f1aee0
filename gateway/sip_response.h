/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_response.h - the octets of the one response that a request gets.
 *
 * Does:    copies Via, From, To, Call-ID and CSeq from the request, adds received and rport to the
 *          topmost Via, and to To a tag that is the same for each copy of a request.
 * Returns: octets written, or -EMSGSIZE.
 * Threads: pure. Memory: allocates nothing.
 * Source:  RFC 3261 §8.2.6, §8.2.7, §18.2; RFC 3326 (Reason); RFC 3581; RFC 8197 (607); RFC 8688
 * (608).
 */
#pragma once

#include <sys/types.h>

#include "gateway/sip_request.h"

enum { SIP_ADDRESS_MAX = 64, SIP_KEY_SIZE = 16 };

/* Where the request came from. */
struct sip_source {
	char address[SIP_ADDRESS_MAX]; /* numeric, without brackets */
	uint16_t port;
};

struct sip_answer {
	int status;
	const char *phrase;	  /* "" or NULL: the usual one */
	struct sip_slice contact; /* a URI; none when empty */
	const char *reason;	  /* value of Reason; "" or NULL: none */
	const char *call_info;	  /* value of Call-Info */
	const char *screening;	  /* value of X-Screening */
	const char *extra;	  /* whole header lines, each with its CRLF; NULL: none */
};

/* One number for all copies of a request, and for no other one; `key` makes it one that nobody else
 * can foretell, since it becomes the tag. */
uint64_t sip_transaction(const uint8_t key[SIP_KEY_SIZE], const struct sip_request *request);

ssize_t sip_response_write(const struct sip_request *request, uint64_t transaction,
			   const struct sip_source *source, const struct sip_answer *answer,
			   char *out, size_t cap) __attribute__((warn_unused_result));

/* "Busy Here"; "Error" for a status that nobody uses. */
const char *sip_phrase(int status);
