/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_tcp.h - SIP over TCP: connections of known sources, each with many requests.
 *
 * Does:    takes messages out of the stream by Content-Length and writes the answers back on the
 *          same connection. A message that cannot be framed ends the connection, after the answer
 *          that says so. An empty line is a sign of life (RFC 5626 §4.4.1) and is answered by one.
 * Bounds:  connections in all; SIP_MESSAGE_MAX octets a message; a connection that says nothing for
 *          idle_s, or does not finish a message in MESSAGE_S, is closed; while a peer does not take
 *          its answers, nothing more of it is read.
 * Owns:    the listener and its connections; talloc_free closes them.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/sip_screen.h"

struct sip_tcp;

/* Port 0: the kernel's choice. NULL with errno. */
struct sip_tcp *sip_tcp_create(void *ctx, struct event_base *base, struct sip_screen *screen,
			       const struct config_sip *config, const char *address, uint16_t port);
uint16_t sip_tcp_port(const struct sip_tcp *tcp);
unsigned sip_tcp_connections(const struct sip_tcp *tcp);
