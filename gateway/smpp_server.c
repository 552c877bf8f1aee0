/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smpp_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <osmocom/core/linuxlist.h>
#include <string.h>
#include <talloc.h>

#include "gateway/address_list.h"
#include "gateway/clock.h"
#include "gateway/hub.h"
#include "gateway/intake.h"
#include "gateway/listener_tls.h"
#include "gateway/log.h"
#include "gateway/password.h"
#include "gateway/sms_out.h"
#include "gateway/store.h"
#include "gateway/store_sql.h"

enum { OUTPUT_MAX = 1 << 20, WINDOW_SPARE = 16, REFUSED_LOG_MS = 1000 };

struct peer {
	struct llist_head list;
	struct smpp_server *server;
	struct smpp_link *link; /* NULL once it is gone */
	unsigned holds;
	struct sockaddr_storage socket_address;
	char address[64];
	struct config_account account; /* a copy of the values; its pointers are not kept */
	char system_id[64];	       /* "" until bound */
	bool bound;
	int64_t tokens_ms; /* when the bucket was filled last */
	double tokens;	   /* requests that may come now */
	uint64_t messages_in;
	uint64_t messages_out;
	uint64_t refused;
	int64_t refused_logged_ms;
};

struct smpp_server {
	struct gateway *gateway;
	struct smpp_listener **listeners;
	size_t listener_count;
	struct smpp_tls **tls; /* of each listener; NULL: plain */
	struct llist_head peers;
	size_t peer_count;
	struct peer *last_picked; /* where the next search begins: peers take turns */
	uint64_t turned_away;	  /* connections and binds */
	int64_t turned_away_logged_ms;
	size_t requests; /* ours, unanswered */
	bool hubs_turn;	 /* who gets the next room in a window: hubs or our own texts */
};

/* A request of ours to a peer; its address is the session's cookie. */
struct request {
	struct smpp_server *server;
	peer_answer_cb *cb;
	void *user;
};

/* ---- peers ---- */

void peer_hold(struct peer *peer)
{
	peer->holds++;
}

void peer_release(struct peer *peer)
{
	peer->holds--;
	if (peer->holds == 0 && !peer->link)
		talloc_free(peer);
}

static const struct sockaddr *peer_socket_address(const struct peer *peer)
{
	return (const struct sockaddr *)&peer->socket_address;
}

const char *peer_account(const struct peer *peer)
{
	return peer->system_id;
}

enum block_entry peer_entry(const struct peer *peer)
{
	return peer->account.entry;
}

void peer_answer(struct peer *peer, uint32_t sequence, uint32_t status, const char *message_id)
{
	if (!peer->link)
		return;
	smpp_session_respond(smpp_link_session(peer->link), sequence, status, message_id);
	smpp_link_flush(peer->link);
}

void peer_answer_pdu(struct peer *peer, uint32_t sequence, const struct smpp_pdu *pdu)
{
	if (!peer->link)
		return;
	smpp_session_respond_pdu(smpp_link_session(peer->link), sequence, pdu);
	smpp_link_flush(peer->link);
}

int peer_request(struct peer *peer, const struct smpp_pdu *pdu, peer_answer_cb *cb, void *user)
{
	struct request *request;
	int rc;

	if (!peer->link)
		return -ENOTCONN;
	request = talloc(peer->server, struct request);
	if (!request)
		return -ENOMEM;
	*request = (struct request){ peer->server, cb, user };
	rc = smpp_session_request(smpp_link_session(peer->link), pdu, (uintptr_t)request,
				  smpp_link_now_ms());
	if (rc < 0) {
		talloc_free(request);
		return rc;
	}
	peer->server->requests++;
	peer->messages_out++;
	smpp_link_flush(peer->link);
	return 0;
}

/* Hubs and our own texts share the windows of SMSCs. They take turns with the room that an answer
 * leaves, so that a backlog of the one cannot keep the other waiting; what the first does not want
 * is the second's. */
static void request_end(uint64_t cookie, const struct smpp_pdu *pdu)
{
	struct request *request = (struct request *)(uintptr_t)cookie;
	struct smpp_server *server;

	if (!request)
		return;
	server = request->server;
	server->requests--;
	server->hubs_turn = !server->hubs_turn;
	if (server->hubs_turn)
		hub_kick(server->gateway->hub);
	request->cb(request->user, pdu);
	talloc_free(request);
	hub_kick(server->gateway->hub);
}

/* ---- binds ---- */

static size_t sessions_of(const struct smpp_server *server, const char *system_id)
{
	const struct peer *peer;
	size_t count = 0;

	llist_for_each_entry(peer, &server->peers, list)
		count += peer->bound && strcmp(peer->system_id, system_id) == 0;
	return count;
}

/* A line a second at most: whoever tries again and again shall not fill the disk. */
static void log_turned_away(const struct peer *peer, const char *what, const char *why)
{
	struct smpp_server *server = peer->server;
	int64_t now_ms = clock_monotonic_ms();

	server->turned_away++;
	if (now_ms - server->turned_away_logged_ms < REFUSED_LOG_MS)
		return;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s refused: %s (%llu so far)\n", peer->address, what, why,
	     (unsigned long long)server->turned_away);
	server->turned_away_logged_ms = now_ms;
}

static void refuse_bind(struct peer *peer, uint32_t sequence, const char *why)
{
	peer->server->gateway->metrics.smpp_binds_refused_total++;
	log_turned_away(peer, "bind", why);
	peer_answer(peer, sequence, SMPP_RBINDFAIL, NULL);
	if (peer->link)
		smpp_link_close(peer->link, why);
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

static void record_bind(struct peer *peer)
{
	struct bound_op *bound = talloc_zero(NULL, struct bound_op);

	if (!bound)
		return;
	bound->op.run = run_bound;
	bound->op.done = bound_done;
	memcpy(bound->system_id, peer->system_id, sizeof(bound->system_id));
	bound->role = peer->account.role;
	bound->now_ms = clock_now_ms();
	store_submit(peer->server->gateway->store, &bound->op);
}

static void accept_bind(struct peer *peer, uint32_t sequence, const struct config_account *account)
{
	peer->account = *account;
	snprintf(peer->system_id, sizeof(peer->system_id), "%s", account->system_id);
	peer->bound = true;
	peer->tokens = account->rate;
	peer->tokens_ms = clock_monotonic_ms();
	peer->server->gateway->metrics.smpp_binds_total++;
	record_bind(peer);
	peer_answer(peer, sequence, SMPP_ROK, NULL);
}

struct bind_check {
	struct peer *peer;
	uint32_t sequence;
	char system_id[64];
};

static bool certificate_allowed(const struct peer *peer, const struct config_account *account)
{
	return listener_tls_allows(account, peer->link ? smpp_link_tls(peer->link) : NULL);
}

static void on_password(void *user, bool right)
{
	struct bind_check *check = user;
	struct peer *peer = check->peer;
	struct smpp_server *server = peer->server;
	const struct config_account *account =
		config_find_account(server->gateway->live, check->system_id);

	/* One answer for a wrong name, a wrong password, a wrong address and a wrong certificate.
	 */
	if (!right || !account || !address_list_allows(account, peer_socket_address(peer)) ||
	    !certificate_allowed(peer, account))
		refuse_bind(peer, check->sequence, "wrong name, password, address or certificate");
	else if (sessions_of(server, check->system_id) >= account->max_sessions)
		refuse_bind(peer, check->sequence, "too many sessions of the account");
	else if (peer->link)
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
	struct bind_check *check = talloc_zero(peer->server, struct bind_check);
	const struct config_account *account;
	char password[128];

	if (!check || peer->server->gateway->draining) {
		talloc_free(check);
		refuse_bind(peer, event->sequence, "shutting down");
		return;
	}
	check->peer = peer;
	check->sequence = event->sequence;
	copy_octets(check->system_id, sizeof(check->system_id), &event->pdu->system_id);
	copy_octets(password, sizeof(password), &event->pdu->password);
	account = config_find_account(peer->server->gateway->live, check->system_id);
	peer_hold(peer);
	password_check(peer->server->gateway, password, account ? account->password_hash : NULL,
		       on_password, check);
}

/* ---- requests ---- */

static bool within_rate(struct peer *peer)
{
	int64_t now_ms = clock_monotonic_ms();
	double rate = peer->account.rate;

	if (peer->account.rate == 0)
		return true;
	peer->tokens += rate * (double)(now_ms - peer->tokens_ms) / 1000;
	peer->tokens_ms = now_ms;
	if (peer->tokens > rate)
		peer->tokens = rate; /* a burst of one second */
	if (peer->tokens < 1)
		return false;
	peer->tokens -= 1;
	return true;
}

static uint32_t refusal(struct peer *peer)
{
	const struct smpp_session *session = smpp_link_session(peer->link);

	/* The request itself counts among those that wait. */
	if (smpp_session_waiting(session) > peer->account.window || !within_rate(peer))
		return SMPP_RTHROTTLED;
	return peer->server->gateway->draining ? SMPP_RMSGQFUL : SMPP_ROK;
}

static void on_request(struct peer *peer, const struct smpp_session_event *event)
{
	struct gateway *gateway = peer->server->gateway;
	uint32_t command = event->pdu->command_id;
	uint32_t status;

	if (command != SMPP_SUBMIT_SM && command != SMPP_DATA_SM) {
		smpp_session_respond(smpp_link_session(peer->link), event->sequence, SMPP_RINVCMDID,
				     NULL);
		return;
	}
	status = refusal(peer);
	if (status != SMPP_ROK) {
		gateway->metrics.smpp_throttled_total++;
		smpp_session_respond(smpp_link_session(peer->link), event->sequence, status, NULL);
		return;
	}
	peer->messages_in++;
	if (peer->account.role == ACCOUNT_HUB)
		hub_message(gateway->hub, peer, event->pdu);
	else
		intake_message(gateway->intake, peer, event->pdu);
}

static void on_bound(struct peer *peer)
{
	char tls[160];

	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s bound, %s%s\n", peer->address, peer->system_id,
	     smpp_state_name(smpp_session_state(smpp_link_session(peer->link))),
	     listener_tls_describe(smpp_link_tls(peer->link), tls, sizeof(tls)));
	peer->server->gateway->metrics.smpp_links++;
	hub_kick(peer->server->gateway->hub);
	sms_out_kick(peer->server->gateway->sms_out);
}

static void on_closed(struct peer *peer, const char *reason)
{
	const struct smpp_tls_stream *tls = smpp_link_tls(peer->link);

	if (tls && smpp_tls_stream_fault(tls)[0])
		log_turned_away(peer, "connection", smpp_tls_stream_fault(tls));
	if (!peer->bound)
		return;
	peer->bound = false;
	peer->server->gateway->metrics.smpp_links--;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: %s gone: %s\n", peer->address, peer->system_id,
	     reason ? reason : "closed");
}

/* A line a second at most: a peer that sends nothing but rubbish shall not fill the disk. */
static void on_refused(struct peer *peer, const struct smpp_fault *fault)
{
	int64_t now_ms = clock_monotonic_ms();

	peer->server->gateway->metrics.smpp_pdus_refused_total++;
	peer->refused++;
	if (now_ms - peer->refused_logged_ms < REFUSED_LOG_MS)
		return;
	LOGP(LOG_SMPP, LOGL_NOTICE, "%s: PDU refused: %s: %s at octet %zu (%llu so far)\n",
	     peer->address, fault->field, fault->reason, fault->offset,
	     (unsigned long long)peer->refused);
	peer->refused_logged_ms = now_ms;
}

static void on_event(void *user, struct smpp_session *session,
		     const struct smpp_session_event *event)
{
	struct peer *peer = user;

	(void)session;
	switch (event->kind) {
	case SMPP_EVENT_BIND:
		on_bind(peer, event);
		break;
	case SMPP_EVENT_BOUND:
		on_bound(peer);
		break;
	case SMPP_EVENT_REQUEST:
		on_request(peer, event);
		break;
	case SMPP_EVENT_RESPONSE:
		request_end(event->cookie, event->pdu);
		break;
	case SMPP_EVENT_EXPIRED:
		request_end(event->cookie, NULL);
		break;
	case SMPP_EVENT_REFUSED:
		on_refused(peer, event->fault);
		break;
	case SMPP_EVENT_CLOSED:
		on_closed(peer, event->reason);
		break;
	}
}

static void on_gone(void *user)
{
	struct peer *peer = user;
	struct smpp_server *server = peer->server;

	peer->link = NULL;
	llist_del(&peer->list);
	server->peer_count--;
	if (server->last_picked == peer)
		server->last_picked = NULL;
	if (peer->holds == 0)
		talloc_free(peer);
}

static const struct smpp_link_handler handler = { .on_event = on_event, .on_gone = on_gone };

/* The account's own window is checked per request; a link has room for the widest of them. */
static size_t widest_window(const struct config *config)
{
	size_t widest = 1;

	for (unsigned i = 0; i < config->accounts_count; i++)
		if (config->accounts[i].window > widest)
			widest = config->accounts[i].window;
	return widest + WINDOW_SPARE;
}

static struct smpp_link_config link_config(const struct config *config)
{
	const struct config_smpp *smpp = &config->smpp;

	return (struct smpp_link_config){
		.session = {
			.side = SMPP_SIDE_SMSC,
			.system_id = smpp->system_id,
			.window_in = widest_window(config),
			.window_out = smpp->window_out,
			.max_pdu = SMPP_PDU_MAX,
			.init_ms = (int64_t)smpp->init_s * 1000,
			.enquire_ms = (int64_t)smpp->enquire_s * 1000,
			.response_ms = (int64_t)smpp->response_s * 1000,
			.inactivity_ms = (int64_t)smpp->inactivity_s * 1000,
		},
		.output_max = OUTPUT_MAX,
	};
}

static void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *address,
		       struct smpp_link_handler *out, struct smpp_link_config *config)
{
	struct smpp_server *server = ctx;
	const struct config *live = server->gateway->live;
	const struct smpp_tls *tls = config->tls;
	struct peer *peer;

	if (server->peer_count >= live->smpp.max_links || server->gateway->draining)
		return NULL;
	peer = talloc_zero(server, struct peer);
	if (!peer)
		return NULL;
	peer->server = server;
	peer->link = link;
	memcpy(&peer->socket_address, address,
	       address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6));
	address_format(address, peer->address, sizeof(peer->address));
	if (!address_list_known(live, address)) {
		log_turned_away(peer, "connection", "no account allows this address");
		talloc_free(peer);
		return NULL;
	}
	*out = handler;
	*config = link_config(live); /* as of the last reload */
	config->tls = tls;
	llist_add_tail(&peer->list, &server->peers);
	server->peer_count++;
	return peer;
}

/* ---- the server ---- */

struct smpp_server *smpp_server_create(void *ctx, struct gateway *gateway)
{
	struct smpp_server *server = talloc_zero(ctx, struct smpp_server);

	if (!server)
		return NULL;
	server->gateway = gateway;
	INIT_LLIST_HEAD(&server->peers);
	server->turned_away_logged_ms = -REFUSED_LOG_MS;
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

void smpp_server_reload(struct smpp_server *server)
{
	struct peer *peer;

	reload_certificates(server);
	llist_for_each_entry(peer, &server->peers, list) {
		const struct config_account *account;

		if (!peer->bound)
			continue;
		account = config_find_account(server->gateway->live, peer->system_id);
		if (account && account->role == peer->account.role &&
		    address_list_allows(account, peer_socket_address(peer)) &&
		    certificate_allowed(peer, account)) {
			peer->account = *account;
			continue;
		}
		LOGP(LOG_SMPP, LOGL_NOTICE, "%s: account %s was withdrawn\n", peer->address,
		     peer->system_id);
		smpp_session_unbind(smpp_link_session(peer->link), smpp_link_now_ms());
		smpp_link_flush(peer->link);
	}
}

void smpp_server_drain(struct smpp_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		smpp_listener_stop(server->listeners[i]);
}

bool smpp_server_drained(const struct smpp_server *server)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &server->peers, list)
		if (peer->link && smpp_session_waiting(smpp_link_session(peer->link)) > 0)
			return false;
	return server->requests == 0;
}

void smpp_server_stop(struct smpp_server *server)
{
	struct peer *peer;

	llist_for_each_entry(peer, &server->peers, list) {
		if (peer->bound)
			smpp_session_unbind(smpp_link_session(peer->link), smpp_link_now_ms());
		else
			smpp_link_close(peer->link, "shutting down");
		smpp_link_flush(peer->link);
	}
}

size_t smpp_server_links(const struct smpp_server *server)
{
	return server->peer_count;
}

static bool can_take(const struct peer *peer, const char *account)
{
	const struct smpp_session *session;

	if (!peer->link || !peer->bound || peer->account.role != ACCOUNT_SMSC)
		return false;
	if (account && strcmp(peer->system_id, account) != 0)
		return false;
	session = smpp_link_session(peer->link);
	return smpp_session_can_deliver(session) && smpp_session_window_free(session) > 0;
}

/* Peers take turns: the search begins behind the one that was picked last. */
static struct peer *pick(struct smpp_server *server, const char *account)
{
	struct llist_head *start =
		server->last_picked ? &server->last_picked->list : &server->peers;
	struct llist_head *at = start;

	do {
		at = at->next;
		if (at == &server->peers)
			continue;
		struct peer *peer = llist_entry(at, struct peer, list);

		if (can_take(peer, account)) {
			server->last_picked = peer;
			return peer;
		}
	} while (at != start);
	return NULL;
}

struct peer *smpp_server_pick(struct smpp_server *server, const char *account)
{
	struct peer *peer = account && account[0] ? pick(server, account) : NULL;

	return peer ? peer : pick(server, NULL);
}

bool smpp_server_has_smsc(const struct smpp_server *server)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &server->peers, list)
		if (peer->link && peer->bound && peer->account.role == ACCOUNT_SMSC &&
		    smpp_session_can_deliver(smpp_link_session(peer->link)))
			return true;
	return false;
}

static const char *const role_names[] = { [ACCOUNT_SMSC] = "smsc", [ACCOUNT_HUB] = "hub" };
_Static_assert(sizeof(role_names) / sizeof(*role_names) == ACCOUNT_ROLE_COUNT, "one name a role");

void smpp_server_each(const struct smpp_server *server, peer_info_cb *cb, void *user)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &server->peers, list) {
		const struct smpp_session *session = smpp_link_session(peer->link);
		struct peer_info info = {
			.address = peer->address,
			.system_id = peer->system_id,
			.role = peer->bound ? role_names[peer->account.role] : "",
			.state = smpp_state_name(smpp_session_state(session)),
			.window_in = smpp_session_waiting(session),
			.window_out_free = smpp_session_window_free(session),
			.messages_in = peer->messages_in,
			.messages_out = peer->messages_out,
		};

		cb(user, &info);
	}
}

size_t smpp_server_listeners(const struct smpp_server *server)
{
	return server->listener_count;
}

uint16_t smpp_server_port(const struct smpp_server *server, size_t i)
{
	return smpp_listener_port(server->listeners[i]);
}
