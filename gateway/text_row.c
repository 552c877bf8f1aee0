/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/text_row_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { EARLY_CHECK = 128 };

static const char *const state_names[] = {
	[TEXT_SENT] = "sent",		[TEXT_WAITING] = "waiting", [TEXT_RETRY] = "retry",
	[TEXT_DELIVERED] = "delivered", [TEXT_ASSUMED] = "assumed", [TEXT_FAILED] = "failed",
	[TEXT_UNKNOWN] = "unknown",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == TEXT_STATE_COUNT, "one name a state");

const char *text_state_name(enum text_state state)
{
	return state < TEXT_STATE_COUNT ? state_names[state] : "";
}

/* ---- one row ---- */

int text_load(struct db *db, int64_t id, struct text *out)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_GET);
	int rc;

	db_bind_int(stmt, 1, id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*out = (struct text){
		.id = id,
		.state = (enum text_state)db_int(stmt, 0),
		.attempts = db_int(stmt, 1),
		.report_id = db_int(stmt, 2),
		.told = (unsigned)db_int(stmt, 3),
	};
	db_finish(stmt);
	return 1;
}

int text_move(struct db *db, const struct text *text, enum text_state to, int64_t due_ms,
	      const char *reason)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_MOVE);

	db_bind_int(stmt, 1, to);
	if (due_ms)
		db_bind_int(stmt, 2, due_ms);
	db_bind_text(stmt, 3, reason);
	db_bind_int(stmt, 4, text->id);
	return db_run(stmt);
}

static int set_told(struct db *db, int64_t report_id, unsigned told)
{
	struct db_stmt *stmt;

	if (!report_id || !told)
		return 0;
	stmt = db_query(db, Q_REPORT_TOLD);
	db_bind_int(stmt, 1, told);
	db_bind_int(stmt, 2, report_id);
	return db_run(stmt);
}

int64_t text_forget_ms(const struct text_policy *policy)
{
	return policy->now_ms + (int64_t)policy->answers.keep_days * 86400000;
}

int text_reached(struct db *db, const struct text *text, enum text_state to,
		 const struct text_policy *policy)
{
	int rc = text_move(db, text, to, text_forget_ms(policy), "");

	return rc < 0 ? rc : set_told(db, text->report_id, text->told);
}

static int failed(struct db *db, const struct text *text, const char *reason,
		  const struct text_policy *policy, struct text_counts *counts)
{
	int64_t wait_ms = receipt_policy_retry_ms(&policy->answers, text->attempts);

	if (wait_ms < 0) {
		counts->failed++;
		return text_move(db, text, TEXT_FAILED, text_forget_ms(policy), reason);
	}
	counts->retried++;
	return text_move(db, text, TEXT_RETRY, policy->now_ms + wait_ms, reason);
}

/* ---- parts ---- */

int text_count_parts(struct db *db, const struct text *text, struct text_open_parts *out)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_PARTS_OPEN);
	int rc;

	db_bind_int(stmt, 1, text->id);
	db_bind_int(stmt, 2, text->attempts);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	*out = (struct text_open_parts){ db_int(stmt, 0), db_int(stmt, 1), db_int(stmt, 2) };
	db_finish(stmt);
	return 0;
}

static void bind_key(struct db_stmt *stmt, const char *scope, const struct smpp_id_key *key)
{
	db_bind_text(stmt, 1, scope);
	db_bind_blob(stmt, 2, key->octets, key->len);
}

static bool awaits_receipt(enum text_state state)
{
	return state == TEXT_SENT || state == TEXT_ASSUMED || state == TEXT_UNKNOWN;
}

/* What a part's end means for its text. */
static int part_ended(struct db *db, int64_t text_id, int64_t attempt,
		      const struct text_receipt *receipt, const struct text_policy *policy,
		      struct text_counts *counts)
{
	struct text_open_parts parts;
	struct text text;
	int rc = text_load(db, text_id, &text);

	if (rc < 0)
		return rc;
	if (rc == 0 || text.attempts != attempt || !awaits_receipt(text.state)) {
		counts->repeated++;
		return 0;
	}
	if (receipt->state != SMPP_MESSAGE_DELIVERED)
		return failed(db, &text, receipt->reason, policy, counts);
	rc = text_count_parts(db, &text, &parts);
	if (rc < 0 || parts.open > 0)
		return rc;
	counts->delivered++;
	return text_reached(db, &text, TEXT_DELIVERED, policy);
}

/* ---- receipts ---- */

static int bound_early(struct db *db, const char *scope)
{
	struct db_stmt *stmt = db_query(db, Q_EARLY_BOUND);

	db_bind_text(stmt, 1, scope);
	db_bind_int(stmt, 2, TEXT_EARLY_MAX);
	return db_run(stmt);
}

static int keep_early(struct db *db, const struct text_receipt *receipt)
{
	struct db_stmt *stmt = db_query(db, Q_EARLY_PUT);
	int64_t id;
	int rc;

	bind_key(stmt, receipt->scope, &receipt->key);
	db_bind_int(stmt, 3, receipt->received_ms);
	db_bind_int(stmt, 4, receipt->state);
	db_bind_text(stmt, 5, receipt->reason);
	if (receipt->pdu.len <= TEXT_EARLY_PDU_MAX)
		db_bind_blob(stmt, 6, receipt->pdu.data, receipt->pdu.len);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	id = db_int(stmt, 0);
	rc = db_run(stmt);
	return rc == 0 && id % EARLY_CHECK == 0 ? bound_early(db, receipt->scope) : rc;
}

static int end_part(struct db *db, const struct text_receipt *receipt)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_PART_END);

	bind_key(stmt, receipt->scope, &receipt->key);
	db_bind_int(stmt, 3, receipt->state);
	return db_run(stmt);
}

int text_row_is_known(struct db *db, const struct text_receipt *receipt)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_PART_GET);
	int rc;

	bind_key(stmt, receipt->scope, &receipt->key);
	rc = db_step(stmt);
	db_finish(stmt);
	return rc;
}

int text_row_receipt(struct db *db, const struct text_receipt *receipt,
		     const struct text_policy *policy, struct text_counts *counts)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_PART_GET);
	int64_t text_id;
	int64_t attempt;
	bool ended;
	int rc;

	bind_key(stmt, receipt->scope, &receipt->key);
	rc = db_step(stmt);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		counts->unmatched++;
		return keep_early(db, receipt);
	}
	text_id = db_int(stmt, 0);
	attempt = db_int(stmt, 1);
	ended = db_int(stmt, 2) != SMPP_MESSAGE_NONE;
	db_finish(stmt);
	if (ended) {
		counts->repeated++;
		return 0;
	}
	rc = end_part(db, receipt);
	return rc < 0 ? rc : part_ended(db, text_id, attempt, receipt, policy, counts);
}

/* ---- handing over ---- */

/* Takes what came before its text was there: 1 with `out` filled, else 0. */
static int take_early(struct db *db, const struct text_part *part, struct text_receipt *out)
{
	struct db_stmt *stmt = db_query(db, Q_EARLY_TAKE);
	int rc;

	bind_key(stmt, part->scope, &part->key);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	*out = (struct text_receipt){ .key = part->key,
				      .received_ms = db_int(stmt, 0),
				      .state = (enum smpp_message_state)db_int(stmt, 1) };
	snprintf(out->scope, sizeof(out->scope), "%s", part->scope);
	snprintf(out->reason, sizeof(out->reason), "%s", db_text(stmt, 2));
	rc = db_run(stmt);
	/* An id may have been used before. */
	return rc < 0 ? rc : out->received_ms >= part->sent_ms;
}

static int put_part(struct db *db, const struct text *text, const struct text_part *part)
{
	struct db_stmt *stmt = db_query(db, Q_TEXT_PART_PUT);

	bind_key(stmt, part->scope, &part->key);
	db_bind_int(stmt, 3, text->id);
	db_bind_int(stmt, 4, text->attempts);
	db_bind_int(stmt, 5, part->wanted);
	return db_run(stmt);
}

/* All parts are there before the first of their receipts counts. */
static int put_parts(struct db *db, const struct text *text, const struct text_handed *handed,
		     const struct text_policy *policy, struct text_counts *counts)
{
	struct text_receipt early;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < handed->count; i++)
		rc = put_part(db, text, &handed->parts[i]);
	for (size_t i = 0; rc == 0 && i < handed->count; i++) {
		rc = take_early(db, &handed->parts[i], &early);
		if (rc <= 0)
			continue;
		counts->early++;
		rc = text_row_receipt(db, &early, policy, counts);
	}
	return rc;
}

/* The row of a text that leaves the outbox: 1, or 0 when it has left before. */
static int put_row(struct db *db, const struct outbox_row *row, enum text_state state,
		   int64_t due_ms, const char *reason, int64_t now_ms, struct text *text)
{
	struct db_stmt *stmt;
	int rc = 0;

	*text = (struct text){ row->text_id, state, 1, row->report_id, row->told };
	if (!row->text_id)
		rc = db_next_id(db, DB_SEQUENCE_TEXT, &text->id);
	if (rc < 0)
		return rc;
	stmt = db_query(db, row->text_id ? Q_TEXT_AGAIN : Q_TEXT_INSERT);
	db_bind_int(stmt, 1, text->id);
	db_bind_int(stmt, 2, state);
	db_bind_int(stmt, 3, now_ms);
	db_bind_int(stmt, 4, due_ms);
	db_bind_text(stmt, 5, reason);
	db_bind_int(stmt, 6, row->id);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc;
	text->attempts = db_int(stmt, 0);
	rc = db_run(stmt);
	return rc < 0 ? rc : 1;
}

int text_row_handed(struct db *db, const struct outbox_row *row, const struct text_handed *handed,
		    const struct text_policy *policy, struct text_counts *counts)
{
	int64_t wait_ms = (int64_t)policy->answers.receipt_wait_s * 1000;
	enum text_state state = handed->refused[0] ? TEXT_FAILED
				: handed->count	   ? TEXT_SENT
						   : TEXT_ASSUMED;
	struct text text;
	int rc;

	if (state == TEXT_ASSUMED && !row->text_id)
		return set_told(db, row->report_id, row->told);
	rc = put_row(db, row, state,
		     state == TEXT_SENT ? policy->now_ms + wait_ms : text_forget_ms(policy),
		     handed->refused, policy->now_ms, &text);
	if (rc <= 0)
		return rc;
	counts->failed += state == TEXT_FAILED;
	counts->assumed += state == TEXT_ASSUMED;
	if (state == TEXT_ASSUMED)
		return set_told(db, text.report_id, text.told);
	return state == TEXT_SENT ? put_parts(db, &text, handed, policy, counts) : 0;
}
