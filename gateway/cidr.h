/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cidr.h - blocks of IPv4 and IPv6 addresses: "10.20.0.0/16", "2001:db8::/32", "127.0.0.1".
 *
 * Does:    reads a block; tells whether a peer's address is in it. An IPv4 peer that came over an
 *          IPv6 socket (::ffff:10.0.0.1) counts as IPv4.
 * Errors:  -EBADMSG: no address, a prefix that is too long, or bits set behind the prefix (which
 *          is how a slip of the hand shows).
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct cidr {
	uint8_t octets[16];
	unsigned bits;	 /* of the prefix */
	unsigned length; /* of the address: 4 or 16 octets */
};

int cidr_parse(const char *text, struct cidr *out) __attribute__((warn_unused_result));
bool cidr_contains(const struct cidr *block, const struct sockaddr *peer);
