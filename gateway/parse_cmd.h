/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parse_cmd.h - `mianrao parse`: what the gateway reads in texts, without a gateway.
 *
 * Does:    reads JSON Lines {"id","text","received"} and writes a JSON Line with the reading of
 *          each, in the schema of tests/data/README.md; other keys are ignored. A line that is no
 *          such object is told on `errors` with its number, and the next ones go on.
 * Bounds:  memory does not grow with the input; a line holds at most 1 MiB.
 * Returns: 0, or 1 when a line was told on `errors` or the input or output failed.
 */
#pragma once

#include <stdio.h>

int parse_run(int in, FILE *out, FILE *errors);
