/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_filing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_filing_script.h"
#include "gateway/call_key.h"
#include "gateway/log.h"

enum {
	SHA_MAX = 41,
	RUN_MAX = 2000, /* records of a number and day */
	TOGETHER = 32,	/* records a command: Redis is with it for a fifth of a millisecond */
	HEAD_ARGS = 4,	/* EVALSHA, the hash, the number of keys; RUN_MAX behind the keys */
	KEYS_EACH = 3,
	VALUES_EACH = 5,
	DIGITS_MAX = 12,
	ARGS_MAX = HEAD_ARGS + (KEYS_EACH + VALUES_EACH) * TOGETHER,
};

#define LISTPACK_SETTING "hash-max-listpack-value"
enum { LISTPACK_WANTED = 512 };

enum script { SCRIPT_WHOLE, SCRIPT_FILE, SCRIPT_COUNT, SCRIPTS };

static const char *const script_text[SCRIPTS] = {
	[SCRIPT_WHOLE] = call_filing_whole_script,
	[SCRIPT_FILE] = call_filing_file_script,
	[SCRIPT_COUNT] = call_filing_count_script,
};

struct filed {
	struct call_place place;
	call_filed_cb *cb;
	void *user;
};

/* Records that are one command. */
struct group {
	struct call_filing *filing;
	size_t count;
	struct filed filed[TOGETHER];
};

struct call_filing {
	struct redis_client *redis;
	const char *prefix;
	uint32_t retention_days;
	char sha[SCRIPTS][SHA_MAX];
	struct group *open;
	bool by_slot; /* a command with the keys of several slots was refused */
	bool advised;
};

struct script_load {
	struct call_filing *filing;
	enum script script;
};

struct call_filing *call_filing_create(void *ctx, struct redis_client *redis, const char *prefix,
				       uint32_t retention_days)
{
	struct call_filing *filing = talloc_zero(ctx, struct call_filing);

	if (!filing)
		return NULL;
	filing->redis = redis;
	filing->prefix = talloc_strdup(filing, prefix);
	filing->retention_days = retention_days;
	if (!filing->prefix) {
		talloc_free(filing);
		return NULL;
	}
	return filing;
}

/* ---- scripts ---- */

static void on_loaded(void *user, const redisReply *reply)
{
	struct script_load *load = user;

	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_STRING && reply->len < SHA_MAX)
		memcpy(load->filing->sha[load->script], reply->str, (size_t)reply->len + 1);
	else if (reply)
		LOGP(LOG_REDIS, LOGL_ERROR, "script not taken: %s\n", redis_reply_error(reply));
	talloc_free(load);
}

static void load_script(struct call_filing *filing, enum script script)
{
	struct script_load *load = talloc(filing, struct script_load);

	if (!load)
		return;
	*load = (struct script_load){ filing, script };
	if (redis_commandf(filing->redis, on_loaded, load, "SCRIPT LOAD %s", script_text[script]) <
	    0)
		talloc_free(load);
}

/* A day of a subscriber's calls is longer than Redis expects of a field as it comes; then it keeps
 * the whole bucket in twice the memory. */
static void on_setting(void *user, const redisReply *reply)
{
	struct call_filing *filing = user;
	long octets = 0;

	if (redis_reply_ok(reply) && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[1]->type == REDIS_REPLY_STRING)
		octets = strtol(reply->element[1]->str, NULL, 10);
	if (octets <= 0 || octets >= LISTPACK_WANTED || filing->advised)
		return;
	filing->advised = true;
	LOGP(LOG_REDIS, LOGL_NOTICE,
	     "redis has " LISTPACK_SETTING " %ld: with %d, call records take half the memory\n",
	     octets, LISTPACK_WANTED);
}

void call_filing_connected(struct call_filing *filing)
{
	/* Where it is refused there is nobody to be advised. */
	(void)redis_commandf(filing->redis, on_setting, filing, "CONFIG GET " LISTPACK_SETTING);
	filing->by_slot = false; /* it may be another Redis */
	for (int i = 0; i < SCRIPTS; i++)
		load_script(filing, (enum script)i);
}

static bool is_error(const redisReply *reply, const char *word)
{
	return reply && reply->type == REDIS_REPLY_ERROR &&
	       strncmp(reply->str, word, strlen(word)) == 0;
}

/* Redis has forgotten the scripts (SCRIPT FLUSH): teach it again; the records are tried again. */
static void check_scripts(struct call_filing *filing, const redisReply *reply)
{
	if (is_error(reply, "NOSCRIPT"))
		call_filing_connected(filing);
}

/* ---- a record that is two commands ---- */

struct single {
	struct call_filing *filing;
	struct filed filed;
	bool is_new;
};

static void single_end(struct single *single, int rc)
{
	single->filed.cb(single->filed.user, rc);
	talloc_free(single);
}

static void on_counted(void *user, const redisReply *reply)
{
	struct single *single = user;

	check_scripts(single->filing, reply);
	single_end(single, redis_reply_ok(reply) ? single->is_new : -EIO);
}

/* What the record adds: a call, an answered one, seconds. */
enum { ADDS_CALL, ADDS_ANSWERED, ADDS_SECONDS, ADDS };

static long long added(const redisReply *reply, size_t i)
{
	return reply->element[i]->type == REDIS_REPLY_INTEGER ? reply->element[i]->integer : 0;
}

static void count_single(struct single *single, const redisReply *adds)
{
	const struct call_place *place = &single->filed.place;

	if (redis_commandf(single->filing->redis, on_counted, single,
			   "EVALSHA %s 2 %s %s %s %b %s %u %lld %lld %lld",
			   single->filing->sha[SCRIPT_COUNT], place->callers, place->people,
			   place->caller.field, place->person, sizeof(place->person), place->expiry,
			   place->hour, added(adds, ADDS_CALL), added(adds, ADDS_ANSWERED),
			   added(adds, ADDS_SECONDS)) < 0)
		single_end(single, -EIO);
}

static void on_filed(void *user, const redisReply *reply)
{
	struct single *single = user;

	check_scripts(single->filing, reply);
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY || reply->elements != ADDS) {
		single_end(single, -EIO);
		return;
	}
	single->is_new = added(reply, ADDS_CALL) == 1;
	if (single->filed.place.counted)
		count_single(single, reply);
	else
		single_end(single, single->is_new);
}

static void file_single(struct call_filing *filing, const struct filed *filed)
{
	struct single *single = talloc(filing, struct single);
	const struct call_place *place = &filed->place;

	if (!single) {
		filed->cb(filed->user, -EIO);
		return;
	}
	*single = (struct single){ filing, *filed, false };
	if (redis_commandf(filing->redis, on_filed, single, "EVALSHA %s 1 %s %d %s %b %s",
			   filing->sha[SCRIPT_FILE], place->calls, RUN_MAX, place->field,
			   place->packed, sizeof(place->packed), place->expiry) < 0)
		single_end(single, -EIO);
}

static void group_one_by_one(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		file_single(group->filing, &group->filed[i]);
	talloc_free(group);
}

/* ---- some that are one command ---- */

static void group_failed(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		group->filed[i].cb(group->filed[i].user, -EIO);
	talloc_free(group);
}

/* One character a record: '1' is a new call. */
static void on_group(void *user, const redisReply *reply)
{
	struct group *group = user;

	check_scripts(group->filing, reply);
	if (is_error(reply, "CROSSSLOT")) {
		if (!group->filing->by_slot)
			LOGP(LOG_REDIS, LOGL_NOTICE,
			     "redis takes the keys of one slot only: records are filed one by "
			     "one\n");
		group->filing->by_slot = true;
		group_one_by_one(group);
		return;
	}
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_STRING ||
	    (size_t)reply->len != group->count) {
		group_failed(group);
		return;
	}
	for (size_t i = 0; i < group->count; i++)
		group->filed[i].cb(group->filed[i].user, reply->str[i] == '1');
	talloc_free(group);
}

struct command {
	size_t argc;
	const char *argv[ARGS_MAX];
	size_t len[ARGS_MAX];
};

static void put(struct command *command, const void *octets, size_t len)
{
	command->argv[command->argc] = octets;
	command->len[command->argc++] = len;
}

static void put_text(struct command *command, const char *text)
{
	put(command, text, strlen(text));
}

static void put_keys(struct command *command, const struct call_place *place)
{
	put_text(command, place->calls);
	if (!place->counted)
		return;
	put_text(command, place->callers);
	put_text(command, place->people);
}

static void put_values(struct command *command, const struct call_place *place)
{
	put_text(command, place->field);
	put(command, place->packed, sizeof(place->packed));
	put_text(command, place->expiry);
	put(command, place->person, place->counted ? sizeof(place->person) : 0);
	put_text(command, place->counted ? place->caller.field : "");
}

static size_t count_keys(const struct group *group)
{
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++)
		count += group->filed[i].place.counted ? KEYS_EACH : 1;
	return count;
}

static int send_group(struct group *group)
{
	struct command command = { .argc = 0 };
	char keys[DIGITS_MAX];
	char run_max[DIGITS_MAX];

	snprintf(keys, sizeof(keys), "%zu", count_keys(group));
	snprintf(run_max, sizeof(run_max), "%d", RUN_MAX);

	put_text(&command, "EVALSHA");
	put_text(&command, group->filing->sha[SCRIPT_WHOLE]);
	put_text(&command, keys);
	for (size_t i = 0; i < group->count; i++)
		put_keys(&command, &group->filed[i].place);
	put_text(&command, run_max);
	for (size_t i = 0; i < group->count; i++)
		put_values(&command, &group->filed[i].place);
	return redis_command(group->filing->redis, on_group, group, (int)command.argc, command.argv,
			     command.len);
}

void call_filing_send(struct call_filing *filing)
{
	struct group *group = filing->open;

	if (!group)
		return;
	filing->open = NULL;
	if (filing->by_slot)
		group_one_by_one(group);
	else if (send_group(group) < 0)
		group_failed(group);
}

static struct group *open_group(struct call_filing *filing)
{
	if (filing->open)
		return filing->open;
	filing->open = talloc(filing, struct group);
	if (filing->open) {
		filing->open->filing = filing;
		filing->open->count = 0;
	}
	return filing->open;
}

static bool taught(const struct call_filing *filing)
{
	for (int i = 0; i < SCRIPTS; i++)
		if (!filing->sha[i][0])
			return false;
	return redis_client_connected(filing->redis);
}

int call_filing_add(struct call_filing *filing, const struct call_record *record, call_filed_cb *cb,
		    void *user)
{
	struct group *group;
	struct filed *filed;

	if (!taught(filing))
		return -ENOTCONN;
	group = open_group(filing);
	if (!group)
		return -ENOMEM;
	filed = &group->filed[group->count];
	if (call_place_record(filing->prefix, filing->retention_days, record, &filed->place) < 0) {
		cb(user, 0);
		return 0;
	}
	filed->cb = cb;
	filed->user = user;
	if (++group->count == TOGETHER)
		call_filing_send(filing);
	return 0;
}
