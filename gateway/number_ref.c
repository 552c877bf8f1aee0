/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/number_ref.h"

#include <errno.h>
#include <nettle/base64.h>
#include <string.h>

/* A block: a head, the digits two an octet, and zeros. */
enum {
	BLOCK = AES_BLOCK_SIZE,
	DIGITS_MAX = 20,
	DIGITS_PLUS_MAX = 15,
	PLUS = 0x80,
	EMPTY = 0x0f, /* in the place of a digit */
	CODED = 22,   /* characters of a block, without padding */
};
_Static_assert(1 + CODED + 1 == NUMBER_REF_MAX, "'~', the block and a NUL");
_Static_assert(1 + DIGITS_MAX < NUMBER_MAX, "every number has room");

void number_ref_key_set(struct number_ref_key *key, const uint8_t octets[NUMBER_REF_KEY_SIZE])
{
	aes256_set_encrypt_key(&key->encrypt, octets);
	aes256_set_decrypt_key(&key->decrypt, octets);
}

bool number_ref_is(const char *text)
{
	return text[0] == '~';
}

static int pack(const char *canonical, uint8_t block[BLOCK])
{
	bool plus = canonical[0] == '+';
	const char *digits = canonical + plus;
	size_t count = strspn(digits, "0123456789");

	if (count == 0 || digits[count] || count > (plus ? DIGITS_PLUS_MAX : DIGITS_MAX))
		return -EINVAL;
	memset(block, 0, BLOCK);
	block[0] = (uint8_t)((plus ? PLUS : 0) | count);
	for (size_t i = 0; i < DIGITS_MAX; i++) {
		uint8_t digit = i < count ? (uint8_t)(digits[i] - '0') : EMPTY;

		block[1 + i / 2] |= (uint8_t)(i % 2 ? digit : digit << 4);
	}
	return 0;
}

/* Anything that pack() would not have made is refused. */
static int unpack(const uint8_t block[BLOCK], struct number *out)
{
	size_t count = block[0] & ~(unsigned)PLUS;
	struct number number = { "" };
	uint8_t again[BLOCK];
	size_t at = 0;

	if (count > DIGITS_MAX)
		return -EBADMSG;
	if (block[0] & PLUS)
		number.text[at++] = '+';
	for (size_t i = 0; i < count; i++) {
		uint8_t octet = block[1 + i / 2];

		number.text[at++] = (char)('0' + (i % 2 ? octet & 0x0f : octet >> 4));
	}
	if (pack(number.text, again) < 0 || memcmp(block, again, BLOCK) != 0)
		return -EBADMSG;
	*out = number;
	return 0;
}

static void encode(const uint8_t block[BLOCK], char out[NUMBER_REF_MAX])
{
	char text[BASE64_ENCODE_LENGTH(BLOCK) + BASE64_ENCODE_FINAL_LENGTH];
	struct base64_encode_ctx coder;
	size_t len;

	base64url_encode_init(&coder);
	len = base64_encode_update(&coder, text, BLOCK, block);
	base64_encode_final(&coder, text + len);
	out[0] = '~';
	memcpy(out + 1, text, CODED);
	out[1 + CODED] = '\0';
}

int number_ref_make(const struct number_ref_key *key, const char *canonical,
		    char out[NUMBER_REF_MAX])
{
	uint8_t block[BLOCK];

	out[0] = '\0';
	if (pack(canonical, block) < 0)
		return -EINVAL;
	aes256_encrypt(&key->encrypt, BLOCK, block, block);
	encode(block, out);
	return 0;
}

static int decode(const char *text, size_t len, uint8_t block[BLOCK])
{
	uint8_t octets[BASE64_DECODE_LENGTH(CODED + 2)];
	struct base64_decode_ctx coder;
	size_t count = sizeof(octets);
	size_t more = sizeof(octets);
	char again[NUMBER_REF_MAX];

	if (len != 1 + CODED || text[0] != '~')
		return -EBADMSG;
	base64url_decode_init(&coder);
	if (!base64_decode_update(&coder, &count, octets, CODED, text + 1) || count != BLOCK ||
	    !base64_decode_update(&coder, &more, octets + count, 2, "==") || more != 0 ||
	    !base64_decode_final(&coder))
		return -EBADMSG;
	memcpy(block, octets, BLOCK);
	/* One spelling for each: white space and loose bits at the end are none. */
	encode(block, again);
	return memcmp(again, text, len) == 0 ? 0 : -EBADMSG;
}

int number_ref_read(const struct number_ref_key *key, const char *text, size_t len,
		    struct number *out)
{
	uint8_t block[BLOCK];

	if (decode(text, len, block) < 0)
		return -EBADMSG;
	aes256_decrypt(&key->decrypt, BLOCK, block, block);
	return unpack(block, out);
}
