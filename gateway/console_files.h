/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* console_files.h - the files of deploy/console, which are in the daemon as they are.
 *
 * Does:    the table is made by deploy/console_files.sh; a row without a path ends it.
 * Owns:    constants. Threads: any.
 */
#pragma once

struct console_file {
	const char *path; /* "/index.html"; NULL: the end */
	const char *data;
	const char *end;
	const char *packed; /* gzip */
	const char *packed_end;
	const char *tag; /* ETag */
};

extern const struct console_file console_files[];
