/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/quiet_hours.h"

#include <errno.h>
#include <stddef.h>

#include "rules/calendar.h"

enum { HOURS = 24, MINUTES = 60, DAY_MINUTES = HOURS * MINUTES, MINUTE_MS = 60000 };

static bool two_digits(const char *text, unsigned limit, unsigned *out)
{
	for (int i = 0; i < 2; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	*out = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	return *out < limit;
}

/* "HH:MM"; what follows it, or NULL. */
static const char *read_minute(const char *text, uint16_t *out)
{
	unsigned hour, minute;

	if (!two_digits(text, HOURS, &hour) || text[2] != ':' ||
	    !two_digits(text + 3, MINUTES, &minute))
		return NULL;
	*out = (uint16_t)(hour * MINUTES + minute);
	return text + 5;
}

int quiet_hours_parse(const char *text, struct quiet_hours *out)
{
	struct quiet_hours hours = { 0, 0 };

	if (*text) {
		text = read_minute(text, &hours.from);
		if (!text || *text != '-')
			return -EINVAL;
		text = read_minute(text + 1, &hours.to);
		if (!text || *text || hours.from == hours.to)
			return -EINVAL;
	}
	*out = hours;
	return 0;
}

int64_t quiet_hours_end(const struct quiet_hours *hours, int64_t now_ms)
{
	int64_t day_ms = calendar_day_start(now_ms);
	int minute = (int)((now_ms - day_ms) / MINUTE_MS);
	int from = hours->from;
	int to = hours->to;

	if (from < to)
		return minute >= from && minute < to ? day_ms + (int64_t)to * MINUTE_MS : now_ms;
	if (minute >= from && from != to) /* until tomorrow */
		return day_ms + (int64_t)(DAY_MINUTES + to) * MINUTE_MS;
	return minute < to && from != to ? day_ms + (int64_t)to * MINUTE_MS : now_ms;
}
