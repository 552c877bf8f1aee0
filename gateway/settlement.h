/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settlement.h - a settlement file for every day, in <state_dir>/settlement.
 *
 * Does:    once a day is over, and rewards.settlement_delay_s more, writes its file on the worker;
 *          days that were missed while the gateway was away as well, from the first one of the
 *          ledger or the last one that has a file. Removes those older than settlement_keep_days.
 *          What fails is tried again.
 * Threads: the loop's.
 */
#pragma once

#include "gateway/gateway.h"
#include "gateway/settlement_file.h"

struct settlement;

struct settlement *settlement_create(void *ctx, struct gateway *gateway);
void settlement_stop(struct settlement *settlement);
const struct settlement_place *settlement_place_of(const struct settlement *settlement);
