/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_sink - the least that an SMPP server can do: cut the stream into PDUs and answer each with
 * the same octets, one read and one write a turn. What no gateway can surpass on this machine.
 * With "ids" each message gets an id of its own, as from an SMSC that gives receipts.
 * Prints its port; runs until it is killed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench_pdu.h"

enum { CHUNK = 256 * 1024, EVENTS = 64 };

struct peer {
	int fd;
	size_t in_len;
	size_t out_len;
	size_t out_sent;
	bool blocked; /* until the socket takes what is in out */
	uint8_t in[CHUNK];
	uint8_t out[2 * CHUNK];
};

static int epoll_fd;
static bool counts_ids;
static char last_id[] = "R0000000";

/* In base 32, whose digits lie together: '0' to 'O'. */
static void next_id(void)
{
	char *digit = last_id + sizeof(last_id) - 2;

	while (digit > last_id && ++*digit == '0' + 32)
		*digit-- = '0';
}

static void peer_end(struct peer *peer)
{
	close(peer->fd);
	free(peer);
}

/* The body is one C-octet string: the message id, or our name for a bind. */
static size_t answer(const uint8_t *request, uint8_t *out)
{
	uint32_t command = bench_get_u32(request + 4);
	size_t len = SMPP_HEADER_SIZE;

	if (command != SMPP_UNBIND && command != SMPP_ENQUIRE_LINK) {
		if (counts_ids)
			next_id();
		memcpy(out + len, last_id, sizeof(last_id));
		len += sizeof(last_id);
	}
	bench_put_u32(out, (uint32_t)len);
	bench_put_u32(out + 4, command | SMPP_RESP);
	bench_put_u32(out + 8, 0);
	memcpy(out + 12, request + 12, 4);
	return len;
}

/* False when the framing is lost. */
static bool handle(struct peer *peer)
{
	size_t at = 0;

	/* An answer is never longer than two requests: out has room for all of them. */
	while (peer->in_len - at >= SMPP_HEADER_SIZE) {
		size_t len = bench_get_u32(peer->in + at);

		if (len < SMPP_HEADER_SIZE || len > CHUNK / 2)
			return false;
		if (peer->in_len - at < len)
			break;
		if (!(bench_get_u32(peer->in + at + 4) & SMPP_RESP))
			peer->out_len += answer(peer->in + at, peer->out + peer->out_len);
		at += len;
	}
	memmove(peer->in, peer->in + at, peer->in_len - at);
	peer->in_len -= at;
	return true;
}

/* Sends what there is; waits for room when the socket takes no more. */
static bool flush(struct peer *peer)
{
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = peer };
	ssize_t n = send(peer->fd, peer->out + peer->out_sent, peer->out_len - peer->out_sent,
			 MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		return false;
	peer->out_sent += n > 0 ? (size_t)n : 0;
	if (peer->out_sent == peer->out_len)
		peer->out_sent = peer->out_len = 0;
	if ((peer->out_len > 0) == peer->blocked)
		return true;
	peer->blocked = peer->out_len > 0;
	if (peer->blocked)
		want.events = EPOLLOUT;
	return epoll_ctl(epoll_fd, EPOLL_CTL_MOD, peer->fd, &want) == 0;
}

static bool serve(struct peer *peer)
{
	ssize_t n;

	if (peer->blocked && (!flush(peer) || peer->blocked))
		return peer->blocked;
	n = recv(peer->fd, peer->in + peer->in_len, sizeof(peer->in) - peer->in_len, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		return false;
	peer->in_len += n > 0 ? (size_t)n : 0;
	return handle(peer) && (peer->out_len == 0 || flush(peer));
}

static void take_peer(int listener)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = peer };
	int on = 1;

	if (!peer)
		return;
	peer->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (peer->fd < 0) {
		free(peer);
		return;
	}
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer->fd, &want) < 0)
		peer_end(peer);
}

static int start_listening(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return -1;
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct epoll_event want = { .events = EPOLLIN };
	int listener = start_listening();

	counts_ids = argc > 1 && strcmp(argv[1], "ids") == 0;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	want.data.ptr = &listener;
	if (listener < 0 || epoll_fd < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &want) < 0) {
		perror("bench_sink");
		return 1;
	}
	for (;;) {
		int count = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == &listener)
				take_peer(listener);
			else if (!serve(events[i].data.ptr))
				peer_end(events[i].data.ptr);
		}
	}
}
