/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/redis_encode.h"

#include <string.h>

enum { DIGITS_MAX = 20, HEAD_MAX = 1 + DIGITS_MAX + 2, TAIL_OCTETS = 2 };

size_t redis_encode_bound(size_t argc, const char *const *argv, const size_t *len)
{
	size_t octets = HEAD_MAX + 1; /* and the NUL */

	for (size_t i = 0; i < argc; i++)
		octets += HEAD_MAX + (len ? len[i] : strlen(argv[i])) + TAIL_OCTETS;
	return octets;
}

static char *put_end(char *at)
{
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

/* A type and a count: "*3", "$12". */
static char *put_head(char *at, char type, size_t count)
{
	char digits[DIGITS_MAX];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + count % 10);
	while (count /= 10);
	*at++ = type;
	while (n > 0)
		*at++ = digits[--n];
	return put_end(at);
}

size_t redis_encode(char *out, size_t argc, const char *const *argv, const size_t *len)
{
	char *at = put_head(out, '*', argc);

	for (size_t i = 0; i < argc; i++) {
		size_t octets = len ? len[i] : strlen(argv[i]);

		at = put_head(at, '$', octets);
		memcpy(at, argv[i], octets);
		at = put_end(at + octets);
	}
	*at = '\0';
	return (size_t)(at - out);
}
