/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stream_reader.h - one consumer of a Redis stream's group, a batch at a time.
 *
 * Does:    creates stream and group where they are missing; reads first what was handed to this
 *          consumer before and not acknowledged, then what is new; now and then takes over what a
 *          dead consumer left. The next batch is read while the user has one.
 * Promise: entries are acknowledged only after stream_batch_done(batch, true). With false the same
 *          entries come again a little later.
 * Owns:    a batch belongs to its reader; entries are valid until stream_batch_done.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"

enum { STREAM_FIELDS_MAX = 16 };

struct stream_field {
	const char *name; /* NUL-terminated copies; a value may hold NULs besides */
	const char *value;
	size_t len;
};

struct stream_entry {
	const char *id;
	size_t field_count; /* further fields than STREAM_FIELDS_MAX are left out */
	struct stream_field fields[STREAM_FIELDS_MAX];
};

struct stream_batch {
	size_t count;
	struct stream_entry *entries;
};

struct stream_reader;
typedef void stream_batch_cb(void *user, struct stream_reader *reader,
			     const struct stream_batch *batch);

struct stream_reader *stream_reader_create(void *ctx, struct event_base *base,
					   const struct config_redis *redis,
					   struct metrics *metrics, const char *name,
					   const char *stream, const char *group,
					   const char *consumer, uint32_t batch,
					   stream_batch_cb *cb, void *user);
void stream_batch_done(struct stream_reader *reader, bool accepted);
/* Nothing new is read from now on. */
void stream_reader_stop(struct stream_reader *reader);

/* The field's value, or NULL. */
const struct stream_field *stream_entry_field(const struct stream_entry *entry, const char *name);

/* Adds a copy of an entry that cannot be used to another stream, kept to about `max` entries, with
 * its id and what was wrong before its own fields. As redis_command. */
int stream_entry_set_aside(struct redis_client *redis, const char *stream, uint32_t max,
			   const struct stream_entry *entry, const char *error, redis_reply_cb *cb,
			   void *user) __attribute__((warn_unused_result));
