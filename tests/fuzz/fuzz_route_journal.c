/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_route_journal.c - a journal of routes in which octets were changed.
 *
 * Input: how many routes are put (1 octet) and released (1), where the file is cut (3: from its
 * start; past its end it is whole), then changes: an offset (3) and the octet there (1).
 * Whatever is found has to be a route in form. A slot in which nothing was changed is found as it
 * was written; one in which at most four octets in a row were, as it was written or not at all,
 * which is what its checksum promises. A journal that was opened takes routes and finds them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/route_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 512, HEAD_SIZE = 4096, SLOT_SIZE = 512, BURST_MAX = 4 };

/* Where octets were changed, of the head and of each slot: from the first to behind the last. */
struct span {
	uint32_t from;
	uint32_t to;
};

struct changes {
	bool cut;
	struct span head;
	struct span slots[SLOTS];
};

static struct hub_route route_of(uint64_t number)
{
	struct hub_route route = { .sent_ms = (int64_t)number, .expires_ms = (int64_t)number + 1 };

	snprintf(route.scope, sizeof(route.scope), "smsc %llu", (unsigned long long)number);
	snprintf(route.account, sizeof(route.account), "hub");
	route.key.len = 3;
	memcpy(route.key.octets, "abc", 3);
	return route;
}

static struct route_journal *open_it(int fd)
{
	struct route_journal *journal;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (route_journal_open(NULL, path, SLOTS, &journal) != 0)
		abort();
	return journal;
}

static void fill(int fd, uint8_t put, uint8_t released)
{
	struct route_journal *journal = open_it(fd);

	for (uint64_t i = 1; i <= put; i++) {
		struct hub_route route = route_of(i);

		if (!route_journal_put(journal, &route))
			abort();
	}
	route_journal_release(journal, 1 + (released < put ? released : put));
	talloc_free(journal);
}

static uint32_t take3(const uint8_t *data)
{
	return (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
}

static void note(struct span *span, uint32_t at)
{
	if (span->to == 0 || at < span->from)
		span->from = at;
	if (at >= span->to)
		span->to = at + 1;
}

static void change(int fd, uint32_t at, uint8_t octet, struct changes *changes)
{
	uint8_t before;

	if (pread(fd, &before, 1, at) != 1 || before == octet)
		return;
	if (pwrite(fd, &octet, 1, at) != 1)
		abort();
	if (at < HEAD_SIZE)
		note(&changes->head, at);
	else
		note(&changes->slots[(at - HEAD_SIZE) / SLOT_SIZE], (at - HEAD_SIZE) % SLOT_SIZE);
}

static void damage(int fd, const uint8_t *data, size_t size, struct changes *changes)
{
	off_t end = lseek(fd, 0, SEEK_END);
	uint32_t cut = take3(data);

	changes->cut = (off_t)cut < end;
	for (data += 3, size -= 3; size >= 4; data += 4, size -= 4)
		change(fd, take3(data), data[3], changes);
	if (changes->cut && ftruncate(fd, cut) < 0)
		abort();
}

static void check_form(const struct hub_route *route)
{
	if (route->key.len == 0 || route->key.len > sizeof(route->key.octets) ||
	    !memchr(route->scope, 0, sizeof(route->scope)) ||
	    !memchr(route->account, 0, sizeof(route->account)))
		abort();
}

static bool is_same(const struct hub_route *found, uint64_t number)
{
	struct hub_route route = route_of(number);

	return strcmp(found->scope, route.scope) == 0 &&
	       strcmp(found->account, route.account) == 0 && found->key.len == route.key.len &&
	       memcmp(found->key.octets, route.key.octets, route.key.len) == 0 &&
	       found->sent_ms == route.sent_ms && found->expires_ms == route.expires_ms;
}

/* Of those that were put. */
static void check_found(const struct route_journal *journal, uint64_t from, uint64_t to,
			const struct changes *changes)
{
	for (uint64_t at = from; at <= to; at++) {
		const struct hub_route *route = route_journal_at(journal, at);
		const struct span *span = &changes->slots[at];

		if (route && span->to - span->from <= BURST_MAX && !is_same(route, at))
			abort();
		if (!route && span->to == 0)
			abort();
	}
}

static void look(struct route_journal *journal)
{
	uint64_t begin = route_journal_begin(journal), end = route_journal_end(journal);
	struct hub_route more = route_of(end);

	if (end < begin || end - begin > route_journal_slots(journal))
		abort();
	for (uint64_t at = begin; at < end; at++) {
		const struct hub_route *route = route_journal_at(journal, at);

		if (route)
			check_form(route);
	}
	route_journal_release(journal, end);
	if (!route_journal_put(journal, &more) || route_journal_end(journal) != end + 1)
		abort();
	const struct hub_route *found = route_journal_at(journal, end);
	if (!found || !is_same(found, end))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = size < 5 ? -1 : memfd_create("journal", MFD_CLOEXEC);
	struct changes changes = { 0 };
	struct route_journal *journal;
	uint64_t put, released;

	if (fd < 0)
		return 0;
	put = data[0];
	released = data[1] < put ? data[1] : put;
	fill(fd, data[0], data[1]);
	damage(fd, data + 2, size - 2, &changes);
	journal = open_it(fd);
	if (!changes.cut && changes.head.to == 0)
		check_found(journal, released + 1, put, &changes);
	look(journal);
	talloc_free(journal);
	close(fd);
	return 0;
}
