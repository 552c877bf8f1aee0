/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lines of the control socket: each is an object with a command, or an error in words; and what the
 * command would show of it, it shows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t len)
{
	char error[CONTROL_ERROR_MAX];
	json_t *args = NULL;
	if (control_parse(line, len, &args, error)) {
		if (args || !memchr(error, 0, sizeof error) || !error[0])
			abort();
		return;
	}
	if (!json_is_string(json_object_get(args, "command")))
		abort();
	char *text = NULL;
	size_t shown;
	FILE *out = open_memstream(&text, &shown);
	cli_show(out, args);
	fclose(out);
	if (memchr(text, '\x1b', shown))
		abort();
	free(text);
	json_decref(args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	while (size) {
		const char *end = memchr(line, '\n', size);
		size_t len = end ? (size_t)(end - line) : size;
		check_line(line, len);
		len += end != NULL;
		line += len;
		size -= len;
	}
	return 0;
}
