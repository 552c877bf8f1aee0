/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_client.h - the SMSCs to which we bind, as `smscs` in the configuration says.
 *
 * Does:    keeps the wanted links of each SMSC (smsc_link.h); a reload touches only the SMSCs that
 *          differ. What a bound peer sends is peer.h's.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/peer.h"

struct smpp_client;

/* NULL without memory. */
struct smpp_client *smpp_client_create(void *ctx, struct gateway *gateway);
void smpp_client_start(struct smpp_client *client);
/* Called while the former configuration is still there. */
void smpp_client_reload(struct smpp_client *client);
void smpp_client_drain(struct smpp_client *client); /* no new connections */

/* Links that are not connected now; those that are, are peers. */
typedef void smpp_client_link_cb(void *user, const struct peer_info *info);
void smpp_client_each_down(const struct smpp_client *client, smpp_client_link_cb *cb, void *user);
