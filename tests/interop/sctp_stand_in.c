/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sctp_stand_in.c - a preload for OsmoMSC in the tests: SCTP over TCP, for kernels without SCTP.
 *
 * Does:    an SCTP socket is a TCP socket; a message is its length in two octets and its octets;
 *          association set-up, notifications and streams do not exist. So the tests' MME can speak
 *          SGs, whatever the kernel offers. Links towards an STP are refused: none is wanted.
 * Bounds:  a message of at most 65535 octets; one that stays incomplete for 5 s ends the
 * connection. Source:  the prototypes are those of netinet/sctp.h (RFC 6458); what it gives us is
 * not used.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { WAIT_MS = 5000, MESSAGE_MAX = 65535, EVENTS_SIZE = 14 };

int sctp_bindx(int fd, struct sockaddr *addresses, int count, int flags);
int sctp_connectx(int fd, struct sockaddr *addresses, int count, void *id);
int sctp_recvmsg(int fd, void *out, size_t size, struct sockaddr *from, socklen_t *from_len,
		 void *info, int *flags);
int sctp_send(int fd, const void *data, size_t len, const void *info, int flags);

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (protocol == IPPROTO_SCTP)
		return real(domain, SOCK_STREAM | flags, IPPROTO_TCP);
	return real(domain, type, protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");

	return level == IPPROTO_SCTP ? 0 : real(fd, level, name, value, len);
}

/* Its caller asks how long the list of events is that the kernel knows. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int (*real)(int, int, int, void *, socklen_t *) =
		(int (*)(int, int, int, void *, socklen_t *))dlsym(RTLD_NEXT, "getsockopt");

	if (level != IPPROTO_SCTP)
		return real(fd, level, name, value, len);
	*len = *len < EVENTS_SIZE ? *len : EVENTS_SIZE;
	memset(value, 0, *len);
	return 0;
}

int sctp_bindx(int fd, struct sockaddr *addresses, int count, int flags)
{
	(void)flags;
	if (count < 1) {
		errno = EINVAL;
		return -1;
	}
	return bind(fd, addresses,
		    addresses->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						     : sizeof(struct sockaddr_in));
}

int sctp_connectx(int fd, struct sockaddr *addresses, int count, void *id)
{
	(void)fd;
	(void)addresses;
	(void)count;
	(void)id;
	errno = ENETUNREACH;
	return -1;
}

/* 1 when all was read, 0 at the end of the stream, -1 on an error or when it takes too long. */
static int read_all(int fd, uint8_t *out, size_t len)
{
	size_t have = 0;

	while (have < len) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t rc;

		if (poll(&ready, 1, WAIT_MS) <= 0)
			return -1;
		rc = recv(fd, out + have, len - have, 0);
		if (rc == 0)
			return 0;
		if (rc < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		have += rc > 0 ? (size_t)rc : 0;
	}
	return 1;
}

int sctp_recvmsg(int fd, void *out, size_t size, struct sockaddr *from, socklen_t *from_len,
		 void *info, int *flags)
{
	uint8_t head[2];
	size_t len;
	int rc = read_all(fd, head, sizeof(head));

	(void)from;
	(void)from_len;
	(void)info;
	*flags = MSG_EOR;
	if (rc <= 0)
		return rc;
	len = (size_t)head[0] << 8 | head[1];
	if (len > size) {
		errno = EMSGSIZE;
		return -1;
	}
	rc = read_all(fd, out, len);
	return rc <= 0 ? rc : (int)len;
}

int sctp_send(int fd, const void *data, size_t len, const void *info, int flags)
{
	uint8_t head[] = { (uint8_t)(len >> 8), (uint8_t)len };
	struct iovec parts[] = { { head, sizeof(head) }, { (void *)(uintptr_t)data, len } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	(void)info;
	if (len > MESSAGE_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	/* Loopback, a few octets: it goes out whole, or the connection is lost. */
	if (sendmsg(fd, &message, flags | MSG_NOSIGNAL) != (ssize_t)(len + sizeof(head)))
		return -1;
	return (int)len;
}
