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
#include "rules/verdict_policy.h"

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
	VERDICT_CALL_TOO_SHORT,	   /* nothing can have been sold in so few seconds */
	VERDICT_NUMBER_CLASS,	   /* policy says something of such numbers */
	VERDICT_BY_REVIEWER,	   /* a person decided */
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
	bool partial; /* the records are not complete: another call, or what weighs it, may come */
	uint32_t calls_in_window;
	uint32_t distinct_called; /* people whom the number called in the policy's days */
	uint32_t attempts;
	uint32_t answered;
	uint64_t seconds;
	uint32_t reporters;	 /* other people who reported the number in the policy's days */
	uint32_t calls_back;	 /* by the subscriber to the number, in the policy's days before it
				    called */
	enum number_class class; /* of the number */
	bool official;		 /* one that may sell: numbering.h */
	struct number_likeness alike; /* the official one that it looks like; for the record */
	bool partner;		      /* a registered partner's number */
	size_t near_count;	      /* callers that differ in one or two digits */
	struct number near[EVIDENCE_NEAR_MAX];
	bool deadline_passed;
};

/* One thing that weighs. */
struct verdict_points {
	enum verdict_reason reason;
	int32_t points;
};

enum { VERDICT_POINTS_MAX = 5 };

struct verdict {
	enum verdict_kind kind;
	bool forged;
	int32_t score;
	size_t point_count; /* what the score is made of, the weightiest first */
	struct verdict_points points[VERDICT_POINTS_MAX];
	size_t reason_count;
	enum verdict_reason reasons[VERDICT_REASON_COUNT]; /* most weighty first */
};

/* Neither may be NULL. Only a call is matched against the records; an SMS is never rejected for
 * what they lack. VERDICT_REVIEW never comes with deadline_passed, and VERDICT_WAIT neither: the
 * policy's review_timeout is the end then. */
struct verdict verdict_decide(const struct evidence *evidence, const struct verdict_policy *policy);

enum verdict_class verdict_class_of(const struct evidence *evidence);
enum verdict_kind verdict_timeout_kind(enum verdict_timeout timeout);

const char *verdict_kind_name(enum verdict_kind kind);	     /* "verified" */
const char *verdict_reason_name(enum verdict_reason reason); /* "call_found" */
