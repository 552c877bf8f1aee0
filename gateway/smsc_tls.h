/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smsc_tls.h - TLS of the SMSCs to which we bind: what the configuration says of it, made use of.
 *
 * Does:    makes certificates and demands of an SMSC's keys.
 * Errors:  a fault's item is the key's name, as in smscs[].
 * Threads: the loop's; reads files, so only while a configuration is loaded.
 */
#pragma once

#include "gateway/config.h"
#include "smpp/smpp_tls.h"

/* The keys agree with each other and their files can be used: 0, or -EINVAL with `fault`. */
int smsc_tls_check(const struct config_smsc *smsc, struct smpp_tls_fault *fault)
	__attribute__((warn_unused_result));
/* Of an SMSC with `tls`. NULL with a log line. */
struct smpp_tls *smsc_tls_load(void *ctx, const struct config_smsc *smsc);
