/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_dir.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/call_filing.h"
#include "gateway/cdr_file.h"
#include "gateway/clock.h"
#include "gateway/feed_store.h"
#include "gateway/log.h"
#include "gateway/store.h"
#include "gateway/watermark.h"

enum { RETRY_S = 1, DAY_MS = 86400000, REASON_MAX = CDR_NAME_MAX + 96 };

/* What is done with one file, in this order; a repeat and one that is refused skip to their end. */
enum step {
	STEP_STAND,  /* nothing to read: how do the gaps stand? */
	STEP_NEXT,   /* which file? */
	STEP_LOOK,   /* did it come before? */
	STEP_READ,   /* a piece of it; then into the index, and again */
	STEP_RECORD, /* all of it is in the index */
	STEP_FINISH, /* to done/ or bad/ */
	STEP_REPEAT, /* to done/NAME.repeat */
	STEP_REFUSE, /* to bad/NAME.orig */
	STEP_COUNT
};

/* What a thread is asked, and its answer. Not below the directory in memory: two threads must not
 * share a tree. */
struct work {
	struct store_op op; /* first */
	struct cdr_dir *dir;
	struct config_source source;
	struct tables *tables; /* held while it is with a thread */
	enum step step;
	struct cdr_file file;
	struct cdr_piece piece;
	enum feed_file_state state;
	char same_as[CDR_NAME_MAX];
	bool unfinished; /* a repeat that is none: an earlier run could not move it */
	char reason[REASON_MAX];
	struct feed_marks marks;
	struct feed_limits limits;
	struct feed_standing standing;
};

struct cdr_dir {
	struct gateway *gateway;
	const struct config_source *source;
	uint32_t poll_s;
	struct event *timer;
	struct work *work;
	size_t waiting; /* replies to come */
	bool failed;
	bool stopped;
	int64_t wait_until_ms; /* the next gap has waited long enough then; 0: none waits */
	int reported;	       /* the errno that was logged last */
};

static int run_stand(struct db *db, struct work *work)
{
	return feed_store_stand(db, work->source.name, &work->limits, &work->standing);
}

static int run_next(struct db *db, struct work *work)
{
	(void)db;
	return cdr_file_next(&work->source, &work->file);
}

static int run_look(struct db *db, struct work *work)
{
	return feed_store_look(db, work->source.name, &work->file, &work->state, work->same_as);
}

static int run_read(struct db *db, struct work *work)
{
	struct cdr_place start = work->piece.place;
	int rc = cdr_file_read(work->tables->numbering, &work->source, work->file.name,
			       &work->piece);

	(void)db;
	if (rc < 0)
		work->piece.place = start;
	return rc;
}

static int run_record(struct db *db, struct work *work)
{
	return feed_store_record(db, work->source.name, &work->file, &work->marks, &work->limits,
				 &work->standing);
}

static int run_finish(struct db *db, struct work *work)
{
	(void)db;
	return cdr_file_finish(&work->source, work->file.name, &work->piece.place);
}

static int run_repeat(struct db *db, struct work *work)
{
	(void)db;
	work->unfinished = strcmp(work->file.name, work->same_as) == 0;
	return cdr_file_repeated(&work->source, work->file.name, &work->unfinished);
}

static int run_refuse(struct db *db, struct work *work)
{
	(void)db;
	return cdr_file_refuse(&work->source, work->file.name, work->reason);
}

static void done_stand(struct cdr_dir *dir);
static void done_next(struct cdr_dir *dir);
static void done_look(struct cdr_dir *dir);
static void done_read(struct cdr_dir *dir);
static void done_record(struct cdr_dir *dir);
static void done_finish(struct cdr_dir *dir);
static void done_repeat(struct cdr_dir *dir);
static void done_refuse(struct cdr_dir *dir);

static const struct {
	bool store; /* or the worker */
	int (*run)(struct db *db, struct work *work);
	void (*done)(struct cdr_dir *dir);
} steps[] = {
	[STEP_STAND] = { true, run_stand, done_stand },
	[STEP_NEXT] = { false, run_next, done_next },
	[STEP_LOOK] = { true, run_look, done_look },
	[STEP_READ] = { false, run_read, done_read },
	[STEP_RECORD] = { true, run_record, done_record },
	[STEP_FINISH] = { false, run_finish, done_finish },
	[STEP_REPEAT] = { false, run_repeat, done_repeat },
	[STEP_REFUSE] = { false, run_refuse, done_refuse },
};
static_assert(sizeof(steps) / sizeof(*steps) == STEP_COUNT, "all steps");

static int run_work(struct db *db, struct store_op *op)
{
	struct work *work = (struct work *)op;

	return steps[work->step].run(db, work);
}

static void on_work(struct store_op *op);

static void wait_s(struct cdr_dir *dir, uint32_t seconds)
{
	struct timeval tv = { seconds, 0 };

	if (!dir->stopped)
		event_add(dir->timer, &tv);
}

static void submit(struct cdr_dir *dir, enum step step)
{
	struct work *work = dir->work;
	struct gateway *gateway = dir->gateway;

	work->step = step;
	work->tables = tables_hold(gateway->live->tables);
	work->op = (struct store_op){ .run = run_work, .done = on_work };
	work->limits = (struct feed_limits){
		.now_ms = clock_now_ms(),
		.gap_wait_ms = (int64_t)dir->source->gap_wait_s * 1000,
		.keep_ms = (int64_t)gateway->config->feed.retention_days * DAY_MS,
	};
	store_submit(steps[step].store ? gateway->store : gateway->worker, &work->op);
}

/* ---- gaps ---- */

/* Behind a gap marks are held. When Redis was emptied in between, the records that they speak of
 * are lost: then the time of which the source is complete begins at their end. */
static void tell_marks(struct cdr_dir *dir)
{
	struct watermarks *watermarks = dir->gateway->watermarks;
	const struct feed_standing *standing = &dir->work->standing;
	const struct feed_marks *marks = &standing->marks;
	bool lost = standing->files > 1 && !watermarks_known(watermarks, dir->source->name);
	int64_t from_ms = lost || marks->explicit_ms == INT64_MAX ? INT64_MIN : marks->explicit_ms;

	if (marks->any)
		watermarks_note_span(watermarks, dir->source->name,
				     lost ? marks->to_ms : marks->first_ms, from_ms, marks->to_ms);
}

static void take_standing(struct cdr_dir *dir)
{
	const struct feed_standing *standing = &dir->work->standing;
	const char *source = dir->source->name;

	tell_marks(dir);
	watermarks_note_files(dir->gateway->watermarks, source, standing->missing, standing->passed,
			      standing->first_missing);
	dir->wait_until_ms = standing->wait_until_ms;
	if (standing->passed_now > 0)
		LOGP(LOG_FEED, LOGL_ERROR,
		     "%s: %u files did not come, number %" PRId64
		     " first: not waited for any more\n",
		     source, standing->missing, standing->first_missing);
	if (standing->restarted)
		LOGP(LOG_FEED, LOGL_NOTICE, "%s: %s: the numbers begin anew\n", source,
		     dir->work->file.name);
}

static bool gap_is_over(const struct cdr_dir *dir)
{
	return dir->wait_until_ms > 0 && clock_now_ms() >= dir->wait_until_ms;
}

static void done_stand(struct cdr_dir *dir)
{
	take_standing(dir);
	(void)watermarks_flush(dir->gateway->watermarks, dir->source->name);
	submit(dir, STEP_NEXT);
}

/* ---- a file ---- */

static void start_over(struct cdr_dir *dir)
{
	struct work *work = dir->work;

	memset(&work->piece.place, 0, sizeof(work->piece.place));
	work->piece.count = 0;
	work->marks = (struct feed_marks){ .explicit_ms = INT64_MAX };
}

static void done_next(struct cdr_dir *dir)
{
	start_over(dir);
	submit(dir, STEP_LOOK);
}

static void done_look(struct cdr_dir *dir)
{
	struct work *work = dir->work;

	switch (work->state) {
	case FEED_FILE_NEW:
		submit(dir, STEP_READ);
		return;
	case FEED_FILE_REPEAT:
		submit(dir, STEP_REPEAT);
		return;
	case FEED_FILE_OTHER:
		snprintf(work->reason, sizeof(work->reason),
			 "number %" PRId64 " came before with other content, as %s",
			 work->file.sequence.number, work->same_as);
		submit(dir, STEP_REFUSE);
		return;
	}
}

static void done_repeat(struct cdr_dir *dir)
{
	const struct work *work = dir->work;
	LOGP(LOG_FEED, LOGL_NOTICE, "%s: %s %s %s\n", dir->source->name, work->file.name,
	     work->unfinished ? "was read before we ended, as" : "came before, as", work->same_as);
	if (!work->unfinished)
		watermarks_note_repeat(dir->gateway->watermarks, dir->source->name);
	dir->reported = 0;
	submit(dir, STEP_NEXT);
}

static void done_refuse(struct cdr_dir *dir)
{
	LOGP(LOG_FEED, LOGL_ERROR, "%s: %s: %s\n", dir->source->name, dir->work->file.name,
	     dir->work->reason);
	watermarks_note_bad(dir->gateway->watermarks, dir->source->name);
	dir->gateway->metrics.cdrs_bad_total++;
	dir->reported = 0;
	submit(dir, STEP_NEXT);
}

static void index_piece(struct cdr_dir *dir);

static void piece_end(struct cdr_dir *dir)
{
	if (dir->waiting > 0)
		return;
	if (dir->failed) {
		/* Redis is away: the same piece again, from its first record. */
		wait_s(dir, RETRY_S);
		return;
	}
	submit(dir, dir->work->piece.place.end ? STEP_RECORD : STEP_READ);
}

static void on_indexed(void *user, int rc)
{
	struct cdr_dir *dir = user;

	dir->waiting--;
	dir->failed = dir->failed || rc < 0;
	dir->gateway->metrics.cdrs_total += rc > 0;
	piece_end(dir);
}

static void index_piece(struct cdr_dir *dir)
{
	const struct cdr_piece *piece = &dir->work->piece;

	dir->failed = false;
	dir->waiting = 1; /* ours, so that replies within the loop do not end the piece */
	for (size_t i = 0; i < piece->count && !dir->failed; i++) {
		dir->waiting++;
		if (call_filing_add(dir->gateway->filing, &piece->records[i], on_indexed, dir) <
		    0) {
			dir->waiting--;
			dir->failed = true;
		}
	}
	call_filing_send(dir->gateway->filing);
	dir->waiting--;
	piece_end(dir);
}

static void add_mark(struct feed_marks *marks, int64_t first_ms, int64_t to_ms)
{
	if (!marks->any || first_ms < marks->first_ms)
		marks->first_ms = first_ms;
	if (!marks->any || to_ms > marks->to_ms)
		marks->to_ms = to_ms;
	marks->any = true;
}

static void note_piece(struct cdr_dir *dir)
{
	const struct cdr_piece *piece = &dir->work->piece;
	struct watermarks *watermarks = dir->gateway->watermarks;
	const char *source = dir->source->name;
	struct feed_marks *marks = &dir->work->marks;

	for (size_t i = 0; i < piece->count; i++) {
		const struct call_record *record = &piece->records[i];
		int64_t to_ms = watermarks_told_by(watermarks, source, record->start_ms);

		watermarks_note_arrival(watermarks, source, record->written_ms);
		if (to_ms != INT64_MIN)
			add_mark(marks, record->start_ms, to_ms);
	}
	for (size_t i = 0; i < piece->mark_count; i++) {
		add_mark(marks, piece->marks[i].to_ms, piece->marks[i].to_ms);
		if (piece->marks[i].from_ms != INT64_MIN &&
		    piece->marks[i].from_ms < marks->explicit_ms)
			marks->explicit_ms = piece->marks[i].from_ms;
	}
}

static void done_read(struct cdr_dir *dir)
{
	note_piece(dir);
	index_piece(dir);
}

static void done_record(struct cdr_dir *dir)
{
	take_standing(dir);
	(void)watermarks_flush(dir->gateway->watermarks, dir->source->name);
	submit(dir, STEP_FINISH);
}

static void done_finish(struct cdr_dir *dir)
{
	const struct cdr_place *place = &dir->work->piece.place;
	const char *source = dir->source->name;

	LOGP(LOG_FEED, place->bad ? LOGL_NOTICE : LOGL_INFO,
	     "%s: %s: %" PRIu64 " records, %" PRIu64 " bad, %" PRIu64 " of something else\n",
	     source, dir->work->file.name, place->good, place->bad, place->other);
	for (uint64_t i = 0; i < place->bad; i++)
		watermarks_note_bad(dir->gateway->watermarks, source);
	dir->gateway->metrics.cdrs_bad_total += place->bad;
	dir->reported = 0;
	submit(dir, gap_is_over(dir) ? STEP_STAND : STEP_NEXT);
}

/* ---- the round ---- */

static void work_failed(struct cdr_dir *dir, int rc)
{
	struct work *work = dir->work;
	bool idle = work->step == STEP_NEXT && rc == -ENOENT;

	if (!idle && dir->reported != rc)
		LOGP(LOG_FEED, LOGL_ERROR, "%s: %s/%s: %s\n", dir->source->name,
		     dir->source->directory, work->file.name, strerror(-rc));
	dir->reported = idle ? 0 : rc;
	/* Begin again with whatever is there then. */
	if (work->step != STEP_NEXT)
		watermarks_forget(dir->gateway->watermarks, dir->source->name);
	start_over(dir);
	work->step = STEP_NEXT;
	wait_s(dir, dir->poll_s);
}

static void on_work(struct store_op *op)
{
	struct work *work = (struct work *)op;
	struct cdr_dir *dir = work->dir;

	tables_release(work->tables);
	work->tables = NULL;
	if (dir->stopped)
		return;
	if (op->rc < 0)
		work_failed(dir, op->rc);
	else
		steps[work->step].done(dir);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct cdr_dir *dir = arg;

	(void)fd;
	(void)what;
	if (dir->work->step == STEP_READ)
		index_piece(dir);
	else
		submit(dir, gap_is_over(dir) ? STEP_STAND : STEP_NEXT);
}

static int dir_destroy(struct cdr_dir *dir)
{
	if (dir->timer)
		event_free(dir->timer);
	/* The worker and the store were stopped before: nothing of ours is with them. */
	talloc_free(dir->work);
	return 0;
}

struct cdr_dir *cdr_dir_create(void *ctx, struct gateway *gateway,
			       const struct config_source *source)
{
	struct cdr_dir *dir = talloc_zero(ctx, struct cdr_dir);

	if (!dir)
		return NULL;
	talloc_set_destructor(dir, dir_destroy);
	dir->gateway = gateway;
	dir->source = source;
	dir->poll_s = gateway->config->feed.poll_s ? gateway->config->feed.poll_s : 1;
	dir->timer = event_new(gateway->base, -1, 0, on_timer, dir);
	dir->work = talloc_zero(NULL, struct work);
	if (!dir->timer || !dir->work) {
		talloc_free(dir);
		return NULL;
	}
	dir->work->dir = dir;
	dir->work->source = *source;
	/* What is missing since an earlier run is known from the start on. */
	submit(dir, STEP_STAND);
	return dir;
}

void cdr_dir_stop(struct cdr_dir *dir)
{
	dir->stopped = true;
	event_del(dir->timer);
}
