/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/pseudonym.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/types.h>

int pseudonym_make(char out[PSEUDONYM_MAX])
{
	uint64_t chance;

	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return -EIO;
	snprintf(out, PSEUDONYM_MAX, "~%016llx", (unsigned long long)chance);
	return 0;
}

bool pseudonym_is(const char *number)
{
	return number[0] == '~';
}
