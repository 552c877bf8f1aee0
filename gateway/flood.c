/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/flood.h"

#include <talloc.h>

#include "rules/number.h"

/* A sender may stand in one of WAYS places of its row. */
enum { WAYS = 4 };

struct place {
	uint64_t sender; /* number_pack; 0: free */
	int64_t began_ms;
	int64_t seen_ms;
	uint32_t count;
};

struct flood {
	size_t rows;
	struct place places[];
};

struct flood *flood_create(void *ctx, size_t senders)
{
	struct flood *flood =
		talloc_zero_size(ctx, sizeof(struct flood) + senders * sizeof(struct place));

	if (flood)
		flood->rows = senders / WAYS;
	return flood;
}

static struct place *row_of(struct flood *flood, uint64_t sender)
{
	uint64_t hash = sender * 0x9e3779b97f4a7c15u;

	return &flood->places[(hash >> 32) % flood->rows * WAYS];
}

/* The sender's place, or the one that was silent longest, made the sender's. */
static struct place *find(struct flood *flood, uint64_t sender)
{
	struct place *row = row_of(flood, sender);
	struct place *oldest = row;

	for (int i = 0; i < WAYS; i++) {
		if (row[i].sender == sender)
			return &row[i];
		if (row[i].sender == 0 || (oldest->sender != 0 && row[i].seen_ms < oldest->seen_ms))
			oldest = &row[i];
	}
	*oldest = (struct place){ .sender = sender };
	return oldest;
}

enum flood_turn flood_take(struct flood *flood, const char *sender, int64_t now_ms,
			   struct flood_bound bound)
{
	uint64_t key = number_pack(sender);
	struct place *place;

	if (bound.answers == 0 || key == 0)
		return FLOOD_ANSWER;
	place = find(flood, key);
	if (place->count == 0 || now_ms - place->began_ms >= bound.window_ms ||
	    place->began_ms - now_ms >= bound.window_ms) {
		place->began_ms = now_ms;
		place->count = 0;
	}
	place->seen_ms = now_ms;
	if (place->count <= bound.answers)
		place->count++;
	else
		return FLOOD_SILENT;
	return place->count > bound.answers ? FLOOD_LAST : FLOOD_ANSWER;
}
