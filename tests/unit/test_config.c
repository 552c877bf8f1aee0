/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/address_list.h"
#include "gateway/cidr.h"
#include "gateway/config.h"
#include "gateway/config_schema.h"
#include "gateway/iso_time.h"

#define COUNT_OF(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
#define MANUAL "deploy/mianrao.yaml"
#define HASH "\"$y$j9T$abcdefgh$0123456789012345678901234567890123456789012\""
#define ACCOUNT(name, more)                                                                        \
	"accounts:\n  - system_id: " name "\n    password_hash: " HASH "\n    role: hub\n" more
/* With the list of hosts last, so that more of them may follow. */
#define SMSC(name, more)                                                                           \
	"smscs:\n  - name: '" name "'\n    system_id: b\n" more "    hosts:\n"                     \
	"      - {address: 10.0.0.1}\n"
#define LONG "12345678901234567890123456789012345678901234567890123456789012345"

static void *root;

static void setup(void)
{
	root = talloc_new(NULL);
}

static void teardown(void)
{
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}

/* Writes the text to a file of its own, loads it, and removes it. */
static int load_octets(const char *text, size_t len, struct config **config, char *error)
{
	char path[] = "/tmp/mianrao-config-XXXXXX";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	int rc = config_load(root, path, config, error);
	unlink(path);
	return rc;
}

static int load_text(const char *text, struct config **config, char *error)
{
	return load_octets(text, strlen(text), config, error);
}

static struct config *must_load(const char *text)
{
	char error[CONFIG_ERROR_MAX];
	struct config *config = NULL;
	int rc = load_text(text, &config, error);
	ck_assert_msg(rc == 0, "%s", error);
	return config;
}

START_TEST(test_load_when_block_reported_is_written_then_policy)
{
	static const struct {
		const char *text;
		enum reported_policy policy;
	} table[] = {
		{ "never", REPORTED_NEVER },	 { "if_wished", REPORTED_IF_WISHED },
		{ "always", REPORTED_ALWAYS },	 { "true", REPORTED_ALWAYS },
		{ "false", REPORTED_IF_WISHED },
	};
	char text[64], error[CONFIG_ERROR_MAX];
	struct config *config = NULL;

	for (int i = 0; i < COUNT_OF(table); i++) {
		snprintf(text, sizeof(text), "blocking:\n  block_reported: %s\n", table[i].text);
		config = must_load(text);
		ck_assert_msg(config->blocking.block_reported == table[i].policy, "%s",
			      table[i].text);
		talloc_free(config);
	}
	ck_assert_int_lt(load_text("blocking:\n  block_reported: sometimes\n", &config, error), 0);
	ck_assert_msg(strstr(error, "block_reported") && strstr(error, "2"), "%s", error);
}
END_TEST

START_TEST(test_load_when_no_file_then_defaults_are_usable)
{
	char error[CONFIG_ERROR_MAX];
	struct config *config;
	ck_assert_msg(config_load(root, NULL, &config, error) == 0, "%s", error);
	ck_assert_str_eq(config->state_dir, "/var/lib/mianrao");
	ck_assert_uint_eq(config->smpp.listeners_count, 1);
	ck_assert_uint_eq(config->smpp.listeners[0].port, 2775);
	ck_assert_str_eq(config->redis.prefix, "mr:");
	ck_assert(config_is_service_code(config, "10086999"));
	ck_assert(!config_is_service_code(config, "10086"));
	ck_assert_uint_eq(config->verdict_policies_count, 1);
	ck_assert_mem_eq(&config->verdict_policies[0], &verdict_policy_default,
			 sizeof verdict_policy_default);
	ck_assert_uint_eq(config->reward_policies_count, 1);
	ck_assert_mem_eq(&config->reward_policies[0], &reward_policy_default,
			 sizeof reward_policy_default);
	ck_assert_ptr_null(config_find_account(config, "smsc1"));
	talloc_free(config);
}
END_TEST

START_TEST(test_load_when_manual_then_equals_defaults)
{
	char error[CONFIG_ERROR_MAX];
	struct config *manual, *defaults;
	ck_assert_msg(config_load(root, MANUAL, &manual, error) == 0, "%s", error);
	ck_assert_msg(config_load(root, NULL, &defaults, error) == 0, "%s", error);
	char *a = config_dump(root, manual), *b = config_dump(root, defaults);
	ck_assert_str_eq(a, b);
	talloc_free(a);
	talloc_free(b);
	talloc_free(manual);
	talloc_free(defaults);
}
END_TEST

/* The manual with its examples put to use: '#' taken away, the empty lists above them too. */
static char *manual_examples(void)
{
	FILE *file = fopen(MANUAL, "r");
	ck_assert_ptr_nonnull(file);
	char *text = talloc_strdup(root, "");
	char line[512];
	while (fgets(line, sizeof line, file)) {
		bool example = line[0] == '#' && (line[1] != ' ' || line[2] == ' ');
		if (!strstr(line, ": []\n") || strstr(line, "partners"))
			text = talloc_strdup_append(text, example ? line + 1 : line);
	}
	fclose(file);
	return text;
}

START_TEST(test_load_when_examples_used_then_loads_them)
{
	char *text = manual_examples();
	struct config *config = must_load(text);
	ck_assert_uint_eq(config->accounts_count, 2);
	ck_assert_uint_eq(config->feed.sources_count, 1);
	ck_assert_uint_eq(config->smscs_count, 1);
	ck_assert_uint_eq(config->smscs[0].hosts_count, 2);
	ck_assert_uint_eq(config->blocking.operator_rules_count, 2);
	talloc_free(config);
	talloc_free(text);
}
END_TEST

/* Each key of the schema with an example or a default in the manual. */
static void check_keys(const char *manual, const struct cyaml_schema_value *schema)
{
	for (const struct cyaml_schema_field *f = schema->mapping.fields; f->key; f++) {
		char key[80];
		snprintf(key, sizeof key, " %s:", f->key);
		ck_assert_msg(strstr(manual, key) || strstr(manual, key + 1), "no key %s", f->key);
		if (f->value.type == CYAML_MAPPING)
			check_keys(manual, &f->value);
		else if (f->value.type == CYAML_SEQUENCE &&
			 f->value.sequence.entry->type == CYAML_MAPPING)
			check_keys(manual, f->value.sequence.entry);
	}
}

START_TEST(test_manual_when_read_then_names_every_key)
{
	char *text = manual_examples();
	check_keys(text, &config_schema);
	talloc_free(text);
}
END_TEST

/* Each number of the schema has a range, and each octet of a policy a key. */
static void check_ranges(const struct config_place *at, const struct cyaml_schema_value *schema)
{
	for (const struct cyaml_schema_field *f = schema->mapping.fields; f->key; f++) {
		struct config_place below = config_place_key(at, f->key);
		if (f->value.type == CYAML_UINT || f->value.type == CYAML_INT)
			ck_assert_msg(config_range_find(below.pattern) != NULL, "%s has no range",
				      below.pattern);
		if (f->value.type == CYAML_MAPPING)
			check_ranges(&below, &f->value);
		if (f->value.type == CYAML_SEQUENCE &&
		    f->value.sequence.entry->type == CYAML_MAPPING) {
			struct config_place entry = config_place_index(&below, 0);
			check_ranges(&entry, f->value.sequence.entry);
		}
	}
}

START_TEST(test_schema_when_number_then_has_range)
{
	const struct config_place top = { "", "" };
	check_ranges(&top, &config_schema);
}
END_TEST

static size_t policy_octets(const char *list)
{
	const struct cyaml_schema_field *f = config_schema.mapping.fields;
	while (strcmp(f->key, list) != 0)
		f++;
	size_t octets = 0;
	for (f = f->value.sequence.entry->mapping.fields; f->key; f++)
		if (f->value.type != CYAML_STRING && f->value.type != CYAML_SEQUENCE)
			octets += f->value.data_size;
	return octets + sizeof(int64_t); /* effective_ms, which is text in the file */
}

START_TEST(test_schema_when_policy_then_covers_every_member)
{
	/* What is not covered is padding: a member without a key would be more than that. */
	ck_assert_uint_lt(sizeof(struct verdict_policy) - policy_octets("verdict_policies"), 8);
	/* budget_since_ms is text in the file, and the tiers are a list. */
	const struct reward_policy *reward = &reward_policy_default;
	size_t others = sizeof(reward->budget_since_ms) + sizeof(reward->tiers) +
			sizeof(reward->tier_count);
	ck_assert_uint_lt(sizeof(*reward) - others - policy_octets("reward_policies"), 8);
}
END_TEST

START_TEST(test_load_when_keys_left_out_then_presets_fill_them)
{
	struct config *config = must_load(
		"smpp:\n  window_out: 7\n"
		"redis: {prefix: ''}\n" ACCOUNT(
			"hub1", "    rate: 5\n") "feed:\n  sources:\n    - name: east\n"
						 "reports: {partners: [], language: both}\n"
						 "http: {enabled: no}\n");
	ck_assert_uint_eq(config->smpp.window_out, 7);
	ck_assert_uint_eq(config->smpp.response_s, 15);
	ck_assert_uint_eq(config->smpp.listeners_count, 1);
	ck_assert_str_eq(config->redis.prefix, "");
	ck_assert_uint_eq(config->redis.port, 6379);
	const struct config_account *hub = config_find_account(config, "hub1");
	ck_assert_ptr_nonnull(hub);
	ck_assert_uint_eq(hub->role, ACCOUNT_HUB);
	ck_assert_uint_eq(hub->rate, 5);
	ck_assert_uint_eq(hub->window, 64);
	ck_assert_uint_eq(hub->addresses_count, 0);
	ck_assert_uint_eq(config->feed.sources[0].disorder_s, 300);
	ck_assert_str_eq(config->feed.sources[0].columns[CALL_FIELD_START], "start");
	ck_assert_int_eq(config->reports.language, REPLY_BOTH);
	ck_assert(!config->http.enabled);
	talloc_free(config);
}
END_TEST

START_TEST(test_load_when_nothing_in_file_then_defaults)
{
	static const char *const texts[] = { "", "# only words\n", "{}\n", "---\n" };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct config *config = must_load(texts[i]);
		ck_assert_uint_eq(config->smpp.window_out, 32);
		talloc_free(config);
	}
}
END_TEST

START_TEST(test_load_when_policies_unordered_then_sorted_and_filled)
{
	struct config *config =
		must_load("verdict_policies:\n"
			  "  - {effective: 2026-06-01T00:00+08:00, verify_at: 80}\n"
			  "  - {effective: 2026-01-01T00:00+08:00, verify_at: 70}\n"
			  "reward_policies: [{effective: 2026-01-01T00:00Z, amount_mb: 5}]\n");
	ck_assert_uint_eq(config->verdict_policies_count, 2);
	ck_assert_int_eq(config->verdict_policies[0].effective_ms, 1767196800000);
	ck_assert_int_eq(config->verdict_policies[0].verify_at, 70);
	ck_assert_int_eq(config->verdict_policies[1].verify_at, 80);
	ck_assert_uint_eq(config->verdict_policies[1].window_days,
			  verdict_policy_default.window_days);
	ck_assert_uint_eq(config->reward_policies[0].amount_mb, 5);
	ck_assert_uint_eq(config->reward_policies[0].cap_day, reward_policy_default.cap_day);
	talloc_free(config);
}
END_TEST

START_TEST(test_load_when_numbers_written_freely_then_canonical)
{
	struct config *config = must_load("reports: {partners: ['138 1234 5678']}\n"
					  "blocking: {protected_numbers: ['0086-400-123-4567']}\n");
	ck_assert_str_eq(config->reports.partners[0], "+8613812345678");
	ck_assert_str_eq(config->blocking.protected_numbers[0], "4001234567");
	talloc_free(config);
}
END_TEST

START_TEST(test_load_when_service_codes_and_keywords_then_canonical_and_compiled)
{
	struct config *config = must_load(
		"reports: {service_codes: ['100 86 999', '0000', '00000']}\n"
		"keywords:\n"
		"  - {sense: help, words: [BZ]}\n"
		"  - {sense: shield_on, scope: sms, words: [ABAB], codes: ['0000', '10086999']}\n");
	const struct keyword_set *set = keyword_table_set(config->keyword_table, "0000");

	ck_assert_str_eq(config->reports.service_codes[0], "10086999");
	ck_assert_str_eq(config->reports.service_codes[1], "0000");
	ck_assert(config_is_service_code(config, "00000") && !config_is_service_code(config, "0"));
	ck_assert_str_eq(keyword_set_shown(set, KEYWORD_SHIELD_ON, REPORT_SCOPE_SMS), "ABAB");
	ck_assert_str_eq(keyword_set_shown(set, KEYWORD_HELP, REPORT_SCOPE_BOTH), "BZ");
	ck_assert_ptr_null(keyword_set_shown(keyword_table_set(config->keyword_table, "00000"),
					     KEYWORD_SHIELD_ON, REPORT_SCOPE_SMS));
	talloc_free(config);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *error; /* part of it, behind the file's name */
} faults[] = {
	{ "no yaml", "smpp: [", ":2: while parsing" },
	{ "tab", "smpp:\n\twindow_out: 3\n", ":2: while scanning" },
	{ "two documents", "drain_s: 1\n---\ndrain_s: 2\n", "more than one document" },
	{ "a list at the top", "- a\n", ":1: keys with values are wanted" },
	{ "unknown key", "drain_s: 1\nsmpp:\n  windw: 3\n", ":3: smpp: unknown key 'windw'" },
	{ "key twice", "drain_s: 1\nlog_level: info\ndrain_s: 2\n", ":3: drain_s: comes twice" },
	{ "section empty", "smpp:\n", ":1: smpp: keys with values" },
	{ "scalar for list", "accounts: 7\n", ":1: accounts: a list is wanted" },
	{ "list for scalar", "drain_s: [1]\n", ":1: drain_s: a single value" },
	{ "number is text", "drain_s: soon\n", ":1: drain_s: 'soon' is not a whole number" },
	{ "number is octal", "drain_s: 010\n", "'010' is not a whole number" },
	{ "number too great", "drain_s: 3601\n", "3601 is not within 0 to 3600" },
	{ "number negative", "smpp: {window_out: -1}\n", "-1 is not within 1 to 10000" },
	{ "number overflows", "drain_s: 99999999999999999999\n", "is not a whole number" },
	{ "port too great", "http: {port: 65536}\n", "http.port: 65536 is not within" },
	{ "no bool", "http: {enabled: flase}\n", "'flase' is neither true nor false" },
	{ "no word", "reports: {language: fr}\n", "'fr' is none of: zh, en, both" },
	{ "NUL", "state_dir: \"a\\0b\"\n", "state_dir: holds a NUL" },
	{ "alias", "instance: &a x\nstate_dir: *a\n", "alias" },
	{ "level", "log_level: loud\n", "log_level: 'loud' is none of" },
	{ "instance", "instance: a b\n", ":1: instance: wants 1 to 31" },
	{ "system_id long", "smpp: {system_id: abcdefghijklmnop}\n", "1 to 15 visible" },
	{ "no listener", "smpp: {listeners: []}\n", "smpp.listeners: must not be empty" },
	{ "host name", "smpp:\n  listeners:\n    - address: localhost\n",
	  ":3: smpp.listeners[0].address: 'localhost' is not a numeric address" },
	{ "redis host", "redis: {address: redis.example}\n", "redis.address: 'redis.example'" },
	{ "redis prefix", "redis: {prefix: 'a{b}'}\n", "redis.prefix: wants" },
	{ "account lacks role", "accounts:\n  - system_id: a\n    password_hash: " HASH "\n",
	  ":2: accounts[0]: has no key 'role'" },
	{ "account name empty", ACCOUNT("''", ""), "accounts[0].system_id: must not be empty" },
	{ "account twice",
	  ACCOUNT("a", "  - {system_id: a, role: smsc, password_hash: " HASH "}\n"),
	  ":5: accounts[1].system_id: 'a' is already accounts[0]" },
	{ "hash is a password", "accounts: [{system_id: a, role: hub, password_hash: secret}]\n",
	  "accounts[0].password_hash: is not a hash" },
	{ "hash without end", "accounts: [{system_id: a, role: hub, password_hash: $y$j9T$ab$}]\n",
	  "password_hash: is not a hash" },
	{ "hash of DES", "accounts: [{system_id: a, role: hub, password_hash: rl.3StKT.4T8M}]\n",
	  "password_hash: is not a hash" },
	{ "role", "accounts:\n- {system_id: a, role: boss, password_hash: " HASH "}\n",
	  ":2: accounts[0].role: 'boss' is none of: smsc, hub" },
	{ "address block", ACCOUNT("a", "    addresses:\n      - 10.0.0.0/8\n      - 10.0.0.1/8\n"),
	  ":7: accounts[0].addresses[1]: '10.0.0.1/8' is no address block" },
	{ "SMSC without name", "smscs: [{system_id: a}]\n", "smscs[0]: has no key 'name'" },
	{ "SMSC name", SMSC("a#1", ""), ":2: smscs[0].name: wants 1 to 31" },
	{ "SMSC twice", SMSC("a", "") "  - {name: a, system_id: b}\n",
	  ":6: smscs[1].name: 'a' is already smscs[0]" },
	{ "SMSC without hosts", "smscs: [{name: a, system_id: b}]\n",
	  "smscs[0].hosts: must not be empty" },
	{ "SMSC host name", "smscs: [{name: a, system_id: b, hosts: [{address: smsc.example}]}]\n",
	  "smscs[0].hosts[0].address: 'smsc.example' is not a numeric address" },
	{ "SMSC port", SMSC("a", "") "      - {address: 10.0.0.1, port: 0}\n",
	  "smscs[0].hosts[1].port" },
	{ "SMSC bind", SMSC("a", "    bind: both\n"), "smscs[0].bind: 'both' is none of" },
	{ "SMSC version", SMSC("a", "    interface_version: 0x35\n"), "is none of: 0x33" },
	{ "SMSC 3.3", SMSC("a", "    interface_version: 0x33\n"), "SMPP 3.3 has no transceiver" },
	{ "SMSC backoff", SMSC("a", "    reconnect_min_ms: 60001\n"),
	  "smscs[0].reconnect_min_ms: is greater than reconnect_max_ms" },
	{ "SMSC with two secrets", SMSC("a", "    password: x\n    password_file: /y\n"),
	  "smscs[0].password_file: and a password" },
	{ "SMSC secret file", SMSC("a", "    password_file: /nowhere/secret\n"),
	  "smscs[0].password_file: /nowhere/secret: No such file" },
	{ "SMSC secret file empty", SMSC("a", "    password_file: /dev/null\n"),
	  "smscs[0].password_file: /dev/null: No data" },
	{ "SMSC secret long", SMSC("a", "    password: " LONG "\n"), "is longer than 64 octets" },
	{ "SMSC type", SMSC("a", "    system_type: abcdefghijklm\n"), "longer than 12 octets" },
	{ "outbind block", SMSC("a", "    outbind: {addresses: [10.0.0.1/8]}\n"),
	  "smscs[0].outbind.addresses[0]: '10.0.0.1/8' is no address block" },
	{ "outbind by nobody", SMSC("a", "    outbind: {addresses: [10.0.0.1], password: x}\n"),
	  "smscs[0].outbind.system_id: wants" },
	{ "outbind by anybody", SMSC("a", "    outbind: {addresses: [10.0.0.1], system_id: x}\n"),
	  "smscs[0].outbind: wants a password" },
	{ "outbind of two",
	  SMSC("a",
	       "    outbind: {addresses: [10.0.0.1], system_id: x, password: y}\n") "  - {name: b, "
										    "system_id: b, "
										    "outbind: "
										    "{addresses: "
										    "[10.0.0.2], "
										    "system_id: "
										    "x}}\n",
	  "smscs[1].outbind.system_id: 'x' is already smscs[0]'s" },
	{ "lockout", "smpp: {lockout_s: 61, lockout_max_s: 60}\n",
	  "smpp.lockout_s: is greater than smpp.lockout_max_s" },
	{ "source prefix", ACCOUNT("a", "    sources: ['+86', '0086']\n"),
	  "accounts[0].sources[1]: '0086' begins no canonical number" },
	{ "source prefix empty", ACCOUNT("a", "    sources: ['']\n"),
	  "accounts[0].sources[0]: ''" },
	{ "destination prefix", ACCOUNT("a", "    destinations: ['+86x']\n"),
	  "accounts[0].destinations[0]: '+86x' begins no" },
	{ "keyword sense", "keywords: [{sense: halp, words: [A1]}]\n",
	  "keywords[0].sense: 'halp' is none of: help, status" },
	{ "keyword sense, all told", "keywords: [{sense: halp, words: [A1]}]\n",
	  ", plain_texts, standard_texts, machine" },
	{ "keyword scope", "keywords: [{sense: shield_on, scope: mms, words: [A1]}]\n",
	  "keywords[0].scope: 'mms' is none of: both, calls, sms" },
	{ "keyword twice",
	  "keywords:\n  - sense: help\n    words: [BZ]\n  - sense: undo\n    words:\n"
	  "      - 撤销\n      - bz\n",
	  ":7: keywords[1].words[1]: 'bz' is a word of help already" },
	{ "keyword of nothing", "keywords:\n  - sense: help\n    words: ['!!']\n",
	  ":3: keywords[0].words[0]: '!!' holds no letter" },
	{ "keyword too short",
	  "keywords:\n- sense: help\n  words: [B]\n- sense: shield_off\n  words: [Q]\n",
	  ":5: keywords[1].words[0]: 'Q' is too short" },
	{ "keyword without words", "keywords:\n  - sense: help\n",
	  ":2: keywords[0]: has no words" },
	{ "keyword with a scope", "keywords:\n  - sense: help\n    scope: sms\n    words: [BZ]\n",
	  ":2: keywords[0]: help has no scope" },
	{ "keyword of a strange code",
	  "keywords:\n  - sense: help\n    words: [BZ]\n    codes: ['0000']\n",
	  ":4: keywords[0].codes[0]: '0000' is none of reports.service_codes" },
	{ "service code", "reports: {service_codes: ['10086999', 'x']}\n",
	  "reports.service_codes[1]: 'x' is no telephone number" },
	{ "style", "reports: {style: funny}\n", "'funny' is none of: standard, plain" },
	{ "replies", "reports:\n  replies: /nowhere\n",
	  ":2: reports.replies: /nowhere/zh.txt: No such file" },
	{ "source twice", "feed: {sources: [{name: a}, {name: a}]}\n", "already feed.sources[0]" },
	{ "source name", "feed: {sources: [{name: 'a b'}]}\n", "feed.sources[0].name: wants" },
	{ "delimiter", "feed: {sources: [{name: a, directory: /x, delimiter: ';;'}]}\n",
	  "feed.sources[0].delimiter: wants one" },
	{ "column needed", "feed: {sources: [{name: a, directory: /x, columns: {start: ''}}]}\n",
	  "feed.sources[0].columns.start: must not be empty" },
	{ "column number", "feed: {sources: [{name: a, directory: /x, header: false}]}\n",
	  "feed.sources[0].columns.caller: 'caller' is no column number" },
	{ "unknown column", "feed: {sources: [{name: a, columns: {x: y}}]}\n",
	  "feed.sources[0].columns: unknown key 'x'" },
	{ "no service code", "reports: {service_codes: []}\n", "service_codes: must not be empty" },
	{ "partner", "reports:\n  partners:\n    - '10086'\n    - '138'\n",
	  ":4: reports.partners[1]: '138' is no telephone number" },
	{ "quiet hours", "reports:\n  quiet_hours: 22-8\n",
	  ":2: reports.quiet_hours: '22-8' is no span of hours" },
	{ "a list of ten", "reports: {list_max: 10}\n", "reports.list_max" },
	{ "no question", "reports: {questions: 0}\n", "reports.questions" },
	{ "recheck", "reports: {recheck_s: 601}\n", "is greater than reports.recheck_max_s" },
	{ "receipt ids",
	  SMSC("a", "    receipts: all\n    response_id: hex\n    receipt_id: as_is\n"),
	  "smscs[0].receipt_id: 'as-is' never matches response_id 'hex'" },
	{ "receipt ids of an account", ACCOUNT("a", "    receipt_id: no_zeros\n"),
	  "accounts[0].receipt_id: 'no-zeros' never matches response_id 'as-is'" },
	{ "receipts", SMSC("a", "    receipts: some\n"), "smscs[0].receipts" },
	{ "retry", "answers: {retry_s: 14401}\n", "is greater than answers.retry_max_s" },
	{ "wait for receipts", "answers: {validity_s: 90000}\n",
	  "answers.receipt_wait_s: is not greater than answers.validity_s" },
	{ "repeat", "rewards: {repeat_s: 4000}\n", "is greater than rewards.repeat_max_s" },
	{ "rule",
	  "blocking:\n  operator_rules:\n    - block call from hmt\n    - block fax from +1\n",
	  ":4: blocking.operator_rules[1]: column 7: " },
	{ "operator rule that would block the police",
	  "blocking:\n  operator_rules:\n    - block call from 11\n",
	  ":3: blocking.operator_rules: 'block call from 11' would block the protected number " },
	{ "no policy", "verdict_policies: []\n", "verdict_policies: must not be empty" },
	{ "no reward policy", "reward_policies: []\n", "reward_policies: must not be empty" },
	{ "policy lacks date", "reward_policies: [{amount_mb: 1}]\n", "has no key 'effective'" },
	{ "policy date", "reward_policies: [{effective: 2026-13-01T00:00Z}]\n",
	  "reward_policies[0].effective: '2026-13-01T00:00Z' is no time" },
	{ "policies of one date",
	  "reward_policies: [{effective: 2026-01-01T00:00Z}, {effective: "
	  "2026-01-01T08:00+08:00}]\n",
	  "reward_policies: two policies have the same effective date" },
	{ "review over verify",
	  "verdict_policies: [{effective: 2026-01-01T00:00Z, review_at: 99, verify_at: 9}]\n",
	  "verdict_policies[0].review_at: is greater than verify_at" },
	{ "window over retention", "feed:\n  retention_days: 7\n",
	  "verdict_policies[0].window_days: with deadline_s needs feed.retention_days of 9 or "
	  "more, not 7" },
	{ "acquaintance over retention",
	  "verdict_policies: [{effective: 2026-01-01T00:00Z, acquaintance_days: 9}]\n",
	  "verdict_policies[0].acquaintance_days: with deadline_s needs feed.retention_days of 11 "
	  "or more, not 10" },
	{ "reports for too short a time", "privacy: {retention: {reports_days: 60}}\n",
	  "privacy.retention.reports_days: 60 is not within 90 to 36600" },
	{ "reports for less than messages", "privacy: {retention: {messages_days: 800}}\n",
	  "privacy.retention.reports_days: is 730, and has to be 800 or more: messages_days" },
	{ "rewards for less than reports",
	  "privacy: {retention: {reports_days: 800, rewards_days: 700}}\n",
	  "privacy.retention.rewards_days: is 700, and has to be 800 or more: reports_days" },
	{ "rewards for less than settlements",
	  "privacy: {retention: {reports_days: 100, messages_days: 9, rewards_days: 400}}\n"
	  "rewards: {settlement_keep_days: 500}\n",
	  "privacy.retention.rewards_days: is 400, and has to be 500 or more: "
	  "rewards.settlement_keep_days" },
	{ "the audit for too short a time", "privacy: {retention: {audit_days: 30}}\n",
	  "privacy.retention.audit_days: is 30, and has to be 400 or more: " },
	{ "dialogues for less than a dialogue",
	  "reports: {dialogue_s: 604800}\nprivacy: {retention: {dialogues_days: 7}}\n",
	  "privacy.retention.dialogues_days: is 7, and has to be 8 or more: reports.dialogue_s" },
	{ "deadline over the promise", "reports:\n  promise_s: 3600\n",
	  "verdict_policies[0].deadline_s: is greater than reports.promise_s" },
	{ "no such class",
	  "verdict_policies: [{effective: 2026-01-01T00:00Z, classes: {van: {points: 1}}}]\n",
	  "verdict_policies[0].classes: unknown key 'van'" },
	{ "no such outcome of a class",
	  "verdict_policies: [{effective: 2026-01-01T00:00Z, classes: {port: {outcome: x}}}]\n",
	  "verdict_policies[0].classes.port.outcome" },
	{ "points out of range",
	  "verdict_policies: [{effective: 2026-01-01T00:00Z, score_words: {loan: 1000001}}]\n",
	  "verdict_policies[0].score_words.loan" },
};

START_TEST(test_load_when_faulty_then_names_line_and_key)
{
	char error[CONFIG_ERROR_MAX];
	struct config *config = NULL;
	int rc = load_text(faults[_i].text, &config, error);
	ck_assert_msg(rc == -EINVAL, "%s: rc %d", faults[_i].name, rc);
	ck_assert_msg(strstr(error, faults[_i].error) != NULL, "%s: '%s' lacks '%s'",
		      faults[_i].name, error, faults[_i].error);
	ck_assert_msg(strncmp(error, "/tmp/mianrao-config-", 20) == 0, "%s: '%s'", faults[_i].name,
		      error);
	ck_assert_ptr_null(config);
}
END_TEST

START_TEST(test_load_when_no_such_file_then_enoent)
{
	char error[CONFIG_ERROR_MAX];
	struct config *config;
	ck_assert_int_eq(config_load(root, "/nonexistent/mianrao.yaml", &config, error), -ENOENT);
	ck_assert_str_eq(error, "/nonexistent/mianrao.yaml: No such file or directory");
	ck_assert_int_eq(config_load(root, "/", &config, error), -EINVAL);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *conflict;
} reloads[] = {
	{ "same", "", NULL },
	{ "account", ACCOUNT("a", ""), NULL },
	{ "window", "smpp: {window_out: 1}\n", NULL },
	{ "listener", "smpp: {listeners: [{port: 2776}]}\n", "smpp.listeners" },
	{ "second listener", "smpp: {listeners: [{port: 2775}, {port: 2776}]}\n",
	  "smpp.listeners" },
	{ "redis", "redis: {prefix: x}\n", "redis" },
	{ "state", "state_dir: /x\n", "state_dir" },
	{ "stream", "feed: {stream: x}\n", "feed" },
	{ "source", "feed: {sources: [{name: x}]}\n", "feed" },
	{ "parts", "smpp: {concat_wait_s: 9}\n", "smpp.concat_wait_s" },
	{ "cache", "blocking: {near_cache_entries: 5}\n", "blocking.near_cache_entries" },
	{ "policy", "reward_policies: [{effective: 2026-01-01T00:00Z}]\n", NULL },
};

START_TEST(test_reload_when_key_differs_then_conflict_only_for_fixed)
{
	struct config *running = must_load("");
	struct config *loaded = must_load(reloads[_i].text);
	const char *conflict = config_reload_conflict(running, loaded);
	const char *want = reloads[_i].conflict;
	ck_assert_msg(!want == !conflict && (!want || strcmp(want, conflict) == 0), "%s: %s",
		      reloads[_i].name, conflict ? conflict : "none");
	talloc_free(running);
	talloc_free(loaded);
}
END_TEST

START_TEST(test_load_when_smsc_then_presets_and_secrets_fill_it)
{
	char path[] = "/tmp/mianrao-secret-XXXXXX";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "from file\nsecond line\n", 22), 22);
	close(fd);
	char *text = talloc_asprintf(root, SMSC("a", "    password_file: %s\n"), path);
	struct config *config = must_load(text);
	const struct config_smsc *smsc = config_find_smsc(config, "a");
	ck_assert_ptr_nonnull(smsc);
	ck_assert_ptr_null(config_find_smsc(config, "b"));
	ck_assert_str_eq(smsc->password, "from file");
	ck_assert_uint_eq(smsc->hosts[0].port, 2775);
	ck_assert_uint_eq(smsc->interface_version, 0x34);
	ck_assert_uint_eq(smsc->window, 32);
	ck_assert_str_eq(smsc->outbind.system_id, "");
	char *dump = config_dump(root, config);
	ck_assert_ptr_nonnull(strstr(dump, "smscs[0].password = (set)\n"));
	ck_assert_ptr_null(strstr(dump, "from file"));
	ck_assert_ptr_nonnull(strstr(dump, "smscs[0].outbind.password = \n"));
	unlink(path);
	talloc_free(dump);
	talloc_free(text);
	talloc_free(config);
}
END_TEST

/* Each key alone makes another SMSC of it. */
START_TEST(test_same_smsc_when_one_key_differs_then_false)
{
	static const char *const keys[] = {
		"    balance: load_sharing\n",
		"    bind: pair\n",
		"    sessions: 2\n",
		"    password: other\n",
		"    system_type: VMA\n",
		"    interface_version: 0x50\n",
		"    addr_ton: 1\n",
		"    addr_npi: 1\n",
		"    address_range: ^1\n",
		"    window: 31\n",
		"    rate: 1\n",
		"    enquire_s: 1\n",
		"    response_s: 1\n",
		"    reconnect_min_ms: 1\n",
		"    reconnect_max_ms: 1001\n",
		"    outbind: {addresses: [10.0.0.1], system_id: x, password: y}\n",
		"    outbind: {addresses: [10.0.0.2], system_id: x, password: y}\n",
		"    outbind: {addresses: [10.0.0.1], system_id: z, password: y}\n",
		"    outbind: {addresses: [10.0.0.1], system_id: x, password: z}\n",
		"    outbind: {addresses: [10.0.0.1, 10.0.0.2], system_id: x, password: y}\n",
	};
	struct config *loaded[COUNT_OF(keys)];

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const char *text = SMSC("a", "");
		const char *at = strstr(text, "    hosts:");
		char *whole =
			talloc_asprintf(root, "%.*s%s%s", (int)(at - text), text, keys[i], at);
		loaded[i] = must_load(whole);
		for (size_t j = 0; j <= i; j++)
			ck_assert_msg(config_same_smsc(&loaded[i]->smscs[0],
						       &loaded[j]->smscs[0]) == (i == j),
				      "%s and %s", keys[i], keys[j]);
		talloc_free(whole);
	}
	struct config *other = must_load("smscs: [{name: a, system_id: b, hosts: [{address: "
					 "10.0.0.9}]}]\n");
	struct config *port = must_load("smscs: [{name: a, system_id: b, hosts: [{address: "
					"10.0.0.9, port: 1}]}]\n");
	struct config *again = must_load("smscs: [{name: a, system_id: b, hosts: [{address: "
					 "10.0.0.9}]}]\n");
	ck_assert(!config_same_smsc(&other->smscs[0], &port->smscs[0]));
	ck_assert(config_same_smsc(&other->smscs[0], &again->smscs[0]));
	talloc_free(other);
	talloc_free(port);
	talloc_free(again);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		talloc_free(loaded[i]);
}
END_TEST

START_TEST(test_dump_when_account_then_hash_is_hidden)
{
	struct config *config = must_load(ACCOUNT("a", ""));
	char *text = config_dump(root, config);
	ck_assert_ptr_nonnull(strstr(text, "accounts[0].password_hash = (set)\n"));
	ck_assert_ptr_null(strstr(text, "$y$"));
	talloc_free(text);
	talloc_free(config);
}
END_TEST

static const struct {
	const char *block;
	const char *peer;
	bool inside;
} blocks[] = {
	{ "10.20.0.0/16", "10.20.255.1", true },
	{ "10.20.0.0/16", "10.21.0.0", false },
	{ "10.20.16.0/20", "10.20.31.9", true },
	{ "10.20.16.0/20", "10.20.32.0", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.0.0.1", "127.0.0.2", false },
	{ "2001:db8::/32", "2001:db8:1::1", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "::/0", "10.0.0.1", false },
	{ "0.0.0.0/0", "2001:db8::1", false },
};

START_TEST(test_allows_when_peer_in_block_then_true)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in *four = (void *)&peer;
	struct sockaddr_in6 *six = (void *)&peer;
	char *list[] = { (char *)blocks[_i].block };
	const struct config_account account = { .addresses = list, .addresses_count = 1 };
	const struct config_account none = { .addresses_count = 0 };
	if (inet_pton(AF_INET, blocks[_i].peer, &four->sin_addr) == 1)
		peer.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, blocks[_i].peer, &six->sin6_addr) == 1)
		peer.ss_family = AF_INET6;
	ck_assert_msg(address_list_allows(&account, (void *)&peer) == blocks[_i].inside, "%s in %s",
		      blocks[_i].peer, blocks[_i].block);
	ck_assert(!address_list_allows(&none, (void *)&peer));
}
END_TEST

START_TEST(test_cidr_when_malformed_then_ebadmsg)
{
	static const char *const texts[] = {
		"",	      "/8",	      "10.0.0/8",   "10.0.0.0/33",
		"10.0.0.0/",  "10.0.0.0/08",  "10.0.0.0/x", "10.0.0.1/24",
		"10.0.0/8/8", "10.0.0.0/8/8", "::/129",	    "::1/64",
		"localhost",
	};
	struct cidr block;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(cidr_parse(texts[i], &block) == -EBADMSG, "'%s'", texts[i]);
}
END_TEST

START_TEST(test_iso_time_when_ms_then_local_second)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T08:00:00+08:00" },
		{ 1760748690123, "2025-10-18T08:51:30+08:00" },
		{ 1709136000000 - 1, "2024-02-28T23:59:59+08:00" },
		{ -1, "1970-01-01T07:59:59+08:00" },
		{ INT64_MAX, "?" },
		{ INT64_MIN, "?" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[ISO_TIME_MAX];
		ck_assert_str_eq(iso_time_format(rows[i].ms, text), rows[i].text);
	}
}
END_TEST

START_TEST(test_iso_time_when_typed_by_people_then_read)
{
	static const char *const same[] = {
		"2026-01-01T00:00+08:00",
		"2026-01-01T00:00:00+08:00",
		"2025-12-31T16:00:00Z",
		"2025-12-31T16:00Z",
		"2026-01-01T00:00",
		"2026-01-01T00:00:00",
		"2026-01-01 00:00:00",
		"2026-01-01",
		"1767196800",
		"2026-01-01T00:00:00.000+08:00",
	};
	static const char *const not_times[] = {
		"",
		"yesterday",
		"2026-13-01",
		"2026-01-01T",
		"2026-01-01T25:00",
		"2026-01-01T00:00+99:00",
		"2026-01-01T00:00:00+08:00 and then something that is longer than any time",
	};
	int64_t ms = -7;

	for (size_t i = 0; i < sizeof not_times / sizeof not_times[0]; i++) {
		ck_assert_msg(iso_time_read(not_times[i], &ms) < 0, "'%s' was read", not_times[i]);
		ck_assert_int_eq(ms, -7);
	}
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		ms = -7;
		ck_assert_msg(iso_time_read(same[i], &ms) == 0, "'%s' was not read", same[i]);
		ck_assert_int_eq(ms, INT64_C(1767196800000));
	}
}
END_TEST

/* Any damage to the manual is refused or loads; nothing leaks and nothing crashes. */
START_TEST(test_load_when_manual_is_cut_then_error_or_config)
{
	FILE *file = fopen(MANUAL, "r");
	static char text[65536];
	size_t len = fread(text, 1, sizeof text, file);
	fclose(file);
	for (size_t cut = 0; cut < len; cut += 197) {
		char error[CONFIG_ERROR_MAX];
		struct config *config;
		if (load_octets(text, cut, &config, error) == 0)
			talloc_free(config);
		else
			ck_assert_uint_gt(strlen(error), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60); /* hundreds of cut files, each with the tables of deploy/ */
	tcase_add_test(tc, test_load_when_no_file_then_defaults_are_usable);
	tcase_add_test(tc, test_load_when_block_reported_is_written_then_policy);
	tcase_add_test(tc, test_load_when_manual_then_equals_defaults);
	tcase_add_test(tc, test_load_when_examples_used_then_loads_them);
	tcase_add_test(tc, test_manual_when_read_then_names_every_key);
	tcase_add_test(tc, test_schema_when_number_then_has_range);
	tcase_add_test(tc, test_schema_when_policy_then_covers_every_member);
	tcase_add_test(tc, test_load_when_keys_left_out_then_presets_fill_them);
	tcase_add_test(tc, test_load_when_nothing_in_file_then_defaults);
	tcase_add_test(tc, test_load_when_policies_unordered_then_sorted_and_filled);
	tcase_add_test(tc, test_load_when_numbers_written_freely_then_canonical);
	tcase_add_test(tc, test_load_when_service_codes_and_keywords_then_canonical_and_compiled);
	tcase_add_loop_test(tc, test_load_when_faulty_then_names_line_and_key, 0, COUNT_OF(faults));
	tcase_add_test(tc, test_load_when_no_such_file_then_enoent);
	tcase_add_loop_test(tc, test_reload_when_key_differs_then_conflict_only_for_fixed, 0,
			    COUNT_OF(reloads));
	tcase_add_test(tc, test_load_when_smsc_then_presets_and_secrets_fill_it);
	tcase_add_test(tc, test_same_smsc_when_one_key_differs_then_false);
	tcase_add_test(tc, test_dump_when_account_then_hash_is_hidden);
	tcase_add_loop_test(tc, test_allows_when_peer_in_block_then_true, 0, COUNT_OF(blocks));
	tcase_add_test(tc, test_cidr_when_malformed_then_ebadmsg);
	tcase_add_test(tc, test_iso_time_when_ms_then_local_second);
	tcase_add_test(tc, test_iso_time_when_typed_by_people_then_read);
	tcase_add_test(tc, test_load_when_manual_is_cut_then_error_or_config);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
