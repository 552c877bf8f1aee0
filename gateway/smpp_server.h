/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_server.h - our SMPP server: listeners, accounts, binds.
 *
 * Does:    accepts links whose address some account allows; checks name and password away from the
 *          loop; locks out addresses that fail too often; enforces the number of sessions of each
 *          account, and of connections of each address. What a bound peer sends is peer.h's.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct smpp_server;

/* NULL without memory. */
struct smpp_server *smpp_server_create(void *ctx, struct gateway *gateway);
/* Opens the listeners. 0 or -errno with a log line. */
int smpp_server_listen(struct smpp_server *server) __attribute__((warn_unused_result));
/* Accounts may have changed: sessions of those that are gone are unbound, nobody is locked out. */
void smpp_server_reload(struct smpp_server *server);
void smpp_server_drain(struct smpp_server *server); /* no new connections */

size_t smpp_server_locked_out(const struct smpp_server *server); /* addresses */
size_t smpp_server_listeners(const struct smpp_server *server);
uint16_t smpp_server_port(const struct smpp_server *server, size_t i);
