/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt_id.c - message ids as keys.
 *
 * A key says first how it was made, so that a number never equals a name: '#' and the value in
 * hexadecimal, or '=' and the octets. */
#include <errno.h>
#include <string.h>

#include "smpp/smpp_receipt.h"

enum { LIMBS = 8, LIMB_DIGITS = 8 }; /* numbers of up to 256 bits: 64 hex or 77 decimal digits */

static const char *const form_names[] = { "as-is", "no-zeros", "decimal", "hex" };
_Static_assert(sizeof(form_names) / sizeof(form_names[0]) == SMPP_ID_FORM_COUNT, "a name for each");

static const char hex_digits[] = "0123456789abcdef";

const char *smpp_id_form_name(enum smpp_id_form form)
{
	return (unsigned)form < SMPP_ID_FORM_COUNT ? form_names[form] : "unknown";
}

/* 16 for what is no digit at all. */
static unsigned digit_value(uint8_t c)
{
	const char *at = c ? strchr(hex_digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;

	return at ? (unsigned)(at - hex_digits) : 16;
}

/* The lowest limb first. False: it is no such number, or too large. */
static bool read_number(struct smpp_octets id, unsigned base, uint32_t value[LIMBS])
{
	for (size_t i = 0; i < id.len; i++) {
		uint64_t carry = digit_value(id.data[i]);

		if (carry >= base)
			return false;
		for (size_t k = 0; k < LIMBS; k++) {
			carry += (uint64_t)value[k] * base;
			value[k] = (uint32_t)carry;
			carry >>= 32;
		}
		if (carry)
			return false;
	}
	return id.len > 0;
}

static void put_octets(struct smpp_id_key *key, char mark, struct smpp_octets id)
{
	key->octets[0] = mark;
	memcpy(key->octets + 1, id.data, id.len);
	key->len = id.len + 1;
	key->octets[key->len] = '\0';
}

static struct smpp_octets skip_zeros(struct smpp_octets id)
{
	while (id.len > 1 && id.data[0] == '0')
		id = (struct smpp_octets){ id.data + 1, id.len - 1 };
	return id;
}

static void put_number(struct smpp_id_key *key, const uint32_t value[LIMBS])
{
	char text[LIMBS * LIMB_DIGITS];

	for (size_t i = 0; i < sizeof(text); i++) {
		size_t shift = (sizeof(text) - 1 - i) * 4;

		text[i] = hex_digits[value[shift / 32] >> shift % 32 & 0xf];
	}
	put_octets(key, '#', skip_zeros((struct smpp_octets){ (uint8_t *)text, sizeof(text) }));
}

static struct smpp_octets without_prefix(struct smpp_octets id, unsigned base)
{
	if (base == 16 && id.len > 2 && id.data[0] == '0' && (id.data[1] | 0x20) == 'x')
		return (struct smpp_octets){ id.data + 2, id.len - 2 };
	return id;
}

int smpp_receipt_id_key(enum smpp_id_form form, struct smpp_octets id, struct smpp_id_key *key)
{
	unsigned base = form == SMPP_ID_DECIMAL ? 10 : form == SMPP_ID_HEX ? 16 : 0;
	uint32_t value[LIMBS] = { 0 };

	if (id.len == 0 || id.len >= SMPP_STRING_MAX || memchr(id.data, 0, id.len))
		return -EINVAL;
	if (base && read_number(without_prefix(id, base), base, value))
		put_number(key, value);
	else
		put_octets(key, '=', form == SMPP_ID_NO_ZEROS ? skip_zeros(id) : id);
	return 0;
}
