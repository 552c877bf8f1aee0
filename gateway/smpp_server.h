/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_server.h - our SMPP server: listeners, accounts, bound peers.
 *
 * Does:    accepts links whose address some account allows; checks name and password away from the
 *          loop; enforces each account's sessions, window and rate; hands requests to intake (role
 *          smsc) or hub (role hub); pairs our requests with their answers.
 * Promise: each accepted request of a peer is answered once; the callback of peer_request is called
 *          once.
 * Owns:    a peer lives while its link does or somebody holds it (peer_hold).
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "smpp/smpp_link.h"

struct smpp_server;
struct peer;

/* NULL with a log line that says why. */
struct smpp_server *smpp_server_create(void *ctx, struct gateway *gateway);
/* Opens the listeners. 0 or -errno with a log line. */
int smpp_server_listen(struct smpp_server *server) __attribute__((warn_unused_result));
/* Accounts may have changed: sessions of those that are gone are unbound. */
void smpp_server_reload(struct smpp_server *server);
/* No new connections and no new requests; open answers still go out. */
void smpp_server_drain(struct smpp_server *server);
/* Nothing of any peer is open any more. */
bool smpp_server_drained(const struct smpp_server *server);
/* Unbinds everybody. */
void smpp_server_stop(struct smpp_server *server);
size_t smpp_server_links(const struct smpp_server *server);

/* A bound SMSC that can take a message now: of the account if there is one, else any. NULL: none.
 */
struct peer *smpp_server_pick(struct smpp_server *server, const char *account);
/* An SMSC is bound for delivery, whether or not its window has room. */
bool smpp_server_has_smsc(const struct smpp_server *server);

/* pdu NULL: no answer came (time-out, or the link is gone). */
typedef void peer_answer_cb(void *user, const struct smpp_pdu *pdu);
int peer_request(struct peer *peer, const struct smpp_pdu *pdu, peer_answer_cb *cb, void *user)
	__attribute__((warn_unused_result));

/* Keeps the struct alive past its link. */
void peer_hold(struct peer *peer);
void peer_release(struct peer *peer);
/* Answers a request if the link is still there; the octets go out at the end of the turn. */
void peer_answer(struct peer *peer, uint32_t sequence, uint32_t status, const char *message_id);
void peer_answer_pdu(struct peer *peer, uint32_t sequence, const struct smpp_pdu *pdu);
const char *peer_account(const struct peer *peer);
enum block_entry peer_entry(const struct peer *peer);

struct peer_info {
	const char *address;
	const char *system_id;
	const char *role;
	const char *state;
	size_t window_in;
	size_t window_out_free;
	uint64_t messages_in;
	uint64_t messages_out;
};
typedef void peer_info_cb(void *user, const struct peer_info *info);
void smpp_server_each(const struct smpp_server *server, peer_info_cb *cb, void *user);
size_t smpp_server_listeners(const struct smpp_server *server);
uint16_t smpp_server_port(const struct smpp_server *server, size_t i);
