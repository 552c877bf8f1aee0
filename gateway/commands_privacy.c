/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao privacy`: which operation, and how retention is doing. */
#include "gateway/commands_privacy.h"

#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_store.h"
#include "gateway/retention.h"

bool privacy_subject(struct gateway *gateway, struct control_request *request, json_t *args,
		     struct personal_subject *out)
{
	struct named_number named;

	*out = (struct personal_subject){ .pseudonym = "" };
	if (!command_number(gateway, request, args, "number", &named))
		return false;
	out->number = named.number;
	if (out->number.text[0] != '+') {
		control_fail(request,
			     "number: '%s' is a service's, and of no person: only numbers with a "
			     "country code are",
			     out->number.text);
		return false;
	}
	personal_digits(out->number.text, out->digits);
	return true;
}

/* ---- retention ---- */

/* What the loop knows, taken along. */
struct retention_view {
	uint32_t days[RETENTION_KIND_COUNT];
	uint64_t held[RETENTION_KIND_COUNT];
	struct {
		const char *kind;
		const char *key;
		int64_t value;
	} elsewhere[4];
};

static json_t *kind_json(struct db *db, const struct retention_view *view, enum retention_kind kind,
			 int64_t *complete_ms, int *rc)
{
	struct retention_state state;
	int64_t oldest_ms = 0;

	*rc = retention_row_state(db, kind, &state);
	if (*rc == 0)
		*rc = retention_row_oldest(db, kind, &oldest_ms);
	*complete_ms = state.complete_ms;
	return json_pack("{ss sI so sI sI ss}", "kind", retention_kind_name(kind), "days",
			 (json_int_t)view->days[kind], "oldest", query_time(oldest_ms), "removed",
			 (json_int_t)state.removed, "held", (json_int_t)view->held[kind], "key",
			 retention_key(kind));
}

static int work_retention(struct db *db, struct query *query)
{
	const struct retention_view *view = query->argument;
	json_t *kinds = json_array();
	json_t *elsewhere = json_array();
	int64_t complete_ms = 0;
	int rc = 0;

	for (int kind = 0; rc == 0 && kind < RETENTION_KIND_COUNT; kind++)
		json_array_append_new(
			kinds, kind_json(db, view, (enum retention_kind)kind, &complete_ms, &rc));
	for (size_t i = 0; i < sizeof(view->elsewhere) / sizeof(*view->elsewhere); i++)
		json_array_append_new(elsewhere,
				      json_pack("{ss ss sI}", "kind", view->elsewhere[i].kind,
						"key", view->elsewhere[i].key, "value",
						(json_int_t)view->elsewhere[i].value));
	query->result = json_pack("{so so so}", "complete", query_time(complete_ms), "kinds", kinds,
				  "elsewhere", elsewhere);
	return rc;
}

static void retention(struct gateway *gateway, struct control_request *request)
{
	const struct config *live = gateway->live;
	struct query *query = query_create(gateway, request, work_retention);
	struct retention_view *view = query ? talloc(query, struct retention_view) : NULL;

	if (!view) {
		if (query)
			query_refuse(query, "out of memory");
		return;
	}
	*view = (struct retention_view){
		.elsewhere = { { "texts", "answers.keep_days", live->answers.keep_days },
			       { "traffic", "blocking.traffic_hours",
				 live->blocking.traffic_hours },
			       { "calls", "feed.retention_days", live->feed.retention_days },
			       { "settlement", "rewards.settlement_keep_days",
				 live->rewards.settlement_keep_days } },
	};
	for (int kind = 0; kind < RETENTION_KIND_COUNT; kind++) {
		view->days[kind] = retention_days(gateway, (enum retention_kind)kind);
		view->held[kind] = retention_held(gateway->retention, (enum retention_kind)kind);
	}
	query->argument = view;
	store_submit(gateway->reader, &query->op);
}

/* ---- all of them ---- */

void command_privacy(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *op = json_string_value(json_object_get(args, "op"));

	if (!op || strcmp(op, "retention") == 0)
		retention(gateway, request);
	else if (strcmp(op, "export") == 0)
		privacy_export(gateway, request, args);
	else if (strcmp(op, "calls") == 0)
		privacy_calls(gateway, request, args);
	else if (strcmp(op, "erase") == 0)
		privacy_erase(gateway, request, args);
	else
		control_fail(request, "op: '%s' is not known", op);
}
