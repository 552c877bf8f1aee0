/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/config_check.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_guard.h"
#include "gateway/cidr.h"
#include "gateway/listener_tls.h"
#include "gateway/log.h"
#include "rules/number.h"

enum { SYSTEM_ID_MAX = 15, NAME_MAX_OCTETS = 31, PREFIX_MAX_OCTETS = 32, HASH_MIN_OCTETS = 22 };

struct check {
	const struct config_tree *tree;
	void *ctx;
	const struct numbering *plan;
};

/* A path with its indexes filled in, in the caller's buffer. */
__attribute__((format(printf, 2, 3))) static const char *path_of(char path[CONFIG_PATH_MAX],
								 const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(path, CONFIG_PATH_MAX, format, args);
	va_end(args);
	return path;
}

bool config_is_name(const char *text)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(text);
	return len > 0 && len <= NAME_MAX_OCTETS && text[strspn(text, allowed)] == 0;
}

bool config_is_system_id(const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	return len > 0 && len <= SYSTEM_ID_MAX;
}

bool config_is_address(const char *text)
{
	uint8_t octets[16];
	return inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
}

static int check_address(const struct check *check, const char *path, const char *text)
{
	if (config_is_address(text))
		return 0;
	return config_tree_fault(check->tree, path, "'%.60s' is not a numeric address", text);
}

static int check_process(const struct check *check, const struct config *config)
{
	if (!config_is_name(config->instance))
		return config_tree_fault(check->tree, "instance",
					 "wants 1 to 31 letters, digits, '.', '_' or '-'");
	if (!config->state_dir[0])
		return config_tree_fault(check->tree, "state_dir", "must not be empty");
	if (!log_level_known(config->log_level))
		return config_tree_fault(check->tree, "log_level",
					 "'%.60s' is none of: debug, info, notice, error",
					 config->log_level);
	if (!log_format_known(config->log_format))
		return config_tree_fault(check->tree, "log_format",
					 "'%.60s' is none of: text, json", config->log_format);
	return 0;
}

static int check_listener(const struct check *check, const struct config_listener *listener,
			  unsigned index)
{
	char path[CONFIG_PATH_MAX];
	struct smpp_tls_fault fault;
	int rc = check_address(check, path_of(path, "smpp.listeners[%u].address", index),
			       listener->address);
	if (rc == 0 && listener_tls_check(listener, &fault) < 0)
		rc = config_tree_fault(check->tree,
				       path_of(path, "smpp.listeners[%u].%s", index, fault.item),
				       "%s", fault.text);
	return rc;
}

static int check_smpp(const struct check *check, const struct config *config)
{
	const struct config_smpp *smpp = &config->smpp;
	if (!config_is_system_id(smpp->system_id))
		return config_tree_fault(check->tree, "smpp.system_id",
					 "wants 1 to 15 visible ASCII characters");
	if (smpp->lockout_s > smpp->lockout_max_s)
		return config_tree_fault(check->tree, "smpp.lockout_s",
					 "is greater than smpp.lockout_max_s");
	if (smpp->listeners_count == 0)
		return config_tree_fault(check->tree, "smpp.listeners", "must not be empty");
	for (unsigned i = 0; i < smpp->listeners_count; i++) {
		int rc = check_listener(check, &smpp->listeners[i], i);
		if (rc)
			return rc;
	}
	return 0;
}

/* A whole hash of a method that crypt(5) counts as good: a setting alone would match nothing. */
static bool is_hash(const char *hash)
{
	const char *last = strrchr(hash, '$');
	return hash[0] == '$' && last && strlen(last + 1) >= HASH_MIN_OCTETS &&
	       hash[strcspn(hash, " \t\r\n:;*!\\")] == 0 && crypt_checksalt(hash) == CRYPT_SALT_OK;
}

/* "+8613", "106", or how a name begins: a number that is written otherwise would match nothing. */
static bool is_prefix(const char *text)
{
	size_t len = strlen(text);
	size_t digits = strspn(text + (text[0] == '+'), "0123456789") + (text[0] == '+');
	if (len == 0 || len >= NUMBER_MAX || (text[0] == '0' && digits == len))
		return false;
	if (text[0] == '+')
		return digits == len && text[1] != '0';
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	return true;
}

static int check_prefixes(const struct check *check, unsigned index, const char *key,
			  char *const *prefixes, unsigned count)
{
	char path[CONFIG_PATH_MAX];
	for (unsigned i = 0; i < count; i++)
		if (!is_prefix(prefixes[i]))
			return config_tree_fault(
				check->tree, path_of(path, "accounts[%u].%s[%u]", index, key, i),
				"'%.60s' begins no canonical number (+8613, 106, +44)",
				prefixes[i]);
	return 0;
}

static int check_account(const struct check *check, const struct config *config, unsigned index)
{
	const struct config_account *account = &config->accounts[index];
	char path[CONFIG_PATH_MAX];
	if (!config_is_system_id(account->system_id))
		return config_tree_fault(check->tree,
					 path_of(path, "accounts[%u].system_id", index),
					 "wants 1 to 15 visible ASCII characters");
	for (unsigned i = 0; i < index; i++)
		if (strcmp(config->accounts[i].system_id, account->system_id) == 0)
			return config_tree_fault(
				check->tree, path_of(path, "accounts[%u].system_id", index),
				"'%s' is already accounts[%u]", account->system_id, i);
	if (!is_hash(account->password_hash))
		return config_tree_fault(
			check->tree, path_of(path, "accounts[%u].password_hash", index),
			"is not a hash as `mianrao accounts hash` prints it (yescrypt)");
	uint8_t octets[SMPP_TLS_FINGERPRINT_SIZE];
	if (account->certificate_fingerprint[0] &&
	    smpp_tls_fingerprint_read(account->certificate_fingerprint, octets) < 0)
		return config_tree_fault(
			check->tree, path_of(path, "accounts[%u].certificate_fingerprint", index),
			"is not a SHA-256 fingerprint, 64 hex digits");
	int rc = check_prefixes(check, index, "sources", account->sources, account->sources_count);
	if (rc == 0)
		rc = check_prefixes(check, index, "destinations", account->destinations,
				    account->destinations_count);
	if (rc)
		return rc;
	if (account->role == ACCOUNT_SMSC && account->destinations_count > 0)
		return config_tree_fault(check->tree,
					 path_of(path, "accounts[%u].destinations", index),
					 "is for hubs: an smsc reaches the service codes only");
	for (unsigned i = 0; i < account->addresses_count; i++) {
		struct cidr block;
		if (cidr_parse(account->addresses[i], &block))
			return config_tree_fault(
				check->tree, path_of(path, "accounts[%u].addresses[%u]", index, i),
				"'%.60s' is no address block (10.20.0.0/16, 2001:db8::/32)",
				account->addresses[i]);
	}
	return 0;
}

static int check_accounts(const struct check *check, const struct config *config)
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < config->accounts_count; i++)
		rc = check_account(check, config, i);
	return rc;
}

static int check_redis(const struct check *check, const struct config *config)
{
	const char *prefix = config->redis.prefix;
	if (strlen(prefix) > PREFIX_MAX_OCTETS || prefix[strcspn(prefix, "{} \t\r\n*?[]\\")])
		return config_tree_fault(check->tree, "redis.prefix",
					 "wants at most 32 octets without {} [] * ? \\ or spaces");
	return check_address(check, "redis.address", config->redis.address);
}

/* The list's texts become canonical numbers: what is compared later has one writing. */
static int check_numbers(const struct check *check, const char *key, char **numbers, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct number number;
		char path[CONFIG_PATH_MAX];
		if (number_read(check->plan, numbers[i], strlen(numbers[i]), &number))
			return config_tree_fault(check->tree, path_of(path, "%s[%u]", key, i),
						 "'%.60s' is no telephone number", numbers[i]);
		if (strcmp(number.text, numbers[i]) == 0)
			continue;
		numbers[i] = talloc_strdup(check->ctx, number.text);
		if (!numbers[i])
			return -ENOMEM;
	}
	return 0;
}

int config_check_partners(const struct config_tree *tree, void *ctx, const struct numbering *plan,
			  const struct config *config)
{
	const struct check check = { .tree = tree, .ctx = ctx, .plan = plan };
	return check_numbers(&check, "reports.partners", config->reports.partners,
			     config->reports.partners_count);
}

static int check_codes(const struct check *check, char **codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct number number;
		char path[CONFIG_PATH_MAX];
		if (config_read_code(check->plan, codes[i], strlen(codes[i]), &number))
			return config_tree_fault(check->tree,
						 path_of(path, "reports.service_codes[%u]", i),
						 "'%.60s' is no telephone number", codes[i]);
		codes[i] = talloc_strdup(check->ctx, number.text);
		if (!codes[i])
			return -ENOMEM;
	}
	return 0;
}

static int check_reports(const struct check *check, const struct config *config)
{
	const struct config_reports *reports = &config->reports;
	if (reports->service_codes_count == 0)
		return config_tree_fault(check->tree, "reports.service_codes", "must not be empty");
	if (reports->recheck_s > reports->recheck_max_s)
		return config_tree_fault(check->tree, "reports.recheck_s",
					 "is greater than reports.recheck_max_s");
	int rc = check_codes(check, reports->service_codes, reports->service_codes_count);
	return rc ? rc : config_check_partners(check->tree, check->ctx, check->plan, config);
}

static char *join_lines(void *ctx, const char *before, char **lines, unsigned count)
{
	char *text = talloc_strdup(ctx, "");
	for (unsigned i = 0; i < count && text; i++)
		text = talloc_asprintf_append(text, "%s%s\n", before, lines[i]);
	return text;
}

/* Rules that would block a protected number if nothing protected it are a mistake. */
static int check_guarded(const struct check *check, void *ctx,
			 const struct config_blocking *blocking)
{
	char *rules = join_lines(ctx, "", blocking->operator_rules, blocking->operator_rules_count);
	char *numbers = join_lines(ctx, "allow call,sms from =", blocking->protected_numbers,
				   blocking->protected_numbers_count);
	struct block_set *operator_rules, *protected_numbers;
	struct block_fault fault = { 0 };
	struct block_guard_hit hit;
	char rule[BLOCK_RULE_TEXT_MAX];
	if (!rules || !numbers)
		return -ENOMEM;
	int rc = block_set_compile(ctx, check->plan, rules, strlen(rules), &operator_rules, NULL,
				   &fault);
	if (rc == 0)
		rc = block_set_compile(ctx, check->plan, numbers, strlen(numbers),
				       &protected_numbers, NULL, &fault);
	if (rc < 0)
		return rc == -ENOMEM ? rc
				     : config_tree_fault(check->tree, "blocking", "%s", fault.text);
	ssize_t hits =
		block_guard_protected(ctx, check->plan, operator_rules, protected_numbers, &hit, 1);
	if (hits <= 0)
		return (int)hits;
	block_rule_format(hit.rule, rule);
	return config_tree_fault(check->tree, "blocking.operator_rules",
				 "'%s' would block the protected number %s", rule, hit.number);
}

static int check_blocking(const struct check *check, const struct config *config)
{
	const struct config_blocking *blocking = &config->blocking;
	for (unsigned i = 0; i < blocking->operator_rules_count; i++) {
		const char *line = blocking->operator_rules[i];
		struct block_rule rule;
		struct block_fault fault;
		char path[CONFIG_PATH_MAX];
		if (block_rule_parse(check->plan, line, strlen(line), &rule, &fault) < 0)
			return config_tree_fault(check->tree,
						 path_of(path, "blocking.operator_rules[%u]", i),
						 "column %zu: %s", fault.column, fault.text);
	}
	int rc = check_numbers(check, "blocking.protected_numbers", blocking->protected_numbers,
			       blocking->protected_numbers_count);
	void *ctx = rc ? NULL : talloc_new(NULL);
	if (!ctx)
		return rc ? rc : -ENOMEM;
	rc = check_guarded(check, ctx, blocking);
	talloc_free(ctx);
	return rc;
}

static int take_quiet_hours(const struct config_tree *tree, struct config_reports *reports)
{
	if (quiet_hours_parse(reports->quiet_hours, &reports->quiet) == 0)
		return 0;
	return config_tree_fault(tree, "reports.quiet_hours",
				 "'%.60s' is no span of hours (22:00-08:00)", reports->quiet_hours);
}

int config_check(const struct config_tree *tree, void *ctx, struct config_file *file)
{
	static int (*const parts[])(const struct check *, const struct config *) = {
		check_process, check_smpp,    check_accounts,
		check_redis,   check_reports, check_blocking,
	};
	const struct check check = { tree, ctx, file->config.tables->numbering };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++)
		rc = parts[i](&check, &file->config);
	if (rc == 0)
		rc = take_quiet_hours(tree, &file->config.reports);
	if (rc == 0)
		rc = config_check_smscs(tree, ctx, &file->config);
	if (rc == 0)
		rc = config_check_receipts(tree, &file->config);
	if (rc == 0)
		rc = config_check_rewards(tree, ctx, &file->config);
	if (rc == 0)
		rc = config_check_keywords(tree, ctx, &file->config);
	if (rc == 0)
		rc = config_load_replies(tree, ctx, &file->config);
	if (rc == 0)
		rc = config_check_feed(tree, &file->config);
	if (rc == 0)
		rc = config_check_sip(tree, &file->config);
	if (rc == 0)
		rc = config_check_control(tree, &file->config);
	if (rc == 0)
		rc = config_check_http(tree, &file->config);
	if (rc == 0)
		rc = config_check_policies(tree, ctx, file);
	return rc ? rc : config_check_privacy(tree, &file->config);
}
