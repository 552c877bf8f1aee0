/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/operator_store.h"

#include <errno.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <string.h>
#include <talloc.h>

#include "gateway/outbox.h"
#include "gateway/rule_store.h"

_Static_assert(OPERATOR_HASH_MAX == BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1, "a whole digest");

static void hash_text(const char *text, char out[OPERATOR_HASH_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, strlen(text), (const uint8_t *)text);
	sha256_digest(&hash, sizeof(digest), digest);
	base16_encode_update(out, sizeof(digest), digest);
	out[OPERATOR_HASH_MAX - 1] = '\0';
}

static int load(void *ctx, struct db_stmt *stmt, struct operator_version *out)
{
	out->version = db_int(stmt, 0);
	out->at_ms = db_int(stmt, 1);
	out->actor = talloc_strdup(ctx, db_text(stmt, 2));
	out->note = talloc_strdup(ctx, db_text(stmt, 3));
	out->back_to = db_is_null(stmt, 4) ? -1 : db_int(stmt, 4);
	out->configured = db_int(stmt, 5) != 0;
	out->text = talloc_strdup(ctx, db_text(stmt, 6));
	snprintf(out->hash, sizeof(out->hash), "%s", db_text(stmt, 7));
	return out->actor && out->note && out->text ? 0 : -ENOMEM;
}

static void nothing_set(struct operator_version *out)
{
	*out = (struct operator_version){
		.actor = "", .note = "", .back_to = -1, .configured = true, .text = ""
	};
	hash_text(out->text, out->hash);
}

int operator_store_live(void *ctx, struct db *db, struct operator_version *out)
{
	struct db_stmt *stmt = db_query(db, Q_OPERATOR_LIVE);
	int rc = db_step(stmt);

	if (rc > 0)
		rc = load(ctx, stmt, out);
	else if (rc == 0)
		nothing_set(out);
	db_finish(stmt);
	return rc;
}

int operator_store_get(void *ctx, struct db *db, int64_t version, struct operator_version *out)
{
	struct db_stmt *stmt = db_query(db, Q_OPERATOR_GET);
	int rc;

	if (version == 0) {
		nothing_set(out);
		return 0;
	}
	db_bind_int(stmt, 1, version);
	rc = db_step(stmt);
	if (rc > 0)
		rc = load(ctx, stmt, out);
	else if (rc == 0)
		rc = -ENOENT;
	db_finish(stmt);
	return rc;
}

ssize_t operator_store_list(void *ctx, struct db *db, int64_t before, struct operator_version *out,
			    size_t max)
{
	struct db_stmt *stmt = db_query(db, Q_OPERATOR_LIST);
	ssize_t count = 0;
	int rc;

	db_bind_int(stmt, 1, before);
	db_bind_int(stmt, 2, (int64_t)max);
	while ((rc = db_step(stmt)) > 0) {
		rc = load(ctx, stmt, &out[count++]);
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : count;
}

char *operator_store_published(void *ctx, const struct operator_version *version)
{
	return talloc_asprintf(ctx, "# version %lld%s\n%s", (long long)version->version,
			       version->configured ? ": as configured" : "", version->text);
}

static int insert(struct db *db, const struct operator_version *version)
{
	struct db_stmt *stmt = db_query(db, Q_OPERATOR_PUT);

	db_bind_int(stmt, 1, version->version);
	db_bind_int(stmt, 2, version->at_ms);
	db_bind_text(stmt, 3, version->actor);
	db_bind_text(stmt, 4, version->note);
	if (version->back_to >= 0)
		db_bind_int(stmt, 5, version->back_to);
	else
		db_bind_null(stmt, 5);
	db_bind_int(stmt, 6, version->configured);
	db_bind_text(stmt, 7, version->text);
	db_bind_text(stmt, 8, version->hash);
	return db_run(stmt);
}

static int put(void *ctx, struct db *db, const struct operator_version *before,
	       const struct operator_version *after, bool forced)
{
	char *object = talloc_asprintf(ctx, "version %lld%s: %s", (long long)after->version,
				       forced ? " (forced)" : "", after->note);
	char *published = operator_store_published(ctx, after);
	struct outbox_row row = { .target = OPERATOR_TARGET,
				  .payload = published,
				  .created_ms = after->at_ms };
	int rc = object && published ? insert(db, after) : -ENOMEM;

	if (rc == 0)
		rc = audit_put(db, after->at_ms, after->actor, "operator_rules", object,
			       before->text, after->text);
	return rc == 0 ? outbox_put(db, OUTBOX_RULES, &row) : rc;
}

int operator_store_put(void *ctx, struct db *db, const struct operator_change *change,
		       struct operator_version *out)
{
	struct operator_version live;
	int rc = operator_store_live(ctx, db, &live);

	if (rc < 0)
		return rc;
	if (live.version != change->base)
		return -ESTALE;
	if (live.configured == change->configured && strcmp(live.text, change->text) == 0) {
		*out = live;
		return 0;
	}
	*out = (struct operator_version){ .version = live.version + 1,
					  .at_ms = change->now_ms,
					  .actor = change->actor,
					  .note = change->note,
					  .back_to = change->back_to,
					  .configured = change->configured,
					  .text = change->text };
	hash_text(out->text, out->hash);
	return put(ctx, db, &live, out, change->forced);
}
