/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_cache_priv.h - what the files of rule_cache share: the rules themselves (rule_cache.c), the
 * operator's (rule_cache_fixed.c), all of them read from the store (rule_cache_scan.c), and what
 * Redis is told and tells (rule_cache_redis.c). */
#pragma once

#include "gateway/redis_client.h"
#include "gateway/rule_cache.h"
#include "gateway/rule_keeper.h"

enum { EPOCH_MAX = 128, RUN_ID_MAX = 17 };

enum scan_purpose { SCAN_LOAD, SCAN_REBUILD, SCAN_PURPOSE_COUNT };

struct rule_cache {
	struct gateway *gateway;
	struct near_cache *near;
	struct fixed_rules *fixed;
	struct rule_keeper *keeper;
	struct redis_client *tracker; /* told of changes */
	long long tracker_id;
	struct event *timer;
	char epoch[EPOCH_MAX];
	char run_id[RUN_ID_MAX]; /* of the Redis that we speak to, its beginning; "" not known */
	const char *key_prefix;	 /* <prefix>rules:{ */
	char *operator_text;	 /* as operations set it; NULL: the configuration's hold */
	int64_t operator_version;
	bool scanning[SCAN_PURPOSE_COUNT];
	struct tables *tables; /* held: what is loaded is read by */
	int64_t mark;	       /* of the audit: what is known is at least as new */
	int64_t mark_loading;  /* and will be, after the load */
	bool catching_up;
	bool catch_up_again;	/* it was asked for meanwhile */
	bool compare;		/* with the store, all of it, at the next turn of the timer */
	size_t rebuild_waiting; /* replies to come */
	bool rebuild_failed;
	bool rebuild_read; /* everything was read and sent */
	bool rebuild_more; /* the next page is read when the last one is answered */
	char rebuild_after[NUMBER_MAX];
	void (*loaded)(void *user, int rc);
	void *loaded_user;
};

/* ---- rule_cache.c ---- */

/* Says so when rules were not taken. */
void rule_cache_check_put(const char *subscriber, int rc);
/* The same as rule_cache_put, for those who read changes; `user` is the cache. */
void rule_cache_on_change(void *user, const char *subscriber, const char *text);

/* ---- rule_cache_scan.c ---- */

/* Everything anew, from the store into the near cache; and into Redis. */
void rule_cache_load(struct rule_cache *cache);
void rule_cache_rebuild(struct rule_cache *cache, const char *why);

/* ---- rule_cache_redis.c ---- */

/* What was changed since the mark is read; later, when it cannot be now. */
void rule_cache_catch_up(struct rule_cache *cache);
void rule_cache_check_epoch(struct rule_cache *cache);
void rule_cache_on_tracker_state(void *user, bool connected);
