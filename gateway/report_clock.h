/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_clock.h - the open reports' clocks as gauges and log lines.
 *
 * Does:    counts on the reader, every few seconds and never more than a part of its time: the age
 *          of the oldest open report, those whose clock runs out soon, those whose clock has run
 *          out. Says in the log when such reports come and go, and reminds of them once an hour.
 *          The warning of each report by itself is the verifier's.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct report_clock;

struct report_clock *report_clock_create(void *ctx, struct gateway *gateway);
void report_clock_start(struct report_clock *clock);
