/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/stream_erase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

enum { ID_MAX = 48, PAGE = 500 };

static const char *const streams[] = { "events", "rewards", "rewards:acks", "rewards:acks:bad",
				       "cdr:bad" };
enum { STREAMS = sizeof(streams) / sizeof(*streams) };

/* How many were removed, and where to go on: "" at the end. */
static const char script[] =
	"local page = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[3])\n"
	"local gone, last = 0, ''\n"
	"for _, entry in ipairs(page) do\n"
	"  last = entry[1]\n"
	"  for _, text in ipairs(entry[2]) do\n"
	"    if string.find(text, ARGV[2], 1, true) then\n"
	"      gone = gone + redis.call('XDEL', KEYS[1], last)\n"
	"      break\n"
	"    end\n"
	"  end\n"
	"end\n"
	"if #page < tonumber(ARGV[3]) then last = '' end\n"
	"return {gone, last}\n";

struct erase {
	struct redis_client *redis;
	const char *prefix;
	const char *digits;
	stream_erase_end_cb *end;
	void *user;
	size_t stream;
	char from[ID_MAX];
	uint64_t erased;
};

static int ask(struct erase *erase);

static void finish(struct erase *erase, const char *error)
{
	erase->end(erase->user, erase->erased, error);
	talloc_free(erase);
}

static bool take(struct erase *erase, const redisReply *reply)
{
	if (!redis_reply_ok(reply) || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_INTEGER ||
	    reply->element[1]->type != REDIS_REPLY_STRING)
		return false;
	erase->erased += (uint64_t)reply->element[0]->integer;
	if (reply->element[1]->len > 0) {
		snprintf(erase->from, sizeof(erase->from), "(%.40s", reply->element[1]->str);
	} else {
		erase->stream++;
		snprintf(erase->from, sizeof(erase->from), "-");
	}
	return true;
}

static void on_page(void *user, const redisReply *reply)
{
	struct erase *erase = user;
	int rc;

	if (!take(erase, reply)) {
		finish(erase, redis_reply_error(reply));
		return;
	}
	if (erase->stream == STREAMS) {
		finish(erase, NULL);
		return;
	}
	rc = ask(erase);
	if (rc < 0)
		finish(erase, strerror(-rc));
}

static int ask(struct erase *erase)
{
	return redis_commandf(erase->redis, on_page, erase, "EVAL %s 1 %s%s %s %s %d", script,
			      erase->prefix, streams[erase->stream], erase->from, erase->digits,
			      PAGE);
}

int stream_erase(void *ctx, struct redis_client *redis, const char *prefix, const char *digits,
		 stream_erase_end_cb *end, void *user)
{
	struct erase *erase;
	int rc = -ENOMEM;

	if (!redis_client_connected(redis))
		return -ENOTCONN;
	erase = talloc_zero(ctx, struct erase);
	if (!erase)
		return -ENOMEM;
	erase->redis = redis;
	erase->prefix = talloc_strdup(erase, prefix);
	erase->digits = talloc_strdup(erase, digits);
	erase->end = end;
	erase->user = user;
	snprintf(erase->from, sizeof(erase->from), "-");
	if (erase->prefix && erase->digits)
		rc = ask(erase);
	if (rc < 0)
		talloc_free(erase);
	return rc;
}
