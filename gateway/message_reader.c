/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/message_reader.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/report_flow.h"
#include "gateway/store.h"
#include "smpp/smpp_link.h"
#include "smpp/smpp_text.h"

enum {
	CONCAT_OCTETS_MAX = 64 * 1024 * 1024,
	CONCAT_TICK_MS = 1000,
	RECOVER_MAX = 500,
	PARTS_MAX = 255,
	TEXT_SHORT = 160, /* octets: one part of a message, in any alphabet */
};

struct message_reader {
	struct gateway *gateway;
	struct event *timer;
	struct smpp_concat *concat;
	const char *account; /* of the message that is being added to the collector */
	bool recovering;     /* parts may still come out of the store */
	int64_t recover_after;
	void (*recovered)(void *user, int rc);
	void *recovered_user;
};

/* ---- reading ---- */

static struct flow *read_text(struct message_reader *reader, const char *account,
			      const char *source, const char *destination, const char *text,
			      size_t len, int64_t received_ms)
{
	struct flow_message message = {
		.account = account,
		.service_code = destination,
		.text = text,
		.len = len,
		.received_ms = received_ms,
	};

	snprintf(message.subscriber.text, sizeof(message.subscriber.text), "%s", source);
	return report_flow_read(reader->gateway, &message);
}

struct flow *message_reader_whole(struct message_reader *reader, const struct message_row *row,
				  const char *destination, const struct smpp_pdu *pdu,
				  const struct smpp_part_info *part)
{
	char on_stack[3 * TEXT_SHORT + 4];
	size_t cap = 3 * part->text.len + 4;
	char *text = cap <= sizeof(on_stack) ? on_stack : talloc_size(reader, cap);
	enum smpp_alphabet used;
	struct flow *flow;
	size_t len;

	if (!text)
		return NULL;
	len = smpp_text_decode_shifted(pdu->data_coding, &part->shift, part->text.data,
				       part->text.len, text, cap, &used);
	flow = read_text(reader, row->account, row->source, destination, text, len,
			 row->received_ms);
	if (text != on_stack)
		talloc_free(text);
	return flow;
}

/* ---- parts ---- */

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

static void on_set(void *user, const struct smpp_concat_set *set)
{
	struct message_reader *reader = user;
	struct text *text = talloc_zero(reader, struct text);
	struct flow *flow;

	if (!text)
		return; /* it is read after the next start */
	join_parts(text, set);
	flow = read_text(reader, reader->account, set->source, set->destination,
			 text->utf8 ? text->utf8 : "", text->len,
			 clock_now_ms() - (smpp_link_now_ms() - set->first_ms));
	if (flow)
		report_flow_submit(flow, text->ids, text->id_count);
	talloc_free(text);
}

/* Whether the part is with the collector now, and has nothing to say by itself. */
static bool collect(struct message_reader *reader, const struct message_row *row,
		    const char *destination, const struct smpp_part_info *part, uint8_t data_coding)
{
	int rc;

	reader->account = row->account;
	/* When the part came, on the collector's clock: a text of before a restart speaks of its
	 * own day. */
	rc = smpp_concat_add(reader->concat, row->source, destination, part, data_coding,
			     (uint64_t)row->id,
			     smpp_link_now_ms() - (clock_now_ms() - row->received_ms));
	if (rc == SMPP_CONCAT_DUPLICATE)
		report_flow_duplicate_part(reader->gateway, row->id);
	return rc == SMPP_CONCAT_WAITING || rc == SMPP_CONCAT_COMPLETE ||
	       rc == SMPP_CONCAT_DUPLICATE;
}

int message_reader_destination(const struct numbering *plan, const struct smpp_pdu *pdu,
			       struct number *out)
{
	const char *text = (const char *)pdu->destination_addr.data;
	size_t len = pdu->destination_addr.len;

	if (number_from_address(plan, pdu->dest_addr_ton, text, len, out) == 0)
		return 0;
	return config_read_code(plan, text, len, out);
}

/* It was decoded before it was stored, so it decodes again. */
void message_reader_stored(struct message_reader *reader, const struct message_row *row)
{
	struct smpp_part_info part;
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	struct number destination;
	struct flow *flow;

	if (smpp_pdu_decode(row->raw, row->len, &pdu, &fault) < 0 ||
	    message_reader_destination(reader->gateway->live->tables->numbering, &pdu,
				       &destination) < 0) {
		LOGP(LOG_SMPP, LOGL_ERROR, "stored message %lld does not decode\n",
		     (long long)row->id);
		return;
	}
	smpp_part_read(&pdu, &part);
	/* A part that the collector has no room for is read as far as it goes. */
	if (part.concatenated && collect(reader, row, destination.text, &part, pdu.data_coding))
		return;
	flow = message_reader_whole(reader, row, destination.text, &pdu, &part);
	if (flow)
		report_flow_submit(flow, &row->id, 1);
}

/* ---- recovery ---- */

struct recover_op {
	struct store_op op; /* first */
	struct message_reader *reader;
	int64_t after;
	void *memory;
	struct message_row *rows;
	size_t count;
};

static int run_recover(struct db *db, struct store_op *op)
{
	struct recover_op *recover = (struct recover_op *)op;
	struct db_stmt *stmt = db_query(db, Q_MESSAGE_OPEN);
	int rc;

	talloc_free(recover->memory);
	recover->memory = talloc_new(NULL);
	recover->rows = talloc_array(recover->memory, struct message_row, RECOVER_MAX);
	recover->count = 0;
	if (!recover->rows)
		return -ENOMEM;
	db_bind_int(stmt, 1, recover->after);
	db_bind_int(stmt, 2, RECOVER_MAX);
	while ((rc = db_step(stmt)) > 0) {
		struct message_row *row = &recover->rows[recover->count];
		const void *raw;

		*row = (struct message_row){ .id = db_int(stmt, 0),
					     .received_ms = db_int(stmt, 1) };
		raw = db_blob(stmt, 5, &row->len);
		row->account = talloc_strdup(recover->memory, db_text(stmt, 2));
		row->source = talloc_strdup(recover->memory, db_text(stmt, 3));
		row->raw = talloc_memdup(recover->memory, raw, row->len);
		if (!row->account || !row->source || !row->raw)
			return -ENOMEM;
		recover->count++;
	}
	return rc;
}

static void recover_next(struct message_reader *reader);

static void recover_end(struct message_reader *reader, int rc)
{
	reader->recovering = false;
	reader->recovered(reader->recovered_user, rc);
}

static void recover_done(struct store_op *op)
{
	struct recover_op *recover = (struct recover_op *)op;
	struct message_reader *reader = recover->reader;
	bool more = op->rc == 0 && recover->count == RECOVER_MAX;
	int rc = op->rc;

	if (op->rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "open messages not read: %s\n", strerror(-op->rc));
	for (size_t i = 0; op->rc == 0 && i < recover->count; i++) {
		reader->recover_after = recover->rows[i].id;
		message_reader_stored(reader, &recover->rows[i]);
	}
	talloc_free(recover->memory);
	talloc_free(recover);
	if (more)
		recover_next(reader);
	else
		recover_end(reader, rc);
}

static void recover_next(struct message_reader *reader)
{
	struct recover_op *recover = talloc_zero(NULL, struct recover_op);

	if (!recover) {
		recover_end(reader, -ENOMEM);
		return;
	}
	recover->op.run = run_recover;
	recover->op.done = recover_done;
	recover->reader = reader;
	recover->after = reader->recover_after;
	store_submit(reader->gateway->store, &recover->op);
}

void message_reader_recover(struct message_reader *reader, void (*done)(void *user, int rc),
			    void *user)
{
	reader->recovering = true;
	reader->recovered = done;
	reader->recovered_user = user;
	recover_next(reader);
}

/* ---- making ---- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct message_reader *reader = arg;

	(void)fd;
	(void)what;
	/* Sets that ran out of time are read as far as they go; the account of their first part is
	 * no longer known, and the answer takes any link. */
	reader->account = "";
	if (!reader->recovering)
		smpp_concat_expire(reader->concat, smpp_link_now_ms());
}

static int reader_destroy(struct message_reader *reader)
{
	if (reader->timer)
		event_free(reader->timer);
	return 0;
}

struct message_reader *message_reader_create(void *ctx, struct gateway *gateway)
{
	const struct config_smpp *smpp = &gateway->config->smpp;
	struct smpp_concat_limits limits = {
		.max_sets = smpp->concat_sets,
		.max_sets_per_sender = smpp->concat_sets_per_sender,
		.max_octets = CONCAT_OCTETS_MAX,
		.wait_ms = (int64_t)smpp->concat_wait_s * 1000,
	};
	struct timeval every = { CONCAT_TICK_MS / 1000, 0 };
	struct message_reader *reader = talloc_zero(ctx, struct message_reader);

	if (!reader)
		return NULL;
	talloc_set_destructor(reader, reader_destroy);
	reader->gateway = gateway;
	reader->account = "";
	reader->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, reader);
	reader->concat = smpp_concat_create(reader, &limits, on_set, reader);
	if (!reader->timer || !reader->concat || !smpp_text_keep_converters(reader) ||
	    event_add(reader->timer, &every) < 0) {
		talloc_free(reader);
		return NULL;
	}
	return reader;
}
