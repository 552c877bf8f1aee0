/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands.h - what the daemon answers on its control socket; see `mianrao help`.
 *
 * Does:    one handler a command. Lists and counts are read on the reader, changes are made on the
 *          writer; each request is answered once.
 * Threads: the loop's.
 */
#pragma once

#include <jansson.h>

#include "gateway/control.h"
#include "gateway/gateway.h"

control_handler commands_handle; /* user: struct gateway */
