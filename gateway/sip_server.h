/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_server.h - the SIP sockets of the configuration, over one screening.
 *
 * Owns:    the screening and the sockets; talloc_free closes them.
 * Errors:  0 or negative errno, with the reason in the log.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct sip_server;

struct sip_server *sip_server_create(void *ctx, struct gateway *gateway);
int sip_server_listen(struct sip_server *server) __attribute__((warn_unused_result));
int sip_server_reload(struct sip_server *server) __attribute__((warn_unused_result));
/* The ports of listener `index`; 0 for a transport that it does not have. */
uint16_t sip_server_udp_port(const struct sip_server *server, unsigned index);
uint16_t sip_server_tcp_port(const struct sip_server *server, unsigned index);
unsigned sip_server_connections(const struct sip_server *server);
