/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_udp.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "gateway/sip_socket.h"

struct sip_udp {
	struct sip_screen *screen;
	struct event *event;
	int fd;
	uint16_t port;
	struct mmsghdr in[SIP_UDP_BATCH];
	struct mmsghdr out[SIP_UDP_BATCH];
	struct iovec in_vec[SIP_UDP_BATCH];
	struct iovec out_vec[SIP_UDP_BATCH];
	struct sockaddr_storage from[SIP_UDP_BATCH];
	char octets[SIP_UDP_BATCH][SIP_MESSAGE_MAX];
	char answers[SIP_UDP_BATCH][SIP_MESSAGE_MAX];
};

/* Puts the answer to message `i`, if there is one, into place `n` of what goes out. */
static int answer(struct sip_udp *udp, int i, int n)
{
	const struct sip_message message = {
		.octets = udp->octets[i],
		.len = udp->in[i].msg_len,
		.framing = SIP_DATAGRAM,
		.from = (const struct sockaddr *)&udp->from[i],
	};
	struct sip_reply reply = { .octets = udp->answers[n], .cap = SIP_MESSAGE_MAX };

	if (sip_screen_answer(udp->screen, &message, &reply) < 0 || reply.len == 0)
		return n;
	sip_set_port(&udp->from[i], reply.port);
	udp->out_vec[n].iov_len = reply.len;
	udp->out[n].msg_hdr.msg_name = &udp->from[i];
	udp->out[n].msg_hdr.msg_namelen = udp->in[i].msg_hdr.msg_namelen;
	return n + 1;
}

/* What cannot be sent to one of them keeps nothing from the next. */
static void send_all(struct sip_udp *udp, int count)
{
	for (int sent = 0; sent < count;) {
		int n = sendmmsg(udp->fd, udp->out + sent, (unsigned)(count - sent), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		sent += n > 0 ? n : 1;
	}
}

static int receive(struct sip_udp *udp)
{
	int n;

	for (int i = 0; i < SIP_UDP_BATCH; i++)
		udp->in[i].msg_hdr.msg_namelen = sizeof(udp->from[i]);
	do
		n = recvmmsg(udp->fd, udp->in, SIP_UDP_BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	return n;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sip_udp *udp = arg;

	(void)fd;
	(void)what;
	for (int turn = 0; turn < SIP_UDP_TURNS; turn++) {
		int count = receive(udp);
		int answers = 0;
		for (int i = 0; i < count; i++)
			answers = answer(udp, i, answers);
		if (answers > 0)
			send_all(udp, answers);
		if (count < SIP_UDP_BATCH)
			return;
	}
}

static void prepare(struct sip_udp *udp)
{
	for (int i = 0; i < SIP_UDP_BATCH; i++) {
		udp->in_vec[i] = (struct iovec){ udp->octets[i], SIP_MESSAGE_MAX };
		udp->out_vec[i] = (struct iovec){ udp->answers[i], 0 };
		udp->in[i].msg_hdr.msg_iov = &udp->in_vec[i];
		udp->in[i].msg_hdr.msg_iovlen = 1;
		udp->in[i].msg_hdr.msg_name = &udp->from[i];
		udp->out[i].msg_hdr.msg_iov = &udp->out_vec[i];
		udp->out[i].msg_hdr.msg_iovlen = 1;
	}
}

/* More than net.core.rmem_max needs a privilege that we may have. */
static void set_buffer(int fd, uint32_t octets)
{
	int size = (int)octets;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int open_socket(struct sip_udp *udp, const char *address, uint16_t port, uint32_t buffer)
{
	struct sockaddr_storage own;
	int len = sip_address_read(address, port, &own);

	if (len < 0)
		return -1;
	udp->fd = socket(own.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (udp->fd < 0)
		return -1;
	set_buffer(udp->fd, buffer);
	if (bind(udp->fd, (struct sockaddr *)&own, (socklen_t)len) < 0)
		return -1;
	udp->port = sip_bound_port(udp->fd);
	return 0;
}

static int udp_destroy(struct sip_udp *udp)
{
	if (udp->event)
		event_free(udp->event);
	if (udp->fd >= 0)
		close(udp->fd);
	return 0;
}

struct sip_udp *sip_udp_create(void *ctx, struct event_base *base, struct sip_screen *screen,
			       const struct config_sip *config, const char *address, uint16_t port)
{
	/* Not zeroed: the pages of long messages are touched only when there are some. */
	struct sip_udp *udp = talloc(ctx, struct sip_udp);
	int error;

	if (!udp)
		return NULL;
	memset(udp, 0, offsetof(struct sip_udp, octets));
	udp->fd = -1;
	udp->screen = screen;
	talloc_set_destructor(udp, udp_destroy);
	prepare(udp);
	if (open_socket(udp, address, port, config->receive_buffer) == 0) {
		udp->event = event_new(base, udp->fd, EV_READ | EV_PERSIST, on_readable, udp);
		if (udp->event && event_add(udp->event, NULL) == 0)
			return udp;
		errno = ENOMEM;
	}
	error = errno;
	talloc_free(udp);
	errno = error;
	return NULL;
}

uint16_t sip_udp_port(const struct sip_udp *udp)
{
	return udp->port;
}
