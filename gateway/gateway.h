/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gateway.h - the daemon's parts, wired together by parts.c.
 *
 * Owns:    everything hangs below the one struct gateway; parts reach each other only through it.
 * Threads: the loop's.
 */
#pragma once

#include <event2/event.h>

#include "gateway/config.h"
#include "gateway/metrics.h"
#include "gateway/number_ref.h"

struct gateway {
	struct event_base *base;
	const struct config *config; /* as at start: what SIGHUP cannot change is read from here */
	const struct config *live;   /* as of the last reload: accounts, policy, texts, rules */
	struct metrics metrics;
	int64_t started_ms;
	bool draining;
	bool ready;
	const struct number_ref_key *refs; /* of references to numbers, in commands' results */
	int64_t store_fault_logged_ms;	   /* for log_seldom */
	bool counting;			   /* gauges.c: figures are being counted */
	unsigned counts;		   /* how often they were */

	struct store *store;  /* the writer */
	struct store *reader; /* counts and lists, beside the writer */
	struct store *sender; /* what the outbox holds: never behind a long list */
	struct store *worker; /* files and password hashes */

	struct redis_client *redis;
	struct call_index *calls;
	struct call_filing *filing;
	struct watermarks *watermarks;
	struct feed_watch *feed_watch;
	struct cdr_feed *cdr_feed;
	struct cdr_post *cdr_post;
	struct cdr_dir **cdr_dirs; /* feed.sources_count of them, NULL where the source has none */

	struct peer_set *peers;
	struct trace_desk *traces;
	struct smpp_server *smpp;
	struct smpp_client *client;
	struct intake *intake;
	struct hub *hub;
	struct hub_routes *hub_routes;
	struct hub_receipts *hub_receipts;
	struct attempt_desk *attempts; /* what was blocked */
	struct blocked_digest *digest;
	struct retention *retention;
	struct erasures *erasures;
	struct outbox *outbox;
	struct sms_out *sms_out;
	struct release_out *release_out;
	struct receipt_desk *receipts;
	struct verifier *verifier;
	struct dialogue *dialogue;
	struct held_texts *held;
	struct report_clock *clocks;
	bool trying_policy; /* policy_try.h: one at a time */
	struct reward_desk *rewards;
	struct reward_webhook *webhook; /* NULL: requests leave by the stream */
	struct settlement *settlement;
	struct rule_cache *rules;
	struct operator_rules *operator_rules;
	int64_t rules_import;	    /* the import that is under way (commands_import.c); 0: none */
	bool trying_operator_rules; /* operator_try.h: one at a time */
	struct traffic_desk *traffic; /* a sample of what was screened */
	struct flood *flood;	      /* who texts how often */
	struct number_set *reported;  /* numbers confirmed by reports */
	struct sip_server *sip;
	struct audit_head *audit_head;
	struct identity *identity; /* the gateway's users */
	struct control *control;
	struct http *http;
	struct smpp_tls *http_tls; /* NULL: plain */
	struct api *api;	   /* NULL: HTTP is not enabled */
};
