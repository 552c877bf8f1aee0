/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Octets as something may send them that stands where Redis should: through the reader that the
 * gateway has (redis_wire.h), into all that waits for replies. The first octet says who asks. In
 * the place of the connection is one that has these octets: what does not fit the command ends it,
 * as the real one's does, and each command has exactly one answer. */
#include <errno.h>
#include <event2/event.h>
#include <osmocom/core/logging.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_erase.h"
#include "gateway/call_filing.h"
#include "gateway/call_index.h"
#include "gateway/call_walk.h"
#include "gateway/live_notes.h"
#include "gateway/log.h"
#include "gateway/redis_expect.h"
#include "gateway/redis_wire.h"
#include "gateway/reward_answer.h"
#include "gateway/rule_cache.h"
#include "gateway/store.h"
#include "gateway/stream_reader.h"
#include "gateway/tables.h"
#include "gateway/watermark.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the connection's place ---- */

enum { PENDING_MAX = 4096 };

struct redis_client {
	bool stopping;
	redis_state_cb *state_cb;
	void *state_user;
};

static struct {
	struct {
		const struct redis_client *client;
		redis_reply_cb *cb;
		void *user;
		const struct redis_expect *expect;
		bool subscription;
	} pending[PENDING_MAX];
	size_t first;
	size_t count; /* of all that were ever asked, at most PENDING_MAX */
	redis_reply_cb *heard_cb;
	void *heard_user;
	bool away;
	struct redis_client *clients[8];
	size_t client_count;
	struct live_notes *looker; /* who asks again after each answer */
} line;

static int client_gone(struct redis_client *client)
{
	client->stopping = true;
	for (size_t i = line.first; i < line.count; i++)
		if (line.pending[i].client == client)
			line.pending[i].cb = NULL;
	for (size_t i = 0; i < line.client_count; i++)
		if (line.clients[i] == client)
			line.clients[i] = NULL;
	return 0;
}

struct redis_client *redis_client_create(void *ctx, struct event_base *base, const char *name,
					 enum redis_kind kind, const struct config_redis *config,
					 struct metrics *metrics)
{
	struct redis_client *client = talloc_zero(ctx, struct redis_client);

	(void)base;
	(void)name;
	(void)kind;
	(void)config;
	(void)metrics;
	if (line.client_count == sizeof(line.clients) / sizeof(*line.clients))
		abort();
	talloc_set_destructor(client, client_gone);
	line.clients[line.client_count++] = client;
	return client;
}

void redis_client_on_state(struct redis_client *client, redis_state_cb *cb, void *user)
{
	client->state_cb = cb;
	client->state_user = user;
}

bool redis_client_connected(const struct redis_client *client)
{
	(void)client;
	return !line.away;
}

static int ask(struct redis_client *client, redis_reply_cb *cb, void *user, const char *command,
	       bool subscription)
{
	if (line.away || line.count == PENDING_MAX)
		return -ENOTCONN;
	line.pending[line.count].client = client;
	line.pending[line.count].cb = cb;
	line.pending[line.count].user = user;
	line.pending[line.count].expect = redis_expect_find(command);
	line.pending[line.count++].subscription = subscription;
	return 0;
}

int redis_command(struct redis_client *client, redis_reply_cb *cb, void *user, int argc,
		  const char *const *argv, const size_t *len)
{
	(void)argc;
	(void)len;
	return ask(client, cb, user, argv[0], false);
}

int redis_commandf(struct redis_client *client, redis_reply_cb *cb, void *user, const char *format,
		   ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (redisvFormatCommand(&text, format, args) < 0)
		abort();
	va_end(args);
	redisFreeCommand(text);
	return ask(client, cb, user, format, false);
}

int redis_subscribe(struct redis_client *client, redis_reply_cb *cb, void *user,
		    const char *channel)
{
	(void)channel;
	return ask(client, cb, user, "SUBSCRIBE", true);
}

void redis_client_reset(struct redis_client *client, const char *why)
{
	(void)client;
	(void)why;
}

bool redis_reply_ok(const redisReply *reply)
{
	return reply && reply->type != REDIS_REPLY_ERROR;
}

const char *redis_reply_error(const redisReply *reply)
{
	return !reply ? "no connection" : reply->type == REDIS_REPLY_ERROR ? reply->str : "none";
}

static void answer(const redisReply *reply)
{
	size_t at = line.first++;

	if (line.pending[at].subscription && redis_reply_ok(reply)) {
		line.heard_cb = line.pending[at].cb;
		line.heard_user = line.pending[at].user;
	}
	if (line.pending[at].cb)
		line.pending[at].cb(line.pending[at].user, reply);
}

/* False: what came fits nothing. */
static bool take(const redisReply *reply)
{
	if (line.first < line.count) {
		if (!redis_expect_fits(line.pending[line.first].expect, reply))
			return false;
		answer(reply);
	} else if (line.heard_cb) {
		line.heard_cb(line.heard_user, reply);
	} else {
		return false;
	}
	return true;
}

static void converse(const uint8_t *data, size_t size)
{
	struct redis_wire *wire = redis_wire_create(NULL);
	bool fits = redis_wire_feed(wire, data, size) == 0;
	redisReply *reply;

	while (fits && redis_wire_next(wire, &reply) > 0) {
		fits = take(reply);
		freeReplyObject(reply);
		if (line.looker)
			live_notes_tick(line.looker, true);
	}
	line.away = true;
	while (line.first < line.count)
		answer(NULL);
	talloc_free(wire);
}

static void reset_line(void)
{
	memset(&line, 0, sizeof(line));
}

/* ---- a store that fails ---- */

void store_submit(struct store *store, struct store_op *op)
{
	(void)store;
	op->rc = -EIO;
	op->done(op);
}

/* The rest of it, which nobody here calls. */
int store_create(void *ctx, struct event_base *loop, const char *path, enum db_mode mode,
		 struct store **out, const char **error)
{
	(void)ctx;
	(void)loop;
	(void)path;
	(void)mode;
	(void)out;
	(void)error;
	return -ENOSYS;
}

void store_set_watch(struct store *store, struct db_watch *watch)
{
	(void)store;
	(void)watch;
}

size_t store_waiting(const struct store *store)
{
	(void)store;
	return 0;
}

struct store_counts store_counts(const struct store *store)
{
	(void)store;
	return (struct store_counts){ 0 };
}

void store_stop(struct store *store)
{
	(void)store;
}

/* ---- those who ask ---- */

enum { RETENTION_DAYS = 7 };
static const int64_t now_ms = 1767225600000;
static struct event_base *base;
static char prefix[] = "mr:";
static unsigned answers; /* of the one question */

static void on_marks(void *user, bool ok)
{
	struct watermarks *marks = user;

	answers++;
	if (ok)
		(void)watermarks_cover(marks, now_ms, now_ms + 1);
	for (size_t i = 0; i < watermarks_count(marks); i++)
		if (!watermarks_known(marks, watermarks_get(marks, i).source) && ok &&
		    watermarks_get(marks, i).known)
			abort();
	(void)watermarks_least(marks);
	(void)watermarks_ahead(marks);
}

static void begin_marks(void *ctx, struct redis_client *redis)
{
	static const struct config_feed feed = { 0 };
	struct watermarks *marks = watermarks_create(ctx, base, redis, prefix, &feed);

	if (!marks || watermarks_reread(marks, on_marks, marks) < 0)
		abort();
}

static void on_found(void *user, const struct evidence *evidence)
{
	(void)user;
	answers++;
	if (evidence->call == EVIDENCE_CALL_FOUND && evidence->calls_in_window == 0)
		abort();
}

static void begin_find(void *ctx, struct redis_client *redis)
{
	struct call_index *index = call_index_create(ctx, redis, prefix);
	struct call_query query = { .subscriber = { "+8613800138000" },
				    .caller = { "+8613712345678" },
				    .from_ms = now_ms - 2 * 86400000,
				    .to_ms = now_ms,
				    .fanout_days = 2,
				    .acquaintance_days = 2,
				    .whole = true };

	if (call_index_find(index, &query, on_found, NULL) < 0)
		abort();
}

static void on_added(void *user, int rc)
{
	(void)user;
	answers++;
	if (rc != 0 && rc != 1 && rc != -EIO)
		abort();
}

struct adding {
	struct call_filing *filing;
	struct redis_client *redis;
};

static void add_call(void *user, const redisReply *reply)
{
	const struct call_record record = { .caller = { "+8613712345678" },
					    .called = { "+8613800138000" },
					    .start_ms = now_ms,
					    .duration_s = 40,
					    .answered = true };
	struct adding *adding = user;

	(void)reply;
	if (call_filing_add(adding->filing, &record, on_added, NULL) < 0)
		answers++;
	else
		call_filing_send(adding->filing);
}

static void begin_add(void *ctx, struct redis_client *redis)
{
	struct adding *adding = talloc_zero(ctx, struct adding);

	adding->filing = call_filing_create(ctx, redis, prefix, RETENTION_DAYS);
	adding->redis = redis;
	call_filing_connected(adding->filing); /* a setting, and scripts */
	if (redis_commandf(redis, add_call, adding, "PING") < 0)
		abort();
}

static void on_run(void *user, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct call_record record;

	(void)user;
	if (!call_run_sound(len))
		abort();
	for (size_t at = 0; at < len; at += CALL_PACKED_SIZE)
		if (call_record_unpack(run + at, day_start_ms, &record) == 0 &&
		    !record.caller.text[0])
			abort();
}

static void on_walked(void *user, bool ok)
{
	(void)user;
	(void)ok;
	answers++;
}

static void begin_walk(void *ctx, struct redis_client *redis)
{
	const struct call_walk_query query = { .prefix = prefix,
					       .called = "+8613800138000",
					       .from_ms = now_ms - 2 * 86400000,
					       .to_ms = now_ms };

	if (call_walk(ctx, redis, &query, on_run, on_walked, NULL) < 0)
		abort();
}

static void on_progress(void *user, const struct call_erased *so_far)
{
	(void)user;
	(void)so_far;
}

static void on_erased(void *user, const struct call_erased *erased, const char *error)
{
	(void)user;
	(void)erased;
	(void)error;
	answers++;
}

static void begin_erase(void *ctx, struct redis_client *redis)
{
	static const struct call_erase_hooks hooks = { on_progress, on_erased };
	static const struct number number = { "+8613712345678" };

	if (call_erase(ctx, redis, prefix, 1, &number, &hooks, NULL) < 0)
		abort();
}

/* Entries as the readers of call records and of the rewards system's answers take them. */
static void on_batch(void *user, struct stream_reader *reader, const struct stream_batch *batch)
{
	(void)user;
	for (size_t i = 0; i < batch->count; i++) {
		const struct stream_entry *entry = &batch->entries[i];
		const struct stream_field *id = stream_entry_field(entry, "id");
		struct reward_answer said;
		size_t octets = strlen(entry->id);

		for (size_t j = 0; j < entry->field_count; j++)
			octets += strlen(entry->fields[j].name) + entry->fields[j].len;
		if (entry->field_count > STREAM_FIELDS_MAX || octets > (64 << 20))
			abort();
		reward_answer_read(id ? id->value : NULL, entry->id, NULL, &said);
	}
	stream_batch_done(reader, batch->count % 2 == 0);
}

static void begin_stream(void *ctx, struct redis_client *redis)
{
	static const struct config_redis config = { .address = prefix };
	static struct metrics metrics;
	struct redis_client *own;

	(void)redis;
	if (!stream_reader_create(ctx, base, &config, &metrics, "fuzz", "mr:cdr", "g", "c", 10,
				  on_batch, NULL))
		abort();
	own = line.clients[line.client_count - 1];
	own->state_cb(own->state_user, true);
	answers++;
}

/* Its commands are one connection's here, and Redis' news come when nothing is asked any more. */
static void begin_rules(void *ctx, struct redis_client *redis)
{
	static char name[] = "fuzz";
	struct gateway *gateway = talloc_zero(ctx, struct gateway);
	struct config *config = talloc_zero(gateway, struct config);
	struct tables *tables = talloc_zero(gateway, struct tables);
	struct redis_client *tracker;

	tables->numbering = test_plan();
	tables->holds = 1000;
	config->tables = tables;
	config->instance = name;
	config->redis.prefix = prefix;
	config->redis.address = prefix;
	config->blocking.near_cache_entries = 100;
	gateway->config = config;
	gateway->live = config;
	gateway->base = base;
	gateway->redis = redis;
	gateway->rules = rule_cache_create(gateway, gateway);
	if (!gateway->rules)
		abort();
	rule_cache_redis_connected(gateway->rules);
	tracker = line.clients[line.client_count - 1];
	tracker->state_cb(tracker->state_user, true);
	answers++;
}

/* What is told on stands in JSON as it is. */
static void on_note(void *user, const char *id, const char *state)
{
	(void)user;
	if (strpbrk(id, "\"\\\n\r ") || strpbrk(state, "\"\\\n\r ") || !*id || !*state)
		abort();
}

static void begin_live(void *ctx, struct redis_client *redis)
{
	line.looker = live_notes_create(ctx, redis, prefix, "own", on_note, NULL);
	live_notes_tick(line.looker, true);
	answers++;
}

static void (*const askers[])(void *ctx, struct redis_client *redis) = {
	begin_marks, begin_find,   begin_add,	begin_walk,
	begin_erase, begin_stream, begin_rules, begin_live,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);

	if (!base) {
		base = event_base_new();
		if (log_setup(NULL, "error", "text") < 0)
			abort();
		log_target_destroy(log_target_find(LOG_TGT_TYPE_STDERR, NULL));
	}
	if (size > 0) {
		reset_line();
		answers = 0;
		askers[data[0] % (sizeof(askers) / sizeof(*askers))](
			ctx, redis_client_create(ctx, base, "fuzz", REDIS_COMMANDS, NULL, NULL));
		converse(data + 1, size - 1);
		if (answers != 1)
			abort();
	}
	talloc_free(ctx);
	return 0;
}
