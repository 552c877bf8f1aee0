/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict_policy.h - the thresholds and points by which a report is judged, each set with the date
 * from which it applies.
 *
 * Does:    holds them, names each, and writes and reads all of them as text, so that a verdict can
 *          be derived again when the configuration has long changed.
 * Units:   times are ms since the Unix epoch, UTC; points are points of a score.
 * Errors:  -EBADMSG, the policy untouched: a key or a value that there is not.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Reports" 6; deploy/mianrao.yaml describes each key.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/report_parse.h"

/* What the number complained of is. The first that fits counts. */
enum verdict_class {
	VERDICT_CLASS_FORGED,	/* a home number that came in over an international trunk */
	VERDICT_CLASS_OFFICIAL, /* 10085 may sell; 10086 serves */
	VERDICT_CLASS_PARTNER,	/* registered with the operator */
	VERDICT_CLASS_MOBILE,
	VERDICT_CLASS_FIXED,
	VERDICT_CLASS_SHARED,	/* 400 and 800 */
	VERDICT_CLASS_ENQUIRY,	/* 95 and 96 */
	VERDICT_CLASS_OPERATOR, /* 100xx */
	VERDICT_CLASS_SERVICE,	/* other codes */
	VERDICT_CLASS_PORT,	/* 106 */
	VERDICT_CLASS_FOREIGN,
	VERDICT_CLASS_NAME, /* alphanumeric sender */
	VERDICT_CLASS_WITHHELD,
	VERDICT_CLASS_COUNT
};

enum verdict_course {
	VERDICT_COURSE_SCORE,	 /* weighed, with the points of the class */
	VERDICT_COURSE_VERIFIED, /* a call that was found is enough */
	VERDICT_COURSE_REVIEW,	 /* a person decides, once the call was found */
	VERDICT_COURSE_REJECTED, /* whoever calls from there may: no call is looked for */
	VERDICT_COURSE_COUNT
};

/* What becomes of a report that no person decided in time. */
enum verdict_timeout {
	VERDICT_TIMEOUT_UNPROVED,
	VERDICT_TIMEOUT_VERIFIED,
	VERDICT_TIMEOUT_REJECTED,
	VERDICT_TIMEOUT_COUNT
};

struct verdict_words {
	int32_t points[REPORT_CATEGORY_COUNT]; /* of REPORT_UNKNOWN: 0 */
};

struct verdict_class_policy {
	enum verdict_course outcome;
	int32_t points;
};

struct verdict_classes {
	struct verdict_class_policy of[VERDICT_CLASS_COUNT];
};

struct verdict_policy {
	int64_t effective_ms;
	uint32_t window_days; /* with no time given, calls of that many days count */
	uint32_t grace_s;     /* how far the watermark must have passed the window */
	uint32_t slack_s;     /* added to both ends of a stated window */
	uint32_t deadline_s;  /* every report ends by then */
	uint32_t fanout_days;
	uint32_t fanout_distinct; /* from that many distinct people on, the fan-out is wide... */
	uint32_t fanout_answered_pct; /* ...if no greater share of its calls is answered... */
	uint32_t fanout_mean_s;	      /* ...and they last no longer; 0: as long as they like */
	uint32_t reporters_days;
	uint32_t reporters_min;
	uint32_t acquaintance_days;
	uint32_t acquaintance_min; /* so often the subscriber called the number before its call */
	uint32_t min_seconds;	   /* a shorter call proves nothing; 0: any may */
	bool require_answered;
	struct verdict_words score_words; /* points for VERDICT_SALES_WORDS */
	int32_t score_fanout;
	int32_t score_reporters;
	int32_t score_acquaintance; /* negative */
	struct verdict_classes classes;
	int32_t verify_at;     /* score from which a found call is verified */
	int32_t review_at;     /* score from which a person looks; below: rejected */
	int32_t verify_sms_at; /* the same as verify_at for SMS; the higher of both counts */
	enum verdict_timeout review_timeout;
};

/* What applies where the configuration says nothing. */
extern const struct verdict_policy verdict_policy_default;

/* The policy in force at `at_ms`: the one with the latest effective_ms not after it, of equals the
 * later one in the list, or NULL. The list need not be sorted. */
const struct verdict_policy *verdict_policy_at(const struct verdict_policy *policies, size_t count,
					       int64_t at_ms);

const char *verdict_class_name(enum verdict_class class);	/* "mobile" */
const char *verdict_course_name(enum verdict_course course);	/* "score" */
const char *verdict_timeout_name(enum verdict_timeout timeout); /* "unproved" */

/* ---- a policy as text ---- */

enum { VERDICT_VALUE_MAX = 24, VERDICT_POLICY_TEXT_MAX = 4096, VERDICT_HASH_MAX = 13 };

/* The keys in the order of deploy/mianrao.yaml, but for `effective`: "score_words.loan". NULL after
 * the last. */
const char *verdict_policy_key(size_t i);
/* `i` must be below the number of keys. */
void verdict_policy_value(const struct verdict_policy *policy, size_t i,
			  char out[VERDICT_VALUE_MAX]);
/* `score_words` alone sets the points of all words. */
int verdict_policy_set(struct verdict_policy *policy, const char *key, const char *value)
	__attribute__((warn_unused_result));

/* All of it, a line "key value" each, effective_ms first. */
void verdict_policy_format(const struct verdict_policy *policy, char out[VERDICT_POLICY_TEXT_MAX]);
/* A key that the text lacks has the default. */
int verdict_policy_parse(const char *text, struct verdict_policy *out)
	__attribute__((warn_unused_result));
/* 12 hex digits of the SHA-256 of that text. */
void verdict_policy_hash(const struct verdict_policy *policy, char out[VERDICT_HASH_MAX]);
