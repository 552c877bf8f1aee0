/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cli_progress.h - how far a long command is, for whoever waits at a terminal.
 *
 * Does:    asks what takes long, and shows one line on stderr, drawn anew at most five times a
 *          second: "taking in [=======>      ]  52 %  520,000 lines, 210,000/s, 2 s left". Nothing
 *          at all when stderr is no terminal: scripts and log files see none of it.
 */
#pragma once

#include <stdint.h>

#include "gateway/cli.h"

struct cli_progress {
	FILE *out; /* NULL: nobody looks */
	const char *doing;
	int64_t began_ms;
	int64_t shown_ms; /* 0: nothing is on the line */
};

void cli_progress_begin(struct cli_progress *progress, const struct cli *cli, const char *doing);
/* `done` of `whole` (any unit; whole 0: nobody knows), which is `count` lines, reports ... so far.
 */
void cli_progress_show(struct cli_progress *progress, uint64_t done, uint64_t whole, uint64_t count,
		       const char *counted);
/* Before anything else is written to the terminal, and at the end. */
void cli_progress_clear(struct cli_progress *progress);
/* cli_ask_stream() whose events are counts: a number under the name of what is counted, perhaps
 * with `percent`, and what it `waits_for`. */
enum cli_exit cli_ask_long(const struct cli *cli, json_t *request, const char *doing,
			   json_t **result);
int64_t cli_progress_ms(const struct cli_progress *progress); /* since it began */

/* The line itself, for a terminal of so many columns (0: any number). Pure. */
enum { CLI_PROGRESS_MAX = 256 };
void cli_progress_line(char out[CLI_PROGRESS_MAX], const struct cli_progress *progress,
		       uint64_t done, uint64_t whole, uint64_t count, const char *counted,
		       int64_t took_ms, int columns);
