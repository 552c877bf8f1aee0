/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/thought.h"

#include "rules/language.h"

#include <stdio.h>
#include <string.h>

/* Words of who begins another complaint. */
static bool begins_another(const struct language *language, const char *utf8, size_t len)
{
	char16_t unit[THOUGHT_TEXT_MAX];
	uint8_t mark[THOUGHT_TEXT_MAX];
	struct text text = { .unit = unit, .mark = mark };

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

bool thought_goes_on(const struct language *language, const struct thought *thought,
		     const char *second, const struct report_reading *reading, int64_t received_ms,
		     struct report_reading *whole)
{
	char text[THOUGHT_TEXT_MAX + 1];
	struct report_reading both;
	bool adds;
	int len;

	if (!may_follow(reading))
		return false;
	len = snprintf(text, sizeof(text), "%s\n%s", thought->first, second);
	if (len < 0 || (size_t)len >= sizeof(text) ||
	    begins_another(language, second, strlen(second)) ||
	    report_parse_text(language, text, (size_t)len, received_ms, &both) < 0)
		return false;
	/* The words must not make something else of the number. */
	if ((both.intent != REPORT_CALL && both.intent != REPORT_SMS) || both.number_count != 1 ||
	    strcmp(both.numbers[0].text, thought->number->text) != 0)
		return false;
	adds = (!thought->has_topic && both.category != REPORT_UNKNOWN) ||
	       (!thought->has_time && both.has_call_time);
	if (!adds && (reading->intent == REPORT_CHAT || thought->has_topic || thought->has_time))
		return false;
	*whole = both;
	return true;
}
