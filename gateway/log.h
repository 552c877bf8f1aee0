/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* log.h - log lines through libosmocore's categories, numbers masked.
 *
 * Use:     LOGP(LOG_REPORT, LOGL_INFO, "%s %s verified\n", id, log_number(mask, number));
 * Threads: the loop's; the store thread reports errors through completions.
 */
#pragma once

#include <osmocom/core/logging.h>
#include <stdbool.h>
#include <stdint.h>

#include "rules/number.h"

enum log_area {
	LOG_MAIN,
	LOG_SMPP,
	LOG_STORE,
	LOG_REPORT,
	LOG_FEED,
	LOG_REWARD,
	LOG_BLOCK,
	LOG_REDIS,
	LOG_SIP,
	LOG_HTTP,
	LOG_CONTROL,
	LOG_AREA_COUNT
};

bool log_level_known(const char *level);   /* debug info notice error */
bool log_format_known(const char *format); /* text json */

/* stderr, one line an entry. "text": time, category, level, message. "json": an object with `time`,
 * `area`, `level`, `message`, and `report` when the line is about one. -EINVAL for other words. */
int log_setup(void *ctx, const char *level, const char *format) __attribute__((warn_unused_result));
int log_change(const char *level, const char *format) __attribute__((warn_unused_result));

/* For lines that one fault may bring by the thousand: true once a second. `last_ms` is the
 * caller's, 0 at first. */
bool log_seldom(int64_t *last_ms);

/* number_mask into the caller's buffer, for use in an argument list. */
const char *log_number(char mask[NUMBER_MAX], const char *number);
