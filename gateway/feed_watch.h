/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed_watch.h - how the sources of call records are: for people, for Prometheus, and in the log
 * when that changes.
 *
 * Does:    raises and ends alarms: `lag` when a source is complete only up to a time that is longer
 *          ago than lag_alarm_s, `clock` when its clock is shown to be ahead by more than
 *          clock_alarm_s, `gap` while files of it are missing. One line when an alarm begins and
 *          one when it ends; an alarm of lag or clock ends at nine tenths: it does not flutter.
 * Threads: the loop's.
 */
#pragma once

#include <jansson.h>

#include "gateway/gateway.h"

struct feed_watch;

/* For the sources that the configuration names. */
struct feed_watch *feed_watch_create(void *ctx, struct gateway *gateway);
/* Looks at all of them; about once a second. */
void feed_watch_look(struct feed_watch *watch);
/* All sources, those of no configuration too; a new reference. */
json_t *feed_watch_json(const struct feed_watch *watch);
/* Appends each source's metrics; NULL when out of memory, or when `text` is. */
char *feed_watch_format_metrics(const struct feed_watch *watch, char *text);
