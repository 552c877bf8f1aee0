/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/screen.h"

#include <string.h>

#include "gateway/number_set.h"
#include "gateway/rule_cache.h"
#include "gateway/traffic_desk.h"

bool screen_is_forged(const struct block_attempt *attempt, const struct number *network,
		      bool failed)
{
	if (strncmp(network->text, "+86", 3) != 0)
		return false;
	return failed || (attempt->entry == BLOCK_ENTRY_INTERNATIONAL && !attempt->roaming_home);
}

static bool failure_blocks(const struct config_blocking *blocking, uint8_t channel)
{
	enum config_failure failure =
		channel == BLOCK_CALL ? blocking->on_unknown_call : blocking->on_unknown_sms;

	return failure == CONFIG_FAIL_BLOCK;
}

struct screen_answer screen_explain(const struct gateway *gateway, struct block_attempt *attempt)
{
	struct screen_answer answer = { 0 };
	struct block_context context;

	attempt->reported = number_set_has(gateway->reported, attempt->caller.text);
	context = rule_cache_context(gateway->rules, attempt->called.text);
	answer.decision = block_decide(attempt, &context);
	answer.operator_version = rule_cache_operator_version(gateway->rules);
	answer.by_failure_policy = answer.decision.verdict == BLOCK_UNKNOWN;
	answer.blocked = answer.by_failure_policy
				 ? failure_blocks(&gateway->live->blocking, attempt->channel)
				 : answer.decision.verdict == BLOCK_DENY;
	return answer;
}

struct screen_answer screen_decide(struct gateway *gateway, struct block_attempt *attempt)
{
	struct screen_answer answer = screen_explain(gateway, attempt);

	gateway->metrics.screened_total++;
	gateway->metrics.screened_blocked_total += answer.blocked;
	gateway->metrics.screened_unknown_total += answer.by_failure_policy;
	traffic_desk_note(gateway->traffic, attempt, answer.blocked);
	return answer;
}
