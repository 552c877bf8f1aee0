/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The snapshot written: page by page on the worker thread, so that others have their turn. */
#include "gateway/rule_keeper_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/file_swap.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { PAGE = 5000 }; /* rows of the store in one operation: some milliseconds */

struct writing {
	struct store_op op; /* first */
	struct rule_keeper *keeper;
	char folder[PATH_MAX];
	char beside[NAME_MAX + 1];
	struct file_swap swap;
	struct rule_snapshot_writer *writer;
	struct rule_mark before; /* of the last file */
	struct rule_mark mark;
	char after[NUMBER_MAX];
	bool done;
	int broken; /* an operation that failed is run again: not this one */
};

static int read_mark(struct db *db, struct rule_mark *out)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_MARK);
	int rc = db_step(stmt);

	*out = (struct rule_mark){ 0 };
	if (rc > 0) {
		size_t len;
		const void *hash = db_blob(stmt, 1, &len);

		out->id = db_int(stmt, 0);
		if (len == sizeof(out->chain))
			memcpy(out->chain, hash, len);
	}
	return rc < 0 ? rc : 0;
}

static bool same_mark(const struct rule_mark *a, const struct rule_mark *b)
{
	return a->id == b->id && memcmp(a->chain, b->chain, sizeof(a->chain)) == 0;
}

static int begin_file(struct writing *writing)
{
	int rc =
		file_swap_begin(&writing->swap, writing->folder, RULE_KEEPER_FILE, writing->beside);

	if (rc < 0)
		return rc;
	writing->writer = rule_snapshot_writer_create(NULL, writing->swap.file);
	return writing->writer ? rule_snapshot_begin(writing->writer, &writing->mark) : -ENOMEM;
}

/* The rows up to PAGE; how many there were, or -errno. */
static int add_page(struct db *db, struct writing *writing)
{
	struct db_stmt *stmt = db_query(db, Q_RULE_SCAN);
	int count = 0, rc;

	db_bind_text(stmt, 1, writing->after);
	db_bind_int(stmt, 2, PAGE);
	while ((rc = db_step(stmt)) > 0) {
		const char *subscriber = db_text(stmt, 0);

		rc = rule_snapshot_add(writing->writer, subscriber, db_text(stmt, 1));
		if (rc < 0)
			break;
		if (++count == PAGE)
			snprintf(writing->after, sizeof(writing->after), "%s", subscriber);
	}
	return rc < 0 ? rc : count;
}

static int end_file(struct writing *writing)
{
	int rc = rule_snapshot_end(writing->writer);

	writing->done = true;
	return rc == 0 ? file_swap_commit(&writing->swap) : rc;
}

static int write_page(struct db *db, struct writing *writing)
{
	int rc = 0;

	if (!writing->writer) {
		rc = read_mark(db, &writing->mark);
		/* Without an audit no rule was ever made. */
		writing->done =
			writing->mark.id == 0 || same_mark(&writing->mark, &writing->before);
		if (rc < 0 || writing->done)
			return rc;
		rc = begin_file(writing);
	}
	if (rc == 0)
		rc = add_page(db, writing);
	return rc >= 0 && rc < PAGE ? end_file(writing) : rc;
}

static int run_write(struct db *db, struct store_op *op)
{
	struct writing *writing = (struct writing *)op;
	int rc = writing->broken ? writing->broken : write_page(db, writing);

	if (rc < 0) {
		writing->broken = rc;
		file_swap_abort(&writing->swap);
	}
	return rc < 0 ? rc : 0;
}

static void write_end(struct writing *writing)
{
	struct rule_keeper *keeper = writing->keeper;

	if (writing->op.rc < 0) {
		LOGP(LOG_BLOCK, LOGL_ERROR, "%s/" RULE_KEEPER_FILE " not written: %s\n",
		     writing->folder, strerror(-writing->op.rc));
	} else if (writing->done && writing->writer) {
		keeper->written = writing->mark;
		keeper->gateway->metrics.rule_snapshots_total++;
		LOGP(LOG_BLOCK, LOGL_INFO,
		     "the rules of %llu subscribers are in %s/" RULE_KEEPER_FILE "\n",
		     (unsigned long long)rule_snapshot_rows(writing->writer), writing->folder);
	}
	keeper->writing = false;
	file_swap_abort(&writing->swap); /* the gateway ends */
	talloc_free(writing->writer);
	talloc_free(writing);
}

static void write_done(struct store_op *op)
{
	struct writing *writing = (struct writing *)op;

	if (op->rc == 0 && !writing->done && !writing->keeper->gateway->draining)
		store_submit(writing->keeper->gateway->worker, op);
	else
		write_end(writing);
}

void rule_keeper_write(evutil_socket_t fd, short what, void *arg)
{
	struct rule_keeper *keeper = arg;
	const struct gateway *gateway = keeper->gateway;
	struct timeval every = { gateway->live->blocking.snapshot_s, 0 };
	struct writing *writing;

	(void)fd;
	(void)what;
	event_add(keeper->timer, &every);
	if (keeper->writing || gateway->draining)
		return;
	writing = talloc_zero(NULL, struct writing);
	if (!writing)
		return;
	keeper->writing = true;
	writing->op.run = run_write;
	writing->op.done = write_done;
	writing->keeper = keeper;
	writing->before = keeper->written;
	snprintf(writing->folder, sizeof(writing->folder), "%s", gateway->config->state_dir);
	/* Gateways of one store have names of their own. */
	snprintf(writing->beside, sizeof(writing->beside), "." RULE_KEEPER_FILE ".%s.tmp",
		 gateway->config->instance);
	store_submit(gateway->worker, &writing->op);
}
