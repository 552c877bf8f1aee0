/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_socket.h - addresses of the SIP sockets, whatever their family. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

void sip_set_port(struct sockaddr_storage *address, uint16_t port);
/* A numeric address with a port: its length, or -1 with errno. */
int sip_address_read(const char *address, uint16_t port, struct sockaddr_storage *out);
/* The port of a bound socket, 0 when it has none. */
uint16_t sip_bound_port(int fd);
