/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_trace.h"

#include <assert.h>
#include <stdio.h>

#include "gateway/commands_query.h"
#include "gateway/outbox.h"
#include "gateway/reward_row.h"
#include "gateway/text_row.h"
#include "rules/report_id.h"

enum { DETAIL_MAX = 512 };

/* The first column of Q_REPORT_TRACE, and what the others are then: two texts and a number. */
enum step {
	STEP_MESSAGE,	/* account, -, id of the message */
	STEP_STATE,	/* reasons, -, from * STATES + to */
	STEP_TEXT,	/* text, -, attempts */
	STEP_TEXT_SENT, /* text, reason, state */
	STEP_WAITING,	/* text, -, channel */
	STEP_DUE,	/* id of the reward, -, MB */
	STEP_REQUESTED, /* id, -, attempts */
	STEP_SETTLED,	/* id, reason, state */
	STEP_NOTED,	/* what, reason, - */
	STEP_COUNT
};

enum { STATES = 100 }; /* as the statement packs them */

struct line {
	const char *a;
	const char *b;
	int64_t n;
	char *detail;
};

static const char *message(const struct line *line)
{
	char id[REPORT_ID_MAX];

	report_id_format(line->n, id);
	snprintf(line->detail, DETAIL_MAX, "%s by %s", id, line->a);
	return "text came";
}

static const char *state(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s -> %s%s%s",
		 report_state_name((enum report_state)(line->n / STATES)),
		 report_state_name((enum report_state)(line->n % STATES)), line->a[0] ? ": " : "",
		 line->a);
	return "state";
}

static const char *text(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s", line->a);
	return "text put";
}

static const char *text_sent(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s%s%s", text_state_name((enum text_state)line->n),
		 line->b[0] ? ": " : "", line->b);
	return "text sent";
}

static const char *waiting(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s: %s", query_channel((int)line->n), line->a);
	return "waiting";
}

static const char *due(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s, %lld MB", line->a, (long long)line->n);
	return "reward due";
}

static const char *requested(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s, attempt %lld", line->a, (long long)line->n);
	return "reward asked";
}

static const char *settled(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s %s%s%s", line->a,
		 reward_state_name(REWARD_CREDIT, (enum reward_state)line->n),
		 line->b[0] ? ": " : "", line->b);
	return "reward ended";
}

static const char *noted(const struct line *line)
{
	snprintf(line->detail, DETAIL_MAX, "%s%s%s", line->a, line->b[0] ? ": " : "", line->b);
	return "reward noted";
}

static const char *(*const steps[])(const struct line *line) = {
	[STEP_MESSAGE] = message,     [STEP_STATE] = state,	[STEP_TEXT] = text,
	[STEP_TEXT_SENT] = text_sent, [STEP_WAITING] = waiting, [STEP_DUE] = due,
	[STEP_REQUESTED] = requested, [STEP_SETTLED] = settled, [STEP_NOTED] = noted,
};
static_assert(sizeof(steps) / sizeof(*steps) == STEP_COUNT, "each step is told");

static json_t *line_json(struct db_stmt *stmt, int64_t received_ms)
{
	char detail[DETAIL_MAX] = "";
	int64_t step = db_int(stmt, 0);
	int64_t at_ms = db_int(stmt, 1);
	const struct line line = { db_text(stmt, 2), db_text(stmt, 3), db_int(stmt, 4), detail };
	const char *what = steps[step](&line);
	json_t *shown = json_string(detail);

	/* Cut in the middle of a character, or never one. */
	return json_pack("{so sI ss so}", "at", query_time(at_ms), "after_ms",
			 (json_int_t)(at_ms - received_ms), "what", what, "detail",
			 shown ? shown : json_string("?"));
}

int report_trace(struct db *db, const struct report_row *row, json_t **out)
{
	struct db_stmt *stmt = db_query(db, Q_REPORT_TRACE);
	json_t *lines = json_array();
	int rc;

	db_bind_int(stmt, 1, row->id);
	while ((rc = db_step(stmt)) > 0)
		json_array_append_new(lines, line_json(stmt, row->received_ms));
	if (rc < 0)
		json_decref(lines);
	else
		*out = lines;
	return rc;
}
