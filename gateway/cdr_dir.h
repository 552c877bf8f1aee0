/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_dir.h - call records from files in a drop directory into the call index.
 *
 * Files:   those whose names fit the source's pattern, put there by renaming; CSV, where a line
 *          "#watermark,TO[,FROM]" is a watermark and other lines with '#' are comments, or 3GPP
 *          charging files. A file that is done moves to done/NAME; its bad lines or records stand
 * in bad/NAME, each with its place and reason. When nothing was good the file itself goes to
 *          bad/NAME.orig. One that came before goes to done/NAME.repeat; one with a sequence number
 *          that came before with other content to bad/NAME.orig, the reason to bad/NAME.
 * Does:    reads a piece at a time on the worker thread; a file that was begun before a crash is
 *          read again from its start (repeated records do no harm). What came is kept in the store
 *          (feed_store.h).
 * Rules:   where files have sequence numbers, the watermark stays before a gap until it is filled
 *          or gap_wait_s are over.
 * Numbers: are read by the plan of gateway->live, which a reload replaces.
 * Threads: the loop's; file access is on the worker, the store on its own.
 */
#pragma once

#include "gateway/gateway.h"

struct cdr_dir;

struct cdr_dir *cdr_dir_create(void *ctx, struct gateway *gateway,
			       const struct config_source *source);
void cdr_dir_stop(struct cdr_dir *dir);
