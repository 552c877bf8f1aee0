/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* verdict_why.h - what would have changed a verdict.
 *
 * Does:    decides again with one piece of the evidence otherwise, for each piece, and tells of
 *          those with which another verdict comes out.
 * Threads: pure. Memory: allocates nothing.
 */
#pragma once

#include "rules/verdict.h"

struct verdict_change {
	const char *what; /* "the text had named what was offered" */
	enum verdict_kind kind;
	bool forged;
};

enum { VERDICT_CHANGES_MAX = 16 };

/* How many there are. */
size_t verdict_changes(const struct evidence *evidence, const struct verdict_policy *policy,
		       struct verdict_change out[VERDICT_CHANGES_MAX]);
