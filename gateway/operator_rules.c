/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/operator_rules.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "gateway/rule_cache.h"
#include "gateway/store.h"

enum { WATCH_S = 1 };

struct operator_rules {
	struct gateway *gateway;
	struct event *watch;
	bool looking;
	bool again;	 /* asked for while looking */
	int64_t refused; /* a version that does not compile here: told once */
	void (*loaded)(void *user, int rc);
	void *loaded_user;
};

struct look {
	struct store_op op; /* first */
	struct operator_rules *rules;
	void *memory;
	struct operator_version live;
};

static int run_look(struct db *db, struct store_op *op)
{
	struct look *look = (struct look *)op;

	talloc_free(look->memory);
	look->memory = talloc_new(NULL);
	return look->memory ? operator_store_live(look->memory, db, &look->live) : -ENOMEM;
}

void operator_rules_take(struct operator_rules *rules, const struct operator_version *version)
{
	struct rule_cache *cache = rules->gateway->rules;
	int rc;

	if (version->version <= rule_cache_operator_version(cache) ||
	    version->version == rules->refused)
		return;
	rc = rule_cache_set_operator(cache, version->version,
				     version->configured ? NULL : version->text);
	if (rc == 0) {
		LOGP(LOG_BLOCK, LOGL_NOTICE, "operator's rules: version %lld%s in force\n",
		     (long long)version->version, version->configured ? " (configuration)" : "");
		return;
	}
	rules->refused = rc == -EBADMSG ? version->version : 0;
	LOGP(LOG_BLOCK, LOGL_ERROR, "operator's rules: version %lld not taken: %s\n",
	     (long long)version->version, rc == -EBADMSG ? "does not compile" : strerror(-rc));
}

static void look_done(struct store_op *op)
{
	struct look *look = (struct look *)op;
	struct operator_rules *rules = look->rules;

	rules->looking = false;
	if (op->rc == 0)
		operator_rules_take(rules, &look->live);
	else if (log_seldom(&rules->gateway->store_fault_logged_ms))
		LOGP(LOG_STORE, LOGL_ERROR, "operator's rules not read: %s\n", strerror(-op->rc));
	if (rules->loaded)
		rules->loaded(rules->loaded_user, op->rc);
	rules->loaded = NULL;
	talloc_free(look->memory);
	talloc_free(look);
	if (rules->again)
		operator_rules_look(rules);
}

void operator_rules_look(struct operator_rules *rules)
{
	struct look *look;

	rules->again = rules->looking;
	if (rules->looking || rules->gateway->draining)
		return;
	look = talloc_zero(NULL, struct look);
	if (!look)
		return; /* the watch looks again */
	look->op = (struct store_op){ .run = run_look, .done = look_done };
	look->rules = rules;
	rules->looking = true;
	store_submit(rules->gateway->sender, &look->op);
}

void operator_rules_load(struct operator_rules *rules, void (*done)(void *user, int rc), void *user)
{
	const struct timeval every = { WATCH_S, 0 };

	rules->loaded = done;
	rules->loaded_user = user;
	event_add(rules->watch, &every);
	operator_rules_look(rules);
	if (!rules->looking) {
		rules->loaded = NULL;
		done(user, -ENOMEM);
	}
}

char *operator_configured_text(void *ctx, const struct config_blocking *blocking)
{
	char *text = talloc_strdup(ctx, "");

	for (unsigned i = 0; i < blocking->operator_rules_count && text; i++)
		text = talloc_asprintf_append(text, "%s\n", blocking->operator_rules[i]);
	return text;
}

void operator_rules_reloaded(struct operator_rules *rules)
{
	struct gateway *gateway = rules->gateway;
	struct fixed_rules *fixed = rule_cache_hold(gateway->rules);

	if (!fixed->configured && gateway->live->blocking.operator_rules_count > 0)
		LOGP(LOG_BLOCK, LOGL_NOTICE,
		     "blocking.operator_rules do not hold: version %lld of operations does\n",
		     (long long)fixed->version);
	fixed_rules_release(fixed);
	rules->refused = 0;
	operator_rules_look(rules);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	operator_rules_look(arg);
}

static int rules_destroy(struct operator_rules *rules)
{
	event_free(rules->watch);
	return 0;
}

struct operator_rules *operator_rules_create(void *ctx, struct gateway *gateway)
{
	struct operator_rules *rules = talloc_zero(ctx, struct operator_rules);

	if (!rules)
		return NULL;
	rules->gateway = gateway;
	rules->watch = event_new(gateway->base, -1, EV_PERSIST, on_watch, rules);
	if (!rules->watch) {
		talloc_free(rules);
		return NULL;
	}
	talloc_set_destructor(rules, rules_destroy);
	return rules;
}
