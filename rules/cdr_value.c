/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/cdr_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"

enum {
	NO_EXTENSION = 0x80, /* of the octet that tells the type: no octet with the presentation */
	TYPE_SHIFT = 4,
	TYPE_BITS = 7,
	TYPE_INTERNATIONAL = 1,
	TYPE_NATIONAL = 2,
	PRESENTATION_SHIFT = 5,
	PRESENTATION_BITS = 3,
	FILLER = 15,
	DIGITS_MAX = 32,
	TIME_OCTETS = 9,
	OFFSET_MAX_MIN = 14 * 60,
	PARTIES_DEPTH = 3,
};

/* Low nibble first; a filler ends the number. */
static size_t read_digits(const uint8_t *octets, size_t len, char out[DIGITS_MAX + 1])
{
	static const char digits[] = "0123456789*#abc";
	size_t count = 0;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned nibble = octets[i / 2] >> (i % 2 ? 4 : 0) & 15;

		if (nibble == FILLER)
			break;
		if (count == DIGITS_MAX)
			return 0;
		out[count++] = digits[nibble];
	}
	out[count] = '\0';
	return count;
}

/* A national number begins with its area code, without the 0 that is dialled before it; exchanges
 * call short codes national as well. */
static bool is_area_number(const struct numbering *plan, const char *digits)
{
	char dialled[DIGITS_MAX + 2] = "0";
	struct number number;
	enum number_form form;

	memcpy(dialled + 1, digits, strlen(digits) + 1);
	if (digits[0] == '0' || number_read(plan, dialled, strlen(dialled), &number) != 0)
		return false;
	form = number_form(number.text);
	return form == NUMBER_FORM_FIXED || form == NUMBER_FORM_MOBILE;
}

int cdr_value_number(const struct numbering *plan, const struct ber_item *item,
		     char out[CDR_TEXT_MAX], bool *hidden)
{
	char digits[DIGITS_MAX + 1];
	size_t head = 1;
	uint8_t type;

	if (item->constructed || item->len < 1)
		return -EBADMSG;
	type = item->value[0];
	*hidden = false;
	if (!(type & NO_EXTENSION)) {
		if (item->len < 2)
			return -EBADMSG;
		*hidden = item->value[1] >> PRESENTATION_SHIFT & PRESENTATION_BITS;
		head = 2;
	}
	if (read_digits(item->value + head, item->len - head, digits) == 0) {
		if (item->len > head && item->value[head] != 0xff)
			return -EBADMSG;
		out[0] = '\0'; /* a number that nobody was told */
		return 0;
	}
	type = type >> TYPE_SHIFT & TYPE_BITS;
	snprintf(out, CDR_TEXT_MAX, "%s%s",
		 type == TYPE_INTERNATIONAL				 ? "+"
		 : type == TYPE_NATIONAL && is_area_number(plan, digits) ? "0"
									 : "",
		 digits);
	return 0;
}

/* Two digits of BCD, the first in the high nibble; -1 for anything else. */
static int bcd(uint8_t octet)
{
	int high = octet >> 4, low = octet & 15;

	return high < 10 && low < 10 ? high * 10 + low : -1;
}

int cdr_value_time(const struct ber_item *item, int64_t *out_ms)
{
	static const int most[TIME_OCTETS] = { 99, 12, 31, 23, 59, 59, 0, 14, 59 };
	int part[TIME_OCTETS];
	struct calendar_date date;

	if (item->constructed || item->len != TIME_OCTETS)
		return -EBADMSG;
	for (int i = 0; i < TIME_OCTETS; i++) {
		part[i] = i == 6 ? 0 : bcd(item->value[i]);
		if (part[i] < 0 || part[i] > most[i])
			return -EBADMSG;
	}
	date = (struct calendar_date){ 2000 + part[0], part[1], part[2] };
	int offset_min = part[7] * 60 + part[8];
	bool west = item->value[6] == '-';
	if (!calendar_date_valid(date) || offset_min > OFFSET_MAX_MIN ||
	    (!west && item->value[6] != '+'))
		return -EBADMSG;
	int64_t at_s = (part[3] * 60 + part[4]) * 60 + part[5] + CALENDAR_OFFSET_S -
		       (west ? -1 : 1) * offset_min * INT64_C(60);
	*out_ms = calendar_date_start(date) + at_s * 1000;
	return 0;
}

int cdr_value_text(const struct ber_item *item, char out[CDR_TEXT_MAX])
{
	if (item->constructed || item->len >= CDR_TEXT_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < item->len; i++)
		if (item->value[i] < ' ' || item->value[i] > '~')
			return -EBADMSG;
	memcpy(out, item->value, item->len);
	out[item->len] = '\0';
	return 0;
}

/* A CHOICE keeps its own tag within the one of the field. */
static int read_choice(const struct ber_item *item, struct ber_item *choice)
{
	struct ber_reader inside = ber_inside(item);

	if (!item->constructed || ber_next(&inside, choice) != 1 || choice->class != BER_CONTEXT ||
	    choice->tag > 1)
		return -EBADMSG;
	return 0;
}

int cdr_value_trunk(const struct ber_item *item, char out[CDR_TEXT_MAX])
{
	struct ber_item choice;
	int64_t number;

	if (read_choice(item, &choice) < 0)
		return -EBADMSG;
	if (choice.tag == 1)
		return cdr_value_text(&choice, out);
	if (ber_integer(&choice, &number) < 0)
		return -EBADMSG;
	snprintf(out, CDR_TEXT_MAX, "%" PRId64, number);
	return 0;
}

int cdr_value_trunk_id(const struct ber_item *item, char out[CDR_TEXT_MAX])
{
	struct ber_item choice;

	if (read_choice(item, &choice) < 0)
		return -EBADMSG;
	if (choice.tag == 0)
		return cdr_value_text(&choice, out);
	out[0] = '\0';
	return 0;
}

/* A telephone number is worth more than a name at some domain. */
static int party_rank(const struct numbering *plan, const char *text)
{
	struct number number;

	if (!text[0])
		return 0;
	return call_party_read(plan, text, strlen(text), &number) == 0 ? 2 : 1;
}

/* What some nodes put round the CHOICE, and SEQUENCE OF, is gone through. */
static int best_party(const struct numbering *plan, struct ber_reader inside, unsigned depth,
		      char best[CDR_TEXT_MAX])
{
	struct ber_item item;
	char text[CDR_TEXT_MAX];
	int rc;

	while ((rc = ber_next(&inside, &item)) == 1) {
		text[0] = '\0';
		if (item.constructed && depth < PARTIES_DEPTH)
			rc = best_party(plan, ber_inside(&item), depth + 1, text);
		else if (item.class == BER_CONTEXT && !item.constructed)
			rc = cdr_value_text(&item, text);
		if (rc < 0)
			return rc;
		if (party_rank(plan, text) > party_rank(plan, best))
			memcpy(best, text, sizeof(text));
	}
	return rc;
}

int cdr_value_party(const struct numbering *plan, const struct ber_item *item,
		    char out[CDR_TEXT_MAX])
{
	char best[CDR_TEXT_MAX] = "";
	int rc;

	if (!item->constructed)
		return -EBADMSG;
	rc = best_party(plan, ber_inside(item), 0, best);
	if (rc == 0)
		memcpy(out, best, sizeof(best));
	return rc;
}

/* SuppServiceUsed ::= SEQUENCE { ssCode [0], ssTime [1] OPTIONAL }; SS-Code of TS 29.002: all
 * forwardings are 0010 in the high nibble, and 0x24 is call deflection. */
int cdr_value_forwarding(const struct ber_item *item, bool *out)
{
	struct ber_reader services = ber_inside(item);
	struct ber_item service, code;
	bool found = false;
	int rc;

	if (!item->constructed)
		return -EBADMSG;
	while ((rc = ber_next(&services, &service)) == 1) {
		struct ber_reader members = ber_inside(&service);

		if (!service.constructed)
			return -EBADMSG;
		while ((rc = ber_next(&members, &code)) == 1)
			if (code.class == BER_CONTEXT && code.tag == 0 && code.len == 1 &&
			    code.value[0] >> 4 == 2)
				found = true;
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		*out = found;
	return rc;
}
