/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_cache_priv.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"

enum { WATCH_S = 1 };

void rule_cache_check_put(const char *subscriber, int rc)
{
	char mask[NUMBER_MAX];

	if (rc < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR, "rules of %s not taken: %s\n",
		     log_number(mask, subscriber),
		     rc == -EBADMSG ? "they do not compile" : strerror(-rc));
}

void rule_cache_put(struct rule_cache *cache, const char *subscriber, const char *text)
{
	rule_cache_check_put(subscriber,
			     near_cache_put(cache->near, cache->gateway->live->tables->numbering,
					    subscriber, text, strlen(text)));
}

void rule_cache_prefetch(const struct rule_cache *cache, const char *subscriber)
{
	near_cache_prefetch(cache->near, subscriber);
}

struct block_context rule_cache_context(struct rule_cache *cache, const char *subscriber)
{
	struct block_context context = { .operator_rules = cache->fixed->operator_rules,
					 .protected_numbers = cache->fixed->protected_numbers };
	enum near_cache_answer answer =
		near_cache_find(cache->near, subscriber, &context.subscriber);

	context.subscriber_known = answer != NEAR_CACHE_NOT_KNOWN;
	if (answer != NEAR_CACHE_RULES)
		context.subscriber = NULL;
	return context;
}

void rule_cache_on_change(void *user, const char *subscriber, const char *text)
{
	rule_cache_put(user, subscriber, text);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rule_cache *cache = arg;

	(void)fd;
	(void)what;
	rule_cache_check_epoch(cache);
	if (cache->gateway->draining || cache->scanning[SCAN_LOAD])
		return;
	if (cache->compare)
		rule_cache_load(cache);
	else if (cache->catch_up_again)
		rule_cache_catch_up(cache);
}

struct near_cache_stats rule_cache_stats(const struct rule_cache *cache)
{
	return near_cache_stats(cache->near);
}

const char *rule_cache_epoch(const struct rule_cache *cache)
{
	return cache->epoch;
}

void rule_cache_snapshot(struct rule_cache *cache)
{
	rule_keeper_kick(cache->keeper);
}

static int cache_destroy(struct rule_cache *cache)
{
	if (cache->timer)
		event_free(cache->timer);
	fixed_rules_release(cache->fixed);
	tables_release(cache->tables);
	return 0;
}

struct rule_cache *rule_cache_create(void *ctx, struct gateway *gateway)
{
	struct rule_cache *cache = talloc_zero(ctx, struct rule_cache);
	struct timeval every = { WATCH_S, 0 };

	if (!cache)
		return NULL;
	talloc_set_destructor(cache, cache_destroy);
	cache->gateway = gateway;
	cache->near = near_cache_create(cache, gateway->config->blocking.near_cache_entries);
	cache->key_prefix = talloc_asprintf(cache, "%srules:{", gateway->config->redis.prefix);
	cache->keeper = rule_keeper_create(cache, gateway);
	cache->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, cache);
	cache->tracker =
		redis_client_create(cache, gateway->base, "redis (tracking)", REDIS_BLOCKING,
				    &gateway->config->redis, &gateway->metrics);
	if (!cache->near || !cache->key_prefix || !cache->timer || !cache->keeper ||
	    !cache->tracker || event_add(cache->timer, &every) < 0 ||
	    rule_cache_configure(cache) < 0) {
		talloc_free(cache);
		return NULL;
	}
	redis_client_on_state(cache->tracker, rule_cache_on_tracker_state, cache);
	return cache;
}
