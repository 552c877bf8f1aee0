/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/hub_route_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

enum { NOTICE_CHECK = 128 };

static void bind_key(struct db_stmt *stmt, const char *scope, const struct smpp_id_key *key)
{
	db_bind_text(stmt, 1, scope);
	db_bind_blob(stmt, 2, key->octets, key->len);
}

int hub_receipt_put(struct db *db, const char *account, int64_t expires_ms, const void *pdu,
		    size_t len)
{
	struct db_stmt *stmt;
	int64_t id;
	/* Never used twice: whoever reads the rows goes on behind the last one. */
	int rc = db_next_id(db, DB_SEQUENCE_HUB_RECEIPT, &id);

	if (rc < 0)
		return rc;
	stmt = db_query(db, Q_HUB_RECEIPT_PUT);
	db_bind_int(stmt, 1, id);
	db_bind_text(stmt, 2, account);
	db_bind_int(stmt, 3, expires_ms);
	db_bind_blob(stmt, 4, pdu, len);
	return db_run(stmt);
}

/* The receipt with the id by which its hub knows the message: octets, or negative. `octets` has
 * room twice. */
static ssize_t rename_receipt(const void *pdu, size_t len, const char *name, uint8_t *octets,
			      size_t room)
{
	struct smpp_pdu in;
	struct smpp_pdu out;
	int rc = smpp_pdu_decode(pdu, len, &in, NULL);

	if (rc < 0)
		return rc;
	/* An SMSC that bound to us submits it. */
	if (in.command_id == SMPP_SUBMIT_SM)
		in.command_id = SMPP_DELIVER_SM;
	rc = smpp_receipt_rename(&in, smpp_octets_of(name), octets + room, &out);
	return rc < 0 ? rc : smpp_pdu_encode(&out, octets, room);
}

/* What cannot be renamed, a text that is full and quotes nothing, goes as it came. */
static int put_named(struct db *db, const char *account, const char *name, int64_t expires_ms,
		     const void *pdu, size_t len)
{
	size_t room = len + SMPP_RECEIPT_RENAME_ROOM;
	uint8_t *octets;
	ssize_t size;
	int rc;

	if (!name[0])
		return hub_receipt_put(db, account, expires_ms, pdu, len);
	octets = talloc_size(NULL, 2 * room);
	if (!octets)
		return -ENOMEM;
	size = rename_receipt(pdu, len, name, octets, room);
	rc = hub_receipt_put(db, account, expires_ms, size < 0 ? pdu : octets,
			     size < 0 ? len : (size_t)size);
	talloc_free(octets);
	return rc;
}

static int put_early(struct db *db, const struct hub_route *route, const void *pdu, size_t len)
{
	return put_named(db, route->account, route->name, route->expires_ms, pdu, len);
}

/* A receipt that came before its message: 1 when it waits for the hub now. */
static int take_early(struct db *db, const struct hub_route *route)
{
	struct db_stmt *stmt = db_query(db, Q_EARLY_TAKE);
	const void *pdu;
	size_t len;
	bool its;
	int rc;

	bind_key(stmt, route->scope, &route->key);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	pdu = db_blob(stmt, 3, &len);
	/* An id may have been used before. */
	its = db_int(stmt, 0) >= route->sent_ms && len > 0;
	rc = its ? put_early(db, route, pdu, len) : 0;
	if (rc < 0)
		db_finish(stmt);
	else
		rc = db_run(stmt);
	return rc < 0 ? rc : its;
}

/* How many of those that came on its way before the message wait for the hub now. */
static int take_notices(struct db *db, const struct hub_route *route)
{
	struct db_stmt *stmt = db_query(db, Q_HUB_NOTICE_GET);
	int found = 0;
	int its = 0;
	int rc;

	bind_key(stmt, route->scope, &route->key);
	while ((rc = db_step(stmt)) > 0) {
		size_t len;
		const void *pdu = db_blob(stmt, 1, &len);

		found++;
		if (db_int(stmt, 0) < route->sent_ms)
			continue;
		its++;
		rc = put_early(db, route, pdu, len);
		if (rc < 0)
			break;
	}
	db_finish(stmt);
	if (rc < 0 || found == 0)
		return rc;
	stmt = db_query(db, Q_HUB_NOTICE_END);
	bind_key(stmt, route->scope, &route->key);
	rc = db_run(stmt);
	return rc < 0 ? rc : its;
}

int hub_route_any_early(struct db *db)
{
	struct db_stmt *stmt = db_query(db, Q_EARLY_ANY);
	int rc = db_step(stmt);

	db_finish(stmt);
	return rc;
}

static int write_route(struct db *db, const struct hub_route *route)
{
	struct db_stmt *stmt = db_query(db, Q_HUB_ROUTE_PUT);

	bind_key(stmt, route->scope, &route->key);
	db_bind_text(stmt, 3, route->account);
	db_bind_int(stmt, 4, route->expires_ms);
	db_bind_text(stmt, 5, route->name);
	return db_run(stmt);
}

int hub_route_put(struct db *db, const struct hub_route *route, bool early)
{
	int notices = early ? take_notices(db, route) : 0;
	int ends = early && notices >= 0 ? take_early(db, route) : 0;
	int rc = notices < 0 ? notices : ends;

	if (rc == 0)
		rc = write_route(db, route);
	return rc < 0 ? rc : notices + ends;
}

static int bound_notices(struct db *db, const char *scope)
{
	struct db_stmt *stmt = db_query(db, Q_HUB_NOTICE_BOUND);

	db_bind_text(stmt, 1, scope);
	db_bind_int(stmt, 2, TEXT_EARLY_MAX);
	return db_run(stmt);
}

int hub_route_notice(struct db *db, const struct text_receipt *receipt)
{
	int rc = receipt->pdu.len > TEXT_EARLY_PDU_MAX ? 1 : text_row_is_known(db, receipt);
	struct db_stmt *stmt;
	int64_t id;

	if (rc != 0)
		return rc < 0 ? rc : 0;
	stmt = db_query(db, Q_HUB_NOTICE_PUT);
	bind_key(stmt, receipt->scope, &receipt->key);
	db_bind_int(stmt, 3, receipt->received_ms);
	db_bind_blob(stmt, 4, receipt->pdu.data, receipt->pdu.len);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	id = db_int(stmt, 0);
	rc = db_run(stmt);
	return rc == 0 && id % NOTICE_CHECK == 0 ? bound_notices(db, receipt->scope) : rc;
}

static int end_route(struct db *db, const struct text_receipt *receipt)
{
	struct db_stmt *stmt = db_query(db, Q_HUB_ROUTE_END);

	bind_key(stmt, receipt->scope, &receipt->key);
	return db_run(stmt);
}

int hub_route_receipt(struct db *db, const struct text_receipt *receipt, bool last,
		      int64_t expires_ms, char account[PEER_NAME_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_HUB_ROUTE_GET);
	char name[HUB_MESSAGE_ID_MAX];
	int rc;

	bind_key(stmt, receipt->scope, &receipt->key);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	snprintf(account, PEER_NAME_MAX, "%s", db_text(stmt, 0));
	snprintf(name, sizeof(name), "%s", db_text(stmt, 1));
	db_finish(stmt);
	rc = put_named(db, account, name, expires_ms, receipt->pdu.data, receipt->pdu.len);
	if (rc == 0 && last)
		rc = end_route(db, receipt);
	return rc < 0 ? rc : 1;
}

static int purge(struct db *db, enum db_query query, int64_t now_ms, int limit, int *removed)
{
	struct db_stmt *stmt = db_query(db, query);
	int rc;

	*removed = 0;
	db_bind_int(stmt, 1, now_ms);
	db_bind_int(stmt, 2, limit);
	while ((rc = db_step(stmt)) > 0)
		++*removed;
	return rc;
}

int hub_route_purge(struct db *db, int64_t now_ms, int limit, uint64_t *receipts)
{
	int routes;
	int notices;
	int waited;
	int rc = purge(db, Q_HUB_ROUTE_PURGE, now_ms, limit, &routes);

	*receipts = 0;
	if (rc == 0)
		rc = purge(db, Q_HUB_NOTICE_PURGE, now_ms - TEXT_EARLY_KEEP_MS, limit, &notices);
	if (rc == 0)
		rc = purge(db, Q_HUB_RECEIPT_PURGE, now_ms, limit, &waited);
	if (rc < 0)
		return rc;
	*receipts = (uint64_t)waited;
	return routes == limit || notices == limit || waited == limit;
}
