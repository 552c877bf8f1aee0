/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_concat.h"

#include <errno.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

enum { BUCKETS_MIN = 64, BUCKETS_MAX = 1 << 16 };

/* One message: collecting, or finished and kept only to know its parts again. */
struct set {
	LIST_ENTRY(set) in_bucket;
	TAILQ_ENTRY(set) in_order; /* of concat->open by first_ms, or ->finished by ended_ms */
	char *source;
	char *destination;
	uint32_t hash; /* of the source: the sets of one sender share a bucket */
	uint16_t reference;
	uint8_t total;
	bool finished;
	size_t present;
	size_t octets; /* all that the set takes */
	int64_t first_ms;
	int64_t ended_ms;
	struct smpp_concat_part *parts; /* NULL when finished */
	uint64_t digests[];		/* of each part, 0: not there; kept when finished */
};

LIST_HEAD(bucket, set);
TAILQ_HEAD(order, set);

struct smpp_concat {
	struct smpp_concat_limits limits;
	smpp_concat_cb *done;
	void *user;
	struct bucket *buckets;
	size_t bucket_count; /* a power of two */
	struct order open;
	struct order finished;
	size_t open_count;
	size_t finished_count;
	size_t octets;
};

static uint64_t fnv1a(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *octets = data;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ octets[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t digest_part(const struct smpp_part_info *part, uint8_t data_coding)
{
	uint64_t hash = fnv1a(0xcbf29ce484222325u, &data_coding, 1);
	hash = fnv1a(hash, &part->shift, sizeof(part->shift));
	hash = fnv1a(hash, part->text.data, part->text.len);
	return hash ? hash : 1; /* 0 says that there is none */
}

static uint32_t hash_source(const char *source)
{
	uint64_t hash = fnv1a(0xcbf29ce484222325u, source, strlen(source));
	return (uint32_t)(hash ^ hash >> 32);
}

struct smpp_concat *smpp_concat_create(void *ctx, const struct smpp_concat_limits *limits,
				       smpp_concat_cb *done, void *user)
{
	struct smpp_concat *concat = talloc_zero(ctx, struct smpp_concat);
	if (!concat)
		return NULL;
	concat->limits = *limits;
	concat->done = done;
	concat->user = user;
	concat->bucket_count = BUCKETS_MIN;
	while (concat->bucket_count < limits->max_sets && concat->bucket_count < BUCKETS_MAX)
		concat->bucket_count *= 2;
	concat->buckets = talloc_zero_array(concat, struct bucket, (unsigned)concat->bucket_count);
	if (!concat->buckets) {
		talloc_free(concat);
		return NULL;
	}
	TAILQ_INIT(&concat->open);
	TAILQ_INIT(&concat->finished);
	return concat;
}

static void charge(struct smpp_concat *concat, struct set *set, size_t octets)
{
	set->octets += octets;
	concat->octets += octets;
}

static void set_free(struct smpp_concat *concat, struct set *set)
{
	concat->octets -= set->octets;
	if (set->finished) {
		concat->finished_count--;
		TAILQ_REMOVE(&concat->finished, set, in_order);
	} else {
		concat->open_count--;
		TAILQ_REMOVE(&concat->open, set, in_order);
	}
	LIST_REMOVE(set, in_bucket);
	talloc_free(set);
}

/* Times come nearly in order; parts that are read again after a restart are older. */
static void insert_open(struct smpp_concat *concat, struct set *set)
{
	struct set *before = TAILQ_LAST(&concat->open, order);
	while (before && before->first_ms > set->first_ms)
		before = TAILQ_PREV(before, order, in_order);
	if (before)
		TAILQ_INSERT_AFTER(&concat->open, before, set, in_order);
	else
		TAILQ_INSERT_HEAD(&concat->open, set, in_order);
	concat->open_count++;
}

static void insert_finished(struct smpp_concat *concat, struct set *set)
{
	struct set *before = TAILQ_LAST(&concat->finished, order);
	while (before && before->ended_ms > set->ended_ms)
		before = TAILQ_PREV(before, order, in_order);
	if (before)
		TAILQ_INSERT_AFTER(&concat->finished, before, set, in_order);
	else
		TAILQ_INSERT_HEAD(&concat->finished, set, in_order);
	concat->finished_count++;
}

struct key {
	const char *source;
	const char *destination;
	uint32_t hash;
	uint16_t reference;
	uint8_t total;
};

/* What a set takes without its parts' octets; a finished one has no parts. */
static size_t table_size(const struct key *key, bool finished)
{
	size_t each = sizeof(uint64_t) + (finished ? 0 : sizeof(struct smpp_concat_part));
	return sizeof(struct set) + strlen(key->source) + strlen(key->destination) + 2 +
	       key->total * each;
}

/* Gives the set away and keeps only what tells its parts from new ones. */
static void set_finish(struct smpp_concat *concat, struct set *set, int64_t now_ms)
{
	const struct smpp_concat_set view = {
		.source = set->source,
		.destination = set->destination,
		.reference = set->reference,
		.total = set->total,
		.present = set->present,
		.first_ms = set->first_ms,
		.parts = set->parts,
	};
	concat->done(concat->user, &view);
	talloc_free(set->parts);
	set->parts = NULL;
	set->finished = true;
	set->ended_ms = now_ms;
	concat->open_count--;
	TAILQ_REMOVE(&concat->open, set, in_order);
	insert_finished(concat, set);
	concat->octets -= set->octets;
	set->octets = 0;
	const struct key key = { .source = set->source,
				 .destination = set->destination,
				 .total = set->total };
	charge(concat, set, table_size(&key, true));
}

static struct bucket *bucket_of(const struct smpp_concat *concat, uint32_t hash)
{
	return &concat->buckets[hash & (concat->bucket_count - 1)];
}

static bool same_sender(const struct set *set, const struct key *key)
{
	return set->hash == key->hash && strcmp(set->source, key->source) == 0;
}

static struct set *find_set(const struct smpp_concat *concat, const struct key *key)
{
	struct set *set;
	for (set = LIST_FIRST(bucket_of(concat, key->hash)); set; set = LIST_NEXT(set, in_bucket))
		if (set->reference == key->reference && set->total == key->total &&
		    same_sender(set, key) && strcmp(set->destination, key->destination) == 0)
			return set;
	return NULL;
}

static bool sender_has_room(const struct smpp_concat *concat, const struct key *key, size_t sets,
			    size_t octets)
{
	const struct set *set;
	for (set = LIST_FIRST(bucket_of(concat, key->hash)); set; set = LIST_NEXT(set, in_bucket)) {
		if (set->finished || !same_sender(set, key))
			continue;
		sets++;
		octets += set->octets;
	}
	return sets <= concat->limits.max_sets_per_sender &&
	       (concat->limits.max_octets_per_sender == 0 ||
		octets <= concat->limits.max_octets_per_sender);
}

/* Whether so many sets and octets more are within the limits; forgets finished sets for it. */
static bool make_room(struct smpp_concat *concat, const struct key *key, size_t sets, size_t octets)
{
	const struct smpp_concat_limits *limits = &concat->limits;
	if (octets > limits->max_octets || concat->open_count + sets > limits->max_sets ||
	    !sender_has_room(concat, key, sets, octets))
		return false;
	while (concat->octets > limits->max_octets - octets ||
	       concat->open_count + concat->finished_count + sets > limits->max_sets) {
		if (TAILQ_EMPTY(&concat->finished))
			return false;
		set_free(concat, TAILQ_FIRST(&concat->finished));
	}
	return true;
}

static struct set *set_create(struct smpp_concat *concat, const struct key *key, int64_t now_ms)
{
	struct set *set =
		talloc_zero_size(concat, sizeof(*set) + key->total * sizeof(set->digests[0]));
	if (!set)
		return NULL;
	talloc_set_name_const(set, "struct set");
	set->source = talloc_strdup(set, key->source);
	set->destination = talloc_strdup(set, key->destination);
	set->parts = talloc_zero_array(set, struct smpp_concat_part, key->total);
	if (!set->source || !set->destination || !set->parts) {
		talloc_free(set);
		return NULL;
	}
	set->hash = key->hash;
	set->reference = key->reference;
	set->total = key->total;
	set->first_ms = now_ms;
	LIST_INSERT_HEAD(bucket_of(concat, set->hash), set, in_bucket);
	insert_open(concat, set);
	charge(concat, set, table_size(key, false));
	return set;
}

static int set_put(struct smpp_concat *concat, struct set *set, const struct smpp_part_info *part,
		   uint8_t data_coding, uint64_t cookie)
{
	struct smpp_concat_part *slot = &set->parts[part->index - 1];
	uint8_t *copy = talloc_size(set->parts, part->text.len);
	if (!copy)
		return -ENOMEM;
	if (part->text.len > 0)
		memcpy(copy, part->text.data, part->text.len);
	*slot = (struct smpp_concat_part){ .present = true,
					   .cookie = cookie,
					   .data_coding = data_coding,
					   .shift = part->shift,
					   .data = copy,
					   .len = part->text.len };
	set->digests[part->index - 1] = digest_part(part, data_coding);
	set->present++;
	charge(concat, set, part->text.len);
	return 0;
}

/* The set that has a free place for the part; NULL when a new one has to be made. */
static struct set *find_place(struct smpp_concat *concat, const struct key *key,
			      const struct smpp_part_info *part, uint64_t digest, bool *duplicate,
			      int64_t now_ms)
{
	struct set *set = find_set(concat, key);
	*duplicate = set && set->digests[part->index - 1] == digest;
	if (!set || *duplicate)
		return NULL;
	if (!set->finished && set->digests[part->index - 1] == 0)
		return set;
	/* The reference came round again: what is there belongs to an older message. */
	if (!set->finished)
		set_finish(concat, set, now_ms);
	set_free(concat, set);
	return NULL;
}

int smpp_concat_add(struct smpp_concat *concat, const char *source, const char *destination,
		    const struct smpp_part_info *part, uint8_t data_coding, uint64_t cookie,
		    int64_t now_ms)
{
	if (!part->concatenated || part->index == 0 || part->index > part->total)
		return -EINVAL;
	const struct key key = { source, destination, hash_source(source), part->reference,
				 part->total };
	bool duplicate;
	struct set *set =
		find_place(concat, &key, part, digest_part(part, data_coding), &duplicate, now_ms);
	if (duplicate)
		return SMPP_CONCAT_DUPLICATE;
	size_t octets = part->text.len + (set ? 0 : table_size(&key, false));
	if (!make_room(concat, &key, set ? 0 : 1, octets))
		return -ENOSPC;
	if (!set)
		set = set_create(concat, &key, now_ms);
	if (!set)
		return -ENOMEM;
	int rc = set_put(concat, set, part, data_coding, cookie);
	if (rc < 0) {
		if (set->present == 0)
			set_free(concat, set);
		return rc;
	}
	if (set->present < set->total)
		return SMPP_CONCAT_WAITING;
	set_finish(concat, set, now_ms);
	return SMPP_CONCAT_COMPLETE;
}

void smpp_concat_expire(struct smpp_concat *concat, int64_t now_ms)
{
	struct set *set;
	while ((set = TAILQ_FIRST(&concat->open)) &&
	       now_ms - set->first_ms >= concat->limits.wait_ms)
		set_finish(concat, set, now_ms);
	while ((set = TAILQ_FIRST(&concat->finished)) &&
	       now_ms - set->ended_ms >= concat->limits.wait_ms)
		set_free(concat, set);
}

size_t smpp_concat_pending(const struct smpp_concat *concat)
{
	return concat->open_count;
}
