/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How long things are kept: long enough for all that rests on them. */
#include <stdio.h>

#include "gateway/config_check.h"

enum { AUDIT_DAYS_MIN = 400, DAY_S = 86400 };

/* `key` has to be `days` or more, because of `why`. */
struct floor {
	const char *key;
	uint32_t is;
	uint32_t days;
	const char *why;
};

static uint32_t reporters_days(const struct config *config)
{
	uint32_t days = 0;

	for (unsigned i = 0; i < config->verdict_policies_count; i++)
		if (config->verdict_policies[i].reporters_days > days)
			days = config->verdict_policies[i].reporters_days;
	return days;
}

static uint32_t caller_days(const struct config *config)
{
	uint32_t days = 0;

	for (unsigned i = 0; i < config->reward_policies_count; i++)
		if (config->reward_policies[i].caller_days > days)
			days = config->reward_policies[i].caller_days;
	return days;
}

int config_check_privacy(const struct config_tree *tree, const struct config *config)
{
	const struct config_retention *kept = &config->privacy.retention;
	const struct floor floors[] = {
		{ "reports_days", kept->reports_days, kept->messages_days, "messages_days" },
		{ "reports_days", kept->reports_days, reporters_days(config),
		  "reporters_days of the verdict policies" },
		{ "reports_days", kept->reports_days, config->reports.reopen_days + 1,
		  "reports.reopen_days" },
		{ "rewards_days", kept->rewards_days, kept->reports_days, "reports_days" },
		{ "rewards_days", kept->rewards_days, config->rewards.settlement_keep_days,
		  "rewards.settlement_keep_days" },
		{ "rewards_days", kept->rewards_days, caller_days(config),
		  "caller_days of the reward policies" },
		{ "dialogues_days", kept->dialogues_days, config->reports.dialogue_s / DAY_S + 1,
		  "reports.dialogue_s" },
		{ "audit_days", kept->audit_days ? kept->audit_days : AUDIT_DAYS_MIN,
		  AUDIT_DAYS_MIN, "what an audit has to show; 0 keeps it for ever" },
	};
	char path[CONFIG_PATH_MAX];

	for (size_t i = 0; i < sizeof(floors) / sizeof(*floors); i++) {
		if (floors[i].is >= floors[i].days)
			continue;
		snprintf(path, sizeof(path), "privacy.retention.%s", floors[i].key);
		return config_tree_fault(tree, path, "is %u, and has to be %u or more: %s",
					 floors[i].is, floors[i].days, floors[i].why);
	}
	return 0;
}
