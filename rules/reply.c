/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply.c - filling the templates of reply_words.c. */
#include "rules/reply.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"
#include "rules/reply_words.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { VALUE_MAX = 640, MOMENT_MAX = 32, MINUTE_MS = 60000 };

static const char *const state_names[] = {
	[REPORT_STATE_RECEIVED] = "received", [REPORT_STATE_NEEDS_NUMBER] = "needs_number",
	[REPORT_STATE_PENDING] = "pending",   [REPORT_STATE_VERIFIED] = "verified",
	[REPORT_STATE_REJECTED] = "rejected", [REPORT_STATE_UNPROVED] = "unproved",
	[REPORT_STATE_REVIEW] = "review",     [REPORT_STATE_APPEALED] = "appealed",
};
static_assert(COUNT_OF(state_names) == REPORT_STATE_COUNT, "a name for each state");

const char *report_state_name(enum report_state state)
{
	return state < REPORT_STATE_COUNT ? state_names[state] : "unknown";
}

int report_state_parse(const char *name, enum report_state *out)
{
	for (size_t i = 0; i < COUNT_OF(state_names); i++) {
		if (strcmp(state_names[i], name) == 0) {
			*out = (enum report_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Each put_ writes one value of at most VALUE_MAX octets, or leaves `out` empty. */
static void put_text(char *out, const char *text)
{
	snprintf(out, VALUE_MAX, "%s", text);
}

static void put_number_text(char *out, const char *canonical)
{
	if (canonical && canonical[0])
		number_display(canonical, out);
}

static void put_id(const struct reply_values *v, int tongue, char *out)
{
	(void)tongue;
	put_text(out, v->id ? v->id : "");
}

static void put_number(const struct reply_values *v, int tongue, char *out)
{
	(void)tongue;
	put_number_text(out, v->number);
}

static void put_near(const struct reply_values *v, int tongue, char *out)
{
	(void)tongue;
	put_number_text(out, v->near);
}

static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static void put_day(const struct reply_values *v, int tongue, char *out)
{
	struct calendar_date date = calendar_date_at(v->day_ms);

	if (v->day_ms == 0)
		return;
	if (tongue == REPLY_ZH)
		snprintf(out, VALUE_MAX, "%d月%d日", date.month, date.day);
	else
		snprintf(out, VALUE_MAX, "%d %s", date.day, months[date.month - 1]);
}

static void put_reason(const struct reply_values *v, int tongue, char *out)
{
	put_text(out, reply_reason_words[v->reason][tongue]);
}

static void put_outcome(const struct reply_values *v, int tongue, char *out)
{
	put_text(out, reply_outcome_words[v->outcome][tongue]);
}

static void put_amount(const struct reply_values *v, int tongue, char *out)
{
	enum { MB_PER_GB = 1024 };
	bool whole = v->amount_mb % MB_PER_GB == 0;

	(void)tongue;
	if (v->amount_mb == 0)
		return;
	snprintf(out, VALUE_MAX, "%u%s", whole ? v->amount_mb / MB_PER_GB : v->amount_mb,
		 whole ? "GB" : "MB");
}

static void put_state(const struct reply_values *v, int tongue, char *out)
{
	put_text(out, reply_state_words[v->state][tongue]);
}

static void put_calls(const struct reply_values *v, int tongue, char *out)
{
	put_text(out, reply_switch_words[v->calls_blocked][tongue]);
}

static void put_sms(const struct reply_values *v, int tongue, char *out)
{
	put_text(out, reply_switch_words[v->sms_blocked][tongue]);
}

/* So much of a number that who has it in the call list of the telephone knows it, and who reads
 * the text over a shoulder cannot dial it: 137*5678, 010*1234, +44*0111; short ones whole. */
static void put_hint(const char *canonical, char hint[NUMBER_MAX])
{
	enum { HEAD = 3, TAIL = 4, WHOLE_MAX = HEAD + 1 + TAIL };
	char shown[NUMBER_MAX];
	size_t len;

	number_display(canonical, shown);
	len = strlen(shown);
	if (len > WHOLE_MAX)
		snprintf(hint, NUMBER_MAX, "%.*s*%s", HEAD, shown, shown + len - TAIL);
	else
		snprintf(hint, NUMBER_MAX, "%s", shown);
}

/* "今天15:20", "22日15:20", "22 Nov 15:20". */
static void put_moment(int64_t ms, int64_t now_ms, int tongue, char out[MOMENT_MAX])
{
	struct calendar_date date = calendar_date_at(ms);
	int64_t day_ms = calendar_day_start(ms);
	int64_t today_ms = calendar_day_start(now_ms);
	int minute = (int)((ms - day_ms) / MINUTE_MS);
	int len;

	if (day_ms == today_ms || day_ms == calendar_day_start(today_ms - 1))
		len = snprintf(out, MOMENT_MAX, "%s", reply_day_words[day_ms != today_ms][tongue]);
	else if (tongue == REPLY_ZH)
		len = snprintf(out, MOMENT_MAX, "%d日", date.day);
	else
		len = snprintf(out, MOMENT_MAX, "%d %s", date.day, months[date.month - 1]);
	snprintf(out + len, MOMENT_MAX - (size_t)len, "%s%d:%02d", tongue == REPLY_ZH ? "" : " ",
		 minute / 60, minute % 60);
}

/* As short of digits as can be; whole where two would look alike, and where the subscriber named
 * the number rather than a call of it. */
static void put_choice(const struct call_list *list, size_t at, char hint[NUMBER_MAX])
{
	char other[NUMBER_MAX];
	bool whole = list->entries[at].start_ms == 0;

	put_hint(list->entries[at].number.text, hint);
	for (size_t i = 0; !whole && i < list->count; i++) {
		put_hint(list->entries[i].number.text, other);
		whole = i != at && strcmp(hint, other) == 0;
	}
	if (whole)
		number_display(list->entries[at].number.text, hint);
}

/* One call a line, so that its place and its number cannot be taken for one. */
static void put_choices(const struct reply_values *v, int tongue, char *out)
{
	size_t count = v->choices ? v->choices->count : 0;
	size_t n = 0;

	for (size_t i = 0; i < count && i < CALL_LIST_MAX; i++) {
		const struct call_list_entry *entry = &v->choices->entries[i];
		char hint[NUMBER_MAX];
		char moment[MOMENT_MAX] = "";

		put_choice(v->choices, i, hint);
		if (entry->start_ms > 0)
			put_moment(entry->start_ms, v->now_ms, tongue, moment);
		n += (size_t)snprintf(out + n, VALUE_MAX - n, "\n%zu)%s%s%s", i + 1, hint,
				      *moment ? " " : "", moment);
	}
}
static_assert(CALL_LIST_MAX * (sizeof("\n1) ") - 1 + NUMBER_MAX + MOMENT_MAX) < VALUE_MAX,
	      "the list fits");

/* "1", "1-5". */
static void put_places(const struct reply_values *v, int tongue, char *out)
{
	size_t count = v->choices ? v->choices->count : 0;

	(void)tongue;
	if (count == 1)
		put_text(out, "1");
	else if (count > 1)
		snprintf(out, VALUE_MAX, "1-%zu", count);
}

static const struct {
	const char *name;
	void (*put)(const struct reply_values *values, int tongue, char *out);
} placeholders[] = {
	{ "id", put_id },	  { "number", put_number },   { "near", put_near },
	{ "day", put_day },	  { "reason", put_reason },   { "outcome", put_outcome },
	{ "amount", put_amount }, { "state", put_state },     { "calls", put_calls },
	{ "sms", put_sms },	  { "choices", put_choices }, { "places", put_places },
};

struct writer {
	char *out;
	size_t cap;
	size_t len;
	bool full;
};

static void append(struct writer *to, const char *text, size_t len)
{
	if (to->full || len >= to->cap - to->len) {
		to->full = true;
		return;
	}
	memcpy(to->out + to->len, text, len);
	to->len += len;
}

/* Writes the value of the placeholder `name`; false when it is empty. A sentence that is about a
 * number gets other words then, rather than a hole. */
static bool append_value(struct writer *to, const char *name, size_t len,
			 const struct reply_values *values, int tongue)
{
	char text[VALUE_MAX] = "";

	for (size_t i = 0; i < COUNT_OF(placeholders); i++) {
		if (strlen(placeholders[i].name) != len ||
		    memcmp(placeholders[i].name, name, len) != 0)
			continue;
		placeholders[i].put(values, tongue, text);
		bool known = text[0] != '\0';
		if (!known && placeholders[i].put == put_number)
			put_text(text, reply_no_number[tongue]);
		append(to, text, strlen(text));
		return known;
	}
	return false;
}

static void fill(struct writer *to, const char *template, const struct reply_values *values,
		 int tongue)
{
	struct writer before_part = *to;
	bool part_whole = true;

	for (const char *at = template; *at;) {
		size_t plain = strcspn(at, "{<>");
		append(to, at, plain);
		at += plain;
		if (*at == '<') {
			before_part = *to;
			part_whole = true;
			at++;
		} else if (*at == '>') {
			if (!part_whole)
				*to = before_part;
			at++;
		} else if (*at == '{') {
			size_t name = strcspn(++at, "}");
			part_whole = append_value(to, at, name, values, tongue) && part_whole;
			at += name + (at[name] == '}');
		}
	}
}

ssize_t reply_format(enum reply_kind kind, enum reply_language language,
		     const struct reply_values *values, char *out, size_t cap)
{
	struct writer to = { out, cap, 0, cap == 0 };

	if (cap > 0)
		out[0] = '\0';
	if (kind >= REPLY_KIND_COUNT || language >= REPLY_LANGUAGE_COUNT ||
	    values->reason >= VERDICT_REASON_COUNT || values->outcome >= REWARD_OUTCOME_COUNT ||
	    values->state >= REPORT_STATE_COUNT)
		return -EINVAL;
	if (language != REPLY_EN)
		fill(&to, reply_templates[kind][REPLY_ZH], values, REPLY_ZH);
	if (language == REPLY_BOTH)
		append(&to, "\n", 1);
	if (language != REPLY_ZH)
		fill(&to, reply_templates[kind][REPLY_EN], values, REPLY_EN);
	if (cap > 0)
		out[to.full ? 0 : to.len] = '\0';
	return to.full ? -EMSGSIZE : (ssize_t)to.len;
}
