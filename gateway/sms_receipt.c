/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sms_receipt.h"

#include <stdio.h>
#include <talloc.h>

static bool make_handed(struct sms_receipt *receipt, void *ctx)
{
	if (!receipt->handed)
		receipt->handed = talloc_zero(ctx, struct text_handed);
	return receipt->handed && receipt->handed->count < SMPP_PARTS_MAX;
}

void sms_receipt_ask(struct sms_receipt *receipt, void *ctx, const struct config *config,
		     const struct peer *peer, struct smpp_pdu *pdu, int64_t now_ms)
{
	struct receipt_policy policy;
	struct text_part *part;

	receipt->asked = false;
	receipt_policy_of(config, peer_side(peer), peer_account(peer), &policy);
	if (policy.receipts.wanted == RECEIPTS_NONE || !make_handed(receipt, ctx))
		return;
	receipt->asked = true;
	receipt->form = policy.receipts.response_id;
	part = &receipt->handed->parts[receipt->handed->count];
	snprintf(part->scope, sizeof(part->scope), "%s", policy.scope);
	part->wanted = policy.receipts.wanted;
	part->sent_ms = now_ms;
	pdu->registered_delivery = receipt_policy_request(policy.receipts.wanted);
	/* SMPP 3.4 sec. 4.6.1: of a deliver_sm it is NULL. */
	if (pdu->command_id != SMPP_SUBMIT_SM)
		return;
	receipt_policy_validity(config->answers.validity_s, receipt->validity);
	pdu->validity_period = smpp_octets_of(receipt->validity);
}

void sms_receipt_taken(struct sms_receipt *receipt, const struct smpp_pdu *answer)
{
	struct text_handed *handed = receipt->handed;

	if (receipt->asked && smpp_receipt_id_key(receipt->form, answer->message_id,
						  &handed->parts[handed->count].key) == 0)
		handed->count++;
	receipt->asked = false;
}

void sms_receipt_refused(struct sms_receipt *receipt, void *ctx, const char *reason)
{
	/* Whether or not there is room for one more part. */
	(void)make_handed(receipt, ctx);
	if (receipt->handed)
		snprintf(receipt->handed->refused, sizeof(receipt->handed->refused), "%s", reason);
}
