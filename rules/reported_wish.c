/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/reported_wish.h"

#include <assert.h>

static const char *const policy_names[] = {
	[REPORTED_NEVER] = "never",
	[REPORTED_IF_WISHED] = "if_wished",
	[REPORTED_ALWAYS] = "always",
};
static_assert(sizeof(policy_names) / sizeof(*policy_names) == REPORTED_POLICY_COUNT,
	      "a name a policy");

static const char *const wish_names[] = {
	[REPORTED_NOT_CHOSEN] = "not_chosen",
	[REPORTED_ON] = "on",
	[REPORTED_OFF] = "off",
};
static_assert(sizeof(wish_names) / sizeof(*wish_names) == REPORTED_WISH_COUNT, "a name a wish");

bool reported_is_wanted(enum reported_policy policy, enum reported_wish wish)
{
	if (policy == REPORTED_NEVER || wish == REPORTED_OFF)
		return false;
	return wish == REPORTED_ON || policy == REPORTED_ALWAYS;
}

bool reported_is_due(const struct reported_case *seen)
{
	return reported_is_wanted(seen->policy, seen->wish) && !seen->forged && !seen->no_number &&
	       !seen->own && !seen->is_protected && !seen->allowed && !seen->blocked &&
	       !seen->taken_back;
}

const char *reported_policy_name(enum reported_policy policy)
{
	return policy_names[policy];
}

const char *reported_wish_name(enum reported_wish wish)
{
	return wish_names[wish];
}
