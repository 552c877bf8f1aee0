/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smsc_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/backoff.h"
#include "gateway/clock.h"
#include "gateway/log.h"

enum {
	OUTPUT_MAX = 1 << 20,
	WINDOW_SPARE = 16,
	STEADY_MS = 30000, /* a link that was bound for so long starts again with short waits */
	FINISHING_MS = 50, /* how often we look whether the former link has ended */
	REASON_MAX = 96,
};

struct smsc_link {
	struct gateway *gateway;
	const struct config_smsc *config; /* of the live configuration */
	const struct smpp_tls *tls;
	char name[PEER_NAME_MAX];
	uint32_t kind;	   /* SMPP_BIND_... */
	unsigned home;	   /* the host that it tries first */
	unsigned attempts; /* in this round through the hosts */
	struct peer *peer; /* NULL: waiting for the next attempt */
	struct backoff backoff;
	struct event *timer;
	int64_t bound_ms; /* monotonic; 0: not bound */
	bool refused;	  /* the bind was */
	char reason[REASON_MAX];
	char (*told)[REASON_MAX]; /* of each host, why it failed when that was logged last */
	char target[64];
	int64_t since_ms; /* Unix time of the last change of state */
};

/* ---- what we bind as ---- */

static int64_t seconds_or(uint32_t own_s, uint32_t general_s)
{
	return (int64_t)(own_s ? own_s : general_s) * 1000;
}

static struct smpp_link_config link_config(const struct config *live,
					   const struct config_smsc *smsc)
{
	return (struct smpp_link_config){
		.session = {
			.side = SMPP_SIDE_ESME,
			.window_in = smsc->window + WINDOW_SPARE,
			.window_out = smsc->window,
			.max_pdu = SMPP_PDU_MAX,
			.init_ms = (int64_t)live->smpp.init_s * 1000,
			.enquire_ms = seconds_or(smsc->enquire_s, live->smpp.enquire_s),
			.response_ms = seconds_or(smsc->response_s, live->smpp.response_s),
			.inactivity_ms = (int64_t)live->smpp.inactivity_s * 1000,
		},
		.output_max = OUTPUT_MAX,
	};
}

void smsc_identify(struct peer *peer, const struct config_smsc *smsc, const char *name)
{
	struct peer_traits traits = {
		.role = ACCOUNT_SMSC,
		.entry = BLOCK_ENTRY_UNKNOWN,
		.window = smsc->window,
		.window_out = smsc->window,
		.rate_out = smsc->rate,
	};

	snprintf(traits.name, sizeof(traits.name), "%s", name);
	peer_identify(peer, &traits);
}

int smsc_bind(struct peer *peer, const struct config_smsc *smsc, uint32_t kind)
{
	const struct smpp_pdu bind = {
		.command_id = kind,
		.system_id = smpp_octets_of(smsc->system_id),
		.password = smpp_octets_of(smsc->password),
		.system_type = smpp_octets_of(smsc->system_type),
		.interface_version = (uint8_t)smsc->interface_version,
		.addr_ton = (uint8_t)smsc->addr_ton,
		.addr_npi = (uint8_t)smsc->addr_npi,
		.address_range = smpp_octets_of(smsc->address_range),
	};

	return smpp_session_bind_pdu(peer_session(peer), &bind, smpp_link_now_ms());
}

size_t smsc_count_links(const struct peer_set *set, const char *name, bool bound)
{
	const struct peer *peer = NULL;
	size_t count = 0;

	while ((peer = peer_set_next(set, peer)))
		count += strcmp(peer_account(peer), name) == 0 && (!bound || peer_is_bound(peer));
	return count;
}

/* ---- attempts ---- */

/* The one whose turn it is. */
static unsigned host_of(const struct smsc_link *link)
{
	return (link->home + link->attempts) % link->config->hosts_count;
}

/* What a host fails for again and again is told once. */
static void note_failure(struct smsc_link *link, const char *reason)
{
	char *told = link->told[host_of(link)];

	snprintf(link->reason, sizeof(link->reason), "%s", reason);
	if (strcmp(told, link->reason) != 0)
		LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s cannot be bound: %s\n", link->target,
		     link->name, link->reason);
	memcpy(told, link->reason, sizeof(link->reason));
}

static void wait_for(struct smsc_link *link, int64_t wait_ms)
{
	struct timeval wait = { wait_ms / 1000, wait_ms % 1000 * 1000 };

	if (!link->gateway->draining)
		event_add(link->timer, &wait);
}

/* The next host is tried at once; when all have failed we wait. */
static void try_later(struct smsc_link *link)
{
	uint32_t random;

	link->attempts++;
	if (link->attempts < link->config->hosts_count) {
		wait_for(link, 0);
		return;
	}
	link->attempts = 0;
	if (link->refused)
		backoff_exhaust(&link->backoff);
	link->refused = false;
	evutil_secure_rng_get_bytes(&random, sizeof(random));
	wait_for(link, backoff_next_ms(&link->backoff, random));
}

static void on_bound(struct peer *peer)
{
	struct smsc_link *link = peer_owner(peer);

	link->bound_ms = clock_monotonic_ms();
	link->reason[0] = '\0';
	memset(link->told, 0, link->config->hosts_count * sizeof(*link->told));
	link->attempts = 0;
	link->refused = false;
}

static void on_bind_refused(struct peer *peer, uint32_t status)
{
	struct smsc_link *link = peer_owner(peer);
	char reason[REASON_MAX];

	link->refused = true;
	snprintf(reason, sizeof(reason), "bind refused: %s (0x%x)", smpp_status_name(status),
		 (unsigned)status);
	note_failure(link, reason);
}

static void on_lost(struct smsc_link *link, const char *reason)
{
	if (clock_monotonic_ms() - link->bound_ms >= STEADY_MS)
		backoff_reset(&link->backoff);
	link->bound_ms = 0;
	link->since_ms = clock_now_ms();
	snprintf(link->reason, sizeof(link->reason), "%s", reason);
	/* From the first host on, after a wait: this one may be going down. */
	link->attempts = link->config->hosts_count - 1;
}

static void on_closed(struct peer *peer, bool was_bound, const char *reason)
{
	struct smsc_link *link = peer_owner(peer);

	link->peer = NULL;
	if (was_bound)
		on_lost(link, reason);
	else if (!link->refused)
		note_failure(link, reason);
	peer_disown(peer);
	try_later(link);
}

static const struct peer_hooks hooks = {
	.on_bound = on_bound,
	.on_bind_refused = on_bind_refused,
	.on_closed = on_closed,
};

static void fill_address(const struct config_host *host, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host->address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(host->port);
		return;
	}
	inet_pton(AF_INET6, host->address, &in6->sin6_addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(host->port);
}

static int connect_to(struct smsc_link *link, const struct config_host *host)
{
	struct gateway *gateway = link->gateway;
	struct smpp_link_config wanted = link_config(gateway->live, link->config);
	struct sockaddr_storage address;
	struct smpp_link *socket;
	struct peer *peer;

	/* What was to be hidden is not sent in the open. */
	if (link->config->tls && !link->tls)
		return -EPROTONOSUPPORT;
	wanted.tls = link->tls;
	fill_address(host, &address);
	peer = peer_create(gateway->peers, PEER_CLIENT, (struct sockaddr *)&address, &hooks, link);
	if (!peer)
		return -ENOMEM;
	smsc_identify(peer, link->config, link->name);
	if (link->reason[0]) /* whoever looks wants to know why it is not bound yet */
		peer_note_error(peer, "%s", link->reason);
	snprintf(link->target, sizeof(link->target), "%s", peer_address(peer));
	socket = smpp_link_connect(gateway->peers, gateway->base, host->address, host->port,
				   &wanted, &peer_link_handler, peer);
	if (!socket) {
		talloc_free(peer);
		return -errno;
	}
	peer_set_link(peer, socket);
	link->peer = peer;
	/* It waits in the session for the connection. */
	if (smsc_bind(peer, link->config, link->kind) < 0)
		peer_close(peer, "the bind cannot be sent");
	return 0;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct smsc_link *link = arg;
	struct gateway *gateway = link->gateway;
	int rc;

	(void)fd;
	(void)what;
	if (link->peer || gateway->draining)
		return;
	/* The link as it was before a reload finishes first: the SMSC may count sessions. */
	if (smsc_count_links(gateway->peers, link->name, true) > 0) {
		wait_for(link, FINISHING_MS);
		return;
	}
	rc = connect_to(link, &link->config->hosts[host_of(link)]);
	if (rc == 0)
		return;
	note_failure(link, strerror(-rc));
	try_later(link);
}

/* ---- making and ending ---- */

static int link_destroy(struct smsc_link *link)
{
	if (link->timer)
		event_free(link->timer);
	return 0;
}

struct smsc_link *smsc_link_create(void *ctx, struct gateway *gateway,
				   const struct config_smsc *config, uint32_t kind, unsigned index,
				   const char *suffix)
{
	struct smsc_link *link = talloc_zero(ctx, struct smsc_link);

	if (!link)
		return NULL;
	talloc_set_destructor(link, link_destroy);
	link->gateway = gateway;
	link->config = config;
	link->kind = kind;
	link->home = config->balance == SMSC_LOAD_SHARING ? index : 0;
	link->backoff = (struct backoff){ .min_ms = config->reconnect_min_ms,
					  .max_ms = config->reconnect_max_ms };
	link->since_ms = clock_now_ms();
	snprintf(link->name, sizeof(link->name), "%s#%u%s", config->name, index + 1, suffix);
	link->timer = evtimer_new(gateway->base, on_timer, link);
	link->told = (char(*)[REASON_MAX])talloc_zero_size(link, config->hosts_count * REASON_MAX);
	if (!link->timer || !link->told) {
		talloc_free(link);
		return NULL;
	}
	wait_for(link, 0);
	return link;
}

void smsc_link_configure(struct smsc_link *link, const struct config_smsc *config,
			 const struct smpp_tls *tls)
{
	link->config = config;
	link->tls = tls;
}

void smsc_link_withdraw(struct smsc_link *link)
{
	if (link->peer) {
		peer_disown(link->peer);
		peer_retire(link->peer);
	}
	talloc_free(link);
}

void smsc_link_halt(struct smsc_link *link)
{
	event_del(link->timer);
}

bool smsc_link_is_down(const struct smsc_link *link, struct peer_info *out)
{
	if (link->peer)
		return false;
	*out = (struct peer_info){
		.link = link->name,
		.address = link->target,
		.system_id = "",
		.role = "smsc",
		.side = peer_side_name(PEER_CLIENT),
		.state = "DOWN",
		.window_out_size = link->config->window,
		.last_error = link->reason,
		.since_ms = link->since_ms,
	};
	return true;
}
