/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* file_swap.h - a file written anew as a whole: whoever opens it sees the old one or the new one.
 *
 * Does:    writes beside it, syncs, renames over it and syncs the folder. A power cut at any moment
 *          leaves one of the two.
 * Errors:  -errno; after a failure nothing has changed and what was written beside is gone.
 * Threads: any; it waits for the disk, so not the loop's.
 */
#pragma once

#include <limits.h>
#include <stdio.h>

struct file_swap {
	FILE *file; /* to be written to between begin and commit; NULL otherwise */
	char folder[PATH_MAX];
	char path[PATH_MAX];
	char beside[PATH_MAX];
};

/* `beside` is a name of its own in the folder: whoever else writes the same file uses another. */
int file_swap_begin(struct file_swap *swap, const char *folder, const char *name,
		    const char *beside) __attribute__((warn_unused_result));
int file_swap_commit(struct file_swap *swap) __attribute__((warn_unused_result));
/* Does nothing after commit. */
void file_swap_abort(struct file_swap *swap);
