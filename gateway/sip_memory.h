/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sip_memory.h - what was answered to the last INVITEs, so that a copy of one gets the same answer.
 *
 * Does:    a table of a fixed size in which each transaction has one place; a newer one that falls
 *          on it takes it. What is forgotten is decided anew, with the same result as long as the
 *          rules are the same.
 * Bounds:  SIP_MEMORY_SIZE entries of 16 octets.
 * Threads: the loop's. Memory: allocates once.
 * Source:  RFC 3261 §17.2.1: copies come for 64*T1, 32 s.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SIP_MEMORY_SIZE = 65536, SIP_MEMORY_MS = 32000 };

struct sip_memory;

struct sip_memory *sip_memory_create(void *ctx);
/* What was kept for the transaction in the last SIP_MEMORY_MS, or -1. */
int sip_memory_find(const struct sip_memory *memory, uint64_t transaction, int64_t now_ms);
/* `what` from 0 to 255; now_ms of the monotonic clock. */
void sip_memory_keep(struct sip_memory *memory, uint64_t transaction, int what, int64_t now_ms);
