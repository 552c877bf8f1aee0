/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The control socket: which Unix users may ask there, and as what. Their names are looked up here,
 * when the configuration is read: nothing that may wait for a directory service is left to the
 * loop. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "gateway/config_check.h"
#include "gateway/role.h"

static int user_fault(const struct config_tree *tree, unsigned index, const char *key,
		      const char *text, const char *value)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "control_users[%u].%s", index, key);
	return config_tree_fault(tree, path, "'%.60s' %s", value, text);
}

static int read_roles(const struct config_tree *tree, struct config_control_user *user,
		      unsigned index)
{
	enum role role;

	if (user->roles_count == 0)
		return user_fault(tree, index, "roles", "has no role: it could ask for nothing",
				  user->user);
	user->role_bits = 0;
	for (unsigned i = 0; i < user->roles_count; i++) {
		if (role_parse(user->roles[i], &role) < 0)
			return user_fault(tree, index, "roles",
					  "is none of: viewer, reviewer, operator, admin, auditor",
					  user->roles[i]);
		user->role_bits |= ROLE_BIT(role);
	}
	return 0;
}

static int read_user(const struct config_tree *tree, struct config *config, unsigned index)
{
	struct config_control_user *user = &config->control_users[index];
	const struct passwd *entry;

	for (unsigned i = 0; i < index; i++)
		if (strcmp(config->control_users[i].user, user->user) == 0)
			return user_fault(tree, index, "user", "is named twice", user->user);
	entry = getpwnam(user->user);
	if (!entry)
		return user_fault(tree, index, "user", "is no user of this system", user->user);
	user->uid = entry->pw_uid;
	return read_roles(tree, user, index);
}

int config_check_control(const struct config_tree *tree, struct config *config)
{
	const struct group *group =
		config->control_group[0] ? getgrnam(config->control_group) : NULL;
	int rc = 0;

	if (config->control_group[0] && !group)
		return config_tree_fault(tree, "control_group",
					 "'%.60s' is no group of this system",
					 config->control_group);
	config->control_gid = group ? group->gr_gid : 0;
	for (unsigned i = 0; rc == 0 && i < config->control_users_count; i++)
		rc = read_user(tree, config, i);
	return rc;
}
