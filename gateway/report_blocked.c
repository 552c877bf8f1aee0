/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was blocked lately, and letting one of it through. Blocked attempts are not kept so far: who
 * asks is told what the shield does. */
#include "gateway/report_flow_priv.h"

int flow_tell_blocked(struct db *db, struct flow *flow)
{
	return flow_tell_shield(db, flow);
}

int flow_release(struct db *db, struct flow *flow)
{
	return flow_tell_shield(db, flow);
}
