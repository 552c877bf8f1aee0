/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_chain.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

static void hash_int(struct sha256_ctx *hash, int64_t value)
{
	uint8_t octets[8];

	for (int i = 7; i >= 0; i--, value >>= 8)
		octets[i] = (uint8_t)value;
	sha256_update(hash, sizeof(octets), octets);
}

static void hash_text(struct sha256_ctx *hash, const char *text)
{
	size_t len = strlen(text);

	hash_int(hash, (int64_t)len);
	sha256_update(hash, len, (const uint8_t *)text);
}

static void chain_event(uint8_t chain[REPORT_CHAIN_SIZE], const struct report_event *event)
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, REPORT_CHAIN_SIZE, chain);
	hash_int(&hash, event->report_id);
	hash_int(&hash, event->seq);
	hash_int(&hash, event->at_ms);
	hash_int(&hash, event->from);
	hash_int(&hash, event->to);
	hash_text(&hash, event->reasons);
	hash_text(&hash, event->detail);
	sha256_digest(&hash, REPORT_CHAIN_SIZE, chain);
}

int report_chain_add(struct db *db, const struct report_event *event,
		     uint8_t chain[REPORT_CHAIN_SIZE])
{
	struct db_stmt *stmt = db_query(db, Q_EVENT_INSERT);

	chain_event(chain, event);
	db_bind_int(stmt, 1, event->report_id);
	db_bind_int(stmt, 2, event->seq);
	db_bind_int(stmt, 3, event->at_ms);
	db_bind_int(stmt, 4, event->from);
	db_bind_int(stmt, 5, event->to);
	db_bind_text(stmt, 6, event->reasons);
	db_bind_text(stmt, 7, event->detail);
	db_bind_blob(stmt, 8, chain, REPORT_CHAIN_SIZE);
	return db_run(stmt);
}

/* ---- reading ---- */

/* A row of Q_EVENTS_OF_REPORT. */
struct stored {
	struct report_event event;
	const void *hash;
	size_t hash_len;
	bool erased;
};

static void load(struct db_stmt *stmt, int64_t report_id, struct stored *out)
{
	out->event = (struct report_event){ report_id,	     db_int(stmt, 0), db_int(stmt, 1),
					    db_int(stmt, 2), db_int(stmt, 3), db_text(stmt, 4),
					    db_text(stmt, 5) };
	out->hash = db_blob(stmt, 6, &out->hash_len);
	out->erased = db_int(stmt, 7) != 0;
}

static bool tells_of_erasure(const struct report_event *event)
{
	return event->from == event->to && strcmp(event->reasons, REPORT_ERASED) == 0;
}

/* What stays of an event without its detail. */
static void seal_event(struct sha256_ctx *seal, const struct stored *stored)
{
	hash_int(seal, stored->event.seq);
	hash_int(seal, stored->event.at_ms);
	hash_int(seal, stored->event.from);
	hash_int(seal, stored->event.to);
	hash_text(seal, stored->event.reasons);
	hash_int(seal, (int64_t)stored->hash_len);
	sha256_update(seal, stored->hash_len, stored->hash);
}

static void seal_write(const struct sha256_ctx *seal, char out[REPORT_SEAL_MAX])
{
	struct sha256_ctx copy = *seal; /* a digest ends it */
	uint8_t digest[REPORT_CHAIN_SIZE];

	sha256_digest(&copy, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

struct walk {
	uint8_t chain[REPORT_CHAIN_SIZE];
	struct sha256_ctx seal; /* of all erased events so far */
	int64_t unsealed;
};

/* False when the hash that is stored is not that of the event, or an erasure is not as it was told.
 */
static bool walk_event(struct walk *walk, const struct stored *stored)
{
	char seal[REPORT_SEAL_MAX];

	if (stored->hash_len != REPORT_CHAIN_SIZE)
		return false;
	if (stored->erased) {
		seal_event(&walk->seal, stored);
		walk->unsealed++;
		memcpy(walk->chain, stored->hash, REPORT_CHAIN_SIZE);
		return true;
	}
	chain_event(walk->chain, &stored->event);
	if (memcmp(stored->hash, walk->chain, REPORT_CHAIN_SIZE) != 0)
		return false;
	if (!tells_of_erasure(&stored->event))
		return true;
	walk->unsealed = 0;
	seal_write(&walk->seal, seal);
	return strcmp(seal, stored->event.detail) == 0;
}

int report_chain_read(struct db *db, const struct report_row *row, struct report_chain *out)
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	struct walk walk = { .chain = { 0 } };
	struct stored stored;
	int64_t count = 0;
	int rc;

	*out = (struct report_chain){ .intact = true, .to = REPORT_STATE_COUNT };
	sha256_init(&walk.seal);
	db_bind_int(stmt, 1, row->id);
	while ((rc = db_step(stmt)) > 0) {
		load(stmt, row->id, &stored);
		out->intact = walk_event(&walk, &stored) && out->intact;
		out->to = (enum report_state)stored.event.to;
		out->was_verified = out->was_verified || out->to == REPORT_STATE_VERIFIED;
		count++;
	}
	out->intact = out->intact && walk.unsealed == 0 && count == row->events &&
		      memcmp(walk.chain, row->chain, sizeof(walk.chain)) == 0;
	return rc;
}

int report_chain_verify(struct db *db, const struct report_row *row)
{
	struct report_chain chain;
	int rc = report_chain_read(db, row, &chain);

	return rc < 0 ? rc : chain.intact ? 0 : -EBADMSG;
}

/* ---- erasing ---- */

/* 1 when a detail is left. */
static int seal_all(struct db *db, int64_t report_id, char seal[REPORT_SEAL_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	struct sha256_ctx hash;
	struct stored stored;
	bool left = false;
	int rc;

	sha256_init(&hash);
	db_bind_int(stmt, 1, report_id);
	while ((rc = db_step(stmt)) > 0) {
		load(stmt, report_id, &stored);
		if (tells_of_erasure(&stored.event) || (!stored.erased && !stored.event.detail[0]))
			continue;
		left = left || !stored.erased;
		seal_event(&hash, &stored);
	}
	seal_write(&hash, seal);
	return rc < 0 ? rc : left;
}

int report_chain_erase(struct db *db, int64_t report_id, char seal[REPORT_SEAL_MAX])
{
	struct db_stmt *stmt;
	int rc = seal_all(db, report_id, seal);

	if (rc <= 0)
		return rc;
	stmt = db_query(db, Q_EVENTS_ERASE);
	db_bind_int(stmt, 1, report_id);
	rc = db_run(stmt);
	return rc < 0 ? rc : 1;
}
