/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fuzz_route_journal.c - a journal of routes in which octets were changed.
 *
 * Input: how many routes are put (1 octet) and released (1), where the file is cut (3: from its
 * start; past its end it is whole), then changes: an offset (3) and the octet there (1).
 * Whatever is found has to be a route in form, and a journal that was opened takes routes and finds
 * them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/route_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	if (route_journal_open(NULL, path, &journal) != 0)
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

static void damage(int fd, const uint8_t *data, size_t size)
{
	off_t end = lseek(fd, 0, SEEK_END);
	uint32_t cut = take3(data);

	if ((off_t)cut < end && ftruncate(fd, cut) < 0)
		abort();
	for (data += 3, size -= 3; size >= 4; data += 4, size -= 4) {
		uint32_t at = take3(data);

		if ((off_t)at < lseek(fd, 0, SEEK_END) && pwrite(fd, data + 3, 1, at) != 1)
			abort();
	}
}

static void check_form(const struct hub_route *route)
{
	if (route->key.len == 0 || route->key.len > sizeof(route->key.octets) ||
	    !memchr(route->scope, 0, sizeof(route->scope)) ||
	    !memchr(route->account, 0, sizeof(route->account)))
		abort();
}

static void look(struct route_journal *journal)
{
	uint64_t begin = route_journal_begin(journal), end = route_journal_end(journal);
	struct hub_route more = route_of(end);

	if (end < begin || end - begin > ROUTE_JOURNAL_SLOTS)
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
	if (!found || strcmp(found->scope, more.scope) != 0 || found->sent_ms != more.sent_ms)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = size < 5 ? -1 : memfd_create("journal", MFD_CLOEXEC);
	struct route_journal *journal;

	if (fd < 0)
		return 0;
	fill(fd, data[0], data[1]);
	damage(fd, data + 2, size - 2);
	journal = open_it(fd);
	look(journal);
	talloc_free(journal);
	close(fd);
	return 0;
}
