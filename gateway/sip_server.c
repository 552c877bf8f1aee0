/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_server.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"
#include "gateway/sip_screen.h"
#include "gateway/sip_tcp.h"
#include "gateway/sip_udp.h"

struct door {
	struct sip_udp *udp;
	struct sip_tcp *tcp;
};

struct sip_server {
	struct gateway *gateway;
	struct sip_screen *screen;
	struct door *doors;
	unsigned count;
};

struct sip_server *sip_server_create(void *ctx, struct gateway *gateway)
{
	const struct config_sip *config = &gateway->config->sip;
	struct sip_server *server = talloc_zero(ctx, struct sip_server);

	if (!server)
		return NULL;
	server->gateway = gateway;
	server->screen = sip_screen_create(server, gateway);
	server->doors = talloc_zero_array(server, struct door, config->listeners_count + 1);
	if (server->screen && server->doors)
		return server;
	talloc_free(server);
	return NULL;
}

static int refused(const struct config_sip_listener *listener, const char *transport)
{
	int rc = errno ? -errno : -EIO;

	LOGP(LOG_SIP, LOGL_ERROR, "SIP over %s on %s port %u: %s\n", transport, listener->address,
	     listener->port, strerror(-rc));
	return rc;
}

static void opened(const struct config_sip_listener *listener, const char *transport, uint16_t port)
{
	LOGP(LOG_SIP, LOGL_NOTICE, "SIP over %s on %s port %u\n", transport, listener->address,
	     port);
}

/* With port 0 and both transports they share the port that the kernel chose for the first. */
static int open_door(struct sip_server *server, const struct config_sip_listener *listener,
		     struct door *door)
{
	struct gateway *gateway = server->gateway;
	const struct config_sip *config = &gateway->config->sip;
	uint16_t port = listener->port;

	if (listener->transport != SIP_TRANSPORT_TCP) {
		door->udp = sip_udp_create(server, gateway->base, server->screen, config,
					   listener->address, port);
		if (!door->udp)
			return refused(listener, "UDP");
		port = sip_udp_port(door->udp);
		opened(listener, "UDP", port);
	}
	if (listener->transport == SIP_TRANSPORT_UDP)
		return 0;
	door->tcp = sip_tcp_create(server, gateway->base, server->screen, config, listener->address,
				   port);
	if (!door->tcp)
		return refused(listener, "TCP");
	opened(listener, "TCP", sip_tcp_port(door->tcp));
	return 0;
}

int sip_server_listen(struct sip_server *server)
{
	const struct config_sip *config = &server->gateway->config->sip;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < config->listeners_count; i++) {
		rc = open_door(server, &config->listeners[i], &server->doors[i]);
		server->count = i + 1;
	}
	return rc;
}

int sip_server_reload(struct sip_server *server)
{
	return sip_screen_reload(server->screen);
}

uint16_t sip_server_udp_port(const struct sip_server *server, unsigned index)
{
	const struct sip_udp *udp = index < server->count ? server->doors[index].udp : NULL;

	return udp ? sip_udp_port(udp) : 0;
}

uint16_t sip_server_tcp_port(const struct sip_server *server, unsigned index)
{
	const struct sip_tcp *tcp = index < server->count ? server->doors[index].tcp : NULL;

	return tcp ? sip_tcp_port(tcp) : 0;
}

unsigned sip_server_connections(const struct sip_server *server)
{
	unsigned connections = 0;

	for (unsigned i = 0; i < server->count; i++)
		if (server->doors[i].tcp)
			connections += sip_tcp_connections(server->doors[i].tcp);
	return connections;
}
