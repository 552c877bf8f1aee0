/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao audit`: the walk of audit_walk.h, a step at a time on the reader, so that others get
 * their turn in between. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/audit_walk.h"
#include "gateway/commands_store.h"
#include "gateway/gateway.h"
#include "gateway/store.h"

enum { STEP_MESSAGES = 1000, TELL_EVERY = 20 };

struct audit_op {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct control_request *request;
	unsigned steps;
	struct audit_walk before; /* a step may be run twice */
	struct audit_walk walk;
};

static int run_step(struct db *db, struct store_op *base)
{
	struct audit_op *op = (struct audit_op *)base;
	void *memory = talloc_new(NULL);
	int rc;

	if (!memory)
		return -ENOMEM;
	op->walk = op->before;
	rc = audit_walk_step(memory, db, STEP_MESSAGES, &op->walk);
	talloc_free(memory);
	return rc;
}

static json_t *counts_json(const int64_t *counts, int count, const char *(*name)(int i))
{
	json_t *json = json_object();

	for (int i = 0; i < count; i++)
		json_object_set_new(json, name(i), json_integer(counts[i]));
	return json;
}

static const char *report_name(int i)
{
	return report_state_name((enum report_state)i);
}

static const char *credit_name(int i)
{
	return reward_state_name(REWARD_CREDIT, (enum reward_state)i);
}

static const char *reversal_name(int i)
{
	return reward_state_name(REWARD_REVERSAL, (enum reward_state)i);
}

static json_t *lines_json(const struct audit_walk *walk, bool *balanced)
{
	struct audit_line lines[AUDIT_LINES];
	json_t *list = json_array();

	audit_walk_lines(walk, lines);
	*balanced = true;
	for (size_t i = 0; i < AUDIT_LINES; i++) {
		bool ok = lines[i].left == lines[i].right;

		*balanced = *balanced && ok;
		json_array_append_new(list,
				      json_pack("{sb sI sI ss}", "ok", ok, "left",
						(json_int_t)lines[i].left, "right",
						(json_int_t)lines[i].right, "name", lines[i].name));
	}
	return list;
}

static json_t *result_json(const struct audit_walk *walk)
{
	json_t *wrong = json_array();
	bool balanced;
	json_t *lines = lines_json(walk, &balanced);
	json_t *result = json_pack(
		"{sb so s{sI sI sI sI sI} so so so sI}", "balanced", balanced, "lines", lines,
		"messages", "accepted", (json_int_t)walk->accepted, "further_reports",
		(json_int_t)walk->further, "joined", (json_int_t)walk->joined, "unread",
		(json_int_t)walk->unread, "other", (json_int_t)walk->other, "reports",
		counts_json(walk->reports, REPORT_STATE_COUNT, report_name), "rewards",
		counts_json(walk->rewards, REWARD_STATE_COUNT, credit_name), "reversals",
		counts_json(walk->reversals, REWARD_STATE_WITHHELD, reversal_name), "audit_rows",
		(json_int_t)walk->audit_rows);

	for (size_t i = 0; i < walk->name_count; i++)
		json_array_append_new(wrong, json_string(walk->names[i]));
	json_object_set_new(result, "wrong", wrong);
	return result;
}

static void step_done(struct store_op *base)
{
	struct audit_op *op = (struct audit_op *)base;

	op->before = op->walk;
	if (base->rc == 0 && op->walk.phase != AUDIT_DONE && op->gateway->control &&
	    control_is_wanted(op->request)) {
		if (++op->steps % TELL_EVERY == 0)
			(void)control_push(op->request, json_pack("{sI}", "messages",
								  (json_int_t)op->walk.accepted));
		store_submit(op->gateway->reader, &op->op);
		return;
	}
	if (base->rc < 0)
		control_fail_code(op->request, CONTROL_UNAVAILABLE, "store: %s",
				  strerror(-base->rc));
	else if (op->walk.phase != AUDIT_DONE)
		control_fail_code(op->request, CONTROL_UNAVAILABLE, "ended before it was done");
	else
		control_answer(op->request, result_json(&op->walk));
	talloc_free(op);
}

void command_audit(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct audit_op *op = talloc_zero(NULL, struct audit_op);

	(void)args;
	if (!op) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	op->op.run = run_step;
	op->op.done = step_done;
	op->gateway = gateway;
	op->request = request;
	store_submit(gateway->reader, &op->op);
}
