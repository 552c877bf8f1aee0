/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_output.h - octets waiting to be written (private to the session).
 *
 * Does:    one buffer, encoded into directly; grown by doubling, reused when it was emptied, and
 *          given back when a burst had made it large.
 * Errors:  a failed _put leaves what was waiting as it was.
 */
#pragma once

#include "smpp/smpp_pdu.h"

struct smpp_output {
	uint8_t *data; /* talloc'ed below the ctx of _init */
	size_t start;  /* first octet not yet taken */
	size_t end;
	size_t cap;
};

int smpp_output_init(struct smpp_output *output, void *ctx) __attribute__((warn_unused_result));
/* 0, or what smpp_pdu_encode() says, or -ENOMEM. */
int smpp_output_put(struct smpp_output *output, const struct smpp_pdu *pdu)
	__attribute__((warn_unused_result));
void smpp_output_taken(struct smpp_output *output, size_t len);
