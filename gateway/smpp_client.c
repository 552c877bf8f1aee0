/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smpp_client.h"

#include <errno.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "gateway/smsc_link.h"
#include "gateway/smsc_outbind.h"
#include "gateway/smsc_tls.h"

enum { MODE_LINKS = 2 };

struct smpp_client {
	struct gateway *gateway;
	struct llist_head smscs;
	bool started;
};

/* An SMSC of the configuration. */
struct smsc {
	struct llist_head list;
	struct smpp_client *client;
	const struct config_smsc *config; /* of the live configuration */
	struct smpp_tls *tls;		  /* as its files said when the configuration was loaded */
	struct smsc_link **links;
	size_t link_count;
};

/* ---- an SMSC ---- */

struct mode {
	uint32_t kind;
	const char *suffix;
};

/* The links of a session in each bind mode. */
static const struct mode modes[SMSC_BIND_COUNT][MODE_LINKS] = {
	[SMSC_TRANSCEIVER] = { { SMPP_BIND_TRANSCEIVER, "" } },
	[SMSC_TRANSMITTER] = { { SMPP_BIND_TRANSMITTER, "" } },
	[SMSC_RECEIVER] = { { SMPP_BIND_RECEIVER, "" } },
	[SMSC_PAIR] = { { SMPP_BIND_RECEIVER, "r" }, { SMPP_BIND_TRANSMITTER, "t" } },
};

static int add_links(struct smsc *smsc, unsigned index)
{
	const struct mode *mode = modes[smsc->config->bind];

	for (int i = 0; i < MODE_LINKS && mode[i].kind; i++) {
		struct smsc_link **link = &smsc->links[smsc->link_count];

		*link = smsc_link_create(smsc, smsc->client->gateway, smsc->config, mode[i].kind,
					 index, mode[i].suffix);
		if (!*link)
			return -ENOMEM;
		smsc->link_count++;
	}
	return 0;
}

static void smsc_configure(struct smsc *smsc, const struct config_smsc *config)
{
	struct smpp_tls *before = smsc->tls;
	struct smpp_tls *now = config->tls ? smsc_tls_load(smsc, config) : NULL;

	/* The files were good a moment ago, when the configuration was checked. */
	if (now || !config->tls)
		smsc->tls = now;
	smsc->config = config;
	for (size_t i = 0; i < smsc->link_count; i++)
		smsc_link_configure(smsc->links[i], config, smsc->tls);
	if (smsc->tls != before)
		talloc_free(before);
}

static int smsc_destroy(struct smsc *smsc)
{
	llist_del(&smsc->list);
	return 0;
}

static struct smsc *smsc_create(struct smpp_client *client, const struct config_smsc *config)
{
	struct smsc *smsc = talloc_zero(client, struct smsc);

	if (!smsc)
		return NULL;
	smsc->client = client;
	smsc->config = config;
	llist_add_tail(&smsc->list, &client->smscs);
	talloc_set_destructor(smsc, smsc_destroy);
	smsc->links = talloc_zero_array(smsc, struct smsc_link *, config->sessions * MODE_LINKS);
	for (unsigned i = 0; smsc->links && config->hosts_count > 0 && i < config->sessions; i++) {
		if (add_links(smsc, i) == 0)
			continue;
		LOGP(LOG_SMPP, LOGL_ERROR, "%s: out of memory\n", config->name);
		break;
	}
	smsc_configure(smsc, config);
	return smsc;
}

static void smsc_withdraw(struct smsc *smsc)
{
	for (size_t i = 0; i < smsc->link_count; i++)
		smsc_link_withdraw(smsc->links[i]);
	talloc_free(smsc);
}

/* ---- the client ---- */

struct smpp_client *smpp_client_create(void *ctx, struct gateway *gateway)
{
	struct smpp_client *client = talloc_zero(ctx, struct smpp_client);

	if (!client)
		return NULL;
	client->gateway = gateway;
	INIT_LLIST_HEAD(&client->smscs);
	return client;
}

static struct smsc *find_smsc(struct smpp_client *client, const char *name)
{
	struct smsc *smsc;

	llist_for_each_entry(smsc, &client->smscs, list)
		if (strcmp(smsc->config->name, name) == 0)
			return smsc;
	return NULL;
}

/* The configuration that they point into is about to go: each finds itself in the new one, or
 * ends. */
static void keep_or_withdraw(struct smpp_client *client)
{
	struct smsc *smsc;
	struct smsc *next;

	llist_for_each_entry_safe(smsc, next, &client->smscs, list) {
		const struct config_smsc *now =
			config_find_smsc(client->gateway->live, smsc->config->name);

		if (now && config_same_smsc(now, smsc->config)) {
			smsc_configure(smsc, now);
			continue;
		}
		LOGP(LOG_SMPP, LOGL_NOTICE, "SMSC %s: %s\n", smsc->config->name,
		     now ? "changed" : "withdrawn");
		smsc_withdraw(smsc);
	}
}

void smpp_client_reload(struct smpp_client *client)
{
	const struct config *live = client->gateway->live;

	keep_or_withdraw(client);
	smsc_outbind_reload(client->gateway);
	for (unsigned i = 0; client->started && i < live->smscs_count; i++)
		if (!find_smsc(client, live->smscs[i].name) &&
		    !smsc_create(client, &live->smscs[i]))
			LOGP(LOG_SMPP, LOGL_ERROR, "SMSC %s: out of memory\n", live->smscs[i].name);
}

void smpp_client_start(struct smpp_client *client)
{
	client->started = true;
	smpp_client_reload(client);
}

void smpp_client_drain(struct smpp_client *client)
{
	struct smsc *smsc;

	client->started = false;
	llist_for_each_entry(smsc, &client->smscs, list)
		for (size_t i = 0; i < smsc->link_count; i++)
			smsc_link_halt(smsc->links[i]);
}

void smpp_client_each_down(const struct smpp_client *client, smpp_client_link_cb *cb, void *user)
{
	const struct smsc *smsc;
	struct peer_info info;

	llist_for_each_entry(smsc, &client->smscs, list) {
		for (size_t i = 0; i < smsc->link_count; i++) {
			if (smsc_link_is_down(smsc->links[i], &info))
				cb(user, &info);
		}
	}
}
