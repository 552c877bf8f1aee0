/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Receipts: what the schema cannot say of those who give them, and of what follows from them. */
#include <stdio.h>

#include "gateway/config_check.h"

/* Decimal and hex are two writings of a number; everything else is compared as it is written. */
static bool is_number(enum smpp_id_form form)
{
	return form == SMPP_ID_DECIMAL || form == SMPP_ID_HEX;
}

static int check_ids(const struct config_tree *tree, const char *list, unsigned index,
		     const struct config_receipts *receipts)
{
	char path[CONFIG_PATH_MAX];
	enum smpp_id_form response = receipts->response_id;
	enum smpp_id_form receipt = receipts->receipt_id;

	if (response == receipt || (is_number(response) && is_number(receipt)))
		return 0;
	snprintf(path, sizeof(path), "%s[%u].receipt_id", list, index);
	return config_tree_fault(tree, path, "'%s' never matches response_id '%s'",
				 smpp_id_form_name(receipt), smpp_id_form_name(response));
}

static int check_answers(const struct config_tree *tree, const struct config_answers *answers)
{
	if (answers->retry_s > answers->retry_max_s)
		return config_tree_fault(tree, "answers.retry_s",
					 "is greater than answers.retry_max_s");
	if (answers->receipt_wait_s <= answers->validity_s)
		return config_tree_fault(tree, "answers.receipt_wait_s",
					 "is not greater than answers.validity_s: the receipt of "
					 "a text that ran out would come too late");
	return 0;
}

int config_check_receipts(const struct config_tree *tree, const struct config *config)
{
	int rc = check_answers(tree, &config->answers);

	for (unsigned i = 0; rc == 0 && i < config->accounts_count; i++)
		rc = check_ids(tree, "accounts", i, &config->accounts[i].receipts);
	for (unsigned i = 0; rc == 0 && i < config->smscs_count; i++)
		rc = check_ids(tree, "smscs", i, &config->smscs[i].receipts);
	return rc;
}
