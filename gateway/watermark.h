/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* watermark.h - for each feed source, the span of time for which its call records are complete.
 *
 * Does:    estimates each source's clock (rules/clock_skew.h); keeps the span [from, to) of every
 *          source in Redis beside the records themselves, so that both are lost together; says
 *          whether a window is covered by all sources.
 * Key:     <prefix>watermarks, hash, fields "<source>:from" and "<source>:to", ms.
 * Rules:   times are the source's. One whose clock is shown to be ahead is complete up to so much
 *          less: what happened since has later times than it can have.
 *          `to` only grows: by an explicit watermark, or to the newest record less the source's
 *          disorder, unless that is 0. `from` is the first record's time, and shrinks only by an
 *          explicit watermark.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/redis_client.h"
#include "rules/clock_skew.h"

struct watermarks;

struct watermark {
	const char *source;
	bool known; /* it has said something since the index was last empty */
	int64_t from_ms;
	int64_t to_ms;
	uint64_t records;
	uint64_t bad;
	struct clock_skew_estimate clock;
	int64_t heard_ms; /* when it sent something last; 0: not since we started */
	/* Of a drop directory. */
	uint32_t missing_files;
	uint32_t passed_files; /* missing, and not waited for any more */
	int64_t first_missing; /* -1: none */
	uint64_t repeated_files;
};

struct watermarks *watermarks_create(void *ctx, struct event_base *base, struct redis_client *redis,
				     const char *prefix, const struct config_feed *config);
/* Reads them anew: after a connect. They are read every second besides. */
void watermarks_refresh(struct watermarks *watermarks);
/* The same, telling when it is done: what watermarks_cover then says was true in Redis after all
 * that was asked of it before. As redis_command; ok false: they could not be read. */
typedef void watermarks_read_cb(void *user, bool ok);
int watermarks_reread(struct watermarks *watermarks, watermarks_read_cb *cb, void *user)
	__attribute__((warn_unused_result));

/* After the batch, once its records are in the index, what they and explicit marks say is written
 * by watermarks_flush. from_ms INT64_MIN: none given. */
void watermarks_note_record(struct watermarks *watermarks, const char *source, int64_t start_ms);
/* A record of which the source says that it was written then; counts it. */
void watermarks_note_arrival(struct watermarks *watermarks, const char *source, int64_t written_ms);
void watermarks_note_bad(struct watermarks *watermarks, const char *source);
void watermarks_note_mark(struct watermarks *watermarks, const char *source, int64_t from_ms,
			  int64_t to_ms);
/* As one record that began at first_ms and a mark. */
void watermarks_note_span(struct watermarks *watermarks, const char *source, int64_t first_ms,
			  int64_t from_ms, int64_t to_ms);
/* Up to where a record that began at start_ms says that its source is complete; INT64_MIN: it
 * says nothing, as its disorder is 0 or its clock cannot be right. */
int64_t watermarks_told_by(struct watermarks *watermarks, const char *source, int64_t start_ms);
/* How a drop directory's files stand. */
void watermarks_note_files(struct watermarks *watermarks, const char *source, uint32_t missing,
			   uint32_t passed, int64_t first_missing);
void watermarks_note_repeat(struct watermarks *watermarks, const char *source);
/* Of one source, or with NULL of all that come over the stream. Negative errno when Redis was not
 * asked for one of them: it stays noted. */
int watermarks_flush(struct watermarks *watermarks, const char *source);
/* The same sources: the batch failed and comes again, and what was noted with it. */
void watermarks_forget(struct watermarks *watermarks, const char *source);

/* All sources are complete over [from_ms, to_ms): those of the configuration or, when it lists
 * none, all that were seen. False while there is none. */
bool watermarks_cover(const struct watermarks *watermarks, int64_t from_ms, int64_t to_ms);
/* It has said something since Redis was last empty. */
bool watermarks_known(const struct watermarks *watermarks, const char *source);
/* By how much the times of any source that counts are shown to be ahead. */
int64_t watermarks_ahead(const struct watermarks *watermarks);
/* The least `to`; 0 while unknown. */
int64_t watermarks_least(const struct watermarks *watermarks);
size_t watermarks_count(const struct watermarks *watermarks);
struct watermark watermarks_get(const struct watermarks *watermarks, size_t i);
