/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/quarantine_row.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/base16.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/kept_receipt.h"
#include "gateway/outbox.h"
#include "smpp/smpp_pdu.h"

/* ---- the PDU as text ---- */

char *quarantine_write_pdu(void *ctx, const uint8_t *pdu, size_t len)
{
	char *text = talloc_size(ctx, BASE16_ENCODE_LENGTH(len) + 1);

	if (!text)
		return NULL;
	base16_encode_update(text, len, pdu);
	text[BASE16_ENCODE_LENGTH(len)] = '\0';
	return text;
}

int quarantine_read_pdu(void *ctx, const char *text, uint8_t **pdu, size_t *len)
{
	struct base16_decode_ctx decoder;
	size_t size = strlen(text);
	uint8_t *octets = talloc_size(ctx, BASE16_DECODE_LENGTH(size) + 1);

	if (!octets)
		return -ENOMEM;
	base16_decode_init(&decoder);
	*len = BASE16_DECODE_LENGTH(size);
	if (!base16_decode_update(&decoder, len, octets, size, text) ||
	    !base16_decode_final(&decoder)) {
		talloc_free(octets);
		return -EBADMSG;
	}
	*pdu = octets;
	return 0;
}

/* ---- names ---- */

void quarantine_write_id(int64_t id, char out[HUB_MESSAGE_ID_MAX])
{
	snprintf(out, HUB_MESSAGE_ID_MAX, "Q%" PRId64, id);
}

void quarantine_write_route(const char *account, int64_t id, char out[QUARANTINE_ROUTE_MAX])
{
	snprintf(out, QUARANTINE_ROUTE_MAX, "%s/Q%" PRId64, account, id);
}

bool quarantine_read_route(const char *route, char account[PEER_NAME_MAX],
			   char id[HUB_MESSAGE_ID_MAX])
{
	const char *slash = strrchr(route, '/');
	size_t len = slash ? (size_t)(slash - route) : 0;

	account[0] = '\0';
	id[0] = '\0';
	if (len == 0 || len >= PEER_NAME_MAX || slash[1] != 'Q' ||
	    strlen(slash + 1) >= HUB_MESSAGE_ID_MAX)
		return false;
	snprintf(account, PEER_NAME_MAX, "%.*s", (int)len, route);
	snprintf(id, HUB_MESSAGE_ID_MAX, "%s", slash + 1);
	return true;
}

/* ---- what is there ---- */

/* The newest message of the same parts; 0: there is none. */
static int find_sibling(struct db *db, const struct quarantine_message *message, int64_t *id,
			bool *released)
{
	struct db_stmt *stmt;
	int rc;

	*id = 0;
	*released = false;
	if (message->part.total < 2)
		return 0;
	stmt = db_query(db, Q_QUARANTINE_SIBLING);
	db_bind_text(stmt, 1, message->attempt.subscriber.text);
	db_bind_text(stmt, 2, message->attempt.sender.text);
	db_bind_int(stmt, 3, message->part.reference);
	db_bind_int(stmt, 4, message->part.total);
	db_bind_int(stmt, 5, message->attempt.at_ms - QUARANTINE_PART_MS);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*id = db_int(stmt, 0);
	*released = db_int(stmt, 1) != 0;
	db_finish(stmt);
	return 0;
}

/* The same but for its sequence number. */
static bool same_pdu(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	enum { SEQUENCE = 12 };

	return a_len == b_len && a_len >= SMPP_HEADER_SIZE && memcmp(a, b, SEQUENCE) == 0 &&
	       memcmp(a + SMPP_HEADER_SIZE, b + SMPP_HEADER_SIZE, a_len - SMPP_HEADER_SIZE) == 0;
}

/* 1: the message has that part already; `id`: its row, if it is this one. */
static int find_part(struct db *db, const struct quarantine_message *message, int64_t message_id,
		     int64_t *id)
{
	struct db_stmt *stmt = db_query(db, Q_QUARANTINE_PART);
	const void *pdu;
	size_t len;
	int rc;

	db_bind_text(stmt, 1, message->attempt.subscriber.text);
	db_bind_text(stmt, 2, message->attempt.sender.text);
	db_bind_int(stmt, 3, message_id);
	db_bind_int(stmt, 4, message->part.index);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	pdu = db_blob(stmt, 1, &len);
	if (same_pdu(pdu, len, message->pdu, message->len))
		*id = db_int(stmt, 0);
	db_finish(stmt);
	return 1;
}

static int has_room(struct db *db, const struct quarantine_message *message, uint32_t max)
{
	struct db_stmt *stmt = db_query(db, Q_QUARANTINE_COUNT);
	int64_t kept;
	int rc;

	db_bind_text(stmt, 1, message->attempt.subscriber.text);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	kept = db_int(stmt, 0);
	db_finish(stmt);
	return kept < max;
}

/* ---- keeping ---- */

/* One PDU on its way out. */
struct leaving {
	const char *subscriber;
	const char *account; /* the hub's */
	int64_t id;
	const void *pdu;
	size_t len;
	int64_t now_ms;
};

static int forward(struct db *db, const struct leaving *leaving)
{
	char route[QUARANTINE_ROUTE_MAX];
	char *text = quarantine_write_pdu(NULL, leaving->pdu, leaving->len);
	const struct outbox_row row = { .target = leaving->subscriber,
					.payload = text,
					.route = route,
					.created_ms = leaving->now_ms };
	int rc;

	quarantine_write_route(leaving->account, leaving->id, route);
	rc = text ? outbox_put(db, OUTBOX_RELEASE, &row) : -ENOMEM;
	talloc_free(text);
	return rc;
}

static int forward_part(struct db *db, const struct quarantine_message *message, int64_t id)
{
	const struct attempt_row *attempt = &message->attempt;
	const struct leaving leaving = { .subscriber = attempt->subscriber.text,
					 .account = attempt->account,
					 .id = id,
					 .pdu = message->pdu,
					 .len = message->len,
					 .now_ms = attempt->at_ms };

	return forward(db, &leaving);
}

static int insert(struct db *db, const struct quarantine_message *message, int64_t message_id,
		  bool released, int64_t *id)
{
	struct db_stmt *stmt;
	int rc = db_next_id(db, DB_SEQUENCE_QUARANTINE, id);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_QUARANTINE_PUT);
	db_bind_int(stmt, 1, *id);
	db_bind_int(stmt, 2, message_id ? message_id : *id);
	db_bind_text(stmt, 3, message->attempt.subscriber.text);
	db_bind_text(stmt, 4, message->attempt.sender.text);
	db_bind_int(stmt, 5, message->attempt.at_ms);
	db_bind_int(stmt, 6, message->part.reference);
	db_bind_int(stmt, 7, message->part.total);
	db_bind_int(stmt, 8, message->part.index);
	db_bind_text(stmt, 9, message->attempt.account);
	if (released)
		db_bind_int(stmt, 10, message->attempt.at_ms);
	db_bind_blob(stmt, 11, released ? (const uint8_t *)"" : message->pdu,
		     released ? 0 : message->len);
	return db_run(stmt);
}

static int add_attempt(struct db *db, const struct quarantine_message *message, uint32_t max)
{
	struct attempt_row row = message->attempt;

	row.count = 1;
	return attempt_row_add(db, &row, max);
}

static int put_part(struct db *db, const struct quarantine_message *message, int64_t message_id,
		    bool released, enum quarantine_result *result, int64_t *id)
{
	int rc = insert(db, message, message_id, released, id);

	*result = released ? QUARANTINE_FORWARDED : QUARANTINE_PART;
	return rc < 0 || !released ? rc : forward_part(db, message, *id);
}

static int put_message(struct db *db, const struct quarantine_message *message,
		       const struct quarantine_limits *limits, bool later,
		       enum quarantine_result *result, int64_t *id)
{
	int rc = has_room(db, message, limits->messages);

	if (rc < 0)
		return rc;
	*result = rc > 0 ? QUARANTINE_KEPT : QUARANTINE_FULL;
	if (rc == 0)
		return later ? 0 : add_attempt(db, message, limits->attempts);
	rc = insert(db, message, 0, false, id);
	return rc < 0 ? rc : add_attempt(db, message, limits->attempts);
}

int quarantine_row_put(struct db *db, const struct quarantine_message *message,
		       const struct quarantine_limits *limits, bool later,
		       enum quarantine_result *result, int64_t *id)
{
	int64_t message_id;
	bool released;
	int rc = find_sibling(db, message, &message_id, &released);

	*id = 0;
	if (rc < 0)
		return rc;
	rc = message_id ? find_part(db, message, message_id, id) : 0;
	if (rc < 0)
		return rc;
	if (*id) {
		*result = QUARANTINE_DUPLICATE;
		return 0;
	}
	/* A part that differs from the one that is there: the reference is used again. */
	if (message_id && rc == 0)
		return put_part(db, message, message_id, released, result, id);
	return put_message(db, message, limits, later, result, id);
}

/* ---- releasing ---- */

static int forward_kept(struct db *db, struct db_stmt *stmt, const char *subscriber, int64_t now_ms)
{
	struct leaving leaving = { .subscriber = subscriber,
				   .id = db_int(stmt, 2),
				   .account = db_text(stmt, 3),
				   .now_ms = now_ms };

	leaving.pdu = db_blob(stmt, 1, &leaving.len);
	return forward(db, &leaving);
}

int quarantine_row_release(struct db *db, const char *subscriber, const char *sender,
			   int64_t now_ms, uint32_t *messages)
{
	struct db_stmt *stmt = db_query(db, Q_QUARANTINE_KEPT);
	int64_t last = 0;
	int rc;

	*messages = 0;
	db_bind_text(stmt, 1, subscriber);
	db_bind_text(stmt, 2, sender);
	while ((rc = db_step(stmt)) > 0) {
		*messages += db_int(stmt, 0) != last;
		last = db_int(stmt, 0);
		rc = forward_kept(db, stmt, subscriber, now_ms);
		if (rc < 0)
			break;
	}
	db_finish(stmt);
	if (rc < 0 || *messages == 0)
		return rc;
	stmt = db_query(db, Q_QUARANTINE_RELEASE);
	db_bind_int(stmt, 1, now_ms);
	db_bind_text(stmt, 2, subscriber);
	db_bind_text(stmt, 3, sender);
	return db_run(stmt);
}

/* The hub of a message that nobody released: 1 when its receipt waits for it now. */
static int tell_expired(struct db *db, struct db_stmt *stmt, const struct quarantine_age *age)
{
	struct kept_message kept = { .taken_ms = db_int(stmt, 3),
				     .ended_ms = age->now_ms,
				     .state = SMPP_MESSAGE_EXPIRED };
	uint8_t receipt[KEPT_RECEIPT_MAX];
	size_t len;
	int rc;

	quarantine_write_id(db_int(stmt, 1), kept.id);
	kept.pdu.data = db_blob(stmt, 4, &kept.pdu.len);
	len = kept_receipt_write(&kept, receipt);
	if (len == 0)
		return 0;
	rc = hub_receipt_put(db, db_text(stmt, 2), age->receipts_expire_ms, receipt, len);
	return rc < 0 ? rc : 1;
}

int quarantine_row_purge(struct db *db, const struct quarantine_age *age, int limit,
			 struct quarantine_purged *out)
{
	struct db_stmt *stmt = db_query(db, Q_QUARANTINE_PURGE);
	int rc;

	*out = (struct quarantine_purged){ 0 };
	db_bind_int(stmt, 1, age->before_ms);
	db_bind_int(stmt, 2, limit);
	while ((rc = db_step(stmt)) > 0) {
		out->removed++;
		if (!db_int(stmt, 0))
			continue;
		out->expired++;
		rc = tell_expired(db, stmt, age);
		if (rc < 0)
			break;
		out->receipts += (uint64_t)rc;
	}
	db_finish(stmt);
	return rc;
}
