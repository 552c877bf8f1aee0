/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_store.h - commands that read or change the store; see commands.h. */
#pragma once

#include "blocklist/block_decide.h"
#include "gateway/commands.h"

/* commands.c */
void command_links(struct gateway *gateway, struct control_request *request, json_t *args);
void command_screen(struct gateway *gateway, struct control_request *request, json_t *args);
void command_caller(struct gateway *gateway, struct control_request *request, json_t *args);
void command_callers(struct gateway *gateway, struct control_request *request, json_t *args);
void command_statistics(struct gateway *gateway, struct control_request *request, json_t *args);
void command_subscriber(struct gateway *gateway, struct control_request *request, json_t *args);
void command_accounts(struct gateway *gateway, struct control_request *request, json_t *args);
/* Answers at its end only; see trace.h. */
void command_trace(struct gateway *gateway, struct control_request *request, json_t *args);
void command_feeds(struct gateway *gateway, struct control_request *request, json_t *args);
void command_audit(struct gateway *gateway, struct control_request *request, json_t *args);
/* commands_audit_log.c */
void command_audit_list(struct gateway *gateway, struct control_request *request, json_t *args);
void command_audit_verify(struct gateway *gateway, struct control_request *request, json_t *args);
void command_blocked(struct gateway *gateway, struct control_request *request, json_t *args);
void command_release(struct gateway *gateway, struct control_request *request, json_t *args);
void command_report(struct gateway *gateway, struct control_request *request, json_t *args);
/* The argument `id`; false: the request was refused. */
bool command_report_id(struct control_request *request, const json_t *args, int64_t *id);
void command_report_appeal(struct gateway *gateway, struct control_request *request, json_t *args);
void command_report_intake(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reference(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reveal(struct gateway *gateway, struct control_request *request, json_t *args);
void command_report_day(struct gateway *gateway, struct control_request *request, json_t *args);
void command_report_similar(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reports(struct gateway *gateway, struct control_request *request, json_t *args);
/* commands_rewards.c, commands_reward.c */
void command_rewards(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reward(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reward_repeat(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reward_reverse(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reward_ledger(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reward_lookup(struct gateway *gateway, struct control_request *request, json_t *args);
void command_rules_export(struct gateway *gateway, struct control_request *request, json_t *args);
void command_rules_import(struct gateway *gateway, struct control_request *request, json_t *args);
void command_rules_operator(struct gateway *gateway, struct control_request *request, json_t *args);
/* Of the same; commands_operator_try.c */
void command_operator_try(struct gateway *gateway, struct control_request *request, json_t *args);
void command_operator_change(struct gateway *gateway, struct control_request *request,
			     json_t *args);
void command_settlement(struct gateway *gateway, struct control_request *request, json_t *args);
void command_rules(struct gateway *gateway, struct control_request *request, json_t *args);
void command_status(struct gateway *gateway, struct control_request *request, json_t *args);
void command_review(struct gateway *gateway, struct control_request *request, json_t *args);
void command_policy(struct gateway *gateway, struct control_request *request, json_t *args);
/* commands_privacy.c */
void command_privacy(struct gateway *gateway, struct control_request *request, json_t *args);
void command_erase_calls(struct gateway *gateway, struct control_request *request, json_t *args);
/* An attempt, and whose numbers whoever asks does not know (commands_number.h). */
struct command_screened {
	struct block_attempt attempt;
	bool caller_by_ref;
	bool called_by_ref;
};
/* Answers with `result` (stolen), what `mianrao screen` tells of the attempt, and why it is so. */
void command_screen_why(struct gateway *gateway, struct control_request *request,
			const struct command_screened *screened, json_t *result);
