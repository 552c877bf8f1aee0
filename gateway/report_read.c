/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text read, with all that the store thread needs to know of the loop's. */
#include "gateway/report_flow_priv.h"

#include <string.h>
#include <talloc.h>

#include "gateway/answer.h"
#include "gateway/attempt_desk.h"
#include "gateway/number_set.h"
#include "gateway/rule_cache.h"
#include "rules/choice_read.h"

static int flow_destroy(struct flow *flow)
{
	if (flow->retry)
		event_free(flow->retry);
	if (flow->ahead)
		verifier_forget(flow->ahead);
	tables_release(flow->tables);
	fixed_rules_release(flow->fixed);
	return 0;
}

static int64_t deadline_of(const struct config *live, int64_t received_ms)
{
	const struct verdict_policy *policy = verdict_policy_at(
		live->verdict_policies, live->verdict_policies_count, received_ms);

	return (int64_t)(policy ? policy : &verdict_policy_default)->deadline_s * 1000;
}

/* The call will probably be looked for: what of it is known already is asked now. */
static struct check *look_ahead(const struct flow *flow)
{
	const struct report_reading *reading = &flow->reading;
	struct verify_request request = {
		.subscriber = flow->subscriber,
		.intent = reading->intent,
		.state = REPORT_STATE_PENDING,
		.received_ms = flow->received_ms,
		.deadline_ms = flow->received_ms + flow->deadline_ms,
		.has_call_time = reading->has_call_time,
		.call_from_ms = reading->call_from_ms,
		.call_to_ms = reading->call_to_ms,
	};

	if (reading->number_count != 1 || flow->opening.act != SHIELD_NONE || flow_may_go_on(flow))
		return NULL;
	request.number = reading->numbers[0];
	return verifier_ahead(flow->gateway->verifier, &request);
}

static bool is_complaint(const struct report_reading *reading)
{
	return reading->intent == REPORT_CALL || reading->intent == REPORT_SMS ||
	       reading->intent == REPORT_SPAM_FORWARD || reading->number_count > 0;
}

/* A text of nothing else goes before what its words might say besides; what is only like one goes
 * behind keywords and complaints. */
static void read_opening(struct flow *flow, const struct flow_message *message)
{
	struct report_reading *reading = &flow->reading;
	struct shield_reading opening = shield_read(flow->tables->language, message->text,
						    message->len, message->received_ms);

	if (opening.act == SHIELD_NONE ||
	    ((opening.near || opening.act == SHIELD_WHEN) &&
	     (reading->keyword.sense != KEYWORD_NONE || is_complaint(reading))))
		return;
	flow->opening = opening;
	reading->keyword = (struct keyword_reading){ .sense = KEYWORD_NONE };
	flow->blocked = (struct blocked_request){ .sense = KEYWORD_NONE };
}

static int read_text(struct flow *flow, const struct config *live,
		     const struct flow_message *message)
{
	const struct keyword_set *keywords =
		keyword_table_set(live->keyword_table, message->service_code);
	const struct number *number = &flow->reading.keyword.number;
	int rc = report_parse_text(flow->tables->language, keywords, message->text, message->len,
				   message->received_ms, &flow->reading);

	if (rc < 0)
		return rc;
	report_forget_number(&flow->reading, message->subscriber.text);
	if (number->text[0]) {
		flow->number_ours = config_is_service_code(live, number->text);
		flow->number_reported = number_set_has(flow->gateway->reported, number->text);
	}
	flow->blocked =
		blocked_keyword_read(flow->tables->language, keywords, message->text, message->len);
	if (flow->blocked.sense != KEYWORD_NONE)
		flow->reading.keyword = (struct keyword_reading){ .sense = flow->blocked.sense };
	read_opening(flow, message);
	flow_read_word(flow, keywords);
	return 0;
}

struct flow *report_flow_read(struct gateway *gateway, const struct flow_message *message)
{
	const struct config *live = gateway->live;
	const struct language *language = live->tables->language;
	struct flow *flow = talloc_pooled_object(NULL, struct flow, 8, message->len + 2048);

	if (!flow)
		return NULL;
	memset(flow, 0, sizeof(*flow));
	talloc_set_destructor(flow, flow_destroy);
	flow->gateway = gateway;
	flow->tables = tables_hold(live->tables);
	flow->text = talloc_strndup(flow, message->text, message->len);
	flow->subscriber = message->subscriber;
	flow->received_ms = message->received_ms;
	flow->deadline_ms = deadline_of(live, message->received_ms);
	flow->chat_answers_day = live->reports.chat_answers_day;
	flow->fixed = rule_cache_hold(gateway->rules);
	flow->operator_blocks = rule_cache_operator_blocks(gateway->rules);
	flow->recheck_ms = (int64_t)live->reports.recheck_s * 1000;
	flow->dialogue_ms = (int64_t)live->reports.dialogue_s * 1000;
	flow->join_ms = (int64_t)live->reports.join_s * 1000;
	flow->duplicate_ms = (int64_t)live->reports.duplicate_s * 1000;
	flow->turn = flood_take(gateway->flood, message->subscriber.text, message->received_ms,
				(struct flood_bound){ (int64_t)live->reports.flood_s * 1000,
						      live->reports.flood_answers });
	flow->choice = choice_read(language, message->text, message->len);
	flow->blocked_since_ms = attempt_desk_since(gateway, message->received_ms);
	flow->release_allows = live->blocking.release_allows;
	flow->block_reported = live->blocking.block_reported;
	flow->digest_hour = (int)live->blocking.digest_hour;
	flow->consent = consent_read(language, message->text, message->len);
	route_make(flow->route, message->account, message->service_code);
	if (!flow->text || answer_manner(flow, live, &flow->manner) < 0 ||
	    read_text(flow, live, message) < 0) {
		talloc_free(flow);
		return NULL;
	}
	flow->ahead = look_ahead(flow);
	return flow;
}
