/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* link_book.h - what each link has carried since the start, for /metrics.
 *
 * Does:    keeps a row for each account that has bound and each link to an SMSC; rows outlive their
 *          sessions, so that counters never go back.
 * Bounds:  names come from the configuration; past LINK_BOOK_MAX of them the rest share "other".
 * Threads: the loop's.
 */
#pragma once

#include <osmocom/core/linuxlist.h>
#include <stdint.h>

enum { LINK_BOOK_MAX = 2000, LINK_NAME_MAX = 64 };

/* name, type, help */
#define LINK_COUNTS(X)                                                                             \
	X(messages_in_total, "counter", "Messages of the peer that were handled")                  \
	X(messages_out_total, "counter", "Messages sent to the peer")                              \
	X(refused_in_total, "counter", "Messages that the peer may not send")                      \
	X(throttled_in_total, "counter", "Requests of the peer over its window or rate")           \
	X(throttled_out_total, "counter", "Messages that the peer put off for their pace")         \
	X(errors_out_total, "counter", "Messages that the peer refused or did not answer")         \
	X(binds_total, "counter", "Times that the link was bound")                                 \
	X(failures_total, "counter", "Connections that failed, binds refused, links that ended")   \
	X(waiting_in, "gauge", "Requests of the peer that wait for our answer")                    \
	X(waiting_out, "gauge", "Requests of ours that wait for the peer's answer")                \
	X(window_out, "gauge", "As many of ours as may wait, over all its sessions")               \
	X(sessions, "gauge", "Sessions bound now")

#define LINK_COUNT_FIELD(name, type, help) uint64_t name;
struct link_row {
	struct llist_head list;
	char name[LINK_NAME_MAX];
	const char *side; /* "server" or "client": what we are; static text */
	LINK_COUNTS(LINK_COUNT_FIELD)
};

struct link_book;
struct link_book *link_book_create(void *ctx);
/* Made if it is not there; never NULL; lives as long as the book. */
struct link_row *link_book_row(struct link_book *book, const char *name, const char *side);
/* Prometheus text behind `text`, which is taken and may be NULL; NULL then. */
char *link_book_format(const struct link_book *book, char *text);
