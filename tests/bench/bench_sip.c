/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_sip - SIP over UDP: the least that a server with libosip2 can do, and the load for it.
 *
 *   bench_sip responder                     answers each INVITE with 302 as a plain user of
 * libosip2 would: a datagram parsed, an answer built, a datagram sent. Prints its port; runs until
 * it is killed. bench_sip load PORT FLYING COUNT RATE   COUNT INVITEs, FLYING at a time, at most
 * RATE a second (0: as fast as they are answered); one that is not answered in RESEND_MS is sent
 * again. Prints one object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	DATAGRAM_MAX = 4096,
	BATCH = 64,
	FLYING_MAX = 4096,
	RESEND_MS = 500,
	BUFFER = 8 << 20,
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int udp_socket(struct sockaddr_in *own)
{
	socklen_t len = sizeof(*own);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int size = BUFFER;

	*own = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)own, sizeof(*own)) < 0 ||
	    getsockname(fd, (struct sockaddr *)own, &len) < 0)
		fail("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* ---- the responder ---- */

static int copy_vias(osip_message_t *request, osip_message_t *answer)
{
	for (int i = 0; i < osip_list_size(&request->vias); i++) {
		osip_via_t *via;
		if (osip_via_clone(osip_list_get(&request->vias, i), &via) != 0)
			return -1;
		osip_list_add(&answer->vias, via, -1);
	}
	return 0;
}

static int make_answer(osip_message_t *request, osip_message_t *answer)
{
	char *uri;

	osip_message_set_version(answer, osip_strdup("SIP/2.0"));
	osip_message_set_status_code(answer, 302);
	osip_message_set_reason_phrase(answer, osip_strdup("Moved Temporarily"));
	if (copy_vias(request, answer) < 0 || osip_from_clone(request->from, &answer->from) != 0 ||
	    osip_to_clone(request->to, &answer->to) != 0 ||
	    osip_call_id_clone(request->call_id, &answer->call_id) != 0 ||
	    osip_cseq_clone(request->cseq, &answer->cseq) != 0 ||
	    osip_uri_to_str(request->req_uri, &uri) != 0)
		return -1;
	osip_to_set_tag(answer->to, osip_strdup("0123456789abcdef"));
	osip_message_set_contact(answer, uri);
	osip_free(uri);
	return osip_message_set_content_length(answer, "0");
}

static void respond(int fd, const char *in, size_t len, const struct sockaddr_in *from)
{
	osip_message_t *request, *answer;
	char *out = NULL;
	size_t out_len = 0;

	if (osip_message_init(&request) != 0 || osip_message_init(&answer) != 0)
		fail("osip_message_init");
	if (osip_message_parse(request, in, len) == 0 && make_answer(request, answer) == 0 &&
	    osip_message_to_str(answer, &out, &out_len) == 0)
		sendto(fd, out, out_len, 0, (const struct sockaddr *)from, sizeof(*from));
	osip_free(out);
	osip_message_free(request);
	osip_message_free(answer);
}

static _Noreturn void run_responder(void)
{
	char in[DATAGRAM_MAX];
	struct sockaddr_in own, from;
	int fd = udp_socket(&own);

	if (parser_init() != 0)
		fail("parser_init");
	printf("%u\n", ntohs(own.sin_port));
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, in, sizeof(in) - 1, 0, (struct sockaddr *)&from, &len);
		if (n > 0) {
			in[n] = '\0';
			respond(fd, in, (size_t)n, &from);
		}
	}
}

/* ---- the load ---- */

struct call {
	uint32_t serial; /* 0: free */
	int64_t sent_us;
	int64_t resend_us;
};

struct load {
	int fd;
	struct sockaddr_in to;
	uint16_t own_port;
	unsigned flying, flying_max;
	uint32_t count, sent, answered, resent, refused, strange;
	uint32_t rate;
	int64_t start_us;
	struct call calls[FLYING_MAX];
	unsigned free[FLYING_MAX];
	uint32_t *waits_us;
};

/* The place and the serial of a call come back in its Call-ID. */
static size_t write_invite(const struct load *load, unsigned place, uint32_t serial, char *out)
{
	return (size_t)snprintf(
		out, DATAGRAM_MAX,
		"INVITE sip:+8613900%06u@proxy.example;user=phone SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%08x%04x;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: \"Caller\" <sip:+4477009%05u@proxy.example;user=phone>;tag=%08x\r\n"
		"To: <sip:+8613900%06u@proxy.example;user=phone>\r\n"
		"Call-ID: %u-%u@127.0.0.1\r\n"
		"CSeq: 1 INVITE\r\n"
		"Contact: <sip:127.0.0.1:%u>\r\n"
		"P-Asserted-Identity: <tel:+4477009%05u>\r\n"
		"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK\r\n"
		"Supported: timer, 100rel\r\n"
		"Content-Type: application/sdp\r\n"
		"Content-Length: 124\r\n\r\n"
		"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
		"m=audio 40000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n",
		serial % 200000, load->own_port, serial, place, serial % 100000, serial,
		serial % 200000, place, serial, load->own_port, serial % 100000);
}

static void flush(struct load *load, struct mmsghdr *out, unsigned n)
{
	for (unsigned sent = 0; sent < n;) {
		int rc = sendmmsg(load->fd, out + sent, n - sent, 0);
		if (rc < 0 && errno != EINTR)
			fail("sendmmsg");
		sent += rc > 0 ? (unsigned)rc : 0;
	}
}

static char octets[BATCH][DATAGRAM_MAX];
static struct iovec vectors[BATCH];
static struct mmsghdr batch[BATCH];

static void queue(struct load *load, unsigned *n, unsigned place)
{
	struct call *call = &load->calls[place];

	vectors[*n] =
		(struct iovec){ octets[*n], write_invite(load, place, call->serial, octets[*n]) };
	batch[*n].msg_hdr = (struct msghdr){ .msg_name = &load->to,
					     .msg_namelen = sizeof(load->to),
					     .msg_iov = &vectors[*n],
					     .msg_iovlen = 1 };
	if (++*n < BATCH)
		return;
	flush(load, batch, *n);
	*n = 0;
}

static bool may_send(const struct load *load, int64_t at_us)
{
	if (load->sent == load->count || load->flying == load->flying_max)
		return false;
	return load->rate == 0 ||
	       load->sent <= (uint64_t)(at_us - load->start_us) * load->rate / 1000000;
}

static void send_new(struct load *load)
{
	int64_t at_us = now_us();
	unsigned n = 0;

	while (may_send(load, at_us)) {
		unsigned place = load->free[load->flying++];
		load->calls[place] = (struct call){ ++load->sent, at_us, at_us + RESEND_MS * 1000 };
		queue(load, &n, place);
	}
	flush(load, batch, n);
}

static void send_again(struct load *load)
{
	int64_t at_us = now_us();
	unsigned n = 0;

	for (unsigned i = 0; i < load->flying_max; i++) {
		struct call *call = &load->calls[i];
		if (!call->serial || call->resend_us > at_us)
			continue;
		call->resend_us = at_us + RESEND_MS * 1000;
		load->resent++;
		queue(load, &n, i);
	}
	flush(load, batch, n);
}

static void take(struct load *load, char *text, int64_t at_us)
{
	const char *id = strstr(text, "Call-ID: ");
	unsigned place, serial;
	int status = atoi(text + strlen("SIP/2.0 "));

	if (!id || sscanf(id, "Call-ID: %u-%u@", &place, &serial) != 2 ||
	    place >= load->flying_max) {
		load->strange++;
		return;
	}
	if (load->calls[place].serial != serial)
		return; /* the answer to a copy */
	if (status != 302 && status != 603)
		load->strange++;
	load->refused += status == 603;
	load->waits_us[load->answered++] = (uint32_t)(at_us - load->calls[place].sent_us);
	load->calls[place].serial = 0;
	load->free[--load->flying] = place;
}

static void receive(struct load *load)
{
	static char in[BATCH][DATAGRAM_MAX];
	static struct iovec in_vectors[BATCH];
	static struct mmsghdr in_batch[BATCH];
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		in_vectors[i] = (struct iovec){ in[i], DATAGRAM_MAX - 1 };
		in_batch[i].msg_hdr = (struct msghdr){ .msg_iov = &in_vectors[i], .msg_iovlen = 1 };
	}
	n = recvmmsg(load->fd, in_batch, BATCH, MSG_DONTWAIT, NULL);
	int64_t at_us = now_us();
	for (int i = 0; i < n; i++) {
		in[i][in_batch[i].msg_len] = '\0';
		take(load, in[i], at_us);
	}
}

static int by_length(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_load(const struct load *load, double seconds)
{
	qsort(load->waits_us, load->answered, sizeof(*load->waits_us), by_length);
	printf("{\"count\":%u,\"seconds\":%.6f,\"refused\":%u,\"strange\":%u,\"resent\":%u,"
	       "\"p50_us\":%u,\"p99_us\":%u}\n",
	       load->answered, seconds, load->refused, load->strange, load->resent,
	       load->waits_us[load->answered / 2],
	       load->waits_us[(uint64_t)load->answered * 99 / 100]);
}

static int run_load(char **argv)
{
	static struct load load;
	struct sockaddr_in own;
	int64_t looked_us;

	load.fd = udp_socket(&own);
	load.own_port = ntohs(own.sin_port);
	load.to = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_port = htons((uint16_t)atoi(argv[2])),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	load.flying_max = (unsigned)atoi(argv[3]);
	load.count = (uint32_t)strtoul(argv[4], NULL, 10);
	load.rate = (uint32_t)strtoul(argv[5], NULL, 10);
	load.waits_us = calloc(load.count, sizeof(*load.waits_us));
	if (load.flying_max < 1 || load.flying_max > FLYING_MAX || load.count < 1 || !load.waits_us)
		return 2;
	for (unsigned i = 0; i < load.flying_max; i++)
		load.free[i] = i;
	load.start_us = looked_us = now_us();
	while (load.answered < load.count) {
		struct pollfd poll_fd = { .fd = load.fd, .events = POLLIN };
		send_new(&load);
		if (poll(&poll_fd, 1, load.rate ? 0 : 10) > 0)
			receive(&load);
		if (now_us() - looked_us > 20000) {
			send_again(&load);
			looked_us = now_us();
		}
	}
	print_load(&load, (double)(now_us() - load.start_us) / 1e6);
	return load.strange ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "responder") == 0)
		run_responder();
	if (argc == 6 && strcmp(argv[1], "load") == 0)
		return run_load(argv);
	fprintf(stderr, "usage: bench_sip responder | load PORT FLYING COUNT RATE\n");
	return 2;
}
