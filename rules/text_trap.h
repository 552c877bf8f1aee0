/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_trap.h - digits in a text that are no telephone number.
 *
 * Does:    marks as TEXT_TAKEN what a label, a unit or its form gives away: addresses of web pages,
 *          receipt numbers, verification codes, staff, card, order and chat account numbers, prices
 *          and allowances.
 * Memory:  allocates nothing. Threads: pure.
 * Source:  tests/data/README.md "Which numbers".
 */
#pragma once

#include <stddef.h>

#include "rules/report_parse.h"
#include "rules/text_fold.h"

/* Web and mail addresses; returns how many. tel: and sip: addresses are left, they are numbers. */
size_t trap_take_urls(struct text *text);

/* Digits behind a label that says what they are. */
void trap_take_labelled(struct text *text);

/* Numbers with a unit behind them or a currency before them. Call after times were taken. */
void trap_take_amounts(struct text *text);

/* The first receipt number, in capitals; false when there is none. */
bool trap_take_receipt(struct text *text, char receipt[REPORT_RECEIPT_MAX]);
