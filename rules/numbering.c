/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/numbering.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/numbering_priv.h"

enum { COUNTRY_NATIONAL_MIN = 5, E164_MAX = 15, NUMBER_BEHIND_CARRIER_MIN = 10 };

static bool starts_with(const char *digits, size_t len, const char *prefix)
{
	for (size_t i = 0; prefix[i]; i++) {
		if (i == len || digits[i] != prefix[i])
			return false;
	}
	return true;
}

static unsigned value_of(const char *digits, size_t len)
{
	unsigned value = 0;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

/* The longest prefix of the table that the digits begin with. */
static const struct dial_prefix *find_prefix(const struct dial_table *table, const char *digits,
					     size_t len)
{
	if (len < 2)
		return NULL;
	unsigned head = value_of(digits, 2);
	const struct dial_prefix *end = table->list + table->first[head + 1];
	for (const struct dial_prefix *p = table->list + table->first[head]; p < end; p++) {
		if (p->len <= len && memcmp(digits, p->digits, p->len) == 0)
			return p;
	}
	return NULL;
}

/* The prefix under which the digits are a whole number. */
static const struct dial_prefix *find_whole(const struct dial_table *table, const char *digits,
					    size_t len)
{
	const struct dial_prefix *p = find_prefix(table, digits, len);
	return p && len < 32 && (p->lengths >> len & 1) ? p : NULL;
}

static const struct dial_prefix *find_code(const struct numbering *plan, const char *digits,
					   size_t len)
{
	return find_whole(&plan->codes, digits, len);
}

/* The area code that `digits` (no trunk 0) begins with; its len is 0 when there is none. */
static struct area_code area_of(const struct numbering *plan, const char *digits, size_t len)
{
	return len < 3 ? (struct area_code){ 0 } : plan->areas[value_of(digits, 3)];
}

bool numbering_is_mobile(const struct numbering *plan, const char *digits, size_t len)
{
	return find_whole(&plan->mobile, digits, len) != NULL;
}

bool numbering_opens_mobile(const struct numbering *plan, const char *digits, size_t len)
{
	return find_prefix(&plan->mobile, digits, len) != NULL;
}

bool numbering_is_fixed(const struct numbering *plan, const char *digits, size_t len)
{
	struct area_code area = area_of(plan, digits, len);
	if (!area.len || len <= area.len || digits[area.len] < '2' || digits[area.len] > '8')
		return false;
	return (len - area.len == 7 && area.local7) || (len - area.len == 8 && area.local8);
}

size_t numbering_country(const struct numbering *plan, const char *digits, size_t len,
			 unsigned *code)
{
	unsigned value = 0;
	for (size_t n = 1; n <= 3 && n <= len && digits[0] != '0'; n++) {
		value = value * 10 + (unsigned)(digits[n - 1] - '0');
		if (plan->countries[value].known) {
			*code = value;
			return n;
		}
	}
	return 0;
}

bool numbering_is_foreign(const struct numbering *plan, const char *digits, size_t len)
{
	unsigned code = 0;
	size_t n = numbering_country(plan, digits, len, &code);
	if (!n || code == 86 || len > E164_MAX)
		return false;
	const struct country_code *country = &plan->countries[code];
	if (country->begins && (len == n || !(country->begins >> (digits[n] - '0') & 1)))
		return false;
	if (country->max)
		return len - n >= country->min && len - n <= country->max;
	return len >= n + COUNTRY_NATIONAL_MIN;
}

enum number_class numbering_code_class(const struct numbering *plan, const char *digits, size_t len)
{
	const struct dial_prefix *code = find_code(plan, digits, len);
	return code ? (enum number_class)code->class : NUMBER_NONE;
}

static int give(const char *head, const char *digits, size_t len, struct number *out)
{
	size_t n = strlen(head);
	if (n + len >= sizeof(out->text))
		return -EBADMSG;
	memset(out->text, 0, sizeof(out->text));
	memcpy(out->text, head, n);
	memcpy(out->text + n, digits, len);
	return 0;
}

/* A code with the area in which it is dialled before it: 21 95533. */
static int read_code_behind_area(const struct numbering *plan, const char *digits, size_t len,
				 struct number *out)
{
	size_t area = area_of(plan, digits, len).len;
	const struct dial_prefix *code = area ? find_code(plan, digits + area, len - area) : NULL;
	if (code && code->area)
		return give("", digits + area, len - area, out);
	return -EBADMSG;
}

/* What may follow +86, or stand alone: with `trunk`, the leading 0 is there already. */
static int read_subscriber(const struct numbering *plan, const char *digits, size_t len,
			   struct number *out)
{
	bool trunk = len > 0 && digits[0] == '0';
	const char *rest = digits + trunk;
	size_t n = len - trunk;

	if (numbering_is_mobile(plan, rest, n))
		return give("+86", rest, n, out);
	if (!trunk && find_code(plan, rest, n))
		return give("", rest, n, out);
	if (numbering_is_fixed(plan, rest, n))
		return give("+86", rest, n, out);
	return trunk ? read_code_behind_area(plan, rest, n, out) : -EBADMSG;
}

/* Behind 86 an area code needs no 0, so that 86 10 6808 3018 is Beijing and no port 106. */
static int read_behind_country(const struct numbering *plan, const char *digits, size_t len,
			       struct number *out)
{
	if (numbering_is_fixed(plan, digits, len))
		return give("+86", digits, len, out);
	return read_subscriber(plan, digits, len, out);
}

static int read_international(const struct numbering *plan, const char *digits, size_t len,
			      struct number *out)
{
	if (starts_with(digits, len, "86")) {
		if (read_behind_country(plan, digits + 2, len - 2, out) == 0)
			return 0;
		return read_code_behind_area(plan, digits + 2, len - 2, out);
	}
	if (numbering_is_foreign(plan, digits, len))
		return give("+", digits, len, out);
	return -EBADMSG;
}

static int read_bare86(const struct numbering *plan, const char *digits, size_t len,
		       struct number *out)
{
	if (!starts_with(digits, len, "86"))
		return -EBADMSG;
	digits += 2;
	len -= 2;
	const struct dial_prefix *code = find_code(plan, digits, len);
	if (code && !code->bare86)
		return -EBADMSG;
	return read_behind_country(plan, digits, len, out);
}

static int read_behind_carrier(const struct numbering *plan, const char *digits, size_t len,
			       struct number *out)
{
	if (len > 0 && digits[0] == '0') {
		digits++;
		len--;
	}
	const struct dial_prefix *carrier = find_prefix(&plan->carriers, digits, len);
	if (!carrier)
		return -EBADMSG;
	const char *rest = digits + carrier->len;
	size_t n = len - carrier->len;
	if (starts_with(rest, n, "00"))
		return read_international(plan, rest + 2, n - 2, out);
	/* A code of few digits behind a prefix is chance: "12593" and "95533". */
	return n < NUMBER_BEHIND_CARRIER_MIN ? -EBADMSG : read_subscriber(plan, rest, n, out);
}

bool numbering_is_dialled_before(const struct numbering *plan, const char *digits, size_t len)
{
	const struct dial_prefix *carrier = find_prefix(&plan->carriers, digits, len);
	return carrier && carrier->len == len;
}

int numbering_read(const struct numbering *plan, bool plus, const char *digits, size_t len,
		   struct number *out)
{
	if (plus)
		return read_international(plan, digits, len, out);
	if (starts_with(digits, len, "00"))
		return read_international(plan, digits + 2, len - 2, out);
	if (read_behind_carrier(plan, digits, len, out) == 0)
		return 0;
	if (read_subscriber(plan, digits, len, out) == 0)
		return 0;
	return read_bare86(plan, digits, len, out);
}

static int compare_known(const void *text, const void *known)
{
	return strcmp(text, ((const struct known_number *)known)->text);
}

enum numbering_known numbering_known(const struct numbering *plan, const char *canonical)
{
	const struct known_number *found =
		strlen(canonical) > OFFICIAL_DIGITS_MAX || plan->known_count == 0
			? NULL
			: bsearch(canonical, plan->known, plan->known_count, sizeof(*plan->known),
				  compare_known);
	return found ? found->known : NUMBERING_UNKNOWN;
}

const char *numbering_official(const struct numbering *plan, size_t i)
{
	return i < NUMBERING_OFFICIAL_MAX ? plan->official[i] : NULL;
}

const char *numbering_service(const struct numbering *plan, size_t i)
{
	return i < NUMBERING_OFFICIAL_MAX ? plan->service[i] : NULL;
}
