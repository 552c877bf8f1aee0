/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/thought.h"

#include <stdio.h>
#include <string.h>

/* Words of who begins another complaint. */
static const char *const another[] = {
	"还有", "還有", "另外", "另一", "又一个", "又一個", "别的", "別的", "another", "Another",
};

static bool begins_another(const char *text)
{
	for (size_t i = 0; i < sizeof(another) / sizeof(another[0]); i++)
		if (strstr(text, another[i]))
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

	if (!may_follow(reading) || begins_another(second))
		return false;
	len = snprintf(text, sizeof(text), "%s\n%s", thought->first, second);
	if (len < 0 || (size_t)len >= sizeof(text) ||
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
