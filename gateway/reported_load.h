/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reported_load.h - at the start: the numbers that reports have confirmed, from the store.
 *
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

/* Fills gateway->reported; `done` with 0 or -errno. */
void reported_load(struct gateway *gateway, void (*done)(void *user, int rc), void *user);
