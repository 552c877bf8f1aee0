/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/thought.h"

#include "rules/language.h"

#include <stdio.h>
#include <string.h>

/* Words of who begins another complaint. */
static bool begins_another(const struct language *language, const char *utf8)
{
	char16_t unit[THOUGHT_TEXT_MAX];
	uint8_t mark[THOUGHT_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };

	size_t len = strlen(utf8);

	if (len > THOUGHT_TEXT_MAX)
		return false; /* too long to be read with another, anyway */
	text_fold(language, utf8, len, &text);
	for (size_t i = 0; i < text.len; i++)
		if (cue_find(&text, i, CUE_ANOTHER))
			return true;
	return false;
}

static bool may_follow(const struct report_reading *reading)
{
	return reading->number_count == 0 && !reading->receipt[0] &&
	       (reading->intent == REPORT_CALL || reading->intent == REPORT_SMS ||
		reading->intent == REPORT_CHAT);
}

/* Two texts of which the words of one must not make something else of the number of the other. */
struct pair {
	const char *first, *second;
	const struct number *number;
};

static bool read_both(const struct language *language, const struct pair *pair, int64_t received_ms,
		      struct report_reading *whole)
{
	char text[THOUGHT_TEXT_MAX + 1];
	int len = snprintf(text, sizeof(text), "%s\n%s", pair->first, pair->second);

	if (len < 0 || (size_t)len >= sizeof(text) ||
	    report_parse_text(language, NULL, text, (size_t)len, received_ms, whole) < 0)
		return false;
	return (whole->intent == REPORT_CALL || whole->intent == REPORT_SMS) &&
	       whole->number_count == 1 && strcmp(whole->numbers[0].text, pair->number->text) == 0;
}

bool thought_ends(const struct language *language, const char *first, const char *second,
		  const struct report_reading *reading, int64_t received_ms,
		  struct report_reading *whole)
{
	const struct pair pair = { first, second, &reading->numbers[0] };
	struct report_reading both;

	if (reading->number_count != 1 || begins_another(language, second) ||
	    (reading->intent != REPORT_CALL && reading->intent != REPORT_SMS) ||
	    !read_both(language, &pair, received_ms, &both))
		return false;
	if (both.category == reading->category && both.has_call_time == reading->has_call_time)
		return false;
	*whole = both;
	return true;
}

bool thought_goes_on(const struct language *language, const struct thought *thought,
		     const char *second, const struct report_reading *reading, int64_t received_ms,
		     struct report_reading *whole)
{
	const struct pair pair = { thought->first, second, thought->number };
	struct report_reading both;
	bool adds;

	if (!may_follow(reading) || begins_another(language, second) ||
	    !read_both(language, &pair, received_ms, &both))
		return false;
	adds = (!thought->has_topic && both.category != REPORT_UNKNOWN) ||
	       (!thought->has_time && both.has_call_time);
	if (!adds && (reading->intent == REPORT_CHAT || thought->has_topic || thought->has_time))
		return false;
	*whole = both;
	return true;
}
