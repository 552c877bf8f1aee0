/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* evidence_json.h - what a verdict rested on, as the detail of the report's event.
 *
 * Form:    compact JSON, {"v":1,"policy":"<hash>",...}: all that verdict_decide() reads, so that
 * the verdict can be derived again under the policy of that hash (policy_store.h) or any other.
 *          Times are ms since the Unix epoch. The chain of the report's events covers it.
 * Errors:  -EMSGSIZE; -ENOENT for a detail that holds no evidence; -EBADMSG for broken evidence, or
 *          of a version that is not known.
 * Threads: pure; reading allocates with jansson for the call.
 */
#pragma once

#include "rules/verdict.h"

enum { EVIDENCE_JSON_MAX = 1024 };

struct evidence_note {
	struct evidence evidence;
	char policy[VERDICT_HASH_MAX]; /* under which it was gathered and judged */
	int32_t score;
	int64_t deadline_ms; /* of the report's clock at that time */
};

int evidence_format(const struct evidence_note *note, char out[EVIDENCE_JSON_MAX])
	__attribute__((warn_unused_result));
/* `out` is untouched on failure. */
int evidence_parse(const char *detail, struct evidence_note *out)
	__attribute__((warn_unused_result));

const char *evidence_call_name(enum evidence_call call); /* "found" */
