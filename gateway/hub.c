/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub.h"

#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/screen.h"
#include "rules/report_id.h"

struct hub {
	struct gateway *gateway;
};

/* A message on its way to the SMSC. */
struct passing {
	struct peer *peer; /* held */
	uint32_t sequence;
};

static void on_answer(void *user, const struct smpp_pdu *answer)
{
	struct passing *passing = user;

	/* Without an answer the hub shall try again. */
	if (answer)
		peer_answer_pdu(passing->peer, passing->sequence, answer);
	else
		peer_answer(passing->peer, passing->sequence, SMPP_RMSGQFUL, NULL);
	peer_release(passing->peer);
	talloc_free(passing);
}

static void pass_on(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct peer *smsc = smpp_server_pick(hub->gateway->smpp, NULL);
	struct passing *passing = smsc ? talloc(hub, struct passing) : NULL;
	struct smpp_pdu out = *pdu;

	if (!passing) {
		peer_answer(peer, pdu->sequence_number, SMPP_RMSGQFUL, NULL);
		return;
	}
	*passing = (struct passing){ peer, pdu->sequence_number };
	if (pdu->command_id == SMPP_SUBMIT_SM)
		out.command_id = SMPP_DELIVER_SM;
	peer_hold(peer);
	if (peer_request(smsc, &out, on_answer, passing) < 0)
		on_answer(passing, NULL);
}

void hub_message(struct hub *hub, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct gateway *gateway = hub->gateway;
	struct block_attempt attempt = { .channel = BLOCK_SMS, .entry = peer_entry(peer) };
	struct screen_answer answer;
	char mask[2][NUMBER_MAX];

	if (number_from_address(pdu->source_addr_ton, (const char *)pdu->source_addr.data,
				pdu->source_addr.len, &attempt.caller) < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVSRCADR, NULL);
		return;
	}
	if (number_from_address(pdu->dest_addr_ton, (const char *)pdu->destination_addr.data,
				pdu->destination_addr.len, &attempt.called) < 0) {
		peer_answer(peer, pdu->sequence_number, SMPP_RINVDSTADR, NULL);
		return;
	}
	attempt.now_ms = clock_now_ms();
	answer = screen_decide(gateway, &attempt);
	if (answer.blocked) {
		LOGP(LOG_BLOCK, LOGL_INFO, "SMS %s to %s blocked: %s\n",
		     log_number(mask[0], attempt.caller.text),
		     log_number(mask[1], attempt.called.text),
		     block_tier_name(answer.decision.tier));
		peer_answer(peer, pdu->sequence_number, gateway->live->blocking.blocked_status,
			    NULL);
		return;
	}
	pass_on(hub, peer, pdu);
}

struct hub *hub_create(void *ctx, struct gateway *gateway)
{
	struct hub *hub = talloc_zero(ctx, struct hub);

	if (hub)
		hub->gateway = gateway;
	return hub;
}
