/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/feed_name.h"

#include <string.h>

enum { DIGITS_MAX = 18, DIGITS_MIN = 4 };

static const char mark[] = "{seq}";
enum { MARK_LEN = sizeof(mark) - 1 };

bool feed_pattern_ok(const char *pattern)
{
	const char *seq = strstr(pattern, mark);

	if (!pattern[0] || pattern[0] == '.' || strchr(pattern, '/'))
		return false;
	return !seq || !strstr(seq + 1, mark);
}

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* Counters are written with leading zeros and turn over at the end of their digits; without them
 * four digits are the least at which one may. */
static struct feed_sequence read_sequence(const char *text, size_t digits)
{
	struct feed_sequence sequence = { .known = true, .modulus = 1 };

	for (size_t i = 0; i < digits; i++)
		sequence.number = sequence.number * 10 + (text[i] - '0');
	for (size_t i = 0; i < digits || i < DIGITS_MIN; i++)
		sequence.modulus *= 10;
	return sequence;
}

static bool fits(const char *pattern, const char *name, struct feed_sequence *out);

/* With as many digits as can be: "1*" behind it is no number's business. */
static bool sequence_fits(const char *pattern, const char *name, struct feed_sequence *out)
{
	for (size_t digits = count_digits(name); digits > 0; digits--) {
		struct feed_sequence sequence = { 0 };

		if (digits > DIGITS_MAX || !fits(pattern + MARK_LEN, name + digits, &sequence))
			continue;
		*out = read_sequence(name, digits);
		return true;
	}
	return false;
}

/* Recursion is bounded by the number of marks in the pattern, which is configuration. */
static bool fits(const char *pattern, const char *name, struct feed_sequence *out)
{
	for (; *pattern; pattern++, name++) {
		if (strncmp(pattern, mark, MARK_LEN) == 0)
			return sequence_fits(pattern, name, out);
		if (*pattern == '*') {
			for (;; name++) {
				if (fits(pattern + 1, name, out))
					return true;
				if (!*name)
					return false;
			}
		}
		if (*pattern != *name)
			return false;
	}
	return *name == '\0';
}

bool feed_name_fits(const char *pattern, const char *name, struct feed_sequence *out)
{
	struct feed_sequence sequence = { 0 };

	if (!fits(pattern, name, &sequence))
		return false;
	*out = sequence;
	return true;
}

int64_t feed_sequence_position(const struct feed_sequence *sequence, int64_t next)
{
	int64_t modulus = sequence->modulus;
	int64_t ahead = (sequence->number - next) % modulus;

	if (ahead < 0)
		ahead += modulus;
	if (ahead > modulus / 2)
		ahead -= modulus;
	return next + ahead;
}
