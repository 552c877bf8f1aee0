/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_udp.h - SIP over UDP: datagrams read and answered in batches.
 *
 * Does:    one recvmmsg and one sendmmsg for all that waits, at most SIP_UDP_TURNS times in a turn
 * of the loop, so that other sockets have theirs. Answers that do not go out at once are dropped:
 * the question comes again. Owns:    the socket; talloc_free closes it. Threads: the loop's.
 */
#pragma once

#include "gateway/sip_screen.h"

enum { SIP_UDP_BATCH = 32, SIP_UDP_TURNS = 8 };

struct sip_udp;

/* Port 0: the kernel's choice. NULL with errno. */
struct sip_udp *sip_udp_create(void *ctx, struct event_base *base, struct sip_screen *screen,
			       const struct config_sip *config, const char *address, uint16_t port);
uint16_t sip_udp_port(const struct sip_udp *udp);
