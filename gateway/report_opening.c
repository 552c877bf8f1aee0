/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What texts let through or block by place and time: a country, two hours, a trip. As with keywords
 * every change is stored with what was before it and answered with what holds now; what is only
 * like such a text is asked about, and its own words are kept until the answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_opening.h"
#include "gateway/answer.h"
#include "gateway/report_flow_priv.h"
#include "gateway/subscriber_row.h"
#include "gateway/tables.h"

enum { RULES_MAX = SHIELD_PLACES_MAX + 1 };

/* ---- places in words ---- */

static size_t count_characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return n;
}

static const char *name_of(const struct place *place, bool english)
{
	return english ? place->en : place->zh;
}

/* "日本、韩国", or as many as one message has room for: "日本等3地". */
static const char *places_text(void *ctx, const struct shield_reading *reading, bool english)
{
	char *text = talloc_strdup(ctx, name_of(reading->places[0], english));

	for (size_t i = 1; text && i < reading->place_count; i++)
		text = talloc_asprintf_append(text, "%s%s", english ? ", " : "、",
					      name_of(reading->places[i], english));
	if (!text || count_characters(text) <= (english ? PLACE_EN_MAX : PLACE_ZH_MAX))
		return text;
	return talloc_asprintf(ctx, english ? "%s and %zu more" : "%s等%zu地",
			       name_of(reading->places[0], english),
			       english ? reading->place_count - 1 : reading->place_count);
}

static int fill_values(const struct flow *flow, const struct shield_reading *reading,
		       struct reply_values *values)
{
	*values = (struct reply_values){
		.channels = flow_channels_of(reading->scope),
		.since_ms = reading->since_ms,
		.until_ms = reading->until_ms,
		.now_ms = flow->received_ms,
	};
	if (reading->place_count == 0)
		return 0;
	values->place[REPLY_ZH] = places_text(flow->memory, reading, false);
	values->place[REPLY_EN] = places_text(flow->memory, reading, true);
	return values->place[REPLY_ZH] && values->place[REPLY_EN] ? 0 : -ENOMEM;
}

/* ---- rules ---- */

static struct block_rule rule_of(const struct shield_reading *reading, uint16_t code)
{
	struct block_rule rule = {
		.action = reading->act == SHIELD_BLOCK ? BLOCK_ACTION_BLOCK : BLOCK_ACTION_ALLOW,
		.channels = flow_channels_of(reading->scope),
		.origin = BLOCK_ORIGIN_PREFIX,
		.since_ms = reading->since_ms,
		.until_ms = reading->until_ms,
	};

	if (code == PLACE_ABROAD)
		rule.origin = BLOCK_ORIGIN_INTERNATIONAL;
	else if (code == PLACE_HMT)
		rule.origin = BLOCK_ORIGIN_HMT;
	else
		snprintf(rule.prefix.text, sizeof(rule.prefix.text), "+%u", code);
	return rule;
}

/* A rule about Hong Kong, Macao and Taiwan would win over one about all that is abroad. */
static bool blocks_hmt(const struct block_set *set)
{
	for (size_t i = 0; i < block_set_count(set); i++) {
		const struct block_rule *rule = block_set_rule(set, i);

		if (rule->origin == BLOCK_ORIGIN_HMT && rule->action == BLOCK_ACTION_BLOCK)
			return true;
	}
	return false;
}

static size_t rules_of(const struct shield_reading *reading, const struct block_set *set,
		       struct block_rule out[RULES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < reading->place_count; i++) {
		uint16_t code = reading->places[i]->code;

		out[count++] = rule_of(reading, code);
		if (code == PLACE_ABROAD && reading->place_count == 1 &&
		    reading->act == SHIELD_ALLOW && blocks_hmt(set))
			out[count++] = rule_of(reading, PLACE_HMT);
	}
	return count;
}

static int compile(const struct flow *flow, const char *text, struct block_set **set)
{
	return block_set_compile(flow->memory, flow->tables->numbering, text, strlen(text), set,
				 NULL, NULL);
}

/* The rules' text after the change. What holds longer than was asked for stays, and is told. */
static int change_text(const struct flow *flow, struct shield_reading *reading, const char *before,
		       const char **after)
{
	struct block_rule rules[RULES_MAX], held = { 0 };
	struct block_set *set;
	int rc = compile(flow, before, &set);
	size_t count = rc < 0 ? 0 : rules_of(reading, set, rules);

	*after = before;
	if (rc == 0 && reading->act == SHIELD_END)
		*after = block_opening_end(flow->memory, set, flow->received_ms);
	for (size_t i = 0; rc == 0 && i < count && *after; i++) {
		*after = reading->act == SHIELD_DROP
				 ? block_opening_drop(flow->memory, set, &rules[i],
						      flow->received_ms)
				 : block_opening_put(flow->memory, set, &rules[i],
						     flow->received_ms, &held);
		if (*after)
			rc = compile(flow, *after, &set);
	}
	if (held.channels) {
		reading->since_ms = held.since_ms;
		reading->until_ms = held.until_ms;
	}
	return rc < 0 ? rc : *after ? 0 : -ENOMEM;
}

/* ---- what holds ---- */

/* Somebody from there, who has no rule of their own. */
static struct number sample_of(uint16_t code)
{
	struct number number;

	snprintf(number.text, sizeof(number.text), "+%u0000000", code == PLACE_HMT ? 853 : code);
	return number;
}

static int tell_place(struct db *db, struct flow *flow, const struct shield_reading *reading)
{
	struct number sample = sample_of(reading->places[0]->code);
	struct reply_values values;
	struct block_set *set;
	int rc = fill_values(flow, reading, &values);

	if (rc == 0)
		rc = compile(flow, flow->rules.text, &set);
	if (rc < 0)
		return rc;
	values.calls_blocked = flow_is_blocked(flow, set, &sample, BLOCK_CALL);
	values.sms_blocked = flow_is_blocked(flow, set, &sample, BLOCK_SMS);
	return flow_answer(db, flow, REPLY_PLACE_STATE, &values, 0, TOLD_NOTHING);
}

static int tell_opening(struct db *db, struct flow *flow, const struct shield_reading *reading)
{
	uint8_t blocked = flow->rules.blocked | flow->operator_blocks;
	struct reply_values values;
	int rc = fill_values(flow, reading, &values);

	values.calls_blocked = blocked & BLOCK_CALL;
	values.sms_blocked = blocked & BLOCK_SMS;
	return rc < 0 ? rc
		      : flow_answer(db, flow,
				    reading->act == SHIELD_BLOCK ? REPLY_SHUT : REPLY_OPENED,
				    &values, 0, TOLD_NOTHING);
}

static int tell_change(struct db *db, struct flow *flow, const struct shield_reading *reading,
		       bool changed)
{
	if (reading->act == SHIELD_END)
		return flow_tell_state(db, flow, changed ? REPLY_OPENING_OVER : REPLY_BLOCK_STATE,
				       &flow->rules);
	return reading->until_ms ? tell_opening(db, flow, reading) : tell_place(db, flow, reading);
}

static int say(struct db *db, struct flow *flow, enum reply_kind kind)
{
	struct reply_values values = { 0 };

	return flow_answer(db, flow, kind, &values, 0, TOLD_NOTHING);
}

static int do_opening(struct db *db, struct flow *flow, struct shield_reading reading)
{
	const struct rule_change change = flow_change_of(flow);
	struct rule_fault fault;
	struct rule_state before;
	const char *text;
	int rc;

	if (reading.act == SHIELD_WHEN)
		return say(db, flow, REPLY_OPENING_WHEN);
	rc = flow_get_state(db, flow, &before);
	if (rc == 0)
		rc = change_text(flow, &reading, before.text, &text);
	if (rc == 0)
		rc = rule_store_set(flow->memory, db, flow->tables->numbering, &change, text,
				    &flow->rules, &fault);
	if (rc == -E2BIG)
		return say(db, flow, REPLY_RULES_FULL);
	if (rc == 0)
		rc = flow_note_change(db, flow, before.text, "");
	return rc < 0 ? rc
		      : tell_change(db, flow, &reading, strcmp(before.text, flow->rules.text) != 0);
}

/* ---- asking back ---- */

static int keep_question(struct db *db, const struct flow *flow)
{
	struct subscriber_row row;
	int rc = subscriber_row_get(db, flow->subscriber.text, &row);

	if (rc < 0)
		return rc;
	row.asked_sense = KEYWORD_NONE;
	row.asked_ms = flow->received_ms;
	snprintf(row.asked_text, sizeof(row.asked_text), "%s", flow->text);
	return subscriber_row_put(db, flow->subscriber.text, &row);
}

static int ask_place(struct db *db, struct flow *flow)
{
	const struct shield_reading *reading = &flow->opening;
	struct reply_values values;
	int rc = fill_values(flow, reading, &values);

	if (rc == 0)
		rc = keep_question(db, flow);
	values.wish =
		reading->act == SHIELD_BLOCK ? REPLY_WISH_BLOCK_PLACE : REPLY_WISH_ALLOW_PLACE;
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_PLACE_WISH, &values, 0, TOLD_NOTHING);
}

/* Only where there is something to end. */
static int ask_end(struct db *db, struct flow *flow)
{
	struct reply_values values = { .wish = REPLY_WISH_END_OPENING };
	struct shield_reading end = { .act = SHIELD_END };
	struct rule_state state;
	const char *after = NULL;
	int rc = flow_get_state(db, flow, &state);

	if (rc == 0)
		rc = change_text(flow, &end, state.text, &after);
	if (rc == 0 && strcmp(after, state.text) == 0)
		return flow_tell_shield(db, flow);
	if (rc == 0)
		rc = keep_question(db, flow);
	return rc < 0 ? rc : flow_answer(db, flow, REPLY_DID_YOU_MEAN, &values, 0, TOLD_NOTHING);
}

int flow_take_opening(struct db *db, struct flow *flow)
{
	const struct shield_reading *reading = &flow->opening;

	if (!reading->near || reading->act == SHIELD_WHEN)
		return do_opening(db, flow, *reading);
	switch (reading->act) {
	case SHIELD_ALLOW:
	case SHIELD_BLOCK:
		return ask_place(db, flow);
	case SHIELD_END:
		return ask_end(db, flow);
	case SHIELD_DROP:
	case SHIELD_NONE:
	case SHIELD_WHEN:
		break;
	}
	return flow_tell_shield(db, flow);
}

int flow_confirm_opening(struct db *db, struct flow *flow, const struct subscriber_row *row)
{
	struct shield_reading reading = shield_read(flow->tables->language, row->asked_text,
						    strlen(row->asked_text), row->asked_ms);

	if (reading.act == SHIELD_NONE) /* the tables are others now */
		return flow_tell_shield(db, flow);
	if (reading.until_ms && reading.until_ms <= flow->received_ms)
		reading.act = SHIELD_WHEN;
	return do_opening(db, flow, reading);
}

/* ---- what else holds, in a state ---- */

static int name_rule(void *ctx, const struct flow *flow, const struct block_rule *rule,
		     struct reply_rule *out)
{
	const struct place *place = NULL;
	char shown[NUMBER_MAX];
	unsigned code;

	if (rule->origin == BLOCK_ORIGIN_INTERNATIONAL)
		place = place_of_code(flow->tables->language, PLACE_ABROAD);
	else if (rule->origin == BLOCK_ORIGIN_HMT)
		place = place_of_code(flow->tables->language, PLACE_HMT);
	else if (rule->origin == BLOCK_ORIGIN_PREFIX && strlen(rule->prefix.text) <= 4 &&
		 sscanf(rule->prefix.text, "+%3u", &code) == 1)
		place = place_of_code(flow->tables->language, (uint16_t)code);
	number_display(rule->prefix.text, shown);
	*out = (struct reply_rule){
		.blocks = rule->action == BLOCK_ACTION_BLOCK,
		.channels = rule->channels,
		.since_ms = rule->since_ms,
		.until_ms = rule->until_ms,
	};
	out->place[REPLY_ZH] = talloc_strdup(ctx, place ? place->zh : shown);
	out->place[REPLY_EN] = talloc_strdup(ctx, place ? place->en : shown);
	return out->place[REPLY_ZH] && out->place[REPLY_EN] ? 0 : -ENOMEM;
}

int flow_list_rules(struct flow *flow, const char *text, bool numbers, struct reply_rules *out)
{
	const struct block_rule *rules[REPLY_RULES_MAX];
	struct block_set *set;
	int rc = compile(flow, text, &set);

	*out = (struct reply_rules){ 0 };
	if (rc < 0)
		return rc;
	out->total = block_opening_list(set, flow->received_ms, numbers, rules, REPLY_RULES_MAX);
	out->count = out->total < REPLY_RULES_MAX ? out->total : REPLY_RULES_MAX;
	for (size_t i = 0; rc == 0 && i < out->count; i++)
		rc = name_rule(flow->memory, flow, rules[i], &out->list[i]);
	return rc;
}
