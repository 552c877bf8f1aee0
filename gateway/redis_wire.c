/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_wire.h"

#include <errno.h>
#include <talloc.h>

#if HIREDIS_MAJOR >= 1
typedef size_t list_size;
#else
typedef int list_size;
#endif

struct redis_wire {
	redisReader *reader;
	redisReplyObjectFunctions functions; /* the reader's own, but for lists */
	void *(*create_array)(const redisReadTask *task, list_size elements);
	const char *error;
};

static void *create_array(const redisReadTask *task, list_size elements)
{
	struct redis_wire *wire = task->privdata;

	if (elements > (list_size)REDIS_WIRE_ELEMENTS_MAX) {
		wire->error = "a list that is too long";
		return NULL;
	}
	return wire->create_array(task, elements);
}

static int wire_destroy(struct redis_wire *wire)
{
	if (wire->reader)
		redisReaderFree(wire->reader);
	return 0;
}

struct redis_wire *redis_wire_create(void *ctx)
{
	struct redis_wire *wire = talloc_zero(ctx, struct redis_wire);

	if (!wire)
		return NULL;
	talloc_set_destructor(wire, wire_destroy);
	wire->reader = redisReaderCreate();
	if (!wire->reader) {
		talloc_free(wire);
		return NULL;
	}
	wire->functions = *wire->reader->fn;
	wire->create_array = wire->functions.createArray;
	wire->functions.createArray = create_array;
	wire->reader->fn = &wire->functions;
	wire->reader->privdata = wire;
	return wire;
}

static int fail(struct redis_wire *wire, const char *error)
{
	if (!wire->error)
		wire->error = error;
	return -EBADMSG;
}

int redis_wire_feed(struct redis_wire *wire, const void *octets, size_t len)
{
	const redisReader *reader = wire->reader;

	if (wire->error)
		return -EBADMSG;
	if (reader->len - reader->pos + len > REDIS_WIRE_WAITING_MAX)
		return fail(wire, "a reply that is too long");
	if (redisReaderFeed(wire->reader, octets, len) != REDIS_OK)
		return fail(wire, wire->reader->errstr);
	return 0;
}

int redis_wire_next(struct redis_wire *wire, redisReply **reply)
{
	void *got = NULL;

	if (wire->error)
		return -EBADMSG;
	if (redisReaderGetReply(wire->reader, &got) != REDIS_OK)
		return fail(wire, wire->reader->errstr);
	*reply = got;
	return got != NULL;
}

const char *redis_wire_error(const struct redis_wire *wire)
{
	return wire->error ? wire->error : "nothing";
}
