/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/config_check.h"
#include "gateway/config_fill.h"

enum { FILE_MAX_OCTETS = 4 << 20 };

/* The whole file, below ctx. */
static int read_file(void *ctx, const char *path, char **text, size_t *len,
		     char error[CONFIG_ERROR_MAX])
{
	char *data = talloc_size(ctx, FILE_MAX_OCTETS + 1);
	FILE *file = fopen(path, "re");
	int rc = !file ? -errno : !data ? -ENOMEM : 0;
	if (rc == 0) {
		*len = fread(data, 1, FILE_MAX_OCTETS + 1, file);
		rc = ferror(file) ? -errno : *len > FILE_MAX_OCTETS ? -EFBIG : 0;
	}
	if (file)
		fclose(file);
	if (rc) {
		talloc_free(data);
		snprintf(error, CONFIG_ERROR_MAX, "%.200s: %s", path, strerror(-rc));
		return rc == -ENOENT ? -ENOENT : -EINVAL;
	}
	*text = talloc_realloc_size(ctx, data, *len + 1);
	return 0;
}

/* libcyaml's memory: talloc below ctx. */
static void *allocate(void *ctx, void *ptr, size_t size)
{
	if (size == 0) {
		talloc_free(ptr);
		return NULL;
	}
	return talloc_realloc_size(ctx, ptr, size);
}

/* libcyaml tells the cause first and then the way to it; the cause is kept. */
static void collect_cause(cyaml_log_t level, void *user, const char *format, va_list args)
{
	char *cause = user;
	if (level == CYAML_LOG_ERROR && !cause[0])
		vsnprintf(cause, CONFIG_ERROR_MAX / 2, format, args);
}

static int load_structs(const struct config_tree *tree, void *ctx, const char *text, size_t len,
			struct config_file **out)
{
	char cause[CONFIG_ERROR_MAX / 2] = "";
	const struct cyaml_config setup = {
		.log_fn = collect_cause,
		.log_ctx = cause,
		.mem_fn = allocate,
		.mem_ctx = ctx,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	*out = NULL;
	if (!config_tree_is_empty(tree)) {
		cyaml_err_t err = cyaml_load_data((const uint8_t *)text, len, &setup,
						  &config_schema, (cyaml_data_t **)out, NULL);
		cause[strcspn(cause, "\n")] = 0;
		if (err != CYAML_OK)
			return config_tree_fault(tree, "", "%s%s%s", cyaml_strerror(err),
						 cause[0] ? ": " : "", cause);
	}
	if (!*out)
		*out = talloc_zero(ctx, struct config_file);
	return *out ? 0 : -ENOMEM;
}

static int load_tables(struct config *config, struct config_file *file,
		       char error[CONFIG_ERROR_MAX])
{
	int rc = tables_load(file->config.language_dir, file->config.numbering_dir, &config->tables,
			     error, CONFIG_ERROR_MAX);

	file->config.tables = config->tables;
	return rc;
}

/* Everything is made below `config`, which the caller frees on failure. */
static int build(struct config *config, const char *path, char error[CONFIG_ERROR_MAX])
{
	void *scratch = talloc_new(config);
	struct config_tree *tree;
	struct config_file *file;
	struct config_preset preset;
	char *text = NULL;
	size_t len = 0;
	int rc = path ? read_file(scratch, path, &text, &len, error) : 0;
	if (rc == 0)
		rc = config_tree_read(scratch, path ? path : "defaults", text, len, &tree, error);
	if (rc == 0)
		rc = load_structs(tree, config, text, len, &file);
	if (rc)
		goto out;
	config_preset_fill(&preset);
	rc = config_fill(tree, config, file, &preset);
	if (rc == 0)
		rc = load_tables(config, file, error);
	if (rc == 0)
		rc = config_check(tree, config, file);
	if (rc == 0)
		*config = file->config;
out:
	talloc_free(scratch);
	return rc;
}

static int release_tables(struct config *config)
{
	tables_release(config->tables);
	return 0;
}

int config_load(void *ctx, const char *path, struct config **out, char error[CONFIG_ERROR_MAX])
{
	struct config *config = talloc_zero(ctx, struct config);
	error[0] = 0;
	if (config)
		talloc_set_destructor(config, release_tables);
	int rc = config ? build(config, path, error) : -ENOMEM;
	if (rc == 0) {
		*out = config;
		return 0;
	}
	talloc_free(config);
	if (!error[0])
		snprintf(error, CONFIG_ERROR_MAX, "%s", strerror(-rc));
	return rc;
}

int config_policies_copy(void *ctx, const struct config *config, struct config_policies *out)
{
	*out = (struct config_policies){
		.verdict = talloc_memdup(ctx, config->verdict_policies,
					 config->verdict_policies_count *
						 sizeof(struct verdict_policy)),
		.verdict_count = config->verdict_policies_count,
		.reward =
			talloc_memdup(ctx, config->reward_policies,
				      config->reward_policies_count * sizeof(struct reward_policy)),
		.reward_count = config->reward_policies_count,
		.retention_days = config->feed.retention_days,
		.promise_s = config->reports.promise_s,
	};
	return out->verdict && out->reward ? 0 : -ENOMEM;
}

static void take_policies(const struct config_tree *tree, const struct config *config,
			  const struct config_policies *running, struct config_policies *out)
{
	*out = *running;
	if (config_tree_has(tree, "verdict_policies")) {
		out->verdict = config->verdict_policies;
		out->verdict_count = config->verdict_policies_count;
	}
	if (config_tree_has(tree, "reward_policies")) {
		out->reward = config->reward_policies;
		out->reward_count = config->reward_policies_count;
	}
	out->has_partners = config_tree_has(tree, "reports.partners");
	out->partners = config->reports.partners;
	out->partners_count = config->reports.partners_count;
}

int config_policies_read(void *ctx, const char *name, const char *text, size_t len,
			 const struct config_policies *running, struct config_policies *out,
			 char error[CONFIG_ERROR_MAX])
{
	struct config_preset preset;
	struct config_tree *tree;
	struct config_file *file;
	error[0] = 0;
	int rc = config_tree_read(ctx, name, text, len, &tree, error);
	if (rc == 0)
		rc = load_structs(tree, ctx, text, len, &file);
	if (rc)
		goto out;
	config_preset_fill(&preset);
	preset.file.config.feed.retention_days = running->retention_days;
	preset.file.config.reports.promise_s = running->promise_s;
	rc = config_fill(tree, ctx, file, &preset);
	if (rc == 0)
		rc = config_check_partners(tree, ctx, running->plan, &file->config);
	if (rc == 0)
		rc = config_check_policies(tree, ctx, file);
	if (rc == 0)
		take_policies(tree, &file->config, running, out);
out:
	if (rc && !error[0])
		snprintf(error, CONFIG_ERROR_MAX, "%s", strerror(-rc));
	return rc;
}

const struct config_account *config_find_account(const struct config *config, const char *system_id)
{
	for (unsigned i = 0; i < config->accounts_count; i++)
		if (strcmp(config->accounts[i].system_id, system_id) == 0)
			return &config->accounts[i];
	return NULL;
}

const char *config_policy_hash(const struct config *config, const struct verdict_policy *policy)
{
	size_t i = policy ? (size_t)(policy - config->verdict_policies)
			  : config->verdict_policies_count;
	return config->policy_hashes[i];
}

int config_read_code(const struct numbering *plan, const char *text, size_t len, struct number *out)
{
	enum { DIGITS_MIN = 2, DIGITS_MAX = 8 };

	if (number_read(plan, text, len, out) == 0)
		return 0;
	if (len < DIGITS_MIN || len > DIGITS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return -EBADMSG;
	snprintf(out->text, sizeof(out->text), "%.*s", (int)len, text);
	return 0;
}

bool config_is_service_code(const struct config *config, const char *number)
{
	for (unsigned i = 0; i < config->reports.service_codes_count; i++)
		if (strcmp(config->reports.service_codes[i], number) == 0)
			return true;
	return false;
}

static char *budget_since(void *ctx, const struct reward_policy *policy)
{
	char date[ISO_TIME_MAX];
	if (policy->budget_since_ms == policy->effective_ms)
		return talloc_strdup(ctx, "");
	return talloc_strdup(ctx, iso_time_format(policy->budget_since_ms, date));
}

/* The file that would give this configuration, below ctx. */
static struct config_file *as_file(void *ctx, const struct config *config)
{
	struct config_file *file = talloc_zero(ctx, struct config_file);
	if (!file)
		return NULL;
	file->config = *config;
	file->verdict_count = config->verdict_policies_count;
	file->reward_count = config->reward_policies_count;
	file->verdict = talloc_array(file, struct config_verdict_entry, file->verdict_count);
	file->reward = talloc_array(file, struct config_reward_entry, file->reward_count);
	char date[ISO_TIME_MAX];
	for (unsigned i = 0; file->verdict && i < file->verdict_count; i++) {
		iso_time_format(config->verdict_policies[i].effective_ms, date);
		file->verdict[i].effective = talloc_strdup(file, date);
		file->verdict[i].policy = config->verdict_policies[i];
	}
	for (unsigned i = 0; file->reward && i < file->reward_count; i++) {
		iso_time_format(config->reward_policies[i].effective_ms, date);
		file->reward[i].effective = talloc_strdup(file, date);
		file->reward[i].policy = config->reward_policies[i];
		file->reward[i].budget_since = budget_since(file, &config->reward_policies[i]);
		file->reward[i].tiers = file->reward[i].policy.tiers;
		file->reward[i].tiers_count = file->reward[i].policy.tier_count;
	}
	return file;
}

struct lines {
	const char *below; /* only what is at or below this key; NULL: all, secrets hidden */
	char *text;
};

static bool is_secret(const char *pattern)
{
	static const char *const secrets[] = { "accounts[].password_hash", "smscs[].password",
					       "smscs[].outbind.password" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strcmp(pattern, secrets[i]) == 0)
			return true;
	return false;
}

/* Below a key that is fixed, and not fixed. */
static bool is_loose(const char *pattern)
{
	return strcmp(pattern, "feed.sources[].token_hash") == 0;
}

static int append_line(void *user, const struct config_place *at, const char *text)
{
	struct lines *lines = user;
	if (!lines->below && text[0] && is_secret(at->pattern))
		text = "(set)";
	if (lines->below && is_loose(at->pattern))
		return 0;
	size_t len = lines->below ? strlen(lines->below) : 0;
	if (len && (strncmp(at->path, lines->below, len) || !strchr(".[", at->path[len])))
		return 0;
	lines->text = talloc_asprintf_append_buffer(lines->text, "%s = %s\n", at->path, text);
	return lines->text ? 0 : -ENOMEM;
}

static char *format_lines(void *ctx, const struct config_file *file, const char *below)
{
	struct lines lines = { below, talloc_strdup(ctx, "") };
	if (!file || !lines.text || config_visit(file, append_line, &lines))
		return NULL;
	return lines.text;
}

char *config_dump(void *ctx, const struct config *config)
{
	struct config_file *file = as_file(ctx, config);
	char *text = format_lines(ctx, file, NULL);
	talloc_free(file);
	return text;
}

const char *config_reload_conflict(const struct config *running, const struct config *loaded)
{
	void *scratch = talloc_new(NULL);
	struct config_file *old = as_file(scratch, running);
	struct config_file *new = as_file(scratch, loaded);
	const char *conflict = NULL;
	const char *key;
	for (unsigned i = 0; !conflict && (key = config_fixed_key(i)); i++) {
		char *before = format_lines(scratch, old, key);
		char *after = format_lines(scratch, new, key);
		if (!before || !after || strcmp(before, after) != 0)
			conflict = key; /* out of memory is no time for a reload either */
	}
	talloc_free(scratch);
	return conflict;
}
