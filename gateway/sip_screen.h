/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_screen.h - "may this call reach this subscriber?", asked as SIP INVITE and answered at once.
 *
 * Does:    302 with the called URI as Contact lets the call go on, the configured rejection does
 *          not. No provisional responses, no timers, no dialogs: ACK and CANCEL are taken and get
 *          nothing, OPTIONS gets 200, all else the status that says what is wrong with it. A copy
 *          of an INVITE gets the answer of the first one and is counted as a copy.
 * Rule:    the caller is the first number in P-Asserted-Identity, else that in From; where Privacy
 *          hides it, "withheld". A home number over an international trunk is forged unless the
 *          source says that its owner roams; so is one that SHAKEN found to be false.
 * Rule:    only sources of the configuration are answered; others get no octet.
 * Threads: the loop's.
 * Source:  design "Blocking"; RFC 3261 §8.2.7, §8.3.
 */
#pragma once

#include <sys/socket.h>

#include "gateway/gateway.h"
#include "gateway/sip_response.h"

struct sip_screen;

struct sip_screen *sip_screen_create(void *ctx, struct gateway *gateway);
/* Takes over gateway->live. -ENOMEM: the old one has to stay. */
int sip_screen_reload(struct sip_screen *screen) __attribute__((warn_unused_result));
/* Whether the address may send at all. */
bool sip_screen_knows(struct sip_screen *screen, const struct sockaddr *address);

struct sip_message {
	const char *octets;
	size_t len;
	enum sip_framing framing;
	const struct sockaddr *from;
};

struct sip_reply {
	char *octets; /* in: room for them */
	size_t cap;
	size_t len;    /* 0: nothing is to be sent */
	uint16_t port; /* of a datagram's answer, at the address from which it came */
	size_t used;   /* octets of the stream that the message took */
	bool broken;   /* the stream cannot go on behind it */
};

/* 0, or -EAGAIN for a stream on which more has to come first. */
int sip_screen_answer(struct sip_screen *screen, const struct sip_message *message,
		      struct sip_reply *reply) __attribute__((warn_unused_result));
