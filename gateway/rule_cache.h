/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_cache.h - the near cache of rules, filled from the store and kept coherent through Redis.
 *
 * Does:    loads every subscriber's rules from the snapshot or the store; takes changes made
 *          here at once, those made through other gateways as Redis tells them (client tracking,
 *          broadcast on <prefix>rules:), and from the audit what came while it told nothing.
 *          Rebuilds the rules in Redis when <prefix>rules:epoch is gone, or does not end with
 *          the run id of this Redis: it may have been behind.
 * Threads: the loop's.
 */
#pragma once

#include "blocklist/block_decide.h"
#include "blocklist/near_cache.h"
#include "gateway/gateway.h"

struct rule_cache;

struct rule_cache *rule_cache_create(void *ctx, struct gateway *gateway);
/* Reads all rules, from the snapshot with what was changed since (rule_keeper.h) or from the store;
 * `done` with 0 or -errno. Once. */
void rule_cache_start(struct rule_cache *cache, void (*done)(void *user, int rc), void *user);
/* Operator's rules, unless operations set others, and protected numbers of the live configuration.
 * 0 or -errno. */
int rule_cache_configure(struct rule_cache *cache) __attribute__((warn_unused_result));
/* After a commit: what the subscriber's rules are now. */
void rule_cache_put(struct rule_cache *cache, const char *subscriber, const char *text);
/* The subscriber's rules are asked for in a moment: near_cache_prefetch(). */
void rule_cache_prefetch(const struct rule_cache *cache, const char *subscriber);
struct block_context rule_cache_context(struct rule_cache *cache, const char *subscriber);
/* The operator's rules that operations set: they are in force at once, in the configuration's
 * place. `text` NULL: the configuration's are. 0 or -errno (-EBADMSG), and nothing has changed
 * then. */
int rule_cache_set_operator(struct rule_cache *cache, int64_t version, const char *text)
	__attribute__((warn_unused_result));
/* 0: none was set. */
int64_t rule_cache_operator_version(const struct rule_cache *cache);
void rule_cache_redis_connected(struct rule_cache *cache);
/* Channels on which the operator's own rules block what comes from abroad. */
uint8_t rule_cache_operator_blocks(const struct rule_cache *cache);
/* The same rules and the protected numbers for who decides by them on another thread. They live,
 * read- only, until they are released; both on the loop. */
struct fixed_rules {
	struct block_set *operator_rules;
	struct block_set *protected_numbers;
	int64_t version; /* of the operator's rules */
	bool configured; /* they are the configuration's */
	unsigned holds;
};
struct fixed_rules *rule_cache_hold(struct rule_cache *cache);
void fixed_rules_release(struct fixed_rules *rules); /* NULL: nothing */
/* Somebody's rules shall be in the file of all rules no more: it is written anew, soon. */
void rule_cache_snapshot(struct rule_cache *cache);
struct near_cache_stats rule_cache_stats(const struct rule_cache *cache);
/* The epoch in Redis as last seen, "" when there is none. */
const char *rule_cache_epoch(const struct rule_cache *cache);
