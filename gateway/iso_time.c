/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/iso_time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "blocklist/block_time.h"
#include "rules/calendar.h"
#include "rules/call_record.h"

static void put_digits(char *out, unsigned value, unsigned digits)
{
	while (digits--) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* By hand: `mianrao parse` prints two times a text, and snprintf would be most of its work. */
const char *iso_time_format(int64_t ms, char out[ISO_TIME_MAX])
{
	static const char blank[] = "0000-00-00T00:00:00+08:00";
	int64_t in_day = ms - calendar_day_start(ms);
	if (in_day < 0 || in_day >= CALENDAR_DAY_S * INT64_C(1000))
		return strcpy(out, "?"); /* the calendar was held at the end of its range */
	struct calendar_date date = calendar_date_at(ms);
	unsigned second = (unsigned)(in_day / 1000);
	memcpy(out, blank, sizeof blank);
	put_digits(out, (unsigned)date.year, 4);
	put_digits(out + 5, (unsigned)date.month, 2);
	put_digits(out + 8, (unsigned)date.day, 2);
	put_digits(out + 11, second / 3600, 2);
	put_digits(out + 14, second / 60 % 60, 2);
	put_digits(out + 17, second % 60, 2);
	return out;
}

int iso_time_read(const char *text, int64_t *ms)
{
	/* What may be left out at the end, the least first. */
	static const char *const ends[] = { "", "+08:00", "T00:00+08:00" };
	char whole[BLOCK_TIME_TEXT_MAX];

	if (call_time_read(text, strlen(text), ms) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		int len = snprintf(whole, sizeof(whole), "%s%s", text, ends[i]);

		if ((size_t)len < sizeof(whole) && !block_time_read(whole, (size_t)len, ms))
			return 0;
	}
	return -EBADMSG;
}
