/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static bool read_bits(const char *text, unsigned max, unsigned *out)
{
	unsigned value = 0;
	size_t len = strlen(text);
	if (len == 0 || len > 3 || (text[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = value;
	return value <= max;
}

static uint8_t mask_of(unsigned bits, unsigned octet)
{
	if (bits >= 8 * (octet + 1))
		return 0xff;
	if (bits <= 8 * octet)
		return 0;
	return (uint8_t)(0xff << (8 * (octet + 1) - bits));
}

int cidr_parse(const char *text, struct cidr *out)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	if (len >= sizeof address)
		return -EBADMSG;
	memcpy(address, text, len);
	address[len] = 0;
	struct cidr block = { .length = strchr(address, ':') ? 16 : 4 };
	if (inet_pton(block.length == 16 ? AF_INET6 : AF_INET, address, block.octets) != 1)
		return -EBADMSG;
	block.bits = block.length * 8;
	if (text[len] && !read_bits(text + len + 1, block.bits, &block.bits))
		return -EBADMSG;
	for (unsigned i = 0; i < block.length; i++)
		if (block.octets[i] & ~mask_of(block.bits, i))
			return -EBADMSG;
	*out = block;
	return 0;
}

/* The octets of an address, the mapped form taken back to IPv4. */
static const uint8_t *peer_octets(const struct sockaddr *peer, unsigned *length)
{
	*length = 4;
	if (peer->sa_family == AF_INET)
		return (const uint8_t *)&((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	if (peer->sa_family != AF_INET6)
		return NULL;
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(six))
		return six->s6_addr + 12;
	*length = 16;
	return six->s6_addr;
}

bool cidr_contains(const struct cidr *block, const struct sockaddr *peer)
{
	unsigned length;
	const uint8_t *octets = peer_octets(peer, &length);
	if (!octets || length != block->length)
		return false;
	for (unsigned i = 0; i < length; i++)
		if ((octets[i] ^ block->octets[i]) & mask_of(block->bits, i))
			return false;
	return true;
}
