/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_feed.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/feed_source.h"
#include "gateway/log.h"
#include "gateway/stream_reader.h"

struct cdr_feed {
	const struct config_feed *config;
	const struct config *const *live;
	struct redis_client *redis;
	struct call_filing *filing;
	struct watermarks *watermarks;
	struct metrics *metrics;
	struct stream_reader *reader;
	const char *bad_stream;
	size_t waiting; /* of the batch: replies to come */
	bool failed;
	bool reading; /* the batch is still being gone through */
	int64_t bad_logged_ms;
};

static void batch_end(struct cdr_feed *feed)
{
	if (feed->waiting > 0 || feed->reading)
		return;
	/* Only now: a watermark may not run ahead of the records before it. The stream may be
	 * connected again before the rest is: marks that cannot be written come again with their
	 * batch. */
	if (!feed->failed)
		feed->failed = watermarks_flush(feed->watermarks, NULL) < 0;
	if (feed->failed)
		watermarks_forget(feed->watermarks, NULL);
	stream_batch_done(feed->reader, !feed->failed);
}

static void on_indexed(void *user, int rc)
{
	struct cdr_feed *feed = user;

	feed->waiting--;
	feed->failed = feed->failed || rc < 0;
	feed->metrics->cdrs_total += rc > 0;
	batch_end(feed);
}

static void on_set_aside(void *user, const redisReply *reply)
{
	struct cdr_feed *feed = user;

	feed->waiting--;
	feed->failed = feed->failed || !redis_reply_ok(reply);
	batch_end(feed);
}

static void set_aside(struct cdr_feed *feed, const struct stream_entry *entry, const char *error)
{
	/* The field only: its value may be somebody's number. All is in the stream of bad ones. */
	if (log_seldom(&feed->bad_logged_ms))
		LOGP(LOG_FEED, LOGL_NOTICE, "%s entry %s set aside: %.*s\n", feed->config->stream,
		     entry->id, (int)strcspn(error, ":"), error);
	feed->metrics->cdrs_bad_total++;
	if (stream_entry_set_aside(feed->redis, feed->bad_stream, feed->config->bad_max, entry,
				   error, on_set_aside, feed) < 0)
		feed->failed = true;
	else
		feed->waiting++;
}

static const char *take_mark(struct cdr_feed *feed, const struct stream_entry *entry,
			     const char *source, const struct stream_field *mark)
{
	const struct stream_field *from = stream_entry_field(entry, "complete_from");
	struct call_origin origin = feed_source_origin(feed_source_find(feed->config, source));
	int64_t from_ms = INT64_MIN;
	int64_t to_ms;

	if (feed_mark_read(&origin, mark->value, mark->len, &to_ms) < 0)
		return "watermark: no time";
	if (from && feed_mark_read(&origin, from->value, from->len, &from_ms) < 0)
		return "complete_from: no time";
	watermarks_note_mark(feed->watermarks, source, from_ms, to_ms);
	return NULL;
}

static void take_record(struct cdr_feed *feed, const struct stream_entry *entry, const char *name)
{
	const struct config_source *source = feed_source_find(feed->config, name);
	struct call_fields fields = { 0 };
	struct call_origin origin = feed_source_origin(source);
	struct call_record record;
	struct call_error error;

	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		const struct stream_field *field =
			stream_entry_field(entry, call_field_name((enum call_field)i));

		if (!field)
			continue;
		fields.text[i] = field->value;
		fields.len[i] = field->len;
	}
	if (call_record_read((*feed->live)->tables->numbering, &fields, &origin, &record, &error) <
	    0) {
		watermarks_note_bad(feed->watermarks, name);
		set_aside(feed, entry, error.text);
		return;
	}
	watermarks_note_arrival(feed->watermarks, name, record.written_ms);
	watermarks_note_record(feed->watermarks, name, record.start_ms);
	feed->waiting++;
	if (call_filing_add(feed->filing, &record, on_indexed, feed) < 0) {
		feed->waiting--;
		feed->failed = true;
	}
}

static void take_entry(struct cdr_feed *feed, const struct stream_entry *entry)
{
	const struct stream_field *source = stream_entry_field(entry, "source");
	const struct stream_field *mark = stream_entry_field(entry, "watermark");
	const char *error;

	if (!source || !feed_source_name_ok(source->value, source->len)) {
		set_aside(feed, entry,
			  "source: missing, or not 1 to 31 letters, digits, '.', '_' or '-'");
		return;
	}
	if (!mark) {
		take_record(feed, entry, source->value);
		return;
	}
	error = take_mark(feed, entry, source->value, mark);
	if (error)
		set_aside(feed, entry, error);
}

static void on_batch(void *user, struct stream_reader *reader, const struct stream_batch *batch)
{
	struct cdr_feed *feed = user;

	(void)reader;
	feed->failed = false;
	feed->reading = true;
	for (size_t i = 0; i < batch->count && !feed->failed; i++)
		take_entry(feed, &batch->entries[i]);
	call_filing_send(feed->filing);
	feed->reading = false;
	batch_end(feed);
}

struct cdr_feed *cdr_feed_create(void *ctx, struct event_base *base, const struct config *config,
				 const struct config *const *live, struct redis_client *redis,
				 struct call_filing *filing, struct watermarks *watermarks,
				 struct metrics *metrics)
{
	struct cdr_feed *feed = talloc_zero(ctx, struct cdr_feed);
	char *stream;

	if (!feed)
		return NULL;
	feed->config = &config->feed;
	feed->live = live;
	feed->redis = redis;
	feed->filing = filing;
	feed->watermarks = watermarks;
	feed->metrics = metrics;
	stream = talloc_asprintf(feed, "%s%s", config->redis.prefix, config->feed.stream);
	feed->bad_stream = talloc_asprintf(feed, "%s:bad", stream);
	if (stream && feed->bad_stream)
		feed->reader = stream_reader_create(
			feed, base, &config->redis, metrics, "redis (call records)", stream,
			config->feed.group, config->instance, config->feed.batch, on_batch, feed);
	if (!feed->reader) {
		talloc_free(feed);
		return NULL;
	}
	return feed;
}

void cdr_feed_stop(struct cdr_feed *feed)
{
	stream_reader_stop(feed->reader);
}
