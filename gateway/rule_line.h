/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rule_line.h - one line of a file of subscribers' rules: a subscriber and one rule.
 *
 *   CSV          subscriber,rule            (RFC 4180; this line may stand in the file)
 *                +8613800138000,"block call,sms from international"
 *   JSON Lines   {"subscriber":"+8613800138000","rule":"block call,sms from international"}
 *
 * Does:    reads and writes a line. A number may be in any usual writing. A line without a rule
 *          names a subscriber who has none.
 * Owns:    a line that is read is rewritten in place; it has room for a NUL behind its end.
 * Returns: 1 a line; 0 empty, or the header; -EBADMSG with `error` saying what was wrong; -ENOMEM.
 * Threads: pure.
 */
#pragma once

#include "blocklist/block_rule.h"

enum rule_format { RULE_FORMAT_CSV, RULE_FORMAT_JSONL, RULE_FORMAT_COUNT };
enum { RULE_LINE_ERROR_MAX = 192, RULE_LINE_OUT_MAX = 2 * BLOCK_RULE_TEXT_MAX + NUMBER_MAX + 32 };

struct rule_line {
	struct number subscriber;
	bool has_rule;
	struct block_rule rule;
};

int rule_line_read(const struct numbering *plan, enum rule_format format, char *line, size_t len,
		   struct rule_line *out, char error[RULE_LINE_ERROR_MAX])
	__attribute__((warn_unused_result));
/* A canonical rule of a canonical number, with its line end. Octets without the NUL. */
size_t rule_line_write(enum rule_format format, const char *subscriber, const char *rule,
		       size_t rule_len, char out[RULE_LINE_OUT_MAX]);

/* -EINVAL: there is no such format. */
int rule_format_read(const char *name, enum rule_format *out) __attribute__((warn_unused_result));
/* By the end of a file's name; CSV when it tells nothing. */
enum rule_format rule_format_of(const char *path);
const char *rule_format_name(enum rule_format format);
