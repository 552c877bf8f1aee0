/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tables of config_schema.h. A new key is a row in a field list, a preset, a range when it is a
 * number, and a paragraph in deploy/mianrao.yaml (tests/lint-config.sh looks for it there). */
#include "gateway/config_schema.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 1000, STRING_MAX = 1024 };

#define COUNT_OF(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

#define TEXT(key, structure, member)                                                               \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member,   \
			       0, STRING_MAX)
#define TEXT_REQUIRED(key, structure, member)                                                      \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, structure, member, 1, STRING_MAX)
#define UINT(key, structure, member) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, structure, member)
#define INT(key, structure, member) CYAML_FIELD_INT(key, CYAML_FLAG_OPTIONAL, structure, member)
#define BOOL(key, structure, member) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, structure, member)
#define MAPPING(key, structure, member, fields)                                                    \
	CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, structure, member, fields)
#define WORD(key, flags, structure, member, words)                                                 \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | (flags), structure, member, words,               \
			 COUNT_OF(words))
#define LIST(key, structure, member, entry)                                                        \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member,     \
			     &(entry), 0, LIST_MAX)
/* A list member whose count is not named `<member>_count` after it. */
#define LIST_COUNTED(key, structure, member, count, entry)                                         \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure,       \
				   member, count, &(entry), 0, LIST_MAX)

static const struct cyaml_schema_value text_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, STRING_MAX),
};

static const struct cyaml_strval role_words[] = {
	{ "smsc", ACCOUNT_SMSC },
	{ "hub", ACCOUNT_HUB },
};
static const struct cyaml_strval bind_words[] = {
	{ "transceiver", SMSC_TRANSCEIVER },
	{ "transmitter", SMSC_TRANSMITTER },
	{ "receiver", SMSC_RECEIVER },
	{ "pair", SMSC_PAIR },
};
static const struct cyaml_strval balance_words[] = {
	{ "failover", SMSC_FAILOVER },
	{ "load_sharing", SMSC_LOAD_SHARING },
};
static const struct cyaml_strval block_entry_words[] = {
	{ "unknown", BLOCK_ENTRY_UNKNOWN },
	{ "national", BLOCK_ENTRY_NATIONAL },
	{ "international", BLOCK_ENTRY_INTERNATIONAL },
};
static const struct cyaml_strval call_entry_words[] = {
	{ "unknown", CALL_ENTRY_UNKNOWN },
	{ "own", CALL_ENTRY_OWN },
	{ "national", CALL_ENTRY_NATIONAL },
	{ "international", CALL_ENTRY_INTERNATIONAL },
};
static const struct cyaml_strval format_words[] = {
	{ "csv", FEED_CSV },
	{ "ts32297", FEED_TS32297 },
};
static const struct cyaml_strval receipts_words[] = {
	{ "none", RECEIPTS_NONE },
	{ "failure", RECEIPTS_FAILURE },
	{ "all", RECEIPTS_ALL },
};
static const struct cyaml_strval id_form_words[] = {
	{ "as_is", SMPP_ID_AS_IS },
	{ "no_zeros", SMPP_ID_NO_ZEROS },
	{ "decimal", SMPP_ID_DECIMAL },
	{ "hex", SMPP_ID_HEX },
};
static const struct cyaml_strval language_words[] = {
	{ "zh", REPLY_ZH },
	{ "en", REPLY_EN },
	{ "both", REPLY_BOTH },
};
static const struct cyaml_strval reward_transport_words[] = {
	{ "stream", REWARD_BY_STREAM },
	{ "webhook", REWARD_BY_WEBHOOK },
};
static const struct cyaml_strval category_words[] = {
	{ "any", REWARD_ANY_CATEGORY },
	{ "broadband", REPORT_BROADBAND },
	{ "plan_upgrade", REPORT_PLAN_UPGRADE },
	{ "data_pack", REPORT_DATA_PACK },
	{ "points", REPORT_POINTS },
	{ "device", REPORT_DEVICE },
	{ "insurance", REPORT_INSURANCE },
	{ "loan", REPORT_LOAN },
	{ "other", REPORT_OTHER },
	{ "unknown", REPORT_UNKNOWN },
};
_Static_assert(COUNT_OF(category_words) == REPORT_CATEGORY_COUNT + 1, "a word a category");
static const struct cyaml_strval style_words[] = {
	{ "standard", REPLY_STANDARD },
	{ "plain", REPLY_PLAIN },
};
static const struct cyaml_strval sense_words[] = {
	{ "help", KEYWORD_HELP },
	{ "status", KEYWORD_STATUS },
	{ "appeal", KEYWORD_APPEAL },
	{ "shield_on", KEYWORD_SHIELD_ON },
	{ "shield_off", KEYWORD_SHIELD_OFF },
	{ "shield_state", KEYWORD_SHIELD_STATE },
	{ "allow_number", KEYWORD_ALLOW_NUMBER },
	{ "block_number", KEYWORD_BLOCK_NUMBER },
	{ "undo", KEYWORD_UNDO },
	{ "blocked_list", KEYWORD_BLOCKED_LIST },
	{ "release", KEYWORD_RELEASE },
	{ "digest_on", KEYWORD_DIGEST_ON },
	{ "digest_off", KEYWORD_DIGEST_OFF },
	{ "thanks", KEYWORD_THANKS },
	{ "unsubscribe", KEYWORD_UNSUBSCRIBE },
	{ "plain_texts", KEYWORD_PLAIN_TEXTS },
	{ "standard_texts", KEYWORD_STANDARD_TEXTS },
	{ "machine", KEYWORD_MACHINE },
	{ "reported_on", KEYWORD_REPORTED_ON },
	{ "reported_off", KEYWORD_REPORTED_OFF },
	{ "reported_state", KEYWORD_REPORTED_STATE },
};
_Static_assert(COUNT_OF(sense_words) == KEYWORD_SENSE_COUNT - 1, "each sense but none");
static const struct cyaml_strval scope_words[] = {
	{ "both", REPORT_SCOPE_BOTH },
	{ "calls", REPORT_SCOPE_CALL },
	{ "sms", REPORT_SCOPE_SMS },
};
static const struct cyaml_strval failure_words[] = {
	{ "allow", CONFIG_FAIL_ALLOW },
	{ "block", CONFIG_FAIL_BLOCK },
};
static const struct cyaml_strval blocked_sms_words[] = {
	{ "refuse", CONFIG_BLOCKED_REFUSE },
	{ "swallow", CONFIG_BLOCKED_SWALLOW },
	{ "quarantine", CONFIG_BLOCKED_QUARANTINE },
};

static const struct cyaml_strval verify_words[] = {
	{ "off", SMPP_TLS_VERIFY_OFF },
	{ "optional", SMPP_TLS_VERIFY_OPTIONAL },
	{ "required", SMPP_TLS_VERIFY_REQUIRED },
};

static const struct cyaml_schema_field listener_fields[] = {
	TEXT("address", struct config_listener, address),
	UINT("port", struct config_listener, port),
	BOOL("tls", struct config_listener, tls),
	TEXT("certificate", struct config_listener, certificate),
	TEXT("key", struct config_listener, key),
	TEXT("client_ca", struct config_listener, client_ca),
	WORD("client_certificates", CYAML_FLAG_OPTIONAL, struct config_listener,
	     client_certificates, verify_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value listener_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_listener, listener_fields),
};

static const struct cyaml_schema_field smpp_fields[] = {
	TEXT("system_id", struct config_smpp, system_id),
	LIST("listeners", struct config_smpp, listeners, listener_entry),
	UINT("window_out", struct config_smpp, window_out),
	UINT("init_s", struct config_smpp, init_s),
	UINT("enquire_s", struct config_smpp, enquire_s),
	UINT("response_s", struct config_smpp, response_s),
	UINT("inactivity_s", struct config_smpp, inactivity_s),
	UINT("max_links", struct config_smpp, max_links),
	UINT("max_links_per_address", struct config_smpp, max_links_per_address),
	UINT("lockout_after", struct config_smpp, lockout_after),
	UINT("lockout_s", struct config_smpp, lockout_s),
	UINT("lockout_max_s", struct config_smpp, lockout_max_s),
	UINT("concat_wait_s", struct config_smpp, concat_wait_s),
	UINT("concat_sets", struct config_smpp, concat_sets),
	UINT("concat_sets_per_sender", struct config_smpp, concat_sets_per_sender),
	UINT("queue_max", struct config_smpp, queue_max),
	UINT("hub_receipt_days", struct config_smpp, hub_receipt_days),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field account_fields[] = {
	TEXT_REQUIRED("system_id", struct config_account, system_id),
	TEXT_REQUIRED("password_hash", struct config_account, password_hash),
	WORD("role", CYAML_FLAG_DEFAULT, struct config_account, role, role_words),
	LIST("addresses", struct config_account, addresses, text_entry),
	UINT("window", struct config_account, window),
	UINT("rate", struct config_account, rate),
	UINT("max_sessions", struct config_account, max_sessions),
	LIST("sources", struct config_account, sources, text_entry),
	LIST("destinations", struct config_account, destinations, text_entry),
	WORD("entry", CYAML_FLAG_OPTIONAL, struct config_account, entry, block_entry_words),
	TEXT("certificate_fingerprint", struct config_account, certificate_fingerprint),
	TEXT("certificate_subject", struct config_account, certificate_subject),
	WORD("receipts", CYAML_FLAG_OPTIONAL, struct config_account, receipts.wanted,
	     receipts_words),
	WORD("response_id", CYAML_FLAG_OPTIONAL, struct config_account, receipts.response_id,
	     id_form_words),
	WORD("receipt_id", CYAML_FLAG_OPTIONAL, struct config_account, receipts.receipt_id,
	     id_form_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value account_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_account, account_fields),
};

static const struct cyaml_schema_field host_fields[] = {
	TEXT_REQUIRED("address", struct config_host, address),
	UINT("port", struct config_host, port),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value host_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_host, host_fields),
};

static const struct cyaml_schema_field outbind_fields[] = {
	LIST("addresses", struct config_outbind, addresses, text_entry),
	TEXT("system_id", struct config_outbind, system_id),
	TEXT("password", struct config_outbind, password),
	TEXT("password_file", struct config_outbind, password_file),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field smsc_fields[] = {
	TEXT_REQUIRED("name", struct config_smsc, name),
	LIST("hosts", struct config_smsc, hosts, host_entry),
	WORD("balance", CYAML_FLAG_OPTIONAL, struct config_smsc, balance, balance_words),
	BOOL("tls", struct config_smsc, tls),
	TEXT("server_ca", struct config_smsc, server_ca),
	TEXT("server_name", struct config_smsc, server_name),
	TEXT("server_fingerprint", struct config_smsc, server_fingerprint),
	TEXT("certificate", struct config_smsc, certificate),
	TEXT("key", struct config_smsc, key),
	WORD("bind", CYAML_FLAG_OPTIONAL, struct config_smsc, bind, bind_words),
	UINT("sessions", struct config_smsc, sessions),
	TEXT_REQUIRED("system_id", struct config_smsc, system_id),
	TEXT("password", struct config_smsc, password),
	TEXT("password_file", struct config_smsc, password_file),
	TEXT("system_type", struct config_smsc, system_type),
	UINT("interface_version", struct config_smsc, interface_version),
	UINT("addr_ton", struct config_smsc, addr_ton),
	UINT("addr_npi", struct config_smsc, addr_npi),
	TEXT("address_range", struct config_smsc, address_range),
	UINT("window", struct config_smsc, window),
	UINT("rate", struct config_smsc, rate),
	UINT("enquire_s", struct config_smsc, enquire_s),
	UINT("response_s", struct config_smsc, response_s),
	UINT("reconnect_min_ms", struct config_smsc, reconnect_min_ms),
	UINT("reconnect_max_ms", struct config_smsc, reconnect_max_ms),
	WORD("receipts", CYAML_FLAG_OPTIONAL, struct config_smsc, receipts.wanted, receipts_words),
	WORD("response_id", CYAML_FLAG_OPTIONAL, struct config_smsc, receipts.response_id,
	     id_form_words),
	WORD("receipt_id", CYAML_FLAG_OPTIONAL, struct config_smsc, receipts.receipt_id,
	     id_form_words),
	MAPPING("outbind", struct config_smsc, outbind, outbind_fields),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value smsc_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_smsc, smsc_fields),
};

static const struct cyaml_schema_field redis_fields[] = {
	TEXT("address", struct config_redis, address),
	UINT("port", struct config_redis, port),
	TEXT("password_file", struct config_redis, password_file),
	TEXT("prefix", struct config_redis, prefix),
	UINT("timeout_ms", struct config_redis, timeout_ms),
	CYAML_FIELD_END,
};

/* Offsets count from the array `columns`, which is the mapping. */
#define COLUMN(name, field)                                                                        \
	{                                                                                          \
		.key = name, .data_offset = (field) * sizeof(char *), .value = {                   \
			CYAML_VALUE_STRING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char *, 0,    \
					   STRING_MAX)                                             \
		}                                                                                  \
	}
/* A row a line, for tests/lint-config.sh. */
/* clang-format off */
static const struct cyaml_schema_field column_fields[] = {
	COLUMN("caller", CALL_FIELD_CALLER),
	COLUMN("called", CALL_FIELD_CALLED),
	COLUMN("start", CALL_FIELD_START),
	COLUMN("duration", CALL_FIELD_DURATION),
	COLUMN("answered", CALL_FIELD_ANSWERED),
	COLUMN("entry", CALL_FIELD_ENTRY),
	COLUMN("asserted", CALL_FIELD_ASSERTED),
	COLUMN("trunk", CALL_FIELD_TRUNK),
	COLUMN("written", CALL_FIELD_WRITTEN),
	CYAML_FIELD_END,
};
/* clang-format on */
_Static_assert(sizeof column_fields / sizeof column_fields[0] == CALL_FIELD_COUNT + 1,
	       "a column for each field of a call record");

static const struct cyaml_schema_field feed_trunk_fields[] = {
	TEXT_REQUIRED("match", struct call_trunk, match),
	WORD("entry", CYAML_FLAG_DEFAULT, struct call_trunk, entry, call_entry_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value feed_trunk_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct call_trunk, feed_trunk_fields),
};

static const struct cyaml_schema_field source_fields[] = {
	TEXT_REQUIRED("name", struct config_source, name),
	UINT("disorder_s", struct config_source, disorder_s),
	WORD("entry", CYAML_FLAG_OPTIONAL, struct config_source, entry, call_entry_words),
	LIST("trunks", struct config_source, trunks, feed_trunk_entry),
	TEXT("utc_offset", struct config_source, utc_offset),
	INT("clock_ahead_s", struct config_source, clock_ahead_s),
	UINT("lag_alarm_s", struct config_source, lag_alarm_s),
	UINT("clock_alarm_s", struct config_source, clock_alarm_s),
	TEXT("token_hash", struct config_source, token_hash),
	TEXT("directory", struct config_source, directory),
	WORD("format", CYAML_FLAG_OPTIONAL, struct config_source, format, format_words),
	TEXT("file_pattern", struct config_source, file_pattern),
	UINT("gap_wait_s", struct config_source, gap_wait_s),
	TEXT("delimiter", struct config_source, delimiter),
	BOOL("header", struct config_source, header),
	MAPPING("columns", struct config_source, columns, column_fields),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value source_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_source, source_fields),
};

static const struct cyaml_schema_field feed_fields[] = {
	TEXT("stream", struct config_feed, stream),
	TEXT("group", struct config_feed, group),
	UINT("batch", struct config_feed, batch),
	UINT("retention_days", struct config_feed, retention_days),
	UINT("poll_s", struct config_feed, poll_s),
	UINT("bad_max", struct config_feed, bad_max),
	UINT("stream_max", struct config_feed, stream_max),
	LIST("sources", struct config_feed, sources, source_entry),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field report_fields[] = {
	LIST("service_codes", struct config_reports, service_codes, text_entry),
	LIST("partners", struct config_reports, partners, text_entry),
	TEXT("replies", struct config_reports, replies),
	WORD("language", CYAML_FLAG_OPTIONAL, struct config_reports, language, language_words),
	WORD("style", CYAML_FLAG_OPTIONAL, struct config_reports, style, style_words),
	UINT("recheck_s", struct config_reports, recheck_s),
	UINT("recheck_max_s", struct config_reports, recheck_max_s),
	UINT("reopen_days", struct config_reports, reopen_days),
	UINT("dialogue_s", struct config_reports, dialogue_s),
	UINT("list_days", struct config_reports, list_days),
	UINT("list_max", struct config_reports, list_max),
	UINT("questions", struct config_reports, questions),
	UINT("join_s", struct config_reports, join_s),
	TEXT("quiet_hours", struct config_reports, quiet_hours),
	UINT("duplicate_s", struct config_reports, duplicate_s),
	UINT("promise_s", struct config_reports, promise_s),
	UINT("warn_before_s", struct config_reports, warn_before_s),
	UINT("review_lease_s", struct config_reports, review_lease_s),
	UINT("flood_s", struct config_reports, flood_s),
	UINT("flood_answers", struct config_reports, flood_answers),
	UINT("chat_answers_day", struct config_reports, chat_answers_day),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field keyword_fields[] = {
	WORD("sense", CYAML_FLAG_DEFAULT, struct config_keyword, sense, sense_words),
	WORD("scope", CYAML_FLAG_OPTIONAL, struct config_keyword, scope, scope_words),
	BOOL("needs_receipt", struct config_keyword, needs_receipt),
	LIST("words", struct config_keyword, words, text_entry),
	LIST("codes", struct config_keyword, codes, text_entry),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value keyword_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_keyword, keyword_fields),
};

static const struct cyaml_schema_field answer_fields[] = {
	UINT("attempts", struct config_answers, attempts),
	UINT("retry_s", struct config_answers, retry_s),
	UINT("retry_max_s", struct config_answers, retry_max_s),
	UINT("validity_s", struct config_answers, validity_s),
	UINT("receipt_wait_s", struct config_answers, receipt_wait_s),
	UINT("keep_days", struct config_answers, keep_days),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field webhook_fields[] = {
	TEXT("url", struct config_webhook, url),
	TEXT("secret_file", struct config_webhook, secret_file),
	TEXT("server_ca", struct config_webhook, server_ca),
	TEXT("server_name", struct config_webhook, server_name),
	UINT("connections", struct config_webhook, connections),
	UINT("timeout_ms", struct config_webhook, timeout_ms),
	UINT("retry_min_ms", struct config_webhook, retry_min_ms),
	UINT("retry_max_ms", struct config_webhook, retry_max_ms),
	UINT("clock_skew_s", struct config_webhook, clock_skew_s),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field reward_fields[] = {
	WORD("transport", CYAML_FLAG_OPTIONAL, struct config_rewards, transport,
	     reward_transport_words),
	UINT("repeat_s", struct config_rewards, repeat_s),
	UINT("repeat_max_s", struct config_rewards, repeat_max_s),
	UINT("overdue_s", struct config_rewards, overdue_s),
	UINT("settlement_delay_s", struct config_rewards, settlement_delay_s),
	UINT("settlement_keep_days", struct config_rewards, settlement_keep_days),
	MAPPING("webhook", struct config_rewards, webhook, webhook_fields),
	CYAML_FIELD_END,
};

/* true and false are what it was before there were three of them. */
static const struct cyaml_strval reported_words[] = {
	{ "never", REPORTED_NEVER },   { "if_wished", REPORTED_IF_WISHED },
	{ "always", REPORTED_ALWAYS }, { "true", REPORTED_ALWAYS },
	{ "yes", REPORTED_ALWAYS },    { "false", REPORTED_IF_WISHED },
	{ "no", REPORTED_IF_WISHED },
};

static const struct cyaml_schema_field blocking_fields[] = {
	LIST("operator_rules", struct config_blocking, operator_rules, text_entry),
	LIST("protected_numbers", struct config_blocking, protected_numbers, text_entry),
	WORD("on_blocked_sms", CYAML_FLAG_OPTIONAL, struct config_blocking, on_blocked_sms,
	     blocked_sms_words),
	UINT("blocked_status", struct config_blocking, blocked_status),
	WORD("on_unknown_call", CYAML_FLAG_OPTIONAL, struct config_blocking, on_unknown_call,
	     failure_words),
	WORD("on_unknown_sms", CYAML_FLAG_OPTIONAL, struct config_blocking, on_unknown_sms,
	     failure_words),
	UINT("near_cache_entries", struct config_blocking, near_cache_entries),
	UINT("snapshot_s", struct config_blocking, snapshot_s),
	UINT("attempts_days", struct config_blocking, attempts_days),
	UINT("attempts_max", struct config_blocking, attempts_max),
	UINT("quarantine_max", struct config_blocking, quarantine_max),
	BOOL("release_allows", struct config_blocking, release_allows),
	WORD("block_reported", CYAML_FLAG_OPTIONAL, struct config_blocking, block_reported,
	     reported_words),
	UINT("digest_hour", struct config_blocking, digest_hour),
	UINT("traffic_samples", struct config_blocking, traffic_samples),
	UINT("traffic_hours", struct config_blocking, traffic_hours),
	UINT("guard_percent", struct config_blocking, guard_percent),
	UINT("guard_least", struct config_blocking, guard_least),
	CYAML_FIELD_END,
};

static const struct cyaml_strval transport_words[] = {
	{ "udp", SIP_TRANSPORT_UDP },
	{ "tcp", SIP_TRANSPORT_TCP },
	{ "both", SIP_TRANSPORT_BOTH },
};
static const struct cyaml_strval forged_words[] = {
	{ "screen", SIP_FORGED_SCREEN },
	{ "reject", SIP_FORGED_REJECT },
};

static const struct cyaml_schema_field sip_listener_fields[] = {
	TEXT("address", struct config_sip_listener, address),
	UINT("port", struct config_sip_listener, port),
	WORD("transport", CYAML_FLAG_OPTIONAL, struct config_sip_listener, transport,
	     transport_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value sip_listener_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_sip_listener, sip_listener_fields),
};

static const struct cyaml_schema_field trunk_fields[] = {
	TEXT_REQUIRED("match", struct config_trunk, match),
	WORD("entry", CYAML_FLAG_DEFAULT, struct config_trunk, entry, block_entry_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value trunk_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_trunk, trunk_fields),
};

static const struct cyaml_schema_field sip_source_fields[] = {
	TEXT_REQUIRED("name", struct config_sip_source, name),
	LIST("addresses", struct config_sip_source, addresses, text_entry),
	WORD("entry", CYAML_FLAG_OPTIONAL, struct config_sip_source, entry, block_entry_words),
	TEXT("trunk_header", struct config_sip_source, trunk_header),
	LIST("trunks", struct config_sip_source, trunks, trunk_entry),
	TEXT("roaming_header", struct config_sip_source, roaming_header),
	UINT("rate", struct config_sip_source, rate),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value sip_source_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_sip_source, sip_source_fields),
};

static const struct cyaml_schema_field sip_reject_fields[] = {
	UINT("status", struct config_sip_reject, status),
	TEXT("phrase", struct config_sip_reject, phrase),
	TEXT("reason", struct config_sip_reject, reason),
	TEXT("call_info", struct config_sip_reject, call_info),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field sip_fields[] = {
	LIST("listeners", struct config_sip, listeners, sip_listener_entry),
	LIST("sources", struct config_sip, sources, sip_source_entry),
	MAPPING("reject", struct config_sip, reject, sip_reject_fields),
	WORD("forged", CYAML_FLAG_OPTIONAL, struct config_sip, forged, forged_words),
	UINT("receive_buffer", struct config_sip, receive_buffer),
	UINT("connections", struct config_sip, connections),
	UINT("idle_s", struct config_sip, idle_s),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field control_user_fields[] = {
	TEXT_REQUIRED("user", struct config_control_user, user),
	LIST("roles", struct config_control_user, roles, text_entry),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value control_user_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_control_user, control_user_fields),
};

static const struct cyaml_schema_field http_client_fields[] = {
	TEXT_REQUIRED("name", struct config_http_client, name),
	TEXT_REQUIRED("token_hash", struct config_http_client, token_hash),
	LIST("may", struct config_http_client, may, text_entry),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value http_client_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_http_client, http_client_fields),
};

static const struct cyaml_schema_field http_fields[] = {
	BOOL("enabled", struct config_http, enabled),
	TEXT("address", struct config_http, address),
	UINT("port", struct config_http, port),
	BOOL("tls", struct config_http, tls),
	TEXT("certificate", struct config_http, certificate),
	TEXT("key", struct config_http, key),
	UINT("requests_per_second", struct config_http, requests_per_second),
	LIST("clients", struct config_http, clients, http_client_entry),
	CYAML_FIELD_END,
};

static const struct cyaml_strval course_words[] = {
	{ "score", VERDICT_COURSE_SCORE },
	{ "verified", VERDICT_COURSE_VERIFIED },
	{ "review", VERDICT_COURSE_REVIEW },
	{ "rejected", VERDICT_COURSE_REJECTED },
};
static const struct cyaml_strval timeout_words[] = {
	{ "unproved", VERDICT_TIMEOUT_UNPROVED },
	{ "verified", VERDICT_TIMEOUT_VERIFIED },
	{ "rejected", VERDICT_TIMEOUT_REJECTED },
};

static const struct cyaml_schema_field word_fields[] = {
	INT("broadband", struct verdict_words, points[REPORT_BROADBAND]),
	INT("plan_upgrade", struct verdict_words, points[REPORT_PLAN_UPGRADE]),
	INT("data_pack", struct verdict_words, points[REPORT_DATA_PACK]),
	INT("points", struct verdict_words, points[REPORT_POINTS]),
	INT("device", struct verdict_words, points[REPORT_DEVICE]),
	INT("insurance", struct verdict_words, points[REPORT_INSURANCE]),
	INT("loan", struct verdict_words, points[REPORT_LOAN]),
	INT("other", struct verdict_words, points[REPORT_OTHER]),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field class_fields[] = {
	WORD("outcome", CYAML_FLAG_OPTIONAL, struct verdict_class_policy, outcome, course_words),
	INT("points", struct verdict_class_policy, points),
	CYAML_FIELD_END,
};

#define CLASSES struct verdict_classes
static const struct cyaml_schema_field classes_fields[] = {
	MAPPING("forged", CLASSES, of[VERDICT_CLASS_FORGED], class_fields),
	MAPPING("official", CLASSES, of[VERDICT_CLASS_OFFICIAL], class_fields),
	MAPPING("partner", CLASSES, of[VERDICT_CLASS_PARTNER], class_fields),
	MAPPING("mobile", CLASSES, of[VERDICT_CLASS_MOBILE], class_fields),
	MAPPING("fixed", CLASSES, of[VERDICT_CLASS_FIXED], class_fields),
	MAPPING("shared", CLASSES, of[VERDICT_CLASS_SHARED], class_fields),
	MAPPING("enquiry", CLASSES, of[VERDICT_CLASS_ENQUIRY], class_fields),
	MAPPING("operator", CLASSES, of[VERDICT_CLASS_OPERATOR], class_fields),
	MAPPING("service", CLASSES, of[VERDICT_CLASS_SERVICE], class_fields),
	MAPPING("port", CLASSES, of[VERDICT_CLASS_PORT], class_fields),
	MAPPING("foreign", CLASSES, of[VERDICT_CLASS_FOREIGN], class_fields),
	MAPPING("name", CLASSES, of[VERDICT_CLASS_NAME], class_fields),
	MAPPING("withheld", CLASSES, of[VERDICT_CLASS_WITHHELD], class_fields),
	CYAML_FIELD_END,
};

#define VERDICT struct config_verdict_entry
static const struct cyaml_schema_field verdict_fields[] = {
	TEXT_REQUIRED("effective", VERDICT, effective),
	UINT("window_days", VERDICT, policy.window_days),
	UINT("grace_s", VERDICT, policy.grace_s),
	UINT("slack_s", VERDICT, policy.slack_s),
	UINT("deadline_s", VERDICT, policy.deadline_s),
	UINT("fanout_days", VERDICT, policy.fanout_days),
	UINT("fanout_distinct", VERDICT, policy.fanout_distinct),
	UINT("fanout_answered_pct", VERDICT, policy.fanout_answered_pct),
	UINT("fanout_mean_s", VERDICT, policy.fanout_mean_s),
	UINT("reporters_days", VERDICT, policy.reporters_days),
	UINT("reporters_min", VERDICT, policy.reporters_min),
	UINT("acquaintance_days", VERDICT, policy.acquaintance_days),
	UINT("acquaintance_min", VERDICT, policy.acquaintance_min),
	UINT("min_seconds", VERDICT, policy.min_seconds),
	BOOL("require_answered", VERDICT, policy.require_answered),
	MAPPING("score_words", VERDICT, policy.score_words, word_fields),
	INT("score_fanout", VERDICT, policy.score_fanout),
	INT("score_reporters", VERDICT, policy.score_reporters),
	INT("score_acquaintance", VERDICT, policy.score_acquaintance),
	MAPPING("classes", VERDICT, policy.classes, classes_fields),
	INT("verify_at", VERDICT, policy.verify_at),
	INT("review_at", VERDICT, policy.review_at),
	INT("verify_sms_at", VERDICT, policy.verify_sms_at),
	WORD("review_timeout", CYAML_FLAG_OPTIONAL, VERDICT, policy.review_timeout, timeout_words),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value verdict_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, VERDICT, verdict_fields),
};

#define TIER struct reward_tier
static const struct cyaml_schema_field tier_fields[] = {
	UINT("from_reports", TIER, from_reports),
	WORD("category", CYAML_FLAG_OPTIONAL, TIER, category, category_words),
	UINT("amount_mb", TIER, amount_mb),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value tier_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, TIER, tier_fields),
};

#define REWARD struct config_reward_entry
static const struct cyaml_schema_field reward_policy_fields[] = {
	TEXT_REQUIRED("effective", REWARD, effective),
	UINT("amount_mb", REWARD, policy.amount_mb),
	UINT("cap_day", REWARD, policy.cap_day),
	UINT("cap_month", REWARD, policy.cap_month),
	UINT("cap_year", REWARD, policy.cap_year),
	UINT("first_reporters", REWARD, policy.first_reporters),
	UINT("cap_caller", REWARD, policy.cap_caller),
	UINT("caller_days", REWARD, policy.caller_days),
	UINT("budget_mb", REWARD, policy.budget_mb),
	TEXT("budget_since", REWARD, budget_since),
	LIST("tiers", REWARD, tiers, tier_entry),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_value reward_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, REWARD, reward_policy_fields),
};

#define RETENTION struct config_retention
static const struct cyaml_schema_field retention_fields[] = {
	UINT("messages_days", RETENTION, messages_days),
	UINT("reports_days", RETENTION, reports_days),
	UINT("rewards_days", RETENTION, rewards_days),
	UINT("dialogues_days", RETENTION, dialogues_days),
	UINT("audit_days", RETENTION, audit_days),
	CYAML_FIELD_END,
};
static const struct cyaml_schema_field privacy_fields[] = {
	MAPPING("retention", struct config_privacy, retention, retention_fields),
	CYAML_FIELD_END,
};

#define WHOLE struct config_file
static const struct cyaml_schema_field file_fields[] = {
	TEXT("instance", WHOLE, config.instance),
	TEXT("state_dir", WHOLE, config.state_dir),
	TEXT("control_socket", WHOLE, config.control_socket),
	TEXT("control_group", WHOLE, config.control_group),
	LIST("control_users", WHOLE, config.control_users, control_user_entry),
	TEXT("ref_key_file", WHOLE, config.ref_key_file),
	TEXT("log_level", WHOLE, config.log_level),
	TEXT("log_format", WHOLE, config.log_format),
	TEXT("language_dir", WHOLE, config.language_dir),
	TEXT("numbering_dir", WHOLE, config.numbering_dir),
	UINT("drain_s", WHOLE, config.drain_s),
	MAPPING("smpp", WHOLE, config.smpp, smpp_fields),
	LIST("accounts", WHOLE, config.accounts, account_entry),
	LIST("smscs", WHOLE, config.smscs, smsc_entry),
	MAPPING("redis", WHOLE, config.redis, redis_fields),
	MAPPING("feed", WHOLE, config.feed, feed_fields),
	MAPPING("reports", WHOLE, config.reports, report_fields),
	LIST_COUNTED("keywords", WHOLE, config.keywords, config.keywords_count, keyword_entry),
	MAPPING("answers", WHOLE, config.answers, answer_fields),
	MAPPING("rewards", WHOLE, config.rewards, reward_fields),
	MAPPING("blocking", WHOLE, config.blocking, blocking_fields),
	MAPPING("sip", WHOLE, config.sip, sip_fields),
	MAPPING("http", WHOLE, config.http, http_fields),
	MAPPING("privacy", WHOLE, config.privacy, privacy_fields),
	LIST_COUNTED("verdict_policies", WHOLE, verdict, verdict_count, verdict_entry),
	LIST_COUNTED("reward_policies", WHOLE, reward, reward_count, reward_entry),
	CYAML_FIELD_END,
};
const struct cyaml_schema_value config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, WHOLE, file_fields),
};

struct config_place config_place_key(const struct config_place *at, const char *key)
{
	struct config_place next;
	const char *dot = at->path[0] ? "." : "";
	snprintf(next.path, sizeof next.path, "%.180s%s%.60s", at->path, dot, key);
	snprintf(next.pattern, sizeof next.pattern, "%.180s%s%.60s", at->pattern, dot, key);
	return next;
}

struct config_place config_place_index(const struct config_place *at, unsigned index)
{
	struct config_place next;
	snprintf(next.path, sizeof next.path, "%.240s[%u]", at->path, index);
	snprintf(next.pattern, sizeof next.pattern, "%.240s[]", at->pattern);
	return next;
}
