/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reported_load.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/number_set.h"
#include "gateway/store.h"

enum { PIECE = 5000 };

struct load {
	struct store_op op; /* first */
	struct gateway *gateway;
	void (*done)(void *user, int rc);
	void *user;
	struct number after;
	size_t count;
	struct number numbers[PIECE];
};

static int run_load(struct db *db, struct store_op *op)
{
	struct load *load = (struct load *)op;
	struct db_stmt *stmt = db_query(db, Q_REPORT_NUMBERS_VERIFIED);
	int rc;

	load->count = 0;
	db_bind_text(stmt, 1, load->after.text);
	db_bind_int(stmt, 2, PIECE);
	while ((rc = db_step(stmt)) > 0)
		snprintf(load->numbers[load->count++].text, NUMBER_MAX, "%s", db_text(stmt, 0));
	return rc;
}

static void load_done(struct store_op *op)
{
	struct load *load = (struct load *)op;
	int rc = op->rc;

	for (size_t i = 0; rc == 0 && i < load->count; i++)
		rc = number_set_add(load->gateway->reported, load->numbers[i].text);
	if (rc == 0 && load->count == PIECE) {
		load->after = load->numbers[PIECE - 1];
		store_submit(load->gateway->reader, &load->op);
		return;
	}
	load->done(load->user, rc);
	talloc_free(load);
}

void reported_load(struct gateway *gateway, void (*done)(void *user, int rc), void *user)
{
	struct load *load = talloc_zero(NULL, struct load);

	if (!load) {
		done(user, -ENOMEM);
		return;
	}
	load->op.run = run_load;
	load->op.done = load_done;
	load->gateway = gateway;
	load->done = done;
	load->user = user;
	store_submit(gateway->reader, &load->op);
}
