/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* role.h - what kinds of people operate the gateway.
 *
 * Does:    names them. What each may do stands in one table for the API, the console and the
 *          command (ability.c).
 * Threads: any.
 */
#pragma once

enum role {		   /* the store has their names */
	    ROLE_VIEWER,   /* looks at everything that shows nobody's number in full */
	    ROLE_REVIEWER, /* decides about reports */
	    ROLE_OPERATOR, /* runs links, feeds, rules and rewards */
	    ROLE_ADMIN,	   /* all of it, and who else may do what */
	    ROLE_AUDITOR,  /* sees everything, changes nothing */
	    ROLE_COUNT,
};

#define ROLE_BIT(role) (1u << (role))

const char *role_name(enum role role);
/* 0, or -EINVAL. */
int role_parse(const char *text, enum role *out) __attribute__((warn_unused_result));

enum { ROLES_TEXT_MAX = 48 };
/* "reviewer,operator"; "" for none. */
const char *roles_format(unsigned roles, char out[ROLES_TEXT_MAX]);
/* Names with commas between them. 0, or -EINVAL: one is none, or there are none. */
int roles_parse(const char *text, unsigned *out) __attribute__((warn_unused_result));
