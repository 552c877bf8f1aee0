/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_party.c - the numbers in what exchanges and SIP networks write of who takes part in a call.
 *
 * Source: RFC 3966 (tel:), RFC 3261 sec. 19.1 (sip:), RFC 3323 sec. 4.1.1.3 (anonymous).
 */
#include "rules/call_record.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct piece {
	const char *text;
	size_t len;
};

/* What is between the last pair of angle brackets, or all of it. */
static struct piece inside_brackets(struct piece all)
{
	const char *close = all.len ? memrchr(all.text, '>', all.len) : NULL;
	const char *open = close ? memrchr(all.text, '<', (size_t)(close - all.text)) : NULL;

	if (!open)
		return all;
	return (struct piece){ open + 1, (size_t)(close - open - 1) };
}

/* Cuts at the first of the octets in `ends`. */
static struct piece until(struct piece piece, const char *ends)
{
	for (size_t i = 0; i < piece.len; i++)
		if (piece.text[i] && strchr(ends, piece.text[i]))
			piece.len = i;
	return piece;
}

static bool take_scheme(struct piece *piece, const char *scheme)
{
	size_t len = strlen(scheme);

	if (piece->len < len || strncasecmp(piece->text, scheme, len) != 0)
		return false;
	piece->text += len;
	piece->len -= len;
	return true;
}

/* The part of a URI that holds the number; text that is no URI stays as it is. A SIP URI without a
 * user has none. */
static struct piece number_part(struct piece piece)
{
	if (take_scheme(&piece, "tel:"))
		return until(piece, ";?");
	if (take_scheme(&piece, "sips:") || take_scheme(&piece, "sip:")) {
		struct piece user = until(piece, "@");

		if (user.len == piece.len)
			user.len = 0;
		return until(user, ";:");
	}
	return piece;
}

int call_party_read(const struct numbering *plan, const char *text, size_t len, struct number *out)
{
	static const char *const withheld_words[] = {
		"anonymous", "withheld", "unknown", "private", "restricted", "unavailable",
	};
	struct piece piece = number_part(inside_brackets((struct piece){ text, len }));

	for (size_t i = 0; i < COUNT_OF(withheld_words); i++) {
		if (strlen(withheld_words[i]) == piece.len &&
		    strncasecmp(piece.text, withheld_words[i], piece.len) == 0) {
			*out = (struct number){ "withheld" };
			return 0;
		}
	}
	return number_read(plan, piece.text, piece.len, out);
}
