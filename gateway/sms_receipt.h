/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sms_receipt.h - what a text on its way collects for the receipts that it will be owed.
 *
 * Does:    puts into each part's request what the policy of its peer asks for, and keeps the ids
 *          under which the parts were taken. A part without an id is owed nothing.
 * Owns:    `handed` is talloc'ed below the ctx of the calls, and NULL until there is something to
 *          remember; without memory no receipt is asked for.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/text_row.h"

struct sms_receipt {
	struct text_handed *handed;
	bool asked; /* of the part under way */
	enum smpp_id_form form;
	char validity[VALIDITY_MAX]; /* borrowed by the request */
};

void sms_receipt_ask(struct sms_receipt *receipt, void *ctx, const struct config *config,
		     const struct peer *peer, struct smpp_pdu *pdu, int64_t now_ms);
/* The part under way was taken. */
void sms_receipt_taken(struct sms_receipt *receipt, const struct smpp_pdu *answer);
/* The text will not be sent again. */
void sms_receipt_refused(struct sms_receipt *receipt, void *ctx, const char *reason);
