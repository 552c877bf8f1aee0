/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* metrics.h - counters and gauges, from one list; shown as Prometheus text.
 *
 * Owns:    struct metrics belongs to the gateway; there is no global.
 * Threads: the loop's.
 */
#pragma once

#include <stdint.h>

/* name, help. Counters end in _total. */
#define METRICS_COUNTERS(X)                                                                        \
	X(smpp_binds_total, "Binds accepted")                                                      \
	X(smpp_binds_refused_total, "Binds refused")                                               \
	X(smpp_lockouts_total, "Times that an address was locked out for failed binds")            \
	X(smpp_connections_refused_total,                                                          \
	  "Connections refused for their address, for too many of them, or locked out")            \
	X(smpp_pdus_refused_total, "PDUs that did not decode or were not allowed")                 \
	X(smpp_not_admitted_total, "Messages refused because their sender may not send them")      \
	X(smpp_throttled_total, "Requests refused because of window, rate or queue")               \
	X(messages_in_total, "Messages stored and acknowledged")                                   \
	X(messages_failed_total, "Messages refused because the store failed")                      \
	X(messages_out_total, "Messages taken by an SMSC")                                         \
	X(messages_out_failed_total, "Attempts to send a message that failed")                     \
	X(texts_delivered_total, "Texts that an SMSC's receipt says were delivered")               \
	X(texts_assumed_total, "Texts assumed to be delivered: no failure was told")               \
	X(texts_retried_total, "Texts not delivered that go out again")                            \
	X(texts_undelivered_total, "Texts given up, undelivered or refused")                       \
	X(texts_unheard_total, "Texts of which no receipt came in time")                           \
	X(texts_unanswered_total,                                                                  \
	  "Texts that want nothing of us and are not answered: a machine's, or too many a day")    \
	X(receipts_total, "Delivery receipts and intermediate notifications")                      \
	X(receipts_intermediate_total, "Of these: not final, and about no message of a hub")       \
	X(receipts_unknown_total, "Of these: for no text or message known at that time")           \
	X(receipts_early_total, "Of those two: applied when their text or message was known")      \
	X(receipts_repeated_total, "Of these: for a text that did not wait for one any more")      \
	X(hub_routes_total,                                                                        \
	  "Messages of hubs whose receipts are asked for, as the SMSC took them")                  \
	X(hub_routes_failed_total, "The same, not stored: their receipts cannot be passed back")   \
	X(hub_routes_damaged_total, "The same, changed in routes.journal and left out")            \
	X(hub_receipts_total, "Receipts and notifications about messages of hubs")                 \
	X(hub_receipts_sent_total, "Of these: taken by their hub")                                 \
	X(hub_receipts_given_up_total, "Of these: refused for good, or expired after refusals")    \
	X(hub_receipts_expired_total, "Of these: removed since their hub did not come")            \
	X(reports_total, "Reports opened")                                                         \
	X(reports_duplicate_total, "Messages that joined an earlier report")                       \
	X(reports_verified_total, "Reports verified")                                              \
	X(reports_rejected_total, "Reports rejected")                                              \
	X(reports_unproved_total, "Reports ended unproved")                                        \
	X(reports_review_total, "Reports sent to review")                                          \
	X(reports_decided_total, "Of these: decided by a reviewer")                                \
	X(reports_in_time_total, "Reports that ended within the promised time")                    \
	X(reports_late_total, "Reports that ended later than was promised")                        \
	X(reports_warned_total, "Reports warned of since their clock ran out soon")                \
	X(texts_flood_total, "Texts beyond reports.flood_answers: read, and not answered")         \
	X(cdrs_total, "Call records indexed")                                                      \
	X(cdrs_bad_total, "Call records set aside as unreadable")                                  \
	X(rewards_due_total, "Rewards entered in the ledger as due")                               \
	X(rewards_withheld_total, "Rewards withheld by a cap")                                     \
	X(rewards_credited_total, "Rewards credited")                                              \
	X(rewards_failed_total, "Rewards that the rewards system refused")                         \
	X(rewards_reversed_total,                                                                  \
	  "Rewards taken back: reversals that the rewards system confirmed")                       \
	X(reward_reversals_failed_total, "Reversals that the rewards system refused")              \
	X(reward_repeats_total, "Requests repeated, by the clock or by a person")                  \
	X(webhook_requests_total, "Requests posted to the rewards system")                         \
	X(webhook_failures_total, "Of these: to be posted again")                                  \
	X(settlement_files_total, "Settlement files written")                                      \
	X(settlement_failures_total, "Settlement files that could not be written")                 \
	X(reward_acks_bad_total, "Answers of the rewards system that could not be used")           \
	X(screened_total, "Screening decisions")                                                   \
	X(screened_blocked_total, "Screening decisions that blocked")                              \
	X(screened_unknown_total, "Screening decisions made by the failure policy")                \
	X(attempts_stored_total, "Blocked attempts stored")                                        \
	X(attempts_dropped_total,                                                                  \
	  "Blocked attempts not stored: the queue was full, or the store failed")                  \
	X(quarantined_total, "Blocked messages taken and kept")                                    \
	X(quarantine_full_total, "Blocked messages refused: too many are kept for their receiver") \
	X(quarantine_expired_total, "Kept messages and parts removed for their age")               \
	X(released_total, "Kept messages that were released")                                      \
	X(released_sent_total, "PDUs of released messages taken by an SMSC")                       \
	X(released_given_up_total,                                                                 \
	  "PDUs of released messages given up: refused, or not taken for a day")                   \
	X(digests_total, "Daily summaries put in the outbox")                                      \
	X(sip_requests_total, "SIP requests of known sources")                                     \
	X(sip_refused_total, "Of these: answered with what is wrong with them")                    \
	X(sip_copies_total, "Of these: copies of an INVITE, answered as before")                   \
	X(sip_throttled_total, "Of these: refused because of a source's rate")                     \
	X(sip_forged_total, "INVITEs whose home number was forged")                                \
	X(sip_unread_total, "INVITEs to something that is no number: let through")                 \
	X(sip_dropped_total, "SIP messages dropped: of unknown sources, or unanswerable")          \
	X(http_screen_requests_total, "Requests to /v1/screen, refused ones too")                  \
	X(redis_errors_total, "Redis commands that failed or timed out")                           \
	X(redis_reconnects_total, "Connections to Redis that were made again")                     \
	X(redis_rebuilds_total, "Times the rule cache in Redis was rebuilt")                       \
	X(rule_snapshots_total, "Times all rules were written to the snapshot")                    \
	X(erasures_total, "Numbers erased (mianrao privacy erase)")                                \
	X(store_commits_total, "Transactions committed")                                           \
	X(store_operations_total, "Operations committed")

#define METRICS_GAUGES(X)                                                                          \
	X(start_time_seconds, "Unix time of the start")                                            \
	X(smpp_links, "Bound links")                                                               \
	X(smpp_locked_out, "Addresses that are locked out")                                        \
	X(store_queue, "Operations waiting for the store")                                         \
	X(outbox_depth, "Effects that wait for delivery")                                          \
	X(reports_open, "Reports without a final verdict")                                         \
	X(reports_oldest_seconds, "Age of the oldest open report")                                 \
	X(reports_due_soon, "Open reports whose clock runs out within reports.warn_before_s")      \
	X(reports_overdue, "Open reports whose clock has run out")                                 \
	X(reports_in_review, "Reports that wait for a person")                                     \
	X(rewards_open, "Rewards due or requested")                                                \
	X(rewards_overdue, "Rewards and reversals without an answer for longer than overdue_s")    \
	X(near_cache_entries, "Subscribers whose rules are in memory")                             \
	X(near_cache_complete, "1 while every subscriber's rules are in memory")                   \
	X(operator_rules_version, "Version of the operator's rules in force; 0: configured")       \
	X(redis_connected, "1 while Redis answers")                                                \
	X(feed_watermark_seconds, "Unix time before which every source's records are complete")

#define METRICS_FIELD(name, help) uint64_t name;
struct metrics {
	METRICS_COUNTERS(METRICS_FIELD)
	METRICS_GAUGES(METRICS_FIELD)
};

/* Prometheus text format 0.0.4, every name with the prefix "mianrao_"; talloc'ed below ctx. */
char *metrics_format(void *ctx, const struct metrics *metrics);

/* Each value in the order of the lists, without the prefix: for `mianrao status`. */
typedef void metrics_visit_cb(void *user, const char *name, uint64_t value);
void metrics_each(const struct metrics *metrics, metrics_visit_cb *visit, void *user);
