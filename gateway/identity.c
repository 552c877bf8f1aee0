/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/identity.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/admin_secret.h"
#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/store.h"
#include "rules/calendar.h"

enum { WATCH_S = 1 };
#define FIRST_MS INT64_C(86400000)

struct identity {
	struct gateway *gateway;
	struct identity_book *book; /* NULL: not read yet */
	struct event *watch;
	bool looking;
	bool secret; /* the file may be there */
	void (*loaded)(void *user, int rc);
	void *loaded_user;
};

struct look {
	struct store_op op; /* first */
	struct identity *identity;
	const char *state_dir;
	int64_t now_ms;
	int64_t version; /* of the book that is known; -1: none */
	bool secret;	 /* look after the file, too */
	bool first;	 /* make the first admin */
	bool wanted;	 /* the file has a use, as far as the book that is known says */

	struct identity_book *book; /* another one, or NULL */
	bool made;		    /* the file */
};

/* ---- in the store's threads ---- */

static int make_first(struct db *db, struct look *look)
{
	const struct user_change change = { "first start", look->now_ms };
	char token[FEED_TOKEN_MAX] = "";
	struct token_row row;
	int rc = user_store_first_admin(db, &change, look->now_ms + FIRST_MS, &row, token);

	/* Before the commit: a secret that nobody can read is worse than a file that says nothing.
	 */
	if (rc > 0) {
		rc = admin_secret_write(look->state_dir, token);
		look->made = rc == 0;
	}
	explicit_bzero(token, sizeof(token));
	return rc < 0 ? rc : 0;
}

static int run_look(struct db *db, struct store_op *op)
{
	struct look *look = (struct look *)op;
	int64_t version;
	int rc;

	TALLOC_FREE(look->book);
	look->made = false;
	rc = look->first ? make_first(db, look) : 0;
	if (rc == 0)
		rc = identity_book_version(db, &version);
	if (rc == 0 && version != look->version)
		rc = identity_book_read(NULL, db, &look->book);
	if (rc < 0)
		return rc;
	if (look->secret &&
	    !(look->book ? identity_book_wants_secret(look->book, look->now_ms) : look->wanted))
		look->secret = admin_secret_remove(look->state_dir) < 0;
	return 0;
}

/* ---- on the loop ---- */

void identity_take(struct identity *identity, struct identity_book *book)
{
	if (identity->book && identity_book_is(book) <= identity_book_is(identity->book)) {
		talloc_free(book);
		return;
	}
	talloc_free(identity->book);
	identity->book = talloc_steal(identity, book);
}

static void look_done(struct store_op *op)
{
	struct look *look = (struct look *)op;
	struct identity *identity = look->identity;

	identity->looking = false;
	if (op->rc == 0)
		identity->secret = look->secret;
	if (op->rc == 0 && look->book)
		identity_take(identity, look->book);
	else
		talloc_free(look->book);
	if (op->rc < 0 && look->made)
		(void)admin_secret_remove(look->state_dir);
	else if (look->made)
		LOGP(LOG_MAIN, LOGL_NOTICE,
		     "there was no user: 'admin' was made, its token is in %s/%s for 24 h\n",
		     look->state_dir, ADMIN_SECRET_NAME);
	if (op->rc < 0 && log_seldom(&identity->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "users not read: %s\n", strerror(-op->rc));
	if (identity->loaded)
		identity->loaded(identity->loaded_user, op->rc);
	identity->loaded = NULL;
	talloc_free(look);
}

static bool look(struct identity *identity, bool first)
{
	struct gateway *gateway = identity->gateway;
	struct look *look;

	if (identity->looking || gateway->draining)
		return false;
	look = talloc_zero(NULL, struct look);
	if (!look)
		return false; /* the watch looks again */
	look->op = (struct store_op){ .run = run_look, .done = look_done };
	look->identity = identity;
	look->state_dir = gateway->config->state_dir;
	look->now_ms = clock_now_ms();
	look->version = identity->book ? identity_book_is(identity->book) : -1;
	look->wanted = identity->book && identity_book_wants_secret(identity->book, look->now_ms);
	look->secret = identity->secret;
	look->first = first;
	identity->looking = true;
	store_submit(first ? gateway->store : gateway->sender, &look->op);
	return true;
}

void identity_load(struct identity *identity, void (*done)(void *user, int rc), void *user)
{
	const struct timeval every = { WATCH_S, 0 };

	identity->loaded = done;
	identity->loaded_user = user;
	event_add(identity->watch, &every);
	if (look(identity, true))
		return;
	identity->loaded = NULL;
	done(user, -ENOMEM);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg, false);
}

/* ---- who it is ---- */

struct used {
	struct store_op op; /* first */
	int64_t token_id;
	int64_t day_ms;
};

static int run_used(struct db *db, struct store_op *op)
{
	const struct used *used = (const struct used *)op;

	return token_store_used(db, used->token_id, used->day_ms);
}

/* That it is not noted does no harm. */
static void used_done(struct store_op *op)
{
	talloc_free(op);
}

/* Once a day: a request of somebody who only looks costs no write. */
static void note_use(struct identity *identity, struct identity_entry *entry, int64_t now_ms)
{
	int64_t day_ms = calendar_day_start(now_ms);
	struct used *used;

	if (entry->used_day_ms >= day_ms || identity->gateway->draining)
		return;
	used = talloc_zero(NULL, struct used);
	if (!used)
		return;
	entry->used_day_ms = day_ms;
	used->op = (struct store_op){ .run = run_used, .done = used_done, .lazy = true };
	used->token_id = entry->token_id;
	used->day_ms = day_ms;
	store_submit(identity->gateway->store, &used->op);
}

static void fill(struct identity_who *out, const struct identity_entry *entry)
{
	*out = (struct identity_who){ .roles = entry->roles,
				      .token_id = entry->token_id,
				      .kind = entry->kind,
				      .expires_ms = entry->expires_ms };
	memcpy(out->user, entry->user, sizeof(out->user));
}

int identity_of_token(struct identity *identity, const char *token, int64_t now_ms,
		      struct identity_who *out)
{
	char hash[FEED_TOKEN_HASH_MAX];
	struct identity_entry *entry;

	if (!identity->book || feed_token_hash(token, strlen(token), hash) < 0)
		return -EACCES;
	entry = identity_book_find(identity->book, hash, now_ms);
	if (!entry)
		return -EACCES;
	note_use(identity, entry, now_ms);
	fill(out, entry);
	return 0;
}

bool identity_token_holds(const struct identity *identity, int64_t token_id, int64_t now_ms,
			  struct identity_who *out)
{
	const struct identity_entry *entry =
		identity->book ? identity_book_token(identity->book, token_id, now_ms) : NULL;

	if (entry && out)
		fill(out, entry);
	return entry != NULL;
}

static int identity_destroy(struct identity *identity)
{
	event_free(identity->watch);
	return 0;
}

struct identity *identity_create(void *ctx, struct gateway *gateway)
{
	struct identity *identity = talloc_zero(ctx, struct identity);

	if (!identity)
		return NULL;
	identity->gateway = gateway;
	identity->secret = true;
	identity->watch = event_new(gateway->base, -1, EV_PERSIST, on_watch, identity);
	if (!identity->watch) {
		talloc_free(identity);
		return NULL;
	}
	talloc_set_destructor(identity, identity_destroy);
	return identity;
}
