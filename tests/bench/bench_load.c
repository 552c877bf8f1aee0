/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_load - SMPP peers that send as fast as their windows allow, or at a rate, and a centre that
 * takes what it is sent.
 *
 *   bench_load --port P [--name centre] [--password W] [--sessions 10] [--window 100]
 *              [--kind chat|report|abroad|receipt|malformed] [--first 0] [--count N] [--rate 0]
 *              [--share 20: people who report the same number]
 *              [--replies N: whole texts that each message's subscriber is to be sent]
 *              [--centre NAME --centre-sessions 2: more sessions, which only take messages]
 *              [--timeout S]
 *
 * One line of JSON at the end. Exits with 1 when an answer or a text did not come. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/bench_pdu.h"

enum { CHUNK = 256 * 1024, EVENTS = 64, SESSIONS_MAX = 100, WINDOW_MAX = 1000, RING = 1024 };
enum { RATE_FINE = 50000, TICK_NS = 100000 };

static struct options {
	uint16_t port;
	const char *name;
	const char *password;
	unsigned sessions;
	unsigned window;
	enum bench_kind kind;
	uint32_t first;
	uint32_t count;
	unsigned rate;
	uint32_t share;
	unsigned replies;
	const char *centre;
	unsigned centre_sessions;
	unsigned timeout_s;
} options = { .name = "centre",
	      .password = "linjiang",
	      .sessions = 10,
	      .window = 100,
	      .share = 20,
	      .centre_sessions = 2,
	      .timeout_s = 120 };

struct peer {
	int fd;
	bool sends;
	bool blocked;
	uint32_t sequence;
	unsigned open;
	size_t in_len;
	size_t out_len;
	size_t out_sent;
	int64_t sent_ns[RING]; /* by sequence */
	uint8_t in[CHUNK];
	uint8_t out[2 * CHUNK];
};

/* Times of the answers with status 0 and of all others. */
enum outcome { TAKEN, REFUSED, OUTCOMES };

static struct load {
	int epoll_fd;
	int timer_fd;
	struct bench_message message;
	struct peer *peers[SESSIONS_MAX];
	unsigned peer_count;
	unsigned turn; /* whose it is to send next, at a rate */
	uint32_t sent;
	uint32_t allowed; /* at a rate: how many may have been sent by now */
	uint32_t answered[OUTCOMES];
	float *wait_us[OUTCOMES];
	uint32_t first_status; /* of those that were refused */
	uint64_t texts;
	uint64_t parts;
	uint8_t *told; /* whole texts by subscriber */
	int64_t started_ns;
	int64_t ended_ns;
	int64_t last_text_ns;
} load;

static int64_t wall_ms(int64_t monotonic_ns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       (bench_now_ns() - monotonic_ns) / 1000000;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- binding: blocking, one after the other ---- */

static void bind_session(int fd, const char *name)
{
	struct smpp_pdu pdu = { .command_id = SMPP_BIND_TRANSCEIVER,
				.sequence_number = 1,
				.system_id = smpp_octets_of(name),
				.password = smpp_octets_of(options.password),
				.interface_version = 0x34 };
	uint8_t octets[256];
	ssize_t len = smpp_pdu_encode(&pdu, octets, sizeof(octets));
	size_t got = 0;

	if (len < 0 || send(fd, octets, (size_t)len, MSG_NOSIGNAL) != len)
		fail("bind");
	while (got < SMPP_HEADER_SIZE || got < bench_get_u32(octets)) {
		/* Octet by octet at the end, so that nothing behind the answer is taken. */
		size_t want = got < SMPP_HEADER_SIZE ? SMPP_HEADER_SIZE - got
						     : bench_get_u32(octets) - got;
		ssize_t n = want <= sizeof(octets) - got ? recv(fd, octets + got, want, 0) : 0;

		if (n <= 0)
			fail("answer to the bind");
		got += (size_t)n;
	}
	if (bench_get_u32(octets + 8) != 0) {
		fprintf(stderr, "bench_load: %s may not bind: status 0x%x\n", name,
			bench_get_u32(octets + 8));
		exit(1);
	}
}

static void add_peer(const char *name, bool sends)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(options.port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = peer };
	int on = 1;

	if (!peer || load.peer_count == SESSIONS_MAX)
		fail("sessions");
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	peer->sends = sends;
	peer->sequence = 2;
	if (peer->fd < 0 || connect(peer->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("connection");
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bind_session(peer->fd, name);
	if (epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, peer->fd, &want) < 0)
		fail("epoll");
	load.peers[load.peer_count++] = peer;
}

/* ---- sending ---- */

static void flush(struct peer *peer)
{
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = peer };
	ssize_t n;

	if (peer->out_len == 0)
		return;
	n = send(peer->fd, peer->out + peer->out_sent, peer->out_len - peer->out_sent,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		fail("send");
	peer->out_sent += n > 0 ? (size_t)n : 0;
	if (peer->out_sent == peer->out_len)
		peer->out_sent = peer->out_len = 0;
	if ((peer->out_len > 0) == peer->blocked)
		return;
	peer->blocked = peer->out_len > 0;
	if (peer->blocked)
		want.events |= EPOLLOUT;
	epoll_ctl(load.epoll_fd, EPOLL_CTL_MOD, peer->fd, &want);
}

static bool may_send(const struct peer *peer)
{
	return peer->sends && peer->open < options.window && load.sent < load.allowed &&
	       sizeof(peer->out) - peer->out_len > BENCH_PDU_MAX;
}

static void send_one(struct peer *peer, int64_t now_ns)
{
	peer->sent_ns[peer->sequence % RING] = now_ns;
	peer->out_len += bench_message_put(&load.message, options.first + load.sent, peer->sequence,
					   peer->out + peer->out_len);
	peer->sequence++;
	peer->open++;
	load.sent++;
}

static void fill(struct peer *peer)
{
	int64_t now_ns = bench_now_ns();

	while (options.rate == 0 && may_send(peer))
		send_one(peer, now_ns);
	flush(peer);
}

/* At a rate: each message from another session, and in a write of its own unless several are due at
 * once: then a session's are written together. */
static void on_timer(void)
{
	int64_t due = (bench_now_ns() - load.started_ns) / 1000 * options.rate / 1000000 + 1;
	uint64_t ticks;

	if (read(load.timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	load.allowed = due < options.count ? (uint32_t)due : options.count;
	for (unsigned tried = 0; tried < load.peer_count && load.sent < load.allowed; tried++) {
		struct peer *peer = load.peers[load.turn++ % load.peer_count];

		if (!may_send(peer))
			continue;
		send_one(peer, bench_now_ns());
		tried = 0;
	}
	for (unsigned i = 0; i < load.peer_count; i++)
		flush(load.peers[i]);
}

/* Above RATE_FINE what is due is sent every TICK_NS: a timer that fires for each message would keep
 * the load busier than what it measures. */
static void start_timer(void)
{
	long every_ns = options.rate > RATE_FINE ? TICK_NS : 1000000000L / options.rate;
	struct itimerspec when = { { every_ns / 1000000000, every_ns % 1000000000 }, { 0, 1 } };
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = NULL };

	load.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (load.timer_fd < 0 || timerfd_settime(load.timer_fd, 0, &when, NULL) < 0 ||
	    epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, load.timer_fd, &want) < 0)
		fail("timer");
}

/* ---- receiving ---- */

static void take_answer(struct peer *peer, const uint8_t *pdu)
{
	uint32_t status = bench_get_u32(pdu + 8);
	enum outcome outcome = status ? REFUSED : TAKEN;
	int64_t wait_ns;

	if (bench_get_u32(pdu + 4) == (SMPP_UNBIND | SMPP_RESP))
		return;
	load.ended_ns = bench_now_ns();
	wait_ns = load.ended_ns - peer->sent_ns[bench_get_u32(pdu + 12) % RING];
	if (load.answered[TAKEN] + load.answered[REFUSED] < options.count)
		load.wait_us[outcome][load.answered[outcome]++] = (float)wait_ns / 1000;
	if (status)
		load.first_status = status;
	peer->open--;
}

/* Counts a text when its last part comes (UDH of 3GPP TS 23.040 sec. 9.2.3.24.1). */
static void count_text(const uint8_t *octets, size_t len)
{
	struct smpp_pdu pdu;
	const struct smpp_octets *text = &pdu.short_message;
	const struct smpp_octets *to = &pdu.destination_addr;
	uint32_t subscriber;

	if (smpp_pdu_decode(octets, len, &pdu, NULL) < 0)
		return;
	load.parts++;
	if (pdu.esm_class & SMPP_ESM_UDHI && text->len > 5 && text->data[4] != text->data[5])
		return;
	load.texts++;
	load.last_text_ns = bench_now_ns();
	if (to->len < BENCH_DIGITS)
		return;
	subscriber = (uint32_t)strtoul((const char *)to->data + to->len - BENCH_DIGITS, NULL, 10) -
		     options.first;
	if (subscriber < options.count)
		load.told[subscriber]++;
}

/* The body of deliver_sm_resp is an empty C-octet string. */
static void take_request(struct peer *peer, const uint8_t *pdu, size_t len)
{
	uint32_t command = bench_get_u32(pdu + 4);
	uint8_t *out = peer->out + peer->out_len;
	size_t out_len = SMPP_HEADER_SIZE + (command == SMPP_DELIVER_SM);

	if (sizeof(peer->out) - peer->out_len < out_len)
		fail("the gateway does not read its answers");
	if (command == SMPP_DELIVER_SM)
		count_text(pdu, len);
	memset(out, 0, out_len);
	bench_put_u32(out, (uint32_t)out_len);
	bench_put_u32(out + 4, command | SMPP_RESP);
	memcpy(out + 12, pdu + 12, 4);
	peer->out_len += out_len;
}

static void receive(struct peer *peer)
{
	size_t at = 0;
	ssize_t n = recv(peer->fd, peer->in + peer->in_len, sizeof(peer->in) - peer->in_len,
			 MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail("the connection was closed");
	peer->in_len += (size_t)n;
	while (peer->in_len - at >= SMPP_HEADER_SIZE) {
		const uint8_t *pdu = peer->in + at;
		size_t len = bench_get_u32(pdu);

		if (len < SMPP_HEADER_SIZE || len > SMPP_PDU_MAX)
			fail("framing");
		if (peer->in_len - at < len)
			break;
		if (bench_get_u32(pdu + 4) & SMPP_RESP)
			take_answer(peer, pdu);
		else
			take_request(peer, pdu, len);
		at += len;
	}
	memmove(peer->in, peer->in + at, peer->in_len - at);
	peer->in_len -= at;
}

/* ---- the run ---- */

static bool finished(void)
{
	return load.answered[TAKEN] + load.answered[REFUSED] == options.count &&
	       load.texts >= (uint64_t)options.replies * options.count;
}

static bool work(int wait_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(load.epoll_fd, events, EVENTS, wait_ms);

	for (int i = 0; i < count; i++) {
		struct peer *peer = events[i].data.ptr;

		if (!peer) {
			on_timer();
			continue;
		}
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			receive(peer);
		fill(peer);
	}
	return count > 0;
}

static void run(void)
{
	load.started_ns = bench_now_ns();
	if (options.rate) {
		start_timer();
	} else {
		load.allowed = options.count;
		for (unsigned i = 0; i < load.peer_count; i++)
			fill(load.peers[i]);
	}
	while (!finished() &&
	       bench_now_ns() - load.started_ns < (int64_t)options.timeout_s * 1000000000)
		work(1000);
	if (options.rate)
		close(load.timer_fd);
	/* Our last answers: out, and taken. */
	for (unsigned i = 0; i < load.peer_count; i++)
		flush(load.peers[i]);
	while (work(20))
		continue;
}

/* ---- the account of it ---- */

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a;
	float y = *(const float *)b;

	return (x > y) - (x < y);
}

static void print_waits(const char *name, enum outcome outcome)
{
	uint32_t count = load.answered[outcome];
	float *waits = load.wait_us[outcome];

	qsort(waits, count, sizeof(*waits), by_size);
	printf("\"%s\": {\"count\": %u, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}, ",
	       name, count, count ? (double)waits[count / 2] : 0,
	       count ? (double)waits[(uint64_t)count * 99 / 100] : 0,
	       count ? (double)waits[count - 1] : 0);
}

static void print_told(void)
{
	unsigned least = UINT8_MAX;
	unsigned most = 0;

	for (uint32_t i = 0; i < options.count; i++) {
		least = load.told[i] < least ? load.told[i] : least;
		most = load.told[i] > most ? load.told[i] : most;
	}
	printf("\"texts\": %llu, \"parts\": %llu, \"told_least\": %u, \"told_most\": %u, "
	       "\"texts_seconds\": %.6f, ",
	       (unsigned long long)load.texts, (unsigned long long)load.parts, least, most,
	       load.texts ? (double)(load.last_text_ns - load.started_ns) / 1e9 : 0);
}

static void print_account(void)
{
	struct timespec cpu;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	printf("{\"count\": %u, \"sent\": %u, \"seconds\": %.6f, \"started_ms\": %lld, ",
	       options.count, load.sent, (double)(load.ended_ns - load.started_ns) / 1e9,
	       (long long)wall_ms(load.started_ns));
	print_waits("taken", TAKEN);
	print_waits("refused", REFUSED);
	print_told();
	printf("\"refusal\": %u, \"cpu_seconds\": %.3f}\n", load.first_status,
	       (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
}

static const struct option names[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "name", required_argument, NULL, 'n' },
	{ "password", required_argument, NULL, 'w' },
	{ "sessions", required_argument, NULL, 's' },
	{ "window", required_argument, NULL, 'W' },
	{ "kind", required_argument, NULL, 'k' },
	{ "first", required_argument, NULL, 'f' },
	{ "count", required_argument, NULL, 'c' },
	{ "rate", required_argument, NULL, 'r' },
	{ "replies", required_argument, NULL, 'R' },
	{ "centre", required_argument, NULL, 'C' },
	{ "centre-sessions", required_argument, NULL, 'S' },
	{ "share", required_argument, NULL, 'h' },
	{ "timeout", required_argument, NULL, 't' },
	{ NULL, 0, NULL, 0 },
};

static bool take_option(int option, const char *value)
{
	unsigned number = (unsigned)strtoul(value, NULL, 10);

	switch (option) {
	case 'p':
		options.port = (uint16_t)number;
		break;
	case 'n':
		options.name = value;
		break;
	case 'w':
		options.password = value;
		break;
	case 's':
		options.sessions = number;
		break;
	case 'W':
		options.window = number;
		break;
	case 'k':
		return bench_kind_read(value, &options.kind);
	case 'f':
		options.first = number;
		break;
	case 'c':
		options.count = number;
		break;
	case 'r':
		options.rate = number;
		break;
	case 'R':
		options.replies = number;
		break;
	case 'C':
		options.centre = value;
		break;
	case 'S':
		options.centre_sessions = number;
		break;
	case 'h':
		options.share = number ? number : 1;
		break;
	case 't':
		options.timeout_s = number;
		break;
	default:
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0)
		if (option == '?' || !take_option(option, optarg))
			return 2;
	load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load.told = calloc(options.count + 1, 1);
	for (int i = 0; i < OUTCOMES; i++)
		load.wait_us[i] = calloc(options.count + 1, sizeof(float));
	if (!load.told || !load.wait_us[TAKEN] || !load.wait_us[REFUSED] ||
	    options.window > WINDOW_MAX || !bench_message_make(options.kind, &load.message))
		fail("options");
	load.message.share = options.share;
	for (unsigned i = 0; options.centre && i < options.centre_sessions; i++)
		add_peer(options.centre, false);
	for (unsigned i = 0; i < options.sessions; i++)
		add_peer(options.name, true);
	run();
	print_account();
	if (finished())
		return 0;
	fprintf(stderr, "bench_load: %u of %u messages answered, %llu of %llu texts came\n",
		load.answered[TAKEN] + load.answered[REFUSED], options.count,
		(unsigned long long)load.texts,
		(unsigned long long)options.replies * options.count);
	return 1;
}
