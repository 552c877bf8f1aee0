/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* block_rule.h - the rule language: one rule a line, the same in SMS, CLI, API, CSV and Redis.
 *
 *   ACTION CHANNELS from ORIGIN [at HH:MM-HH:MM] [on DAYS] [since TIME] [until TIME]
 *   [# comment]
 *
 *   ACTION   block | allow | label
 *   CHANNELS call | sms | call,sms
 *   ORIGIN   international | hmt | withheld | reported | any | alphanumeric | a prefix or number:
 *            "+1", "+85298765432", "106", "4001234567" ("=" before it: that number only)
 *   DAYS     mon-fri | sat,sun | ...
 *   TIME     ISO 8601 with an offset: 2026-12-31T00:00+08:00
 *
 *   Hours are in +08:00 and end before their second time. 22:00-07:00 runs over midnight and then
 *   belongs to the day on which it began: "on fri" lasts until saturday 07:00. 24:00 may end a
 *   span; an empty span is an error. Days may run over the week's end (fri-mon). `since` is
 *   the first moment at which the rule holds, `until` the first at which it is gone, later than
 * that.
 *
 *   Read generously: any case, spaces repeated or full-width or none round ',' and '-', full-width
 *   characters, CRLF, a byte order mark, the four clauses in any order (each once), numbers in any
 *   usual writing ("138-0013-8000", "0044...", "0755" for +86755, "170" for +86170: see
 *   block_prefix.h). Written canonically: small letters, single spaces, canonical numbers, clauses
 *   in the order above, days from monday on, TIME in +08:00.
 *
 * Does:    parses a line to a struct and formats it back; parse(format(r)) equals r for every r
 *          that block_rule_parse gives.
 * Errors:  -EBADMSG with `fault` (may be NULL) filled: column (in characters, from 1) and what was
 *          wrong there; `out` is untouched. A rule longer than 256 characters is an error.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rules/number.h"

enum block_action {
	BLOCK_ACTION_ALLOW,
	BLOCK_ACTION_LABEL,
	BLOCK_ACTION_BLOCK,
	BLOCK_ACTION_COUNT
};
enum block_channel { BLOCK_CALL = 1, BLOCK_SMS = 2 };
enum block_origin {
	BLOCK_ORIGIN_PREFIX, /* the number begins so */
	BLOCK_ORIGIN_NUMBER, /* the number is exactly so */
	BLOCK_ORIGIN_INTERNATIONAL,
	BLOCK_ORIGIN_HMT, /* +852, +853, +886 */
	BLOCK_ORIGIN_WITHHELD,
	BLOCK_ORIGIN_REPORTED,
	BLOCK_ORIGIN_ALPHANUMERIC,
	BLOCK_ORIGIN_ANY,
	BLOCK_ORIGIN_COUNT
};

enum { BLOCK_FAULT_MAX = 96, BLOCK_RULE_TEXT_MAX = 192 };

struct block_rule {
	enum block_action action;
	enum block_origin origin;
	struct number prefix; /* canonical; of BLOCK_ORIGIN_PREFIX and _NUMBER, else "" */
	uint8_t channels;     /* enum block_channel bits */
	uint8_t weekdays;     /* bit 0 = Monday; 0: every day, 0x7f is never used */
	bool has_hours;
	uint16_t from_minute; /* of the day in +08:00; from > to runs over midnight */
	uint16_t to_minute;   /* the first minute outside; 1440 is midnight */
	int64_t since_ms;     /* 0: from ever */
	int64_t until_ms;     /* 0: for ever */
};

struct block_fault {
	size_t column;
	char text[BLOCK_FAULT_MAX];
};

/* Returns 1 for a rule, 0 for an empty line or a comment, -EBADMSG. */
int block_rule_parse(const struct numbering *plan, const char *line, size_t len,
		     struct block_rule *out, struct block_fault *fault)
	__attribute__((warn_unused_result));
/* Octets written without the NUL; BLOCK_RULE_TEXT_MAX always suffices. */
size_t block_rule_format(const struct block_rule *rule, char out[BLOCK_RULE_TEXT_MAX]);
/* Its `until` has come: it holds no more. */
bool block_rule_is_over(const struct block_rule *rule, int64_t now_ms);
bool block_rule_equal(const struct block_rule *a, const struct block_rule *b);

const char *block_action_name(enum block_action action);
/* What a rule is about: "international", "hmt", ..., or its number or prefix. Borrowed from it. */
const char *block_rule_origin_text(const struct block_rule *rule);
