/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_fill.h - walks along the schema with the loaded structs: presets in, texts out.
 *
 * Owns:    what it copies is talloc'ed below ctx.
 * Errors:  -ENOMEM.
 * Threads: any; no state.
 */
#pragma once

#include "gateway/config_tree.h"

/* Copies the preset of each key that is not in the tree. */
int config_fill(const struct config_tree *tree, void *ctx, struct config_file *file,
		const struct config_preset *preset) __attribute__((warn_unused_result));

/* Calls back for each scalar, and for each empty list, in the order of the schema. `text` is
 * borrowed for the call. A value other than 0 ends the walk and is returned. */
typedef int config_visit_cb(void *user, const struct config_place *at, const char *text);
int config_visit(const struct config_file *file, config_visit_cb *visit, void *user);
