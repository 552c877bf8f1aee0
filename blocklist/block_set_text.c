/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sets as a whole: written out, switched, compared. */
#include "blocklist/block_set.h"

#include <string.h>
#include <talloc.h>

static const uint8_t both_channels = BLOCK_CALL | BLOCK_SMS;

struct text {
	char *out; /* NULL: out of memory */
	size_t len;
	size_t cap;
};

static struct text text_create(void *ctx, size_t rules)
{
	struct text text = { .cap = rules * BLOCK_RULE_TEXT_MAX + 1 };

	text.out = talloc_array(ctx, char, text.cap);
	if (text.out)
		text.out[0] = '\0';
	return text;
}

/* The NUL of a formatted rule is where its newline goes; BLOCK_RULE_TEXT_MAX has room for both. */
static void text_add(struct text *text, const struct block_rule *rule)
{
	if (!text->out)
		return;
	text->len += block_rule_format(rule, text->out + text->len);
	text->out[text->len++] = '\n';
	text->out[text->len] = '\0';
}

static char *text_finish(void *ctx, struct text *text)
{
	char *fitted = text->out ? talloc_realloc(ctx, text->out, char, text->len + 1) : NULL;

	if (!fitted)
		talloc_free(text->out);
	return fitted;
}

char *block_set_format(void *ctx, const struct block_set *set)
{
	struct text text = text_create(ctx, block_set_count(set));

	for (size_t i = 0; i < block_set_count(set); i++)
		text_add(&text, block_set_rule(set, i));
	return text_finish(ctx, &text);
}

static bool is_plain_international(const struct block_rule *rule)
{
	return rule->origin == BLOCK_ORIGIN_INTERNATIONAL && !rule->has_hours &&
	       rule->weekdays == 0 && rule->since_ms == 0 && rule->until_ms == 0;
}

/* The channels of all plain international rules that block, or of those that let through. */
static uint8_t plain_channels(const struct block_set *set, bool blocking)
{
	uint8_t channels = 0;

	for (size_t i = 0; set && i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);

		if (is_plain_international(rule) &&
		    (rule->action == BLOCK_ACTION_BLOCK) == blocking)
			channels |= rule->channels;
	}
	return channels;
}

static void add_switch(struct text *text, uint8_t channels)
{
	struct block_rule rule = {
		.action = BLOCK_ACTION_BLOCK,
		.channels = channels,
		.origin = BLOCK_ORIGIN_INTERNATIONAL,
	};

	if (channels != 0)
		text_add(text, &rule);
}

char *block_set_switch(void *ctx, const struct block_set *set, uint8_t channels, bool on)
{
	uint8_t change = channels & both_channels;
	uint8_t before = plain_channels(set, true);
	uint8_t after = on ? before | change : before & (uint8_t)~change;
	struct text text = text_create(ctx, (set ? block_set_count(set) : 0) + 1);
	bool written = before == 0;

	if (written)
		add_switch(&text, after);
	for (size_t i = 0; set && i < block_set_count(set); i++) {
		struct block_rule rule = *block_set_rule(set, i);

		if (is_plain_international(&rule) && rule.action == BLOCK_ACTION_BLOCK) {
			if (!written)
				add_switch(&text, after);
			written = true;
			continue;
		}
		if (is_plain_international(&rule) && on)
			rule.channels &= (uint8_t)~change;
		if (rule.channels != 0)
			text_add(&text, &rule);
	}
	return text_finish(ctx, &text);
}

static bool names(const struct block_rule *rule, const struct number *number)
{
	return rule->origin == BLOCK_ORIGIN_NUMBER && strcmp(rule->prefix.text, number->text) == 0;
}

char *block_set_put_number(void *ctx, const struct block_set *set, const struct number *number,
			   enum block_action action)
{
	struct text text = text_create(ctx, (set ? block_set_count(set) : 0) + 1);
	struct block_rule rule = {
		.action = action,
		.channels = both_channels,
		.origin = BLOCK_ORIGIN_NUMBER,
		.prefix = *number,
	};

	for (size_t i = 0; set && i < block_set_count(set); i++) {
		const struct block_rule *other = block_set_rule(set, i);

		if (!names(other, number))
			text_add(&text, other);
	}
	text_add(&text, &rule);
	return text_finish(ctx, &text);
}

char *block_set_unblock_number(void *ctx, const struct block_set *set, const struct number *number)
{
	struct text text = text_create(ctx, set ? block_set_count(set) : 0);

	for (size_t i = 0; set && i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);

		if (!names(rule, number) || rule->action != BLOCK_ACTION_BLOCK)
			text_add(&text, rule);
	}
	return text_finish(ctx, &text);
}

uint8_t block_set_switched(const struct block_set *set)
{
	return plain_channels(set, true) & (uint8_t)~plain_channels(set, false);
}

bool block_set_equal(const struct block_set *a, const struct block_set *b)
{
	if (block_set_count(a) != block_set_count(b))
		return false;
	for (size_t i = 0; i < block_set_count(a); i++) {
		if (!block_rule_equal(block_set_rule(a, i), block_set_rule(b, i)))
			return false;
	}
	return true;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

uint32_t block_set_hash(const struct block_set *set)
{
	uint64_t hash = block_set_count(set);

	for (size_t i = 0; i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);
		uint64_t hours =
			rule->has_hours ? 1u + rule->from_minute + ((uint64_t)rule->to_minute << 16)
					: 0;

		hash = mix(hash, (uint64_t)rule->action << 24 | (uint64_t)rule->origin << 16 |
					 (uint64_t)rule->channels << 8 | rule->weekdays);
		hash = mix(mix(hash, hours), (uint64_t)rule->until_ms);
		hash = mix(hash, (uint64_t)rule->since_ms);
		for (const char *c = rule->prefix.text; *c; c++)
			hash = mix(hash, (unsigned char)*c);
	}
	return (uint32_t)(hash ^ hash >> 32);
}
