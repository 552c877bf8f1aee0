/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* redis_encode.h - one command as Redis reads it: an array of bulk strings.
 *
 * Does:    what hiredis' redisFormatCommandArgv does, into memory that is there already.
 * Units:   `len` may be NULL: every argument ends with a NUL.
 * Errors:  none of its own. Memory: allocates nothing. Threads: pure, any thread.
 */
#pragma once

#include <stddef.h>

/* Octets that suffice for redis_encode. */
size_t redis_encode_bound(size_t argc, const char *const *argv, const size_t *len);
/* Returns the octets of the command. A NUL follows them: hiredis 0.14 looks for the next argument
 * behind the first even when there is none. */
size_t redis_encode(char *out, size_t argc, const char *const *argv, const size_t *len);
