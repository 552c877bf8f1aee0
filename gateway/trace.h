/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* trace.h - the PDUs of a link as they pass, for `mianrao trace` and `mianrao pcap`.
 *
 * Does:    tells each PDU of the sessions that a name fits: the link's ("centre", "centre#1"), the
 *          system_id of its bind, its address with or without the port. Sessions that come while it
 *          runs are told too, from their bind on. Links over TLS are told decrypted.
 * Privacy: numbers are masked, texts and passwords left out, unless text (of a trace) or full (of a
 *          capture) is asked for; that is entered in the audit, with who asked, before the first
 *          line goes out.
 * Bounds:  eight traces at one time; each ends after its time, or when its client goes. A client
 *          that does not read loses lines and is told how many; the link never waits.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"

struct trace_desk;

/* NULL without memory. */
struct trace_desk *trace_desk_create(void *ctx, struct gateway *gateway);
