/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* webhook_url.h - an address to which requests are posted:
 * http(s)://numeric-host[:port]/path?query.
 *
 * Does:    takes it apart. A host that is a name would have to be looked up, and by whom: the
 *          configuration says the address, and `server_name` the name.
 * Errors:  -EINVAL with *why, a static text.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { WEBHOOK_HOST_MAX = 64, WEBHOOK_TARGET_MAX = 1024 };

struct webhook_url {
	bool https;
	bool v6;
	char host[WEBHOOK_HOST_MAX]; /* numeric, without brackets */
	uint16_t port;
	char target[WEBHOOK_TARGET_MAX]; /* path and query */
};

int webhook_url_parse(const char *text, struct webhook_url *out, const char **why)
	__attribute__((warn_unused_result));
