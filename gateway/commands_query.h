/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_query.h - a command's work in the store, and what its answers are made of (private to
 * the commands).
 *
 * Does:    query_create() makes the operation; fill in its arguments and give it to a store with
 *          store_submit(). The request is answered when it is done.
 * Threads: `work` is the store thread's, everything else the loop's.
 */
#pragma once

#include <jansson.h>

#include "gateway/control.h"
#include "gateway/gateway.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"

enum { QUERY_ERROR_MAX = 256 };

enum rules_action { RULES_SHOW, RULES_SET, RULES_ADD, RULES_REMOVE };

/* A command's work in the store: `work` fills `result`, or `error` and a negative errno, which
 * becomes the code of the answer (code_of() in commands_query.c). */
struct query {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct tables *tables; /* held */
	struct control_request *request;
	int (*work)(struct db *db, struct query *query);
	void (*finish)(struct query *query); /* on the loop before the answer; may be NULL */
	void *memory;			     /* made anew by each run */
	json_t *result;
	char error[QUERY_ERROR_MAX];
	int failed; /* what `work` returned: with an error, which kind it is (-ENOENT, -ESTALE...)
		     */
	char actor[CONTROL_ACTOR_MAX]; /* who asked, for the audit: taken while they are there */

	/* Arguments, as the command needs them. */
	int64_t id;
	int state; /* enum report_state, -1: all */
	int64_t limit;
	int64_t overdue_ms;
	int64_t since_ms;
	bool allows;
	enum reported_policy block_reported;
	int64_t count; /* of what was done */
	struct number number;
	enum rules_action action;
	const char *rules;
	struct rule_state changed;
	struct review_query *review; /* of commands_review.c */
	void *argument;		     /* of one command alone, below the query */
};

/* NULL when out of memory: the request was answered so. */
struct query *query_create(struct gateway *gateway, struct control_request *request,
			   int (*work)(struct db *db, struct query *query));

/* One that is not submitted after all: the request is told why. */
void query_refuse(struct query *query, const char *error);

/* New references. */
json_t *query_masked(const char *number);
json_t *query_time(int64_t ms);	       /* null for 0 */
json_t *query_list(const char *text);  /* "a,b" as ["a", "b"] */
json_t *query_lines(const char *text); /* one a line, without the empty ones */
/* Those of them that are rules of which the `until` has come. */
json_t *query_lines_over(const struct numbering *plan, const char *text, int64_t now_ms);
json_t *query_id(int64_t id);
const char *query_report_state(int64_t value);
const char *query_channel(int64_t value);
