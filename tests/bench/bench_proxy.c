/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_proxy - the least that an SMPP proxy can do: several sessions with an SMSC, over which the
 * requests of all who bind to it go in turn, under sequence numbers of the proxy's own, and the
 * answers back under theirs. It decodes nothing, decides nothing, and copies nothing that libevent
 * can move. What a gateway between hubs and SMSCs is measured by.
 *
 *   bench_proxy SMSC-PORT SESSIONS
 *
 * Prints its port; runs until it is killed. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench_pdu.h"

enum { SESSIONS_MAX = 100, SLOTS = 1 << 16 };

/* One who bound to us. Kept when it is gone, so that late answers find nobody. */
struct hub {
	struct bufferevent *bev;
};

/* A session of ours with the SMSC. */
struct way {
	struct bufferevent *bev;
	uint32_t sequence;
	struct slot {
		struct hub *hub;
		uint32_t sequence; /* the hub's */
	} slots[SLOTS];
};

static struct event_base *base;
static struct way *ways[SESSIONS_MAX];
static unsigned way_count;
static unsigned turn;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static bool is_message(uint32_t command)
{
	return command == SMPP_SUBMIT_SM || command == SMPP_DATA_SM;
}

/* What is no message is answered here: binds, enquire_link, unbind. */
static void answer(struct hub *hub, const uint8_t *pdu)
{
	uint32_t command = bench_get_u32(pdu + 4);
	uint8_t out[SMPP_HEADER_SIZE + 1] = { 0 };
	bool named = command == SMPP_BIND_TRANSCEIVER;

	bench_put_u32(out, SMPP_HEADER_SIZE + named);
	bench_put_u32(out + 4, command | SMPP_RESP);
	memcpy(out + 12, pdu + 12, 4);
	bufferevent_write(hub->bev, out, SMPP_HEADER_SIZE + named);
}

static void number_message(struct way *way, struct hub *hub, uint8_t *pdu)
{
	uint32_t sequence = ++way->sequence & 0x7fffffff;

	way->slots[sequence % SLOTS] = (struct slot){ hub, bench_get_u32(pdu + 12) };
	bench_put_u32(pdu + 12, sequence);
}

/* All whole messages of one read go over one session, the next over the next. */
static void on_hub(struct bufferevent *bev, void *user)
{
	struct hub *hub = user;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct way *way = ways[turn++ % way_count];
	size_t len = evbuffer_get_length(in);
	uint8_t *octets = evbuffer_pullup(in, -1);
	size_t at = 0;

	while (len - at >= SMPP_HEADER_SIZE && len - at >= bench_get_u32(octets + at)) {
		size_t size = bench_get_u32(octets + at);

		if (is_message(bench_get_u32(octets + at + 4))) {
			number_message(way, hub, octets + at);
			at += size;
			continue;
		}
		answer(hub, octets + at);
		evbuffer_remove_buffer(in, bufferevent_get_output(way->bev), at);
		evbuffer_drain(in, size);
		len = evbuffer_get_length(in);
		octets = evbuffer_pullup(in, -1);
		at = 0;
	}
	if (at > 0)
		evbuffer_remove_buffer(in, bufferevent_get_output(way->bev), at);
}

/* Each answer to its hub; those that lie together and are of one hub go together. */
static void on_smsc(struct bufferevent *bev, void *user)
{
	struct way *way = user;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	uint8_t *octets = evbuffer_pullup(in, -1);
	struct hub *hub = NULL;
	size_t from = 0;
	size_t at = 0;

	while (len - at >= SMPP_HEADER_SIZE && len - at >= bench_get_u32(octets + at)) {
		uint32_t sequence = bench_get_u32(octets + at + 12);
		const struct slot *slot = &way->slots[sequence % SLOTS];

		if (slot->hub != hub) {
			if (hub && hub->bev)
				bufferevent_write(hub->bev, octets + from, at - from);
			from = at;
			hub = slot->hub; /* none for the answer to our bind */
		}
		bench_put_u32(octets + at + 12, slot->sequence);
		at += bench_get_u32(octets + at);
	}
	if (hub && hub->bev)
		bufferevent_write(hub->bev, octets + from, at - from);
	evbuffer_drain(in, at);
}

static void on_hub_event(struct bufferevent *bev, short what, void *user)
{
	struct hub *hub = user;

	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	hub->bev = NULL;
	bufferevent_free(bev);
}

static void on_smsc_event(struct bufferevent *bev, short what, void *user)
{
	(void)bev;
	(void)user;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		fail("bench_proxy: the SMSC");
}

static struct bufferevent *open_bev(int fd)
{
	struct bufferevent *bev;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	evutil_make_socket_nonblocking(fd);
	bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		fail("bench_proxy: a connection");
	bufferevent_set_max_single_read(bev, 256 * 1024);
	return bev;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int len, void *user)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	(void)listener;
	(void)address;
	(void)len;
	(void)user;
	if (!hub)
		fail("bench_proxy: a connection");
	hub->bev = open_bev(fd);
	bufferevent_setcb(hub->bev, on_hub, NULL, on_hub_event, hub);
	bufferevent_enable(hub->bev, EV_READ | EV_WRITE);
}

static void add_way(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct smpp_pdu bind = { .command_id = SMPP_BIND_TRANSCEIVER,
				 .sequence_number = 1,
				 .system_id = smpp_octets_of("proxy"),
				 .interface_version = 0x34 };
	struct way *way = calloc(1, sizeof(*way));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t octets[128];
	ssize_t len = smpp_pdu_encode(&bind, octets, sizeof(octets));

	if (!way || fd < 0 || len < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("bench_proxy: the SMSC");
	way->sequence = 1;
	way->bev = open_bev(fd);
	bufferevent_setcb(way->bev, on_smsc, NULL, on_smsc_event, way);
	bufferevent_enable(way->bev, EV_READ | EV_WRITE);
	bufferevent_write(way->bev, octets, (size_t)len);
	ways[way_count++] = way;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	unsigned sessions = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	struct evconnlistener *listener;

	if (sessions == 0 || sessions > SESSIONS_MAX) {
		fprintf(stderr, "usage: bench_proxy SMSC-PORT SESSIONS\n");
		return 2;
	}
	base = event_base_new();
	for (unsigned i = 0; i < sessions; i++)
		add_way((uint16_t)atoi(argv[1]));
	listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, 64,
					   (struct sockaddr *)&at, sizeof(at));
	if (!listener || getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&at, &len))
		fail("bench_proxy: listening");
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return event_base_dispatch(base);
}
