/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config.h - mianrao.yaml as structs.
 *
 * Does:    loads and validates the whole file against one schema table; what the file leaves out
 *          has the default that deploy/mianrao.yaml shows.
 * Owns:    struct config is talloc'ed below ctx; everything in it belongs to it.
 * Errors:  -EINVAL or -ENOENT with `error` filled, naming file, line or key, and what is wrong.
 * Threads: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocklist/block_decide.h"
#include "gateway/tables.h"
#include "rules/keyword.h"
#include "rules/quiet_hours.h"
#include "rules/reply.h"
#include "rules/reported_wish.h"
#include "rules/reward.h"
#include "rules/verdict.h"
#include "smpp/smpp_tls.h"
#include "smpp/smpp_receipt.h"

enum { CONFIG_ERROR_MAX = 4096, CONFIG_WINDOW_MAX = 10000 };

enum account_role {
	ACCOUNT_SMSC, /* brings the subscribers' texts and takes our answers */
	ACCOUNT_HUB,  /* SMS hub: asks for screening by submitting; passed on to the SMSC */
	ACCOUNT_ROLE_COUNT
};

/* Of which of our texts a peer shall tell what became of them. */
enum receipts_wanted { RECEIPTS_NONE, RECEIPTS_FAILURE, RECEIPTS_ALL, RECEIPTS_WANTED_COUNT };

struct config_receipts {
	enum receipts_wanted wanted;
	enum smpp_id_form response_id; /* how it writes an id when it takes a text */
	enum smpp_id_form receipt_id;  /* and in the receipt */
};

enum config_failure { CONFIG_FAIL_ALLOW, CONFIG_FAIL_BLOCK };

/* What becomes of a hub's message that is blocked. */
enum config_blocked_sms {
	CONFIG_BLOCKED_REFUSE,	   /* answered with blocked_status */
	CONFIG_BLOCKED_SWALLOW,	   /* taken, and dropped */
	CONFIG_BLOCKED_QUARANTINE, /* taken, and kept for its receiver */
};

struct config_listener {
	char *address; /* numeric */
	uint16_t port; /* 0: the kernel's choice, told in the log and by `mianrao status` */
	bool tls;
	char *certificate; /* PEM files; "": none */
	char *key;
	char *client_ca;
	enum smpp_tls_verify client_certificates;
};

struct config_account {
	char *system_id;
	char *password_hash; /* crypt(5), made by `mianrao accounts hash` */
	enum account_role role;
	char **addresses; /* CIDR blocks; empty list: nobody may connect */
	unsigned addresses_count;
	uint32_t window;
	uint32_t rate; /* requests a second; 0: unlimited */
	uint32_t max_sessions;
	char **sources; /* what the canonical numbers of its senders begin with; empty: all */
	unsigned sources_count;
	char **destinations; /* the same of a hub's receivers */
	unsigned destinations_count;
	enum block_entry entry; /* where messages of a hub account entered the network */
	/* What the peer's certificate has to be or to name; "": anything. */
	char *certificate_fingerprint;
	char *certificate_subject;
	struct config_receipts receipts;
};

enum smsc_bind { SMSC_TRANSCEIVER, SMSC_TRANSMITTER, SMSC_RECEIVER, SMSC_PAIR, SMSC_BIND_COUNT };
enum smsc_balance { SMSC_FAILOVER, SMSC_LOAD_SHARING };

struct config_host {
	char *address; /* numeric */
	uint16_t port;
};

/* By which an SMSC that connects to us is known, before we bind on its connection. */
struct config_outbind {
	char **addresses; /* CIDR blocks; empty list: it may not */
	unsigned addresses_count;
	char *system_id;
	char *password; /* after config_load: what password_file holds, if there is one */
	char *password_file;
};

/* An SMSC to which we bind. */
struct config_smsc {
	char *name;
	struct config_host *hosts;
	unsigned hosts_count;
	enum smsc_balance balance;
	bool tls; /* then these, as in struct smpp_tls_config */
	char *certificate;
	char *key;
	char *server_ca;
	char *server_name;
	char *server_fingerprint;
	enum smsc_bind bind;
	uint32_t sessions; /* SMSC_PAIR: pairs */
	char *system_id;
	char *password; /* after config_load: what password_file holds, if there is one */
	char *password_file;
	char *system_type;
	uint32_t interface_version;
	uint32_t addr_ton;
	uint32_t addr_npi;
	char *address_range;
	uint32_t window;     /* requests unanswered, either way */
	uint32_t rate;	     /* messages a second to it; 0: unlimited */
	uint32_t enquire_s;  /* 0: as in smpp */
	uint32_t response_s; /* 0: as in smpp */
	uint32_t reconnect_min_ms;
	uint32_t reconnect_max_ms;
	struct config_receipts receipts;
	struct config_outbind outbind;
};

struct config_smpp {
	char *system_id; /* ours, in bind responses */
	struct config_listener *listeners;
	unsigned listeners_count;
	uint32_t window_out;
	uint32_t init_s;
	uint32_t enquire_s;
	uint32_t response_s;
	uint32_t inactivity_s;
	uint32_t max_links;
	uint32_t max_links_per_address; /* 0: no bound of its own */
	uint32_t lockout_after;		/* failed binds within lockout_s; 0: never */
	uint32_t lockout_s;		/* the first time; doubles */
	uint32_t lockout_max_s;
	uint32_t concat_wait_s;
	uint32_t concat_sets;
	uint32_t concat_sets_per_sender;
	uint32_t queue_max;	   /* messages that may wait for the store; beyond: ESME_RMSGQFUL */
	uint32_t hub_receipt_days; /* a hub's message awaits its receipt, a receipt its hub */
};

struct config_redis {
	char *address;
	uint16_t port;
	char *password_file; /* "" : none */
	char *prefix;	     /* "mr:" */
	uint32_t timeout_ms; /* of one command */
};

enum feed_format { FEED_CSV, FEED_TS32297, FEED_FORMAT_COUNT };

struct config_source {
	char *name;
	uint32_t disorder_s; /* how late a record may be; 0: only watermarks count, if it has any */
	enum call_entry entry;	   /* of records that name none */
	struct call_trunk *trunks; /* the entry by the name of the trunk */
	unsigned trunks_count;
	char *utc_offset;	/* of times that are written without one: "+08:00" */
	int32_t utc_offset_s;	/* the same, read */
	int32_t clock_ahead_s;	/* known to the operator, and taken from its times */
	uint32_t lag_alarm_s;	/* 0: no alarm */
	uint32_t clock_alarm_s; /* the same */
	uint32_t gap_wait_s;	/* then the watermark passes a gap, with an alarm */
	char *token_hash;	/* of the bearer token for POST /v1/cdrs; "": none may post */
	/* Drop directory; "" when the source comes over the stream. */
	char *directory;
	enum feed_format format;
	char *file_pattern;		 /* "cdr-{seq}.csv", or "" */
	char *delimiter;		 /* one character */
	bool header;			 /* the first line names the columns */
	char *columns[CALL_FIELD_COUNT]; /* column name, or number from 1; "" absent */
};

struct config_feed {
	char *stream; /* without the prefix: "cdr" */
	char *group;
	uint32_t batch;
	uint32_t retention_days;
	uint32_t poll_s;     /* of drop directories */
	uint32_t bad_max;    /* entries kept in <stream>:bad */
	uint32_t stream_max; /* entries that what comes by HTTP leaves in the stream */
	struct config_source *sources;
	unsigned sources_count;
};

struct config_reports {
	char **service_codes; /* numbers to which subscribers report: 10086999 */
	unsigned service_codes_count;
	char **partners; /* canonical numbers registered with the operator */
	unsigned partners_count;
	char *replies; /* directory with the words of our texts; "": those that are built in */
	const struct reply_book *book; /* the same, read; who keeps it beyond a reload counts */
	enum reply_language language;
	enum reply_style style;	  /* of who did not choose */
	uint32_t recheck_s;	  /* first interval at which a waiting report is looked at again */
	uint32_t recheck_max_s;	  /* and the longest */
	uint32_t reopen_days;	  /* an unproved report is reopened by a late record for so long */
	uint32_t dialogue_s;	  /* how long a question of ours stays open */
	uint32_t list_days;	  /* callers of so many days are listed when a number is missing */
	uint32_t list_max;	  /* and so many of them */
	uint32_t questions;	  /* that are asked about one report at most */
	char *quiet_hours;	  /* "22:00-08:00", or "" */
	struct quiet_hours quiet; /* the same, read */
	uint32_t join_s; /* a number by itself waits so long for the words of the next text */
	uint32_t chat_answers_day; /* so many texts that want nothing of us are answered a day */
	uint32_t duplicate_s;	   /* the same complaint within so long joins the earlier report */
	uint32_t promise_s;	   /* within so long of its clock a report shall have its answer */
	uint32_t warn_before_s;	   /* its clock runs out, an open report is warned of */
	uint32_t review_lease_s;   /* for so long a report is with the reviewer who took it */
	uint32_t flood_s;	   /* within so long... */
	uint32_t flood_answers;	   /* ...so many texts of one sender are answered; 0: all are */
};

/* Words that ask for something; rules/keyword.h. */
struct config_keyword {
	enum keyword_sense sense;
	enum report_scope scope;
	bool needs_receipt;
	char **words;
	unsigned words_count;
	char **codes; /* service codes for which they hold; none: all */
	unsigned codes_count;
};

/* Our texts to subscribers, where receipts are asked for. */
struct config_answers {
	uint32_t attempts; /* how often a text is handed over before it is given up */
	uint32_t retry_s;  /* before the second attempt; doubles */
	uint32_t retry_max_s;
	uint32_t validity_s;	 /* how long the SMSC may try; 0: as long as it likes */
	uint32_t receipt_wait_s; /* then nothing more is expected of it */
	uint32_t keep_days;	 /* what became of a text is kept for so long */
};

enum reward_transport { REWARD_BY_STREAM, REWARD_BY_WEBHOOK, REWARD_TRANSPORT_COUNT };
enum { WEBHOOK_SECRETS = 2, WEBHOOK_SECRET_MAX = 256 };

/* The rewards system over HTTP: requests to it, and its answers (POST /v1/rewards/acks). */
struct config_webhook {
	char *url; /* http or https, numeric host; "": none */
	char *secret_file;
	char *secrets[WEBHOOK_SECRETS]; /* after config_load: its lines; the first one signs */
	char *server_ca;       /* https: PEM file of authorities; "": those of the system */
	char *server_name;     /* what the certificate shall bear; "": the host of the url */
	uint32_t connections;  /* requests under way */
	uint32_t timeout_ms;   /* of a request as a whole */
	uint32_t retry_min_ms; /* doubles */
	uint32_t retry_max_ms;
	uint32_t clock_skew_s; /* how old, or how far ahead, a signature's time may be */
};

struct config_rewards {
	enum reward_transport transport;
	uint32_t repeat_s; /* first repeat of an unanswered request; doubles */
	uint32_t repeat_max_s;
	uint32_t overdue_s;
	uint32_t settlement_delay_s; /* after midnight in +08:00 */
	uint32_t settlement_keep_days;
	struct config_webhook webhook;
};

struct config_blocking {
	char **operator_rules; /* lines of the rule language */
	unsigned operator_rules_count;
	char **protected_numbers; /* canonical */
	unsigned protected_numbers_count;
	enum config_blocked_sms on_blocked_sms;
	uint32_t blocked_status; /* command_status for a refused message */
	enum config_failure on_unknown_call;
	enum config_failure on_unknown_sms;
	uint32_t near_cache_entries;
	uint32_t snapshot_s;	 /* how often all rules are written to a file; 0: never */
	uint32_t attempts_days;	 /* how long what was blocked is kept */
	uint32_t attempts_max;	 /* rows a subscriber */
	uint32_t quarantine_max; /* messages kept for a subscriber */
	bool release_allows;	 /* who was released is let through from then on */
	enum reported_policy block_reported; /* who was verified is blocked for who reported */
	uint32_t digest_hour;		     /* of the day, +08:00: when daily summaries go out */
	uint32_t traffic_samples;	     /* attempts kept of the recent traffic; 0: none */
	uint32_t traffic_hours;		     /* of which it is */
	uint32_t guard_percent; /* of a channel's attempts that a change may block in addition */
	uint32_t guard_least;	/* attempts by which that can be told */
};

enum sip_transport { SIP_TRANSPORT_UDP, SIP_TRANSPORT_TCP, SIP_TRANSPORT_BOTH };
enum sip_forged { SIP_FORGED_SCREEN, SIP_FORGED_REJECT };

struct config_sip_listener {
	char *address; /* numeric */
	uint16_t port;
	enum sip_transport transport;
};

struct config_trunk {
	char *match; /* of the trunk's name, with * and ? */
	enum block_entry entry;
};

/* A proxy that may ask. */
struct config_sip_source {
	char *name;
	char **addresses; /* CIDR blocks */
	unsigned addresses_count;
	enum block_entry entry; /* of calls whose trunk is not told */
	char *trunk_header;	/* in which it names the trunk; "": it does not */
	struct config_trunk *trunks;
	unsigned trunks_count;
	char *roaming_header; /* in which it says that the caller is an own subscriber abroad */
	uint32_t rate;	      /* INVITEs a second; 0: unlimited */
};

struct config_sip_reject {
	uint32_t status;
	char *phrase; /* "": the usual one */
	char *reason; /* value of the header Reason; "": none */
	char *call_info;
};

struct config_sip {
	struct config_sip_listener *listeners;
	unsigned listeners_count;
	struct config_sip_source *sources;
	unsigned sources_count;
	struct config_sip_reject reject;
	enum sip_forged forged;
	uint32_t receive_buffer; /* octets */
	uint32_t connections;	 /* over TCP, each listener */
	uint32_t idle_s;
};

/* Somebody who may ask over HTTP. */
/* A Unix user who may ask on the control socket. */
struct config_control_user {
	char *user;
	char **roles;
	unsigned roles_count;
	/* Of these, once they were checked: */
	uint32_t uid;
	unsigned role_bits;
};

struct config_http_client {
	char *name;
	char *token_hash;
	char **may; /* "screen" */
	unsigned may_count;
};

struct config_http {
	bool enabled;
	char *address;
	uint16_t port;
	bool tls;
	char *certificate;	      /* PEM file: ours, then its chain */
	char *key;		      /* PEM file; "": in the certificate's file */
	uint32_t requests_per_second; /* of the API and the console; 0: any number */
	struct config_http_client *clients;
	unsigned clients_count;
};

/* For how many days things are kept. */
struct config_retention {
	uint32_t messages_days;	 /* texts as they came */
	uint32_t reports_days;	 /* with their events */
	uint32_t rewards_days;	 /* entries of the ledger */
	uint32_t dialogues_days; /* questions, lists, changes that can be undone */
	uint32_t audit_days;	 /* texts of the audit; 0: for ever */
};

struct config_privacy {
	struct config_retention retention;
};

struct config {
	struct tables *tables; /* released with the configuration */
	char *instance;	       /* unique among the gateways of one store */
	char *state_dir;
	char *control_socket; /* "": <state_dir>/control.sock */
	char *control_group; /* whose members reach it; "": nobody but root and the daemon's user */
	uint32_t control_gid; /* of that group, once it was checked */
	struct config_control_user *control_users;
	unsigned control_users_count;
	char *ref_key_file;  /* "": <state_dir>/ref.key */
	char *log_level;     /* debug info notice error */
	char *log_format;    /* text json */
	char *language_dir;  /* tables of words, or "": the built-in ones */
	char *numbering_dir; /* tables of the numbering plan, or "" */
	uint32_t drain_s;    /* how long SIGTERM waits for what is under way */
	struct config_smpp smpp;
	struct config_account *accounts;
	unsigned accounts_count;
	struct config_smsc *smscs;
	unsigned smscs_count;
	struct config_redis redis;
	struct config_feed feed;
	struct config_reports reports;
	struct config_keyword *keywords;
	unsigned keywords_count;
	const struct keyword_table *keyword_table; /* the same, compiled */
	struct config_answers answers;
	struct config_rewards rewards;
	struct config_blocking blocking;
	struct config_sip sip;
	struct config_http http;
	struct config_privacy privacy;
	struct verdict_policy *verdict_policies; /* by effective_ms, ascending; at least one */
	unsigned verdict_policies_count;
	char (*policy_hashes)[VERDICT_HASH_MAX]; /* of each, and behind them of the default */
	struct reward_policy *reward_policies;
	unsigned reward_policies_count;
};

/* path NULL: the embedded defaults alone. Of tables, `error` names every fault on a line of its
 * own; else the first. */
int config_load(void *ctx, const char *path, struct config **out, char error[CONFIG_ERROR_MAX])
	__attribute__((warn_unused_result));

const struct config_account *config_find_account(const struct config *config,
						 const char *system_id);
const struct config_smsc *config_find_smsc(const struct config *config, const char *name);
/* Nothing differs that its links are made with, secrets included. What may differ is read anew with
 * each text: receipts. */
bool config_same_smsc(const struct config_smsc *a, const struct config_smsc *b);
/* The policies of a file, whole or only with these keys; what it leaves out is as in `running`. */
struct config_policies {
	struct verdict_policy *verdict;
	unsigned verdict_count;
	struct reward_policy *reward;
	unsigned reward_count;
	char **partners; /* canonical */
	unsigned partners_count;
	bool has_partners;	      /* the file named them */
	const struct numbering *plan; /* by which it is read */
	uint32_t retention_days;
	uint32_t promise_s;
};

/* A copy of what `config` has, below ctx, but for the plan, which is the caller's. */
int config_policies_copy(void *ctx, const struct config *config, struct config_policies *out)
	__attribute__((warn_unused_result));
/* Nothing but the policies and the partners is checked. `name` is for messages. */
int config_policies_read(void *ctx, const char *name, const char *text, size_t len,
			 const struct config_policies *running, struct config_policies *out,
			 char error[CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* The hash of one of config->verdict_policies, or, for NULL, of the default. */
const char *config_policy_hash(const struct config *config, const struct verdict_policy *policy);
/* A service code as it is dialled: a number of the plan, or two to eight digits that are none
 * ("0000"). Canonical in `out`; -EBADMSG for anything else. */
int config_read_code(const struct numbering *plan, const char *text, size_t len, struct number *out)
	__attribute__((warn_unused_result));
bool config_is_service_code(const struct config *config, const char *number);

/* The keys that SIGHUP cannot change (listeners, store, Redis, ...) and that differ: a text naming
 * the first of them, or NULL. The reload is refused then. */
const char *config_reload_conflict(const struct config *running, const struct config *loaded);

/* Every key and its value, "smpp.listeners[0].port = 2775", a line each; passwords and their hashes
 * are only told to be there. talloc'ed below ctx. */
char *config_dump(void *ctx, const struct config *config);
