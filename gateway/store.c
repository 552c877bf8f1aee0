/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/store.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

/* A closed window of requests refills only when its responses are out. Before it commits a fragment
 * of it the thread therefore waits for the rest: for as much as there was when the last group was
 * done, together with what waited behind it. These may be parts of one window that have fallen out
 * of step, each waiting for the other's commit. It waits as long as the queue grows, looking a few
 * times, and no longer than a share of what a commit costs on this disk. A lone operation is never
 * held up, since the group before it was small. */
enum {
	GATHER_FROM = 64,
	GATHER_ROUNDS = 5,
	GATHER_SHARE = 8, /* of a commit: a round */
	GATHER_LEAST_NS = 200 * 1000,
	/* Rounds without growth: the answers have to go out, and the next requests to come. */
	GATHER_IDLE = 3,
	/* Under load, a commit of lazy operations alone would take its sync from one for
	 * which somebody waits. */
	LAZY_NS = 50 * 1000 * 1000,
};

/* What the last group was. */
struct pace {
	size_t weight;	   /* of the group */
	size_t population; /* and of what waited when it was done */
	int64_t commit_ns;
};

struct op_list {
	struct store_op *head;
	struct store_op **tail;
	size_t count;
};

struct store {
	struct db *db;
	enum db_mode mode;
	pthread_t thread;
	bool running;
	int wake_fd; /* store thread -> loop */
	struct event *wake_event;

	pthread_mutex_t lock;
	pthread_cond_t work;
	struct op_list queue;
	size_t queue_weight; /* of those that are not lazy */
	size_t gathering;    /* the thread sleeps until so much is in the queue; 0: it does not */
	struct op_list finished;
	bool stop;
	uint64_t commits;

	uint64_t operations; /* loop side */
	size_t waiting;
};

static void list_init(struct op_list *list)
{
	list->head = NULL;
	list->tail = &list->head;
	list->count = 0;
}

static void list_add(struct op_list *list, struct store_op *op)
{
	op->next = NULL;
	*list->tail = op;
	list->tail = &op->next;
	list->count++;
}

static void list_append(struct op_list *to, struct op_list *from)
{
	if (!from->head)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	to->count += from->count;
	list_init(from);
}

static void list_append_first(struct op_list *to, struct op_list *from)
{
	struct store_op *op = from->head;

	from->head = op->next;
	from->count--;
	if (!from->head)
		from->tail = &from->head;
	list_add(to, op);
}

static size_t weight_of(const struct store_op *op)
{
	return op->weight ? op->weight : 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What it counts for in a group. */
static size_t pull_of(const struct store_op *op)
{
	return op->lazy ? 0 : weight_of(op);
}

static int run_group(struct db *db, struct store_op *first, int64_t *commit_ns)
{
	int64_t began_ns;
	int rc = db_begin(db);

	if (rc < 0)
		return rc;
	for (struct store_op *op = first; op; op = op->next) {
		op->rc = op->run(db, op);
		if (op->rc < 0) {
			db_rollback(db);
			return op->rc;
		}
	}
	began_ns = now_ns();
	rc = db_commit(db);
	if (rc < 0)
		db_rollback(db);
	*commit_ns = now_ns() - began_ns;
	return rc;
}

/* One operation failed: each runs in a transaction of its own, so that only the guilty one fails.
 */
static void run_alone(struct db *db, struct store_op *op)
{
	int rc = db_begin(db);

	if (rc == 0) {
		rc = op->run(db, op);
		if (rc >= 0)
			rc = db_commit(db);
		if (rc < 0)
			db_rollback(db);
	}
	op->rc = rc < 0 ? rc : 0;
}

static uint64_t run_operations(struct db *db, struct op_list *group, int64_t *commit_ns)
{
	uint64_t commits = 0;

	if (run_group(db, group->head, commit_ns) == 0) {
		for (struct store_op *op = group->head; op; op = op->next)
			op->rc = 0;
		return 1;
	}
	for (struct store_op *op = group->head; op; op = op->next) {
		run_alone(db, op);
		commits += op->rc == 0;
	}
	return commits;
}

static void wait_until(struct store *store, int64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ns;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&store->work, &store->lock, &until);
}

/* Called with the lock held and something in the queue. */
static void gather(struct store *store, const struct pace *last)
{
	int64_t round_ns = last->commit_ns / GATHER_SHARE;
	int idle = 0;

	if (last->weight < GATHER_FROM)
		return;
	if (round_ns < GATHER_LEAST_NS)
		round_ns = GATHER_LEAST_NS;
	store->gathering = last->population;
	for (int round = 0; round < GATHER_ROUNDS && !store->stop; round++) {
		size_t seen = store->queue_weight;

		if (seen >= last->population)
			break;
		wait_until(store, round_ns);
		idle = store->queue_weight == seen ? idle + 1 : 0;
		if (idle == GATHER_IDLE)
			break;
	}
	store->gathering = 0;
}

/* All that waits, for one commit. Without commits a group saves nothing: each operation is done as
 * soon as it can be, and a slow one (a password) holds up none that is finished. */
static size_t take(struct store *store, struct op_list *group, const struct pace *last)
{
	size_t weight;

	if (store->mode == DB_READER) {
		weight = pull_of(store->queue.head);
		list_append_first(group, &store->queue);
		store->queue_weight -= weight;
		return weight;
	}
	gather(store, last);
	list_append(group, &store->queue);
	weight = store->queue_weight;
	store->queue_weight = 0;
	return weight;
}

/* Called with the lock held; returns with something in the queue, or when the thread shall stop. */
static void wait_for_work(struct store *store, const struct pace *last)
{
	int64_t waited_ns = 0;
	int64_t began_ns;

	while (!store->queue.head && !store->stop)
		pthread_cond_wait(&store->work, &store->lock);
	if (last->weight < GATHER_FROM)
		return;
	began_ns = now_ns();
	while (store->queue_weight == 0 && !store->stop && waited_ns < LAZY_NS) {
		wait_until(store, LAZY_NS - waited_ns);
		waited_ns = now_ns() - began_ns;
	}
}

static void *store_thread(void *arg)
{
	struct store *store = arg;
	struct op_list group;
	struct pace last = { 0 };
	uint64_t one = 1;

	pthread_mutex_lock(&store->lock);
	for (;;) {
		wait_for_work(store, &last);
		if (!store->queue.head)
			break;
		list_init(&group);
		size_t weight = take(store, &group, &last);

		pthread_mutex_unlock(&store->lock);

		uint64_t commits = run_operations(store->db, &group, &last.commit_ns);

		pthread_mutex_lock(&store->lock);
		last.weight = weight;
		last.population = weight + store->queue_weight;
		store->commits += commits;
		list_append(&store->finished, &group);
		if (write(store->wake_fd, &one, sizeof(one)) < 0) {
			/* The counter is at its top: the loop has not read it, and will. */
		}
	}
	pthread_mutex_unlock(&store->lock);
	return NULL;
}

static void call_finished(struct store *store)
{
	struct op_list finished;

	list_init(&finished);
	pthread_mutex_lock(&store->lock);
	list_append(&finished, &store->finished);
	pthread_mutex_unlock(&store->lock);
	for (struct store_op *op = finished.head, *next; op; op = next) {
		next = op->next;
		store->waiting -= weight_of(op);
		store->operations++;
		op->done(op);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	call_finished(arg);
}

void store_set_watch(struct store *store, struct db_watch *watch)
{
	db_set_watch(store->db, watch);
}

void store_submit(struct store *store, struct store_op *op)
{
	store->waiting += weight_of(op);
	pthread_mutex_lock(&store->lock);
	bool wake = !store->queue.head || (store->queue_weight == 0 && !op->lazy);

	list_add(&store->queue, op);
	store->queue_weight += pull_of(op);
	wake = wake || (store->gathering && store->queue_weight >= store->gathering);
	pthread_mutex_unlock(&store->lock);
	if (wake)
		pthread_cond_signal(&store->work);
}

size_t store_waiting(const struct store *store)
{
	return store->waiting;
}

struct store_counts store_counts(const struct store *store)
{
	/* commits is written by the other thread; a figure that is a moment old will do. */
	struct store *mutable_store = (struct store *)store;

	pthread_mutex_lock(&mutable_store->lock);
	struct store_counts counts = { store->commits, store->operations, store->waiting };

	pthread_mutex_unlock(&mutable_store->lock);
	return counts;
}

static int store_destroy(struct store *store)
{
	if (store->running)
		store_stop(store);
	if (store->wake_event)
		event_free(store->wake_event);
	if (store->wake_fd >= 0)
		close(store->wake_fd);
	pthread_cond_destroy(&store->work);
	pthread_mutex_destroy(&store->lock);
	return 0;
}

/* The thread must not take the signals that the loop waits for. */
static int start_thread(struct store *store)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&store->thread, NULL, store_thread, store);
	if (rc == 0)
		pthread_setname_np(store->thread, store->mode == DB_WRITER ? "store" : "reader");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	store->running = rc == 0;
	return -rc;
}

/* On the clock that nobody sets back. */
static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

int store_create(void *ctx, struct event_base *base, const char *path, enum db_mode mode,
		 struct store **out, const char **error)
{
	struct store *store = talloc_zero(ctx, struct store);
	int rc;

	*error = "out of memory";
	if (!store)
		return -ENOMEM;
	list_init(&store->queue);
	list_init(&store->finished);
	pthread_mutex_init(&store->lock, NULL);
	init_condition(&store->work);
	store->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	talloc_set_destructor(store, store_destroy);

	store->mode = mode;
	rc = db_open(store, path, mode, &store->db);
	if (rc < 0) {
		*error = db_open_error();
		goto fail;
	}
	rc = -ENOMEM;
	store->wake_event = event_new(base, store->wake_fd, EV_READ | EV_PERSIST, on_wake, store);
	if (store->wake_fd < 0 || !store->wake_event || event_add(store->wake_event, NULL) < 0)
		goto fail;
	rc = start_thread(store);
	if (rc < 0)
		goto fail;
	*out = store;
	return 0;
fail:
	talloc_free(store);
	return rc;
}

void store_stop(struct store *store)
{
	if (!store->running)
		return;
	/* Completions may submit more: go on until nothing comes. */
	while (store->waiting > 0) {
		struct timespec pause = { 0, 1000000 };

		call_finished(store);
		if (store->waiting > 0)
			nanosleep(&pause, NULL);
	}
	pthread_mutex_lock(&store->lock);
	store->stop = true;
	pthread_mutex_unlock(&store->lock);
	pthread_cond_signal(&store->work);
	pthread_join(store->thread, NULL);
	store->running = false;
}
