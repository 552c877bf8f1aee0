/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_tool - for each line, the canonical number that number_read() gives and its class, or
 * "-". */
#include <stdio.h>
#include <stdlib.h>

#include "rules/number.h"
#include "tests/unit/tables.h"

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		struct number number;

		if (line[len - 1] == '\n')
			len--;
		if (number_read(test_plan(), line, (size_t)len, &number) == 0)
			printf("%s %s\n", number.text,
			       number_class_name(number_classify(test_plan(), number.text)));
		else
			printf("-\n");
	}
	free(line);
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
