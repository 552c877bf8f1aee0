/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two lists of policies: from the file's entries to what verdict_policy_at() wants. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_time.h"
#include "gateway/config_check.h"

/* The same writing of a time as in a rule's `until`. */
static int read_effective(const struct config_tree *tree, const char *list, unsigned index,
			  const char *text, int64_t *out)
{
	char path[CONFIG_PATH_MAX];
	if (!block_time_read(text, strlen(text), out))
		return 0;
	snprintf(path, sizeof path, "%s[%u].effective", list, index);
	return config_tree_fault(tree, path, "'%.60s' is no time (2026-01-01T00:00+08:00)", text);
}

static int same_date(const struct config_tree *tree, const char *list)
{
	return config_tree_fault(tree, list, "two policies have the same effective date");
}

static int by_verdict_date(const void *a, const void *b)
{
	const struct verdict_policy *x = a;
	const struct verdict_policy *y = b;
	return (x->effective_ms > y->effective_ms) - (x->effective_ms < y->effective_ms);
}

static int by_reward_date(const void *a, const void *b)
{
	const struct reward_policy *x = a;
	const struct reward_policy *y = b;
	return (x->effective_ms > y->effective_ms) - (x->effective_ms < y->effective_ms);
}

/* A report without a time is looked up in window_days before its receipt, for as long as it may
 * wait, and its numbers in as many days as they are judged by; of days that are gone nothing can be
 * said. */
static uint32_t days_needed(const struct verdict_policy *policy, const char **key)
{
	enum { DAY_S = 86400 };
	uint32_t days = policy->window_days;
	*key = "window_days";
	if (policy->acquaintance_days > days) {
		days = policy->acquaintance_days;
		*key = "acquaintance_days";
	}
	if (policy->fanout_days > days) {
		days = policy->fanout_days;
		*key = "fanout_days";
	}
	return days + (policy->deadline_s + DAY_S - 1) / DAY_S;
}

static int check_verdict_policy(const struct config_tree *tree, const struct config *config,
				unsigned index, const struct verdict_policy *policy)
{
	char path[CONFIG_PATH_MAX];
	if (policy->deadline_s > config->reports.promise_s) {
		snprintf(path, sizeof path, "verdict_policies[%u].deadline_s", index);
		return config_tree_fault(tree, path, "is greater than reports.promise_s");
	}
	if (policy->review_at > policy->verify_at) {
		snprintf(path, sizeof path, "verdict_policies[%u].review_at", index);
		return config_tree_fault(tree, path, "is greater than verify_at");
	}
	const char *key;
	uint32_t days = days_needed(policy, &key);
	if (days > config->feed.retention_days) {
		snprintf(path, sizeof path, "verdict_policies[%u].%s", index, key);
		return config_tree_fault(
			tree, path,
			"with deadline_s needs feed.retention_days of %u or more, not %u", days,
			config->feed.retention_days);
	}
	return 0;
}

static int take_verdict_policies(const struct config_tree *tree, void *ctx,
				 const struct config_file *file, struct config *config)
{
	unsigned count = file->verdict_count;
	if (count == 0)
		return config_tree_fault(tree, "verdict_policies", "must not be empty");
	struct verdict_policy *policies = talloc_array(ctx, struct verdict_policy, count);
	if (!policies)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		policies[i] = file->verdict[i].policy;
		int rc = read_effective(tree, "verdict_policies", i, file->verdict[i].effective,
					&policies[i].effective_ms);
		if (rc == 0)
			rc = check_verdict_policy(tree, config, i, &policies[i]);
		if (rc)
			return rc;
	}
	qsort(policies, count, sizeof *policies, by_verdict_date);
	for (unsigned i = 1; i < count; i++)
		if (by_verdict_date(&policies[i - 1], &policies[i]) == 0)
			return same_date(tree, "verdict_policies");
	config->verdict_policies = policies;
	config->verdict_policies_count = count;
	config->policy_hashes = talloc_zero_size(ctx, (count + 1) * VERDICT_HASH_MAX);
	if (!config->policy_hashes)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		verdict_policy_hash(&policies[i], config->policy_hashes[i]);
	verdict_policy_hash(&verdict_policy_default, config->policy_hashes[count]);
	return 0;
}

static int take_tiers(const struct config_tree *tree, unsigned index,
		      const struct config_reward_entry *entry, struct reward_policy *policy)
{
	char path[CONFIG_PATH_MAX];
	if (entry->tiers_count > REWARD_TIERS_MAX) {
		snprintf(path, sizeof path, "reward_policies[%u].tiers", index);
		return config_tree_fault(tree, path, "has more than %d entries", REWARD_TIERS_MAX);
	}
	policy->tier_count = entry->tiers_count;
	if (entry->tiers_count > 0)
		memcpy(policy->tiers, entry->tiers, entry->tiers_count * sizeof *entry->tiers);
	return 0;
}

static int read_budget_since(const struct config_tree *tree, unsigned index,
			     const struct config_reward_entry *entry, struct reward_policy *policy)
{
	const char *text = entry->budget_since;
	char path[CONFIG_PATH_MAX];
	policy->budget_since_ms = policy->effective_ms;
	if (!text[0] || !block_time_read(text, strlen(text), &policy->budget_since_ms))
		return 0;
	snprintf(path, sizeof path, "reward_policies[%u].budget_since", index);
	return config_tree_fault(tree, path, "'%.60s' is no time (2026-01-01T00:00+08:00)", text);
}

static int take_reward_policies(const struct config_tree *tree, void *ctx,
				const struct config_file *file, struct config *config)
{
	unsigned count = file->reward_count;
	if (count == 0)
		return config_tree_fault(tree, "reward_policies", "must not be empty");
	struct reward_policy *policies = talloc_array(ctx, struct reward_policy, count);
	if (!policies)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		policies[i] = file->reward[i].policy;
		int rc = read_effective(tree, "reward_policies", i, file->reward[i].effective,
					&policies[i].effective_ms);
		if (rc == 0)
			rc = read_budget_since(tree, i, &file->reward[i], &policies[i]);
		if (rc == 0)
			rc = take_tiers(tree, i, &file->reward[i], &policies[i]);
		if (rc)
			return rc;
	}
	qsort(policies, count, sizeof *policies, by_reward_date);
	for (unsigned i = 1; i < count; i++)
		if (by_reward_date(&policies[i - 1], &policies[i]) == 0)
			return same_date(tree, "reward_policies");
	config->reward_policies = policies;
	config->reward_policies_count = count;
	return 0;
}

int config_check_policies(const struct config_tree *tree, void *ctx, struct config_file *file)
{
	int rc = take_verdict_policies(tree, ctx, file, &file->config);
	return rc ? rc : take_reward_policies(tree, ctx, file, &file->config);
}
