/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/caller_list.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_walk.h"

enum { DAY_MS = 86400000 };

struct look;

/* Does the subscriber call this caller, too? */
struct way_back {
	struct look *look;
	struct number caller;
	bool called;
};

struct look {
	struct gateway *gateway;
	struct caller_query query;
	struct callers all;
	struct callers then;	 /* at the time that the report tells */
	struct callers *callers; /* the one of both that is listed */
	size_t holds;		 /* walks that have not ended, and one while they are begun */
	bool failed;
	struct way_back back[CALLERS_MAX];
	caller_list_cb *cb;
	void *user;
};

static void look_release(struct look *look)
{
	caller_list_cb *cb = look->cb;
	void *user = look->user;
	struct call_list list;
	bool ok = !look->failed;

	if (--look->holds > 0)
		return;
	for (size_t i = 0; i < CALLERS_MAX; i++)
		if (look->back[i].called)
			callers_drop(look->callers, look->back[i].caller.text);
	call_list_make(look->callers, look->query.max, &list);
	talloc_free(look);
	cb(user, ok ? &list : NULL);
}

static struct call_walk_query walk_of(const struct look *look, const char *called)
{
	return (struct call_walk_query){
		.prefix = look->gateway->config->redis.prefix,
		.called = called,
		.from_ms = look->all.from_ms,
		.to_ms = look->all.to_ms,
	};
}

static void on_run_back(void *user, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct way_back *back = user;
	struct call_run_query want = { &back->look->query.subscriber, INT64_MIN, INT64_MAX };

	if (call_run_search(run, len, day_start_ms, &want).found > 0)
		back->called = true;
}

static void on_end_back(void *user, bool ok)
{
	struct way_back *back = user;

	back->look->failed = back->look->failed || !ok;
	look_release(back->look);
}

/* Only calls to a subscriber are in the index; nobody else can be seen to be called. */
static bool can_be_called(const struct number *number)
{
	enum number_form form = number_form(number->text);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED;
}

static void ask_back(struct look *look, struct way_back *back)
{
	struct call_walk_query walk = walk_of(look, back->caller.text);

	look->holds++;
	if (call_walk(look, look->gateway->redis, &walk, on_run_back, on_end_back, back) == 0)
		return;
	look->failed = true;
	look->holds--;
}

static void on_run(void *user, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct look *look = user;

	callers_add_run(&look->all, run, len, day_start_ms);
	if (look->query.has_call_time)
		callers_add_run(&look->then, run, len, day_start_ms);
}

static void on_end(void *user, bool ok)
{
	struct look *look = user;

	bool listed = ok && look->query.only.count == 0;

	look->failed = !ok;
	look->callers = look->then.count ? &look->then : &look->all;
	/* Whether a number that the report names is an acquaintance's is for the verdict to say. */
	for (size_t i = 0; listed && i < look->callers->count; i++) {
		look->back[i] = (struct way_back){ look, look->callers->list[i].number, false };
		if (can_be_called(&look->back[i].caller))
			ask_back(look, &look->back[i]);
	}
	look_release(look);
}

static bool add_names(const char **except, size_t *count, char *const *names, unsigned names_count)
{
	for (unsigned i = 0; i < names_count; i++) {
		except[*count] = talloc_strdup(except, names[i]);
		if (!except[(*count)++])
			return false;
	}
	return true;
}

/* A copy: a reload may come before the answers do. */
static bool set_except(struct look *look)
{
	const struct config *live = look->gateway->live;
	const struct config_reports *reports = &live->reports;
	const struct config_blocking *blocking = &live->blocking;
	const struct numbering *plan = live->tables->numbering;
	const char **except = talloc_array(
		look, const char *,
		1 + NUMBERING_OFFICIAL_MAX + (size_t)reports->partners_count +
			reports->service_codes_count + blocking->protected_numbers_count);
	const char *official;
	size_t count = 0;

	if (!except)
		return false;
	for (size_t i = 0; (official = numbering_official(plan, i)); i++) {
		except[count] = talloc_strdup(except, official);
		if (!except[count++])
			return false;
	}
	except[count++] = look->query.subscriber.text;
	if (!add_names(except, &count, reports->partners, reports->partners_count) ||
	    !add_names(except, &count, reports->service_codes, reports->service_codes_count) ||
	    !add_names(except, &count, blocking->protected_numbers,
		       blocking->protected_numbers_count))
		return false;
	look->all.except = look->then.except = except;
	look->all.except_count = look->then.except_count = count;
	return true;
}

static void set_windows(struct look *look)
{
	const struct caller_query *query = &look->query;

	look->all.from_ms = query->received_ms - (int64_t)query->days * DAY_MS;
	look->all.to_ms = query->received_ms;
	look->then.from_ms =
		query->call_from_ms > look->all.from_ms ? query->call_from_ms : look->all.from_ms;
	look->then.to_ms =
		query->call_to_ms < look->all.to_ms ? query->call_to_ms : look->all.to_ms;
}

int caller_list_ask(void *ctx, struct gateway *gateway, const struct caller_query *query,
		    caller_list_cb *cb, void *user)
{
	struct call_walk_query walk;
	struct look *look;
	int rc;

	if (!redis_client_connected(gateway->redis))
		return -ENOTCONN;
	look = talloc_zero(ctx, struct look);
	if (!look)
		return -ENOMEM;
	look->gateway = gateway;
	look->query = *query;
	look->cb = cb;
	look->user = user;
	look->holds = 1;
	look->callers = &look->all;
	if (look->query.only.count > 0)
		look->all.only = look->then.only = &look->query.only;
	set_windows(look);
	walk = walk_of(look, query->subscriber.text);
	rc = set_except(look) ? call_walk(look, gateway->redis, &walk, on_run, on_end, look)
			      : -ENOMEM;
	if (rc < 0)
		talloc_free(look);
	return rc;
}
