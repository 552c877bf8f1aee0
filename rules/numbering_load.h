/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering_load.h - the numbering plan out of its tables.
 *
 * Input:   the texts of deploy/numbering/; the head of each says what its columns are.
 * Owns:    the plan is one tree below ctx; nothing of the texts is kept.
 * Errors:  -EBADMSG with every fault in `faults`, -ENOMEM; no plan is made then.
 * Threads: pure.
 */
#pragma once

#include "rules/numbering.h"
#include "rules/table_text.h"

enum numbering_file {
	NUMBERING_MOBILE,
	NUMBERING_AREAS,
	NUMBERING_CODES,
	NUMBERING_CARRIERS,
	NUMBERING_COUNTRIES,
	NUMBERING_KNOWN,
	NUMBERING_FILE_COUNT
};

int numbering_load(void *ctx, const struct table_text files[NUMBERING_FILE_COUNT],
		   struct table_faults *faults, struct numbering **out)
	__attribute__((warn_unused_result));

const char *numbering_file_name(enum numbering_file file); /* "mobile.tsv" */
