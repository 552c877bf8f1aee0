/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/audit_head.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/clock.h"
#include "gateway/file_swap.h"
#include "gateway/log.h"
#include "gateway/store.h"

enum { WATCH_S = 1, ID_DIGITS_MAX = 18 };
#define DAY_MS INT64_C(86400000)

struct audit_head {
	struct gateway *gateway;
	struct event *watch;
	char *beside; /* another gateway of the store writes the same file */
	bool looking;
	int64_t logged_ms; /* clock that only goes on; 0: not yet */
	int64_t fault_logged_ms;
};

enum outcome { SAME, WRITTEN, CONTRADICTED };

struct look {
	struct store_op op; /* first */
	struct audit_head *head;
	const char *state_dir;
	const char *beside;
	struct audit_tip tip;
	struct audit_tip file;
	enum outcome outcome;
};

const char *audit_hash_hex(const uint8_t hash[AUDIT_CHAIN_SIZE], char out[AUDIT_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < AUDIT_CHAIN_SIZE; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * AUDIT_CHAIN_SIZE] = '\0';
	return out;
}

/* ---- the file ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int audit_head_parse(const char *text, size_t len, struct audit_tip *out)
{
	struct audit_tip tip = { 0 };
	size_t at = 0;

	for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
		if (at < ID_DIGITS_MAX)
			tip.id = 10 * tip.id + (text[at] - '0');
	if (at == 0 || at > ID_DIGITS_MAX || at == len || text[at++] != ' ' ||
	    len - at < 2 * (size_t)AUDIT_CHAIN_SIZE)
		return -EBADMSG;
	for (size_t i = 0; i < AUDIT_CHAIN_SIZE; i++, at += 2) {
		int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		tip.hash[i] = (uint8_t)(high << 4 | low);
	}
	if (tip.id == 0 || (at < len && text[at] != '\n') || len - at > 1)
		return -EBADMSG;
	*out = tip;
	return 0;
}

int audit_head_read(const char *state_dir, struct audit_tip *out)
{
	char path[PATH_MAX];
	char text[AUDIT_HEAD_TEXT_MAX];
	ssize_t len;
	int fd, rc;

	if (snprintf(path, sizeof(path), "%s/%s", state_dir, AUDIT_HEAD_NAME) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	rc = len < 0 ? -errno : audit_head_parse(text, (size_t)len, out);
	close(fd);
	return rc;
}

static int write_file(const struct look *look)
{
	struct file_swap swap;
	char hex[AUDIT_HEX_MAX];
	int rc = file_swap_begin(&swap, look->state_dir, AUDIT_HEAD_NAME, look->beside);

	if (rc < 0)
		return rc;
	if (fprintf(swap.file, "%" PRId64 " %s\n", look->tip.id,
		    audit_hash_hex(look->tip.hash, hex)) < 0) {
		file_swap_abort(&swap);
		return -EIO;
	}
	return file_swap_commit(&swap);
}

/* ---- on the worker ---- */

static int read_tip(struct db *db, struct audit_tip *out)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_MARK);
	int rc = db_step(stmt);
	size_t len;
	const void *hash;

	*out = (struct audit_tip){ 0 };
	if (rc <= 0)
		return rc;
	out->id = db_int(stmt, 0);
	hash = db_blob(stmt, 1, &len);
	if (len == sizeof(out->hash))
		memcpy(out->hash, hash, len);
	db_finish(stmt);
	return 0;
}

/* Whether the row that the file tells of is there, as it tells: 1, or 0. */
static int is_kept(struct db *db, const struct audit_tip *tip)
{
	struct db_stmt *stmt = db_query(db, Q_AUDIT_HASH);
	int rc;

	db_bind_int(stmt, 1, tip->id);
	rc = db_step(stmt);
	if (rc > 0) {
		size_t len;
		const void *hash = db_blob(stmt, 0, &len);

		rc = len == sizeof(tip->hash) && memcmp(hash, tip->hash, len) == 0;
	}
	db_finish(stmt);
	return rc;
}

/* The file before the store: it may be of a commit that came in between, never the other way. */
static int run_look(struct db *db, struct store_op *op)
{
	struct look *look = (struct look *)op;
	int has_file;
	int kept = 1;
	int rc;

	look->file = (struct audit_tip){ 0 };
	has_file = audit_head_read(look->state_dir, &look->file);
	look->outcome = SAME;
	if (has_file < 0 && has_file != -ENOENT && has_file != -EBADMSG)
		return has_file;
	rc = read_tip(db, &look->tip);
	if (rc == 0 && has_file == 0)
		kept = is_kept(db, &look->file);
	if (rc < 0 || kept < 0)
		return rc < 0 ? rc : kept;
	if (kept == 0 || has_file == -EBADMSG)
		look->outcome = CONTRADICTED;
	else if (look->tip.id > (has_file == 0 ? look->file.id : 0))
		look->outcome = WRITTEN;
	return look->outcome == WRITTEN ? write_file(look) : 0;
}

/* ---- on the loop ---- */

static void tell(struct audit_head *head, const struct look *look)
{
	int64_t now_ms = clock_monotonic_ms();
	char hex[AUDIT_HEX_MAX];

	if (look->outcome == CONTRADICTED) {
		if (log_seldom(&head->fault_logged_ms))
			LOGP(LOG_STORE, LOGL_ERROR,
			     "%s/%s tells of row %" PRId64 " of the audit, the store does not: see "
			     "`mianrao audit verify`\n",
			     look->state_dir, AUDIT_HEAD_NAME, look->file.id);
		return;
	}
	if (look->tip.id == 0 || (head->logged_ms && now_ms - head->logged_ms < DAY_MS))
		return;
	head->logged_ms = now_ms;
	LOGP(LOG_STORE, LOGL_NOTICE, "audit: newest row %" PRId64 " hash %s\n", look->tip.id,
	     audit_hash_hex(look->tip.hash, hex));
}

static void look_done(struct store_op *op)
{
	struct look *look = (struct look *)op;
	struct audit_head *head = look->head;

	head->looking = false;
	if (op->rc == 0)
		tell(head, look);
	else if (log_seldom(&head->fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "%s/%s not written: %s\n", look->state_dir,
		     AUDIT_HEAD_NAME, strerror(-op->rc));
	talloc_free(look);
}

void audit_head_flush(struct audit_head *head)
{
	struct look *look;

	if (head->looking)
		return;
	look = talloc_zero(NULL, struct look);
	if (!look)
		return; /* the watch looks again */
	look->op = (struct store_op){ .run = run_look, .done = look_done };
	look->head = head;
	look->state_dir = head->gateway->config->state_dir;
	look->beside = head->beside;
	head->looking = true;
	store_submit(head->gateway->worker, &look->op);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct audit_head *head = arg;

	(void)fd;
	(void)what;
	if (!head->gateway->draining)
		audit_head_flush(head);
}

void audit_head_start(struct audit_head *head)
{
	const struct timeval every = { WATCH_S, 0 };

	event_add(head->watch, &every);
	audit_head_flush(head);
}

static int head_destroy(struct audit_head *head)
{
	event_free(head->watch);
	return 0;
}

struct audit_head *audit_head_create(void *ctx, struct gateway *gateway)
{
	struct audit_head *head = talloc_zero(ctx, struct audit_head);

	if (!head)
		return NULL;
	head->gateway = gateway;
	head->beside =
		talloc_asprintf(head, "%s.%s.new", AUDIT_HEAD_NAME, gateway->config->instance);
	head->watch = event_new(gateway->base, -1, EV_PERSIST, on_watch, head);
	if (!head->beside || !head->watch) {
		if (head->watch)
			event_free(head->watch);
		talloc_free(head);
		return NULL;
	}
	talloc_set_destructor(head, head_destroy);
	return head;
}
