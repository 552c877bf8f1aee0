/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is told of a verdict: to the subscriber by a text, to other systems by an event. */
#include "gateway/verdict_book_priv.h"

#include <stdio.h>

#include "gateway/answer.h"
#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/outbox.h"
#include "rules/report_id.h"

/* All members at their longest come to some 1,500 octets. */
enum { EVENT_MAX = 4096 };

int look_tell(struct look *look, enum reply_kind kind, unsigned told)
{
	const struct report_row *row = &look->row;
	struct reply_values values = {
		.number = row->number.text,
		.day_ms = row->call_start_ms ? row->call_start_ms : row->received_ms,
		.near = look->near ? look->near->text : NULL,
		.reason = look->verdict.reason_count ? look->verdict.reasons[0] : 0,
		.outcome = look->reward.outcome,
		.amount_mb = look->reward.amount_mb,
		.state = row->state,
		.calls_blocked = look->blocked,
		.sms_blocked = look->blocked,
	};
	const struct outbox_row out = { .target = row->subscriber.text,
					.report_id = row->id,
					.told = told,
					.route = row->route,
					.created_ms = look->now_ms };

	return answer_put_gently(look->db, kind, &look->settings->manner, &values, &out,
				 &look->settings->quiet);
}

static void put_reward(struct json_out *out, const struct look *look)
{
	json_out_open(out, "reward", '{');
	json_out_text(out, "id", look->reward_row.id);
	json_out_int(out, "amount_mb", look->reward.amount_mb);
	json_out_text(out, "outcome", reward_outcome_name(look->reward.outcome));
	json_out_close(out, '}');
}

static void put_data(struct json_out *out, const struct look *look, const char *report)
{
	const struct report_row *row = &look->row;
	char call_start[ISO_TIME_MAX];
	char deadline[ISO_TIME_MAX];

	json_out_open(out, "data", '{');
	json_out_text(out, "report", report);
	json_out_text(out, "subscriber", row->subscriber.text);
	json_out_text(out, "number", row->number.text);
	json_out_text(out, "category", report_category_name(row->category));
	json_out_text(out, "verdict", report_state_name(row->state));
	json_out_bool(out, "forged", look->verdict.forged);
	if (look->warns)
		json_out_text(out, "deadline", iso_time_format(row->deadline_ms, deadline));
	json_out_open(out, "reasons", '[');
	for (size_t i = 0; i < look->verdict.reason_count; i++)
		json_out_text(out, NULL, verdict_reason_name(look->verdict.reasons[i]));
	json_out_close(out, ']');
	if (row->call_start_ms)
		json_out_text(out, "call_start", iso_time_format(row->call_start_ms, call_start));
	if (look->reward_row.id[0])
		put_reward(out, look);
	json_out_close(out, '}');
}

int look_publish(struct look *look, const char *type)
{
	char payload[EVENT_MAX];
	char report[REPORT_ID_MAX];
	char id[REPORT_ID_MAX + 48];
	char source[128];
	char time[ISO_TIME_MAX];
	struct outbox_row row = { .target = "",
				  .payload = payload,
				  .report_id = look->row.id,
				  .created_ms = look->now_ms };
	struct json_out out;
	int rc;

	report_id_format(look->row.id, report);
	snprintf(id, sizeof(id), "%s-%lld-%s", report, (long long)look->row.events, type);
	snprintf(source, sizeof(source), "/mianrao/%s", look->settings->instance);
	json_out_begin(&out, payload, sizeof(payload));
	json_out_open(&out, NULL, '{');
	json_out_text(&out, "specversion", "1.0");
	json_out_text(&out, "id", id);
	json_out_text(&out, "source", source);
	json_out_text(&out, "type", type);
	json_out_text(&out, "time", iso_time_format(look->now_ms, time));
	json_out_text(&out, "subject", report);
	json_out_text(&out, "datacontenttype", "application/json");
	put_data(&out, look, report);
	json_out_close(&out, '}');
	rc = json_out_end(&out);
	return rc < 0 ? rc : outbox_put(look->db, OUTBOX_EVENT, &row);
}
