/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reload.h - the configuration, read again while the daemon runs.
 *
 * Does:    has the worker read the files, then puts the new configuration in force as a whole, or
 *          refuses it as a whole: gateway->live stays as it was, and the log says why.
 * Owns:    a configuration that was taken belongs to the gateway; the one before it is freed, but
 *          for the one of the start. Borrows the gateway and both paths for its life.
 * Errors:  none are returned: what cannot be read, what needs a restart and what its part refuses
 *          is logged.
 * Threads: the loop's; the files are read by gateway->worker.
 */
#pragma once

#include "gateway/gateway.h"

struct reload;

/* `config_path` NULL: the embedded defaults; `state_dir` overrides the one of the file unless it is
 * NULL. NULL: out of memory. Not to be freed before gateway->worker is stopped. */
struct reload *reload_create(void *ctx, struct gateway *gateway, const char *config_path,
			     const char *state_dir);

/* While the files are being read it has them read once more: they may be others by now. Nothing
 * while the daemon drains. */
void reload_begin(struct reload *reload);
