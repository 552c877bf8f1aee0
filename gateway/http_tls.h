/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_tls.h - TLS of the HTTP port: what the configuration says of it, made use of.
 *
 * Errors:  a fault's item is the key's name, as in http.
 */
#pragma once

#include "gateway/config.h"
#include "smpp/smpp_tls.h"

/* The keys agree with each other and their files can be used: 0, or -EINVAL with `fault`. */
int http_tls_check(const struct config_http *http, struct smpp_tls_fault *fault);

/* 0 and *out, NULL where the port is plain; -EINVAL with a log line. */
int http_tls_load(void *ctx, const struct config_http *http, struct smpp_tls **out)
	__attribute__((warn_unused_result));
