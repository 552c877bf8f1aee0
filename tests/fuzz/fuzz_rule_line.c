/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A line of a file of rules. The first octet chooses the format. What is taken must be written and
 * read again as it was. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "gateway/rule_line.h"
#include "tests/unit/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct rule_line *line)
{
	char rule[BLOCK_RULE_TEXT_MAX] = "";
	char text[RULE_LINE_OUT_MAX];
	char error[RULE_LINE_ERROR_MAX];
	struct rule_line again;
	size_t rule_len = line->has_rule ? block_rule_format(&line->rule, rule) : 0;

	for (int format = 0; format < RULE_FORMAT_COUNT; format++) {
		size_t len = rule_line_write((enum rule_format)format, line->subscriber.text, rule,
					     rule_len, text);

		if (len == 0 || rule_line_read(test_plan(), (enum rule_format)format, text, len - 1,
					       &again, error) != 1)
			abort();
		if (strcmp(again.subscriber.text, line->subscriber.text) != 0 ||
		    again.has_rule != line->has_rule ||
		    (line->has_rule && !block_rule_equal(&again.rule, &line->rule)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[RULE_LINE_ERROR_MAX] = "";
	struct rule_line line;
	char *text;
	int rc;

	if (size < 1)
		return 0;
	/* With room for the NUL and no more, so that a read past the end shows. */
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	rc = rule_line_read(test_plan(), data[0] == 'j' ? RULE_FORMAT_JSONL : RULE_FORMAT_CSV, text,
			    size - 1, &line, error);
	if (rc == 1)
		read_again(&line);
	else if (rc == -EBADMSG && (!error[0] || u8_check((const uint8_t *)error, strlen(error))))
		abort();
	free(text);
	return 0;
}
