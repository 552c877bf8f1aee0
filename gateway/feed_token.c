/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/feed_token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { TOKEN_OCTETS = 32, DIGEST_OCTETS = 32 };

static const char method[] = "sha256:";
enum { METHOD_LEN = sizeof(method) - 1 };

static void put_hex(char *out, const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[octets[i] >> 4];
		out[2 * i + 1] = digits[octets[i] & 15];
	}
	out[2 * len] = '\0';
}

int feed_token_make(char token[FEED_TOKEN_MAX])
{
	uint8_t octets[TOKEN_OCTETS];

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return -EIO;
	memcpy(token, "mcdr_", 5);
	put_hex(token + 5, octets, sizeof(octets));
	OPENSSL_cleanse(octets, sizeof(octets));
	return 0;
}

int feed_token_hash(const char *token, size_t len, char hash[FEED_TOKEN_HASH_MAX])
{
	uint8_t digest[DIGEST_OCTETS];

	if (len < FEED_TOKEN_MIN || len >= FEED_TOKEN_MAX)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return -EINVAL;
	if (EVP_Digest(token, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -EINVAL;
	memcpy(hash, method, METHOD_LEN);
	put_hex(hash + METHOD_LEN, digest, sizeof(digest));
	return 0;
}

bool feed_token_hash_ok(const char *hash)
{
	const char *digits = hash + METHOD_LEN;

	return strncmp(hash, method, METHOD_LEN) == 0 &&
	       strlen(digits) == 2 * (size_t)DIGEST_OCTETS &&
	       digits[strspn(digits, "0123456789abcdefABCDEF")] == '\0';
}

/* Whatever case the configuration has them in. */
static void fold(char out[FEED_TOKEN_HASH_MAX], const char *hash)
{
	memset(out, 0, FEED_TOKEN_HASH_MAX);
	for (size_t i = 0; hash[i] && i < FEED_TOKEN_HASH_MAX - 1; i++)
		out[i] = (char)(hash[i] >= 'A' && hash[i] <= 'F' ? hash[i] + ('a' - 'A') : hash[i]);
}

bool feed_token_same(const char *a, const char *b)
{
	char x[FEED_TOKEN_HASH_MAX];
	char y[FEED_TOKEN_HASH_MAX];

	fold(x, a);
	fold(y, b);
	return CRYPTO_memcmp(x, y, sizeof(x)) == 0;
}
