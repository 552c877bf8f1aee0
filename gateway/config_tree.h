/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_tree.h - the YAML text as a tree of nodes: what was written, and on which line.
 *
 * Does:    what libcyaml 1.3.1 does not: names the key and line of each fault, refuses a key that
 *          comes twice, a bool that is none, a number out of range; and knows which keys the file
 *          left out.
 * Owns:    the tree is talloc'ed below ctx.
 * Errors:  -EINVAL with `error` filled: "file:line: key: what is wrong".
 */
#pragma once

#include "gateway/config_schema.h"

struct config_tree;

/* Reads and checks the text; `name` stands for it in messages. A text without any key is good.
 * An empty tree, for no file at all, is made of text NULL. `error` is borrowed as long as the
 * tree lives. */
int config_tree_read(void *ctx, const char *name, const char *text, size_t len,
		     struct config_tree **out, char error[CONFIG_ERROR_MAX])
	__attribute__((warn_unused_result));

bool config_tree_is_empty(const struct config_tree *tree);

/* True when the file has something at `path` ("accounts[0].role"). */
bool config_tree_has(const struct config_tree *tree, const char *path);

/* Fills the error, with file, line and `path` in front; returns -EINVAL. */
int config_tree_fault(const struct config_tree *tree, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
