/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smsc_link.h - one link to an SMSC: connected, bound, and made again when it is lost.
 *
 * Does:    tries the SMSC's hosts one after the other, then waits with growing, jittered backoff; a
 *          refused bind waits for the longest time. A lost link begins at its first host again.
 * Owns:    borrows the configuration of its SMSC until smsc_link_configure() or _withdraw(); its
 *          peer outlives it when it is withdrawn.
 * Log:     one line when the bind is lost or made, or cannot be made for a new reason.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

struct smsc_link;

/* Begins at once, unless the gateway is draining. Its name is "SMSC#<index + 1><suffix>"; with
 * load sharing its first host is the index-th. `kind`: SMPP_BIND_... NULL without memory. */
struct smsc_link *smsc_link_create(void *ctx, struct gateway *gateway,
				   const struct config_smsc *config, uint32_t kind, unsigned index,
				   const char *suffix);
/* The same values in another place, and what to speak TLS with: borrowed until the next call, NULL
 * for a plain link. With `config->tls` and NULL it does not connect. */
void smsc_link_configure(struct smsc_link *link, const struct config_smsc *config,
			 const struct smpp_tls *tls);
/* Finishes what is under way, unbinds, and is freed at once as far as the caller is concerned. */
void smsc_link_withdraw(struct smsc_link *link);
void smsc_link_halt(struct smsc_link *link); /* no further attempts */
/* True with `out` filled, which points into the link, when there is no peer to ask. */
bool smsc_link_is_down(const struct smsc_link *link, struct peer_info *out);

/* What a session with an SMSC is known and bound as, whoever made the connection. */
void smsc_identify(struct peer *peer, const struct config_smsc *smsc, const char *name);
int smsc_bind(struct peer *peer, const struct config_smsc *smsc, uint32_t kind)
	__attribute__((warn_unused_result));
/* Connections under that name; `bound`: only those that are. */
size_t smsc_count_links(const struct peer_set *set, const char *name, bool bound);
