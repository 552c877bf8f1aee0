/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/address_list.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cidr.h"

bool address_list_has(char *const *blocks, unsigned count, const struct sockaddr *address)
{
	struct cidr block;

	for (unsigned i = 0; i < count; i++)
		if (cidr_parse(blocks[i], &block) == 0 && cidr_contains(&block, address))
			return true;
	return false;
}

bool address_list_allows(const struct config_account *account, const struct sockaddr *address)
{
	return address_list_has(account->addresses, account->addresses_count, address);
}

bool address_list_outbind(const struct config *config, const struct sockaddr *address)
{
	for (unsigned i = 0; i < config->smscs_count; i++)
		if (address_list_has(config->smscs[i].outbind.addresses,
				     config->smscs[i].outbind.addresses_count, address))
			return true;
	return false;
}

bool address_list_known(const struct config *config, const struct sockaddr *address)
{
	for (unsigned i = 0; i < config->accounts_count; i++)
		if (address_list_allows(&config->accounts[i], address))
			return true;
	return address_list_outbind(config, address);
}

void address_source(const struct sockaddr *address, struct address_source *out)
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	memset(out, 0, sizeof(*out));
	if (address->sa_family == AF_INET) {
		memcpy(out->octets, mapped, sizeof(mapped));
		memcpy(out->octets + sizeof(mapped), &in->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(out->octets, &in6->sin6_addr, 16);
	} else {
		memcpy(out->octets, &in6->sin6_addr, 8);
	}
}

void address_format(const struct sockaddr *address, char *out, size_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%u", host, ntohs(in->sin_port));
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%u", host, ntohs(in6->sin6_port));
	}
}
