/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/numbering.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

enum { LOCAL_7 = 1, LOCAL_8 = 2 };

/* Area codes of three digits and the lengths of their local numbers. Codes of two digits are 10
 * and 20 to 29 without 26, all with eight. */
static const struct area_range {
	uint16_t from;
	uint16_t to;
	uint8_t local;
} area_ranges[] = {
	{ 310, 310, LOCAL_7 },		 { 311, 311, LOCAL_8 },
	{ 312, 319, LOCAL_7 },		 { 335, 335, LOCAL_7 },
	{ 349, 359, LOCAL_7 },		 { 370, 370, LOCAL_7 },
	{ 371, 371, LOCAL_8 },		 { 372, 376, LOCAL_7 },
	{ 377, 377, LOCAL_8 },		 { 378, 378, LOCAL_7 },
	{ 379, 379, LOCAL_8 },		 { 391, 396, LOCAL_7 },
	{ 398, 398, LOCAL_7 },		 { 411, 411, LOCAL_8 },
	{ 412, 412, LOCAL_7 },		 { 414, 419, LOCAL_7 },
	{ 421, 421, LOCAL_7 },		 { 427, 427, LOCAL_7 },
	{ 429, 429, LOCAL_7 },		 { 431, 432, LOCAL_8 },
	{ 433, 433, LOCAL_7 | LOCAL_8 }, { 434, 434, LOCAL_7 },
	{ 435, 435, LOCAL_7 | LOCAL_8 }, { 436, 439, LOCAL_7 },
	{ 451, 451, LOCAL_8 },		 { 452, 459, LOCAL_7 },
	{ 464, 464, LOCAL_7 },		 { 467, 479, LOCAL_7 },
	{ 482, 483, LOCAL_7 },		 { 510, 519, LOCAL_8 },
	{ 523, 523, LOCAL_8 },		 { 527, 527, LOCAL_8 },
	{ 530, 530, LOCAL_7 },		 { 531, 532, LOCAL_8 },
	{ 533, 539, LOCAL_7 },		 { 543, 543, LOCAL_7 },
	{ 546, 546, LOCAL_7 },		 { 550, 550, LOCAL_7 },
	{ 551, 551, LOCAL_8 },		 { 552, 559, LOCAL_7 },
	{ 561, 564, LOCAL_7 },		 { 566, 566, LOCAL_7 },
	{ 570, 570, LOCAL_7 },		 { 571, 571, LOCAL_8 },
	{ 572, 572, LOCAL_7 },		 { 573, 577, LOCAL_8 },
	{ 578, 578, LOCAL_7 },		 { 579, 579, LOCAL_8 },
	{ 580, 580, LOCAL_7 },		 { 591, 591, LOCAL_8 },
	{ 592, 594, LOCAL_7 },		 { 595, 595, LOCAL_8 },
	{ 596, 599, LOCAL_7 },		 { 631, 635, LOCAL_7 },
	{ 660, 660, LOCAL_7 },		 { 662, 663, LOCAL_7 },
	{ 668, 668, LOCAL_7 },		 { 691, 692, LOCAL_7 },
	{ 701, 701, LOCAL_7 },		 { 710, 719, LOCAL_7 },
	{ 722, 722, LOCAL_7 },		 { 724, 724, LOCAL_7 },
	{ 728, 728, LOCAL_7 },		 { 730, 730, LOCAL_7 },
	{ 731, 731, LOCAL_8 },		 { 734, 739, LOCAL_7 },
	{ 743, 746, LOCAL_7 },		 { 750, 753, LOCAL_7 },
	{ 754, 754, LOCAL_7 | LOCAL_8 }, { 755, 755, LOCAL_8 },
	{ 756, 756, LOCAL_7 },		 { 757, 757, LOCAL_8 },
	{ 758, 759, LOCAL_7 },		 { 760, 760, LOCAL_8 },
	{ 762, 763, LOCAL_7 },		 { 766, 766, LOCAL_7 },
	{ 768, 768, LOCAL_7 },		 { 769, 769, LOCAL_8 },
	{ 770, 779, LOCAL_7 },		 { 790, 790, LOCAL_7 },
	{ 791, 791, LOCAL_8 },		 { 792, 799, LOCAL_7 },
	{ 807, 807, LOCAL_8 },		 { 812, 813, LOCAL_7 },
	{ 816, 818, LOCAL_7 },		 { 825, 827, LOCAL_7 },
	{ 830, 839, LOCAL_7 },		 { 851, 851, LOCAL_7 | LOCAL_8 },
	{ 852, 859, LOCAL_7 },		 { 870, 870, LOCAL_7 },
	{ 871, 871, LOCAL_8 },		 { 872, 879, LOCAL_7 },
	{ 883, 883, LOCAL_7 },		 { 886, 888, LOCAL_7 },
	{ 891, 897, LOCAL_7 },		 { 898, 898, LOCAL_8 },
	{ 901, 903, LOCAL_7 },		 { 906, 906, LOCAL_7 },
	{ 908, 909, LOCAL_7 },		 { 911, 917, LOCAL_7 },
	{ 919, 919, LOCAL_7 },		 { 930, 939, LOCAL_7 },
	{ 941, 941, LOCAL_7 },		 { 943, 943, LOCAL_7 },
	{ 951, 955, LOCAL_7 },		 { 970, 979, LOCAL_7 },
	{ 990, 999, LOCAL_7 },
};

/* No code is a prefix of another. */
static const uint16_t country_codes[] = {
	1,   7,	  20,  27,  30,	 31,  32,  33,	34,  36,  39,  40,  41,	 43,  44,  45,	46,  47,
	48,  49,  51,  52,  53,	 54,  55,  56,	57,  58,  60,  61,  62,	 63,  64,  65,	66,  81,
	82,  84,  86,  90,  91,	 92,  93,  94,	95,  98,  211, 212, 213, 216, 218, 220, 221, 222,
	223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 236, 237, 238, 239, 240,
	241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258,
	260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 290, 291, 297, 298, 299, 350, 351, 352,
	353, 354, 355, 356, 357, 358, 359, 370, 371, 372, 373, 374, 375, 376, 377, 378, 380, 381,
	382, 383, 385, 386, 387, 389, 420, 421, 423, 500, 501, 502, 503, 504, 505, 506, 507, 508,
	509, 590, 591, 592, 593, 594, 595, 596, 597, 598, 599, 670, 672, 673, 674, 675, 676, 677,
	678, 679, 680, 681, 682, 683, 685, 686, 687, 688, 689, 690, 691, 692, 800, 808, 850, 852,
	853, 855, 856, 870, 878, 880, 881, 882, 883, 886, 888, 960, 961, 962, 963, 964, 965, 966,
	967, 968, 970, 971, 972, 973, 974, 975, 976, 977, 979, 992, 993, 994, 995, 996, 998,
};

/* Countries whose numbers have a known length behind the code. The others are only held to what
 * E.164 allows. */
static const struct country_length {
	uint16_t code;
	uint8_t min, max;
} country_lengths[] = { { 1, 10, 10 }, { 65, 8, 8 },  { 290, 4, 5 }, { 352, 4, 11 },
			{ 683, 4, 7 }, { 690, 4, 7 }, { 852, 8, 8 }, { 853, 8, 8 } };

enum { COUNTRY_NATIONAL_MIN = 5, E164_MAX = 15 };

/* Codes that are dialled as they stand. The longest prefix that fits decides. `bare86` says that
 * 86 without a plus may stand before it, `area` that an area code may. */
static const struct code_family {
	const char *prefix;
	uint8_t min;
	uint8_t max;
	bool bare86;
	bool area;
	enum number_class class;
} code_families[] = {
	{ "100", 5, 12, true, true, NUMBER_OPERATOR },
	{ "101", 5, 7, false, false, NUMBER_SERVICE },
	{ "1010", 8, 8, false, false, NUMBER_SERVICE },
	{ "102", 5, 7, false, false, NUMBER_SERVICE },
	{ "103", 5, 7, false, false, NUMBER_SERVICE },
	{ "104", 5, 7, false, false, NUMBER_SERVICE },
	{ "105", 5, 7, false, false, NUMBER_SERVICE },
	{ "106", 8, 20, true, false, NUMBER_PORT },
	{ "107", 5, 7, false, false, NUMBER_SERVICE },
	{ "108", 5, 7, false, false, NUMBER_SERVICE },
	{ "109", 5, 7, false, false, NUMBER_SERVICE },
	{ "110", 3, 3, false, false, NUMBER_SERVICE },
	{ "112", 3, 3, false, false, NUMBER_SERVICE },
	{ "114", 3, 3, false, true, NUMBER_SERVICE },
	{ "119", 3, 3, false, false, NUMBER_SERVICE },
	{ "11808", 5, 5, false, false, NUMBER_SERVICE },
	{ "116114", 6, 6, false, true, NUMBER_SERVICE },
	{ "118114", 6, 6, false, true, NUMBER_SERVICE },
	{ "120", 3, 5, false, false, NUMBER_SERVICE },
	{ "122", 3, 5, false, false, NUMBER_SERVICE },
	{ "12", 5, 5, false, true, NUMBER_SERVICE },
	{ "179", 5, 5, false, false, NUMBER_SERVICE },
	{ "700", 10, 10, false, false, NUMBER_SERVICE },
	{ "95", 5, 13, true, true, NUMBER_SERVICE },
	{ "96", 5, 12, true, true, NUMBER_SERVICE },
	{ "400", 10, 10, true, false, NUMBER_SHARED },
	{ "800", 10, 10, true, false, NUMBER_SHARED },
};

/* Dialled before a number to choose who carries the call, or, with 12583, for which of the second
 * numbers on a card it is made. */
static const char *const carrier_prefixes[] = { "17951", "17950",  "12593",  "17911",
						"17910", "10193",  "17909",  "17908",
						"11808", "125831", "125832", "125833" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const mobile_prefixes[] = { "13", "14", "15", "16", "17", "18", "19" };

static const struct known_number {
	const char *text;
	enum numbering_known known;
} known_numbers[] = {
	{ "10085", NUMBERING_OFFICIAL },  { "10086", NUMBERING_OFFICIAL },
	{ "1008611", NUMBERING_OWN },	  { "10086999", NUMBERING_SERVICE_CODE },
	{ "12110", NUMBERING_AUTHORITY }, { "12300", NUMBERING_AUTHORITY },
	{ "12315", NUMBERING_AUTHORITY }, { "12318", NUMBERING_AUTHORITY },
	{ "12321", NUMBERING_AUTHORITY }, { "12328", NUMBERING_AUTHORITY },
	{ "12337", NUMBERING_AUTHORITY }, { "12345", NUMBERING_AUTHORITY },
	{ "12348", NUMBERING_AUTHORITY }, { "12363", NUMBERING_AUTHORITY },
	{ "12377", NUMBERING_AUTHORITY }, { "12378", NUMBERING_AUTHORITY },
	{ "12381", NUMBERING_AUTHORITY }, { "12386", NUMBERING_AUTHORITY },
	{ "12389", NUMBERING_AUTHORITY }, { "96110", NUMBERING_AUTHORITY },
};

struct numbering {
	const char *const *mobiles;
	size_t mobile_count;
	const struct area_range *areas;
	size_t area_count;
	const uint16_t *countries;
	size_t country_count;
	const struct country_length *lengths;
	size_t length_count;
	const struct code_family *families;
	size_t family_count;
	const char *const *carriers;
	size_t carrier_count;
	const struct known_number *known;
	size_t known_count;
};

struct numbering *numbering_create_builtin(void *ctx)
{
	struct numbering *plan = talloc(ctx, struct numbering);

	if (!plan)
		return NULL;
	*plan = (struct numbering){
		.mobiles = mobile_prefixes,
		.mobile_count = COUNT(mobile_prefixes),
		.areas = area_ranges,
		.area_count = COUNT(area_ranges),
		.countries = country_codes,
		.country_count = COUNT(country_codes),
		.lengths = country_lengths,
		.length_count = COUNT(country_lengths),
		.families = code_families,
		.family_count = COUNT(code_families),
		.carriers = carrier_prefixes,
		.carrier_count = COUNT(carrier_prefixes),
		.known = known_numbers,
		.known_count = COUNT(known_numbers),
	};
	return plan;
}

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

static const struct code_family *find_family(const struct numbering *plan, const char *digits,
					     size_t len)
{
	const struct code_family *best = NULL;
	for (size_t i = 0; i < plan->family_count; i++) {
		const struct code_family *f = &plan->families[i];
		if (starts_with(digits, len, f->prefix) &&
		    (!best || strlen(f->prefix) > strlen(best->prefix)))
			best = f;
	}
	/* "120" may be the ambulance or the head of "12012". */
	if (!best || len < best->min || len > best->max || (best->min == 3 && len == 4))
		return NULL;
	return best;
}

static uint8_t area_local_lengths(const struct numbering *plan, unsigned area)
{
	for (size_t i = 0; i < plan->area_count; i++) {
		if (area >= plan->areas[i].from && area <= plan->areas[i].to)
			return plan->areas[i].local;
	}
	return 0;
}

/* Digits of the area code that `digits` (no trunk 0) begins with, or 0. */
static size_t area_length(const struct numbering *plan, const char *digits, size_t len,
			  uint8_t *local)
{
	if (len < 3)
		return 0;
	unsigned two = value_of(digits, 2);
	if (two == 10 || (two >= 20 && two <= 29 && two != 26)) {
		*local = LOCAL_8;
		return 2;
	}
	*local = area_local_lengths(plan, value_of(digits, 3));
	return *local ? 3 : 0;
}

bool numbering_is_mobile(const struct numbering *plan, const char *digits, size_t len)
{
	for (size_t i = 0; len == 11 && i < plan->mobile_count; i++) {
		if (starts_with(digits, len, plan->mobiles[i]))
			return true;
	}
	return false;
}

bool numbering_is_fixed(const struct numbering *plan, const char *digits, size_t len)
{
	uint8_t local = 0;
	size_t area = area_length(plan, digits, len, &local);
	if (!area || digits[area] < '2' || digits[area] > '8')
		return false;
	return (len - area == 7 && (local & LOCAL_7)) || (len - area == 8 && (local & LOCAL_8));
}

size_t numbering_country(const struct numbering *plan, const char *digits, size_t len,
			 unsigned *code)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned value = value_of(digits, n);
		size_t low = 0, high = plan->country_count;
		while (low < high) {
			size_t mid = (low + high) / 2;
			if (plan->countries[mid] < value)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < plan->country_count && plan->countries[low] == value &&
		    digits[0] != '0') {
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
	if (code == 1 && digits[1] < '2') /* no North American area code begins with 0 or 1 */
		return false;
	for (size_t i = 0; i < plan->length_count; i++) {
		if (plan->lengths[i].code == code)
			return len - n >= plan->lengths[i].min && len - n <= plan->lengths[i].max;
	}
	return len >= n + COUNTRY_NATIONAL_MIN;
}

enum number_class numbering_code_class(const struct numbering *plan, const char *digits, size_t len)
{
	const struct code_family *f = find_family(plan, digits, len);
	return f ? f->class : NUMBER_NONE;
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
	uint8_t local = 0;
	size_t area = area_length(plan, digits, len, &local);
	const struct code_family *f = area ? find_family(plan, digits + area, len - area) : NULL;
	if (f && f->area)
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
	if (!trunk && find_family(plan, rest, n))
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
	const struct code_family *f = find_family(plan, digits, len);
	if (f && !f->bare86)
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
	for (size_t i = 0; i < plan->carrier_count; i++) {
		if (!starts_with(digits, len, plan->carriers[i]))
			continue;
		const char *rest = digits + strlen(plan->carriers[i]);
		size_t n = len - strlen(plan->carriers[i]);
		if (starts_with(rest, n, "00"))
			return read_international(plan, rest + 2, n - 2, out);
		/* A code of few digits behind a prefix is chance: "12593" and "95533". */
		return n < 10 ? -EBADMSG : read_subscriber(plan, rest, n, out);
	}
	return -EBADMSG;
}

bool numbering_is_dialled_before(const struct numbering *plan, const char *digits, size_t len)
{
	for (size_t i = 0; i < plan->carrier_count; i++) {
		if (strlen(plan->carriers[i]) == len && memcmp(plan->carriers[i], digits, len) == 0)
			return true;
	}
	return false;
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

enum numbering_known numbering_known(const struct numbering *plan, const char *canonical)
{
	for (size_t i = 0; i < plan->known_count; i++) {
		if (strcmp(plan->known[i].text, canonical) == 0)
			return plan->known[i].known;
	}
	return NUMBERING_UNKNOWN;
}

const char *numbering_official(const struct numbering *plan, size_t i)
{
	for (size_t k = 0; k < plan->known_count; k++) {
		if (plan->known[k].known == NUMBERING_OFFICIAL && i-- == 0)
			return plan->known[k].text;
	}
	return NULL;
}

size_t numbering_official_count(const struct numbering *plan)
{
	size_t count = 0;

	while (numbering_official(plan, count))
		count++;
	return count;
}
