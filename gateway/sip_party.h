/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_party.h - who a SIP value or URI names.
 *
 * Does:    reads the user, the host and the verstat of From, To, P-Asserted-Identity and the
 *          Request-URI with libosip2's parsers, after checks of our own (sip_form.h).
 * Owns:    nothing; texts end with NUL and are borrowed for the call.
 * Errors:  after one `out` may be filled in part.
 * Threads: as sip_request.h.
 * Source:  RFC 3261 §19.1, §20.10, §25.1; RFC 3966 (tel); 3GPP TS 24.229 §7.2A.20 (verstat).
 */
#pragma once

#include <stdbool.h>

#include "gateway/sip_form.h"

/* What SHAKEN said of the caller's number, where the proxy passes it on. */
enum sip_verstat { SIP_VERSTAT_NONE, SIP_VERSTAT_PASSED, SIP_VERSTAT_FAILED };

enum { SIP_USER_MAX = 128 };

/* One side of the call, as a URI names it. */
struct sip_party {
	char user[SIP_USER_MAX]; /* unescaped, without parameters; "" for none or one too long */
	char host[SIP_HOST_MAX];
	bool present;
	enum sip_verstat verstat;
};

/* A name-addr or addr-spec with parameters; `tag`: one of them is a tag. False when it is none, or
 * memory is out; `tag` is untouched then. */
bool sip_party_read(const char *value, struct sip_party *out, bool *tag)
	__attribute__((warn_unused_result));
/* "< sip:..." is no addr-spec, and an unquoted name holds no "@". */
bool sip_party_is_name_addr(const char *value);
/* A bare URI. -EBADMSG or -ENOMEM. */
int sip_party_read_uri(const char *value, struct sip_party *out)
	__attribute__((warn_unused_result));
