/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_keeper_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/rule_changes.h"
#include "gateway/store.h"

enum {
	PAGE = 5000,  /* rows of the store in one operation: some milliseconds */
	SLICE = 500,  /* AHEADs of rows given in one turn of the loop: the same */
	AHEAD = 16,   /* rows announced at a time */
	FIRST_S = 10, /* after the start, when there is no file */
};
struct loading {
	struct store_op op; /* first */
	struct rule_keeper *keeper;
	struct rule_keeper_user user;
	char path[PATH_MAX];
	uint8_t *data; /* malloc: talloc has a limit */
	size_t len;
	struct rule_snapshot *snapshot;
	const char *why;
	size_t changes;
	int64_t mark; /* of the last change */
};

static int read_all(int fd, uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t got = read(fd, data + at, len - at);

		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		at += (size_t)got;
	}
	return 0;
}

static int read_file(struct loading *loading)
{
	int fd = open(loading->path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	int rc;

	if (fd < 0)
		return -errno;
	rc = fstat(fd, &stat) < 0 ? -errno : 0;
	if (rc == 0 && !S_ISREG(stat.st_mode))
		rc = -EINVAL;
	if (rc == 0) {
		loading->len = (size_t)stat.st_size;
		loading->data = malloc(loading->len + 1);
		rc = loading->data ? read_all(fd, loading->data, loading->len) : -ENOMEM;
	}
	close(fd);
	return rc;
}

/* The mark is a row of this store's audit, and the same. */
static int check_mark(struct db *db, struct loading *loading)
{
	const struct rule_mark *mark = rule_snapshot_mark(loading->snapshot);
	struct db_stmt *stmt = db_query(db, Q_AUDIT_HASH);
	bool same = false;
	int rc;

	db_bind_int(stmt, 1, mark->id);
	rc = db_step(stmt);
	if (rc > 0) {
		size_t len;
		const void *hash = db_blob(stmt, 0, &len);

		same = len == sizeof(mark->chain) && memcmp(hash, mark->chain, len) == 0;
	}
	if (rc >= 0 && !same) {
		loading->why = "it is not of this store's history";
		return -EBADMSG;
	}
	return rc < 0 ? rc : 0;
}

static int run_load(struct db *db, struct store_op *op)
{
	struct loading *loading = (struct loading *)op;
	int rc;

	TALLOC_FREE(loading->snapshot);
	free(loading->data);
	loading->data = NULL;
	loading->why = NULL;
	rc = read_file(loading);
	if (rc == 0)
		rc = rule_snapshot_open(NULL, loading->data, loading->len, &loading->snapshot,
					&loading->why);
	return rc == 0 ? check_mark(db, loading) : rc;
}

static void load_end(struct loading *loading, int rc)
{
	struct rule_keeper *keeper = loading->keeper;

	if (rc == 0) {
		keeper->written = *rule_snapshot_mark(loading->snapshot);
		LOGP(LOG_BLOCK, LOGL_NOTICE,
		     "the rules of %llu subscribers are those of %s, with %zu changes since\n",
		     (unsigned long long)rule_snapshot_count(loading->snapshot), loading->path,
		     loading->changes);
	} else if (rc != -ENOENT) {
		LOGP(LOG_BLOCK, LOGL_ERROR,
		     "%s is not used, all rules are read from the store: %s\n", loading->path,
		     loading->why ? loading->why : strerror(-rc));
	}
	keeper->loading = NULL;
	loading->user.end(loading->user.user, rc, loading->mark);
	talloc_free(loading->snapshot);
	free(loading->data);
	talloc_free(loading);
}

/* Up to AHEAD rows; false after the last. */
static bool give_rows(struct loading *loading)
{
	const struct rule_keeper_user *user = &loading->user;
	struct rule_snapshot_row rows[AHEAD];
	int count = 0;

	while (count < AHEAD && rule_snapshot_next(loading->snapshot, &rows[count]))
		user->ahead(user->user, rows[count++].subscriber.text);
	for (int i = 0; i < count; i++)
		user->row(user->user, rows[i].subscriber.text, rows[i].text, rows[i].len);
	return count == AHEAD;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct rule_keeper *keeper = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < SLICE; i++) {
		if (!give_rows(keeper->loading)) {
			load_end(keeper->loading, 0);
			return;
		}
	}
	event_active(keeper->turn, 0, 0);
}

static void on_change(void *user, const char *subscriber, const char *text)
{
	struct loading *loading = user;

	loading->changes++;
	loading->user.change(loading->user.user, subscriber, text);
}

static void on_changes(void *user, int rc, int64_t last)
{
	struct loading *loading = user;

	loading->mark = last;
	if (rc == -ESTALE)
		loading->why = "somebody whose rules it holds has been erased since";
	if (rc < 0)
		load_end(loading, rc);
	else
		event_active(loading->keeper->turn, 0, 0);
}

static void load_done(struct store_op *op)
{
	struct loading *loading = (struct loading *)op;

	if (op->rc < 0) {
		load_end(loading, op->rc);
		return;
	}
	/* Before the file's rows, which yield to them. */
	rule_changes_read(loading->keeper->gateway, rule_snapshot_mark(loading->snapshot)->id,
			  &(struct rule_changes_user){
				  .row = on_change, .end = on_changes, .user = loading });
}

void rule_keeper_load(struct rule_keeper *keeper, const struct rule_keeper_user *user)
{
	struct gateway *gateway = keeper->gateway;
	struct loading *loading;

	if (gateway->live->blocking.snapshot_s == 0) {
		user->end(user->user, -ENOENT, 0);
		return;
	}
	loading = talloc_zero(NULL, struct loading);
	if (!loading) {
		user->end(user->user, -ENOMEM, 0);
		return;
	}
	loading->op.run = run_load;
	loading->op.done = load_done;
	loading->keeper = keeper;
	loading->user = *user;
	snprintf(loading->path, sizeof(loading->path), "%s/" RULE_KEEPER_FILE,
		 gateway->config->state_dir);
	keeper->loading = loading;
	store_submit(gateway->worker, &loading->op);
}

void rule_keeper_start(struct rule_keeper *keeper)
{
	uint32_t every_s = keeper->gateway->live->blocking.snapshot_s;
	struct timeval first = { every_s, 0 };

	if (keeper->started || every_s == 0)
		return;
	keeper->started = true;
	if (keeper->written.id < 0 && every_s > FIRST_S)
		first.tv_sec = FIRST_S;
	event_add(keeper->timer, &first);
}

void rule_keeper_kick(struct rule_keeper *keeper)
{
	if (keeper->started)
		event_active(keeper->timer, 0, 0);
}

static int keeper_destroy(struct rule_keeper *keeper)
{
	if (keeper->timer)
		event_free(keeper->timer);
	if (keeper->turn)
		event_free(keeper->turn);
	if (keeper->loading) { /* the gateway ends between two slices */
		talloc_free(keeper->loading->snapshot);
		free(keeper->loading->data);
		talloc_free(keeper->loading);
	}
	return 0;
}

struct rule_keeper *rule_keeper_create(void *ctx, struct gateway *gateway)
{
	struct rule_keeper *keeper = talloc_zero(ctx, struct rule_keeper);

	if (!keeper)
		return NULL;
	talloc_set_destructor(keeper, keeper_destroy);
	keeper->gateway = gateway;
	keeper->written.id = -1;
	keeper->timer = event_new(gateway->base, -1, 0, rule_keeper_write, keeper);
	keeper->turn = event_new(gateway->base, -1, 0, on_turn, keeper);
	if (!keeper->timer || !keeper->turn) {
		talloc_free(keeper);
		return NULL;
	}
	return keeper;
}
