/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_store.h - commands that read or change the store; see commands.h. */
#pragma once

#include "gateway/commands.h"

void command_accounts(struct gateway *gateway, struct control_request *request, json_t *args);
/* Answers at its end only; see trace.h. */
void command_trace(struct gateway *gateway, struct control_request *request, json_t *args);
void command_audit(struct gateway *gateway, struct control_request *request, json_t *args);
void command_blocked(struct gateway *gateway, struct control_request *request, json_t *args);
void command_release(struct gateway *gateway, struct control_request *request, json_t *args);
void command_report(struct gateway *gateway, struct control_request *request, json_t *args);
void command_reports(struct gateway *gateway, struct control_request *request, json_t *args);
void command_rules(struct gateway *gateway, struct control_request *request, json_t *args);
void command_status(struct gateway *gateway, struct control_request *request, json_t *args);

/* The feed's sources as the commands show them; a new reference. */
json_t *commands_sources(const struct gateway *gateway);
