/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* supervisor.h - what systemd is told: that the doors are open, that we end, that the loop turns.
 *
 * Does:    nothing where systemd did not start the daemon (NOTIFY_SOCKET is not set).
 * Source:  sd_notify(3), sd_watchdog_enabled(3).
 * Threads: the loop's.
 */
#pragma once

void supervisor_ready(void);
void supervisor_stopping(void);
/* From the loop, now and then: where the unit has WatchdogSec=, a daemon whose loop hangs is
 * killed, and started again. */
void supervisor_beat(void);
