/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What each sense of a keyword is. */
#include <assert.h>

#include "rules/keyword.h"

static const struct {
	const char *name;
	enum keyword_argument argument;
	bool destructive;
	int intent; /* -1: none */
} senses[] = {
	[KEYWORD_NONE] = { "none", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_HELP] = { "help", KEYWORD_ARGUMENT_NONE, false, REPORT_HELP },
	[KEYWORD_STATUS] = { "status", KEYWORD_ARGUMENT_RECEIPT, false, REPORT_STATUS_QUERY },
	[KEYWORD_APPEAL] = { "appeal", KEYWORD_ARGUMENT_RECEIPT, false, REPORT_APPEAL },
	[KEYWORD_SHIELD_ON] = { "shield_on", KEYWORD_ARGUMENT_NONE, true, REPORT_BLOCK_ON },
	[KEYWORD_SHIELD_OFF] = { "shield_off", KEYWORD_ARGUMENT_NONE, true, REPORT_BLOCK_OFF },
	[KEYWORD_SHIELD_STATE] = { "shield_state", KEYWORD_ARGUMENT_NONE, false,
				   REPORT_BLOCK_QUERY },
	[KEYWORD_ALLOW_NUMBER] = { "allow_number", KEYWORD_ARGUMENT_NUMBER, true, -1 },
	[KEYWORD_BLOCK_NUMBER] = { "block_number", KEYWORD_ARGUMENT_NUMBER, true, -1 },
	[KEYWORD_UNDO] = { "undo", KEYWORD_ARGUMENT_MAYBE, true, -1 },
	[KEYWORD_BLOCKED_LIST] = { "blocked_list", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_RELEASE] = { "release", KEYWORD_ARGUMENT_PLACE, true, -1 },
	[KEYWORD_DIGEST_ON] = { "digest_on", KEYWORD_ARGUMENT_NONE, true, -1 },
	[KEYWORD_DIGEST_OFF] = { "digest_off", KEYWORD_ARGUMENT_NONE, true, -1 },
	[KEYWORD_THANKS] = { "thanks", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_UNSUBSCRIBE] = { "unsubscribe", KEYWORD_ARGUMENT_NONE, true, REPORT_UNSUBSCRIBE },
	[KEYWORD_PLAIN_TEXTS] = { "plain_texts", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_STANDARD_TEXTS] = { "standard_texts", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_MACHINE] = { "machine", KEYWORD_ARGUMENT_NONE, false, -1 },
	[KEYWORD_REPORTED_ON] = { "reported_on", KEYWORD_ARGUMENT_NONE, true, -1 },
	[KEYWORD_REPORTED_OFF] = { "reported_off", KEYWORD_ARGUMENT_NONE, true, -1 },
	[KEYWORD_REPORTED_STATE] = { "reported_state", KEYWORD_ARGUMENT_NONE, false, -1 },
};
static_assert(sizeof(senses) / sizeof(senses[0]) == KEYWORD_SENSE_COUNT, "what each sense is");

enum keyword_argument keyword_argument_of(enum keyword_sense sense)
{
	return senses[sense].argument;
}

bool keyword_is_destructive(enum keyword_sense sense)
{
	return senses[sense].destructive;
}

bool keyword_is_shield(enum keyword_sense sense)
{
	return sense == KEYWORD_SHIELD_ON || sense == KEYWORD_SHIELD_OFF ||
	       sense == KEYWORD_SHIELD_STATE;
}

bool keyword_intent(enum keyword_sense sense, enum report_intent *intent)
{
	if (senses[sense].intent < 0)
		return false;
	*intent = (enum report_intent)senses[sense].intent;
	return true;
}

const char *keyword_sense_name(enum keyword_sense sense)
{
	return sense < KEYWORD_SENSE_COUNT ? senses[sense].name : "none";
}
