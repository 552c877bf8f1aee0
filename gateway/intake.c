/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/intake.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/report_flow.h"
#include "gateway/report_row.h"
#include "gateway/store.h"
#include "rules/report_id.h"
#include "smpp/smpp_concat.h"
#include "smpp/smpp_text.h"

enum {
	BATCH_MAX = 1024,
	ARENA_SIZE = 256 * 1024,
	CONCAT_OCTETS_MAX = 64 * 1024 * 1024,
	CONCAT_TICK_MS = 1000,
	RECOVER_MAX = 500,
	PARTS_MAX = 255,
	SPARES_MAX = 8,
	/* Reading takes longer than storing. It is done a little at a time, so that the answers of
	 * what was stored go out and the store gets new work meanwhile; what is unread beyond the
	 * bound is read at once, and so slows the senders down. */
	READ_TURN = 64,
	UNREAD_MAX = 2048,
};

/* One message on its way into the store. */
struct message {
	struct peer *peer;
	uint32_t sequence;
	int64_t received_ms;
	int64_t id; /* given by the store */
	enum message_state state;
	struct number source;
	const char *account; /* the peer's; valid while it is held */
	const uint8_t *raw;  /* the PDU, in the batch's arena */
	size_t len;
};

/* The messages of one loop turn. */
struct batch {
	struct store_op op; /* first */
	struct intake *intake;
	struct batch *next; /* among the unread or the spare ones */
	size_t count;
	size_t read; /* messages that were handed on */
	size_t used;
	struct message messages[BATCH_MAX];
	uint8_t arena[ARENA_SIZE];
};

struct intake {
	struct gateway *gateway;
	struct batch *batch;  /* being collected, or NULL */
	struct batch *spares; /* kept for reuse */
	size_t spare_count;
	struct batch *unread; /* stored and answered, oldest first */
	struct batch **unread_tail;
	size_t unread_count; /* messages */
	struct event *end_of_turn;
	struct event *next_turn; /* to read on */
	struct event *timer;
	struct smpp_concat *concat;
	size_t waiting;
	const char *account; /* of the message that is being added to the collector */
	bool recovering;     /* parts may still come out of the store */
	int64_t recover_after;
	void (*recovered)(void *user, int rc);
	void *recovered_user;
};

/* ---- reading what was stored ---- */

struct text {
	int64_t ids[PARTS_MAX];
	size_t id_count;
	size_t len;
	char *utf8;
};

static void decode_append(struct text *text, uint8_t data_coding,
			  const struct smpp_gsm7_shift *shift, const uint8_t *data, size_t len)
{
	enum smpp_alphabet used;

	text->utf8 = talloc_realloc(text, text->utf8, char, text->len + 3 * len + 5);
	if (!text->utf8)
		return;
	text->len += smpp_text_decode_shifted(data_coding, shift, data, len, text->utf8 + text->len,
					      3 * len + 4, &used);
	text->utf8[text->len] = '\0';
}

static bool same_alphabet(const struct smpp_concat_part *a, const struct smpp_concat_part *b)
{
	return a->data_coding == b->data_coding && a->shift.locking == b->shift.locking &&
	       a->shift.single == b->shift.single;
}

/* Parts of one message share an alphabet, and a character may lie across a cut: the octets are
 * joined before they are decoded, as long as the labels agree. */
static void join_parts(struct text *text, const struct smpp_concat_set *set)
{
	uint8_t *octets = talloc_size(text, 1);
	const struct smpp_concat_part *label = NULL;
	size_t len = 0;

	for (size_t i = 0; i < set->total; i++) {
		const struct smpp_concat_part *part = &set->parts[i];

		if (!part->present)
			continue;
		text->ids[text->id_count++] = (int64_t)part->cookie;
		if (label && !same_alphabet(label, part)) {
			decode_append(text, label->data_coding, &label->shift, octets, len);
			len = 0;
		}
		label = part;
		octets = talloc_realloc(text, octets, uint8_t, len + part->len + 1);
		if (!octets)
			return;
		memcpy(octets + len, part->data, part->len);
		len += part->len;
	}
	if (label)
		decode_append(text, label->data_coding, &label->shift, octets, len);
}

static void hand_on(struct intake *intake, const char *account, const char *source,
		    const char *destination, const struct text *text, int64_t received_ms)
{
	struct flow_message message = {
		.ids = text->ids,
		.id_count = text->id_count,
		.account = account,
		.service_code = destination,
		.text = text->utf8 ? text->utf8 : "",
		.len = text->len,
		.received_ms = received_ms,
	};

	snprintf(message.subscriber.text, sizeof(message.subscriber.text), "%s", source);
	report_flow_message(intake->gateway, &message);
}

static void on_set(void *user, const struct smpp_concat_set *set)
{
	struct intake *intake = user;
	struct text *text = talloc_zero(intake, struct text);

	if (!text)
		return; /* it is read after the next start */
	join_parts(text, set);
	hand_on(intake, intake->account, set->source, set->destination, text,
		clock_now_ms() - (smpp_link_now_ms() - set->first_ms));
	talloc_free(text);
}

static void read_whole(struct intake *intake, int64_t id, const char *account, const char *source,
		       const char *destination, const struct smpp_pdu *pdu,
		       const struct smpp_part_info *part, int64_t received_ms)
{
	struct text *text = talloc_pooled_object(intake, struct text, 2, 3 * part->text.len + 64);

	if (!text)
		return;
	memset(text, 0, sizeof(*text));
	text->ids[0] = id;
	text->id_count = 1;
	decode_append(text, pdu->data_coding, &part->shift, part->text.data, part->text.len);
	hand_on(intake, account, source, destination, text, received_ms);
	talloc_free(text);
}

/* `raw` was decoded before it was stored, so it decodes again. */
static void read_stored(struct intake *intake, int64_t id, const char *account, const char *source,
			const uint8_t *raw, size_t len, int64_t received_ms)
{
	struct smpp_part_info part;
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	struct number destination;
	int rc;

	if (smpp_pdu_decode(raw, len, &pdu, &fault) < 0 ||
	    number_from_address(pdu.dest_addr_ton, (const char *)pdu.destination_addr.data,
				pdu.destination_addr.len, &destination) < 0) {
		LOGP(LOG_SMPP, LOGL_ERROR, "stored message %lld does not decode\n", (long long)id);
		return;
	}
	smpp_part_read(&pdu, &part);
	if (part.concatenated) {
		intake->account = account;
		/* When the part came, on the collector's clock: a text of before a restart speaks
		 * of its own day. */
		rc = smpp_concat_add(intake->concat, source, destination.text, &part,
				     pdu.data_coding, (uint64_t)id,
				     smpp_link_now_ms() - (clock_now_ms() - received_ms));
		if (rc == SMPP_CONCAT_WAITING || rc == SMPP_CONCAT_COMPLETE)
			return;
		if (rc == SMPP_CONCAT_DUPLICATE) {
			report_flow_duplicate_part(intake->gateway, id);
			return;
		}
		/* The collector is full: read the part as far as it goes. */
	}
	read_whole(intake, id, account, source, destination.text, &pdu, &part, received_ms);
}

/* ---- storing ---- */

static int run_batch(struct db *db, struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct db_stmt *stmt;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->count; i++) {
		struct message *message = &batch->messages[i];

		stmt = db_query(db, Q_MESSAGE_INSERT);
		db_bind_int(stmt, 1, message->received_ms);
		db_bind_text(stmt, 2, message->account);
		db_bind_text(stmt, 3, message->source.text);
		db_bind_int(stmt, 4, message->state);
		db_bind_blob(stmt, 5, message->raw, message->len);
		rc = db_run(stmt);
		message->id = db_last_id(db);
	}
	return rc;
}

static uint32_t status_of(int rc)
{
	if (rc == 0)
		return SMPP_ROK;
	/* A full disk or a busy store passes: the sender shall try again. */
	return rc == -ENOSPC || rc == -EBUSY || rc == -ENOMEM ? SMPP_RMSGQFUL : SMPP_RSYSERR;
}

static void answer_batch(const struct batch *batch)
{
	uint32_t status = status_of(batch->op.rc);
	char id[REPORT_ID_MAX];

	for (size_t i = 0; i < batch->count; i++) {
		const struct message *message = &batch->messages[i];

		if (status == SMPP_ROK)
			report_id_format(message->id, id);
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

static void read_later(struct intake *intake)
{
	struct timeval at_once = { 0, 0 };

	event_add(intake->next_turn, &at_once);
}

static void read_next(struct intake *intake)
{
	struct batch *batch = intake->unread;
	const struct message *message = &batch->messages[batch->read++];

	intake->unread_count--;
	if (message->state != MESSAGE_DONE)
		read_stored(intake, message->id, message->account, message->source.text,
			    message->raw, message->len, message->received_ms);
	if (batch->read < batch->count)
		return;
	intake->unread = batch->next;
	if (!intake->unread)
		intake->unread_tail = &intake->unread;
	batch_recycle(intake, batch);
}

static void on_next_turn(evutil_socket_t fd, short what, void *arg)
{
	struct intake *intake = arg;
	size_t budget = READ_TURN;

	(void)fd;
	(void)what;
	if (intake->unread_count > UNREAD_MAX + READ_TURN)
		budget = intake->unread_count - UNREAD_MAX;
	while (intake->unread && budget-- > 0)
		read_next(intake);
	if (intake->unread)
		read_later(intake);
}

static void batch_done(struct store_op *op)
{
	struct batch *batch = (struct batch *)op;
	struct intake *intake = batch->intake;
	struct metrics *metrics = &intake->gateway->metrics;

	intake->waiting -= batch->count;
	answer_batch(batch);
	if (op->rc < 0) {
		metrics->messages_failed_total += batch->count;
		LOGP(LOG_STORE, LOGL_ERROR, "%zu messages not stored: %s\n", batch->count,
		     strerror(-op->rc));
		batch_recycle(intake, batch);
		return;
	}
	metrics->messages_in_total += batch->count;
	batch->next = NULL;
	*intake->unread_tail = batch;
	intake->unread_tail = &batch->next;
	intake->unread_count += batch->count;
	read_later(intake);
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
	batch->read = 0;
	batch->used = 0;
	intake->batch = batch;
	event_active(intake->end_of_turn, 0, 0);
	return batch;
}

static void refuse(struct peer *peer, const struct smpp_pdu *pdu, uint32_t status)
{
	peer_answer(peer, pdu->sequence_number, status, NULL);
}

static bool is_receipt(const struct smpp_pdu *pdu)
{
	return (pdu->esm_class & SMPP_ESM_TYPE_MASK) == SMPP_ESM_TYPE_RECEIPT;
}

void intake_message(struct intake *intake, struct peer *peer, const struct smpp_pdu *pdu)
{
	struct gateway *gateway = intake->gateway;
	struct number destination;
	struct message message = { .peer = peer, .sequence = pdu->sequence_number };
	struct batch *batch;
	ssize_t len;

	if (number_from_address(pdu->dest_addr_ton, (const char *)pdu->destination_addr.data,
				pdu->destination_addr.len, &destination) < 0 ||
	    !config_is_service_code(gateway->live, destination.text)) {
		refuse(peer, pdu, SMPP_RINVDSTADR);
		return;
	}
	if (number_from_address(pdu->source_addr_ton, (const char *)pdu->source_addr.data,
				pdu->source_addr.len, &message.source) < 0) {
		refuse(peer, pdu, SMPP_RINVSRCADR);
		return;
	}
	if (!is_receipt(pdu) && smpp_text_alphabet(pdu->data_coding) == SMPP_ALPHABET_NONE) {
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
	len = smpp_pdu_encode(pdu, batch->arena + batch->used, ARENA_SIZE - batch->used);
	if (len < 0) {
		refuse(peer, pdu, SMPP_RSYSERR);
		return;
	}
	message.received_ms = clock_now_ms();
	message.state = is_receipt(pdu) ? MESSAGE_DONE : MESSAGE_NEW;
	message.account = peer_account(peer);
	message.raw = batch->arena + batch->used;
	message.len = (size_t)len;
	batch->used += (size_t)len;
	batch->messages[batch->count++] = message;
	intake->waiting++;
	peer_hold(peer);
}

size_t intake_waiting(const struct intake *intake)
{
	return intake->waiting + intake->unread_count;
}

/* ---- recovery ---- */

struct recovered {
	int64_t id;
	int64_t received_ms;
	const char *account;
	const char *source;
	const uint8_t *raw;
	size_t len;
};

struct recover_op {
	struct store_op op; /* first */
	struct intake *intake;
	int64_t after;
	void *memory;
	struct recovered *rows;
	size_t count;
};

static int run_recover(struct db *db, struct store_op *op)
{
	struct recover_op *recover = (struct recover_op *)op;
	struct db_stmt *stmt = db_query(db, Q_MESSAGE_OPEN);
	int rc;

	talloc_free(recover->memory);
	recover->memory = talloc_new(NULL);
	recover->rows = talloc_array(recover->memory, struct recovered, RECOVER_MAX);
	recover->count = 0;
	if (!recover->rows)
		return -ENOMEM;
	db_bind_int(stmt, 1, recover->after);
	db_bind_int(stmt, 2, RECOVER_MAX);
	while ((rc = db_step(stmt)) > 0) {
		struct recovered *row = &recover->rows[recover->count];
		const void *raw = db_blob(stmt, 5, &row->len);

		row->id = db_int(stmt, 0);
		row->received_ms = db_int(stmt, 1);
		row->account = talloc_strdup(recover->memory, db_text(stmt, 2));
		row->source = talloc_strdup(recover->memory, db_text(stmt, 3));
		row->raw = talloc_memdup(recover->memory, raw, row->len);
		if (!row->account || !row->source || !row->raw)
			return -ENOMEM;
		recover->count++;
	}
	return rc;
}

static void recover_next(struct intake *intake);

static void recover_end(struct intake *intake, int rc)
{
	intake->recovering = false;
	intake->recovered(intake->recovered_user, rc);
}

static void recover_done(struct store_op *op)
{
	struct recover_op *recover = (struct recover_op *)op;
	struct intake *intake = recover->intake;
	bool more = op->rc == 0 && recover->count == RECOVER_MAX;
	int rc = op->rc;

	if (op->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "open messages not read: %s\n", strerror(-op->rc));
	for (size_t i = 0; op->rc == 0 && i < recover->count; i++) {
		const struct recovered *row = &recover->rows[i];

		intake->recover_after = row->id;
		read_stored(intake, row->id, row->account, row->source, row->raw, row->len,
			    row->received_ms);
	}
	talloc_free(recover->memory);
	talloc_free(recover);
	if (more)
		recover_next(intake);
	else
		recover_end(intake, rc);
}

static void recover_next(struct intake *intake)
{
	struct recover_op *recover = talloc_zero(NULL, struct recover_op);

	if (!recover) {
		recover_end(intake, -ENOMEM);
		return;
	}
	recover->op.run = run_recover;
	recover->op.done = recover_done;
	recover->intake = intake;
	recover->after = intake->recover_after;
	store_submit(intake->gateway->store, &recover->op);
}

void intake_recover(struct intake *intake, void (*done)(void *user, int rc), void *user)
{
	intake->recovering = true;
	intake->recovered = done;
	intake->recovered_user = user;
	recover_next(intake);
}

/* ---- making ---- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct intake *intake = arg;

	(void)fd;
	(void)what;
	/* Sets that ran out of time are read as far as they go; the account of their first part is
	 * no longer known, and the answer takes any link. */
	intake->account = "";
	if (!intake->recovering)
		smpp_concat_expire(intake->concat, smpp_link_now_ms());
}

static void free_batches(struct batch *batch)
{
	for (struct batch *next; batch; batch = next) {
		next = batch->next;
		talloc_free(batch);
	}
}

static int intake_destroy(struct intake *intake)
{
	if (intake->end_of_turn)
		event_free(intake->end_of_turn);
	if (intake->timer)
		event_free(intake->timer);
	if (intake->next_turn)
		event_free(intake->next_turn);
	talloc_free(intake->batch);
	free_batches(intake->unread);
	free_batches(intake->spares);
	return 0;
}

struct intake *intake_create(void *ctx, struct gateway *gateway)
{
	const struct config_smpp *smpp = &gateway->config->smpp;
	struct smpp_concat_limits limits = {
		.max_sets = smpp->concat_sets,
		.max_sets_per_sender = smpp->concat_sets_per_sender,
		.max_octets = CONCAT_OCTETS_MAX,
		.wait_ms = (int64_t)smpp->concat_wait_s * 1000,
	};
	struct timeval every = { CONCAT_TICK_MS / 1000, 0 };
	struct intake *intake = talloc_zero(ctx, struct intake);

	if (!intake)
		return NULL;
	talloc_set_destructor(intake, intake_destroy);
	intake->gateway = gateway;
	intake->account = "";
	intake->unread_tail = &intake->unread;
	intake->end_of_turn = event_new(gateway->base, -1, 0, on_end_of_turn, intake);
	intake->next_turn = event_new(gateway->base, -1, 0, on_next_turn, intake);
	intake->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, intake);
	intake->concat = smpp_concat_create(intake, &limits, on_set, intake);
	if (!intake->end_of_turn || !intake->next_turn || !intake->timer || !intake->concat ||
	    !smpp_text_keep_converters(intake) || event_add(intake->timer, &every) < 0) {
		talloc_free(intake);
		return NULL;
	}
	return intake;
}
