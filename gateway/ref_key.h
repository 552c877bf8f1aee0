/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ref_key.h - the key of the references to numbers (number_ref.h), in a file.
 *
 * Does:    reads the file, 64 hexadecimal digits; makes it, mode 0600 and synced, when there is
 *          none. Two gateways that make it at the same moment end with the same one.
 * Owns:    the key is talloc'ed below ctx.
 * Errors:  -errno, -EBADMSG for a file that is no key; `error` says what was wrong.
 * Threads: any; it reads a file, so at the start only.
 */
#pragma once

#include "gateway/number_ref.h"

enum { REF_KEY_ERROR_MAX = 256 };

int ref_key_open(void *ctx, const char *path, struct number_ref_key **out,
		 char error[REF_KEY_ERROR_MAX]) __attribute__((warn_unused_result));
