/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* address_list.h - which network addresses an account may come from.
 *
 * Does:    an empty list allows nobody, and so does a block that does not parse.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gateway/config.h"

bool address_list_has(char *const *blocks, unsigned count, const struct sockaddr *address);
bool address_list_allows(const struct config_account *account, const struct sockaddr *address);
/* An SMSC may send its outbind from it. */
bool address_list_outbind(const struct config *config, const struct sockaddr *address);
/* At least one account allows it, or one SMSC may send its outbind from it. */
bool address_list_known(const struct config *config, const struct sockaddr *address);
/* Who is behind an address: itself for IPv4, in whichever form it came, the first 64 bits for IPv6,
 * which is what one host has. */
struct address_source {
	uint8_t octets[16];
};
void address_source(const struct sockaddr *address, struct address_source *out);
/* "127.0.0.1:2775", "[::1]:2775". */
void address_format(const struct sockaddr *address, char *out, size_t size);
