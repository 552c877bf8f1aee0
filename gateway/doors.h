/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* doors.h - the control socket and the HTTP port, opened.
 *
 * Does:    binds both and hands what comes to those who answer it: commands.c, cdr_post.c,
 *          http_rewards.c, the metrics, and whether the gateway is ready.
 * Owns:    both hang below the gateway.
 * Errors:  -EIO for what cannot be bound, which is logged.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

/* Needs the parts. From here on it is seen from outside that the gateway is not ready yet. */
int doors_open(struct gateway *gateway) __attribute__((warn_unused_result));
/* The HTTP certificate as its file is now, for the connections to come. */
void doors_reload(struct gateway *gateway);
