/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smsc_outbind.h"

#include <string.h>

#include "gateway/address_list.h"
#include "gateway/smsc_link.h"

#define SUFFIX "#outbind"

/* Compares without telling by its time where the difference is. */
static bool same_secret(struct smpp_octets given, const char *secret)
{
	size_t len = strlen(secret);
	unsigned differ = given.len != len;

	for (size_t i = 0; i < given.len; i++)
		differ |= (unsigned)given.data[i] ^ (unsigned char)secret[len ? i % len : 0];
	return differ == 0;
}

/* All are compared, whichever it is. */
static const struct config_smsc *find_outbind(const struct config *live, const struct peer *peer,
					      const struct smpp_pdu *pdu)
{
	const struct config_smsc *found = NULL;

	for (unsigned i = 0; i < live->smscs_count; i++) {
		const struct config_smsc *smsc = &live->smscs[i];
		const struct config_outbind *outbind = &smsc->outbind;
		bool name = same_secret(pdu->system_id, outbind->system_id);
		bool password = same_secret(pdu->password, outbind->password);

		/* Without a list of addresses there is neither name nor password. */
		if (name & password &&
		    address_list_has(outbind->addresses, outbind->addresses_count,
				     peer_socket_address(peer)))
			found = smsc;
	}
	return found;
}

bool smsc_outbind(struct gateway *gateway, struct peer *peer, const struct smpp_pdu *pdu)
{
	const struct config_smsc *smsc = find_outbind(gateway->live, peer, pdu);
	char name[PEER_NAME_MAX];

	if (!smsc || gateway->draining)
		return false;
	snprintf(name, sizeof(name), "%s%s", smsc->name, SUFFIX);
	if (smsc_count_links(gateway->peers, name, false) >= smsc->sessions || peer_turn(peer) < 0)
		return false;
	smsc_identify(peer, smsc, name);
	return smsc_bind(peer, smsc, SMPP_BIND_RECEIVER) == 0;
}

static bool may_stay(const struct gateway *gateway, const struct peer *peer)
{
	const struct config_smsc *smsc;
	char name[PEER_NAME_MAX];

	snprintf(name, sizeof(name), "%s", peer_account(peer));
	name[strcspn(name, "#")] = '\0';
	smsc = config_find_smsc(gateway->live, name);
	return smsc && address_list_has(smsc->outbind.addresses, smsc->outbind.addresses_count,
					peer_socket_address(peer));
}

void smsc_outbind_reload(struct gateway *gateway)
{
	struct peer *peer = NULL;

	while ((peer = peer_set_next(gateway->peers, peer))) {
		const char *mark = strchr(peer_account(peer), '#');

		if (peer_side(peer) == PEER_CLIENT && mark && strcmp(mark, SUFFIX) == 0 &&
		    !may_stay(gateway, peer))
			peer_retire(peer);
	}
}
