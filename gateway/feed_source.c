/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/feed_source.h"

#include <string.h>

#include "gateway/feed_token.h"
#include "rules/calendar.h"

const struct config_source *feed_source_find(const struct config_feed *feed, const char *name)
{
	for (unsigned i = 0; i < feed->sources_count; i++)
		if (strcmp(feed->sources[i].name, name) == 0)
			return &feed->sources[i];
	return NULL;
}

const struct config_source *feed_source_of_token(const struct config_feed *feed, const char *hash)
{
	const struct config_source *found = NULL;

	for (unsigned i = 0; i < feed->sources_count; i++) {
		const struct config_source *source = &feed->sources[i];

		if (source->token_hash[0] && feed_token_same(source->token_hash, hash))
			found = source;
	}
	return found;
}

bool feed_source_any_token(const struct config_feed *feed)
{
	for (unsigned i = 0; i < feed->sources_count; i++)
		if (feed->sources[i].token_hash[0])
			return true;
	return false;
}

bool feed_source_name_ok(const char *name, size_t len)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (len == 0 || len >= CALL_SOURCE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!memchr(allowed, name[i], sizeof(allowed) - 1))
			return false;
	return true;
}

struct call_origin feed_source_origin(const struct config_source *source)
{
	if (!source)
		return (struct call_origin){ .utc_offset_s = CALENDAR_OFFSET_S };
	return (struct call_origin){
		.entry = source->entry,
		.trunks = source->trunks,
		.trunk_count = source->trunks_count,
		.utc_offset_s = source->utc_offset_s,
		.clock_ahead_ms = (int64_t)source->clock_ahead_s * 1000,
	};
}

int feed_mark_read(const struct call_origin *origin, const char *text, size_t len, int64_t *ms)
{
	int64_t at_ms;
	int rc = call_time_read_local(text, len, origin->utc_offset_s, &at_ms);

	if (rc == 0)
		*ms = at_ms - origin->clock_ahead_ms;
	return rc;
}
