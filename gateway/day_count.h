/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* day_count.h - what the table day_count counts of a day in +08:00. Kept by
 * report_tally.h, in the transaction of the change. */
#pragma once

enum day_kind {
	/* Reports that were received that day, as they stand: 100 times an enum report_state, and
	 * an enum report_category; and DAY_AT_ONCE if it came with its answer. Of a kind of its own
	 * there may be fewer than none: what was counted at once may be moved from there. */
	DAY_STATE = 100,
	DAY_AT_ONCE = 10,
	DAY_IN_TIME = 1000, /* later answers that were given that day, before the deadline */
	DAY_LATE = 1001,    /* after it */
};
