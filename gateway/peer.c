/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/peer.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/address_list.h"
#include "gateway/clock.h"
#include "gateway/peer_priv.h"

static const char *const side_names[] = { [PEER_SERVER] = "server", [PEER_CLIENT] = "client" };
static const char *const role_names[] = { [ACCOUNT_SMSC] = "smsc", [ACCOUNT_HUB] = "hub" };
_Static_assert(sizeof(role_names) / sizeof(*role_names) == ACCOUNT_ROLE_COUNT, "one name a role");

/* ---- the set ---- */

struct peer_set *peer_set_create(void *ctx, struct gateway *gateway)
{
	struct peer_set *set = talloc_zero(ctx, struct peer_set);

	if (!set)
		return NULL;
	set->gateway = gateway;
	INIT_LLIST_HEAD(&set->peers);
	smsc_pool_init(&set->pool, peer_takes);
	smsc_pool_init(&set->hubs, peer_takes);
	set->sampled_ms = clock_monotonic_ms();
	set->book = link_book_create(set);
	if (!set->book)
		TALLOC_FREE(set);
	return set;
}

size_t peer_set_count(const struct peer_set *set)
{
	return set->count;
}

bool peer_set_drained(const struct peer_set *set)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &set->peers, list)
		if (peer->requests > 0 || smpp_session_waiting(smpp_link_session(peer->link)) > 0)
			return false;
	return true;
}

void peer_unbind(struct peer *peer)
{
	if (!peer->link)
		return;
	smpp_session_unbind(smpp_link_session(peer->link), smpp_link_now_ms());
	smpp_link_flush(peer->link);
}

void peer_set_stop(struct peer_set *set)
{
	struct peer *peer;

	llist_for_each_entry(peer, &set->peers, list) {
		if (peer->bound)
			peer_unbind(peer);
		else
			peer_close(peer, "shutting down");
	}
}

void peer_set_sample(struct peer_set *set)
{
	int64_t now_ms = clock_monotonic_ms();
	double seconds = (double)(now_ms - set->sampled_ms) / 1000;
	struct peer *peer;

	if (seconds < 0.1)
		return;
	/* Half of the new second, half of what was: smooth, and zero soon. */
	llist_for_each_entry(peer, &set->peers, list) {
		peer->rate_in += (double)(peer->messages_in - peer->sampled_in) / seconds;
		peer->rate_out += (double)(peer->messages_out - peer->sampled_out) / seconds;
		peer->rate_in /= 2;
		peer->rate_out /= 2;
		peer->sampled_in = peer->messages_in;
		peer->sampled_out = peer->messages_out;
	}
	set->sampled_ms = now_ms;
}

struct peer *peer_set_next(const struct peer_set *set, const struct peer *before)
{
	const struct llist_head *next = before ? before->list.next : set->peers.next;

	return next == &set->peers ? NULL : llist_entry(next, struct peer, list);
}

static void clear_windows(struct link_row *row)
{
	row->waiting_in = row->waiting_out = row->window_out = 0;
}

/* A link of several sessions has one row. */
static void gauge_windows(const struct peer_set *set)
{
	const struct peer *peer;

	llist_for_each_entry(peer, &set->peers, list)
		if (peer->row)
			clear_windows(peer->row);
	llist_for_each_entry(peer, &set->peers, list) {
		if (!peer->row || !peer->bound)
			continue;
		peer->row->waiting_in += smpp_session_waiting(smpp_link_session(peer->link));
		peer->row->waiting_out += peer->requests;
		peer->row->window_out += peer->traits.window_out;
	}
}

char *peer_set_format_metrics(const struct peer_set *set, char *text)
{
	gauge_windows(set);
	return link_book_format(set->book, text);
}

/* ---- one peer ---- */

static int peer_destroy(struct peer *peer)
{
	if (peer->wake)
		event_free(peer->wake);
	return 0;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	peer_wake(arg);
}

struct peer *peer_create(struct peer_set *set, enum peer_side side, const struct sockaddr *address,
			 const struct peer_hooks *hooks, void *owner)
{
	struct peer *peer = talloc_zero(set, struct peer);

	if (!peer)
		return NULL;
	talloc_set_destructor(peer, peer_destroy);
	peer->set = set;
	peer->side = side;
	peer->accepted = side == PEER_SERVER;
	peer->number = ++set->last_number;
	peer->hooks = hooks;
	peer->owner = owner;
	peer->since_ms = clock_now_ms();
	peer->wake = event_new(set->gateway->base, -1, 0, on_wake, peer);
	if (!peer->wake) {
		talloc_free(peer);
		return NULL;
	}
	memcpy(&peer->socket_address, address,
	       address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6));
	address_format(address, peer->address, sizeof(peer->address));
	return peer;
}

/* ---- who listens ---- */

static void on_octets(void *user, bool sent, const uint8_t *data, size_t len)
{
	struct peer *peer = user;

	if (peer->set->tap)
		peer->set->tap(peer->set->tap_user, peer, sent, data, len);
}

static void listen_now(struct peer *peer)
{
	struct smpp_session *session = peer_session(peer);

	if (session)
		smpp_session_set_tap(session, peer->set->tap ? on_octets : NULL, peer);
}

void peer_listen_from_start(struct peer *peer, struct smpp_session_config *config)
{
	config->tap = peer->set->tap ? on_octets : NULL;
	config->tap_user = peer;
}

void peer_set_listen(struct peer_set *set, peer_tap_cb *tap, void *user)
{
	struct peer *peer;

	set->tap = tap;
	set->tap_user = user;
	llist_for_each_entry(peer, &set->peers, list)
		listen_now(peer);
}

void peer_set_link(struct peer *peer, struct smpp_link *link)
{
	peer->link = link;
	listen_now(peer);
	llist_add_tail(&peer->list, &peer->set->peers);
	peer->set->count++;
}

static void on_gone(void *user)
{
	struct peer *peer = user;

	peer->link = NULL;
	llist_del(&peer->list);
	if (peer->row)
		clear_windows(peer->row); /* those of its other sessions are told again */
	peer->set->count--;
	smsc_pool_remove(&peer->slot);
	event_del(peer->wake);
	if (peer->hooks->on_gone)
		peer->hooks->on_gone(peer);
	if (peer->holds == 0)
		talloc_free(peer);
}

const struct smpp_link_handler peer_link_handler = {
	.on_event = peer_on_event,
	.on_gone = on_gone,
};

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

void *peer_owner(const struct peer *peer)
{
	return peer->owner;
}

void peer_disown(struct peer *peer)
{
	static const struct peer_hooks nobody = { 0 };

	peer->hooks = &nobody;
	peer->owner = NULL;
}

void peer_identify(struct peer *peer, const struct peer_traits *traits)
{
	bool anew = peer->row == NULL;
	int64_t now_ms = smpp_link_now_ms();

	peer->traits = *traits;
	peer->traits.account = NULL; /* of a configuration that will go */
	talloc_free(peer->admission);
	peer->admission = admission_create(peer, traits->role, traits->account);
	if (!anew)
		return;
	peer->row = link_book_row(peer->set->book, traits->name, side_names[peer->side]);
	bucket_init(&peer->in, traits->rate, now_ms);
	bucket_init(&peer->out, traits->rate_out, now_ms);
}

int peer_turn(struct peer *peer)
{
	int rc = smpp_session_turn(smpp_link_session(peer->link));

	if (rc == 0)
		peer->side = PEER_CLIENT;
	return rc;
}

void peer_close(struct peer *peer, const char *reason)
{
	if (peer->link)
		smpp_link_close(peer->link, reason);
}

void peer_retire(struct peer *peer)
{
	peer->retiring = true;
	smsc_pool_remove(&peer->slot);
	if (!peer->link || peer->requests > 0)
		return;
	if (peer->bound)
		peer_unbind(peer);
	else
		peer_close(peer, "withdrawn");
}

void peer_note_error(struct peer *peer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(peer->last_error, sizeof(peer->last_error), format, args);
	va_end(args);
}

/* ---- what is asked of it ---- */

const char *peer_account(const struct peer *peer)
{
	return peer->traits.name;
}

enum peer_side peer_side(const struct peer *peer)
{
	return peer->side;
}

enum account_role peer_role(const struct peer *peer)
{
	return peer->traits.role;
}

enum block_entry peer_entry(const struct peer *peer)
{
	return peer->traits.entry;
}

uint64_t peer_number(const struct peer *peer)
{
	return peer->number;
}

bool peer_is_accepted(const struct peer *peer)
{
	return peer->accepted;
}

const char *peer_address(const struct peer *peer)
{
	return peer->address;
}

const struct sockaddr *peer_socket_address(const struct peer *peer)
{
	return (const struct sockaddr *)&peer->socket_address;
}

bool peer_is_bound(const struct peer *peer)
{
	return peer->bound;
}

const struct smpp_tls_stream *peer_tls(const struct peer *peer)
{
	return peer->link ? smpp_link_tls(peer->link) : NULL;
}

struct smpp_session *peer_session(struct peer *peer)
{
	return peer->link ? smpp_link_session(peer->link) : NULL;
}

struct peer_set *peer_set_of(const struct peer *peer)
{
	return peer->set;
}

const char *peer_side_name(enum peer_side side)
{
	return side_names[side];
}

void peer_info_fill(const struct peer *peer, struct peer_info *out)
{
	const struct smpp_session *session = smpp_link_session(peer->link);

	*out = (struct peer_info){
		.link = peer->traits.name,
		.address = peer->address,
		.system_id = smpp_session_system_id(session),
		.role = peer->row ? role_names[peer->traits.role] : "",
		.side = side_names[peer->side],
		.state = smpp_state_name(smpp_session_state(session)),
		.window_in = smpp_session_waiting(session),
		.window_out = peer->requests,
		.window_out_free = peer_room(peer),
		.window_out_size = peer->traits.window_out,
		.messages_in = peer->messages_in,
		.messages_out = peer->messages_out,
		.rate_in = peer->rate_in,
		.rate_out = peer->rate_out,
		.last_error = peer->last_error,
		.since_ms = peer->since_ms,
	};
}
