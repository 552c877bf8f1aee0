/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operator_rules.h - the version of the operator's rules that is in force, here and on every other
 * gateway of the store.
 *
 * Does:    reads the newest version at the start and gives it to the rule cache; applies what was
 *          set here at once; looks into the store when Redis tells that another gateway changed
 *          something (the key <prefix>rules:{operator}, by the rule cache's tracking), and once a
 *          second in any case, so that a Redis that is away delays a change and loses none.
 *          Versions only grow: an older one never replaces a newer one.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/operator_store.h"

struct operator_rules;

struct operator_rules *operator_rules_create(void *ctx, struct gateway *gateway);
/* Reads and applies; then `done` with 0 or -errno, and the watch begins. */
void operator_rules_load(struct operator_rules *rules, void (*done)(void *user, int rc),
			 void *user);
/* Something may have changed in the store: look soon. */
void operator_rules_look(struct operator_rules *rules);
/* What was committed just now. */
void operator_rules_take(struct operator_rules *rules, const struct operator_version *version);
/* The configuration was reloaded: says which rules hold, and tries again to take a version that did
 * not compile with the tables before. */
void operator_rules_reloaded(struct operator_rules *rules);
/* The configuration's rules, one a line, below ctx; NULL when out of memory. */
char *operator_configured_text(void *ctx, const struct config_blocking *blocking);
