/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/reply_form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define ID (1u << REPLY_SLOT_ID)
#define NUMBER (1u << REPLY_SLOT_NUMBER)
#define NEAR (1u << REPLY_SLOT_NEAR)
#define DAY (1u << REPLY_SLOT_DAY)
#define REASON (1u << REPLY_SLOT_REASON)
#define OUTCOME (1u << REPLY_SLOT_OUTCOME)
#define AMOUNT (1u << REPLY_SLOT_AMOUNT)
#define STATE (1u << REPLY_SLOT_STATE)
#define CALLS (1u << REPLY_SLOT_CALLS)
#define SMS (1u << REPLY_SLOT_SMS)
#define CHOICES (1u << REPLY_SLOT_CHOICES)
#define PLACES (1u << REPLY_SLOT_PLACES)
#define WISH (1u << REPLY_SLOT_WISH)
#define WORD (1u << REPLY_SLOT_WORD)
#define MONTH (1u << REPLY_SLOT_MONTH)
#define MDAY (1u << REPLY_SLOT_MDAY)
#define DATE (1u << REPLY_SLOT_DATE)
#define TIME (1u << REPLY_SLOT_TIME)
#define BLOCKED (1u << REPLY_SLOT_BLOCKED)
#define CHANNELS (1u << REPLY_SLOT_CHANNELS)
#define COUNT (1u << REPLY_SLOT_COUNT_OF)
#define CALL_COUNT (1u << REPLY_SLOT_CALL_COUNT)
#define SMS_COUNT (1u << REPLY_SLOT_SMS_COUNT)
#define HOUR (1u << REPLY_SLOT_HOUR)
#define NOTE (1u << REPLY_SLOT_NOTE)
#define WHERE (1u << REPLY_SLOT_WHERE)
#define SPAN (1u << REPLY_SLOT_SPAN)
#define RULES (1u << REPLY_SLOT_RULES)
#define REPORTED (1u << REPLY_SLOT_REPORTED)
#define FROM (1u << REPLY_SLOT_FROM)
#define TO (1u << REPLY_SLOT_TO)
#define SWITCHES (CALLS | SMS)

static const char *const slot_names[] = {
	[REPLY_SLOT_ID] = "id",
	[REPLY_SLOT_NUMBER] = "number",
	[REPLY_SLOT_NEAR] = "near",
	[REPLY_SLOT_DAY] = "day",
	[REPLY_SLOT_REASON] = "reason",
	[REPLY_SLOT_OUTCOME] = "outcome",
	[REPLY_SLOT_AMOUNT] = "amount",
	[REPLY_SLOT_STATE] = "state",
	[REPLY_SLOT_CALLS] = "calls",
	[REPLY_SLOT_SMS] = "sms",
	[REPLY_SLOT_CHOICES] = "choices",
	[REPLY_SLOT_PLACES] = "places",
	[REPLY_SLOT_WISH] = "wish",
	[REPLY_SLOT_WORD] = "word",
	[REPLY_SLOT_BLOCKED] = "blocked",
	[REPLY_SLOT_CHANNELS] = "channels",
	[REPLY_SLOT_COUNT_OF] = "count",
	[REPLY_SLOT_CALL_COUNT] = "callcount",
	[REPLY_SLOT_SMS_COUNT] = "smscount",
	[REPLY_SLOT_HOUR] = "hour",
	[REPLY_SLOT_NOTE] = "note",
	[REPLY_SLOT_WHERE] = "where",
	[REPLY_SLOT_SPAN] = "span",
	[REPLY_SLOT_RULES] = "rules",
	[REPLY_SLOT_REPORTED] = "reported",
	[REPLY_SLOT_MONTH] = "month",
	[REPLY_SLOT_MDAY] = "mday",
	[REPLY_SLOT_DATE] = "date",
	[REPLY_SLOT_TIME] = "time",
	[REPLY_SLOT_FROM] = "from",
	[REPLY_SLOT_TO] = "to",
};
static_assert(COUNT_OF(slot_names) == REPLY_SLOT_COUNT, "a name for each placeholder");

/* What closes a report names number, day and reason; what changes a switch, the resulting state. */
static const struct {
	const char *key;
	uint32_t must;
	uint32_t may; /* beside these */
} kinds[] = {
	[REPLY_RECEIVED] = { "received", NUMBER, ID },
	[REPLY_JOINED] = { "joined", NUMBER, ID },
	[REPLY_DUPLICATE] = { "duplicate", NUMBER, ID },
	[REPLY_NEEDS_NUMBER] = { "needs_number", 0, ID },
	[REPLY_CHOOSE_NUMBER] = { "choose_number", CHOICES, ID | PLACES },
	[REPLY_NO_SUCH_CHOICE] = { "no_such_choice", 0, ID | PLACES },
	[REPLY_VERIFIED] = { "verified", NUMBER | DAY | REASON, ID },
	[REPLY_VERIFIED_CAPPED] = { "verified_capped", NUMBER | DAY | REASON | OUTCOME, ID },
	[REPLY_VERIFIED_BLOCKED] = { "verified_blocked", NUMBER | DAY | REASON | SWITCHES, ID },
	[REPLY_VERIFIED_CAPPED_BLOCKED] = { "verified_capped_blocked",
					    NUMBER | DAY | REASON | OUTCOME | SWITCHES, ID },
	[REPLY_REJECTED] = { "rejected", NUMBER | DAY | REASON, ID | NEAR },
	[REPLY_UNPROVED] = { "unproved", NUMBER | DAY | REASON, ID },
	[REPLY_REVIEW] = { "review", NUMBER | DAY | REASON, ID },
	[REPLY_CREDITED] = { "credited", AMOUNT, ID | NUMBER },
	[REPLY_CREDIT_FAILED] = { "credit_failed", 0, ID | AMOUNT | NUMBER },
	[REPLY_REWARD_REVERSED] = { "reward_reversed", AMOUNT | NOTE, ID | NUMBER },
	[REPLY_STATUS] = { "status", ID | STATE, NUMBER | DAY },
	[REPLY_STATUS_NONE] = { "status_none", 0, 0 },
	[REPLY_APPEALED] = { "appealed", 0, ID | NUMBER },
	[REPLY_APPEAL_REFUSED] = { "appeal_refused", 0, ID },
	[REPLY_BLOCK_STATE] = { "block_state", SWITCHES, REPORTED },
	[REPLY_NUMBER_STATE] = { "number_state", NUMBER | SWITCHES, 0 },
	[REPLY_NUMBER_PROTECTED] = { "number_protected", NUMBER, 0 },
	[REPLY_NUMBER_UNREAD] = { "number_unread", WORD, 0 },
	[REPLY_RULES_FULL] = { "rules_full", 0, 0 },
	[REPLY_NUMBER_WISH] = { "number_wish", NUMBER | WISH | WORD, 0 },
	[REPLY_DID_YOU_MEAN] = { "did_you_mean", WISH, WORD },
	[REPLY_UNDONE] = { "undone", SWITCHES, 0 },
	[REPLY_UNDONE_NUMBER] = { "undone_number", NUMBER | SWITCHES, 0 },
	[REPLY_NOTHING_TO_UNDO] = { "nothing_to_undo", SWITCHES, 0 },
	[REPLY_SHIELD_RULES] = { "shield_rules", SWITCHES | RULES, REPORTED },
	[REPLY_OPENED] = { "opened", WHERE | CHANNELS | SPAN | SWITCHES, 0 },
	[REPLY_SHUT] = { "shut", WHERE | CHANNELS | SPAN | SWITCHES, 0 },
	[REPLY_PLACE_STATE] = { "place_state", WHERE | SWITCHES, 0 },
	[REPLY_PLACE_WISH] = { "place_wish", WISH | WHERE | CHANNELS, SPAN },
	[REPLY_OPENING_OVER] = { "opening_over", SWITCHES, 0 },
	[REPLY_OPENING_WHEN] = { "opening_when", 0, 0 },
	[REPLY_HELP] = { "help", 0, 0 },
	[REPLY_CHAT] = { "chat", 0, 0 },
	[REPLY_THANKS] = { "thanks", 0, 0 },
	[REPLY_EMPTY] = { "empty", 0, 0 },
	[REPLY_FLOOD] = { "flood", 0, 0 },
	[REPLY_UNSUBSCRIBED] = { "unsubscribed", 0, 0 },
	[REPLY_SUBSCRIBED] = { "subscribed", 0, 0 },
	[REPLY_STYLE_PLAIN] = { "style_plain", 0, 0 },
	[REPLY_STYLE_STANDARD] = { "style_standard", 0, 0 },
	[REPLY_BLOCKED_LIST] = { "blocked_list", BLOCKED, PLACES },
	[REPLY_BLOCKED_NONE] = { "blocked_none", SWITCHES, 0 },
	[REPLY_NO_SUCH_PLACE] = { "no_such_place", 0, PLACES },
	[REPLY_RELEASED] = { "released", NUMBER, COUNT },
	[REPLY_RELEASED_ONCE] = { "released_once", NUMBER, COUNT },
	[REPLY_RELEASE_ALLOWED] = { "release_allowed", NUMBER, CHANNELS },
	[REPLY_RELEASED_ALREADY] = { "released_already", NUMBER, CHANNELS },
	[REPLY_RELEASE_UNKNOWN] = { "release_unknown", NUMBER, 0 },
	[REPLY_RELEASE_REFUSED] = { "release_refused", 0, NUMBER },
	[REPLY_DIGEST_ON] = { "digest_on", 0, HOUR },
	[REPLY_DIGEST_OFF] = { "digest_off", 0, 0 },
	[REPLY_REPORTED_ON] = { "reported_on", 0, COUNT },
	[REPLY_REPORTED_OFF] = { "reported_off", 0, 0 },
	[REPLY_REPORTED_NEVER] = { "reported_never", 0, 0 },
	[REPLY_DIGEST] = { "digest", BLOCKED, DAY | CALL_COUNT | SMS_COUNT | PLACES },
};
static_assert(COUNT_OF(kinds) == REPLY_KIND_COUNT, "a form for each kind");

static const char *const wish_names[] = {
	[REPLY_WISH_SHIELD_ON] = "shield_on",
	[REPLY_WISH_SHIELD_ON_CALL] = "shield_on_call",
	[REPLY_WISH_SHIELD_ON_SMS] = "shield_on_sms",
	[REPLY_WISH_SHIELD_OFF] = "shield_off",
	[REPLY_WISH_SHIELD_OFF_CALL] = "shield_off_call",
	[REPLY_WISH_SHIELD_OFF_SMS] = "shield_off_sms",
	[REPLY_WISH_UNDO] = "undo",
	[REPLY_WISH_UNSUBSCRIBE] = "unsubscribe",
	[REPLY_WISH_BLOCK_NUMBER] = "block_number",
	[REPLY_WISH_ALLOW_NUMBER] = "allow_number",
	[REPLY_WISH_ALLOW_PLACE] = "allow_place",
	[REPLY_WISH_BLOCK_PLACE] = "block_place",
	[REPLY_WISH_END_OPENING] = "end_opening",
	[REPLY_WISH_REPORTED_ON] = "reported_on",
	[REPLY_WISH_REPORTED_OFF] = "reported_off",
};
static_assert(COUNT_OF(wish_names) == REPLY_WISH_COUNT, "a name for each wish");

static const char *wish_name(int i)
{
	return wish_names[i];
}

static const char *reason_name(int i)
{
	return verdict_reason_name((enum verdict_reason)i);
}

static const char *outcome_name(int i)
{
	return reward_outcome_name((enum reward_outcome)i);
}

static const char *state_name(int i)
{
	return report_state_name((enum report_state)i);
}

static const char *month_name(int i)
{
	static const char *const names[] = { "1", "2", "3", "4",  "5",	"6",
					     "7", "8", "9", "10", "11", "12" };

	return names[i];
}

/* Texts that stand in others. */
static const struct word_group {
	const char *prefix;
	int first;
	int count;
	const char *(*name)(int i); /* behind the prefix; NULL: the prefix is the key */
	uint32_t must;
	uint32_t may;
} groups[] = {
	{ "reason.", REPLY_TEXT_REASON, VERDICT_REASON_COUNT, reason_name, 0, 0 },
	{ "outcome.", REPLY_TEXT_OUTCOME, REWARD_OUTCOME_COUNT, outcome_name, 0, 0 },
	{ "state.", REPLY_TEXT_STATE, REPORT_STATE_COUNT, state_name, 0, 0 },
	{ "wish.", REPLY_TEXT_WISH, REPLY_WISH_COUNT, wish_name, 0, 0 },
	{ "switch.off", REPLY_TEXT_SWITCH, 1, NULL, 0, 0 },
	{ "switch.on", REPLY_TEXT_SWITCH + 1, 1, NULL, 0, 0 },
	{ "day.today", REPLY_TEXT_TODAY, 1, NULL, 0, 0 },
	{ "day.yesterday", REPLY_TEXT_YESTERDAY, 1, NULL, 0, 0 },
	{ "date.long", REPLY_TEXT_DATE_LONG, 1, NULL, MONTH | MDAY, 0 },
	{ "date.short", REPLY_TEXT_DATE_SHORT, 1, NULL, MDAY, MONTH },
	{ "date.moment", REPLY_TEXT_MOMENT, 1, NULL, DATE | TIME, 0 },
	{ "number.unknown", REPLY_TEXT_NUMBER_UNKNOWN, 1, NULL, 0, 0 },
	{ "number.withheld", REPLY_TEXT_WITHHELD, 1, NULL, 0, 0 },
	{ "channel.calls", REPLY_TEXT_CHANNEL, 1, NULL, 0, 0 },
	{ "channel.sms", REPLY_TEXT_CHANNEL + 1, 1, NULL, 0, 0 },
	{ "channel.both", REPLY_TEXT_CHANNEL + 2, 1, NULL, 0, 0 },
	{ "mark.call", REPLY_TEXT_MARK_CALL, 1, NULL, 0, 0 },
	{ "mark.sms", REPLY_TEXT_MARK_SMS, 1, NULL, 0, 0 },
	{ "mark.times", REPLY_TEXT_TIMES, 1, NULL, 0, 0 },
	{ "day.tomorrow", REPLY_TEXT_TOMORROW, 1, NULL, 0, 0 },
	{ "place.unknown", REPLY_TEXT_PLACE_UNKNOWN, 1, NULL, 0, 0 },
	{ "span.both", REPLY_TEXT_SPAN, 1, NULL, FROM | TO, 0 },
	{ "span.until", REPLY_TEXT_SPAN_UNTIL, 1, NULL, TO, 0 },
	{ "span.now", REPLY_TEXT_SPAN_NOW, 1, NULL, 0, 0 },
	{ "rule.allow", REPLY_TEXT_RULE_ALLOW, 1, NULL, 0, 0 },
	{ "rule.block", REPLY_TEXT_RULE_BLOCK, 1, NULL, 0, 0 },
	{ "rule.between", REPLY_TEXT_RULE_BETWEEN, 1, NULL, 0, 0 },
	{ "rule.more", REPLY_TEXT_RULE_MORE, 1, NULL, COUNT, 0 },
	{ "month.", REPLY_TEXT_MONTH, 12, month_name, 0, 0 },
};

static const char plain[] = ".plain";

static bool same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

static int find_kind(const char *key, size_t len)
{
	for (int i = 0; i < REPLY_KIND_COUNT; i++)
		if (same(kinds[i].key, key, len))
			return i;
	return -1;
}

static int find_word(const struct word_group *group, const char *key, size_t len)
{
	size_t prefix = strlen(group->prefix);

	if (!group->name)
		return same(group->prefix, key, len) ? group->first : -1;
	if (len <= prefix || memcmp(group->prefix, key, prefix) != 0)
		return -1;
	for (int i = 0; i < group->count; i++)
		if (same(group->name(i), key + prefix, len - prefix))
			return group->first + i;
	return -1;
}

int reply_text_find(const char *key, size_t len)
{
	const size_t tail = sizeof(plain) - 1;
	int found = find_kind(key, len);

	if (found >= 0)
		return REPLY_TEXT_STANDARD + found;
	if (len > tail && memcmp(key + len - tail, plain, tail) == 0) {
		found = find_kind(key, len - tail);
		return found < 0 ? -1 : REPLY_TEXT_PLAIN + found;
	}
	for (size_t i = 0; i < COUNT_OF(groups) && found < 0; i++)
		found = find_word(&groups[i], key, len);
	return found;
}

static bool is_kind(int text)
{
	return text < REPLY_TEXT_PLAIN + REPLY_KIND_COUNT;
}

static int kind_of(int text)
{
	return text % REPLY_KIND_COUNT;
}

static const struct word_group *group_of(int text)
{
	const struct word_group *group = groups;

	while (text < group->first || text >= group->first + group->count)
		group++;
	return group;
}

void reply_text_key(int text, char out[REPLY_KEY_MAX])
{
	if (is_kind(text)) {
		snprintf(out, REPLY_KEY_MAX, "%s%s", kinds[kind_of(text)].key,
			 reply_text_is_optional(text) ? plain : "");
		return;
	}
	const struct word_group *group = group_of(text);
	snprintf(out, REPLY_KEY_MAX, "%s%s", group->prefix,
		 group->name ? group->name(text - group->first) : "");
}

bool reply_text_is_optional(int text)
{
	return is_kind(text) && text >= REPLY_TEXT_PLAIN;
}

uint32_t reply_text_must(int text)
{
	return is_kind(text) ? kinds[kind_of(text)].must : group_of(text)->must;
}

uint32_t reply_text_may(int text)
{
	return reply_text_must(text) |
	       (is_kind(text) ? kinds[kind_of(text)].may : group_of(text)->may);
}

bool reply_text_has_parts(int text)
{
	return is_kind(text);
}

int reply_slot_find(const char *name, size_t len)
{
	for (int i = 0; i < REPLY_SLOT_COUNT; i++)
		if (same(slot_names[i], name, len))
			return i;
	return -1;
}

const char *reply_slot_name(enum reply_slot slot)
{
	return slot_names[slot];
}
