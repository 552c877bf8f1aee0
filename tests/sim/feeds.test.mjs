// SPDX-License-Identifier: AGPL-3.0-or-later
// What feeds do to verdicts: nothing. SIM_REPORTS= and SEED= as in sim.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { patience, seedOf } from '../lib/wait.mjs';
import { FAULTY, PERFECT } from './feed.mjs';
import { makeHistory } from './history.mjs';
import { judgePlay, judgeTwo } from './judge.mjs';
import { play } from './play.mjs';

const REPORTS = Number(process.env.SIM_REPORTS || 5000);
const STEP = 1200e3;
const seed = seedOf();

test(`${REPORTS} verdicts are the same with the perfect feed and with a faulty one (SEED=${seed})`, {
	timeout: 400000 * patience,
}, async (t) => {
	const history = makeHistory({ seed, reports: REPORTS, step: STEP });
	const plays = [];
	for (const faults of [PERFECT, FAULTY]) {
		const played = await play(history, { faults, seed });
		t.diagnostic(`${faults.name}: ${played.records} records, ${played.texts} texts, ${Math.round(played.seconds)} s`);
		assert.deepEqual(judgePlay(history, played), [], faults.name);
		plays.push(played);
	}
	assert.deepEqual(judgeTwo(history, ...plays), []);
});

// That the proof can fail: this gateway does not wait for one of the exchanges.
test(`a gateway that does not wait is found out (SEED=${seed})`, { timeout: 200000 * patience }, async () => {
	const history = makeHistory({ seed, reports: 600, step: 3600e3 });
	const played = await play(history, { faults: FAULTY, seed, trusted: ['west', 'abroad', 'harbour'] });
	const found = judgePlay(history, played).join('\n');
	assert.match(found, /told "no such call" early/);
	assert.match(found, /told something else than what is so/);
});
