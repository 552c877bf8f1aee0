/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/commands_walk.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/store.h"

enum { TELL_EVERY = 10 };

struct walk {
	struct store_op op; /* first */
	struct gateway *gateway;
	struct control_request *request;
	const struct walk_kind *kind;
	unsigned steps;
	void *before;
	void *now;
};

static int run_step(struct db *db, struct store_op *base)
{
	struct walk *walk = (struct walk *)base;

	memcpy(walk->now, walk->before, walk->kind->size);
	return walk->kind->step(db, walk->now);
}

static void step_done(struct store_op *base)
{
	struct walk *walk = (struct walk *)base;
	const struct walk_kind *kind = walk->kind;

	if (base->rc == 0)
		memcpy(walk->before, walk->now, kind->size);
	if (base->rc == 0 && !kind->is_done(walk->before) && walk->gateway->control &&
	    control_is_wanted(walk->request)) {
		if (++walk->steps % TELL_EVERY == 0)
			(void)control_push(walk->request, kind->so_far(walk->before));
		store_submit(walk->gateway->reader, &walk->op);
		return;
	}
	if (base->rc < 0)
		control_fail_code(walk->request, CONTROL_UNAVAILABLE, "store: %s",
				  strerror(-base->rc));
	else if (!kind->is_done(walk->before))
		control_fail_code(walk->request, CONTROL_UNAVAILABLE, "ended before it was done");
	else
		control_answer(walk->request, kind->result(walk->before));
	talloc_free(walk);
}

void command_walk(struct gateway *gateway, struct control_request *request,
		  const struct walk_kind *kind)
{
	struct walk *walk = talloc_zero(NULL, struct walk);

	if (walk) {
		walk->before = talloc_zero_size(walk, kind->size);
		walk->now = talloc_zero_size(walk, kind->size);
	}
	if (!walk || !walk->before || !walk->now) {
		control_fail_code(request, CONTROL_UNAVAILABLE, "out of memory");
		talloc_free(walk);
		return;
	}
	walk->op.run = run_step;
	walk->op.done = step_done;
	walk->gateway = gateway;
	walk->request = request;
	walk->kind = kind;
	if (kind->begin)
		kind->begin(gateway, walk->before);
	store_submit(gateway->reader, &walk->op);
}
