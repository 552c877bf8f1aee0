/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/release_book.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/quarantine_row.h"

static const char *const result_names[] = {
	[RELEASE_UNKNOWN] = "unknown", [RELEASE_ALREADY] = "already", [RELEASE_REFUSED] = "refused",
	[RELEASE_NO_ROOM] = "no_room", [RELEASE_SENT] = "sent",	      [RELEASE_ALLOWED] = "allowed",
};
_Static_assert(sizeof(result_names) / sizeof(*result_names) == RELEASE_RESULT_COUNT,
	       "a name for each result");

const char *release_result_name(enum release_result result)
{
	return result_names[result];
}

int release_book_find_sender(struct db *db, const char *subscriber, const char *written,
			     struct number *out)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_SENDER);
	int rc;

	db_bind_text(stmt, 1, subscriber);
	db_bind_text(stmt, 2, written);
	rc = db_step(stmt);
	if (rc > 0)
		snprintf(out->text, NUMBER_MAX, "%s", db_text(stmt, 0));
	db_finish(stmt);
	return rc;
}

/* ---- what there is ---- */

/* On which channels anything was blocked, and on which of these it was not released. */
static int find_channels(struct db *db, const struct release_request *request, uint8_t *known,
			 uint8_t *open)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_OPEN);
	int rc;

	*known = 0;
	*open = 0;
	db_bind_text(stmt, 1, request->subscriber);
	db_bind_text(stmt, 2, request->sender);
	while ((rc = db_step(stmt)) > 0) {
		uint8_t channel = (uint8_t)db_int(stmt, 0);

		if (request->channels && !(request->channels & channel))
			continue;
		*known |= channel;
		*open |= db_int(stmt, 1) > 0 ? channel : 0;
	}
	return rc;
}

static bool rule_can_name(const char *sender)
{
	enum number_form form = number_form(sender);

	return form != NUMBER_FORM_NONE && form != NUMBER_FORM_ALPHA &&
	       form != NUMBER_FORM_WITHHELD;
}

/* ---- the rule ---- */

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)) != NULL; at += len)
		if ((at == text || at[-1] == '\n') && (at[len] == '\n' || at[len] == '\0'))
			return true;
	return false;
}

/* -E2BIG: the subscriber has no room for one more, and nothing was changed. */
static int allow(void *ctx, struct db *db, const struct release_request *request, uint8_t channels,
		 struct rule_state *rules)
{
	struct block_rule rule = { .action = BLOCK_ACTION_ALLOW,
				   .channels = channels,
				   .origin = BLOCK_ORIGIN_NUMBER };
	struct rule_change change = { request->subscriber, request->actor, request->now_ms };
	char line[BLOCK_RULE_TEXT_MAX];
	struct rule_state before;
	struct rule_fault fault;
	char *text;
	int rc = rule_store_get(ctx, db, request->plan, request->subscriber, &before);

	if (rc < 0)
		return rc;
	snprintf(rule.prefix.text, NUMBER_MAX, "%s", request->sender);
	block_rule_format(&rule, line);
	if (has_line(before.text, line))
		return 0;
	text = talloc_asprintf(ctx, "%s%s%s\n", before.text, before.text[0] ? "\n" : "", line);
	return text ? rule_store_set(ctx, db, request->plan, &change, text, rules, &fault)
		    : -ENOMEM;
}

/* ---- the release ---- */

static int mark(struct db *db, const struct release_request *request, uint8_t channel)
{
	struct db_stmt *stmt = db_query(db, Q_ATTEMPT_RELEASE);

	db_bind_int(stmt, 1, request->now_ms);
	db_bind_text(stmt, 2, request->subscriber);
	db_bind_text(stmt, 3, request->sender);
	db_bind_int(stmt, 4, channel);
	return db_run(stmt);
}

static int mark_all(struct db *db, const struct release_request *request, uint8_t channels)
{
	static const uint8_t each[] = { BLOCK_CALL, BLOCK_SMS };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(each); i++)
		if (channels & each[i])
			rc = mark(db, request, each[i]);
	return rc;
}

/* Channels that need a rule, or are to have one. */
static uint8_t wanted_rules(const struct release_request *request,
			    const struct release_outcome *out)
{
	uint8_t channels = out->channels;

	if (out->messages > 0 && !request->allows)
		channels &= (uint8_t)~BLOCK_SMS;
	return rule_can_name(request->sender) ? channels : 0;
}

static int let_through(void *ctx, struct db *db, const struct release_request *request,
		       struct release_outcome *out)
{
	uint8_t channels = wanted_rules(request, out);
	int rc = channels ? allow(ctx, db, request, channels, &out->rules) : 0;

	if (rc == -E2BIG) {
		out->rules = (struct rule_state){ 0 };
		out->result = out->messages ? RELEASE_SENT : RELEASE_NO_ROOM;
		return 0;
	}
	if (rc < 0)
		return rc;
	out->allowed = channels;
	out->result = out->messages ? RELEASE_SENT : channels ? RELEASE_ALLOWED : RELEASE_REFUSED;
	return 0;
}

int release_book_run(void *ctx, struct db *db, const struct release_request *request,
		     struct release_outcome *out)
{
	uint8_t known;
	uint8_t open;
	int rc = find_channels(db, request, &known, &open);

	*out = (struct release_outcome){ .result = known ? RELEASE_ALREADY : RELEASE_UNKNOWN,
					 .channels = known };
	if (rc < 0 || !open)
		return rc;
	out->channels = open;
	if (open & BLOCK_SMS)
		rc = quarantine_row_release(db, request->subscriber, request->sender,
					    request->now_ms, &out->messages);
	if (rc == 0)
		rc = let_through(ctx, db, request, out);
	if (rc < 0 || out->result == RELEASE_REFUSED || out->result == RELEASE_NO_ROOM)
		return rc;
	/* A call that no rule can let through stays what it was. */
	if (out->result == RELEASE_SENT)
		out->channels = (uint8_t)(BLOCK_SMS | (out->channels & out->allowed));
	return mark_all(db, request, out->channels);
}
