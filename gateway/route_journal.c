/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/route_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

enum { PAGE = 4096, SLOT_SIZE = 512 };
#define POSITION_MAX (UINT64_C(1) << 62) /* nobody gets there: what is beyond is garbage */

static const char magic[16] = "mianrao routes 1";

struct head {
	char magic[sizeof(magic)];
	uint32_t slot_size;
	uint32_t slots;
	uint64_t begin; /* the oldest position that is not released */
};

/* One sector: a disk writes it as a whole or not at all. */
struct slot {
	uint64_t position; /* 0: never used; written last */
	struct hub_route route;
};
_Static_assert(sizeof(struct slot) <= SLOT_SIZE, "a slot is a sector");
_Static_assert(sizeof(struct head) <= PAGE, "the head is a page");

enum { FILE_SIZE = PAGE + ROUTE_JOURNAL_SLOTS * SLOT_SIZE };

struct route_journal {
	struct head *head; /* of the mapping */
	uint64_t end;
};

static struct slot *slot_of(const struct route_journal *journal, uint64_t position)
{
	char *slots = (char *)journal->head + PAGE;

	return (struct slot *)(slots + position % ROUTE_JOURNAL_SLOTS * SLOT_SIZE);
}

/* ---- the file ---- */

static bool is_ours(const struct head *head)
{
	return memcmp(head->magic, magic, sizeof(magic)) == 0 && head->slot_size == SLOT_SIZE &&
	       head->slots == ROUTE_JOURNAL_SLOTS && head->begin < POSITION_MAX;
}

/* Every block is written, so that none is wanting when the mapping is. */
static int begin_anew(int fd)
{
	static const uint8_t zeros[16 * PAGE];
	struct head head = { .slot_size = SLOT_SIZE, .slots = ROUTE_JOURNAL_SLOTS, .begin = 1 };

	memcpy(head.magic, magic, sizeof(magic));
	if (ftruncate(fd, 0) < 0)
		return -errno;
	for (off_t at = 0; at < FILE_SIZE;) {
		size_t rest = (size_t)(FILE_SIZE - at);
		ssize_t n = pwrite(fd, zeros, rest < sizeof(zeros) ? rest : sizeof(zeros), at);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
	}
	return pwrite(fd, &head, sizeof(head), 0) == sizeof(head) ? 0 : -EIO;
}

static int prepare(int fd)
{
	struct head head;
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return -errno;
	if (stat.st_size == FILE_SIZE && pread(fd, &head, sizeof(head), 0) == sizeof(head) &&
	    is_ours(&head))
		return 0;
	return begin_anew(fd);
}

static int map(int fd, struct head **out)
{
	void *at = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*out = at;
	return 0;
}

static int open_file(const char *path, struct head **out)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	int rc;

	if (fd < 0)
		return -errno;
	rc = prepare(fd);
	if (rc == 0)
		rc = map(fd, out);
	close(fd);
	return rc;
}

static int journal_destroy(struct route_journal *journal)
{
	munmap(journal->head, FILE_SIZE);
	return 0;
}

/* Behind the newest; what is further back than there are slots has been overwritten. */
static void find_bounds(struct route_journal *journal)
{
	uint64_t end = journal->head->begin ? journal->head->begin : 1;

	for (uint64_t i = 0; i < ROUTE_JOURNAL_SLOTS; i++) {
		uint64_t position = slot_of(journal, i)->position;

		if (position % ROUTE_JOURNAL_SLOTS == i && position >= end &&
		    position < POSITION_MAX)
			end = position + 1;
	}
	journal->end = end;
	if (journal->head->begin == 0 || end - journal->head->begin > ROUTE_JOURNAL_SLOTS)
		journal->head->begin = end > ROUTE_JOURNAL_SLOTS ? end - ROUTE_JOURNAL_SLOTS : 1;
}

int route_journal_open(void *ctx, const char *path, struct route_journal **out)
{
	struct route_journal *journal = talloc_zero(ctx, struct route_journal);
	int rc;

	if (!journal)
		return -ENOMEM;
	rc = open_file(path, &journal->head);
	if (rc < 0) {
		talloc_free(journal);
		return rc;
	}
	talloc_set_destructor(journal, journal_destroy);
	find_bounds(journal);
	*out = journal;
	return 0;
}

/* ---- the ring ---- */

uint64_t route_journal_begin(const struct route_journal *journal)
{
	return journal->head->begin;
}

uint64_t route_journal_end(const struct route_journal *journal)
{
	return journal->end;
}

bool route_journal_put(struct route_journal *journal, const struct hub_route *route)
{
	struct slot *slot = slot_of(journal, journal->end);

	if (journal->end - journal->head->begin >= ROUTE_JOURNAL_SLOTS)
		return false;
	__atomic_store_n(&slot->position, 0, __ATOMIC_RELEASE);
	slot->route = *route;
	__atomic_store_n(&slot->position, journal->end, __ATOMIC_RELEASE);
	journal->end++;
	return true;
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

const struct hub_route *route_journal_at(const struct route_journal *journal, uint64_t position)
{
	const struct slot *slot = slot_of(journal, position);
	const struct hub_route *route = &slot->route;

	if (position == 0 || __atomic_load_n(&slot->position, __ATOMIC_ACQUIRE) != position ||
	    route->key.len == 0 || route->key.len >= sizeof(route->key.octets) ||
	    !ends(route->scope, sizeof(route->scope)) ||
	    !ends(route->account, sizeof(route->account)))
		return NULL;
	return route;
}

void route_journal_release(struct route_journal *journal, uint64_t until)
{
	journal->head->begin = until;
}
