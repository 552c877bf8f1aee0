/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/route_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

enum { PAGE = 4096, SLOT_SIZE = 512, OCTETS = 256, AT_ONCE = 8 };
#define POSITION_MAX (UINT64_C(1) << 62) /* nobody gets there: what is beyond is garbage */
#define CRC_32C 0x82f63b78u		 /* Castagnoli's polynomial, reflected */

static const char magic[16] = "mianrao routes 2";
static const char magic_1[16] = "mianrao routes 1"; /* the same without checksums */

struct head {
	char magic[sizeof(magic)];
	uint32_t slot_size;
	uint32_t slots;
	uint64_t begin;	    /* the oldest position that is not released */
	uint64_t not_begin; /* its complement; written first */
};

/* One sector: a disk writes it as a whole or not at all. */
struct slot {
	uint64_t position; /* 0: never used; written last */
	union {
		struct hub_route route;
		uint8_t octets[SLOT_SIZE - sizeof(uint64_t) - 2 * sizeof(uint32_t)];
	};
	uint32_t checksum; /* of position and route */
	uint32_t unused;
};
_Static_assert(sizeof(struct slot) == SLOT_SIZE, "a slot is a sector");
_Static_assert(sizeof(struct head) <= PAGE, "the head is a page");

struct route_journal {
	struct head *head; /* of the mapping */
	uint64_t slots;
	uint64_t end;
	uint64_t damaged; /* slots behind the end */
	enum route_journal_origin origin;
	uint32_t crc[AT_ONCE][OCTETS]; /* of an octet with so many zeros behind it */
};

static off_t file_size(uint64_t slots)
{
	return PAGE + (off_t)(slots * SLOT_SIZE);
}

static struct slot *slot_of(const struct route_journal *journal, uint64_t position)
{
	char *slots = (char *)journal->head + PAGE;

	return (struct slot *)(slots + position % journal->slots * SLOT_SIZE);
}

/* ---- one slot ---- */

static void make_crc_table(uint32_t table[AT_ONCE][OCTETS])
{
	for (uint32_t octet = 0; octet < OCTETS; octet++) {
		uint32_t crc = octet;

		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ CRC_32C : crc >> 1;
		table[0][octet] = crc;
	}
	for (int zeros = 1; zeros < AT_ONCE; zeros++)
		for (uint32_t octet = 0; octet < OCTETS; octet++) {
			uint32_t crc = table[zeros - 1][octet];

			table[zeros][octet] = crc >> 8 ^ table[0][(uint8_t)crc];
		}
}

/* Eight octets at once: it is reckoned for every message that wants a receipt. */
static uint32_t add_crc(const uint32_t table[AT_ONCE][OCTETS], uint32_t crc, const void *data,
			size_t len)
{
	const uint8_t *at = data;

	for (; len >= AT_ONCE; at += AT_ONCE, len -= AT_ONCE)
		crc = table[7][(uint8_t)crc ^ at[0]] ^ table[6][(uint8_t)(crc >> 8) ^ at[1]] ^
		      table[5][(uint8_t)(crc >> 16) ^ at[2]] ^ table[4][(crc >> 24) ^ at[3]] ^
		      table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
	for (; len > 0; at++, len--)
		crc = crc >> 8 ^ table[0][(uint8_t)crc ^ *at];
	return crc;
}

static uint32_t checksum_of(const struct route_journal *journal, uint64_t position,
			    const struct hub_route *route)
{
	uint32_t crc = add_crc(journal->crc, UINT32_MAX, &position, sizeof(position));

	return ~add_crc(journal->crc, crc, route, sizeof(*route));
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool has_form(const struct hub_route *route)
{
	return route->key.len > 0 && route->key.len < sizeof(route->key.octets) &&
	       ends(route->scope, sizeof(route->scope)) &&
	       ends(route->account, sizeof(route->account)) &&
	       ends(route->name, sizeof(route->name));
}

static bool is_whole(const struct route_journal *journal, const struct slot *slot,
		     uint64_t position)
{
	return slot->checksum == checksum_of(journal, position, &slot->route) &&
	       has_form(&slot->route);
}

static bool is_place(const struct route_journal *journal, uint64_t position, uint64_t index)
{
	return position % journal->slots == index && position > 0 && position < POSITION_MAX;
}

/* ---- the file ---- */

static enum route_journal_origin origin_of(const struct head *head, off_t size)
{
	if (head->slot_size != SLOT_SIZE || head->slots == 0 ||
	    head->slots > ROUTE_JOURNAL_SLOTS_MAX || size != file_size(head->slots))
		return ROUTE_JOURNAL_REFUSED;
	if (memcmp(head->magic, magic, sizeof(magic)) == 0)
		return ROUTE_JOURNAL_FOUND;
	if (memcmp(head->magic, magic_1, sizeof(magic_1)) == 0)
		return ROUTE_JOURNAL_TAKEN_OVER;
	return ROUTE_JOURNAL_REFUSED;
}

/* Every block is written, so that none is wanting when the mapping is. */
static int begin_anew(int fd, uint32_t slots)
{
	static const uint8_t zeros[16 * PAGE];
	off_t size = file_size(slots);
	struct head head = {
		.slot_size = SLOT_SIZE, .slots = slots, .begin = 1, .not_begin = ~UINT64_C(1)
	};

	memcpy(head.magic, magic, sizeof(magic));
	if (ftruncate(fd, 0) < 0)
		return -errno;
	for (off_t at = 0; at < size;) {
		size_t rest = (size_t)(size - at);
		ssize_t n = pwrite(fd, zeros, rest < sizeof(zeros) ? rest : sizeof(zeros), at);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
	}
	return pwrite(fd, &head, sizeof(head), 0) == sizeof(head) ? 0 : -EIO;
}

static int prepare(int fd, uint32_t slots, struct route_journal *journal)
{
	struct head head;
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return -errno;
	journal->origin = stat.st_size == 0 ? ROUTE_JOURNAL_NEW : ROUTE_JOURNAL_REFUSED;
	if (pread(fd, &head, sizeof(head), 0) == sizeof(head))
		journal->origin = origin_of(&head, stat.st_size);
	if (journal->origin == ROUTE_JOURNAL_FOUND || journal->origin == ROUTE_JOURNAL_TAKEN_OVER) {
		journal->slots = head.slots;
		return 0;
	}
	journal->slots = slots;
	return begin_anew(fd, slots);
}

static int map(int fd, struct route_journal *journal)
{
	void *at = mmap(NULL, (size_t)file_size(journal->slots), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	journal->head = at;
	return 0;
}

static void unmap(struct route_journal *journal)
{
	if (journal->head)
		munmap(journal->head, (size_t)file_size(journal->slots));
	journal->head = NULL;
}

static int journal_destroy(struct route_journal *journal)
{
	unmap(journal);
	return 0;
}

/* ---- what is in it ---- */

static void set_begin(struct route_journal *journal, uint64_t begin)
{
	journal->head->not_begin = ~begin;
	__atomic_store_n(&journal->head->begin, begin, __ATOMIC_RELEASE);
}

/* Of two beginnings that differ the earlier one holds: to find a route twice does no harm. 0: there
 * is none. */
static uint64_t get_begin(const struct route_journal *journal)
{
	uint64_t begin = journal->head->begin;

	if (begin > ~journal->head->not_begin)
		begin = ~journal->head->not_begin;
	return begin < POSITION_MAX ? begin : 0;
}

/* What version 1 held for whole gets its checksum. The magic comes last: who is interrupted does it
 * again. */
static int take_over(struct route_journal *journal)
{
	for (uint64_t i = 0; i < journal->slots; i++) {
		struct slot *slot = slot_of(journal, i);

		if (!is_place(journal, slot->position, i) || !has_form(&slot->route))
			slot->position = 0;
		slot->checksum = checksum_of(journal, slot->position, &slot->route);
	}
	set_begin(journal, journal->head->begin);
	if (msync(journal->head, (size_t)file_size(journal->slots), MS_SYNC) < 0)
		return -errno;
	memcpy(journal->head->magic, magic, sizeof(magic));
	return 0;
}

/* The end is behind the newest; what is further back than there are slots has been overwritten. */
static void find_bounds(struct route_journal *journal)
{
	uint64_t begin = get_begin(journal);
	uint64_t end = begin ? begin : 1;

	for (uint64_t i = 0; i < journal->slots; i++) {
		const struct slot *slot = slot_of(journal, i);

		if (is_place(journal, slot->position, i) && slot->position >= end &&
		    is_whole(journal, slot, slot->position))
			end = slot->position + 1;
	}
	journal->end = end;
	if (begin == 0 || end - begin > journal->slots)
		begin = end > journal->slots ? end - journal->slots : 1;
	set_begin(journal, begin);
}

/* Between the bounds whoever reads sees them. Behind the end are those that were released, and what
 * would be the newest, were it whole; it is told once. */
static void count_damaged(struct route_journal *journal)
{
	uint64_t begin = journal->head->begin;

	for (uint64_t at = journal->end; at < begin + journal->slots; at++) {
		struct slot *slot = slot_of(journal, at);

		if (slot->position == 0 ||
		    (is_place(journal, slot->position, at % journal->slots) &&
		     slot->position < begin))
			continue;
		journal->damaged++;
		slot->position = 0;
	}
}

static int read_file(int fd, uint32_t slots, struct route_journal *journal)
{
	int rc = prepare(fd, slots, journal);

	if (rc == 0)
		rc = map(fd, journal);
	if (rc == 0 && journal->origin == ROUTE_JOURNAL_TAKEN_OVER)
		rc = take_over(journal);
	if (rc < 0)
		return rc;
	find_bounds(journal);
	count_damaged(journal);
	return 0;
}

/* Nothing is in it. */
static int resize(int fd, uint32_t slots, struct route_journal *journal)
{
	int rc;

	unmap(journal);
	journal->slots = slots;
	rc = begin_anew(fd, slots);
	if (rc == 0)
		rc = map(fd, journal);
	if (rc == 0)
		find_bounds(journal);
	return rc;
}

int route_journal_open(void *ctx, const char *path, uint32_t slots, struct route_journal **out)
{
	struct route_journal *journal = talloc_zero(ctx, struct route_journal);
	int fd, rc;

	if (!journal)
		return -ENOMEM;
	talloc_set_destructor(journal, journal_destroy);
	make_crc_table(journal->crc);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	rc = fd < 0 ? -errno : read_file(fd, slots, journal);
	if (rc == 0 && journal->slots != slots && journal->end == journal->head->begin)
		rc = resize(fd, slots, journal);
	if (fd >= 0)
		close(fd);
	if (rc < 0) {
		talloc_free(journal);
		return rc;
	}
	*out = journal;
	return 0;
}

uint32_t route_journal_slots(const struct route_journal *journal)
{
	return (uint32_t)journal->slots;
}

enum route_journal_origin route_journal_origin(const struct route_journal *journal)
{
	return journal->origin;
}

uint64_t route_journal_damaged(const struct route_journal *journal)
{
	return journal->damaged;
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

	if (journal->end - journal->head->begin >= journal->slots)
		return false;
	__atomic_store_n(&slot->position, 0, __ATOMIC_RELEASE);
	slot->route = *route;
	slot->checksum = checksum_of(journal, journal->end, &slot->route);
	__atomic_store_n(&slot->position, journal->end, __ATOMIC_RELEASE);
	journal->end++;
	return true;
}

const struct hub_route *route_journal_at(const struct route_journal *journal, uint64_t position)
{
	const struct slot *slot = slot_of(journal, position);

	if (position == 0 || __atomic_load_n(&slot->position, __ATOMIC_ACQUIRE) != position ||
	    !is_whole(journal, slot, position))
		return NULL;
	return &slot->route;
}

void route_journal_release(struct route_journal *journal, uint64_t until)
{
	set_begin(journal, until);
}
