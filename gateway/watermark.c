/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/watermark.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"

enum { AHEAD_MAX_MS = 3600000, REFRESH_MS = 1000, SOURCES_MAX = 256, DISORDER_DEFAULT_S = 300 };

/* ARGV: source, to, from of the first record, explicit from or "". */
static const char mark_script[] =
	"local to = redis.call('HGET', KEYS[1], ARGV[1] .. ':to')\n"
	"if ARGV[2] ~= '' and (not to or tonumber(to) < tonumber(ARGV[2])) then\n"
	"  redis.call('HSET', KEYS[1], ARGV[1] .. ':to', ARGV[2])\n"
	"end\n"
	"local from = redis.call('HGET', KEYS[1], ARGV[1] .. ':from')\n"
	"if not from then\n"
	"  from = ARGV[3]\n"
	"  redis.call('HSET', KEYS[1], ARGV[1] .. ':from', from)\n"
	"end\n"
	"if ARGV[4] ~= '' and tonumber(ARGV[4]) < tonumber(from) then\n"
	"  redis.call('HSET', KEYS[1], ARGV[1] .. ':from', ARGV[4])\n"
	"end\n"
	"return 1\n";

struct source {
	struct watermark mark;
	int64_t disorder_ms;
	bool configured;
	bool directory; /* comes by drop directory, flushed by name */
	/* Noted since the last flush. */
	bool dirty;
	bool has_explicit_from;
	int64_t first_ms;
	int64_t newest_to_ms;
	int64_t explicit_from_ms;
	struct clock_skew clock;
	bool arrived; /* since the last flush; the newest record was written so long before it came
		       */
	int64_t least_delay_ms;
};

struct watermarks {
	struct redis_client *redis;
	const char *key;
	struct event *timer;
	struct source *sources;
	size_t count;
	bool configured; /* the configuration lists the sources that count */
};

static struct source *find_source(struct watermarks *watermarks, const char *name, size_t len)
{
	for (size_t i = 0; i < watermarks->count; i++) {
		const char *known = watermarks->sources[i].mark.source;

		if (strncmp(known, name, len) == 0 && known[len] == '\0')
			return &watermarks->sources[i];
	}
	return NULL;
}

static struct source *add_source(struct watermarks *watermarks, const char *name, size_t len,
				 uint32_t disorder_s)
{
	struct source *source;

	if (watermarks->count == SOURCES_MAX)
		return NULL;
	source = &watermarks->sources[watermarks->count];
	memset(source, 0, sizeof(*source));
	source->mark.source = talloc_strndup(watermarks, name, len);
	if (!source->mark.source)
		return NULL;
	source->mark.first_missing = -1;
	source->disorder_ms = (int64_t)disorder_s * 1000;
	watermarks->count++;
	return source;
}

static struct source *get_source(struct watermarks *watermarks, const char *name, size_t len)
{
	struct source *source = find_source(watermarks, name, len);

	return source ? source : add_source(watermarks, name, len, DISORDER_DEFAULT_S);
}

static void take_field(struct watermarks *watermarks, const redisReply *name,
		       const redisReply *value)
{
	struct source *source;
	const char *colon;

	if (name->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING)
		return;
	colon = strrchr(name->str, ':');
	if (!colon)
		return;
	source = get_source(watermarks, name->str, (size_t)(colon - name->str));
	if (!source)
		return;
	source->mark.known = true;
	if (strcmp(colon, ":from") == 0)
		source->mark.from_ms = strtoll(value->str, NULL, 10);
	else if (strcmp(colon, ":to") == 0)
		source->mark.to_ms = strtoll(value->str, NULL, 10);
}

static void on_marks(void *user, const redisReply *reply)
{
	struct watermarks *watermarks = user;

	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY)
		return;
	/* What Redis has forgotten, the index has forgotten as well. */
	for (size_t i = 0; i < watermarks->count; i++) {
		watermarks->sources[i].mark.known = false;
		watermarks->sources[i].mark.from_ms = 0;
		watermarks->sources[i].mark.to_ms = 0;
	}
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		take_field(watermarks, reply->element[i], reply->element[i + 1]);
}

void watermarks_refresh(struct watermarks *watermarks)
{
	redis_commandf(watermarks->redis, on_marks, watermarks, "HGETALL %s", watermarks->key);
}

struct reread {
	struct watermarks *watermarks;
	watermarks_read_cb *cb;
	void *user;
};

static void on_reread(void *user, const redisReply *reply)
{
	struct reread *reread = user;

	on_marks(reread->watermarks, reply);
	reread->cb(reread->user, redis_reply_ok(reply) && reply->type == REDIS_REPLY_ARRAY);
	talloc_free(reread);
}

int watermarks_reread(struct watermarks *watermarks, watermarks_read_cb *cb, void *user)
{
	struct reread *reread = talloc(watermarks, struct reread);
	int rc;

	if (!reread)
		return -ENOMEM;
	*reread = (struct reread){ watermarks, cb, user };
	rc = redis_commandf(watermarks->redis, on_reread, reread, "HGETALL %s", watermarks->key);
	if (rc < 0)
		talloc_free(reread);
	return rc;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watermarks *watermarks = arg;
	int64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	/* Samples grow old. */
	for (size_t i = 0; i < watermarks->count; i++)
		watermarks->sources[i].mark.clock =
			clock_skew_estimate(&watermarks->sources[i].clock, now_ms);
	watermarks_refresh(watermarks);
}

static int watermarks_destroy(struct watermarks *watermarks)
{
	if (watermarks->timer)
		event_free(watermarks->timer);
	return 0;
}

struct watermarks *watermarks_create(void *ctx, struct event_base *base, struct redis_client *redis,
				     const char *prefix, const struct config_feed *config)
{
	struct watermarks *watermarks = talloc_zero(ctx, struct watermarks);
	struct timeval every = { REFRESH_MS / 1000, (REFRESH_MS % 1000) * 1000 };

	if (!watermarks)
		return NULL;
	talloc_set_destructor(watermarks, watermarks_destroy);
	watermarks->redis = redis;
	watermarks->key = talloc_asprintf(watermarks, "%swatermarks", prefix);
	watermarks->sources = talloc_zero_array(watermarks, struct source, SOURCES_MAX);
	watermarks->timer = event_new(base, -1, EV_PERSIST, on_timer, watermarks);
	if (!watermarks->key || !watermarks->sources || !watermarks->timer) {
		talloc_free(watermarks);
		return NULL;
	}
	watermarks->configured = config->sources_count > 0;
	for (unsigned i = 0; i < config->sources_count; i++) {
		const struct config_source *wanted = &config->sources[i];
		struct source *source = add_source(watermarks, wanted->name, strlen(wanted->name),
						   wanted->disorder_s);

		if (!source)
			continue;
		source->configured = true;
		source->directory = wanted->directory[0] != '\0';
	}
	event_add(watermarks->timer, &every);
	return watermarks;
}

static void note(struct source *source, int64_t seen_ms, int64_t to_ms)
{
	if (!source->dirty) {
		source->dirty = true;
		source->has_explicit_from = false;
		source->first_ms = seen_ms;
		source->newest_to_ms = to_ms;
		return;
	}
	if (seen_ms < source->first_ms)
		source->first_ms = seen_ms;
	if (to_ms > source->newest_to_ms)
		source->newest_to_ms = to_ms;
}

/* Files bring no watermarks of their own: with disorder 0 they are in order. */
static bool is_told_by_marks_alone(const struct source *source)
{
	return source->disorder_ms == 0 && !source->directory;
}

/* A switch whose clock runs ahead must not make the feed complete for times to come: marks only
 * grow. */
static int64_t told_by(const struct source *source, int64_t start_ms)
{
	if (is_told_by_marks_alone(source) || start_ms > clock_now_ms() + AHEAD_MAX_MS)
		return INT64_MIN;
	return start_ms - source->disorder_ms;
}

int64_t watermarks_told_by(struct watermarks *watermarks, const char *name, int64_t start_ms)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	return source ? told_by(source, start_ms) : INT64_MIN;
}

void watermarks_note_record(struct watermarks *watermarks, const char *name, int64_t start_ms)
{
	struct source *source = get_source(watermarks, name, strlen(name));
	int64_t to_ms = source ? told_by(source, start_ms) : INT64_MIN;

	if (to_ms != INT64_MIN)
		note(source, start_ms, to_ms);
}

void watermarks_note_arrival(struct watermarks *watermarks, const char *name, int64_t written_ms)
{
	struct source *source = get_source(watermarks, name, strlen(name));
	int64_t now_ms = clock_now_ms();

	if (!source)
		return;
	source->mark.records++;
	source->mark.heard_ms = now_ms;
	if (!source->arrived || now_ms - written_ms < source->least_delay_ms)
		source->least_delay_ms = now_ms - written_ms;
	source->arrived = true;
}

void watermarks_note_span(struct watermarks *watermarks, const char *name, int64_t first_ms,
			  int64_t from_ms, int64_t to_ms)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	if (!source)
		return;
	note(source, first_ms, to_ms);
	watermarks_note_mark(watermarks, name, from_ms, to_ms);
}

void watermarks_note_files(struct watermarks *watermarks, const char *name, uint32_t missing,
			   uint32_t passed, int64_t first_missing)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	if (!source)
		return;
	source->mark.missing_files = missing;
	source->mark.passed_files = passed;
	source->mark.first_missing = first_missing;
}

void watermarks_note_repeat(struct watermarks *watermarks, const char *name)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	if (source)
		source->mark.repeated_files++;
}

void watermarks_note_bad(struct watermarks *watermarks, const char *name)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	if (source)
		source->mark.bad++;
}

void watermarks_note_mark(struct watermarks *watermarks, const char *name, int64_t from_ms,
			  int64_t to_ms)
{
	struct source *source = get_source(watermarks, name, strlen(name));

	if (!source)
		return;
	note(source, to_ms, to_ms);
	source->mark.heard_ms = clock_now_ms();
	if (from_ms == INT64_MIN)
		return;
	if (!source->has_explicit_from || from_ms < source->explicit_from_ms)
		source->explicit_from_ms = from_ms;
	source->has_explicit_from = true;
}

static bool is_meant(const struct source *source, const char *name)
{
	return name ? strcmp(name, source->mark.source) == 0 : !source->directory;
}

void watermarks_forget(struct watermarks *watermarks, const char *name)
{
	for (size_t i = 0; i < watermarks->count; i++)
		if (is_meant(&watermarks->sources[i], name)) {
			watermarks->sources[i].dirty = false;
			watermarks->sources[i].arrived = false;
		}
}

static void sample_clock(struct source *source)
{
	int64_t now_ms = clock_now_ms();

	if (!source->arrived)
		return;
	clock_skew_add(&source->clock, now_ms, source->least_delay_ms);
	source->arrived = false;
	source->mark.clock = clock_skew_estimate(&source->clock, now_ms);
}

/* Lost on its way: it is noted still, and the next flush writes it. */
static void on_flushed(void *user, const redisReply *reply)
{
	struct source *source = user;

	if (!redis_reply_ok(reply))
		source->dirty = true;
}

int watermarks_flush(struct watermarks *watermarks, const char *name)
{
	int failed = 0;

	for (size_t i = 0; i < watermarks->count; i++) {
		struct source *source = &watermarks->sources[i];
		char from[24] = "";

		if (is_meant(source, name))
			sample_clock(source);
		if (!source->dirty || !is_meant(source, name))
			continue;
		if (source->has_explicit_from)
			snprintf(from, sizeof(from), "%lld", (long long)source->explicit_from_ms);
		/* Not written: it stays noted, and a later record or mark writes it. */
		int rc = redis_commandf(
			watermarks->redis, on_flushed, source, "EVAL %s 1 %s %s %lld %lld %s",
			mark_script, watermarks->key, source->mark.source,
			(long long)source->newest_to_ms, (long long)source->first_ms, from);
		if (rc == 0)
			source->dirty = false;
		else
			failed = rc;
	}
	watermarks_refresh(watermarks);
	return failed;
}

/* A stray name on the stream must not hold up every report for ever. */
static bool counts(const struct watermarks *watermarks, size_t i)
{
	return watermarks->sources[i].configured || !watermarks->configured;
}

bool watermarks_cover(const struct watermarks *watermarks, int64_t from_ms, int64_t to_ms)
{
	for (size_t i = 0; i < watermarks->count; i++) {
		const struct watermark *mark = &watermarks->sources[i].mark;

		if (!counts(watermarks, i))
			continue;
		if (!mark->known || mark->from_ms > from_ms ||
		    mark->to_ms - mark->clock.ahead_ms < to_ms)
			return false;
	}
	return watermarks->count > 0;
}

bool watermarks_known(const struct watermarks *watermarks, const char *name)
{
	for (size_t i = 0; i < watermarks->count; i++)
		if (strcmp(watermarks->sources[i].mark.source, name) == 0)
			return watermarks->sources[i].mark.known;
	return false;
}

int64_t watermarks_ahead(const struct watermarks *watermarks)
{
	int64_t most_ms = 0;

	for (size_t i = 0; i < watermarks->count; i++)
		if (counts(watermarks, i) && watermarks->sources[i].mark.clock.ahead_ms > most_ms)
			most_ms = watermarks->sources[i].mark.clock.ahead_ms;
	return most_ms;
}

int64_t watermarks_least(const struct watermarks *watermarks)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < watermarks->count; i++) {
		const struct watermark *mark = &watermarks->sources[i].mark;

		if (!counts(watermarks, i))
			continue;
		if (!mark->known)
			return 0;
		if (mark->to_ms < least)
			least = mark->to_ms;
	}
	return least == INT64_MAX ? 0 : least;
}

size_t watermarks_count(const struct watermarks *watermarks)
{
	return watermarks->count;
}

struct watermark watermarks_get(const struct watermarks *watermarks, size_t i)
{
	return watermarks->sources[i].mark;
}
