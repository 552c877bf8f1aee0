/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao reveal`: the number behind a reference, for a reason that the audit keeps. The audit
 * itself has the number masked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistr.h>

#include "gateway/clock.h"
#include "gateway/commands_number.h"
#include "gateway/commands_query.h"
#include "gateway/commands_store.h"

enum { REASON_LEAST = 3, REASON_MAX = 200 };

struct revealed {
	char ref[NUMBER_REF_MAX];
	const char *reason;
};

/* Told after the commit: nobody sees a number without a trace. */
static int work_reveal(struct db *db, struct query *query)
{
	const struct revealed *revealed = query->argument;
	char object[NUMBER_REF_MAX + NUMBER_MAX + 8];
	char mask[NUMBER_MAX];
	int rc;

	number_mask(query->number.text, mask);
	/* Enough of the reference to see which rows are about one number, too little to read it by:
	 * the row stays when the number is erased. */
	snprintf(object, sizeof(object), "%.8s... (%s)", revealed->ref, mask);
	rc = audit_put(db, clock_now_ms(), query->actor, "reveal", object, "", revealed->reason);
	if (rc == 0)
		query->result = json_pack("{ss}", "number", query->number.text);
	return rc;
}

/* One line, in words. */
static bool is_reason(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	size_t count = u8_mbsnlen((const uint8_t *)(text ? text : ""), len);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return count >= REASON_LEAST && count <= REASON_MAX && len - strspn(text, " ") > 0;
}

void command_reveal(struct gateway *gateway, struct control_request *request, json_t *args)
{
	const char *ref = json_string_value(json_object_get(args, "ref"));
	const char *reason = json_string_value(json_object_get(args, "reason"));
	struct revealed *revealed;
	struct named_number number;
	struct query *query;

	if (command_number_read(gateway, args, "ref", &number) < 0 || !number.by_ref) {
		control_fail(request, "ref: is no reference that this gateway gave");
		return;
	}
	if (!is_reason(reason)) {
		control_fail(request, "reason: wants from %d to %d characters, on one line",
			     REASON_LEAST, REASON_MAX);
		return;
	}
	query = query_create(gateway, request, work_reveal);
	if (!query)
		return;
	revealed = talloc_zero(query, struct revealed);
	if (revealed)
		revealed->reason = talloc_strdup(revealed, reason);
	if (!revealed || !revealed->reason) {
		query_no_memory(query);
		return;
	}
	snprintf(revealed->ref, sizeof(revealed->ref), "%s", ref);
	query->number = number.number;
	query->argument = revealed;
	store_submit(gateway->store, &query->op);
}
