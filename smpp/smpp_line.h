/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_line.h - one bounded line of text, put together piece by piece (private to the trace).
 *
 * Does:    escapes what is put in quotation marks: no control character, nothing that turns the
 *          direction of reading, only whole UTF-8.
 * Bounds:  a piece that does not fit is left out with all that follows; the line ends with "...".
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "smpp/smpp_pdu.h"

struct smpp_line {
	char *out;
	size_t cap; /* without the NUL */
	size_t len;
	bool none; /* there is no room even for the NUL */
	bool full;
};

struct smpp_line smpp_line_begin(char *out, size_t cap);
void smpp_line_put(struct smpp_line *line, const char *text, size_t len);
void smpp_line_putf(struct smpp_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void smpp_line_quoted(struct smpp_line *line, struct smpp_octets in);
void smpp_line_hex(struct smpp_line *line, struct smpp_octets in); /* 16 octets, then ~length */
size_t smpp_line_end(struct smpp_line *line);			   /* adds the NUL; the length */
