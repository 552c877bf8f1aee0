/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* listener_tls.h - TLS of our SMPP listeners: what the configuration says of it, made use of.
 *
 * Does:    makes certificates and demands of a listener's keys; says whether a peer's certificate
 *          is the one that an account has to show.
 * Errors:  a fault's item is the key's name, as in smpp.listeners[].
 */
#pragma once

#include "gateway/config.h"
#include "smpp/smpp_tls.h"

/* The keys agree with each other and their files can be used: 0, or -EINVAL with `fault`. */
int listener_tls_check(const struct config_listener *listener, struct smpp_tls_fault *fault);

/* One for each listener, NULL where it is plain; talloc'ed as a whole below ctx. NULL with a log
 * line when one of them cannot be had. */
struct smpp_tls **listener_tls_load(void *ctx, const struct config_smpp *smpp);

/* `tls` NULL: the link is plain. An account that names no certificate is content with any link. */
bool listener_tls_allows(const struct config_account *account, const struct smpp_tls_stream *tls);

/* ", TLSv1.3, certificate CN=smsc1" for the log; "" for a plain link. In the caller's buffer. */
const char *listener_tls_describe(const struct smpp_tls_stream *tls, char *out, size_t size);
