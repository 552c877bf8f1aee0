/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "blocklist/block_prefix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PLUS_DIGITS_MAX = 15, DIALLED_DIGITS_MAX = 20 };

static const char digits[] = "0123456789";

/* How people begin a prefix, and how the canonical number begins; the first row that fits counts.
 * The 0 of an area code is not dialled behind 86. */
static const struct lead {
	const char *typed;
	bool mobile; /* only when the text opens a mobile number */
	size_t dropped;
	const char *canonical;
} leads[] = {
	{ "+860", false, 4, "+86" }, { "00860", false, 5, "+86" }, { "860", false, 3, "+86" },
	{ "+", false, 1, "+" },	     { "00", false, 2, "+" },	   { "86", false, 2, "+86" },
	{ "0", false, 1, "+86" },    { "", true, 0, "+86" },	   { "", false, 0, "" },
};

static bool opens_mobile(const struct numbering *plan, const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && text[count] >= '0' && text[count] <= '9')
		count++;
	return number_opens_mobile(plan, text, count);
}

static const struct lead *find_lead(const struct numbering *plan, const char *text, size_t len)
{
	const struct lead *lead = leads;

	for (;; lead++) {
		size_t typed = strlen(lead->typed);

		if (len < typed || memcmp(text, lead->typed, typed) != 0)
			continue;
		if (!lead->mobile || opens_mobile(plan, text, len))
			return lead; /* at the latest the last row, which fits everything */
	}
}

static int read_partial(const struct numbering *plan, const char *text, size_t len,
			struct number *out)
{
	const struct lead *lead = find_lead(plan, text, len);
	struct number made = { "" };
	size_t plus = lead->canonical[0] == '+';
	size_t max = plus + (plus ? PLUS_DIGITS_MAX : DIALLED_DIGITS_MAX);
	size_t made_len = strlen(lead->canonical) + len - lead->dropped;

	if (made_len == plus || made_len > max)
		return -EBADMSG;
	snprintf(made.text, sizeof(made.text), "%s%.*s", lead->canonical,
		 (int)(len - lead->dropped), text + lead->dropped);
	if (strspn(made.text + plus, digits) != made_len - plus || made.text[plus] == '0' ||
	    strncmp(made.text, "+860", 4) == 0)
		return -EBADMSG;
	*out = made;
	return 0;
}

/* A whole number of this country as a rule is stored. */
static bool is_stored(const char *text, size_t len, struct number *out)
{
	struct number made = { "" };
	enum number_form form;

	if (len >= sizeof(made.text) || text[0] != '+')
		return false;
	memcpy(made.text, text, len);
	form = number_form(made.text);
	if (form != NUMBER_FORM_MOBILE && form != NUMBER_FORM_FIXED)
		return false;
	*out = made;
	return true;
}

int block_prefix_read(const struct numbering *plan, const char *text, size_t len, bool whole,
		      struct number *out)
{
	struct number made = { "" }, again = { "" };

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\0' || !strchr("0123456789+-.()/", text[i]))
			return -EBADMSG;
	}
	if (number_read(plan, text, len, &made) == 0) {
		*out = made;
		return 0;
	}
	/* A rule that was stored stays one, whatever has become of the plan since. */
	if (is_stored(text, len, out))
		return 0;
	if (whole || read_partial(plan, text, len, &made) != 0)
		return -EBADMSG;
	/* Behind a replaced lead there may stand a whole number; then it is read as one at once, so
	 * that reading the canonical text changes nothing. */
	*out = number_read(plan, made.text, strlen(made.text), &again) == 0 ? again : made;
	return 0;
}
