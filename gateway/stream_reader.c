/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/stream_reader.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"

enum {
	RETRY_MS = 300,		/* after a batch that could not be taken, or a refused command */
	CLAIM_EVERY_MS = 30000, /* how often entries of dead consumers are looked for */
	CLAIM_IDLE_MS = 60000,
};

enum phase {
	PHASE_GROUP,   /* the group is being made */
	PHASE_BACKLOG, /* entries handed to us before */
	PHASE_NEW,
	PHASE_CLAIM,
};

struct stream_reader {
	struct redis_client *redis;
	const char *stream;
	const char *group;
	const char *consumer;
	uint32_t size;
	stream_batch_cb *cb;
	void *user;
	enum phase phase;
	struct stream_batch *batch; /* with the user, or NULL */
	struct stream_batch *ahead; /* the next one, read while the user has that */
	struct event *timer;
	int64_t claimed_ms;
	bool asking; /* a command is under way: its reply, or its loss, goes on */
	bool asking_ahead;
	bool stopped;
	bool refused; /* logged once until a read succeeds */
};

static void read_next(struct stream_reader *reader);

static void retry_later(struct stream_reader *reader)
{
	struct timeval tv = { 0, RETRY_MS * 1000 };

	if (!reader->stopped)
		event_add(reader->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_next(arg);
}

static const char *copy_text(struct stream_batch *batch, const redisReply *reply, size_t *len)
{
	if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS)
		return NULL;
	*len = (size_t)reply->len;
	return talloc_strndup(batch, reply->str, *len);
}

/* An entry is [id, [name, value, ...]]. One that was deleted in between has no fields. */
static bool copy_entry(struct stream_batch *batch, const redisReply *reply,
		       struct stream_entry *entry)
{
	const redisReply *fields;
	size_t len;

	memset(entry, 0, sizeof(*entry));
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return false;
	fields = reply->element[1];
	entry->id = copy_text(batch, reply->element[0], &len);
	if (!entry->id)
		return false;
	if (fields->type != REDIS_REPLY_ARRAY)
		return true;
	for (size_t i = 0; i + 1 < fields->elements && entry->field_count < STREAM_FIELDS_MAX;
	     i += 2) {
		struct stream_field *field = &entry->fields[entry->field_count];
		const redisReply *value = fields->element[i + 1];

		field->name = copy_text(batch, fields->element[i], &len);
		if (!field->name || value->type != REDIS_REPLY_STRING)
			return false;
		field->value = talloc_size(batch, (size_t)value->len + 1);
		if (!field->value)
			return false;
		memcpy((char *)field->value, value->str, (size_t)value->len + 1);
		field->len = (size_t)value->len;
		entry->field_count++;
	}
	return true;
}

static struct stream_batch *copy_batch(struct stream_reader *reader, const redisReply *entries)
{
	struct stream_batch *batch =
		talloc_pooled_object(reader, struct stream_batch, entries->elements * 20 + 1,
				     entries->elements * 1024 + 256);

	if (!batch)
		return NULL;
	batch->count = 0;
	batch->entries = talloc_array(batch, struct stream_entry, entries->elements + 1);
	if (!batch->entries) {
		talloc_free(batch);
		return NULL;
	}
	for (size_t i = 0; i < entries->elements; i++)
		if (copy_entry(batch, entries->element[i], &batch->entries[batch->count]))
			batch->count++;
	return batch;
}

/* The next one is asked for first: it comes while the user is busy with this one. */
static void hand_over(struct stream_reader *reader, struct stream_batch *batch)
{
	reader->batch = batch;
	read_next(reader);
	reader->cb(reader->user, reader, batch);
}

static void take_entries(struct stream_reader *reader, const redisReply *entries)
{
	struct stream_batch *batch = copy_batch(reader, entries);

	/* Entries that are none, or no memory: none of them is passed over. */
	if (batch && batch->count < entries->elements)
		TALLOC_FREE(batch);
	if (!batch)
		retry_later(reader);
	else if (reader->batch)
		reader->ahead = batch;
	else
		hand_over(reader, batch);
}

/* What was read ahead is pending with us, and comes again with the backlog. */
static void drop_ahead(struct stream_reader *reader)
{
	talloc_free(reader->ahead);
	reader->ahead = NULL;
}

static void on_group(void *user, const redisReply *reply)
{
	struct stream_reader *reader = user;

	reader->asking = false;
	if (!reply)
		return; /* the next connection begins again */
	if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "BUSYGROUP", 9) != 0) {
		LOGP(LOG_REDIS, LOGL_ERROR, "stream %s: group %s: %s\n", reader->stream,
		     reader->group, reply->str);
		retry_later(reader);
		return;
	}
	reader->phase = PHASE_BACKLOG;
	read_next(reader);
}

static void make_group(struct stream_reader *reader)
{
	reader->phase = PHASE_GROUP;
	reader->asking =
		redis_commandf(reader->redis, on_group, reader, "XGROUP CREATE %s %s 0 MKSTREAM",
			       reader->stream, reader->group) == 0;
	if (!reader->asking)
		retry_later(reader);
}

static void refused(struct stream_reader *reader, const redisReply *reply)
{
	if (!reader->refused)
		LOGP(LOG_REDIS, LOGL_ERROR, "stream %s: %s\n", reader->stream,
		     redis_reply_error(reply));
	reader->refused = true;
	/* NOGROUP: the stream was flushed. Any other error is tried again in the same way. */
	reader->phase = PHASE_GROUP;
	retry_later(reader);
}

/* The entries of [[stream, [entry, ...]]]; NULL when there are none. */
static const redisReply *entries_of(const redisReply *reply)
{
	const redisReply *entries;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 ||
	    reply->element[0]->type != REDIS_REPLY_ARRAY || reply->element[0]->elements != 2)
		return NULL;
	entries = reply->element[0]->element[1];
	return entries->type == REDIS_REPLY_ARRAY && entries->elements > 0 ? entries : NULL;
}

/* Or nil after the time-out, or an error. */
static void on_read(void *user, const redisReply *reply)
{
	struct stream_reader *reader = user;
	bool ahead = reader->asking_ahead;
	const redisReply *entries;

	reader->asking = false;
	reader->asking_ahead = false;
	if (!reply || reader->stopped)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		refused(reader, reply);
		return;
	}
	reader->refused = false;
	entries = entries_of(reply);
	if (ahead && reader->phase != PHASE_NEW)
		entries = NULL; /* the batch before it failed: both come with the backlog */
	if (entries) {
		take_entries(reader, entries);
		return;
	}
	if (reader->phase == PHASE_BACKLOG && !ahead)
		reader->phase = PHASE_NEW;
	if (!reader->batch && !event_pending(reader->timer, EV_TIMEOUT, NULL))
		read_next(reader);
}

/* [cursor, [entry, ...], ...] */
static void on_claimed(void *user, const redisReply *reply)
{
	struct stream_reader *reader = user;

	reader->asking = false;
	if (!reply || reader->stopped)
		return;
	reader->phase = PHASE_NEW;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2 &&
	    reply->element[1]->type == REDIS_REPLY_ARRAY && reply->element[1]->elements > 0)
		take_entries(reader, reply->element[1]);
	else
		read_next(reader);
}

static bool claim_due(struct stream_reader *reader)
{
	int64_t now_ms = clock_monotonic_ms();

	if (reader->phase != PHASE_NEW || now_ms - reader->claimed_ms < CLAIM_EVERY_MS)
		return false;
	reader->claimed_ms = now_ms;
	return true;
}

/* Only new entries are read ahead, since the backlog holds those that the user has. It does not
 * block: Redis would not see the acknowledgement until then. */
static void read_ahead(struct stream_reader *reader)
{
	if (reader->ahead || reader->phase != PHASE_NEW)
		return;
	reader->asking =
		redis_commandf(reader->redis, on_read, reader,
			       "XREADGROUP GROUP %s %s COUNT %u STREAMS %s >", reader->group,
			       reader->consumer, reader->size, reader->stream) == 0;
	reader->asking_ahead = reader->asking;
}

/* A new connection, the timer, the begin and the end of a batch all come here: only one command at
 * a time may be under way, or batches would meet. */
static void read_next(struct stream_reader *reader)
{
	int rc;

	if (reader->stopped || reader->asking || !redis_client_connected(reader->redis))
		return;
	if (reader->batch) {
		read_ahead(reader);
		return;
	}
	if (reader->phase == PHASE_GROUP) {
		make_group(reader);
		return;
	}
	if (claim_due(reader)) {
		reader->phase = PHASE_CLAIM;
		rc = redis_commandf(reader->redis, on_claimed, reader,
				    "XAUTOCLAIM %s %s %s %d 0-0 COUNT %u", reader->stream,
				    reader->group, reader->consumer, CLAIM_IDLE_MS, reader->size);
	} else {
		rc = redis_commandf(reader->redis, on_read, reader,
				    "XREADGROUP GROUP %s %s COUNT %u BLOCK %d STREAMS %s %s",
				    reader->group, reader->consumer, reader->size, REDIS_BLOCK_MS,
				    reader->stream, reader->phase == PHASE_BACKLOG ? "0" : ">");
	}
	reader->asking = rc == 0;
	if (rc < 0)
		retry_later(reader);
}

static int acknowledge(struct stream_reader *reader, const struct stream_batch *batch)
{
	const char **argv = talloc_array(batch, const char *, batch->count + 3);
	size_t argc = 0;

	if (!argv)
		return -1;
	argv[argc++] = "XACK";
	argv[argc++] = reader->stream;
	argv[argc++] = reader->group;
	for (size_t i = 0; i < batch->count; i++)
		argv[argc++] = batch->entries[i].id;
	return redis_command(reader->redis, NULL, NULL, (int)argc, argv, NULL);
}

void stream_batch_done(struct stream_reader *reader, bool accepted)
{
	struct stream_batch *batch = reader->batch;

	reader->batch = NULL;
	if (accepted && batch->count > 0 && acknowledge(reader, batch) < 0)
		accepted = false; /* they come again; taking an entry twice does no harm */
	talloc_free(batch);
	if (accepted) {
		batch = reader->ahead;
		reader->ahead = NULL;
		if (batch)
			hand_over(reader, batch);
		else
			read_next(reader);
		return;
	}
	drop_ahead(reader);
	if (reader->phase != PHASE_GROUP)
		reader->phase = PHASE_BACKLOG;
	retry_later(reader);
}

static void on_state(void *user, bool connected)
{
	struct stream_reader *reader = user;

	reader->phase = PHASE_GROUP;
	drop_ahead(reader);
	if (connected)
		read_next(reader);
}

static int reader_destroy(struct stream_reader *reader)
{
	if (reader->timer)
		event_free(reader->timer);
	return 0;
}

struct stream_reader *stream_reader_create(void *ctx, struct event_base *base,
					   const struct config_redis *redis,
					   struct metrics *metrics, const char *name,
					   const char *stream, const char *group,
					   const char *consumer, uint32_t batch,
					   stream_batch_cb *cb, void *user)
{
	struct stream_reader *reader = talloc_zero(ctx, struct stream_reader);

	if (!reader)
		return NULL;
	talloc_set_destructor(reader, reader_destroy);
	reader->stream = talloc_strdup(reader, stream);
	reader->group = talloc_strdup(reader, group);
	reader->consumer = talloc_strdup(reader, consumer);
	reader->size = batch;
	reader->cb = cb;
	reader->user = user;
	reader->timer = event_new(base, -1, 0, on_timer, reader);
	reader->redis = redis_client_create(reader, base, name, REDIS_BLOCKING, redis, metrics);
	if (!reader->stream || !reader->group || !reader->consumer || !reader->timer ||
	    !reader->redis) {
		talloc_free(reader);
		return NULL;
	}
	redis_client_on_state(reader->redis, on_state, reader);
	return reader;
}

void stream_reader_stop(struct stream_reader *reader)
{
	reader->stopped = true;
}

const struct stream_field *stream_entry_field(const struct stream_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->field_count; i++)
		if (strcmp(entry->fields[i].name, name) == 0)
			return &entry->fields[i];
	return NULL;
}

int stream_entry_set_aside(struct redis_client *redis, const char *stream, uint32_t max,
			   const struct stream_entry *entry, const char *error, redis_reply_cb *cb,
			   void *user)
{
	char limit[16];
	const char *head[] = { "XADD", stream,	"MAXLEN",  "~",	    limit,
			       "*",    "entry", entry->id, "error", error };
	enum { HEAD = sizeof(head) / sizeof(*head) };
	const char *argv[HEAD + 2 * STREAM_FIELDS_MAX];
	size_t len[HEAD + 2 * STREAM_FIELDS_MAX];
	size_t argc;

	snprintf(limit, sizeof(limit), "%u", max);
	for (argc = 0; argc < HEAD; argc++) {
		argv[argc] = head[argc];
		len[argc] = strlen(head[argc]);
	}
	for (size_t i = 0; i < entry->field_count; i++, argc += 2) {
		argv[argc] = entry->fields[i].name;
		len[argc] = strlen(entry->fields[i].name);
		argv[argc + 1] = entry->fields[i].value;
		len[argc + 1] = entry->fields[i].len;
	}
	return redis_command(redis, cb, user, (int)argc, argv, len);
}
