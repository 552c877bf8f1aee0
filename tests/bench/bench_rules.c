/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_rules - decisions with many subscribers' rules in memory, on one thread: both numbers read
 * from their text, the subscriber's rules found, the attempt decided. Beside it a bare hash table
 * of the same subscribers. One line of JSON.
 *
 *   bench_rules [SUBSCRIBERS]       (ten million) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "blocklist/block_decide.h"
#include "blocklist/near_cache.h"
#include "tests/bench/bench_pdu.h"
#include "tests/unit/tables.h"

enum { ATTEMPTS = 1 << 20, ROUNDS = 7, NUMBERS = 100000000, OWN_RULE_EVERY = 1000 };

/* Keeps the compiler from leaving out work whose result nobody reads. */
static volatile size_t result;

/* What subscribers ask for: most the plain switch, some something of their own. */
static const char *const popular[] = {
	"block call,sms from international\n",
	"block call,sms from international\n",
	"block call,sms from international\n",
	"block sms from international\n",
	"block call from international\n",
	"block call,sms from international\nallow call,sms from hmt\n",
	"block call,sms from international\nblock call from reported\n",
	"block call from international at 22:00-07:00\nblock sms from 106\n",
	"block call,sms from international\nallow call,sms from +1\n",
	"block call from withheld\nblock call from reported\nblock sms from 106\n",
};
enum { POPULAR = sizeof(popular) / sizeof(*popular) };

/* As hubs and switches write them, with the type of number that they give. */
static const struct {
	const char *text;
	uint8_t ton;
} callers[] = {
	{ "12025550123", 1 },	{ "442079460111", 1 },	 { "13800138000", 2 },
	{ "85298765432", 1 },	{ "8613812345678", 1 },	 { "01085321234", 0 },
	{ "10690001", 0 },	{ "0085366123456", 0 },	 { "95533", 0 },
	{ "+447700900123", 0 }, { "13912345678", 2 },	 { "861085321234", 1 },
	{ "SHOP", 5 },		{ "4001234567", 0 },	 { "819012345678", 1 },
	{ "10086", 0 },		{ "+8613700137000", 0 }, { "anonymous", 0 },
};

static uint32_t subscriber_digits(uint32_t i)
{
	return (uint32_t)((uint64_t)i * 61803399 % NUMBERS);
}

static void write_subscriber(char out[NUMBER_MAX], uint32_t i)
{
	snprintf(out, NUMBER_MAX, "+86139%08u", subscriber_digits(i));
}

static bool load(struct near_cache *cache, uint32_t count)
{
	char subscriber[NUMBER_MAX], own[64];

	near_cache_rebuild_begin(cache);
	for (uint32_t i = 0; i < count; i++) {
		const char *text = popular[i % POPULAR];

		if (i % OWN_RULE_EVERY == 0) {
			snprintf(own, sizeof(own), "block call,sms from =+8613%09u\n", i);
			text = own;
		}
		write_subscriber(subscriber, i);
		if (near_cache_rebuild_put(cache, test_plan(), subscriber, text, strlen(text)) < 0)
			return false;
	}
	near_cache_rebuild_end(cache);
	return near_cache_stats(cache).complete;
}

struct asked {
	char called[12]; /* "139........" */
	uint8_t caller;
};

static struct asked *make_attempts(uint32_t subscribers)
{
	struct asked *asked = calloc(ATTEMPTS, sizeof(*asked));
	uint64_t random = 88172645463325252u;

	for (uint32_t i = 0; asked && i < ATTEMPTS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		/* Every eighth has no rules. */
		uint32_t who = (uint32_t)((random >> 16) % (subscribers + subscribers / 7));

		snprintf(asked[i].called, sizeof(asked[i].called), "139%08u",
			 subscriber_digits(who) % NUMBERS);
		asked[i].caller = (uint8_t)((random >> 8) % (sizeof(callers) / sizeof(callers[0])));
	}
	return asked;
}

static void decide_all(struct near_cache *cache, const struct asked *asked)
{
	const struct numbering *plan = test_plan();
	struct block_attempt attempt = { .channel = BLOCK_SMS,
					 .entry = BLOCK_ENTRY_NATIONAL,
					 .now_ms = 1767225600000 };

	for (uint32_t i = 0; i < ATTEMPTS; i++) {
		struct block_context context = { 0 };
		const char *caller = callers[asked[i].caller].text;

		if (number_from_address(plan, 2, asked[i].called, strlen(asked[i].called),
					&attempt.called) < 0)
			abort();
		near_cache_prefetch(cache, attempt.called.text);
		if (number_from_address(plan, callers[asked[i].caller].ton, caller, strlen(caller),
					&attempt.caller) < 0)
			abort();
		context.subscriber_known =
			near_cache_find(cache, attempt.called.text, &context.subscriber) !=
			NEAR_CACHE_NOT_KNOWN;
		result += block_decide(&attempt, &context).verdict;
	}
}

/* ---- the bare table: a key, a value, linear probing, nine of ten slots in use ---- */

struct bare {
	uint64_t *keys;
	uint32_t *values;
	size_t slots;
};

static size_t bare_home(const struct bare *bare, uint64_t key)
{
	uint64_t hash = (key ^ key >> 33) * UINT64_C(0xff51afd7ed558ccd);

	return (size_t)((hash >> 32) * bare->slots >> 32);
}

static size_t bare_seek(const struct bare *bare, uint64_t key)
{
	size_t slot = bare_home(bare, key);

	while (bare->keys[slot] && bare->keys[slot] != key)
		slot = slot + 1 == bare->slots ? 0 : slot + 1;
	return slot;
}

static bool bare_load(struct bare *bare, uint32_t count)
{
	char subscriber[NUMBER_MAX];

	bare->slots = (size_t)count * 10 / 9 + 1;
	bare->keys = calloc(bare->slots, sizeof(*bare->keys));
	bare->values = calloc(bare->slots, sizeof(*bare->values));
	for (uint32_t i = 0; bare->keys && bare->values && i < count; i++) {
		write_subscriber(subscriber, i);
		size_t slot = bare_seek(bare, number_pack(subscriber));

		bare->keys[slot] = number_pack(subscriber);
		bare->values[slot] = i % POPULAR;
	}
	return bare->keys && bare->values;
}

static void bare_find_all(const struct bare *bare, const uint64_t *keys)
{
	for (uint32_t i = 0; i < ATTEMPTS; i++)
		result += bare->values[bare_seek(bare, keys[i])];
}

static uint64_t *pack_attempts(const struct asked *asked)
{
	uint64_t *keys = calloc(ATTEMPTS, sizeof(*keys));
	char subscriber[NUMBER_MAX];

	for (uint32_t i = 0; keys && i < ATTEMPTS; i++) {
		snprintf(subscriber, sizeof(subscriber), "+86%s", asked[i].called);
		keys[i] = number_pack(subscriber);
	}
	return keys;
}

/* ---- the run ---- */

static size_t resident(void)
{
	size_t whole = 0, pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%zu %zu", &whole, &pages) != 2)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static double least(double a, int64_t from_ns)
{
	double ns = (double)(bench_now_ns() - from_ns) / ATTEMPTS;

	return a == 0 || ns < a ? ns : a;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000000;
	struct asked *asked = count > 0 && count < NUMBERS ? make_attempts(count) : NULL;
	uint64_t *keys = asked ? pack_attempts(asked) : NULL;
	struct near_cache *cache = near_cache_create(NULL, (size_t)count);
	struct bare bare = { 0 };
	double decide_ns = 0, bare_ns = 0;

	test_plan();
	size_t before = resident();
	int64_t from_ns = bench_now_ns();

	if (!keys || !cache || !load(cache, count)) {
		fprintf(stderr, "usage: bench_rules [SUBSCRIBERS under %d]; or no memory\n",
			NUMBERS);
		return 1;
	}
	double load_s = (double)(bench_now_ns() - from_ns) / 1e9;
	size_t after = resident();

	if (!bare_load(&bare, count))
		return 1;
	for (int round = 0; round < ROUNDS; round++) {
		from_ns = bench_now_ns();
		decide_all(cache, asked);
		decide_ns = least(decide_ns, from_ns);
		from_ns = bench_now_ns();
		bare_find_all(&bare, keys);
		bare_ns = least(bare_ns, from_ns);
	}
	printf("{\"subscribers\": %u, \"sets\": %zu, \"octets\": %zu, \"resident\": %zu, "
	       "\"load_s\": %.2f, \"decide_ns\": %.1f, \"bare_ns\": %.1f, \"bare_octets\": %zu}\n",
	       count, near_cache_stats(cache).sets, near_cache_stats(cache).octets, after - before,
	       load_s, decide_ns, bare_ns, bare.slots * (sizeof(uint64_t) + sizeof(uint32_t)));
	talloc_free(cache);
	free(bare.keys);
	free(bare.values);
	free(keys);
	free(asked);
	return 0;
}
