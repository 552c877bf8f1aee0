/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_sources.h - the proxies that may ask, and what is known of their calls: the trunk.
 *
 * Does:    finds the source of an address; tells by source, or by the header in which the source
 *          names the trunk, where a call entered the network.
 * Owns:    made from the configuration, which it borrows; made anew at each reload.
 * Threads: the loop's.
 */
#pragma once

#include <sys/socket.h>

#include "gateway/bucket.h"
#include "gateway/config.h"
#include "gateway/sip_head.h"

struct sip_source_entry {
	const struct config_sip_source *config;
	struct bucket bucket;
};

struct sip_sources;

/* NULL when out of memory. */
struct sip_sources *sip_sources_create(void *ctx, const struct config_sip *config, int64_t now_ms);
/* NULL: nobody knows the address. */
struct sip_source_entry *sip_sources_find(struct sip_sources *sources,
					  const struct sockaddr *address);

/* Where a call of the source entered the network. */
enum block_entry sip_source_entry_of(const struct config_sip_source *source,
				     const struct sip_head *head);
/* The source says that the caller is an own subscriber abroad. */
bool sip_source_roams(const struct config_sip_source *source, const struct sip_head *head);
