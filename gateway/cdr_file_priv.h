/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cdr_file_priv.h - what the readers of the formats share with cdr_file.c; see cdr_file.h. */
#pragma once

#include <stdio.h>

#include "gateway/cdr_file.h"

enum { CDR_WHERE_MAX = 64 };

struct cdr_reading {
	const struct numbering *plan;
	const struct config_source *source;
	struct call_origin origin;
	struct cdr_piece *piece;
	int bad_fd; /* opened at the first bad line or record */
	const char *name;
};

/* Writes "where: reason: what" to bad/NAME at the place's offset, and counts it. */
int cdr_bad(struct cdr_reading *reading, const char *where, const char *reason, const char *what,
	    size_t len) __attribute__((warn_unused_result));

/* A piece from the place on; the file stands there. */
int cdr_csv_read(struct cdr_reading *reading, FILE *file) __attribute__((warn_unused_result));
int cdr_charging_read(struct cdr_reading *reading, FILE *file) __attribute__((warn_unused_result));
