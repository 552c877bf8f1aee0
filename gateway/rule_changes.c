/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_changes.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/store.h"

enum { PAGE = 1000 };

struct change {
	const char *subscriber;
	const char *text;
};

struct changes {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct rule_changes_user user;
	int64_t after;
	int64_t last;
	void *memory;
	struct change *rows;
	size_t count;
};

static int run_page(struct db *db, struct store_op *op)
{
	struct changes *changes = (struct changes *)op;
	struct db_stmt *stmt = db_query(db, Q_RULE_CHANGED);
	int rc;

	talloc_free(changes->memory);
	changes->memory = talloc_new(NULL);
	changes->rows = talloc_array(changes->memory, struct change, PAGE);
	changes->count = 0;
	changes->last = changes->after;
	if (!changes->rows)
		return -ENOMEM;
	db_bind_int(stmt, 1, changes->after);
	db_bind_int(stmt, 2, PAGE);
	while ((rc = db_step(stmt)) > 0) {
		struct change *row = &changes->rows[changes->count++];

		if (!db_is_null(stmt, 3)) /* whose they were is erased */
			return -ESTALE;
		changes->last = db_int(stmt, 0);
		row->subscriber = talloc_strdup(changes->rows, db_text(stmt, 1));
		row->text = talloc_strdup(changes->rows, db_text(stmt, 2));
		if (!row->subscriber || !row->text)
			return -ENOMEM;
	}
	return rc;
}

static void page_done(struct store_op *op)
{
	struct changes *changes = (struct changes *)op;
	const struct rule_changes_user *user = &changes->user;

	for (size_t i = 0; op->rc == 0 && i < changes->count; i++)
		user->row(user->user, changes->rows[i].subscriber, changes->rows[i].text);
	if (op->rc == 0 && changes->count == PAGE && !changes->gateway->draining) {
		changes->after = changes->last;
		store_submit(changes->gateway->store, op);
		return;
	}
	user->end(user->user, op->rc, op->rc == 0 ? changes->last : changes->after);
	talloc_free(changes->memory);
	talloc_free(changes);
}

void rule_changes_read(struct gateway *gateway, int64_t after, const struct rule_changes_user *user)
{
	struct changes *changes = talloc_zero(NULL, struct changes);

	if (!changes) {
		user->end(user->user, -ENOMEM, after);
		return;
	}
	changes->op.run = run_page;
	changes->op.done = page_done;
	changes->gateway = gateway;
	changes->user = *user;
	changes->after = after;
	store_submit(gateway->store, &changes->op);
}
