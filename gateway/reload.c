/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reload.h"

#include <string.h>
#include <talloc.h>

#include "gateway/config.h"
#include "gateway/doors.h"
#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/policy_store.h"
#include "gateway/rule_cache.h"
#include "gateway/sip_server.h"
#include "gateway/smpp_client.h"
#include "gateway/smpp_server.h"
#include "gateway/store.h"

struct reload {
	struct gateway *gateway;
	const char *config_path;
	const char *state_dir; /* of the command line, or NULL */
	bool reading;	       /* the worker reads the files */
	bool again;	       /* and was asked meanwhile */
};

/* The files are read by the worker: the loop waits for no disk. */
struct config_read {
	struct store_op op; /* first */
	struct reload *reload;
	const char *path;
	struct config *loaded; /* NULL: `error` says why */
	char error[CONFIG_ERROR_MAX];
};

static int run_reload(struct db *db, struct store_op *op)
{
	struct config_read *read = (struct config_read *)op;

	(void)db;
	talloc_free(read->loaded);
	read->loaded = NULL;
	if (config_load(NULL, read->path, &read->loaded, read->error) < 0)
		read->loaded = NULL;
	return 0;
}

/* Every line of it is about something else that is wrong. */
static void log_refusal(const char *error)
{
	while (*error) {
		size_t len = strcspn(error, "\n");

		LOGP(LOG_MAIN, LOGL_ERROR, "configuration not taken: %.*s\n", (int)len, error);
		error += len + (error[len] == '\n');
	}
}

/* False when it is not taken; `loaded` is the caller's then. */
static bool take_config(struct reload *reload, struct config *loaded)
{
	struct gateway *gateway = reload->gateway;
	const struct config *before = gateway->live;
	const char *conflict;

	if (reload->state_dir)
		loaded->state_dir = talloc_strdup(loaded, reload->state_dir);
	conflict = config_reload_conflict(gateway->config, loaded);
	if (conflict) {
		LOGP(LOG_MAIN, LOGL_ERROR, "configuration not taken: %s needs a restart\n",
		     conflict);
		return false;
	}
	gateway->live = loaded;
	if (rule_cache_configure(gateway->rules) < 0 ||
	    log_change(loaded->log_level, loaded->log_format) < 0 ||
	    sip_server_reload(gateway->sip) < 0) {
		gateway->live = before;
		return false;
	}
	policy_store_keep(gateway);
	operator_rules_reloaded(gateway->operator_rules);
	smpp_server_reload(gateway->smpp);
	smpp_client_reload(gateway->client);
	doors_reload(gateway);
	if (before != gateway->config)
		talloc_free((void *)before);
	talloc_steal(reload->gateway, loaded);
	LOGP(LOG_MAIN, LOGL_NOTICE, "configuration reloaded\n");
	return true;
}

static void reload_done(struct store_op *op)
{
	struct config_read *read = (struct config_read *)op;
	struct reload *reload = read->reload;

	reload->reading = false;
	if (reload->gateway->draining)
		talloc_free(read->loaded);
	else if (!read->loaded)
		log_refusal(read->error);
	else if (!take_config(reload, read->loaded))
		talloc_free(read->loaded);
	talloc_free(read);
	if (reload->again)
		reload_begin(reload);
}

void reload_begin(struct reload *reload)
{
	struct config_read *read;

	reload->again = reload->reading;
	if (reload->reading || reload->gateway->draining)
		return;
	read = talloc_zero(NULL, struct config_read);
	if (!read) {
		LOGP(LOG_MAIN, LOGL_ERROR, "configuration not taken: out of memory\n");
		return;
	}
	read->op = (struct store_op){ .run = run_reload, .done = reload_done };
	read->reload = reload;
	read->path = reload->config_path;
	reload->reading = true;
	store_submit(reload->gateway->worker, &read->op);
}

struct reload *reload_create(void *ctx, struct gateway *gateway, const char *config_path,
			     const char *state_dir)
{
	struct reload *reload = talloc_zero(ctx, struct reload);

	if (!reload)
		return NULL;
	reload->gateway = gateway;
	reload->config_path = config_path;
	reload->state_dir = state_dir;
	return reload;
}
