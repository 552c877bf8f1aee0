/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/intake.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/message_reader.h"
#include "gateway/receipt_desk.h"
#include "gateway/report_flow.h"
#include "gateway/store.h"
#include "rules/report_id.h"
#include "smpp/smpp_text.h"

enum {
	BATCH_MAX = 1024,
	ARENA_SIZE = 256 * 1024,
	SPARES_MAX = 8,
	/* What follows from a message (a look-up, a part put to the others) is done a little at a
	 * time, so that the answers go out and the store gets new work meanwhile; beyond the bound
	 * it is done at once, and so slows the senders down. */
	FOLLOW_TURN = 64,
	FOLLOW_MAX = 2048,
};

/* One message on its way into the store. */
struct message {
	struct peer *peer;
	uint32_t sequence;
	struct message_row row; /* account: the peer's, valid while it is held; raw: in the arena */
	struct number source;
	/* What is read in it, stored with it. NULL: nothing is to be read, or only together with
	 * other parts, or memory is short. */
	struct flow *flow;
};

/* The messages of one loop turn. */
struct batch {
	struct store_op op; /* first */
	struct intake *intake;
	struct batch *next; /* among the stored or the spare ones */
	size_t count;
	size_t followed; /* messages whose consequences were drawn */
	/* The reading of one of the messages failed: each is undone by itself from now on, so that
	 * the others are stored. */
	bool careful;
	size_t used;
	struct message messages[BATCH_MAX];
	uint8_t arena[ARENA_SIZE];
};

struct intake {
	struct gateway *gateway;
	struct batch *batch;  /* being collected, or NULL */
	struct batch *spares; /* kept for reuse */
	size_t spare_count;
	struct batch *stored; /* and answered; oldest first */
	struct batch **stored_tail;
	size_t stored_count; /* messages */
	struct event *end_of_turn;
	struct event *next_turn; /* to follow on */
	struct message_reader *reader;
	size_t waiting;
};

/* ---- storing ---- */

/* Runs what was read in the message. In a careful batch a failure concerns this message alone: it
 * is stored as unread, and tried again by itself. */
static int run_reading(struct db *db, const struct batch *batch, struct message *message)
{
	struct message_row *row = &message->row;
	int rc = batch->careful ? db_savepoint(db) : 0;

	if (rc == 0)
		rc = report_flow_run(db, message->flow, row->id, &row->report_id);
	if (rc == 0 && batch->careful)
		rc = db_release(db);
	if (rc == 0) {
		row->state = MESSAGE_DONE;
		return 0;
	}
	row->report_id = 0;
	return batch->careful && db_undo(db) == 0 ? 0 : rc;
}

static int run_message(struct db *db, struct batch *batch, struct message *message)
{
	struct message_row *row = &message->row;
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row->id);

	if (rc == 0 && message->flow) {
		row->state = MESSAGE_NEW;
		rc = run_reading(db, batch, message);
		batch->careful = batch->careful || rc < 0;
	}
	return rc < 0 ? rc : message_row_insert(db, row);
}

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->count; i++)
		rc = run_message(db, batch, &batch->messages[i]);
	return rc;
}

uint32_t intake_status_of(int rc)
{
	if (rc == 0)
		return SMPP_ROK;
	/* A full disk or a busy store passes: the sender shall try again. */
	return rc == -ENOSPC || rc == -EBUSY || rc == -ENOMEM ? SMPP_RMSGQFUL : SMPP_RSYSERR;
}

static void answer_batch(const struct batch *batch)
{
	uint32_t status = intake_status_of(batch->op.rc);
	char id[REPORT_ID_MAX];

	for (size_t i = 0; i < batch->count; i++) {
		const struct message *message = &batch->messages[i];

		if (status == SMPP_ROK)
			report_id_format(message->row.id, id);
		peer_answer(message->peer, message->sequence, status,
			    status == SMPP_ROK ? id : NULL);
	}
}

static void batch_recycle(struct intake *intake, struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		peer_release(batch->messages[i].peer);
	if (intake->spare_count == SPARES_MAX) {
		talloc_free(batch);
		return;
	}
	batch->next = intake->spares;
	intake->spares = batch;
	intake->spare_count++;
}

static void follow_later(struct intake *intake)
{
	struct timeval at_once = { 0, 0 };

	event_add(intake->next_turn, &at_once);
}

static void follow(struct intake *intake, struct message *message)
{
	struct flow *flow = message->flow;

	message->flow = NULL;
	if (flow && message->row.state == MESSAGE_DONE)
		report_flow_done(flow);
	else if (flow)
		report_flow_submit(flow, &message->row.id, 1);
	else if (message->row.state == MESSAGE_NEW)
		message_reader_stored(intake->reader, &message->row);
}

static void follow_next(struct intake *intake)
{
	struct batch *batch = intake->stored;

	intake->stored_count--;
	follow(intake, &batch->messages[batch->followed++]);
	if (batch->followed < batch->count)
		return;
	intake->stored = batch->next;
	if (!intake->stored)
		intake->stored_tail = &intake->stored;
	batch_recycle(intake, batch);
}

static void on_next_turn(evutil_socket_t fd, short what, void *arg)
{
	struct intake *intake = arg;
	size_t budget = FOLLOW_TURN;

	(void)fd;
	(void)what;
	if (intake->stored_count > FOLLOW_MAX + FOLLOW_TURN)
		budget = intake->stored_count - FOLLOW_MAX;
	while (intake->stored && budget-- > 0)
		follow_next(intake);
	if (intake->stored)
		follow_later(intake);
}

static void batch_failed(struct intake *intake, struct batch *batch)
{
	intake->gateway->metrics.messages_failed_total += batch->count;
	LOGP(LOG_STORE, LOGL_ERROR, "%zu messages not stored: %s\n", batch->count,
	     strerror(-batch->op.rc));
	for (size_t i = 0; i < batch->count; i++)
		report_flow_free(batch->messages[i].flow);
	batch_recycle(intake, batch);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct intake *intake = batch->intake;

	intake->waiting -= batch->count;
	answer_batch(batch);
	if (op->rc < 0) {
		batch_failed(intake, batch);
		return;
	}
	intake->gateway->metrics.messages_in_total += batch->count;
	batch->next = NULL;
	*intake->stored_tail = batch;
	intake->stored_tail = &batch->next;
	intake->stored_count += batch->count;
	follow_later(intake);
}

static void submit_batch(struct intake *intake)
{
	struct batch *batch = intake->batch;

	intake->batch = NULL;
	if (!batch)
		return;
	batch->op = (struct store_op){ .run = run_batch, .done = batch_done };
	batch->op.weight = batch->count;
	store_submit(intake->gateway->store, &batch->op);
}

static void on_end_of_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	submit_batch(arg);
}

static struct batch *batch_reuse(struct intake *intake)
{
	struct batch *batch = intake->spares;

	intake->spares = batch->next;
	intake->spare_count--;
	return batch;
}

static struct batch *batch_with_room(struct intake *intake, size_t len)
{
	struct batch *batch = intake->batch;

	if (batch && (batch->count == BATCH_MAX || batch->used + len > ARENA_SIZE)) {
		submit_batch(intake);
		batch = NULL;
	}
	if (batch)
		return batch;
	batch = intake->spares ? batch_reuse(intake) : talloc(NULL, struct batch);
	if (!batch)
		return NULL;
	batch->intake = intake;
	batch->count = 0;
	batch->followed = 0;
	batch->careful = false;
	batch->used = 0;
	intake->batch = batch;
	event_active(intake->end_of_turn, 0, 0);
	return batch;
}

static void refuse(struct peer *peer, const struct smpp_pdu *pdu, uint32_t status)
{
	peer_answer(peer, pdu->sequence_number, status, NULL);
}

static bool put_raw(struct batch *batch, const struct smpp_pdu *pdu, struct message_row *row)
{
	uint8_t *at = batch->arena + batch->used;
	ssize_t len = smpp_pdu_encode(pdu, at, ARENA_SIZE - batch->used);

	if (len < 0)
		return false;
	row->raw = at;
	row->len = (size_t)len;
	batch->used += (size_t)len;
	return true;
}

/* Read at once, to be stored with what it changes; but parts only make sense together. */
static void read_message(struct intake *intake, const struct smpp_pdu *pdu,
			 const struct number *destination, struct message *message)
{
	struct message_row *row = &message->row;
	struct smpp_part_info part;

	row->state = MESSAGE_NEW;
	smpp_part_read(pdu, &part);
	if (!part.concatenated)
		message->flow =
			message_reader_whole(intake->reader, row, destination->text, pdu, &part);
}

void intake_text(struct intake *intake, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct gateway *gateway = intake->gateway;
	const struct numbering *plan = gateway->live->tables->numbering;
	struct number destination;
	struct number source;
	struct message *message;
	struct batch *batch;
	uint32_t status;

	if (message_reader_destination(plan, pdu, &destination) < 0 ||
	    !config_is_service_code(gateway->live, destination.text)) {
		refuse(peer, pdu, SMPP_RINVDSTADR);
		return;
	}
	if (number_from_address(plan, pdu->source_addr_ton, (const char *)pdu->source_addr.data,
				pdu->source_addr.len, &source) < 0) {
		refuse(peer, pdu, SMPP_RINVSRCADR);
		return;
	}
	status = peer_admits(peer, pdu, &source, &destination);
	if (status != SMPP_ROK) {
		refuse(peer, pdu, status);
		return;
	}
	if (smpp_text_alphabet(pdu->data_coding) == SMPP_ALPHABET_NONE) {
		refuse(peer, pdu, smpp_text_refusal(pdu->command_id));
		return;
	}
	batch = intake->waiting >= gateway->config->smpp.queue_max
			? NULL
			: batch_with_room(intake, pdu->command_length);
	if (!batch) {
		gateway->metrics.smpp_throttled_total++;
		refuse(peer, pdu, SMPP_RMSGQFUL);
		return;
	}
	message = &batch->messages[batch->count];
	*message = (struct message){ .peer = peer,
				     .sequence = pdu->sequence_number,
				     .source = source,
				     .row = { .received_ms = clock_now_ms(),
					      .account = peer_account(peer) } };
	message->row.source = message->source.text;
	if (!put_raw(batch, pdu, &message->row)) {
		refuse(peer, pdu, SMPP_RSYSERR);
		return;
	}
	read_message(intake, pdu, &destination, message);
	batch->count++;
	intake->waiting++;
	peer_hold(peer);
}

void intake_message(struct intake *intake, struct peer *peer, const struct smpp_pdu *pdu)
{
	if (!receipt_desk_take(intake->gateway->receipts, peer, pdu))
		intake_text(intake, peer, pdu);
}

size_t intake_waiting(const struct intake *intake)
{
	return intake->waiting + intake->stored_count;
}

/* ---- making ---- */

static void free_batch(struct batch *batch)
{
	for (size_t i = batch->followed; i < batch->count; i++)
		report_flow_free(batch->messages[i].flow);
	talloc_free(batch);
}

static void free_batches(struct batch *batch)
{
	for (struct batch *next; batch; batch = next) {
		next = batch->next;
		free_batch(batch);
	}
}

static int intake_destroy(struct intake *intake)
{
	if (intake->end_of_turn)
		event_free(intake->end_of_turn);
	if (intake->next_turn)
		event_free(intake->next_turn);
	if (intake->batch)
		free_batch(intake->batch);
	free_batches(intake->stored);
	for (struct batch *batch = intake->spares, *next; batch; batch = next) {
		next = batch->next;
		talloc_free(batch);
	}
	return 0;
}

void intake_recover(struct intake *intake, void (*done)(void *user, int rc), void *user)
{
	message_reader_recover(intake->reader, done, user);
}

struct intake *intake_create(void *ctx, struct gateway *gateway)
{
	struct intake *intake = talloc_zero(ctx, struct intake);

	if (!intake)
		return NULL;
	talloc_set_destructor(intake, intake_destroy);
	intake->gateway = gateway;
	intake->stored_tail = &intake->stored;
	intake->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, intake);
	intake->next_turn = event_new(gateway->base, -1, 0, on_next_turn, intake);
	intake->reader = message_reader_create(intake, gateway);
	if (!intake->end_of_turn || !intake->next_turn || !intake->reader) {
		talloc_free(intake);
		return NULL;
	}
	return intake;
}
