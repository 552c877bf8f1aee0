/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>

#include "gateway/attempt_desk.h"
#include "gateway/audit_head.h"
#include "gateway/blocked_digest.h"
#include "gateway/call_filing.h"
#include "gateway/call_index.h"
#include "gateway/cdr_dir.h"
#include "gateway/cdr_feed.h"
#include "gateway/cdr_post.h"
#include "gateway/dialogue.h"
#include "gateway/erasure.h"
#include "gateway/feed_watch.h"
#include "gateway/flood.h"
#include "gateway/held_text.h"
#include "gateway/hub.h"
#include "gateway/hub_receipts.h"
#include "gateway/hub_routes.h"
#include "gateway/identity.h"
#include "gateway/intake.h"
#include "gateway/log.h"
#include "gateway/number_set.h"
#include "gateway/operator_rules.h"
#include "gateway/outbox.h"
#include "gateway/peer.h"
#include "gateway/receipt_desk.h"
#include "gateway/redis_client.h"
#include "gateway/ref_key.h"
#include "gateway/release_out.h"
#include "gateway/report_clock.h"
#include "gateway/retention.h"
#include "gateway/reward_desk.h"
#include "gateway/reward_webhook.h"
#include "gateway/rule_cache.h"
#include "gateway/settlement.h"
#include "gateway/sip_server.h"
#include "gateway/smpp_client.h"
#include "gateway/smpp_server.h"
#include "gateway/sms_out.h"
#include "gateway/store.h"
#include "gateway/trace.h"
#include "gateway/traffic_desk.h"
#include "gateway/verifier.h"
#include "gateway/watermark.h"

enum { PATH_MAX_LEN = 4096, FLOOD_SENDERS = 65536 };

static int open_store(struct gateway *gateway, const char *path, enum db_mode mode,
		      struct store **out)
{
	const char *error;
	int rc = store_create(gateway, gateway->base, path, mode, out, &error);

	if (rc < 0)
		LOGP(LOG_STORE, LOGL_ERROR, "store: %s\n", error);
	return rc;
}

static int open_refs(struct gateway *gateway)
{
	const struct config *config = gateway->config;
	char error[REF_KEY_ERROR_MAX];
	char path[PATH_MAX_LEN];
	struct number_ref_key *key;
	int rc;

	if (config->ref_key_file[0])
		snprintf(path, sizeof(path), "%s", config->ref_key_file);
	else
		snprintf(path, sizeof(path), "%s/ref.key", config->state_dir);
	rc = ref_key_open(gateway, path, &key, error);
	if (rc < 0)
		LOGP(LOG_MAIN, LOGL_ERROR, "ref_key_file %s\n", error);
	else
		gateway->refs = key;
	return rc;
}

int parts_open_stores(struct gateway *gateway)
{
	char path[PATH_MAX_LEN];
	int rc;

	if (mkdir(gateway->config->state_dir, 0750) < 0 && errno != EEXIST) {
		rc = -errno;
		LOGP(LOG_STORE, LOGL_ERROR, "state_dir %s: %s\n", gateway->config->state_dir,
		     strerror(-rc));
		return rc;
	}
	snprintf(path, sizeof(path), "%s/mianrao.db", gateway->config->state_dir);
	rc = open_refs(gateway);
	if (rc == 0)
		rc = open_store(gateway, path, DB_WRITER, &gateway->store);
	if (rc == 0)
		rc = open_store(gateway, path, DB_READER, &gateway->reader);
	if (rc == 0)
		rc = open_store(gateway, path, DB_READER, &gateway->sender);
	return rc < 0 ? rc : open_store(gateway, path, DB_READER, &gateway->worker);
}

static int open_feeds(struct gateway *gateway)
{
	const struct config_feed *feed = &gateway->config->feed;

	gateway->cdr_feed = cdr_feed_create(gateway, gateway->base, gateway->config, &gateway->live,
					    gateway->redis, gateway->filing, gateway->watermarks,
					    &gateway->metrics);
	gateway->cdr_post = cdr_post_create(gateway, gateway);
	gateway->cdr_dirs = talloc_zero_array(gateway, struct cdr_dir *, feed->sources_count + 1);
	if (!gateway->cdr_feed || !gateway->cdr_post || !gateway->cdr_dirs)
		return -ENOMEM;
	for (unsigned i = 0; i < feed->sources_count; i++) {
		if (!feed->sources[i].directory[0])
			continue;
		gateway->cdr_dirs[i] = cdr_dir_create(gateway, gateway, &feed->sources[i]);
		if (!gateway->cdr_dirs[i])
			return -ENOMEM;
	}
	return 0;
}

static void on_redis(void *user, bool connected)
{
	struct gateway *gateway = user;

	if (!connected)
		return;
	call_filing_connected(gateway->filing);
	watermarks_refresh(gateway->watermarks);
	rule_cache_redis_connected(gateway->rules);
	outbox_redis_connected(gateway->outbox);
}

int parts_create(struct gateway *gateway)
{
	const struct config *config = gateway->config;

	gateway->redis = redis_client_create(gateway, gateway->base, "redis", REDIS_COMMANDS,
					     &config->redis, &gateway->metrics);
	if (!gateway->redis)
		return -ENOMEM;
	redis_client_on_state(gateway->redis, on_redis, gateway);
	gateway->calls = call_index_create(gateway, gateway->redis, config->redis.prefix);
	gateway->filing = call_filing_create(gateway, gateway->redis, config->redis.prefix,
					     config->feed.retention_days);
	gateway->watermarks = watermarks_create(gateway, gateway->base, gateway->redis,
						config->redis.prefix, &config->feed);
	gateway->feed_watch = feed_watch_create(gateway, gateway);
	gateway->reported = number_set_create(gateway);
	gateway->flood = flood_create(gateway, FLOOD_SENDERS);
	gateway->rules = rule_cache_create(gateway, gateway);
	gateway->operator_rules = operator_rules_create(gateway, gateway);
	gateway->outbox = outbox_create(gateway, gateway);
	gateway->sms_out = sms_out_create(gateway, gateway);
	gateway->release_out = release_out_create(gateway, gateway);
	gateway->receipts = receipt_desk_create(gateway, gateway);
	gateway->verifier = verifier_create(gateway, gateway);
	gateway->dialogue = dialogue_create(gateway, gateway);
	gateway->held = held_texts_create(gateway, gateway);
	gateway->clocks = report_clock_create(gateway, gateway);
	gateway->intake = intake_create(gateway, gateway);
	gateway->attempts = attempt_desk_create(gateway, gateway);
	gateway->traffic = traffic_desk_create(gateway, gateway);
	gateway->digest = blocked_digest_create(gateway, gateway);
	gateway->retention = retention_create(gateway, gateway);
	gateway->erasures = erasures_create(gateway, gateway);
	gateway->hub = hub_create(gateway, gateway);
	gateway->hub_routes = hub_routes_create(gateway, gateway);
	gateway->hub_receipts = hub_receipts_create(gateway, gateway);
	gateway->sip = sip_server_create(gateway, gateway);
	gateway->peers = peer_set_create(gateway, gateway);
	gateway->traces = trace_desk_create(gateway, gateway);
	gateway->smpp = smpp_server_create(gateway, gateway);
	gateway->client = smpp_client_create(gateway, gateway);
	gateway->audit_head = audit_head_create(gateway, gateway);
	gateway->identity = identity_create(gateway, gateway);
	gateway->rewards = reward_desk_create(gateway, gateway);
	gateway->settlement = settlement_create(gateway, gateway);
	if (config->rewards.transport == REWARD_BY_WEBHOOK)
		gateway->webhook = reward_webhook_create(gateway, gateway);
	if (!gateway->calls || !gateway->filing || !gateway->watermarks || !gateway->feed_watch ||
	    !gateway->reported || !gateway->flood || !gateway->clocks || !gateway->rules ||
	    !gateway->operator_rules || !gateway->outbox || !gateway->sms_out ||
	    !gateway->receipts || !gateway->verifier || !gateway->dialogue || !gateway->held ||
	    !gateway->intake || !gateway->hub || !gateway->hub_routes || !gateway->hub_receipts ||
	    !gateway->sip || !gateway->peers || !gateway->traces || !gateway->smpp ||
	    !gateway->client || !gateway->audit_head || !gateway->identity || !gateway->rewards ||
	    !gateway->attempts || !gateway->traffic || !gateway->digest || !gateway->retention ||
	    !gateway->erasures || !gateway->release_out || !gateway->settlement ||
	    (config->rewards.transport == REWARD_BY_WEBHOOK && !gateway->webhook))
		return -ENOMEM;
	return open_feeds(gateway);
}
