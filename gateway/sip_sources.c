/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_sources.h"

#include <fnmatch.h>
#include <strings.h>
#include <talloc.h>

#include "gateway/cidr.h"

enum { TRUNK_MAX = 256 };

struct block {
	struct cidr cidr;
	struct sip_source_entry *source;
};

struct sip_sources {
	struct sip_source_entry *list;
	struct block *blocks;
	size_t count;
};

static bool add_blocks(struct sip_sources *sources, struct sip_source_entry *entry)
{
	const struct config_sip_source *config = entry->config;

	for (unsigned i = 0; i < config->addresses_count; i++) {
		struct block *block;
		sources->blocks =
			talloc_realloc(sources, sources->blocks, struct block, sources->count + 1);
		if (!sources->blocks)
			return false;
		block = &sources->blocks[sources->count];
		block->source = entry;
		if (cidr_parse(config->addresses[i], &block->cidr) == 0)
			sources->count++;
	}
	return true;
}

struct sip_sources *sip_sources_create(void *ctx, const struct config_sip *config, int64_t now_ms)
{
	struct sip_sources *sources = talloc_zero(ctx, struct sip_sources);

	if (!sources)
		return NULL;
	sources->list =
		talloc_zero_array(sources, struct sip_source_entry, config->sources_count + 1);
	for (unsigned i = 0; sources->list && i < config->sources_count; i++) {
		sources->list[i].config = &config->sources[i];
		bucket_init(&sources->list[i].bucket, config->sources[i].rate, now_ms);
		if (!add_blocks(sources, &sources->list[i])) {
			talloc_free(sources);
			return NULL;
		}
	}
	if (sources->list)
		return sources;
	talloc_free(sources);
	return NULL;
}

struct sip_source_entry *sip_sources_find(struct sip_sources *sources,
					  const struct sockaddr *address)
{
	for (size_t i = 0; i < sources->count; i++)
		if (cidr_contains(&sources->blocks[i].cidr, address))
			return sources->blocks[i].source;
	return NULL;
}

static bool header_text(const struct sip_head *head, const char *name, char out[TRUNK_MAX])
{
	const struct sip_line *line = *name ? sip_head_find_name(head, name) : NULL;

	return line && sip_slice_unfold(line->value, out, TRUNK_MAX) >= 0;
}

enum block_entry sip_source_entry_of(const struct config_sip_source *source,
				     const struct sip_head *head)
{
	char trunk[TRUNK_MAX];

	if (!header_text(head, source->trunk_header, trunk))
		return source->entry;
	for (unsigned i = 0; i < source->trunks_count; i++)
		if (fnmatch(source->trunks[i].match, trunk, FNM_CASEFOLD) == 0)
			return source->trunks[i].entry;
	return source->entry;
}

bool sip_source_roams(const struct config_sip_source *source, const struct sip_head *head)
{
	char text[TRUNK_MAX];

	return header_text(head, source->roaming_header, text) &&
	       (strcasecmp(text, "yes") == 0 || strcasecmp(text, "true") == 0 ||
		strcasecmp(text, "1") == 0);
}
