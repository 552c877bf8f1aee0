/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed_source.h - what the configuration says of where a call record comes from.
 *
 * Owns:    nothing; what it gives points into the configuration.
 * Threads: any.
 */
#pragma once

#include "gateway/config.h"

/* NULL when the configuration does not name it. */
const struct config_source *feed_source_find(const struct config_feed *feed, const char *name);
/* The source whose token has this hash, or NULL. All are compared, whichever fits. */
const struct config_source *feed_source_of_token(const struct config_feed *feed, const char *hash);
/* Any source may be without a token; then nobody may post. */
bool feed_source_any_token(const struct config_feed *feed);
/* 1 to 31 letters, digits, '.', '_' or '-': a name that can stand in keys, logs and metrics. */
bool feed_source_name_ok(const char *name, size_t len);
/* What it adds to its records; NULL: a source that the configuration does not name. */
struct call_origin feed_source_origin(const struct config_source *source);
/* The time of a watermark, as the source writes its times. 0 or -EBADMSG. */
int feed_mark_read(const struct call_origin *origin, const char *text, size_t len, int64_t *ms)
	__attribute__((warn_unused_result));
