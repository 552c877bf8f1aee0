/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/role.h"

#include <errno.h>
#include <string.h>

static const char *const names[ROLE_COUNT] = {
	[ROLE_VIEWER] = "viewer", [ROLE_REVIEWER] = "reviewer", [ROLE_OPERATOR] = "operator",
	[ROLE_ADMIN] = "admin",	  [ROLE_AUDITOR] = "auditor",
};

const char *role_name(enum role role)
{
	return role < ROLE_COUNT ? names[role] : "none";
}

int role_parse(const char *text, enum role *out)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*out = (enum role)i;
		return 0;
	}
	return -EINVAL;
}
