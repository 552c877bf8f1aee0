/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/receipt_policy.h"

#include <stdio.h>
#include <string.h>

static void of_smsc(const struct config *config, const char *link, struct receipt_policy *out)
{
	const struct config_smsc *smsc;
	char name[PEER_NAME_MAX];

	/* "centre#2" is a link of "centre"; no SMSC has a '#' in its name. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(link, "#"), link);
	snprintf(out->scope, sizeof(out->scope), "smsc %.50s", name);
	smsc = config_find_smsc(config, name);
	if (smsc)
		out->receipts = smsc->receipts;
}

static void of_account(const struct config *config, const char *link, struct receipt_policy *out)
{
	const struct config_account *account = config_find_account(config, link);

	snprintf(out->scope, sizeof(out->scope), "account %.50s", link);
	if (account)
		out->receipts = account->receipts;
}

void receipt_policy_of(const struct config *config, enum peer_side side, const char *link,
		       struct receipt_policy *out)
{
	out->receipts = (struct config_receipts){ RECEIPTS_NONE, SMPP_ID_AS_IS, SMPP_ID_AS_IS };
	if (side == PEER_CLIENT)
		of_smsc(config, link, out);
	else
		of_account(config, link, out);
}

uint8_t receipt_policy_request(enum receipts_wanted wanted)
{
	static const uint8_t registered_delivery[] = {
		[RECEIPTS_NONE] = 0,
		[RECEIPTS_FAILURE] = 2,
		[RECEIPTS_ALL] = 1,
	};
	_Static_assert(sizeof(registered_delivery) == RECEIPTS_WANTED_COUNT, "one a policy");

	return registered_delivery[wanted];
}

void receipt_policy_validity(uint32_t validity_s, char out[VALIDITY_MAX])
{
	uint32_t minutes = validity_s / 60;

	out[0] = '\0';
	/* Days are two digits; the configuration stops at 30. */
	if (validity_s > 0)
		snprintf(out, VALIDITY_MAX, "0000%02u%02u%02u%02u000R", minutes / 1440 % 100,
			 minutes / 60 % 24, minutes % 60, validity_s % 60);
}

int64_t receipt_policy_retry_ms(const struct config_answers *answers, int64_t attempts)
{
	int64_t wait_s = answers->retry_s;

	if (attempts >= answers->attempts)
		return -1;
	for (int64_t i = 1; i < attempts && wait_s < answers->retry_max_s; i++)
		wait_s *= 2;
	return 1000 * (wait_s < answers->retry_max_s ? wait_s : answers->retry_max_s);
}
