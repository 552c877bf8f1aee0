/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_list.h - which of a subscriber's own callers a report without a number may mean.
 *
 * Does:    gathers callers from packed runs of the calls to one subscriber, the newest call of
 *          each; leaves out who is no nuisance (10085 and 10086, numbers that the caller of this
 *          names, withheld ones, which nobody could report); makes the numbered list, newest
 *          first; writes the list as text and reads it back.
 * Rule:    only runs of the one subscriber's own calls may be given: what is gathered is shown.
 * Bounds:  the CALLERS_MAX newest callers are kept, whatever the order of the runs.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Reports" 4.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/call_record.h"

enum {
	CALL_LIST_MAX = 9,	  /* one digit answers */
	CALL_LIST_TEXT_MAX = 512, /* of a whole list, with its NUL */
	CALLERS_MAX = 24,
};

struct call_list_entry {
	struct number number;
	int64_t start_ms; /* of the newest call; 0: not known */
};

/* Numbered from 1. */
struct call_list {
	size_t count;
	struct call_list_entry entries[CALL_LIST_MAX];
};

/* Set what stands before `count`, zero the rest. */
struct callers {
	int64_t from_ms; /* half-open window */
	int64_t to_ms;
	const char *const *except; /* canonical numbers that are left out; borrowed */
	size_t except_count;
	const struct call_list *only; /* only numbers in it; NULL: all. Borrowed */
	size_t count;
	struct call_list_entry list[CALLERS_MAX]; /* newest first */
};

void callers_add_run(struct callers *callers, const uint8_t *run, size_t len, int64_t day_start_ms);
/* Whether a list names the number. */
bool call_list_has(const struct call_list *list, const char *number);
/* One that turned out to be an acquaintance. */
void callers_drop(struct callers *callers, const char *number);
/* The newest `max` of them, at most CALL_LIST_MAX. */
void call_list_make(const struct callers *callers, size_t max, struct call_list *out);

/* "+8613712345678 1763778600000\n" for each entry. */
void call_list_write(const struct call_list *list, char out[CALL_LIST_TEXT_MAX]);
/* 0 or -EBADMSG for a text that call_list_write does not make; `out` is untouched then. */
int call_list_read(const char *text, struct call_list *out) __attribute__((warn_unused_result));
