/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* GET /v1/events: what happens, as server-sent events.
 *
 * All streams are told the same: once a second what is counted, which is counted once; between that
 * what becomes of reports, elsewhere too (live_notes.h). A stream ends after an hour (whoever reads
 * comes again), when its token is worth nothing any more, and when it is not read. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/api_priv.h"
#include "gateway/clock.h"
#include "gateway/feed_watch.h"
#include "gateway/http_problem.h"
#include "gateway/iso_time.h"
#include "gateway/live_notes.h"
#include "gateway/peer.h"
#include "gateway/smpp_client.h"
#include "rules/report_id.h"

enum {
	STREAMS_MAX = 16,
	TICKS_A_SECOND = 4,
	AGE_MAX_S = 3600,
	LINKS_MAX = 200,
	NOTES_MAX = 32 * 1024,
};

/* Counters of which the change since the last second is told. */
struct counted {
	int64_t at_ms;
	uint64_t messages_in;
	uint64_t messages_out;
	uint64_t screened;
	uint64_t calls;
};

struct api_events {
	struct gateway *gateway;
	struct event *tick;
	struct llist_head streams;
	unsigned count;
	struct counted before;
	uint64_t in_review;
	struct live_notes *live;
	unsigned ticks;
	struct evbuffer *notes; /* of reports, since the last tick */
};

struct stream {
	struct llist_head entry;
	struct api_events *events;
	struct http_exchange *exchange;
	struct api_who who;
	unsigned ticks_left;
	bool reports; /* may see what becomes of reports */
	bool reviews;
};

/* ---- what is told ---- */

static double rate_of(uint64_t now, uint64_t before, int64_t elapsed_ms)
{
	return elapsed_ms > 0 && now >= before
		       ? (double)((now - before) * 10000 / (uint64_t)elapsed_ms) / 10
		       : 0;
}

static struct counted count_now(const struct metrics *metrics)
{
	return (struct counted){ clock_monotonic_ms(), metrics->messages_in_total,
				 metrics->messages_out_total, metrics->screened_total,
				 metrics->cdrs_total };
}

static json_t *rates_json(const struct counted *now, const struct counted *before)
{
	int64_t elapsed_ms = now->at_ms - before->at_ms;

	return json_pack("{sf sf sf sf}", "messages_in",
			 rate_of(now->messages_in, before->messages_in, elapsed_ms), "messages_out",
			 rate_of(now->messages_out, before->messages_out, elapsed_ms), "screened",
			 rate_of(now->screened, before->screened, elapsed_ms), "calls",
			 rate_of(now->calls, before->calls, elapsed_ms));
}

static void add_link(void *user, const struct peer_info *info)
{
	json_t *list = user;

	if (json_array_size(list) < LINKS_MAX)
		json_array_append_new(
			list, json_pack("{ss ss}", "link", info->link, "state", info->state));
}

static json_t *links_json(const struct gateway *gateway)
{
	json_t *list = json_array();
	const struct peer *peer = NULL;
	struct peer_info info;

	while ((peer = peer_set_next(gateway->peers, peer))) {
		peer_info_fill(peer, &info);
		add_link(list, &info);
	}
	smpp_client_each_down(gateway->client, add_link, list);
	return list;
}

static json_t *feeds_json(const struct gateway *gateway)
{
	json_t *all = feed_watch_json(gateway->feed_watch);
	json_t *list = json_array();
	size_t i;
	json_t *feed;

	json_array_foreach(all, i, feed) json_array_append_new(
		list, json_pack("{sO sO}", "source", json_object_get(feed, "source"), "lag_s",
				json_object_get(feed, "lag_s")));
	json_decref(all);
	return list;
}

/* New; NULL when out of memory. */
static char *now_text(struct api_events *events)
{
	const struct metrics *metrics = &events->gateway->metrics;
	struct counted now = count_now(metrics);
	char at[ISO_TIME_MAX];
	json_t *json = json_pack(
		"{ss so sI sI sI sI so so}", "at", iso_time_format(clock_now_ms(), at), "rates",
		rates_json(&now, &events->before), "open_reports",
		(json_int_t)metrics->reports_open, "review_waiting",
		(json_int_t)metrics->reports_in_review, "outbox", (json_int_t)metrics->outbox_depth,
		"rewards_overdue", (json_int_t)metrics->rewards_overdue, "feeds",
		feeds_json(events->gateway), "links", links_json(events->gateway));
	char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
	char *text = body ? talloc_asprintf(events, "event: now\ndata: %s\n\n", body) : NULL;

	events->before = now;
	free(body);
	json_decref(json);
	return text;
}

static char *review_text(struct api_events *events)
{
	uint64_t waiting = events->gateway->metrics.reports_in_review;

	if (waiting == events->in_review)
		return NULL;
	events->in_review = waiting;
	return talloc_asprintf(events, "event: review\ndata: {\"waiting\":%llu}\n\n",
			       (unsigned long long)waiting);
}

/* ---- streams ---- */

static void forget(struct stream *stream)
{
	struct api_events *events = stream->events;

	llist_del(&stream->entry);
	events->count--;
	talloc_free(stream);
}

static void on_end(void *user)
{
	forget(user);
}

static void end(struct stream *stream)
{
	http_exchange_stream_end(stream->exchange);
	forget(stream);
}

static int tell(struct stream *stream, const char *text, size_t len)
{
	return text && len > 0 ? http_exchange_stream(stream->exchange, text, len) : 0;
}

static void tell_all(struct api_events *events, const char *now, const char *review)
{
	size_t notes_len = evbuffer_get_length(events->notes);
	const char *notes = (const char *)evbuffer_pullup(events->notes, -1);
	struct stream *stream, *next;

	llist_for_each_entry_safe(stream, next, &events->streams, entry) {
		int rc = tell(stream, now, now ? strlen(now) : 0);

		if (rc == 0 && stream->reports)
			rc = tell(stream, notes, notes_len);
		if (rc == 0 && stream->reviews)
			rc = tell(stream, review, review ? strlen(review) : 0);
		if (rc < 0 || stream->ticks_left-- == 0 ||
		    !api_access_holds(events->gateway, &stream->who))
			end(stream);
	}
	evbuffer_drain(events->notes, notes_len);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct api_events *events = arg;
	char *now, *review;

	(void)fd;
	(void)what;
	live_notes_tick(events->live, events->count > 0);
	if (events->count == 0)
		return;
	now = ++events->ticks % TICKS_A_SECOND == 0 ? now_text(events) : NULL;
	review = now ? review_text(events) : NULL;
	tell_all(events, now, review);
	talloc_free(now);
	talloc_free(review);
}

static void note(void *user, const char *id, const char *state)
{
	struct api_events *events = user;

	if (events->count == 0 || evbuffer_get_length(events->notes) > NOTES_MAX)
		return;
	evbuffer_add_printf(events->notes,
			    "event: report\ndata: {\"id\":\"%s\",\"state\":\"%s\"}\n\n", id, state);
}

void api_events_report(struct api_events *events, int64_t id, const char *state)
{
	char text[REPORT_ID_MAX];

	live_notes_add(events->live, id, state);
	if (events->count == 0)
		return;
	report_id_format(id, text);
	note(events, text, state);
}

static void begin(struct api_events *events, struct stream *stream)
{
	static const char hello[] = "retry: 2000\n: mianrao\n\n";

	if (events->count++ == 0) {
		events->before = count_now(&events->gateway->metrics);
		events->in_review = events->gateway->metrics.reports_in_review;
	}
	llist_add_tail(&stream->entry, &events->streams);
	http_exchange_on_end(stream->exchange, on_end, stream);
	http_exchange_extend(stream->exchange, AGE_MAX_S + 60);
	http_exchange_stream_begin(stream->exchange, "text/event-stream");
	if (http_exchange_stream(stream->exchange, hello, sizeof(hello) - 1) < 0)
		end(stream);
}

void api_events_take(struct api_events *events, struct http_exchange *exchange,
		     const struct api_who *who)
{
	struct stream *stream =
		events->count < STREAMS_MAX ? talloc_zero(events, struct stream) : NULL;

	if (!stream) {
		http_problem_answer(exchange, 429, NULL, "too many streams are open");
		return;
	}
	stream->events = events;
	stream->exchange = exchange;
	stream->who = *who;
	stream->ticks_left = AGE_MAX_S * TICKS_A_SECOND;
	stream->reports = api_access_may(who->user.roles, "reports", NULL);
	stream->reviews = api_access_may(who->user.roles, "review", "list");
	begin(events, stream);
}

/* ---- life ---- */

static int events_destroy(struct api_events *events)
{
	struct stream *stream, *next;

	llist_for_each_entry_safe(stream, next, &events->streams, entry)
		http_exchange_on_end(stream->exchange, NULL, NULL);
	if (events->tick)
		event_free(events->tick);
	if (events->notes)
		evbuffer_free(events->notes);
	return 0;
}

struct api_events *api_events_create(void *ctx, struct gateway *gateway)
{
	const struct timeval every = { .tv_usec = 1000000 / TICKS_A_SECOND };
	const struct config *config = gateway->config;
	struct api_events *events = talloc_zero(ctx, struct api_events);

	if (!events)
		return NULL;
	INIT_LLIST_HEAD(&events->streams);
	talloc_set_destructor(events, events_destroy);
	events->gateway = gateway;
	events->tick = event_new(gateway->base, -1, EV_PERSIST, on_tick, events);
	events->notes = evbuffer_new();
	events->live = live_notes_create(events, gateway->redis, config->redis.prefix,
					 config->instance, note, events);
	if (events->tick && events->notes && events->live && event_add(events->tick, &every) == 0)
		return events;
	talloc_free(events);
	return NULL;
}
