/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/role.h"

#include <errno.h>
#include <stdio.h>
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

const char *roles_format(unsigned roles, char out[ROLES_TEXT_MAX])
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < ROLE_COUNT; i++)
		if (roles & ROLE_BIT(i))
			len += (size_t)snprintf(out + len, ROLES_TEXT_MAX - len, "%s%s",
						len ? "," : "", names[i]);
	return out;
}

int roles_parse(const char *text, unsigned *out)
{
	unsigned roles = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		char name[ROLES_TEXT_MAX];
		enum role role;

		if (len >= sizeof(name))
			return -EINVAL;
		memcpy(name, text, len);
		name[len] = '\0';
		if (role_parse(name, &role) < 0)
			return -EINVAL;
		roles |= ROLE_BIT(role);
		if (!text[len])
			break;
		text += len + 1;
	}
	*out = roles;
	return 0;
}
