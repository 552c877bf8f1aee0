/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smpp_server.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/address_list.h"
#include "gateway/clock.h"
#include "gateway/lockout.h"
#include "gateway/listener_tls.h"
#include "gateway/log.h"
#include "gateway/password.h"
#include "gateway/peer.h"
#include "gateway/smsc_outbind.h"
#include "gateway/store.h"
#include "gateway/store_sql.h"

enum { OUTPUT_MAX = 1 << 20, WINDOW_SPARE = 16, REFUSED_LOG_MS = 1000, SOURCES_MAX = 16384 };

struct smpp_server {
	struct gateway *gateway;
	struct smpp_listener **listeners;
	size_t listener_count;
	struct lockout *lockout;
	struct smpp_tls **tls; /* of each listener; NULL: plain */
	size_t connections;
	uint64_t turned_away; /* connections and binds */
	int64_t turned_away_logged_ms;
};

/* ---- binds ---- */

static size_t sessions_of(const struct smpp_server *server, const char *system_id)
{
	const struct peer *peer = NULL;
	size_t count = 0;

	while ((peer = peer_set_next(server->gateway->peers, peer)))
		count += peer_side(peer) == PEER_SERVER && peer_is_bound(peer) &&
			 strcmp(peer_account(peer), system_id) == 0;
	return count;
}

/* A line a second at most: whoever tries again and again shall not fill the disk. */
static void log_turned_away(struct peer *peer, const char *what, const char *why)
{
	struct smpp_server *server = peer_owner(peer);
	int64_t now_ms = clock_monotonic_ms();

	peer_note_error(peer, "%s refused: %s", what, why);
	server->turned_away++;
	if (now_ms - server->turned_away_logged_ms < REFUSED_LOG_MS)
		return;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s refused: %s (%llu so far)\n", peer_address(peer), what,
	     why, (unsigned long long)server->turned_away);
	server->turned_away_logged_ms = now_ms;
}

static void refuse_bind(struct peer *peer, uint32_t sequence, const char *why)
{
	struct smpp_server *server = peer_owner(peer);

	server->gateway->metrics.smpp_binds_refused_total++;
	log_turned_away(peer, "bind", why);
	peer_answer(peer, sequence, SMPP_RBINDFAIL, NULL);
	peer_close(peer, why);
}

/* ---- who guesses ---- */

static bool is_locked_out(const struct smpp_server *server, const struct sockaddr *address)
{
	return lockout_holds(server->lockout, address, clock_monotonic_ms());
}

/* The bind or outbind of the peer had a wrong name, password or address. */
static void count_guess(struct peer *peer)
{
	struct smpp_server *server = peer_owner(peer);
	const struct config_smpp *smpp = &server->gateway->live->smpp;
	struct lockout_policy policy = {
		.after = smpp->lockout_after,
		.first_ms = (int64_t)smpp->lockout_s * 1000,
		.max_ms = (int64_t)smpp->lockout_max_s * 1000,
	};
	int64_t ms = lockout_failed(server->lockout, &policy, peer_socket_address(peer),
				    clock_monotonic_ms());

	if (ms == 0)
		return;
	server->gateway->metrics.smpp_lockouts_total++;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: its address is locked out for %lld s: %u failed binds\n",
	     peer_address(peer), (long long)(ms / 1000), smpp->lockout_after);
}

size_t smpp_server_locked_out(const struct smpp_server *server)
{
	return lockout_locked(server->lockout, clock_monotonic_ms());
}

struct bound_op {
	struct store_op op; /* first */
	char system_id[64];
	enum account_role role;
	int64_t now_ms;
};

static int run_bound(struct db *db, struct store_op *op)
{
	struct bound_op *bound = (struct bound_op *)op;
	struct db_stmt *stmt = db_query(db, Q_ACCOUNT_BOUND);

	db_bind_text(stmt, 1, bound->system_id);
	db_bind_int(stmt, 2, bound->role);
	db_bind_int(stmt, 3, bound->now_ms);
	return db_run(stmt);
}

static void bound_done(struct store_op *op)
{
	talloc_free(op);
}

static void record_bind(struct smpp_server *server, const struct config_account *account)
{
	struct bound_op *bound = talloc_zero(NULL, struct bound_op);

	if (!bound)
		return;
	bound->op.run = run_bound;
	bound->op.done = bound_done;
	snprintf(bound->system_id, sizeof(bound->system_id), "%s", account->system_id);
	bound->role = account->role;
	bound->now_ms = clock_now_ms();
	store_submit(server->gateway->store, &bound->op);
}

static void identify(struct peer *peer, const struct config_account *account)
{
	struct smpp_server *server = peer_owner(peer);
	struct peer_traits traits = {
		.role = account->role,
		.entry = account->entry,
		.window = account->window,
		.window_out = server->gateway->live->smpp.window_out,
		.rate = account->rate,
		.account = account,
	};

	snprintf(traits.name, sizeof(traits.name), "%s", account->system_id);
	peer_identify(peer, &traits);
}

static void accept_bind(struct peer *peer, uint32_t sequence, const struct config_account *account)
{
	struct smpp_server *server = peer_owner(peer);

	identify(peer, account);
	server->gateway->metrics.smpp_binds_total++;
	record_bind(server, account);
	peer_answer(peer, sequence, SMPP_ROK, NULL);
}

struct bind_check {
	struct peer *peer;
	uint32_t sequence;
	char system_id[64];
};

static bool certificate_allowed(const struct peer *peer, const struct config_account *account)
{
	return listener_tls_allows(account, peer_tls(peer));
}

/* One answer for a wrong name, a wrong password, a wrong address and a wrong certificate. */
static void refuse_guess(struct peer *peer, uint32_t sequence)
{
	refuse_bind(peer, sequence, "wrong name, password, address or certificate");
	count_guess(peer);
}

static void on_password(void *user, bool right)
{
	struct bind_check *check = user;
	struct peer *peer = check->peer;
	struct smpp_server *server = peer_owner(peer);
	const struct config_account *account =
		config_find_account(server->gateway->live, check->system_id);

	if (!right || !account || !address_list_allows(account, peer_socket_address(peer)) ||
	    !certificate_allowed(peer, account))
		refuse_guess(peer, check->sequence);
	else if (is_locked_out(server, peer_socket_address(peer)))
		/* Others of its guesses, checked meanwhile, were wrong. */
		refuse_bind(peer, check->sequence, "locked out");
	else if (sessions_of(server, check->system_id) >= account->max_sessions)
		refuse_bind(peer, check->sequence, "too many sessions of the account");
	else if (peer_session(peer))
		accept_bind(peer, check->sequence, account);
	talloc_free(check);
	peer_release(peer);
}

static void copy_octets(char *out, size_t size, const struct smpp_octets *in)
{
	size_t len = in->len < size ? in->len : size - 1;

	memcpy(out, in->data, len);
	out[len] = '\0';
}

static void on_bind(struct peer *peer, const struct smpp_session_event *event)
{
	struct smpp_server *server = peer_owner(peer);
	struct bind_check *check = talloc_zero(server, struct bind_check);
	char password[PASSWORD_OCTETS];

	if (!check || server->gateway->draining ||
	    is_locked_out(server, peer_socket_address(peer))) {
		talloc_free(check);
		refuse_bind(peer, event->sequence,
			    server->gateway->draining ? "shutting down" : "locked out");
		return;
	}
	check->peer = peer;
	check->sequence = event->sequence;
	copy_octets(check->system_id, sizeof(check->system_id), &event->pdu->system_id);
	copy_octets(password, sizeof(password), &event->pdu->password);
	peer_hold(peer);
	password_check(server->gateway, check->system_id, password, on_password, check);
}

static void on_gone(struct peer *peer)
{
	struct smpp_server *server = peer_owner(peer);

	server->connections--;
}

static void on_outbind(struct peer *peer, const struct smpp_pdu *pdu)
{
	struct smpp_server *server = peer_owner(peer);

	if (!is_locked_out(server, peer_socket_address(peer)) &&
	    smsc_outbind(server->gateway, peer, pdu))
		return;
	log_turned_away(peer, "outbind", "wrong name, password or address");
	count_guess(peer);
	peer_close(peer, "outbind refused");
}

/* Ours, after an outbind. */
static void on_bind_refused(struct peer *peer, uint32_t status)
{
	log_turned_away(peer, "our bind after outbind", smpp_status_name(status));
}

static void on_closed(struct peer *peer, bool was_bound, const char *reason)
{
	const struct smpp_tls_stream *tls = peer_tls(peer);

	(void)was_bound;
	(void)reason;
	if (tls && smpp_tls_stream_fault(tls)[0])
		log_turned_away(peer, "connection", smpp_tls_stream_fault(tls));
}

static const struct peer_hooks hooks = {
	.on_bind = on_bind,
	.on_outbind = on_outbind,
	.on_bind_refused = on_bind_refused,
	.on_closed = on_closed,
	.on_gone = on_gone,
};

/* ---- connections ---- */

/* The windows that count are the peer's, which a reload may change: a session has room for all. */
static struct smpp_link_config link_config(const struct config *config)
{
	const struct config_smpp *smpp = &config->smpp;

	return (struct smpp_link_config){
		.session = {
			.side = SMPP_SIDE_SMSC,
			.system_id = smpp->system_id,
			.window_in = CONFIG_WINDOW_MAX + WINDOW_SPARE,
			.window_out = CONFIG_WINDOW_MAX,
			.max_pdu = SMPP_PDU_MAX,
			.init_ms = (int64_t)smpp->init_s * 1000,
			.enquire_ms = (int64_t)smpp->enquire_s * 1000,
			.response_ms = (int64_t)smpp->response_s * 1000,
			.inactivity_ms = (int64_t)smpp->inactivity_s * 1000,
		},
		.output_max = OUTPUT_MAX,
	};
}

static size_t connections_from(const struct smpp_server *server, const struct sockaddr *address)
{
	const struct peer *peer = NULL;
	struct address_source source;
	struct address_source other;
	size_t count = 0;

	address_source(address, &source);
	while ((peer = peer_set_next(server->gateway->peers, peer))) {
		address_source(peer_socket_address(peer), &other);
		count += peer_is_accepted(peer) && memcmp(&source, &other, sizeof(source)) == 0;
	}
	return count;
}

/* NULL: the connection may come in. Bounds that a peer passes are told before those that all
 * share. */
static const char *refusal_of(const struct smpp_server *server, const struct sockaddr *address)
{
	const struct config *live = server->gateway->live;
	uint32_t most = live->smpp.max_links_per_address;

	if (!address_list_known(live, address))
		return "no account allows this address";
	if (is_locked_out(server, address))
		return "locked out";
	if (most > 0 && connections_from(server, address) >= most)
		return "too many from this address";
	return server->connections >= live->smpp.max_links ? "too many connections" : NULL;
}

static void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *address,
		       struct smpp_link_handler *out, struct smpp_link_config *config)
{
	struct smpp_server *server = ctx;
	const struct config *live = server->gateway->live;
	const char *refusal;
	const struct smpp_tls *tls = config->tls;
	struct peer *peer;

	if (server->gateway->draining)
		return NULL;
	peer = peer_create(server->gateway->peers, PEER_SERVER, address, &hooks, server);
	if (!peer)
		return NULL;
	refusal = refusal_of(server, address);
	if (refusal) {
		server->gateway->metrics.smpp_connections_refused_total++;
		log_turned_away(peer, "connection", refusal);
		talloc_free(peer);
		return NULL;
	}
	peer_set_link(peer, link);
	server->connections++;
	*out = peer_link_handler;
	*config = link_config(live); /* as of the last reload */
	peer_listen_from_start(peer, &config->session);
	config->tls = tls;
	config->session.outbind = address_list_outbind(live, address);
	return peer;
}

/* ---- the server ---- */

struct smpp_server *smpp_server_create(void *ctx, struct gateway *gateway)
{
	struct smpp_server *server = talloc_zero(ctx, struct smpp_server);

	if (!server)
		return NULL;
	server->gateway = gateway;
	server->turned_away_logged_ms = -REFUSED_LOG_MS;
	server->lockout = lockout_create(server, SOURCES_MAX);
	if (!server->lockout)
		TALLOC_FREE(server);
	return server;
}

int smpp_server_listen(struct smpp_server *server)
{
	const struct config_smpp *smpp = &server->gateway->config->smpp;
	struct smpp_link_config initial = link_config(server->gateway->config);

	server->listeners =
		talloc_zero_array(server, struct smpp_listener *, smpp->listeners_count);
	server->tls = listener_tls_load(server, smpp);
	if (!server->listeners || !server->tls)
		return -ENOMEM;
	for (unsigned i = 0; i < smpp->listeners_count; i++) {
		const struct config_listener *wanted = &smpp->listeners[i];

		initial.tls = server->tls[i];
		struct smpp_listener *listener =
			smpp_listener_create(server, server->gateway->base, wanted->address,
					     wanted->port, &initial, on_accept, server);

		if (!listener) {
			int error = errno;

			LOGP(LOG_SMPP, LOGL_ERROR, "cannot listen on %s port %u: %s\n",
			     wanted->address, wanted->port, strerror(error));
			return error ? -error : -EIO;
		}
		server->listeners[server->listener_count++] = listener;
		LOGP(LOG_SMPP, LOGL_NOTICE, "SMPP on %s port %u%s\n", wanted->address,
		     smpp_listener_port(listener), wanted->tls ? ", TLS" : "");
	}
	return 0;
}

/* The same files may hold other certificates now: for the connections to come. */
static void reload_certificates(struct smpp_server *server)
{
	struct smpp_tls **tls = listener_tls_load(server, &server->gateway->live->smpp);

	if (!tls)
		return; /* those that we have go on; the log says why */
	for (size_t i = 0; i < server->listener_count; i++)
		smpp_listener_set_tls(server->listeners[i], tls[i]);
	talloc_free(server->tls);
	server->tls = tls;
}

static void reload_peer(struct smpp_server *server, struct peer *peer)
{
	const struct config_account *account =
		config_find_account(server->gateway->live, peer_account(peer));

	if (account && account->role == peer_role(peer) &&
	    address_list_allows(account, peer_socket_address(peer)) &&
	    certificate_allowed(peer, account)) {
		identify(peer, account);
		return;
	}
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: account %s was withdrawn\n", peer_address(peer),
	     peer_account(peer));
	peer_unbind(peer);
}

void smpp_server_reload(struct smpp_server *server)
{
	struct peer *peer = NULL;

	lockout_clear(server->lockout);
	reload_certificates(server);
	while ((peer = peer_set_next(server->gateway->peers, peer)))
		if (peer_side(peer) == PEER_SERVER && peer_is_bound(peer))
			reload_peer(server, peer);
	peer_offer_room(server->gateway->peers); /* windows may be wider */
}

void smpp_server_drain(struct smpp_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		smpp_listener_stop(server->listeners[i]);
}

size_t smpp_server_listeners(const struct smpp_server *server)
{
	return server->listener_count;
}

uint16_t smpp_server_port(const struct smpp_server *server, size_t i)
{
	return smpp_listener_port(server->listeners[i]);
}
