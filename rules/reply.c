/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply.c - filling the templates of a book. */
#include "rules/reply.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rules/calendar.h"
#include "rules/reply_priv.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { VALUE_MAX = REPLY_VALUE_MAX, MOMENT_MAX = REPLY_MOMENT_MAX, MINUTE_MS = 60000 };

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
typedef void put_value(const struct reply_values *v, const struct voice *voice, char *out);

static void put_text(char *out, const char *text)
{
	snprintf(out, VALUE_MAX, "%s", text);
}

static void put_number_text(char *out, const char *canonical)
{
	if (canonical && canonical[0])
		number_display(canonical, out);
}

static void put_id(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_text(out, v->id ? v->id : "");
}

static void put_number(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_number_text(out, v->number);
}

static void put_near(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_number_text(out, v->near);
}

void reply_put_pair(char *out, size_t cap, const char *text, const char *first_name,
		    const char *first, const char *second)
{
	size_t n = 0;

	out[0] = '\0';
	while (*text && n < cap) {
		size_t plain = strcspn(text, "{");
		const char *name = text + plain + 1;
		n += (size_t)snprintf(out + n, cap - n, "%.*s", (int)plain, text);
		if (!text[plain])
			return;
		size_t len = strcspn(name, "}");
		bool is_first = strlen(first_name) == len && memcmp(first_name, name, len) == 0;
		if (n < cap)
			n += (size_t)snprintf(out + n, cap - n, "%s", is_first ? first : second);
		text = name + len + 1;
	}
}

void reply_put_date(int64_t ms, const struct voice *voice, int text, char out[REPLY_DATE_MAX])
{
	struct calendar_date date = calendar_date_at(ms);
	char mday[4];

	snprintf(mday, sizeof(mday), "%d", date.day % 100);
	reply_put_pair(out, REPLY_DATE_MAX, reply_words(voice, text), "month",
		       reply_words(voice, REPLY_TEXT_MONTH + date.month - 1), mday);
}

static void put_day(const struct reply_values *v, const struct voice *voice, char *out)
{
	if (v->day_ms != 0)
		reply_put_date(v->day_ms, voice, REPLY_TEXT_DATE_LONG, out);
}

static void put_reason(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_REASON + (int)v->reason));
}

static void put_outcome(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_OUTCOME + (int)v->outcome));
}

static void put_amount(const struct reply_values *v, const struct voice *voice, char *out)
{
	enum { MB_PER_GB = 1024 };
	bool whole = v->amount_mb % MB_PER_GB == 0;

	(void)voice;
	if (v->amount_mb == 0)
		return;
	snprintf(out, VALUE_MAX, "%u%s", whole ? v->amount_mb / MB_PER_GB : v->amount_mb,
		 whole ? "GB" : "MB");
}

static void put_note(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_text(out, v->note ? v->note : "");
}

static void put_state(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_STATE + (int)v->state));
}

static void put_calls(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_SWITCH + v->calls_blocked));
}

static void put_sms(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_SWITCH + v->sms_blocked));
}

static void put_reported(const struct reply_values *v, const struct voice *voice, char *out)
{
	if (v->tells_reported)
		put_text(out, reply_words(voice, REPLY_TEXT_SWITCH + v->reported_blocked));
}

static void put_wish(const struct reply_values *v, const struct voice *voice, char *out)
{
	put_text(out, reply_words(voice, REPLY_TEXT_WISH + (int)v->wish));
}

static void put_word(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_text(out, v->word ? v->word : "");
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
static void put_moment(int64_t ms, int64_t now_ms, const struct voice *voice, char out[MOMENT_MAX])
{
	int64_t day_ms = calendar_day_start(ms);
	int64_t today_ms = calendar_day_start(now_ms);
	int minute = (int)((ms - day_ms) / MINUTE_MS);
	char date[REPLY_DATE_MAX], clock[16];

	if (day_ms == today_ms)
		snprintf(date, sizeof(date), "%s", reply_words(voice, REPLY_TEXT_TODAY));
	else if (day_ms == calendar_day_start(today_ms - 1))
		snprintf(date, sizeof(date), "%s", reply_words(voice, REPLY_TEXT_YESTERDAY));
	else
		reply_put_date(ms, voice, REPLY_TEXT_DATE_SHORT, date);
	snprintf(clock, sizeof(clock), "%d:%02d", minute / 60, minute % 60);
	reply_put_pair(out, MOMENT_MAX, reply_words(voice, REPLY_TEXT_MOMENT), "date", date, clock);
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
static void put_choices(const struct reply_values *v, const struct voice *voice, char *out)
{
	size_t count = v->choices ? v->choices->count : 0;
	size_t n = 0;

	for (size_t i = 0; i < count && i < CALL_LIST_MAX; i++) {
		const struct call_list_entry *entry = &v->choices->entries[i];
		char hint[NUMBER_MAX];
		char moment[MOMENT_MAX] = "";

		put_choice(v->choices, i, hint);
		if (entry->start_ms > 0)
			put_moment(entry->start_ms, v->now_ms, voice, moment);
		n += (size_t)snprintf(out + n, VALUE_MAX - n, "\n%zu)%s%s%s", i + 1, hint,
				      *moment ? " " : "", moment);
	}
}
static_assert(CALL_LIST_MAX * (sizeof("\n1) ") - 1 + NUMBER_MAX + MOMENT_MAX) < VALUE_MAX,
	      "the list fits");

/* A word behind another: with a blank before it where words have blanks between them. */
static size_t put_behind(char *out, size_t cap, const char *word)
{
	return (size_t)snprintf(out, cap, "%s%s", (unsigned char)word[0] < 0x80 ? " " : "", word);
}

static size_t put_entry(const struct blocked_entry *entry, int64_t now_ms,
			const struct voice *voice, char *out, size_t cap)
{
	bool call = entry->channel == BLOCKED_CALL;
	char hint[NUMBER_MAX];
	char moment[MOMENT_MAX];
	size_t n;

	put_hint(entry->sender.text, hint);
	if (number_form(entry->sender.text) == NUMBER_FORM_WITHHELD)
		snprintf(hint, sizeof(hint), "%s", reply_words(voice, REPLY_TEXT_WITHHELD));
	put_moment(entry->last_ms, now_ms, voice, moment);
	n = (size_t)snprintf(out, cap, "%s %s", hint, moment);
	n += put_behind(out + n, cap - n,
			reply_words(voice, call ? REPLY_TEXT_MARK_CALL : REPLY_TEXT_MARK_SMS));
	if (entry->count > 1) {
		n += put_behind(out + n, cap - n, reply_words(voice, REPLY_TEXT_TIMES));
		n += (size_t)snprintf(out + n, cap - n, "%" PRIu32, entry->count);
	}
	return n;
}

/* "1)852*5432 昨天23:59短信×3", a line each. */
static void put_blocked(const struct reply_values *v, const struct voice *voice, char *out)
{
	size_t count = v->blocked ? v->blocked->count : 0;
	size_t n = 0;

	for (size_t i = 0; i < count && i < BLOCKED_LIST_MAX; i++) {
		n += (size_t)snprintf(out + n, VALUE_MAX - n, "\n%zu)", i + 1);
		n += put_entry(&v->blocked->entries[i], v->now_ms, voice, out + n, VALUE_MAX - n);
	}
}
static_assert(BLOCKED_LIST_MAX * (sizeof("\n1) ") - 1 + REPLY_WORD_MAX + MOMENT_MAX +
				  2 * REPLY_WORD_MAX + 11) <
		      VALUE_MAX,
	      "the list fits");

static void put_channels(const struct reply_values *v, const struct voice *voice, char *out)
{
	uint8_t channels = v->channels & (BLOCKED_CALL | BLOCKED_SMS);

	if (channels)
		put_text(out, reply_words(voice, REPLY_TEXT_CHANNEL + channels - 1));
}

static void put_figure(uint32_t figure, char *out)
{
	if (figure > 0)
		snprintf(out, VALUE_MAX, "%" PRIu32, figure);
}

static void put_count(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_figure(v->count, out);
}

static void put_call_count(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_figure(v->call_count, out);
}

static void put_sms_count(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	put_figure(v->sms_count, out);
}

static void put_hour(const struct reply_values *v, const struct voice *voice, char *out)
{
	(void)voice;
	if (v->hour > 0)
		snprintf(out, VALUE_MAX, "%d", v->hour % 24);
}

/* "1", "1-5". */
static void put_places(const struct reply_values *v, const struct voice *voice, char *out)
{
	size_t count = v->choices ? v->choices->count : v->blocked ? v->blocked->count : 0;

	(void)voice;
	if (count == 1)
		put_text(out, "1");
	else if (count > 1)
		snprintf(out, VALUE_MAX, "1-%zu", count);
}

/* Those of the words for days have none: reply_put_pair() fills them. */
static put_value *const values_of[REPLY_SLOT_COUNT] = {
	[REPLY_SLOT_ID] = put_id,
	[REPLY_SLOT_NUMBER] = put_number,
	[REPLY_SLOT_NEAR] = put_near,
	[REPLY_SLOT_DAY] = put_day,
	[REPLY_SLOT_REASON] = put_reason,
	[REPLY_SLOT_OUTCOME] = put_outcome,
	[REPLY_SLOT_AMOUNT] = put_amount,
	[REPLY_SLOT_STATE] = put_state,
	[REPLY_SLOT_CALLS] = put_calls,
	[REPLY_SLOT_SMS] = put_sms,
	[REPLY_SLOT_CHOICES] = put_choices,
	[REPLY_SLOT_PLACES] = put_places,
	[REPLY_SLOT_WISH] = put_wish,
	[REPLY_SLOT_WORD] = put_word,
	[REPLY_SLOT_BLOCKED] = put_blocked,
	[REPLY_SLOT_CHANNELS] = put_channels,
	[REPLY_SLOT_COUNT_OF] = put_count,
	[REPLY_SLOT_CALL_COUNT] = put_call_count,
	[REPLY_SLOT_SMS_COUNT] = put_sms_count,
	[REPLY_SLOT_HOUR] = put_hour,
	[REPLY_SLOT_NOTE] = put_note,
	[REPLY_SLOT_WHERE] = reply_put_where,
	[REPLY_SLOT_SPAN] = reply_put_span,
	[REPLY_SLOT_RULES] = reply_put_rules,
	[REPLY_SLOT_REPORTED] = put_reported,
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
			 const struct reply_values *values, const struct voice *voice)
{
	int slot = reply_slot_find(name, len);
	char text[VALUE_MAX] = "";
	bool known;

	if (slot < 0 || !values_of[slot])
		return false;
	values_of[slot](values, voice, text);
	known = text[0] != '\0';
	if (!known && slot == REPLY_SLOT_NUMBER)
		put_text(text, reply_words(voice, REPLY_TEXT_NUMBER_UNKNOWN));
	append(to, text, strlen(text));
	return known;
}

static void fill(struct writer *to, const char *template, const struct reply_values *values,
		 const struct voice *voice)
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
			part_whole = append_value(to, at, name, values, voice) && part_whole;
			at += name + (at[name] == '}');
		}
	}
}

static void speak(struct writer *to, const struct reply_manner *manner, int tongue,
		  enum reply_kind kind, const struct reply_values *values)
{
	const struct voice voice = { manner->book, tongue };
	const char *text = NULL;

	if (manner->style == REPLY_PLAIN)
		text = reply_words(&voice, REPLY_TEXT_PLAIN + (int)kind);
	fill(to, text ? text : reply_words(&voice, REPLY_TEXT_STANDARD + (int)kind), values,
	     &voice);
}

static bool in_range(enum reply_kind kind, const struct reply_manner *manner,
		     const struct reply_values *values)
{
	return kind < REPLY_KIND_COUNT && manner->language < REPLY_LANGUAGE_COUNT &&
	       manner->style < REPLY_STYLE_COUNT && values->reason < VERDICT_REASON_COUNT &&
	       values->outcome < REWARD_OUTCOME_COUNT && values->state < REPORT_STATE_COUNT &&
	       values->wish < REPLY_WISH_COUNT;
}

ssize_t reply_format(enum reply_kind kind, const struct reply_manner *manner,
		     const struct reply_values *values, char *out, size_t cap)
{
	struct writer to = { out, cap, 0, cap == 0 };

	if (cap > 0)
		out[0] = '\0';
	if (!in_range(kind, manner, values))
		return -EINVAL;
	if (manner->language != REPLY_EN)
		speak(&to, manner, REPLY_ZH, kind, values);
	if (manner->language == REPLY_BOTH)
		append(&to, "\n", 1);
	if (manner->language != REPLY_ZH)
		speak(&to, manner, REPLY_EN, kind, values);
	if (cap > 0)
		out[to.full ? 0 : to.len] = '\0';
	return to.full ? -EMSGSIZE : (ssize_t)to.len;
}
