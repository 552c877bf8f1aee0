/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/quarantine.h"

#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/intake.h"
#include "gateway/log.h"
#include "gateway/outbox.h"
#include "gateway/quarantine_row.h"
#include "gateway/store.h"

/* A message on its way into the store. */
struct keeping {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct peer *peer; /* held */
	uint32_t sequence;
	uint32_t full_status;
	bool later;
	struct part_verdicts *parts;
	struct smpp_part_info part;
	struct quarantine_limits limits;
	struct quarantine_message message;
	enum quarantine_result result;
	int64_t id;
	uint8_t octets[];
};

uint32_t quarantine_full_status(const struct config_blocking *blocking)
{
	return blocking->blocked_status ? blocking->blocked_status : SMPP_RX_R_APPN;
}

static int run_keeping(struct db *db, struct store_op *op)
{
	struct keeping *keeping = (struct keeping *)op;

	return quarantine_row_put(db, &keeping->message, &keeping->limits, keeping->later,
				  &keeping->result, &keeping->id);
}

static void on_full(struct keeping *keeping)
{
	const struct attempt_row *attempt = &keeping->message.attempt;

	keeping->gateway->metrics.quarantine_full_total++;
	if (keeping->part.concatenated)
		part_verdicts_change(keeping->parts, &attempt->sender, &attempt->subscriber,
				     &keeping->part, PART_NO_ROOM);
}

static void count(struct keeping *keeping)
{
	struct metrics *metrics = &keeping->gateway->metrics;

	switch (keeping->result) {
	case QUARANTINE_KEPT:
		metrics->quarantined_total++;
		metrics->attempts_stored_total++;
		break;
	case QUARANTINE_FULL:
		metrics->attempts_stored_total += !keeping->later;
		on_full(keeping);
		break;
	case QUARANTINE_FORWARDED:
		outbox_kick(keeping->gateway->outbox);
		break;
	case QUARANTINE_PART:
	case QUARANTINE_DUPLICATE:
		break;
	}
}

static void answer(const struct keeping *keeping)
{
	uint32_t status = intake_status_of(keeping->op.rc);
	char id[HUB_MESSAGE_ID_MAX];

	if (status == SMPP_ROK && keeping->result == QUARANTINE_FULL)
		status = keeping->full_status;
	quarantine_write_id(keeping->id, id);
	peer_answer(keeping->peer, keeping->sequence, status, status == SMPP_ROK ? id : NULL);
}

static void keeping_done(struct store_op *op)
{
	struct keeping *keeping = (struct keeping *)op;

	answer(keeping);
	if (op->rc == 0)
		count(keeping);
	else if (log_seldom(&keeping->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "blocked message not kept: %s\n", strerror(-op->rc));
	peer_release(keeping->peer);
	talloc_free(keeping);
}

static void fill(struct keeping *keeping, const struct quarantine_request *request, size_t len)
{
	const struct config_blocking *blocking = &keeping->gateway->live->blocking;
	const struct smpp_part_info *part = request->part;
	bool parts = part->concatenated;

	attempt_row_fill(&keeping->message.attempt, request->attempt, request->answer,
			 peer_account(request->peer));
	keeping->message.part =
		(struct quarantine_part){ parts ? part->reference : 0, parts ? part->total : 1,
					  parts ? part->index : 1 };
	keeping->message.pdu = keeping->octets;
	keeping->message.len = len;
	keeping->limits =
		(struct quarantine_limits){ blocking->quarantine_max, blocking->attempts_max };
	keeping->full_status = quarantine_full_status(blocking);
	keeping->part = *part;
	keeping->part.text = (struct smpp_octets){ 0 }; /* the PDU's, which goes */
	keeping->later = request->later;
	keeping->parts = request->parts;
}

static struct keeping *keeping_create(struct gateway *gateway,
				      const struct quarantine_request *request)
{
	size_t room = request->pdu->command_length;
	struct keeping *keeping = talloc_zero_size(NULL, sizeof(*keeping) + room);
	ssize_t len;

	if (!keeping)
		return NULL;
	len = smpp_pdu_encode(request->pdu, keeping->octets, room);
	if (len < 0) {
		talloc_free(keeping);
		return NULL;
	}
	keeping->gateway = gateway;
	keeping->op = (struct store_op){ .run = run_keeping, .done = keeping_done };
	keeping->peer = request->peer;
	keeping->sequence = request->pdu->sequence_number;
	fill(keeping, request, (size_t)len);
	return keeping;
}

void quarantine_keep(struct gateway *gateway, const struct quarantine_request *request)
{
	struct keeping *keeping = NULL;

	if (store_waiting(gateway->store) < gateway->live->smpp.queue_max)
		keeping = keeping_create(gateway, request);
	if (!keeping) {
		peer_answer(request->peer, request->pdu->sequence_number, SMPP_RMSGQFUL, NULL);
		return;
	}
	peer_hold(keeping->peer);
	store_submit(gateway->store, &keeping->op);
}
