/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parts.h - the parts of the gateway, made and wired together.
 *
 * Does:    opens the store with its threads, then makes every part but the doors. Nothing is
 *          listened to or looked at yet: starting is mianraod.c's.
 * Owns:    everything hangs below the gateway; after a failure too, which its free undoes.
 * Errors:  negative errno; what is wrong with the store is logged, -ENOMEM is not.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

/* Needs base, config and live. Makes the state folder where it is not there. */
int parts_open_stores(struct gateway *gateway) __attribute__((warn_unused_result));
/* Needs the stores. */
int parts_create(struct gateway *gateway) __attribute__((warn_unused_result));
