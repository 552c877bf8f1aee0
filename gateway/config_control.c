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

enum { LOOKUP_MAX = 16384 /* of a group with very many members */ };

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
	char memory[LOOKUP_MAX];
	struct passwd entry, *found = NULL;

	if (getpwnam_r(user->user, &entry, memory, sizeof(memory), &found) != 0 || !found)
		return user_fault(tree, index, "user", "is no user of this system", user->user);
	user->uid = found->pw_uid;
	for (unsigned i = 0; i < index; i++)
		if (config->control_users[i].uid == user->uid)
			return user_fault(tree, index, "user", "is listed already", user->user);
	return read_roles(tree, user, index);
}

int config_check_control(const struct config_tree *tree, struct config *config)
{
	char memory[LOOKUP_MAX];
	struct group entry, *group = NULL;
	int rc = 0;

	if (config->control_group[0] &&
	    (getgrnam_r(config->control_group, &entry, memory, sizeof(memory), &group) != 0 ||
	     !group))
		return config_tree_fault(tree, "control_group",
					 "'%.60s' is no group of this system",
					 config->control_group);
	config->control_gid = group ? group->gr_gid : 0;
	for (unsigned i = 0; rc == 0 && i < config->control_users_count; i++)
		rc = read_user(tree, config, i);
	return rc;
}
