/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao appeal`: an appeal that a subscriber made by other means than a text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/answer.h"
#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/outbox.h"
#include "gateway/report_appeal.h"
#include "rules/report_id.h"

enum { TEXT_MAX_CHARACTERS = 500 };

struct wanted_appeal {
	struct appeal appeal;
	struct reply_manner manner;
};

/* As the subscriber's own text would be answered. */
static int tell(struct db *db, const struct wanted_appeal *wanted, const struct report_row *row)
{
	struct reply_values values = { .number = row->number.text };
	const struct outbox_row out = { .target = row->subscriber.text,
					.report_id = row->id,
					.told = TOLD_NOTHING,
					.route = row->route,
					.created_ms = wanted->appeal.at_ms };

	return answer_put(db, REPLY_APPEALED, &wanted->manner, &values, &out);
}

static int work_appeal(struct db *db, struct query *query)
{
	const struct wanted_appeal *wanted = query->argument;
	struct report_row row;
	char id[REPORT_ID_MAX];
	const char *before;
	int rc = report_row_get(query->memory, db, query->id, &row);

	if (rc == -ENOENT)
		snprintf(query->error, sizeof(query->error), "id: no such report");
	if (rc < 0)
		return rc;
	before = report_state_name(row.state);
	rc = report_appeal(db, &row, &wanted->appeal);
	if (rc == 0) {
		snprintf(query->error, sizeof(query->error),
			 row.appealed ? "the report was appealed against already: it is %s"
				      : "only what was rejected or not proved can be appealed "
					"against: the report is %s",
			 before);
		return -EALREADY;
	}
	rc = rc < 0 ? rc : tell(db, wanted, &row);
	report_id_format(row.id, id);
	if (rc == 0)
		rc = audit_put(db, wanted->appeal.at_ms, query->actor, "appeal", id, before,
			       report_state_name(row.state));
	if (rc == 0)
		query->result = json_pack("{so ss}", "id", query_id(row.id), "state",
					  report_state_name(row.state));
	return rc;
}

static void finish_appeal(struct query *query)
{
	query->gateway->metrics.reports_open++;
	outbox_kick(query->gateway->outbox);
}

static bool read_text(struct control_request *request, const json_t *args, const char **out)
{
	const char *text = json_string_value(json_object_get(args, "text"));
	size_t len = text ? strlen(text) : 0;

	*out = text;
	if (len > 0 && text[strspn(text, " \t\r\n")] &&
	    u8_mbsnlen((const uint8_t *)text, len) <= TEXT_MAX_CHARACTERS)
		return true;
	control_fail(request, "text: wants from 1 to %d characters", TEXT_MAX_CHARACTERS);
	return false;
}

static int fill(struct query *query, const char *text)
{
	const struct config *live = query->gateway->live;
	int64_t now_ms = clock_now_ms();
	const struct verdict_policy *policy =
		verdict_policy_at(live->verdict_policies, live->verdict_policies_count, now_ms);
	struct wanted_appeal *wanted = talloc_zero(query, struct wanted_appeal);

	if (!wanted || answer_manner(wanted, live, &wanted->manner) < 0)
		return -ENOMEM;
	wanted->appeal = (struct appeal){
		.text = talloc_strdup(wanted, text),
		.at_ms = now_ms,
		.deadline_ms =
			(int64_t)(policy ? policy : &verdict_policy_default)->deadline_s * 1000,
		.recheck_ms = (int64_t)live->reports.recheck_s * 1000,
	};
	query->argument = wanted;
	return wanted->appeal.text ? 0 : -ENOMEM;
}

void command_report_appeal(struct gateway *gateway, struct control_request *request, json_t *args)
{
	struct query *query;
	const char *text;
	int64_t id;

	if (!command_report_id(request, args, &id) || !read_text(request, args, &text))
		return;
	query = query_create(gateway, request, work_appeal);
	if (!query)
		return;
	if (fill(query, text) < 0) {
		query_no_memory(query);
		return;
	}
	query->id = id;
	query->finish = finish_appeal;
	store_submit(gateway->store, &query->op);
}
