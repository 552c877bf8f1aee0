// SPDX-License-Identifier: AGPL-3.0-or-later
// Exactly once under everything. SIM_REPORTS=, SIM_KILLS=, SIM_FLUSHES= and SEED= as in exactly_once.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { patience, seedOf } from '../lib/wait.mjs';
import { storm } from './storm.mjs';

const REPORTS = Number(process.env.SIM_REPORTS || 50000);
const KILLS = Number(process.env.SIM_KILLS || 100);
const FLUSHES = Number(process.env.SIM_FLUSHES || 2);
const seed = seedOf();

test(`${REPORTS} reports, daemon and rewards system killed ${KILLS} times each, Redis flushed ${FLUSHES} times: ` +
	`0 lost, 0 doubled, 0 unanswered (SEED=${seed})`, { timeout: 560000 * patience }, async (t) => {
	const { problems, ...figures } = await storm({ reports: REPORTS, kills: KILLS, flushes: FLUSHES, seed });
	t.diagnostic(JSON.stringify(figures));
	assert.deepEqual(problems, []);
	assert.deepEqual([figures.faults.daemon, figures.faults.consumer, figures.faults.flush], [KILLS, KILLS, FLUSHES]);
	assert.ok(figures.repeatedTexts > REPORTS / 20 && figures.repeatedRecords > REPORTS / 20 &&
		figures.repeatedAnswers > REPORTS / 50, 'there were repeats');
});
