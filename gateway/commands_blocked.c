/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was blocked, and its release by operations. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_page.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/outbox.h"
#include "gateway/release_book.h"
#include "gateway/rule_cache.h"
#include "rules/calendar.h"

static const char *channel_name(int64_t channel)
{
	return channel == BLOCK_CALL ? "call" : "sms";
}

/* ---- blocked ---- */

/* Columns as ATTEMPT_COLUMNS. Who asks for one subscriber by its number knows it;
 * who comes with a token says of each sender why they want to see it. */
static json_t *attempt_json(const struct query *query, struct db_stmt *stmt, bool known)
{
	const char *subscriber = db_text(stmt, 1);
	const char *sender = db_text(stmt, 2);

	return json_pack(
		"{sI so so so so ss so so sI ss ss sI ss so sI}", "id", (json_int_t)db_int(stmt, 0),
		"subscriber", command_shown(subscriber, !known), "subscriber_ref",
		command_ref(query->gateway, subscriber), "sender",
		command_shown(sender, query->request->token_id != 0), "sender_ref",
		command_ref(query->gateway, sender), "channel", channel_name(db_int(stmt, 3)),
		"first", query_time(db_int(stmt, 4)), "last", query_time(db_int(stmt, 5)), "count",
		(json_int_t)db_int(stmt, 6), "tier",
		block_tier_name((enum block_tier)db_int(stmt, 7)), "rule", db_text(stmt, 8),
		"version", (json_int_t)db_int(stmt, 9), "account", db_text(stmt, 10), "released",
		query_time(db_int(stmt, 11)), "kept", (json_int_t)db_int(stmt, 12));
}

static int work_blocked(struct db *db, struct query *query)
{
	const struct page *page = query->argument;
	bool one = query->number.text[0] != '\0';
	struct db_stmt *stmt = db_query(db, one ? Q_ATTEMPT_LIST_OF : Q_ATTEMPT_LIST);
	json_t *list = json_array();
	json_t *next = json_null();
	int rc;

	query->result = json_pack("{so}", "blocked", list);
	db_bind_int(stmt, 1, calendar_day_start(query->since_ms));
	db_bind_int(stmt, 2, query->since_ms);
	db_bind_int(stmt, 3, page->id);
	db_bind_int(stmt, 4, page->limit);
	if (one) {
		db_bind_text(stmt, 5, query->number.text);
		db_bind_int(stmt, 6, page->at);
	}
	while ((rc = db_step(stmt)) > 0) {
		json_array_append_new(list, attempt_json(query, stmt, one && !query->by_ref));
		if ((int64_t)json_array_size(list) == page->limit)
			next = page_next(db_int(stmt, 5), db_int(stmt, 0));
	}
	json_object_set_new(query->result, "next", next);
	return rc;
}

void command_blocked(struct gateway *gateway, struct control_request *request, json_t *args)
{
	int64_t since_ms = attempt_desk_since(gateway, clock_now_ms());
	struct named_number number;
	struct query *query;
	struct page page;

	if (!command_number_if_any(gateway, request, args, "number", &number) ||
	    !page_time(request, args, "since", &since_ms) || !page_read(request, args, &page))
		return;
	query = query_create(gateway, request, work_blocked);
	if (!query)
		return;
	query->number = number.number;
	query->by_ref = number.by_ref;
	query->since_ms = since_ms;
	query->argument = talloc_memdup(query, &page, sizeof(page));
	if (query->argument)
		store_submit(gateway->reader, &query->op);
	else
		query_no_memory(query);
}

/* ---- release ---- */

struct target {
	char subscriber[NUMBER_MAX];
	char sender[NUMBER_MAX];
	uint8_t channel;
};

/* 1, or 0 when there is no such row. */
static int find_target(struct db *db, int64_t id, struct target *out)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_GET);
	int rc;

	db_bind_int(stmt, 1, id);
	rc = db_step(stmt);
	if (rc > 0) {
		snprintf(out->subscriber, NUMBER_MAX, "%s", db_text(stmt, 0));
		snprintf(out->sender, NUMBER_MAX, "%s", db_text(stmt, 1));
		out->channel = (uint8_t)db_int(stmt, 2);
	}
	db_finish(stmt);
	return rc;
}

static int audit_release(struct query *query, struct db *db, const struct target *target,
			 const struct release_outcome *outcome, int64_t now_ms)
{
	char *object = talloc_asprintf(query->memory, "%s %s from %s", target->subscriber,
				       channel_name(target->channel), target->sender);
	char *after = talloc_asprintf(query->memory, "%s, %u messages%s",
				      release_result_name(outcome->result), outcome->messages,
				      outcome->allowed ? ", allowed" : "");

	if (!object || !after)
		return -ENOMEM;
	return audit_put(db, now_ms, query->actor, "release", object, "blocked", after);
}

static bool released(const struct release_outcome *outcome)
{
	return outcome->result == RELEASE_SENT || outcome->result == RELEASE_ALLOWED;
}

static int release(struct db *db, struct query *query, const struct target *target)
{
	const struct release_request request = {
		.plan = query->tables->numbering,
		.subscriber = target->subscriber,
		.sender = target->sender,
		.channels = target->channel,
		.allows = query->allows,
		.actor = query->actor,
		.now_ms = clock_now_ms(),
	};
	struct release_outcome outcome;
	int rc = release_book_run(query->memory, db, &request, &outcome);

	if (rc == 0 && released(&outcome))
		rc = audit_release(query, db, target, &outcome, request.now_ms);
	if (rc < 0)
		return rc;
	query->changed = outcome.rules;
	query->count = outcome.messages;
	snprintf(query->number.text, NUMBER_MAX, "%s", target->subscriber);
	query->result = json_pack(
		"{so so so so ss ss sI sb}", "subscriber", query_masked(target->subscriber),
		"subscriber_ref", command_ref(query->gateway, target->subscriber), "sender",
		command_shown(target->sender, query->request->token_id != 0), "sender_ref",
		command_ref(query->gateway, target->sender), "channel",
		channel_name(target->channel), "result", release_result_name(outcome.result),
		"messages", (json_int_t)outcome.messages, "allowed",
		(outcome.allowed & target->channel) != 0);
	return 0;
}

static int work_release(struct db *db, struct query *query)
{
	struct target target;
	int rc = find_target(db, query->id, &target);

	if (rc == 0)
		snprintf(query->error, sizeof(query->error), "id: nothing of that number is kept");
	return rc > 0 ? release(db, query, &target) : rc == 0 ? -ENOENT : rc;
}

static void finish_release(struct query *query)
{
	struct gateway *gateway = query->gateway;

	gateway->metrics.released_total += (uint64_t)query->count;
	if (query->changed.text)
		rule_cache_put(gateway->rules, query->number.text, query->changed.text);
	outbox_kick(gateway->outbox);
}

static bool read_id(const char *text, int64_t *out)
{
	size_t len = text ? strspn(text, "0123456789") : 0;

	if (len == 0 || len > 18 || text[len])
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + (text[i] - '0');
	return true;
}

void command_release(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "id"));
	struct query *query;
	int64_t id;

	if (!read_id(text, &id)) {
		control_fail(request, "id: '%s' is no number of `mianrao blocked`",
			     text ? text : "");
		return;
	}
	query = query_create(gateway, request, work_release);
	if (!query)
		return;
	query->finish = finish_release;
	query->id = id;
	query->allows = gateway->live->blocking.release_allows;
	store_submit(gateway->store, &query->op);
}
