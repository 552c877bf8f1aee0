/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_check.h - what a schema cannot say: formats, uniqueness, and keys that depend on others.
 *
 * Does:    checks the loaded and filled file; brings numbers to their canonical form and the
 *          policies into the order of their dates, in `file->config`.
 * Owns:    what it makes is talloc'ed below ctx.
 * Errors:  -EINVAL with the tree's error filled; -ENOMEM.
 */
#pragma once

#include "gateway/config_tree.h"

int config_check(const struct config_tree *tree, void *ctx, struct config_file *file)
	__attribute__((warn_unused_result));
/* The part of it that looks at the SMSCs and reads their secrets. */
int config_check_smscs(const struct config_tree *tree, void *ctx, const struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that looks at the receipts asked of accounts and SMSCs, and what follows from
 * them.
 */
int config_check_receipts(const struct config_tree *tree, const struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that looks at the rewards system, and reads the secrets shared with it. */
int config_check_rewards(const struct config_tree *tree, void *ctx, struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that brings reports.partners to their canonical form. */
int config_check_partners(const struct config_tree *tree, void *ctx, const struct numbering *plan,
			  const struct config *config) __attribute__((warn_unused_result));
/* The part of it that looks at SIP screening. */
int config_check_sip(const struct config_tree *tree, const struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that looks at the HTTP port and at who may ask there. */
int config_check_control(const struct config_tree *tree, struct config *config)
	__attribute__((warn_unused_result));
int config_check_http(const struct config_tree *tree, const struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that looks at how long things are kept; after the policies. */
int config_check_privacy(const struct config_tree *tree, const struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that turns the policies' entries into config->verdict_policies and
 * config->reward_policies. */
int config_check_policies(const struct config_tree *tree, void *ctx, struct config_file *file)
	__attribute__((warn_unused_result));

/* The keywords, compiled to config->keyword_table; codes become canonical numbers. */
int config_check_keywords(const struct config_tree *tree, void *ctx, struct config *config)
	__attribute__((warn_unused_result));
/* The words of our texts; in `config->reports.book`, which is held by what is talloc'ed below ctx.
 */
int config_load_replies(const struct config_tree *tree, void *ctx, struct config *config)
	__attribute__((warn_unused_result));
/* The part of it that looks at the sources of call records, and reads their offsets from UTC. */
int config_check_feed(const struct config_tree *tree, struct config *config)
	__attribute__((warn_unused_result));

bool config_is_name(const char *text);	    /* of sources, instances, SMSCs */
bool config_is_system_id(const char *text); /* SMPP's */
bool config_is_address(const char *text);   /* numeric, IPv4 or IPv6 */
