/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "rules/numbering.h"

enum {
	DIGITS_MAX = 30, /* 00, 86, a carrier prefix and the longest port number */
	ADDRESS_TEXT_MAX = 128,
	EXTENSION_MAX = 5,
	PACK_DIGITS_MAX = 15,
};

static const char withheld[] = "withheld";

/* What exchanges put in place of a number that may not be shown. */
static const char *const withheld_words[] = { withheld, "anonymous", "private", "restricted" };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
	return c != '\0' && strchr(" \t-./()*_,", c) != NULL;
}

static bool is_withheld(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(withheld_words) / sizeof(withheld_words[0]); i++) {
		if (strlen(withheld_words[i]) == len &&
		    strncasecmp(text, withheld_words[i], len) == 0)
			return true;
	}
	return false;
}

static void set_text(struct number *out, const char *text, size_t len)
{
	memset(out->text, 0, sizeof(out->text));
	memcpy(out->text, text, len);
}

struct digit_run {
	bool plus;
	char digits[DIGITS_MAX];
	size_t len;
	size_t last_dash; /* digits before the last '-', 0 for none */
};

/* "(0)" behind a country code is dialled at home only. */
static bool is_trunk_zero(const char *text, size_t len, size_t at, const struct digit_run *run)
{
	return (run->plus || (run->len > 2 && run->digits[0] == '0' && run->digits[1] == '0')) &&
	       run->len > 0 && at + 3 <= len && memcmp(text + at, "(0)", 3) == 0;
}

static int collect_digits(const char *text, size_t len, struct digit_run *run)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+' && run->len == 0 && !run->plus) {
			run->plus = true;
		} else if (is_digit(text[i])) {
			if (run->len == DIGITS_MAX)
				return -EBADMSG;
			run->digits[run->len++] = text[i];
		} else if (is_trunk_zero(text, len, i, run)) {
			i += 2;
		} else if (!is_separator(text[i])) {
			return -EBADMSG;
		} else if (text[i] == '-') {
			run->last_dash = run->len;
		}
	}
	return 0;
}

/* The digits behind the last dash may be an extension of a fixed or a shared-cost number. */
static int read_without_extension(const struct numbering *plan, const struct digit_run *run,
				  struct number *out)
{
	struct number whole;
	size_t extension = run->len - run->last_dash;
	if (!run->last_dash || extension == 0 || extension > EXTENSION_MAX ||
	    numbering_read(plan, run->plus, run->digits, run->last_dash, &whole) != 0)
		return -EBADMSG;
	enum number_class class = number_classify(plan, whole.text);
	if (class != NUMBER_FIXED && class != NUMBER_SHARED)
		return -EBADMSG;
	*out = whole;
	return 0;
}

int number_read(const struct numbering *plan, const char *text, size_t len, struct number *out)
{
	if (is_withheld(text, len)) {
		set_text(out, withheld, strlen(withheld));
		return 0;
	}
	if (len > ADDRESS_TEXT_MAX)
		return -EBADMSG;
	struct digit_run run = { 0 };
	if (collect_digits(text, len, &run) != 0 || run.len == 0)
		return -EBADMSG;
	if (numbering_read(plan, run.plus, run.digits, run.len, out) == 0)
		return 0;
	return read_without_extension(plan, &run, out);
}

/* A sender's name: printable, with something in it that no telephone number has. */
static bool is_alpha_sender(const char *text, size_t len)
{
	bool named = false;
	if (len == 0 || len >= NUMBER_MAX || text[0] == '+')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
		if (!is_digit(text[i]) && !is_separator(text[i]))
			named = true;
	}
	return named && !is_withheld(text, len);
}

int number_from_address(const struct numbering *plan, uint8_t ton, const char *text, size_t len,
			struct number *out)
{
	enum { TON_INTERNATIONAL = 1, TON_ALPHANUMERIC = 5 };

	if (ton == TON_ALPHANUMERIC && is_alpha_sender(text, len)) {
		set_text(out, text, len);
		return 0;
	}
	if (ton == TON_INTERNATIONAL && len > 0 && len < ADDRESS_TEXT_MAX && is_digit(text[0]) &&
	    text[0] != '0') {
		char with_plus[ADDRESS_TEXT_MAX + 1] = "+";
		memcpy(with_plus + 1, text, len);
		if (number_read(plan, with_plus, len + 1, out) == 0)
			return 0;
		/* Centres also label short codes international; they are read as written. */
	}
	return number_read(plan, text, len, out);
}

static bool all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return false;
	}
	return len > 0;
}

bool number_opens_mobile(const struct numbering *plan, const char *digits, size_t len)
{
	return numbering_opens_mobile(plan, digits, len);
}

enum number_class number_classify(const struct numbering *plan, const char *canonical)
{
	size_t len = strnlen(canonical, NUMBER_MAX);
	if (len == 0 || len >= NUMBER_MAX)
		return NUMBER_NONE;
	if (canonical[0] == '+') {
		if (!all_digits(canonical + 1, len - 1))
			return NUMBER_NONE;
		if (strncmp(canonical, "+86", 3) != 0)
			return numbering_is_foreign(plan, canonical + 1, len - 1) ? NUMBER_FOREIGN
										  : NUMBER_NONE;
		if (numbering_is_mobile(plan, canonical + 3, len - 3))
			return NUMBER_MOBILE;
		return numbering_is_fixed(plan, canonical + 3, len - 3) ? NUMBER_FIXED
									: NUMBER_NONE;
	}
	if (all_digits(canonical, len))
		return numbering_code_class(plan, canonical, len);
	if (strcmp(canonical, withheld) == 0)
		return NUMBER_WITHHELD;
	return is_alpha_sender(canonical, len) ? NUMBER_ALPHA : NUMBER_NONE;
}

/* Behind +86: mobile numbers begin with 1, and so does no area code but 10. */
static enum number_form home_form(const char *digits, size_t len)
{
	enum { HOME_MIN = 9, HOME_MAX = 12, MOBILE_MIN = 11, MOBILE_MAX = 13, CAPITAL = 10 };

	if (!all_digits(digits, len) || digits[0] == '0')
		return NUMBER_FORM_NONE;
	if (digits[0] != '1')
		return len >= HOME_MIN && len <= HOME_MAX ? NUMBER_FORM_FIXED : NUMBER_FORM_NONE;
	if (len == CAPITAL && digits[1] == '0')
		return NUMBER_FORM_FIXED;
	return len >= MOBILE_MIN && len <= MOBILE_MAX ? NUMBER_FORM_MOBILE : NUMBER_FORM_NONE;
}

enum number_form number_form(const char *canonical)
{
	enum { FOREIGN_MIN = 5, FOREIGN_MAX = 15, CODE_MIN = 3, CODE_MAX = 20 };

	size_t len = strnlen(canonical, NUMBER_MAX);
	if (len == 0 || len >= NUMBER_MAX)
		return NUMBER_FORM_NONE;
	if (strncmp(canonical, "+86", 3) == 0)
		return home_form(canonical + 3, len - 3);
	if (canonical[0] == '+')
		return all_digits(canonical + 1, len - 1) && canonical[1] != '0' &&
				       len - 1 >= FOREIGN_MIN && len - 1 <= FOREIGN_MAX
			       ? NUMBER_FORM_FOREIGN
			       : NUMBER_FORM_NONE;
	if (all_digits(canonical, len))
		return canonical[0] != '0' && len >= CODE_MIN && len <= CODE_MAX ? NUMBER_FORM_CODE
										 : NUMBER_FORM_NONE;
	if (strcmp(canonical, withheld) == 0)
		return NUMBER_FORM_WITHHELD;
	return is_alpha_sender(canonical, len) ? NUMBER_FORM_ALPHA : NUMBER_FORM_NONE;
}

static const char *const class_names[] = {
	[NUMBER_NONE] = "none",		[NUMBER_MOBILE] = "mobile",
	[NUMBER_FIXED] = "fixed",	[NUMBER_SHARED] = "shared",
	[NUMBER_OPERATOR] = "operator", [NUMBER_SERVICE] = "service",
	[NUMBER_PORT] = "port",		[NUMBER_FOREIGN] = "foreign",
	[NUMBER_ALPHA] = "alpha",	[NUMBER_WITHHELD] = "withheld",
};
static_assert(sizeof(class_names) / sizeof(class_names[0]) == NUMBER_CLASS_COUNT,
	      "a name for each class");

const char *number_class_name(enum number_class class)
{
	return class < NUMBER_CLASS_COUNT ? class_names[class] : "none";
}

bool number_is_foreign(const char *canonical)
{
	return canonical[0] == '+' && strncmp(canonical, "+86", 3) != 0;
}

bool number_is_official(const struct numbering *plan, const char *canonical)
{
	return numbering_known(plan, canonical) == NUMBERING_OFFICIAL;
}

void number_display(const char *canonical, char *out)
{
	const char *prefix = "";
	if (strncmp(canonical, "+86", 3) == 0) {
		prefix = number_form(canonical) == NUMBER_FORM_FIXED ? "0" : "";
		canonical += 3;
	}
	size_t n = strlen(prefix), len = strnlen(canonical, NUMBER_MAX - 1 - n);
	memset(out, 0, NUMBER_MAX);
	memcpy(out, prefix, n);
	memcpy(out + n, canonical, len);
}

void number_mask(const char *canonical, char *out)
{
	enum { WHOLE_MAX = 6, HEAD = 3, TAIL = 4, TAIL_SHORT = 2, TAIL_FROM = 10 };

	bool named = canonical[0] != '+' && !is_digit(canonical[0]);
	number_display(canonical, out);
	size_t len = strlen(out);
	size_t plus = out[0] == '+';
	if (named || len - plus <= WHOLE_MAX)
		return;
	size_t tail = len - plus >= TAIL_FROM ? TAIL : TAIL_SHORT;
	for (size_t i = plus + HEAD; i < len - tail; i++)
		out[i] = '*';
}

/* The value of the digits, doubled, with the '+' in the lowest bit. No canonical number begins
 * with 0, so the value alone tells the length. */
uint64_t number_pack(const char *canonical)
{
	enum number_form form = number_form(canonical);
	if (form == NUMBER_FORM_NONE || form == NUMBER_FORM_ALPHA || form == NUMBER_FORM_WITHHELD)
		return 0;
	bool plus = canonical[0] == '+';
	const char *digits = canonical + plus;
	if (strlen(digits) > PACK_DIGITS_MAX)
		return 0;
	uint64_t value = 0;
	for (; *digits; digits++)
		value = value * 10 + (uint64_t)(*digits - '0');
	return value << 1 | plus;
}

int number_unpack(uint64_t key, struct number *out)
{
	char reversed[PACK_DIGITS_MAX];
	struct number made = { "" };
	size_t n = 0, at = 0;

	for (uint64_t value = key >> 1; value; value /= 10) {
		if (n == PACK_DIGITS_MAX)
			return -EBADMSG;
		reversed[n++] = (char)('0' + value % 10);
	}
	if (key & 1)
		made.text[at++] = '+';
	while (n > 0)
		made.text[at++] = reversed[--n];
	if (number_form(made.text) == NUMBER_FORM_NONE)
		return -EBADMSG;
	*out = made;
	return 0;
}
