/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao audit verify` and `mianrao audit list`: the audit itself, on the reader. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/ability.h"
#include "gateway/audit_verify.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/commands_walk.h"
#include "gateway/conceal.h"
#include "gateway/iso_time.h"

enum { STEP_ROWS = 5000 };
enum { LIST_DEFAULT = 50, LIST_MAX = 1000, SCAN_MAX = 20000 };
/* Octets of a filter of 64 characters, with its end. */
enum { WORD_MAX = 4 * 64 + 1 };

/* ---- verify ---- */

struct verifying {
	struct audit_verify verify;
	const char *state_dir; /* the configuration's; NULL: what stands there was read */
};

static void verify_begin(const struct gateway *gateway, void *state)
{
	((struct verifying *)state)->state_dir = gateway->config->state_dir;
}

static int verify_step(struct db *db, void *state)
{
	struct verifying *verifying = state;

	if (verifying->state_dir) {
		struct audit_tip head = { 0 };
		int rc = audit_head_read(verifying->state_dir, &head);

		audit_verify_head(&verifying->verify, rc, &head);
		verifying->state_dir = NULL;
	}
	return audit_verify_step(db, STEP_ROWS, &verifying->verify);
}

static bool verify_is_done(const void *state)
{
	return ((const struct verifying *)state)->verify.done;
}

static json_t *verify_so_far(const void *state)
{
	return json_pack("{sI}", "rows",
			 (json_int_t)((const struct verifying *)state)->verify.rows);
}

static json_t *tip_json(int64_t id, const uint8_t hash[AUDIT_CHAIN_SIZE])
{
	char hex[AUDIT_HEX_MAX];

	return id ? json_pack("{sI ss}", "id", (json_int_t)id, "hash", audit_hash_hex(hash, hex))
		  : json_null();
}

static json_t *broken_json(const struct audit_verify *verify)
{
	return json_pack("{sI so ss ss}", "id", (json_int_t)verify->fault_id, "at",
			 query_time(verify->fault_at_ms), "action", verify->fault_action, "why",
			 audit_fault_text(verify->fault));
}

static json_t *verify_result(const void *state)
{
	const struct audit_verify *verify = &((const struct verifying *)state)->verify;

	return json_pack("{sb sI so so so sI}", "whole", verify->faults == 0, "rows",
			 (json_int_t)verify->rows, "newest", tip_json(verify->after, verify->chain),
			 "head", tip_json(verify->head.id, verify->head.hash), "first_broken",
			 verify->faults ? broken_json(verify) : json_null(), "broken",
			 (json_int_t)verify->faults);
}

void command_audit_verify(struct gateway *gateway, struct control_request *request, json_t *args)
{
	static const struct walk_kind kind = { .size = sizeof(struct verifying),
					       .begin = verify_begin,
					       .step = verify_step,
					       .is_done = verify_is_done,
					       .so_far = verify_so_far,
					       .result = verify_result };

	(void)args;
	command_walk(gateway, request, &kind);
}

/* ---- list ---- */

struct wanted {
	int64_t before; /* the cursor: ids below it */
	int64_t limit;
	int64_t since_ms;
	int64_t until_ms;
	char actor[WORD_MAX]; /* how the actor begins; "": any */
	char action[WORD_MAX];
	bool reveals;
};

static bool fits(const struct wanted *wanted, struct db_stmt *stmt)
{
	int64_t at_ms = db_int(stmt, 1);

	return at_ms >= wanted->since_ms && at_ms < wanted->until_ms &&
	       strncmp(db_text(stmt, 2), wanted->actor, strlen(wanted->actor)) == 0 &&
	       (!wanted->action[0] || strcmp(db_text(stmt, 3), wanted->action) == 0);
}

static json_t *text_json(const struct wanted *wanted, const char *text)
{
	char *masked = wanted->reveals ? NULL : conceal_numbers(text);
	json_t *json = wanted->reveals ? json_string(text) : masked ? json_string(masked) : NULL;

	free(masked);
	return json ? json : json_null();
}

static json_t *row_json(const struct wanted *wanted, struct db_stmt *stmt)
{
	return json_pack("{sI so ss ss so so so sb}", "id", (json_int_t)db_int(stmt, 0), "at",
			 query_time(db_int(stmt, 1)), "actor", db_text(stmt, 2), "action",
			 db_text(stmt, 3), "object", text_json(wanted, db_text(stmt, 4)), "before",
			 text_json(wanted, db_text(stmt, 5)), "after",
			 text_json(wanted, db_text(stmt, 6)), "erased", !db_is_null(stmt, 7));
}

/* Looks at so many rows that others get their turn: a page may be short, and go on. */
static int work_list(struct db *db, struct query *query)
{
	const struct wanted *wanted = query->argument;
	struct db_stmt *stmt = db_query(db, Q_AUDIT_LIST);
	json_t *rows = json_array();
	int64_t last = 0, scanned = 0;
	int rc = 1;

	query->result = json_pack("{so}", "rows", rows);
	db_bind_int(stmt, 1, wanted->before);
	db_bind_int(stmt, 2, SCAN_MAX);
	while ((int64_t)json_array_size(rows) < wanted->limit && (rc = db_step(stmt)) > 0) {
		last = db_int(stmt, 0);
		scanned++;
		if (fits(wanted, stmt))
			json_array_append_new(rows, row_json(wanted, stmt));
	}
	db_finish(stmt);
	json_object_set_new(query->result, "next",
			    last > 1 && (rc > 0 || scanned == SCAN_MAX) ? json_integer(last)
									: json_null());
	return rc < 0 ? rc : 0;
}

static bool read_time(const json_t *args, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(args, name);

	return !value ||
	       (json_is_string(value) && iso_time_read(json_string_value(value), out) == 0);
}

static bool read_word(const json_t *args, const char *name, char out[WORD_MAX])
{
	const json_t *value = json_object_get(args, name);
	const char *text = json_string_value(value);

	if (value && (!text || strlen(text) >= WORD_MAX))
		return false;
	memcpy(out, text ? text : "", (text ? strlen(text) : 0) + 1);
	return true;
}

static bool read_integer(const json_t *args, const char *name, int64_t max, int64_t *out)
{
	const json_t *value = json_object_get(args, name);

	if (value)
		*out = json_is_integer(value) ? json_integer_value(value) : 0;
	return *out >= 1 && *out <= max;
}

static const char *read_list(const json_t *args, struct wanted *out)
{
	*out = (struct wanted){ .before = INT64_MAX,
				.limit = LIST_DEFAULT,
				.until_ms = INT64_MAX,
				.reveals = json_is_true(json_object_get(args, "reveal")) };
	if (!read_integer(args, "limit", LIST_MAX, &out->limit))
		return "limit: not from 1 to 1000";
	if (!read_integer(args, "cursor", INT64_MAX, &out->before))
		return "cursor: is no \"next\" of an answer";
	if (!read_time(args, "since", &out->since_ms))
		return "since: is no time (2026-01-01T00:00+08:00)";
	if (!read_time(args, "until", &out->until_ms))
		return "until: is no time (2026-01-01T00:00+08:00)";
	if (!read_word(args, "actor", out->actor))
		return "actor: wants a text of at most 256 octets";
	if (!read_word(args, "action", out->action))
		return "action: wants a text of at most 256 octets";
	return NULL;
}

void command_audit_list(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query = query_create(gateway, request, work_list);
	struct wanted *wanted = query ? talloc_zero(query, struct wanted) : NULL;
	const char *error;

	if (!query)
		return;
	error = wanted ? read_list(args, wanted) : "out of memory";
	if (error) {
		query_refuse(query, error);
		return;
	}
	wanted->reveals = wanted->reveals && ability_reveals(request->roles);
	query->argument = wanted;
	store_submit(gateway->reader, &query->op);
}
