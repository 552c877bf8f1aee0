/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao audit`: the walk of audit_walk.h. */
#include <errno.h>
#include <talloc.h>

#include "gateway/audit_walk.h"
#include "gateway/commands_store.h"
#include "gateway/commands_walk.h"

enum { STEP_MESSAGES = 1000 };

static int walk_step(struct db *db, void *state)
{
	void *memory = talloc_new(NULL);
	int rc = memory ? audit_walk_step(memory, db, STEP_MESSAGES, state) : -ENOMEM;

	talloc_free(memory);
	return rc;
}

static bool walk_is_done(const void *state)
{
	return ((const struct audit_walk *)state)->phase == AUDIT_DONE;
}

static json_t *walk_so_far(const void *state)
{
	return json_pack("{sI}", "messages",
			 (json_int_t)((const struct audit_walk *)state)->accepted);
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

static json_t *walk_result(const void *state)
{
	const struct audit_walk *walk = state;
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

void command_audit(struct gateway *gateway, struct control_request *request, json_t *args)
{
	static const struct walk_kind kind = { .size = sizeof(struct audit_walk),
					       .step = walk_step,
					       .is_done = walk_is_done,
					       .so_far = walk_so_far,
					       .result = walk_result };

	(void)args;
	command_walk(gateway, request, &kind);
}
