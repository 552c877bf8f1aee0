/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The sources of call records: how they are, and sequence numbers that begin anew. */
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"
#include "gateway/feed_source.h"
#include "gateway/feed_store.h"
#include "gateway/feed_watch.h"
#include "gateway/watermark.h"

struct restart {
	char source[CALL_SOURCE_MAX];
	char actor[CONTROL_ACTOR_MAX];
};

static int work_restart(struct db *db, struct query *query)
{
	const struct restart *restart = query->argument;
	int rc = feed_store_restart(db, restart->source);

	query->result = json_pack("{ss}", "restarted", restart->source);
	return rc < 0 ? rc
		      : audit_put(db, clock_now_ms(), restart->actor, "feed restart",
				  restart->source, "", "");
}

static void finish_restart(struct query *query)
{
	const struct restart *restart = query->argument;

	watermarks_note_files(query->gateway->watermarks, restart->source, 0, 0, -1);
}

static void restart_source(struct gateway *gateway, struct control_request *request,
			   const char *name)
{
	const struct config_source *source = feed_source_find(&gateway->config->feed, name);
	struct restart *restart;
	struct query *query;

	if (!source || !source->directory[0]) {
		control_fail_code(request, CONTROL_NOT_FOUND,
				  "'%s' is no source with a drop directory", name);
		return;
	}
	query = query_create(gateway, request, work_restart);
	if (!query)
		return;
	restart = talloc_zero(query, struct restart);
	if (!restart) {
		query_no_memory(query);
		return;
	}
	strcpy(restart->source, source->name);
	control_actor(request, restart->actor);
	query->argument = restart;
	query->finish = finish_restart;
	store_submit(gateway->store, &query->op);
}

void command_feeds(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *name = json_string_value(json_object_get(args, "restart"));

	if (name)
		restart_source(gateway, request, name);
	else
		control_answer(request,
			       json_pack("{so}", "sources", feed_watch_json(gateway->feed_watch)));
}
