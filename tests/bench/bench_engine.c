/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_engine - the session engine with the least that a server can do behind it: each bind is
 * granted, each request answered at once with a message id. What smpp/ costs by itself.
 *
 *   bench_engine [--window 1000] [--certificate FILE --key FILE: over TLS]
 *
 * Prints its port; then, at each SIGUSR1, a line of JSON: sessions, octets of the heap in use and
 * resident octets. Runs until it is killed. */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <talloc.h>
#include <unistd.h>

#include "smpp/smpp_link.h"

static size_t sessions;

static void on_event(void *user, struct smpp_session *session,
		     const struct smpp_session_event *event)
{
	(void)user;
	if (event->kind == SMPP_EVENT_BIND)
		smpp_session_respond(session, event->sequence, SMPP_ROK, NULL);
	else if (event->kind == SMPP_EVENT_REQUEST)
		smpp_session_respond(session, event->sequence, SMPP_ROK, "R7K3M9Q2");
}

static void on_gone(void *user)
{
	(void)user;
	sessions--;
}

static void *on_accept(void *ctx, struct smpp_link *link, const struct sockaddr *peer,
		       struct smpp_link_handler *handler, struct smpp_link_config *config)
{
	(void)link;
	(void)peer;
	(void)config;
	*handler = (struct smpp_link_handler){ .on_event = on_event, .on_gone = on_gone };
	sessions++;
	return ctx;
}

static size_t resident(void)
{
	size_t whole = 0, pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%zu %zu", &whole, &pages) != 2)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void on_asked(evutil_socket_t fd, short what, void *arg)
{
	struct mallinfo2 heap = mallinfo2();

	(void)fd;
	(void)what;
	(void)arg;
	printf("{\"sessions\": %zu, \"heap\": %zu, \"resident\": %zu}\n", sessions,
	       heap.uordblks + heap.hblkhd, resident());
	fflush(stdout);
}

static const struct option names[] = {
	{ "window", required_argument, NULL, 'w' },
	{ "certificate", required_argument, NULL, 'c' },
	{ "key", required_argument, NULL, 'k' },
	{ NULL, 0, NULL, 0 },
};

static struct smpp_link_config config = {
	.session = {
		.side = SMPP_SIDE_SMSC,
		.system_id = "engine",
		.window_in = 1000,
		.window_out = 100,
		.init_ms = 5000,
		.enquire_ms = 30000,
		.response_ms = 10000,
	},
};
static struct smpp_tls_config tls = { .server = true };

static bool take_option(int option, const char *value)
{
	if (option == 'w')
		config.session.window_in = strtoul(value, NULL, 10);
	else if (option == 'c')
		tls.certificate = value;
	else if (option == 'k')
		tls.key = value;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct event *asked = evsignal_new(base, SIGUSR1, on_asked, NULL);
	struct smpp_tls_fault fault;
	struct smpp_listener *listener;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0)
		if (!take_option(option, optarg))
			return 2;
	signal(SIGPIPE, SIG_IGN);
	if (tls.certificate) {
		config.tls = smpp_tls_create(NULL, &tls, &fault);
		if (!config.tls) {
			fprintf(stderr, "bench_engine: %s\n", fault.text);
			return 1;
		}
	}
	listener = smpp_listener_create(NULL, base, "127.0.0.1", 0, &config, on_accept, &config);
	if (!listener || !asked || event_add(asked, NULL) < 0) {
		perror("bench_engine");
		return 1;
	}
	printf("%u\n", smpp_listener_port(listener));
	fflush(stdout);
	return event_base_dispatch(base) < 0;
}
