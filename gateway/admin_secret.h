/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* admin_secret.h - the file with the first admin's token.
 *
 * Does:    makes it anew, for its owner's eyes only, and synced: what an earlier start that was cut
 *          short left behind is removed, a link is not followed.
 * Errors:  negative errno.
 * Threads: any that may wait for a disk.
 */
#pragma once

#define ADMIN_SECRET_NAME "admin-secret"

int admin_secret_write(const char *state_dir, const char *token)
	__attribute__((warn_unused_result));
/* 0 also when there is none. */
int admin_secret_remove(const char *state_dir);
