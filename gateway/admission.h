/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* admission.h - what a peer may send, by its role and its account's number ranges.
 *
 * Does:    nobody from outside speaks as one of our service codes, nor as 10085 or 10086 unless the
 *          account's `sources` name that number whole; a source or
 *          destination that the account's lists do not begin with is refused; a hub can neither
 *          bring texts to a service code nor what an SMSC would take for a delivery receipt.
 * Owns:    the lists are copied: they outlive the configuration that they come from.
 * Errors:  without memory nothing is admitted (NULL).
 * Threads: pure.
 */
#pragma once

#include "gateway/config.h"
#include "smpp/smpp_pdu.h"

struct admission;

/* `account` NULL: an SMSC to which we bind, without lists. NULL without memory. */
struct admission *admission_create(void *ctx, enum account_role role,
				   const struct config_account *account);
/* SMPP_ROK, or the status to refuse with and `why`. The numbers are the PDU's, canonical. */
uint32_t admission_check(const struct admission *admission, const struct config *live,
			 const struct smpp_pdu *pdu, const char *source, const char *destination,
			 const char **why);
