/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_expect.h"

#include <string.h>

/* Bits by REDIS_REPLY_*. */
enum {
	TEXT = 1 << REDIS_REPLY_STRING,
	LIST = 1 << REDIS_REPLY_ARRAY,
	INTEGER = 1 << REDIS_REPLY_INTEGER,
	NIL = 1 << REDIS_REPLY_NIL,
	STATUS = 1 << REDIS_REPLY_STATUS,
	SCRIPTED = TEXT | LIST | INTEGER, /* whoever asks knows which */
};

struct redis_expect {
	const char *command;
	unsigned types;
	const char *status; /* of a status; the others are no answer */
};

/* Those that are sent most come first. */
static const struct redis_expect table[] = {
	{ "HGET", TEXT | NIL, NULL },
	{ "HMGET", LIST, NULL },
	{ "EVALSHA", SCRIPTED, NULL },
	{ "XADD", TEXT, NULL },
	{ "PFCOUNT", INTEGER, NULL },
	{ "SET", STATUS, "OK" },
	{ "DEL", INTEGER, NULL },
	{ "GET", TEXT | NIL, NULL },
	{ "HGETALL", LIST, NULL },
	{ "XREADGROUP", LIST | NIL, NULL },
	{ "XREAD", LIST | NIL, NULL },
	{ "XREVRANGE", LIST, NULL },
	{ "XACK", INTEGER, NULL },
	{ "EVAL", SCRIPTED, NULL },
	{ "XAUTOCLAIM", LIST, NULL },
	{ "XINFO", LIST, NULL },
	{ "XGROUP", STATUS, "OK" },
	{ "SCRIPT", TEXT, NULL },
	{ "SCAN", LIST, NULL },
	{ "CONFIG", LIST, NULL },
	{ "CLIENT", INTEGER | STATUS, "OK" },
	{ "INFO", TEXT, NULL },
	{ "SUBSCRIBE", LIST, NULL },
	{ "AUTH", STATUS, "OK" },
	{ "PING", STATUS, "PONG" },
};

const struct redis_expect *redis_expect_find(const char *command)
{
	size_t len = strcspn(command, " ");

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strncmp(table[i].command, command, len) == 0 && !table[i].command[len])
			return &table[i];
	return NULL;
}

const char *redis_expect_name(const struct redis_expect *expect)
{
	return expect ? expect->command : "a command";
}

bool redis_expect_fits(const struct redis_expect *expect, const redisReply *reply)
{
	if (!expect || reply->type == REDIS_REPLY_ERROR)
		return true;
	if (reply->type < 0 || reply->type > REDIS_REPLY_STATUS ||
	    !(expect->types >> reply->type & 1))
		return false;
	return reply->type != REDIS_REPLY_STATUS || strcmp(reply->str, expect->status) == 0;
}
