/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_dir.h - call records from CSV files in a drop directory into the call index.
 *
 * Files:   NAME.csv, put there by renaming. A line "#watermark,TO[,FROM]" is a watermark, other
 *          lines with '#' are comments. A file that is done moves to done/NAME.csv; its bad lines
 *          stand in bad/NAME.csv as "line N: reason: the line". When no line was good the file
 *          itself goes to bad/NAME.csv.orig.
 * Does:    reads a piece at a time on the worker thread; a file that was begun before a crash is
 *          read again from its start (repeated records do no harm).
 * Numbers: are read by the plan of *live, which a reload replaces.
 * Threads: the loop's; file access is on the worker.
 */
#pragma once

#include "gateway/call_index.h"
#include "gateway/store.h"
#include "gateway/watermark.h"

struct cdr_dir;

struct cdr_dir *cdr_dir_create(void *ctx, struct event_base *base, const struct config *const *live,
			       const struct config_source *source, uint32_t poll_s,
			       struct store *worker, struct call_index *index,
			       struct watermarks *watermarks, struct metrics *metrics);
void cdr_dir_stop(struct cdr_dir *dir);
