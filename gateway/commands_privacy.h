/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* commands_privacy.h - the operations of `mianrao privacy` (private to the commands). */
#pragma once

#include "gateway/commands_query.h"
#include "gateway/personal_data.h"

/* The number of a request as a subject, without a pseudonym. False: the request was refused, since
 * it is none, or one of nobody (a service code). */
bool privacy_subject(struct gateway *gateway, struct control_request *request, json_t *args,
		     struct personal_subject *out);

void privacy_export(struct gateway *gateway, struct control_request *request, json_t *args);
void privacy_calls(struct gateway *gateway, struct control_request *request, json_t *args);
void privacy_erase(struct gateway *gateway, struct control_request *request, json_t *args);
