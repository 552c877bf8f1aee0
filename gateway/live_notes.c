/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/live_notes.h"

#include <ctype.h>
#include <osmocom/core/utils.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "rules/report_id.h"

enum {
	STATE_MAX = 24,
	LINE_MAX = REPORT_ID_MAX + STATE_MAX,
	ENTRIES_MAX = 64, /* that are read at a time */
	ENTRIES_KEPT = 256,
	STREAM_ID_MAX = 48,
};

struct live_note {
	int64_t id;
	const char *state;
};

struct live_notes {
	struct redis_client *redis;
	const char *prefix;
	const char *instance;
	live_note_cb *cb;
	void *user;
	size_t count;
	struct live_note own[LIVE_NOTES_MAX];
	bool looking;
	bool asked;
	char last[STREAM_ID_MAX]; /* the entry that was read last; "": it is not known */
};

struct live_notes *live_notes_create(void *ctx, struct redis_client *redis, const char *prefix,
				     const char *instance, live_note_cb *cb, void *user)
{
	struct live_notes *notes = talloc_zero(ctx, struct live_notes);

	if (!notes)
		return NULL;
	notes->redis = redis;
	notes->prefix = prefix;
	notes->instance = instance;
	notes->cb = cb;
	notes->user = user;
	return notes;
}

/* ---- own ---- */

void live_notes_add(struct live_notes *notes, int64_t id, const char *state)
{
	if (notes->count < LIVE_NOTES_MAX)
		notes->own[notes->count++] = (struct live_note){ id, state };
}

static void publish(struct live_notes *notes)
{
	char *text = notes->count > 0 ? talloc_array(notes, char, notes->count *LINE_MAX) : NULL;
	size_t len = 0;

	for (size_t i = 0; text && i < notes->count; i++) {
		char id[REPORT_ID_MAX];

		report_id_format(notes->own[i].id, id);
		len += (size_t)snprintf(text + len, LINE_MAX, "%s %.*s\n", id, STATE_MAX - 3,
					notes->own[i].state);
	}
	if (text)
		(void)redis_commandf(notes->redis, NULL, NULL,
				     "XADD %slive MAXLEN ~ %d * by %s reports %b", notes->prefix,
				     ENTRIES_KEPT, notes->instance, text, len);
	talloc_free(text);
	notes->count = 0;
}

/* ---- of others ---- */

static bool is_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return len > 0;
}

static void take_line(struct live_notes *notes, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	size_t id_len = space ? (size_t)(space - line) : len;
	char id[REPORT_ID_MAX];
	char state[STATE_MAX];

	if (!space || id_len >= sizeof(id) || len - id_len - 1 >= sizeof(state) ||
	    !is_word(line, id_len) || !is_word(space + 1, len - id_len - 1))
		return;
	osmo_strlcpy(id, line, id_len + 1);
	osmo_strlcpy(state, space + 1, len - id_len);
	notes->cb(notes->user, id, state);
}

static void take_lines(struct live_notes *notes, const char *text, size_t len)
{
	const char *end = text + len;

	for (size_t i = 0; i < LIVE_NOTES_MAX && text < end; i++) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));

		if (!line_end)
			line_end = end;
		take_line(notes, text, (size_t)(line_end - text));
		text = line_end + 1;
	}
}

static const redisReply *field_of(const redisReply *fields, const char *name)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2)
		if (fields->element[i]->type == REDIS_REPLY_STRING &&
		    fields->element[i + 1]->type == REDIS_REPLY_STRING &&
		    strcmp(fields->element[i]->str, name) == 0)
			return fields->element[i + 1];
	return NULL;
}

/* An entry of a stream: its id, and fields. False: it is none. */
static bool take_entry(struct live_notes *notes, const redisReply *entry, bool tell)
{
	const redisReply *by, *reports;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    entry->element[0]->type != REDIS_REPLY_STRING ||
	    entry->element[0]->len >= STREAM_ID_MAX || entry->element[1]->type != REDIS_REPLY_ARRAY)
		return false;
	osmo_strlcpy(notes->last, entry->element[0]->str, sizeof(notes->last));
	by = field_of(entry->element[1], "by");
	reports = field_of(entry->element[1], "reports");
	if (tell && by && reports && strcmp(by->str, notes->instance) != 0)
		take_lines(notes, reports->str, reports->len);
	return true;
}

static void take_entries(struct live_notes *notes, const redisReply *list, bool tell)
{
	if (list->type != REDIS_REPLY_ARRAY)
		return;
	for (size_t i = 0; i < list->elements; i++)
		if (!take_entry(notes, list->element[i], tell))
			return;
}

/* Where the stream ends now: what was before nobody looked for. */
static void on_newest(void *user, const redisReply *reply)
{
	struct live_notes *notes = user;

	notes->asked = false;
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY)
		return;
	osmo_strlcpy(notes->last, "0-0", sizeof(notes->last));
	take_entries(notes, reply, false);
}

/* [[key, entries]]; nil: nothing is new. */
static void on_entries(void *user, const redisReply *reply)
{
	struct live_notes *notes = user;
	const redisReply *stream;

	notes->asked = false;
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY || reply->elements != 1)
		return;
	stream = reply->element[0];
	if (stream->type == REDIS_REPLY_ARRAY && stream->elements == 2)
		take_entries(notes, stream->element[1], notes->looking);
}

static void ask(struct live_notes *notes)
{
	int rc;

	if (!notes->last[0])
		rc = redis_commandf(notes->redis, on_newest, notes, "XREVRANGE %slive + - COUNT 1",
				    notes->prefix);
	else
		rc = redis_commandf(notes->redis, on_entries, notes,
				    "XREAD COUNT %d STREAMS %slive %s", ENTRIES_MAX, notes->prefix,
				    notes->last);
	notes->asked = rc == 0;
}

void live_notes_tick(struct live_notes *notes, bool looking)
{
	if (!redis_client_connected(notes->redis)) {
		notes->count = 0;
		return;
	}
	if (looking && !notes->looking && !notes->asked)
		notes->last[0] = '\0';
	notes->looking = looking;
	publish(notes);
	if (looking && !notes->asked)
		ask(notes);
}
