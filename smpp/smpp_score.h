/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_score.h - how likely some octets are to be text in a given alphabet.
 *
 * Does:    prices octets in bits, as an ideal code for short messages would: a usual character is
 *          cheap, a rare one dear. Of two alphabets the cheaper explains the octets better, and
 *          text of one looks k bits cheaper in another by chance about once in 2^k messages: a
 *          margin in bits is a promise about how seldom a right label is doubted.
 * Units:   bits. Faults are characters that no sender means: controls, halves, unassigned codes.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stdbool.h>

#include "smpp/smpp_text.h"

struct smpp_score {
	unsigned bits;
	unsigned faults;
};

struct smpp_score smpp_score_of(enum smpp_alphabet alphabet, const uint8_t *in, size_t len);

/* The alphabet that the octets are in, given the label: the label itself unless it is impossible
 * or another one is cheaper by a wide margin without having more faults. */
enum smpp_alphabet smpp_score_choose(enum smpp_alphabet label, const uint8_t *in, size_t len);

/* Whether all of it is EUC-JP; else Japanese text is in Shift JIS. */
bool smpp_score_is_euc_jp(const uint8_t *in, size_t len);

bool smpp_han_is_common(uint32_t cp);
