/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/near_cache.h"
#include "tests/unit/tables.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { PLENTY = 1000000, MANY = 100000 };

static const char anna[] = "+8613800138000", ben[] = "+8613900139000", carl[] = "+8613700137000";
static const char abroad[] = "block call,sms from international\n",
		  ports[] = "block sms from 106\n";

struct fixture {
	void *root;
	void *scratch; /* of the answers */
	struct near_cache *cache;
};

static struct fixture create(size_t max_entries)
{
	struct fixture f = { .root = talloc_new(NULL), .scratch = talloc_new(NULL) };

	f.cache = near_cache_create(f.root, max_entries);
	ck_assert_ptr_nonnull(f.cache);
	return f;
}

/* Everything that the cache owns goes with it. */
static void destroy(struct fixture *f)
{
	talloc_free(f->cache);
	ck_assert_uint_eq(talloc_total_blocks(f->root), 1);
	talloc_free(f->root);
	talloc_free(f->scratch);
}

static void put(struct near_cache *cache, const char *subscriber, const char *text)
{
	ck_assert_int_eq(near_cache_put(cache, test_plan(), subscriber, text, strlen(text)), 0);
}

static void scan(struct near_cache *cache, const char *subscriber, const char *text)
{
	ck_assert_int_eq(near_cache_rebuild_put(cache, test_plan(), subscriber, text, strlen(text)),
			 0);
}

static void make_complete(struct near_cache *cache)
{
	near_cache_rebuild_begin(cache);
	near_cache_rebuild_end(cache);
	ck_assert(near_cache_stats(cache).complete);
}

/* "?" not known, "" no rules, else the rules' text. */
static const char *answer(struct fixture *f, const char *subscriber)
{
	const struct block_set *set = NULL;

	switch (near_cache_find(f->cache, subscriber, &set)) {
	case NEAR_CACHE_RULES:
		return block_set_format(f->scratch, set);
	case NEAR_CACHE_NO_RULES:
		ck_assert_ptr_null(set);
		return "";
	case NEAR_CACHE_NOT_KNOWN:
		ck_assert_ptr_null(set);
		return "?";
	}
	return "!";
}

static void numbered(size_t i, char out[NUMBER_MAX])
{
	snprintf(out, NUMBER_MAX, "+86138%08zu", i);
}

START_TEST(test_find_when_new_cache_then_not_known)
{
	struct fixture f = create(PLENTY);

	ck_assert_str_eq(answer(&f, anna), "?");
	put(f.cache, anna, abroad);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), "?");
	put(f.cache, ben, "");
	ck_assert_str_eq(answer(&f, ben), "");
	put(f.cache, anna, ports);
	ck_assert_str_eq(answer(&f, anna), ports);
	put(f.cache, anna, "# nothing left\n");
	ck_assert_str_eq(answer(&f, anna), "");
	struct near_cache_stats stats = near_cache_stats(f.cache);

	ck_assert_uint_eq(stats.hits, 4);
	ck_assert_uint_eq(stats.misses, 2);
	ck_assert_uint_eq(stats.sets, 0);
	ck_assert(!stats.complete);
	destroy(&f);
}
END_TEST

START_TEST(test_find_when_complete_then_absent_has_no_rules)
{
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	ck_assert_str_eq(answer(&f, anna), "");
	put(f.cache, anna, abroad);
	ck_assert_str_eq(answer(&f, anna), abroad);
	put(f.cache, anna, "");
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 0);
	put(f.cache, anna, ports);
	near_cache_set_incomplete(f.cache);
	ck_assert_str_eq(answer(&f, anna), ports);
	ck_assert_str_eq(answer(&f, ben), "?");
	destroy(&f);
}
END_TEST

START_TEST(test_put_when_subscriber_is_no_number_then_einval_and_never_known)
{
	static const char *const unfit[] = { "", "withheld", "BANK", "10690000000000000001",
					     "nonsense" };
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	for (size_t i = 0; i < COUNT(unfit); i++) {
		int rc = near_cache_put(f.cache, test_plan(), unfit[i], abroad, strlen(abroad));

		ck_assert_msg(rc == -EINVAL, "'%s': %d", unfit[i], rc);
		near_cache_invalidate(f.cache, unfit[i]);
		ck_assert_msg(strcmp(answer(&f, unfit[i]), "?") == 0, "'%s'", unfit[i]);
	}
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 0);
	destroy(&f);
}
END_TEST

START_TEST(test_put_when_text_does_not_compile_then_earlier_entry_stays)
{
	struct fixture f = create(PLENTY);
	static const char bad[] = "block call from nowhere";
	char *too_many = talloc_strdup(f.scratch, "");

	for (int i = 0; i <= BLOCK_SET_MAX; i++)
		too_many = talloc_strdup_append_buffer(too_many, ports);
	make_complete(f.cache);
	put(f.cache, anna, abroad);
	ck_assert_int_eq(near_cache_put(f.cache, test_plan(), anna, bad, strlen(bad)), -EBADMSG);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_int_eq(near_cache_put(f.cache, test_plan(), anna, too_many, strlen(too_many)),
			 -EBADMSG);
	ck_assert_str_eq(answer(&f, anna), abroad);
	/* Rules that cannot be read are not "no rules". */
	ck_assert_int_eq(near_cache_put(f.cache, test_plan(), ben, bad, strlen(bad)), -EBADMSG);
	ck_assert_str_eq(answer(&f, ben), "?");
	near_cache_rebuild_begin(f.cache);
	ck_assert_int_eq(near_cache_rebuild_put(f.cache, test_plan(), anna, bad, strlen(bad)),
			 -EBADMSG);
	ck_assert_int_eq(near_cache_rebuild_put(f.cache, test_plan(), carl, bad, strlen(bad)),
			 -EBADMSG);
	near_cache_rebuild_end(f.cache);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), "");
	ck_assert_str_eq(answer(&f, carl), "?");
	destroy(&f);
}
END_TEST

START_TEST(test_put_when_rules_are_equal_then_one_set_until_unused)
{
	static const char *const writings[] = {
		"block call,sms from international\n",
		"BLOCK  sms,call  FROM international # mine\r\n",
		"# a comment\n\nblock call,sms from international",
	};
	struct fixture f = create(PLENTY);
	char number[NUMBER_MAX];

	make_complete(f.cache);
	size_t before = near_cache_stats(f.cache).octets;

	for (size_t i = 0; i < 3000; i++) {
		numbered(i, number);
		put(f.cache, number, writings[i % COUNT(writings)]);
	}
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 1);
	put(f.cache, anna, ports);
	put(f.cache, ben, ports);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 2);
	near_cache_invalidate(f.cache, anna);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 2);
	put(f.cache, ben, abroad);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 1);
	make_complete(f.cache);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 0);
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 0);
	ck_assert_uint_le(near_cache_stats(f.cache).octets, before + 1024);
	destroy(&f);
}
END_TEST

/* A text that was seen in this rebuild is not compiled again; what it gave may be gone by then. */
START_TEST(test_rebuild_when_texts_repeat_then_sets_live_as_long_as_their_users)
{
	struct fixture f = create(PLENTY);
	char number[NUMBER_MAX];

	near_cache_rebuild_begin(f.cache);
	for (size_t i = 0; i < 3000; i++) {
		numbered(i, number);
		ck_assert_int_eq(near_cache_rebuild_put(f.cache, test_plan(), number, abroad,
							strlen(abroad)),
				 0);
	}
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 1);
	for (size_t i = 0; i < 3000; i++) { /* the last one's set goes */
		numbered(i, number);
		put(f.cache, number, i % 2 ? "" : ports);
	}
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 1);
	for (size_t i = 3000; i < 3100; i++) {
		const char *text = i % 3 == 0 ? abroad : i % 3 == 1 ? ports : "";

		numbered(i, number);
		ck_assert_int_eq(
			near_cache_rebuild_put(f.cache, test_plan(), number, text, strlen(text)),
			0);
		ck_assert_str_eq(answer(&f, number), text);
	}
	near_cache_rebuild_end(f.cache);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 2);
	make_complete(f.cache);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 0);
	destroy(&f);
}
END_TEST

START_TEST(test_invalidate_when_complete_then_not_known_until_put)
{
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	put(f.cache, anna, abroad);
	near_cache_invalidate(f.cache, anna);
	near_cache_invalidate(f.cache, ben); /* absent: no longer "no rules" */
	ck_assert_str_eq(answer(&f, anna), "?");
	ck_assert_str_eq(answer(&f, ben), "?");
	ck_assert_str_eq(answer(&f, carl), "");
	put(f.cache, anna, "");
	put(f.cache, ben, ports);
	ck_assert_str_eq(answer(&f, anna), "");
	ck_assert_str_eq(answer(&f, ben), ports);
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 1);
	near_cache_set_incomplete(f.cache);
	near_cache_invalidate(f.cache, ben);
	ck_assert_str_eq(answer(&f, ben), "?");
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 0);
	destroy(&f);
}
END_TEST

START_TEST(test_rebuild_when_under_way_then_old_entries_answer)
{
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	put(f.cache, anna, abroad);
	put(f.cache, ben, abroad);
	near_cache_rebuild_begin(f.cache);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, carl), "");
	put(f.cache, ben, ports);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), ports);
	near_cache_rebuild_end(f.cache);
	ck_assert_str_eq(answer(&f, anna), ""); /* not put again */
	ck_assert_str_eq(answer(&f, ben), ports);
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, 1);
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 1);
	destroy(&f);
}
END_TEST

START_TEST(test_rebuild_when_cache_was_incomplete_then_complete_after_end)
{
	struct fixture f = create(PLENTY);

	near_cache_rebuild_begin(f.cache);
	scan(f.cache, anna, abroad);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), "?");
	put(f.cache, carl, "");
	ck_assert_str_eq(answer(&f, carl), "");
	near_cache_rebuild_end(f.cache);
	ck_assert_str_eq(answer(&f, ben), "");
	ck_assert(near_cache_stats(f.cache).complete);
	destroy(&f);
}
END_TEST

/* What happens to a subscriber in one rebuild, in order; what is answered then, and after end.
 *   p put(ports)  e put("")  s scan(abroad)  i invalidate */
static const struct course {
	const char *name;
	const char *before; /* put before the rebuild, or NULL */
	const char *steps;
	const char *during;
	const char *after;
} courses[] = {
	{ "nothing", abroad, "", abroad, "" },
	{ "put", abroad, "p", ports, ports },
	{ "scan", NULL, "s", abroad, abroad },
	{ "scan twice", NULL, "ss", abroad, abroad },
	{ "removed", abroad, "e", "", "" },
	{ "invalidated", abroad, "i", "?", "?" },
	{ "absent invalidated", NULL, "i", "?", "?" },
	{ "put, then invalidated", abroad, "pi", "?", "?" },
	{ "scanned, then invalidated", abroad, "si", "?", "?" },
	{ "invalidated, then put", abroad, "ip", ports, ports },
	{ "invalidated, then removed", abroad, "ie", "", "" },
	{ "an older scan behind an invalidation", ports, "is", "?", "?" },
	{ "an older scan behind an absent's invalidation", NULL, "is", "?", "?" },
	{ "an older scan behind a put", NULL, "ps", ports, ports },
	{ "an older scan behind a removal", abroad, "es", "", "" },
	{ "an older scan behind an absent's removal", NULL, "es", "", "" },
	{ "scan, put, scan", abroad, "sps", ports, ports },
};

START_TEST(test_rebuild_when_changes_cross_it_then_the_newer_wins)
{
	for (size_t i = 0; i < COUNT(courses); i++) {
		const struct course *row = &courses[i];
		struct fixture f = create(PLENTY);

		make_complete(f.cache);
		if (row->before)
			put(f.cache, anna, row->before);
		near_cache_rebuild_begin(f.cache);
		for (const char *step = row->steps; *step; step++) {
			if (*step == 'i')
				near_cache_invalidate(f.cache, anna);
			else if (*step == 's')
				scan(f.cache, anna, abroad);
			else
				put(f.cache, anna, *step == 'p' ? ports : "");
		}
		const char *during = answer(&f, anna);

		near_cache_rebuild_end(f.cache);
		const char *after = answer(&f, anna);

		ck_assert_msg(strcmp(during, row->during) == 0, "%s, during: %s", row->name,
			      during);
		ck_assert_msg(strcmp(after, row->after) == 0, "%s, after: %s", row->name, after);
		destroy(&f);
	}
}
END_TEST

START_TEST(test_rebuild_when_invalidated_before_then_the_rebuild_settles_it)
{
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	near_cache_invalidate(f.cache, anna);
	near_cache_invalidate(f.cache, ben);
	near_cache_rebuild_begin(f.cache);
	scan(f.cache, anna, abroad);
	near_cache_rebuild_end(f.cache);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), "");
	destroy(&f);
}
END_TEST

START_TEST(test_rebuild_when_given_up_then_nothing_vanishes)
{
	struct fixture f = create(PLENTY);

	make_complete(f.cache);
	put(f.cache, anna, abroad);
	near_cache_rebuild_begin(f.cache);
	near_cache_set_incomplete(f.cache);
	scan(f.cache, ben, abroad); /* of the rebuild that is no more */
	near_cache_rebuild_end(f.cache);
	ck_assert(!near_cache_stats(f.cache).complete);
	ck_assert_str_eq(answer(&f, anna), abroad);
	ck_assert_str_eq(answer(&f, ben), "?");
	near_cache_rebuild_begin(f.cache);
	scan(f.cache, anna, ports);
	near_cache_rebuild_begin(f.cache); /* starts over */
	scan(f.cache, ben, ports);
	near_cache_rebuild_end(f.cache);
	ck_assert_str_eq(answer(&f, anna), "");
	ck_assert_str_eq(answer(&f, ben), ports);
	ck_assert(near_cache_stats(f.cache).complete);
	destroy(&f);
}
END_TEST

START_TEST(test_bounds_when_full_then_an_older_entry_is_dropped)
{
	enum { MAX = 100 };
	struct fixture f = create(MAX);
	char number[NUMBER_MAX];
	size_t found = 0;

	make_complete(f.cache);
	for (size_t i = 0; i < 10 * MAX; i++) {
		numbered(i, number);
		put(f.cache, number, i % 2 ? abroad : ports);
		ck_assert_uint_le(near_cache_stats(f.cache).entries, MAX);
		ck_assert_uint_le(near_cache_stats(f.cache).sets, 2);
		ck_assert_str_eq(answer(&f, number), i % 2 ? abroad : ports);
		ck_assert(near_cache_stats(f.cache).complete == (i < MAX));
	}
	for (size_t i = 0; i < 10 * MAX; i++) {
		numbered(i, number);
		const char *got = answer(&f, number);

		found += strcmp(got, "?") != 0;
		ck_assert_msg(!*got || *got == '?' || strcmp(got, i % 2 ? abroad : ports) == 0,
			      "%s: %s", number, got);
		ck_assert_str_ne(got, "");
	}
	ck_assert_uint_eq(found, MAX);
	ck_assert_uint_eq(near_cache_stats(f.cache).dropped, 9 * MAX);
	/* A full cache cannot hold the mark, so that it is not complete instead. */
	near_cache_invalidate(f.cache, anna);
	ck_assert_uint_eq(near_cache_stats(f.cache).entries, MAX);
	ck_assert_str_eq(answer(&f, anna), "?");
	destroy(&f);
}
END_TEST

START_TEST(test_bounds_when_rebuild_does_not_fit_then_not_complete)
{
	struct fixture f = create(10);
	char number[NUMBER_MAX];

	for (size_t subscribers = 10; subscribers <= 11; subscribers++) {
		near_cache_rebuild_begin(f.cache);
		for (size_t i = 0; i < subscribers; i++) {
			numbered(i, number);
			scan(f.cache, number, abroad);
		}
		near_cache_rebuild_end(f.cache);
		ck_assert(near_cache_stats(f.cache).complete == (subscribers <= 10));
		ck_assert_uint_eq(near_cache_stats(f.cache).entries, 10);
	}
	ck_assert_str_eq(answer(&f, anna), "?");
	/* Full, and what cannot be marked must not come back as an older page of the scan. */
	near_cache_rebuild_begin(f.cache);
	for (size_t i = 0; i < 10; i++) {
		numbered(i, number);
		put(f.cache, number, abroad);
	}
	near_cache_invalidate(f.cache, anna);
	scan(f.cache, anna, abroad);
	ck_assert_str_eq(answer(&f, anna), "?");
	near_cache_rebuild_end(f.cache);
	ck_assert(!near_cache_stats(f.cache).complete);
	destroy(&f);
}
END_TEST

START_TEST(test_many_when_rebuilt_smaller_then_memory_comes_back)
{
	struct fixture f = create(PLENTY);
	char number[NUMBER_MAX], text[64];

	near_cache_rebuild_begin(f.cache);
	for (size_t i = 0; i < MANY; i++) {
		numbered(i, number);
		snprintf(text, sizeof(text), "block call from =+8613%zu0000000%zu", i % 7 + 3,
			 i % 10);
		put(f.cache, number, i % 2 ? abroad : text);
	}
	near_cache_rebuild_end(f.cache);
	struct near_cache_stats full = near_cache_stats(f.cache);

	ck_assert_uint_eq(full.entries, MANY);
	ck_assert_uint_le(full.sets, 71);
	ck_assert_msg(full.octets < MANY * 32, "%zu octets an entry", full.octets / MANY);
	ck_assert_uint_le(talloc_total_size(f.cache), full.octets + full.octets / 8);
	near_cache_rebuild_begin(f.cache);
	for (size_t i = 0; i < MANY; i += 100) {
		numbered(i + 1, number);
		scan(f.cache, number, ports);
	}
	near_cache_rebuild_end(f.cache);
	/* Those that are gone are gone at once, whether swept or not. */
	for (size_t i = 0; i < MANY; i++) {
		const struct block_set *set;
		enum near_cache_answer want = i % 100 == 1 ? NEAR_CACHE_RULES : NEAR_CACHE_NO_RULES;

		numbered(i, number);
		ck_assert_msg(near_cache_find(f.cache, number, &set) == want, "%s", number);
	}
	for (size_t i = 0; i < 1024; i++)
		put(f.cache, anna, ports);
	struct near_cache_stats left = near_cache_stats(f.cache);

	ck_assert_uint_eq(left.entries, MANY / 100 + 1);
	ck_assert_uint_eq(left.sets, 1);
	ck_assert_uint_lt(left.octets, full.octets / 8);
	destroy(&f);
}
END_TEST

START_TEST(test_sets_when_all_differ_then_each_its_own)
{
	struct fixture f = create(PLENTY);
	char number[NUMBER_MAX], text[64];

	make_complete(f.cache);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 20000; i++) {
			numbered(i, number);
			snprintf(text, sizeof(text), "block sms from 106%zu\n",
				 i + (size_t)round * 7);
			put(f.cache, number, text);
		}
		ck_assert_uint_eq(near_cache_stats(f.cache).sets, 20000);
		for (size_t i = 0; i < 20000; i += 97) {
			numbered(i, number);
			snprintf(text, sizeof(text), "block sms from 106%zu\n",
				 i + (size_t)round * 7);
			ck_assert_str_eq(answer(&f, number), text);
		}
	}
	for (size_t i = 0; i < 20000; i++) {
		numbered(i, number);
		put(f.cache, number, "");
	}
	ck_assert_uint_eq(near_cache_stats(f.cache).sets, 0);
	destroy(&f);
}
END_TEST

/* ---- coherence: whatever is answered is what the store holds ---- */

enum { PEOPLE = 40, COURSES = 400, STEPS = 600 };

static uint64_t random_state = 20251018;

static unsigned pick(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 32) % below;
}

struct world {
	struct near_cache *cache;
	unsigned store[PEOPLE]; /* 0: no rules, else the rules' number */
	unsigned page[PEOPLE];	/* what the scan read, not delivered yet */
	bool read[PEOPLE];
	bool delivered[PEOPLE];
	bool scanning;
};

static int write_rules(unsigned rules, char out[64])
{
	return rules ? snprintf(out, 64, "block sms from 106%u\n", rules) : (out[0] = '\0');
}

static void deliver(struct world *world, unsigned who)
{
	char number[NUMBER_MAX], text[64];

	numbered(who, number);
	world->delivered[who] = true;
	if (!world->page[who])
		return;
	int n = write_rules(world->page[who], text);
	int rc = near_cache_rebuild_put(world->cache, test_plan(), number, text, (size_t)n);

	ck_assert_msg(rc == 0 || rc == -ENOMEM, "%d", rc);
}

/* The scan reads everybody once after its begin, and delivers each page some time later. */
static void step_scan(struct world *world, unsigned who)
{
	if (!world->scanning) {
		near_cache_rebuild_begin(world->cache);
		memset(world->read, 0, sizeof(world->read));
		memset(world->delivered, 0, sizeof(world->delivered));
		world->scanning = true;
	} else if (!world->read[who]) {
		world->page[who] = world->store[who];
		world->read[who] = true;
	} else if (!world->delivered[who]) {
		deliver(world, who);
	}
}

static void finish_scan(struct world *world)
{
	for (unsigned who = 0; world->scanning && who < PEOPLE; who++) {
		while (!world->delivered[who])
			step_scan(world, who);
	}
	world->scanning = false;
	near_cache_rebuild_end(world->cache);
}

static void step_change(struct world *world, unsigned who, bool told)
{
	char number[NUMBER_MAX], text[64];

	numbered(who, number);
	if (!told)
		world->store[who] = pick(3) ? 1 + pick(9) : 0;
	int n = write_rules(world->store[who], text);

	/* Somebody changed the rules: either the change itself or the news of it comes. */
	if (told || pick(2)) {
		if (near_cache_put(world->cache, test_plan(), number, text, (size_t)n) == 0)
			return;
	}
	near_cache_invalidate(world->cache, number);
}

static void check_answers(struct world *world, unsigned from, unsigned count, void *scratch)
{
	for (unsigned who = from; who < from + count && who < PEOPLE; who++) {
		const struct block_set *set;
		char number[NUMBER_MAX], text[64];

		numbered(who, number);
		write_rules(world->store[who], text);
		switch (near_cache_find(world->cache, number, &set)) {
		case NEAR_CACHE_RULES:
			ck_assert_str_eq(block_set_format(scratch, set), text);
			break;
		case NEAR_CACHE_NO_RULES:
			ck_assert_msg(!text[0], "%s has no rules in place of %s", number, text);
			break;
		case NEAR_CACHE_NOT_KNOWN:
			break;
		}
	}
	talloc_free_children(scratch);
}

/* Deprecated, but the only way to make talloc fail. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void limit_memory(void *ctx, size_t octets)
{
	ck_assert_int_eq(talloc_set_memlimit(ctx, octets), 0);
}
#pragma GCC diagnostic pop

static size_t run_course(size_t max_entries, size_t limit)
{
	void *root = talloc_new(NULL), *scratch = talloc_new(NULL);
	struct world world = { .scanning = false };
	size_t complete = 0;

	if (limit > 0)
		limit_memory(root, limit);
	world.cache = near_cache_create(root, max_entries);
	for (int step = 0; world.cache && step < STEPS; step++) {
		unsigned what = pick(20), who = pick(PEOPLE);

		if (what < 5)
			step_change(&world, who, false);
		else if (what < 8)
			step_change(&world, who, true);
		else if (what < 18)
			step_scan(&world, who);
		else if (what == 18 && pick(4) == 0)
			finish_scan(&world);
		else if (what == 19 && pick(10) == 0) {
			near_cache_set_incomplete(world.cache);
			world.scanning = false;
		}
		check_answers(&world, who, 1, scratch);
		if (step % 20 == 0)
			check_answers(&world, 0, PEOPLE, scratch);
		ck_assert_uint_le(near_cache_stats(world.cache).entries, max_entries);
		complete += near_cache_stats(world.cache).complete;
	}
	talloc_free(world.cache);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
	talloc_free(scratch);
	return complete;
}

START_TEST(test_coherence_when_changes_scans_and_losses_mix_then_answers_are_true)
{
	size_t complete = 0;

	for (int i = 0; i < COURSES; i++)
		complete += run_course(PLENTY, 0);
	ck_assert_uint_gt(complete, COURSES * STEPS / 10);
	for (int i = 0; i < COURSES; i++)
		run_course(1 + pick(PEOPLE), 0);
}
END_TEST

START_TEST(test_coherence_when_memory_runs_out_then_answers_are_true)
{
	for (size_t limit = 100; limit < 40000; limit += 200)
		run_course(PLENTY, limit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("near_cache");
	TCase *entries = tcase_create("entries");
	TCase *coherence = tcase_create("coherence");

	tcase_add_test(entries, test_find_when_new_cache_then_not_known);
	tcase_add_test(entries, test_find_when_complete_then_absent_has_no_rules);
	tcase_add_test(entries, test_put_when_subscriber_is_no_number_then_einval_and_never_known);
	tcase_add_test(entries, test_put_when_text_does_not_compile_then_earlier_entry_stays);
	tcase_add_test(entries, test_put_when_rules_are_equal_then_one_set_until_unused);
	tcase_add_test(entries,
		       test_rebuild_when_texts_repeat_then_sets_live_as_long_as_their_users);
	tcase_add_test(entries, test_invalidate_when_complete_then_not_known_until_put);
	tcase_add_test(entries, test_rebuild_when_under_way_then_old_entries_answer);
	tcase_add_test(entries, test_rebuild_when_cache_was_incomplete_then_complete_after_end);
	tcase_add_test(entries, test_rebuild_when_changes_cross_it_then_the_newer_wins);
	tcase_add_test(entries, test_rebuild_when_invalidated_before_then_the_rebuild_settles_it);
	tcase_add_test(entries, test_rebuild_when_given_up_then_nothing_vanishes);
	tcase_add_test(entries, test_bounds_when_full_then_an_older_entry_is_dropped);
	tcase_add_test(entries, test_bounds_when_rebuild_does_not_fit_then_not_complete);
	tcase_add_test(entries, test_many_when_rebuilt_smaller_then_memory_comes_back);
	tcase_add_test(entries, test_sets_when_all_differ_then_each_its_own);
	tcase_add_test(coherence,
		       test_coherence_when_changes_scans_and_losses_mix_then_answers_are_true);
	tcase_add_test(coherence, test_coherence_when_memory_runs_out_then_answers_are_true);
	tcase_set_timeout(entries, 60);
	tcase_set_timeout(coherence, 120);
	suite_add_tcase(suite, entries);
	suite_add_tcase(suite, coherence);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
