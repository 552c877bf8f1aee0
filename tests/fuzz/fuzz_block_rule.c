/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Any octets as a rule text: a line that is read is written and read back the same; a set that is
 * built decides. */
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "blocklist/block_decide.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t len)
{
	struct block_rule rule, again;
	struct block_fault fault;
	char text[BLOCK_RULE_TEXT_MAX];

	if (block_rule_parse(test_plan(), line, len, &rule, &fault) != 1)
		return;
	size_t written = block_rule_format(&rule, text);

	if (block_rule_parse(test_plan(), text, written, &again, &fault) != 1 ||
	    !block_rule_equal(&rule, &again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct block_attempt attempt = { .channel = BLOCK_CALL,
					 .entry = BLOCK_ENTRY_INTERNATIONAL };
	struct block_context context = { .subscriber_known = true };
	struct block_set *set;

	check_line(text, size);
	if (block_set_compile(NULL, test_plan(), text, size, &set, NULL, NULL) != 0)
		return 0;
	context.subscriber = context.operator_rules = context.protected_numbers = set;
	for (size_t i = 0; i < block_set_count(set); i++) {
		attempt.caller = block_set_rule(set, i)->prefix;
		attempt.now_ms = i % 2 ? block_set_rule(set, i)->until_ms - 1
				       : block_set_rule(set, i)->since_ms;
		if (block_decide(&attempt, &context).verdict >= BLOCK_UNKNOWN)
			abort();
	}
	talloc_free(set);
	return 0;
}
