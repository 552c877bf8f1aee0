/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict.h - from evidence and policy to a verdict, with reasons that people can read.
 *
 * Does:    decides one report. A look-up that could not be completed reads as "cannot know yet"
 *          and never as "no such call".
 * Returns: struct verdict; never fails. VERDICT_WAIT means: ask again when the feed has moved on.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Reports" 5 and 6.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/call_record.h"
#include "rules/report_parse.h"

enum verdict_kind {
	VERDICT_WAIT,
	VERDICT_VERIFIED,
	VERDICT_REJECTED,
	VERDICT_UNPROVED,
	VERDICT_REVIEW,
	VERDICT_KIND_COUNT
};

enum verdict_reason {
	VERDICT_CALL_FOUND,	   /* the records show the call */
	VERDICT_NO_SUCH_CALL,	   /* the records are complete and show none */
	VERDICT_FEED_INCOMPLETE,   /* the records do not yet reach past the call */
	VERDICT_CLOCK_RAN_OUT,	   /* and the promised time is over */
	VERDICT_OFFICIAL_NUMBER,   /* 10085 may sell; 10086 serves */
	VERDICT_PARTNER_NUMBER,	   /* registered with the operator */
	VERDICT_FORGED_NUMBER,	   /* a home number that came in over an international trunk */
	VERDICT_NOT_ANSWERED,	   /* the call was never answered: nothing can have been sold */
	VERDICT_WIDE_FANOUT,	   /* the number calls many different people */
	VERDICT_OTHER_REPORTERS,   /* others reported it */
	VERDICT_SALES_WORDS,	   /* the report names what was offered */
	VERDICT_ACQUAINTANCE,	   /* the two call each other */
	VERDICT_WEAK_EVIDENCE,	   /* a call, but nothing that shows selling */
	VERDICT_SMS_NOT_CHECKABLE, /* SMS are not in the call records: scored without them */
	VERDICT_NO_NUMBER,	   /* the report named none, and none was sent when asked */
	VERDICT_REASON_COUNT
};

enum evidence_call { EVIDENCE_CALL_UNKNOWN, EVIDENCE_CALL_NONE, EVIDENCE_CALL_FOUND };
enum { EVIDENCE_NEAR_MAX = 3 };

/* What is known about one report at one moment. */
struct evidence {
	enum report_intent intent; /* REPORT_CALL, REPORT_SMS or REPORT_SPAM_FORWARD */
	enum report_category category;
	struct number number;	   /* the number complained of */
	enum evidence_call call;   /* for REPORT_CALL */
	struct call_record record; /* the call, when found; the latest that fits */
	uint32_t calls_in_window;
	uint32_t distinct_called; /* people whom the number called in the policy's days */
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds;
	uint32_t reporters; /* other people who reported the number in the policy's days */
	bool called_back;   /* the subscriber also called the number */
	bool official;	    /* one that may sell: numbering.h */
	struct number_likeness alike; /* the official one that it looks like; for the record */
	bool partner;		      /* a registered partner's number */
	size_t near_count;	      /* callers that differ in one or two digits */
	struct number near[EVIDENCE_NEAR_MAX];
	bool deadline_passed;
};

/* Thresholds; all of them configuration, each set with the date from which it applies. */
struct verdict_policy {
	int64_t effective_ms;
	uint32_t window_days; /* with no time given, calls of that many days count */
	uint32_t grace_s;     /* how far the watermark must have passed the window */
	uint32_t slack_s;     /* added to both ends of a stated window */
	uint32_t deadline_s;  /* every report ends by then */
	uint32_t fanout_days;
	uint32_t fanout_distinct; /* from that many distinct people on, the fan-out is wide */
	uint32_t reporters_days;
	uint32_t reporters_min;
	bool require_answered;
	int32_t score_words; /* points for VERDICT_SALES_WORDS */
	int32_t score_fanout;
	int32_t score_reporters;
	int32_t score_acquaintance; /* negative */
	int32_t verify_at;	    /* score from which a found call is verified */
	int32_t review_at;	    /* score from which a person looks; below: rejected */
	int32_t verify_sms_at;	    /* the same as verify_at for SMS; the higher of both counts */
};

/* What applies where the configuration says nothing. */
extern const struct verdict_policy verdict_policy_default;

struct verdict {
	enum verdict_kind kind;
	bool forged;
	int32_t score;
	size_t reason_count;
	enum verdict_reason reasons[VERDICT_REASON_COUNT]; /* most weighty first */
};

/* Neither may be NULL. Only a call is matched against the records; an SMS is never rejected for
 * what they lack. VERDICT_REVIEW never comes with deadline_passed, and VERDICT_WAIT neither. */
struct verdict verdict_decide(const struct evidence *evidence, const struct verdict_policy *policy);

/* The policy in force at `at_ms`: the one with the latest effective_ms not after it, of equals the
 * later one in the list, or NULL. The list need not be sorted. */
const struct verdict_policy *verdict_policy_at(const struct verdict_policy *policies, size_t count,
					       int64_t at_ms);

const char *verdict_kind_name(enum verdict_kind kind);	     /* "verified" */
const char *verdict_reason_name(enum verdict_reason reason); /* "call_found" */
