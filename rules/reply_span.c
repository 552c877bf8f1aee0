/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply_span.c - places, from when until when, and a short list of rules, in words. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"
#include "rules/reply_priv.h"

enum { MINUTE_MS = 60000 };

/* "15:20", "明天9:00", "10月7日9:00": a moment that is still to come. */
static void put_moment(int64_t ms, int64_t now_ms, const struct voice *voice,
		       char out[REPLY_MOMENT_MAX])
{
	enum { DAY_MS = CALENDAR_DAY_S * 1000 };
	int64_t day_ms = calendar_day_start(ms), today_ms = calendar_day_start(now_ms);
	int minute = (int)((ms - day_ms) / MINUTE_MS);
	char date[REPLY_DATE_MAX], clock[16];

	if (day_ms == today_ms)
		snprintf(date, sizeof(date), "%s", reply_words(voice, REPLY_TEXT_TODAY));
	else if (day_ms == today_ms + DAY_MS)
		snprintf(date, sizeof(date), "%s", reply_words(voice, REPLY_TEXT_TOMORROW));
	else
		reply_put_date(ms, voice, REPLY_TEXT_DATE_LONG, date);
	snprintf(clock, sizeof(clock), "%d:%02d", minute / 60, minute % 60);
	reply_put_pair(out, REPLY_MOMENT_MAX, reply_words(voice, REPLY_TEXT_MOMENT), "date", date,
		       clock);
}

/* Of whole days the first and the last are named, of others the moments. */
static void put_ends(int64_t since_ms, int64_t until_ms, int64_t now_ms, const struct voice *voice,
		     char from[REPLY_MOMENT_MAX], char to[REPLY_MOMENT_MAX])
{
	from[0] = '\0';
	if (since_ms > now_ms && calendar_day_start(since_ms) == since_ms)
		reply_put_date(since_ms, voice, REPLY_TEXT_DATE_LONG, from);
	else if (since_ms > now_ms)
		put_moment(since_ms, now_ms, voice, from);
	to[0] = '\0';
	if (until_ms != 0 && calendar_day_start(until_ms) == until_ms)
		reply_put_date(until_ms - 1, voice, REPLY_TEXT_DATE_LONG, to);
	else if (until_ms != 0)
		put_moment(until_ms, now_ms, voice, to);
}

void reply_put_where(const struct reply_values *v, const struct voice *voice, char *out)
{
	const char *place = v->place[voice->tongue];

	snprintf(out, REPLY_VALUE_MAX, "%s",
		 place ? place : reply_words(voice, REPLY_TEXT_PLACE_UNKNOWN));
}

void reply_put_span(const struct reply_values *v, const struct voice *voice, char *out)
{
	char from[REPLY_MOMENT_MAX], to[REPLY_MOMENT_MAX];

	if (v->until_ms == 0)
		return;
	put_ends(v->since_ms, v->until_ms, v->now_ms, voice, from, to);
	reply_put_pair(out, REPLY_VALUE_MAX, reply_words(voice, REPLY_TEXT_SPAN), "from",
		       from[0] ? from : reply_words(voice, REPLY_TEXT_SPAN_NOW), to);
}

/* ---- the list ---- */

/* Where words are of Latin letters they have a blank between them. */
static size_t put_behind(char *out, size_t cap, const struct voice *voice, const char *word)
{
	const char *sample = reply_words(voice, REPLY_TEXT_RULE_ALLOW);

	return (size_t)snprintf(out, cap, "%s%s", (unsigned char)sample[0] < 0x80 ? " " : "", word);
}

static size_t put_between(char *out, size_t cap, const char *mark)
{
	return (size_t)snprintf(out, cap, "%s%s", mark, (unsigned char)mark[0] < 0x80 ? " " : "");
}

/* "日本来电放行10月1日至10月7日" */
static size_t put_rule(const struct reply_rule *rule, int64_t now_ms, const struct voice *voice,
		       char *out, size_t cap)
{
	char from[REPLY_MOMENT_MAX], to[REPLY_MOMENT_MAX], span[2 * REPLY_MOMENT_MAX + 32];
	size_t n = (size_t)snprintf(out, cap, "%s", rule->place[voice->tongue]);

	if (rule->channels != (BLOCKED_CALL | BLOCKED_SMS))
		n += put_behind(out + n, cap - n, voice,
				reply_words(voice, REPLY_TEXT_CHANNEL + rule->channels - 1));
	n += put_behind(out + n, cap - n, voice,
			reply_words(voice, REPLY_TEXT_RULE_ALLOW + rule->blocks));
	if (rule->until_ms == 0)
		return n;
	put_ends(rule->since_ms, rule->until_ms, now_ms, voice, from, to);
	if (from[0])
		reply_put_pair(span, sizeof(span), reply_words(voice, REPLY_TEXT_SPAN), "from",
			       from, to);
	else
		reply_put_pair(span, sizeof(span), reply_words(voice, REPLY_TEXT_SPAN_UNTIL), "to",
			       to, "");
	return n + put_behind(out + n, cap - n, voice, span);
}

void reply_put_rules(const struct reply_values *v, const struct voice *voice, char *out)
{
	const struct reply_rules *rules = v->rules;
	size_t count = rules ? rules->count : 0, n = 0;
	char figure[16];

	for (size_t i = 0; i < count && i < REPLY_RULES_MAX; i++) {
		if (i > 0)
			n += put_between(out + n, REPLY_VALUE_MAX - n,
					 reply_words(voice, REPLY_TEXT_RULE_BETWEEN));
		n += put_rule(&rules->list[i], v->now_ms, voice, out + n, REPLY_VALUE_MAX - n);
	}
	if (count == 0 || rules->total == count)
		return;
	snprintf(figure, sizeof(figure), "%zu", rules->total);
	reply_put_pair(out + n, REPLY_VALUE_MAX - n, reply_words(voice, REPLY_TEXT_RULE_MORE),
		       "count", figure, "");
}
static_assert(REPLY_RULES_MAX * (REPLY_PLACE_MAX + 3 * REPLY_WORD_MAX + 2 * REPLY_MOMENT_MAX + 16) <
		      REPLY_VALUE_MAX,
	      "the list fits");
