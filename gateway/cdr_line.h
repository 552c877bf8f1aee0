/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_line.h - one line of NDJSON as a call record or a watermark of its source.
 *
 * Form:    an object with the fields of a call record (rules/call_record.h) as texts, numbers or
 *          booleans; or with `watermark` and perhaps `complete_from`. `source`, when there, must be
 *          the sender's. Other members are passed over; null is as good as absent.
 * Does:    reads it wholly, as the consumer of the stream will, and gives the stream's fields.
 * Memory:  what it gives is talloc'ed below ctx. Threads: any.
 */
#pragma once

#include "gateway/config.h"
#include "rules/call_record.h"

enum { CDR_LINE_FIELDS_MAX = CALL_FIELD_COUNT + 1, CDR_LINE_ERROR_MAX = 192 };

struct cdr_line {
	size_t count;
	const char *name[CDR_LINE_FIELDS_MAX];
	const char *value[CDR_LINE_FIELDS_MAX];
};

/* 0, -EBADMSG with `error`, or -ENOMEM. */
int cdr_line_read(void *ctx, const struct numbering *plan, const struct config_source *source,
		  const char *text, size_t len, struct cdr_line *out,
		  char error[CDR_LINE_ERROR_MAX]) __attribute__((warn_unused_result));
