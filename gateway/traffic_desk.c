/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/traffic_desk.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/store.h"
#include "gateway/traffic_row.h"

enum { WRITE_S = 10, HOUR_MS = 3600 * 1000, STRATA_MAX = 2 * TRAFFIC_SLOTS };

struct traffic_desk {
	struct gateway *gateway;
	struct traffic_sample *sample; /* NULL: none is wanted */
	struct event *timer;
	uint64_t random; /* never 0 */
};

/* A stratum as it was when the writing began. */
struct written {
	struct traffic_stratum stratum; /* without its records */
	uint8_t *octets;
	size_t len;
};

struct write_op {
	struct store_op op; /* first */
	struct traffic_desk *desk;
	int64_t before_ms;
	void (*done)(void *user);
	void *user;
	size_t count;
	struct written strata[STRATA_MAX];
};

/* xorshift64*: fast, and no secret. */
static uint64_t next_random(struct traffic_desk *desk)
{
	desk->random ^= desk->random >> 12;
	desk->random ^= desk->random << 25;
	desk->random ^= desk->random >> 27;
	return desk->random * UINT64_C(0x2545F4914F6CDD1D);
}

void traffic_desk_note(struct traffic_desk *desk, const struct block_attempt *attempt, bool blocked)
{
	if (desk->sample)
		traffic_sample_add(desk->sample, attempt, blocked, next_random(desk));
}

void traffic_desk_rename(struct traffic_desk *desk, const char *number, const char *name)
{
	if (desk->sample)
		traffic_sample_rename(desk->sample, number, name);
}

static int run_write(struct db *db, struct store_op *op)
{
	struct write_op *write = (struct write_op *)op;
	const char *instance = write->desk->gateway->config->instance;
	int rc = traffic_row_purge(db, write->before_ms);

	for (size_t i = 0; rc == 0 && i < write->count; i++)
		rc = traffic_row_put(db, instance, &write->strata[i].stratum,
				     write->strata[i].octets, write->strata[i].len);
	return rc;
}

static void write_done(struct store_op *op)
{
	struct write_op *write = (struct write_op *)op;

	if (op->rc < 0 && log_seldom(&write->desk->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "sample of the traffic not stored: %s\n",
		     strerror(-op->rc));
	if (write->done)
		write->done(write->user);
	talloc_free(write);
}

static void collect(struct traffic_desk *desk, struct write_op *write)
{
	const struct traffic_stratum *stratum;

	while (desk->sample && write->count < STRATA_MAX &&
	       (stratum = traffic_sample_changed(desk->sample))) {
		struct written *written = &write->strata[write->count];

		written->stratum = *stratum;
		written->octets = traffic_row_pack(write, stratum, &written->len);
		write->count += written->octets != NULL;
	}
}

void traffic_desk_flush(struct traffic_desk *desk, void (*done)(void *user), void *user)
{
	const struct config_blocking *blocking = &desk->gateway->live->blocking;
	struct write_op *write = talloc_zero(NULL, struct write_op);

	if (!write) {
		if (done)
			done(user);
		return;
	}
	write->op = (struct store_op){ .run = run_write, .done = write_done, .lazy = !done };
	write->desk = desk;
	write->before_ms = clock_now_ms() - (int64_t)blocking->traffic_hours * HOUR_MS;
	write->done = done;
	write->user = user;
	collect(desk, write);
	store_submit(desk->gateway->store, &write->op);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct traffic_desk *desk = arg;

	(void)fd;
	(void)what;
	if (!desk->gateway->draining)
		traffic_desk_flush(desk, NULL, NULL);
}

void traffic_desk_start(struct traffic_desk *desk)
{
	const struct timeval every = { WRITE_S, 0 };

	event_add(desk->timer, &every);
}

static int desk_destroy(struct traffic_desk *desk)
{
	if (desk->timer)
		event_free(desk->timer);
	return 0;
}

struct traffic_desk *traffic_desk_create(void *ctx, struct gateway *gateway)
{
	const struct config_blocking *blocking = &gateway->config->blocking;
	struct traffic_desk *desk = talloc_zero(ctx, struct traffic_desk);

	if (!desk)
		return NULL;
	talloc_set_destructor(desk, desk_destroy);
	desk->gateway = gateway;
	desk->timer = event_new(gateway->base, -1, EV_PERSIST, on_timer, desk);
	if (getrandom(&desk->random, sizeof(desk->random), 0) < 0 || desk->random == 0)
		desk->random = 1;
	if (blocking->traffic_samples > 0)
		desk->sample = traffic_sample_create(desk, blocking->traffic_samples,
						     (int64_t)blocking->traffic_hours * HOUR_MS);
	if (!desk->timer || (blocking->traffic_samples > 0 && !desk->sample))
		TALLOC_FREE(desk);
	return desk;
}
