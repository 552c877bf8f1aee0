/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_form.h - forms of SIP values that libosip2 does not check.
 *
 * Does:    says whether a value may be given to libosip2's parsers, which let pass what is not
 *          closed, what is empty, and hosts and ports of any look.
 * Owns:    nothing; texts end with NUL and are borrowed for the call.
 * Threads: pure, any.
 * Source:  RFC 3261 §25.1, RFC 4475.
 */
#pragma once

#include <stdbool.h>

enum { SIP_HOST_MAX = 128 };

/* Quotes and <> are closed; what stands outside of them is none of `banned`. */
bool sip_form_is_balanced(const char *value, const char *banned);
/* A ";" or "," has nothing behind it. */
bool sip_form_has_empty_parameter(const char *value);
/* A URI with its scheme has host [":" port], and no headers ("?") behind that. */
bool sip_form_uri_has_host(const char *uri);
