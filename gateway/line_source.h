/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* line_source.h - a file cut into chunks of whole lines that fit into a request.
 *
 * Does:    gives as many lines as fit. A line that cannot be sent (too long, not UTF-8, with a NUL)
 *          is told and an empty one put into its place, so that numbers of lines stay true.
 * Bounds:  LINE_MAX_OCTETS a line, whatever the file holds.
 * Errors:  -EIO and the like, of reading.
 * Threads: one. For the command line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* CHUNK_OCTETS: of the chunk as JSON text. */
enum { LINE_MAX_OCTETS = 4096, CHUNK_OCTETS = 32 * 1024 };

struct line_source {
	FILE *file;
	size_t next_line; /* of the file, from 1 */
	/* Told of a line that cannot be sent. */
	void (*bad)(void *user, size_t line, const char *what);
	void *user;
	char line[LINE_MAX_OCTETS + 2]; /* read, and not in a chunk yet */
	size_t line_len;		/* 0: none */
};

struct line_chunk {
	size_t first_line;
	size_t lines;
	size_t len;
	char text[CHUNK_OCTETS + 1];
};

void line_source_begin(struct line_source *source, FILE *file);
/* 1: a chunk; 0: the file is at its end; -errno. */
int line_source_next(struct line_source *source, struct line_chunk *chunk)
	__attribute__((warn_unused_result));
