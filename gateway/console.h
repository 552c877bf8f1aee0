/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* console.h - the console's pages: files that are in the daemon, and nothing else.
 *
 * Does:    GET and HEAD of a file by its path below deploy/console, "/" being /index.html, packed
 *          for who can unpack; 304 for who has it. The pages may load what is ours and talk to us,
 *          and nothing else.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/http.h"

void console_take(struct http_exchange *exchange);
