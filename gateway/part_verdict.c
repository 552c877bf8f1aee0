/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/part_verdict.h"

#include <osmocom/core/hashtable.h>
#include <osmocom/core/linuxlist.h>
#include <osmocom/core/utils.h>
#include <string.h>
#include <talloc.h>

enum { BITS = 12, SEEN_OCTETS = 32 };

struct verdict {
	struct hlist_node node;
	struct llist_head list; /* the oldest first */
	struct number source;
	struct number destination;
	uint16_t reference;
	uint8_t total;
	uint8_t seen_count;
	uint8_t seen[SEEN_OCTETS]; /* bits: parts */
	int64_t until_ms;
	enum part_way way;
};

struct part_verdicts {
	DECLARE_HASHTABLE(table, BITS);
	struct llist_head all;
	size_t count;
	size_t max;
	int64_t wait_ms;
};

/* FNV-1a */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t key_of(const struct number *source, const struct number *destination,
		       const struct smpp_part_info *part)
{
	uint64_t hash = hash_text(UINT64_C(14695981039346656037), source->text);

	hash = hash_text(hash * 31, destination->text);
	return hash ^ ((uint64_t)part->reference << 8 | part->total);
}

static struct verdict *find(struct part_verdicts *verdicts, const struct number *source,
			    const struct number *destination, const struct smpp_part_info *part)
{
	struct verdict *verdict;

	hash_for_each_possible(verdicts->table, verdict, node, key_of(source, destination, part))
	{
		if (verdict->reference == part->reference && verdict->total == part->total &&
		    strcmp(verdict->source.text, source->text) == 0 &&
		    strcmp(verdict->destination.text, destination->text) == 0)
			return verdict;
	}
	return NULL;
}

static void forget(struct part_verdicts *verdicts, struct verdict *verdict)
{
	hash_del(&verdict->node);
	llist_del(&verdict->list);
	verdicts->count--;
	talloc_free(verdict);
}

static void forget_old(struct part_verdicts *verdicts, int64_t now_ms)
{
	struct verdict *verdict;
	struct verdict *next;

	llist_for_each_entry_safe(verdict, next, &verdicts->all, list) {
		if (verdict->until_ms > now_ms)
			return;
		forget(verdicts, verdict);
	}
}

static void see(struct verdict *verdict, uint8_t index)
{
	uint8_t bit = (uint8_t)(1u << (index % 8));

	if (!(verdict->seen[index / 8] & bit))
		verdict->seen_count++;
	verdict->seen[index / 8] |= bit;
}

const enum part_way *part_verdicts_take(struct part_verdicts *verdicts, const struct number *source,
					const struct number *destination,
					const struct smpp_part_info *part, int64_t now_ms)
{
	struct verdict *verdict;

	forget_old(verdicts, now_ms);
	verdict = find(verdicts, source, destination, part);
	if (!verdict)
		return NULL;
	if (verdict->seen_count == verdict->total) {
		forget(verdicts, verdict);
		return NULL;
	}
	see(verdict, part->index);
	return &verdict->way;
}

void part_verdicts_add(struct part_verdicts *verdicts, const struct number *source,
		       const struct number *destination, const struct smpp_part_info *part,
		       int64_t now_ms, enum part_way way)
{
	struct verdict *verdict;

	if (verdicts->count == verdicts->max)
		forget(verdicts, llist_first_entry(&verdicts->all, struct verdict, list));
	verdict = talloc_zero(verdicts, struct verdict);
	if (!verdict)
		return;
	verdict->source = *source;
	verdict->destination = *destination;
	verdict->reference = part->reference;
	verdict->total = part->total;
	verdict->until_ms = now_ms + verdicts->wait_ms;
	verdict->way = way;
	see(verdict, part->index);
	hash_add(verdicts->table, &verdict->node, key_of(source, destination, part));
	llist_add_tail(&verdict->list, &verdicts->all);
	verdicts->count++;
}

void part_verdicts_change(struct part_verdicts *verdicts, const struct number *source,
			  const struct number *destination, const struct smpp_part_info *part,
			  enum part_way way)
{
	struct verdict *verdict = find(verdicts, source, destination, part);

	if (verdict)
		verdict->way = way;
}

size_t part_verdicts_count(const struct part_verdicts *verdicts)
{
	return verdicts->count;
}

struct part_verdicts *part_verdicts_create(void *ctx, size_t max, int64_t wait_ms)
{
	struct part_verdicts *verdicts = talloc_zero(ctx, struct part_verdicts);

	if (!verdicts)
		return NULL;
	hash_init(verdicts->table);
	INIT_LLIST_HEAD(&verdicts->all);
	verdicts->max = max;
	verdicts->wait_ms = wait_ms;
	return verdicts;
}
