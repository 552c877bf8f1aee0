/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/verdict_policy.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The points: with a found call the words alone verify; a wide fan-out or other reporters alone
 * ask for a person, both together verify; between acquaintances nothing verifies by itself. An SMS
 * leaves no record, so words alone are not enough there. */
const struct verdict_policy verdict_policy_default = {
	.effective_ms = 0,
	.window_days = 7,
	.grace_s = 300,
	.slack_s = 600,
	.deadline_s = 47 * 3600, /* an hour before the promised 48 */
	.fanout_days = 1,
	.fanout_distinct = 20,
	.fanout_answered_pct = 100,
	.fanout_mean_s = 0,
	.reporters_days = 10,
	.reporters_min = 5,
	.acquaintance_days = 7,
	.acquaintance_min = 1,
	.min_seconds = 0,
	.require_answered = false,
	.score_words = { {
		[REPORT_BROADBAND] = 60,
		[REPORT_PLAN_UPGRADE] = 60,
		[REPORT_DATA_PACK] = 60,
		[REPORT_POINTS] = 60,
		[REPORT_DEVICE] = 60,
		[REPORT_INSURANCE] = 60,
		[REPORT_LOAN] = 60,
		[REPORT_OTHER] = 60,
	} },
	.score_fanout = 30,
	.score_reporters = 30,
	.score_acquaintance = -70,
	.classes = { {
		[VERDICT_CLASS_FORGED] = { VERDICT_COURSE_VERIFIED, 0 },
		[VERDICT_CLASS_OFFICIAL] = { VERDICT_COURSE_REJECTED, 0 },
		[VERDICT_CLASS_PARTNER] = { VERDICT_COURSE_REJECTED, 0 },
	} },
	.verify_at = 60,
	.review_at = 20,
	.verify_sms_at = 90,
	.review_timeout = VERDICT_TIMEOUT_UNPROVED,
};

const struct verdict_policy *verdict_policy_at(const struct verdict_policy *policies, size_t count,
					       int64_t at_ms)
{
	const struct verdict_policy *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (policies[i].effective_ms <= at_ms &&
		    (!best || policies[i].effective_ms >= best->effective_ms))
			best = &policies[i];
	}
	return best;
}

/* ---- names ---- */

static const char *const class_names[] = {
	[VERDICT_CLASS_FORGED] = "forged",     [VERDICT_CLASS_OFFICIAL] = "official",
	[VERDICT_CLASS_PARTNER] = "partner",   [VERDICT_CLASS_MOBILE] = "mobile",
	[VERDICT_CLASS_FIXED] = "fixed",       [VERDICT_CLASS_SHARED] = "shared",
	[VERDICT_CLASS_ENQUIRY] = "enquiry",   [VERDICT_CLASS_OPERATOR] = "operator",
	[VERDICT_CLASS_SERVICE] = "service",   [VERDICT_CLASS_PORT] = "port",
	[VERDICT_CLASS_FOREIGN] = "foreign",   [VERDICT_CLASS_NAME] = "name",
	[VERDICT_CLASS_WITHHELD] = "withheld",
};
static_assert(COUNT_OF(class_names) == VERDICT_CLASS_COUNT, "a name for each class");

static const char *const course_names[] = {
	[VERDICT_COURSE_SCORE] = "score",
	[VERDICT_COURSE_VERIFIED] = "verified",
	[VERDICT_COURSE_REVIEW] = "review",
	[VERDICT_COURSE_REJECTED] = "rejected",
};
static_assert(COUNT_OF(course_names) == VERDICT_COURSE_COUNT, "a name for each course");

static const char *const timeout_names[] = {
	[VERDICT_TIMEOUT_UNPROVED] = "unproved",
	[VERDICT_TIMEOUT_VERIFIED] = "verified",
	[VERDICT_TIMEOUT_REJECTED] = "rejected",
};
static_assert(COUNT_OF(timeout_names) == VERDICT_TIMEOUT_COUNT, "a name for each end");

const char *verdict_class_name(enum verdict_class class)
{
	return class < VERDICT_CLASS_COUNT ? class_names[class] : "unknown";
}

const char *verdict_course_name(enum verdict_course course)
{
	return course < VERDICT_COURSE_COUNT ? course_names[course] : "unknown";
}

const char *verdict_timeout_name(enum verdict_timeout timeout)
{
	return timeout < VERDICT_TIMEOUT_COUNT ? timeout_names[timeout] : "unknown";
}

/* ---- the keys ---- */

enum key_type { KEY_UINT, KEY_INT, KEY_BOOL, KEY_COURSE, KEY_TIMEOUT };

#define KEY(type, name, member)                                                                    \
	{                                                                                          \
		name, type, offsetof(struct verdict_policy, member)                                \
	}
#define WORDS(name, category) KEY(KEY_INT, "score_words." name, score_words.points[category])
#define CLASS(name, class)                                                                         \
	KEY(KEY_COURSE, "classes." name ".outcome", classes.of[class].outcome),                    \
		KEY(KEY_INT, "classes." name ".points", classes.of[class].points)

static const struct {
	const char *name;
	enum key_type type;
	size_t offset;
} keys[] = {
	KEY(KEY_UINT, "window_days", window_days),
	KEY(KEY_UINT, "grace_s", grace_s),
	KEY(KEY_UINT, "slack_s", slack_s),
	KEY(KEY_UINT, "deadline_s", deadline_s),
	KEY(KEY_UINT, "fanout_days", fanout_days),
	KEY(KEY_UINT, "fanout_distinct", fanout_distinct),
	KEY(KEY_UINT, "fanout_answered_pct", fanout_answered_pct),
	KEY(KEY_UINT, "fanout_mean_s", fanout_mean_s),
	KEY(KEY_UINT, "reporters_days", reporters_days),
	KEY(KEY_UINT, "reporters_min", reporters_min),
	KEY(KEY_UINT, "acquaintance_days", acquaintance_days),
	KEY(KEY_UINT, "acquaintance_min", acquaintance_min),
	KEY(KEY_UINT, "min_seconds", min_seconds),
	KEY(KEY_BOOL, "require_answered", require_answered),
	WORDS("broadband", REPORT_BROADBAND),
	WORDS("plan_upgrade", REPORT_PLAN_UPGRADE),
	WORDS("data_pack", REPORT_DATA_PACK),
	WORDS("points", REPORT_POINTS),
	WORDS("device", REPORT_DEVICE),
	WORDS("insurance", REPORT_INSURANCE),
	WORDS("loan", REPORT_LOAN),
	WORDS("other", REPORT_OTHER),
	KEY(KEY_INT, "score_fanout", score_fanout),
	KEY(KEY_INT, "score_reporters", score_reporters),
	KEY(KEY_INT, "score_acquaintance", score_acquaintance),
	CLASS("forged", VERDICT_CLASS_FORGED),
	CLASS("official", VERDICT_CLASS_OFFICIAL),
	CLASS("partner", VERDICT_CLASS_PARTNER),
	CLASS("mobile", VERDICT_CLASS_MOBILE),
	CLASS("fixed", VERDICT_CLASS_FIXED),
	CLASS("shared", VERDICT_CLASS_SHARED),
	CLASS("enquiry", VERDICT_CLASS_ENQUIRY),
	CLASS("operator", VERDICT_CLASS_OPERATOR),
	CLASS("service", VERDICT_CLASS_SERVICE),
	CLASS("port", VERDICT_CLASS_PORT),
	CLASS("foreign", VERDICT_CLASS_FOREIGN),
	CLASS("name", VERDICT_CLASS_NAME),
	CLASS("withheld", VERDICT_CLASS_WITHHELD),
	KEY(KEY_INT, "verify_at", verify_at),
	KEY(KEY_INT, "review_at", review_at),
	KEY(KEY_INT, "verify_sms_at", verify_sms_at),
	KEY(KEY_TIMEOUT, "review_timeout", review_timeout),
};
static_assert((COUNT_OF(keys) + 1) * (32 + VERDICT_VALUE_MAX) < VERDICT_POLICY_TEXT_MAX,
	      "the text has room");

const char *verdict_policy_key(size_t i)
{
	return i < COUNT_OF(keys) ? keys[i].name : NULL;
}

void verdict_policy_value(const struct verdict_policy *policy, size_t i,
			  char out[VERDICT_VALUE_MAX])
{
	const char *at = (const char *)policy + keys[i].offset;
	uint32_t number;

	if (keys[i].type == KEY_BOOL) {
		snprintf(out, VERDICT_VALUE_MAX, "%d", policy->require_answered);
		return;
	}
	memcpy(&number, at, sizeof(number));
	switch (keys[i].type) {
	case KEY_UINT:
		snprintf(out, VERDICT_VALUE_MAX, "%" PRIu32, number);
		break;
	case KEY_INT:
		snprintf(out, VERDICT_VALUE_MAX, "%" PRId32, (int32_t)number);
		break;
	case KEY_COURSE:
		snprintf(out, VERDICT_VALUE_MAX, "%s", verdict_course_name(number));
		break;
	case KEY_TIMEOUT:
		snprintf(out, VERDICT_VALUE_MAX, "%s", verdict_timeout_name(number));
		break;
	case KEY_BOOL:
		break;
	}
}

static int read_integer(const char *text, int64_t min, int64_t max, uint32_t *out)
{
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < min || value > max)
		return -EBADMSG;
	*out = (uint32_t)value;
	return 0;
}

static int read_word(const char *text, const char *const names[], size_t count, uint32_t *out)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0) {
			*out = (uint32_t)i;
			return 0;
		}
	return -EBADMSG;
}

static int read_value(enum key_type type, const char *text, uint32_t *out)
{
	switch (type) {
	case KEY_UINT:
		return read_integer(text, 0, UINT32_MAX, out);
	case KEY_INT:
		return read_integer(text, INT32_MIN, INT32_MAX, out);
	case KEY_BOOL:
		return read_integer(text, 0, 1, out);
	case KEY_COURSE:
		return read_word(text, course_names, COUNT_OF(course_names), out);
	case KEY_TIMEOUT:
		return read_word(text, timeout_names, COUNT_OF(timeout_names), out);
	}
	return -EBADMSG;
}

static int set_all_words(struct verdict_policy *policy, const char *value)
{
	uint32_t points;

	if (read_value(KEY_INT, value, &points) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < REPORT_UNKNOWN; i++)
		policy->score_words.points[i] = (int32_t)points;
	return 0;
}

static_assert(REPORT_UNKNOWN == REPORT_CATEGORY_COUNT - 1, "the categories with words come first");

int verdict_policy_set(struct verdict_policy *policy, const char *key, const char *value)
{
	uint32_t number;

	if (strcmp(key, "score_words") == 0)
		return set_all_words(policy, value);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (read_value(keys[i].type, value, &number) < 0)
			return -EBADMSG;
		if (keys[i].type == KEY_BOOL)
			policy->require_answered = number != 0;
		else
			memcpy((char *)policy + keys[i].offset, &number, sizeof(number));
		return 0;
	}
	return -EBADMSG;
}

void verdict_policy_format(const struct verdict_policy *policy, char out[VERDICT_POLICY_TEXT_MAX])
{
	char value[VERDICT_VALUE_MAX];
	size_t at = (size_t)snprintf(out, VERDICT_POLICY_TEXT_MAX, "effective_ms %" PRId64 "\n",
				     policy->effective_ms);

	for (size_t i = 0; i < COUNT_OF(keys) && at < VERDICT_POLICY_TEXT_MAX; i++) {
		verdict_policy_value(policy, i, value);
		at += (size_t)snprintf(out + at, VERDICT_POLICY_TEXT_MAX - at, "%s %s\n",
				       keys[i].name, value);
	}
}

static int parse_line(struct verdict_policy *policy, char *line)
{
	char *value = strchr(line, ' ');
	char *end;

	if (!value)
		return -EBADMSG;
	*value++ = '\0';
	if (strcmp(line, "effective_ms") != 0)
		return verdict_policy_set(policy, line, value);
	errno = 0;
	policy->effective_ms = strtoll(value, &end, 10);
	return errno || end == value || *end ? -EBADMSG : 0;
}

int verdict_policy_parse(const char *text, struct verdict_policy *out)
{
	struct verdict_policy policy = verdict_policy_default;
	char line[64];

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len >= sizeof(line))
			return -EBADMSG;
		memcpy(line, text, len);
		line[len] = '\0';
		if (parse_line(&policy, line) < 0)
			return -EBADMSG;
		text += len;
		text += *text == '\n';
	}
	*out = policy;
	return 0;
}

void verdict_policy_hash(const struct verdict_policy *policy, char out[VERDICT_HASH_MAX])
{
	char text[VERDICT_POLICY_TEXT_MAX];
	uint8_t digest[(VERDICT_HASH_MAX - 1) / 2];
	struct sha256_ctx hash;

	verdict_policy_format(policy, text);
	sha256_init(&hash);
	sha256_update(&hash, strlen(text), (const uint8_t *)text);
	sha256_digest(&hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
