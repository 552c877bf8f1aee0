/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/identity_token.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum { TOKEN_OCTETS = 32, TOKEN_DIGITS = 43, PREFIX_LEN = 4 };

static const char prefix[PREFIX_LEN + 1] = "mrt_";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int identity_token_make(char token[FEED_TOKEN_MAX])
{
	uint8_t octets[TOKEN_OCTETS + 1] = { 0 }; /* and what the last digit is filled up with */
	char *out = token + PREFIX_LEN;

	if (getrandom(octets, TOKEN_OCTETS, 0) != TOKEN_OCTETS)
		return -EIO;
	memcpy(token, prefix, PREFIX_LEN);
	for (int i = 0; i < TOKEN_DIGITS; i++) {
		unsigned bit = 6 * (unsigned)i;
		unsigned pair = (unsigned)octets[bit / 8] << 8 | octets[bit / 8 + 1];

		*out++ = digits[pair >> (10 - bit % 8) & 63];
	}
	*out = '\0';
	explicit_bzero(octets, sizeof(octets));
	return 0;
}

bool identity_token_ok(const char *token)
{
	return strncmp(token, prefix, PREFIX_LEN) == 0 &&
	       strspn(token + PREFIX_LEN, digits) == TOKEN_DIGITS &&
	       token[PREFIX_LEN + TOKEN_DIGITS] == '\0';
}
