/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt_policy.h - what is asked of a peer about our texts, and what follows from its answers.
 *
 * Does:    finds the peer's part of the configuration; names the scope of its message ids; says
 *          what goes into a request, and when a text that failed goes out again.
 * Scope:   ids of one SMSC mean the same on all its links, and nothing on those of others: an
 *          account and an SMSC that share a name are two.
 * Units:   ms and s as the names say.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP 3.4 sec. 5.2.17 (registered_delivery), 7.1.1 (relative time).
 */
#pragma once

#include "gateway/config.h"
#include "gateway/peer.h"

enum { RECEIPT_SCOPE_MAX = 64, VALIDITY_MAX = 17 };

struct receipt_policy {
	struct config_receipts receipts;
	char scope[RECEIPT_SCOPE_MAX]; /* "smsc centre", "account smsc1" */
};

/* `link` is the peer's name (peer_account): an account, or a link of an SMSC. One that the
 * configuration does not have any more is asked for nothing. */
void receipt_policy_of(const struct config *config, enum peer_side side, const char *link,
		       struct receipt_policy *out);

/* registered_delivery. */
uint8_t receipt_policy_request(enum receipts_wanted wanted);

/* validity_period of so many seconds, "000001000000000R"; "" for 0. */
void receipt_policy_validity(uint32_t validity_s, char out[VALIDITY_MAX]);

/* The wait after so many attempts (from 1), of which the last failed; negative: it is given up. */
int64_t receipt_policy_retry_ms(const struct config_answers *answers, int64_t attempts);
