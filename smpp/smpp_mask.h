/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_mask.h - what is private in a PDU, overwritten in place so that the rest can be shown.
 *
 * Does:    numbers keep their ends (138****8000); passwords and texts become as many 'x', a header
 *          in front of a text stays; optional parameters that may hold anything become zeros. All
 *          lengths stay, so the PDU decodes as before. What does not decode keeps its header only.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The octets of one PDU, whole or not. */
void smpp_mask(uint8_t *data, size_t len);
/* The first three and the last four of a number stay, the outer two thirds of what is shorter. */
void smpp_mask_address(uint8_t *address, size_t len);
