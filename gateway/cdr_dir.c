/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cdr_dir.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/cdr_file.h"
#include "gateway/log.h"

enum { RETRY_S = 1 };

enum step { STEP_NEXT, STEP_READ, STEP_FINISH };

/* What the worker is asked, and its answer. Not below the directory in memory: two threads must not
 * share a tree. */
struct work {
	struct store_op op; /* first */
	struct cdr_dir *dir;
	struct config_source source;
	struct tables *tables; /* held while it is with the worker */
	enum step step;
	char name[CDR_NAME_MAX];
	struct cdr_piece piece;
};

struct cdr_dir {
	const struct config *const *live;
	const struct config_source *source;
	uint32_t poll_s;
	struct store *worker;
	struct call_index *index;
	struct watermarks *watermarks;
	struct metrics *metrics;
	struct event *timer;
	struct work *work;
	size_t waiting; /* replies to come */
	bool failed;
	bool stopped;
	int reported; /* the errno that was logged last */
};

static int run_work(struct db *db, struct store_op *op)
{
	struct work *work = (struct work *)op;
	struct cdr_place start = work->piece.place;
	int rc = -EINVAL;

	(void)db;
	switch (work->step) {
	case STEP_NEXT:
		rc = cdr_file_next(&work->source, work->name);
		break;
	case STEP_READ:
		rc = cdr_file_read(work->tables->numbering, &work->source, work->name,
				   &work->piece);
		break;
	case STEP_FINISH:
		rc = cdr_file_finish(&work->source, work->name, &work->piece.place);
		break;
	}
	if (rc < 0)
		work->piece.place = start;
	return rc;
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

	work->step = step;
	work->op = (struct store_op){ .run = run_work, .done = on_work };
	work->tables = tables_hold((*dir->live)->tables);
	store_submit(dir->worker, &work->op);
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
	if (!dir->work->piece.place.end) {
		submit(dir, STEP_READ);
		return;
	}
	/* Every record of the file is in the index. Before the file is moved: one that is still
	 * there after a crash says it again. */
	watermarks_flush(dir->watermarks, dir->source->name);
	submit(dir, STEP_FINISH);
}

static void on_indexed(void *user, int rc)
{
	struct cdr_dir *dir = user;

	dir->waiting--;
	dir->failed = dir->failed || rc < 0;
	dir->metrics->cdrs_total += rc > 0;
	piece_end(dir);
}

static void index_piece(struct cdr_dir *dir)
{
	const struct cdr_piece *piece = &dir->work->piece;

	dir->failed = false;
	dir->waiting = 1; /* ours, so that replies within the loop do not end the piece */
	for (size_t i = 0; i < piece->count && !dir->failed; i++) {
		dir->waiting++;
		if (call_index_add(dir->index, &piece->records[i], on_indexed, dir) < 0) {
			dir->waiting--;
			dir->failed = true;
		}
	}
	dir->waiting--;
	piece_end(dir);
}

static void note_piece(struct cdr_dir *dir)
{
	const struct cdr_piece *piece = &dir->work->piece;
	const char *source = dir->source->name;

	for (size_t i = 0; i < piece->count; i++)
		watermarks_note_record(dir->watermarks, source, piece->records[i].start_ms);
	for (size_t i = 0; i < piece->mark_count; i++)
		watermarks_note_mark(dir->watermarks, source, piece->marks[i].from_ms,
				     piece->marks[i].to_ms);
}

static void finished(struct cdr_dir *dir)
{
	const struct cdr_place *place = &dir->work->piece.place;

	LOGP(LOG_FEED, place->bad ? LOGL_NOTICE : LOGL_INFO,
	     "%s: %s: %llu records, %llu bad lines\n", dir->source->name, dir->work->name,
	     (unsigned long long)place->good, (unsigned long long)place->bad);
	for (uint64_t i = 0; i < place->bad; i++)
		watermarks_note_bad(dir->watermarks, dir->source->name);
	dir->metrics->cdrs_bad_total += place->bad;
	dir->reported = 0;
	memset(&dir->work->piece.place, 0, sizeof(dir->work->piece.place));
	submit(dir, STEP_NEXT);
}

static void work_failed(struct cdr_dir *dir, int rc)
{
	bool idle = dir->work->step == STEP_NEXT && rc == -ENOENT;

	if (!idle && dir->reported != rc)
		LOGP(LOG_FEED, LOGL_ERROR, "%s: %s/%s: %s\n", dir->source->name,
		     dir->source->directory, dir->work->name, strerror(-rc));
	dir->reported = idle ? 0 : rc;
	/* Begin again with whatever is there then. */
	if (dir->work->step != STEP_NEXT)
		watermarks_forget(dir->watermarks, dir->source->name);
	memset(&dir->work->piece.place, 0, sizeof(dir->work->piece.place));
	dir->work->piece.count = 0;
	dir->work->step = STEP_NEXT;
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
	if (op->rc < 0) {
		work_failed(dir, op->rc);
		return;
	}
	switch (work->step) {
	case STEP_NEXT:
		submit(dir, STEP_READ);
		break;
	case STEP_READ:
		note_piece(dir);
		index_piece(dir);
		break;
	case STEP_FINISH:
		finished(dir);
		break;
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct cdr_dir *dir = arg;

	(void)fd;
	(void)what;
	if (dir->work->step == STEP_READ)
		index_piece(dir);
	else
		submit(dir, STEP_NEXT);
}

static int dir_destroy(struct cdr_dir *dir)
{
	if (dir->timer)
		event_free(dir->timer);
	/* The worker was stopped before: nothing of ours is with it. */
	talloc_free(dir->work);
	return 0;
}

struct cdr_dir *cdr_dir_create(void *ctx, struct event_base *base, const struct config *const *live,
			       const struct config_source *source, uint32_t poll_s,
			       struct store *worker, struct call_index *index,
			       struct watermarks *watermarks, struct metrics *metrics)
{
	struct cdr_dir *dir = talloc_zero(ctx, struct cdr_dir);

	if (!dir)
		return NULL;
	talloc_set_destructor(dir, dir_destroy);
	dir->source = source;
	dir->live = live;
	dir->poll_s = poll_s ? poll_s : 1;
	dir->worker = worker;
	dir->index = index;
	dir->watermarks = watermarks;
	dir->metrics = metrics;
	dir->timer = event_new(base, -1, 0, on_timer, dir);
	dir->work = talloc_zero(NULL, struct work);
	if (!dir->timer || !dir->work) {
		talloc_free(dir);
		return NULL;
	}
	dir->work->dir = dir;
	dir->work->source = *source;
	submit(dir, STEP_NEXT);
	return dir;
}

void cdr_dir_stop(struct cdr_dir *dir)
{
	dir->stopped = true;
	event_del(dir->timer);
}
