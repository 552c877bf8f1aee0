/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao privacy erase`: refused while anything about the number is open or on its way; else it
 * begins in one transaction, and goes on by itself (erasure.h) until it is done. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/commands_privacy.h"
#include "gateway/erasure.h"
#include "gateway/outbox.h"
#include "gateway/rule_cache.h"
#include "gateway/traffic_desk.h"

struct erase {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct tables *tables; /* held */
	struct control_request *request;
	struct personal_subject subject;
	char actor[CONTROL_ACTOR_MAX];
	bool dry_run;
	json_t *open;  /* what it has to wait for */
	int64_t rules; /* of others that name the number */
	int64_t id;
	uint64_t rows;
};

static void erase_free(struct erase *erase)
{
	tables_release(erase->tables);
	json_decref(erase->open);
	talloc_free(erase);
}

static void fail(struct erase *erase, int rc)
{
	control_fail(erase->request, "store: %s", strerror(-rc));
	erase_free(erase);
}

/* ---- what is said ---- */

/* What an erasure does not reach, and how long it stays. */
static json_t *remains_json(const struct erase *erase)
{
	const struct config *live = erase->gateway->live;
	json_t *list = json_array();
	char text[200];

	json_array_append_new(
		list, json_string("the ledger's amounts and the keys of rewarded calls, under a "
				  "pseudonym"));
	if (erase->rules > 0) {
		snprintf(text, sizeof(text),
			 "rules of other subscribers that name the number: %" PRId64
			 "; they are theirs",
			 erase->rules);
		json_array_append_new(list, json_string(text));
	}
	snprintf(text, sizeof(text),
		 "settlement files (%u days), messages from it that are kept for others (%u days), "
		 "receipts for hubs (%u days)",
		 live->rewards.settlement_keep_days, live->blocking.attempts_days,
		 live->smpp.hub_receipt_days);
	json_array_append_new(list, json_string(text));
	json_array_append_new(
		list, json_string("that it was called, counted among many in HyperLogLogs, out of "
				  "which nobody can be read, until they expire"));
	json_array_append_new(
		list, json_string("what others were given: consumers of the events, the rewards "
				  "system, entries of the feed's stream and files, backups"));
	return list;
}

static json_t *answer_json(const struct erase *erase, bool erased)
{
	json_t *json = json_pack("{sb so}", "erased", erased, "number",
				 query_masked(erase->subject.number.text));

	if (erased)
		json_object_set_new(json, "rows", json_integer((json_int_t)erase->rows));
	if (json_array_size(erase->open) > 0)
		json_object_set(json, "waits_for", erase->open);
	json_object_set_new(json, "remains", remains_json(erase));
	return json;
}

/* ---- waiting for its end ---- */

static void on_progress(void *user, const struct erasure_row *row, const char *waits_for)
{
	struct erase *erase = user;

	(void)control_push(erase->request, json_pack("{sI ss}", "rows", (json_int_t)row->rows,
						     "waits_for", waits_for ? waits_for : ""));
}

static void on_end(void *user, const struct erasure_row *row)
{
	struct erase *erase = user;

	if (row) {
		erase->rows = row->rows;
		control_answer(erase->request, answer_json(erase, true));
	} else {
		control_fail(erase->request,
			     "the gateway ends; the erasure goes on at its next start");
	}
	erase_free(erase);
}

static void wait_for_end(struct erase *erase)
{
	struct gateway *gateway = erase->gateway;
	const struct erasure_waiter waiter = { on_progress, on_end, erase };

	if (erasures_wait(gateway->erasures, erase->id, &waiter) < 0) {
		control_fail(erase->request, "out of memory; the erasure goes on by itself");
		erase_free(erase);
	}
	erasures_kick(gateway->erasures);
}

/* ---- beginning ---- */

static int on_open(void *user, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	return object && json_array_append_new(user, object) == 0 ? 0 : -ENOMEM;
}

/* What was closed when it was looked through may be open again. */
static int run_begin(struct db *db, struct store_op *op)
{
	struct erase *erase = (struct erase *)op;
	void *memory;
	int rc;

	json_array_clear(erase->open);
	rc = personal_open(db, &erase->subject, false, on_open, erase->open);
	if (rc < 0 || json_array_size(erase->open) > 0)
		return rc;
	memory = talloc_new(NULL);
	if (!memory)
		return -ENOMEM;
	rc = erasure_row_begin(memory, db, erase->tables->numbering, &erase->subject,
			       clock_now_ms(), erase->actor, &erase->id);
	talloc_free(memory);
	return rc == -EALREADY ? 0 : rc;
}

static void begun(struct store_op *op)
{
	struct erase *erase = (struct erase *)op;
	struct gateway *gateway = erase->gateway;

	if (op->rc < 0) {
		fail(erase, op->rc);
	} else if (json_array_size(erase->open) > 0) {
		control_answer(erase->request, answer_json(erase, false));
		erase_free(erase);
	} else if (gateway->draining) {
		on_end(erase, NULL);
	} else {
		rule_cache_put(gateway->rules, erase->subject.number.text, "");
		traffic_desk_rename(gateway->traffic, erase->subject.number.text,
				    erase->subject.pseudonym);
		outbox_kick(gateway->outbox);
		wait_for_end(erase);
	}
}

/* ---- looking ---- */

static int count_rules(struct db *db, struct erase *erase)
{
	struct db_stmt *stmt = db_query(db, Q_RULES_NAMING);
	int rc;

	db_bind_text(stmt, 1, erase->subject.number.text);
	db_bind_text(stmt, 2, erase->subject.digits);
	rc = db_step(stmt);
	erase->rules = rc > 0 ? db_int(stmt, 0) : 0;
	db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static int run_look(struct db *db, struct store_op *op)
{
	struct erase *erase = (struct erase *)op;
	int rc;

	erase->id = 0;
	json_array_clear(erase->open);
	rc = count_rules(db, erase);
	if (rc == 0)
		rc = erasure_row_find(db, erase->subject.number.text, &erase->id);
	/* One that is under way waits for nothing that it did not begin itself. */
	if (rc == 0)
		rc = personal_open(db, &erase->subject, true, on_open, erase->open);
	return rc < 0 ? rc : 0;
}

static void looked(struct store_op *op)
{
	struct erase *erase = (struct erase *)op;

	if (op->rc < 0) {
		fail(erase, op->rc);
	} else if (erase->dry_run || json_array_size(erase->open) > 0) {
		control_answer(erase->request, answer_json(erase, false));
		erase_free(erase);
	} else if (erase->id) {
		wait_for_end(erase);
	} else {
		erase->op = (struct store_op){ .run = run_begin, .done = begun };
		store_submit(erase->gateway->store, &erase->op);
	}
}

void privacy_erase(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct personal_subject subject;
	struct erase *erase;

	if (!privacy_subject(gateway, request, args, &subject))
		return;
	erase = talloc_zero(NULL, struct erase);
	if (!erase || pseudonym_make(subject.pseudonym) < 0) {
		control_fail(request, erase ? "no random octets" : "out of memory");
		talloc_free(erase);
		return;
	}
	erase->gateway = gateway;
	erase->tables = tables_hold(gateway->live->tables);
	erase->request = request;
	erase->subject = subject;
	erase->dry_run = json_is_true(json_object_get(args, "dry-run"));
	erase->open = json_array();
	control_actor(request, erase->actor);
	attempt_desk_flush(
		gateway->attempts); /* what was noted is in the store before it is erased */
	erase->op = (struct store_op){ .run = run_look, .done = looked };
	store_submit(gateway->reader, &erase->op);
}
