/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_store.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>
#include <sys/random.h>
#include <talloc.h>

#include "gateway/audit_text.h"
#include "gateway/outbox.h"

static int compile(void *ctx, const struct numbering *plan, const char *text,
		   struct block_set **set, struct rule_fault *fault)
{
	*set = NULL;
	return block_set_compile(ctx, plan, text, strlen(text), set, &fault->line, &fault->fault);
}

static int fill(void *ctx, const struct block_set *set, struct rule_state *out)
{
	out->text = set ? block_set_format(ctx, set) : talloc_strdup(ctx, "");
	out->blocked = set ? block_set_switched(set) : 0;
	return out->text ? 0 : -ENOMEM;
}

/* The subscriber's set; one without rules when there is none. */
static int load(void *ctx, struct db *db, const struct numbering *plan, const char *subscriber,
		struct block_set **set, int64_t *version)
{
	struct db_stmt *stmt = db_query(db, Q_RULE_GET);
	struct rule_fault fault;
	int rc;

	db_bind_text(stmt, 1, subscriber);
	rc = db_step(stmt);
	*version = 0;
	if (rc <= 0)
		return rc < 0 ? rc : compile(ctx, plan, "", set, &fault);
	*version = db_int(stmt, 0);
	return compile(ctx, plan, db_text(stmt, 1), set, &fault);
}

int rule_store_get(void *ctx, struct db *db, const struct numbering *plan, const char *subscriber,
		   struct rule_state *out)
{
	struct block_set *set;
	int rc = load(ctx, db, plan, subscriber, &set, &out->version);

	return rc < 0 ? rc : fill(ctx, set, out);
}

int rule_store_write(struct db *db, const struct rule_change *change, const char *before,
		     const char *after)
{
	struct db_stmt *stmt = db_query(db, Q_RULE_PUT);
	struct outbox_row row = { .target = change->subscriber,
				  .payload = after,
				  .created_ms = change->now_ms };
	int rc;

	db_bind_text(stmt, 1, change->subscriber);
	db_bind_text(stmt, 2, after);
	db_bind_int(stmt, 3, change->now_ms);
	rc = db_run(stmt);
	if (rc == 0 && change->actor)
		rc = audit_put(db, change->now_ms, change->actor, "rules", change->subscriber,
			       before, after);
	return rc == 0 ? outbox_put(db, OUTBOX_RULES, &row) : rc;
}

/* Writes only what differs: a switch that is on already makes no new version. */
static int replace(void *ctx, struct db *db, const struct numbering *plan,
		   const struct rule_change *change, const char *text, struct rule_state *out,
		   struct rule_fault *fault)
{
	struct rule_state before;
	struct block_set *set;
	int rc = rule_store_get(ctx, db, plan, change->subscriber, &before);

	if (rc == 0)
		rc = compile(ctx, plan, text, &set, fault);
	if (rc == 0)
		rc = fill(ctx, set, out);
	if (rc < 0)
		return rc;
	out->version = before.version;
	if (strcmp(before.text, out->text) == 0)
		return 0;
	out->version++;
	return rule_store_write(db, change, before.text, out->text);
}

int rule_store_set(void *ctx, struct db *db, const struct numbering *plan,
		   const struct rule_change *change, const char *text, struct rule_state *out,
		   struct rule_fault *fault)
{
	if (strlen(text) > RULE_TEXT_MAX)
		return -E2BIG;
	return replace(ctx, db, plan, change, text, out, fault);
}

int rule_store_switch(void *ctx, struct db *db, const struct numbering *plan,
		      const struct rule_change *change, uint8_t channels, bool on,
		      struct rule_state *out)
{
	struct rule_fault fault;
	struct block_set *set;
	int64_t version;
	char *text;
	int rc = load(ctx, db, plan, change->subscriber, &set, &version);

	if (rc < 0)
		return rc;
	text = block_set_switch(ctx, set, channels, on);
	return text ? replace(ctx, db, plan, change, text, out, &fault) : -ENOMEM;
}

int rule_store_put_number(void *ctx, struct db *db, const struct numbering *plan,
			  const struct rule_change *change, const struct number *number,
			  enum block_action action, struct rule_state *out)
{
	struct rule_fault fault;
	struct block_set *set;
	int64_t version;
	char *text;
	int rc = load(ctx, db, plan, change->subscriber, &set, &version);

	if (rc < 0)
		return rc;
	text = block_set_put_number(ctx, set, number, action);
	return text ? replace(ctx, db, plan, change, text, out, &fault) : -ENOMEM;
}

int rule_store_unblock_number(void *ctx, struct db *db, const struct numbering *plan,
			      const struct rule_change *change, const struct number *number,
			      struct rule_state *out)
{
	struct rule_fault fault;
	struct block_set *set;
	int64_t version;
	char *text;
	int rc = load(ctx, db, plan, change->subscriber, &set, &version);

	if (rc < 0)
		return rc;
	text = block_set_unblock_number(ctx, set, number);
	return text ? replace(ctx, db, plan, change, text, out, &fault) : -ENOMEM;
}

static void hash_text(struct sha256_ctx *hash, const char *text)
{
	uint64_t len = strlen(text);

	sha256_update(hash, sizeof(len), (const uint8_t *)&len);
	sha256_update(hash, len, (const uint8_t *)text);
}

void audit_chain_next(uint8_t chain[AUDIT_CHAIN_SIZE], int64_t at_ms, const char *const texts[5],
		      const uint8_t *salt, size_t salt_len, int64_t id)
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, AUDIT_CHAIN_SIZE, chain);
	sha256_update(&hash, sizeof(at_ms), (const uint8_t *)&at_ms);
	for (int i = 0; i < 5; i++)
		hash_text(&hash, texts[i]);
	if (salt_len > 0)
		sha256_update(&hash, salt_len, salt);
	if (id > 0)
		sha256_update(&hash, sizeof(id), (const uint8_t *)&id);
	sha256_digest(&hash, AUDIT_CHAIN_SIZE, chain);
}
_Static_assert(AUDIT_CHAIN_SIZE == SHA256_DIGEST_SIZE, "the whole digest");

/* The hash of the row before, zero before the first; and the id of the next one, which was never
 * given, also when somebody took the newest rows away. */
static int read_tip(struct db *db, uint8_t chain[AUDIT_CHAIN_SIZE], int64_t *id)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_TIP);
	int rc = db_step(stmt);
	size_t len;
	const void *last;

	memset(chain, 0, AUDIT_CHAIN_SIZE);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	last = db_blob(stmt, 0, &len);
	if (len == AUDIT_CHAIN_SIZE)
		memcpy(chain, last, len);
	*id = db_int(stmt, 1) + 1;
	db_finish(stmt);
	return 0;
}

int audit_put(struct db *db, int64_t at_ms, const char *actor, const char *action,
	      const char *object, const char *before, const char *after)
{
	const struct audit_texts texts = { object, before, after };
	uint8_t chain[AUDIT_CHAIN_SIZE];
	uint8_t salt[AUDIT_SALT_SIZE];
	struct db_stmt *stmt;
	int64_t id;
	int rc = read_tip(db, chain, &id);

	if (rc == 0 && getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		rc = -EIO;
	if (rc < 0)
		return rc;
	audit_chain_next(chain, at_ms,
			 (const char *const[5]){ actor, action, object, before, after }, salt,
			 sizeof(salt), id);
	stmt = db_query(db, Q_AUDIT_INSERT);
	db_bind_int(stmt, 1, id);
	db_bind_int(stmt, 2, at_ms);
	db_bind_text(stmt, 3, actor);
	db_bind_text(stmt, 4, action);
	db_bind_blob(stmt, 5, chain, sizeof(chain));
	rc = db_run(stmt);
	return rc < 0 ? rc : audit_text_put(db, &texts, salt, sizeof(salt));
}
