/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_socket.h"

#include <errno.h>
#include <event2/util.h>
#include <netinet/in.h>

void sip_set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)address)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
}

int sip_address_read(const char *address, uint16_t port, struct sockaddr_storage *out)
{
	int len = sizeof(*out);

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)out, &len) < 0) {
		errno = EINVAL;
		return -1;
	}
	sip_set_port(out, port);
	return len;
}

uint16_t sip_bound_port(int fd)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return 0;
	return ntohs(own.ss_family == AF_INET ? ((struct sockaddr_in *)&own)->sin_port
					      : ((struct sockaddr_in6 *)&own)->sin6_port);
}
