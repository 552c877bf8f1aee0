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
	/* On the loop, in the place of the answer when `work` was done well; may be NULL. The query
	 * then hangs below the gateway until query_end(). */
	void (*go_on)(struct query *query);
	void *memory; /* made anew by each run */
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
	int64_t expected_version; /* of what is to be changed; PAGE_NO_VERSION: whichever it has */
	bool by_ref;		  /* who asks does not know the number: commands_number.h */
	enum rules_action action;
	const char *rules;
	struct rule_state changed;
	struct review_query *review; /* of commands_review.c */
	void *argument;		     /* of one command alone, below the query */
};

/* NULL when out of memory: the request was answered so. */
struct query *query_create(struct gateway *gateway, struct control_request *request,
			   int (*work)(struct db *db, struct query *query));

/* Of one that went on: answers with its result, or with `error` and its code, and frees it. */
void query_end(struct query *query);
/* Or goes to a store with other work, and is answered after that. */
void query_again(struct query *query, struct store *store,
		 int (*work)(struct db *db, struct query *query));
void query_end_failed(struct query *query, enum control_code code, const char *error);

/* One that is not submitted after all: the request is told why. */
void query_refuse(struct query *query, const char *error);
void query_no_memory(struct query *query);

struct report_row;

/* One number, under its name in the result. */
int query_add_count(struct db *db, struct query *query, enum db_query count, const char *name)
	__attribute__((warn_unused_result));

/* New references. */
json_t *query_report(const struct query *query, const struct report_row *row); /* on one line */
/* Of other reports of its number; null when it has none. *rc: 0 or the database's error. */
json_t *query_similar(struct db *db, const struct report_row *row, int *rc);
json_t *query_masked(const char *number);
json_t *query_time(int64_t ms);	       /* null for 0 */
json_t *query_day(int64_t ms);	       /* "2026-11-25", in +08:00 */
json_t *query_list(const char *text);  /* "a,b" as ["a", "b"] */
json_t *query_lines(const char *text); /* one a line, without the empty ones */
/* Those of them that are rules of which the `until` has come. */
json_t *query_lines_over(const struct numbering *plan, const char *text, int64_t now_ms);
json_t *query_id(int64_t id);
const char *query_report_state(int64_t value);
const char *query_channel(int64_t value);
