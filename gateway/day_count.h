/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* day_count.h - what the table day_count counts of a day in +08:00. Its triggers keep it
 * (store_schema.c), in the transaction of the change. */
#pragma once

enum day_kind {
	DAY_STATE = 0,	    /* and an enum report_state: reports received that day, as they stand */
	DAY_CATEGORY = 100, /* and an enum report_category: the same by what was offered */
	DAY_IN_TIME = 200,  /* answers that were given that day, before the report's deadline */
	DAY_LATE = 201,	    /* after it */
};
