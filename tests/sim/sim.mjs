// SPDX-License-Identifier: AGPL-3.0-or-later
// sim.mjs - make sim: one history of the town played twice, with the perfect feed and with one that has
// every fault. Exits with 1 when a verdict is another, or not what it has to be.
//
//   SIM_REPORTS=100000  SIM_STEP_S=600 (a step of the town's clock)  SEED=n

import { seedOf } from '../lib/wait.mjs';
import { FAULTY, PERFECT } from './feed.mjs';
import { makeHistory } from './history.mjs';
import { judgePlay, judgeTwo } from './judge.mjs';
import { play } from './play.mjs';
import { say } from './print.mjs';

const reports = Number(process.env.SIM_REPORTS || 100000);
const step = Number(process.env.SIM_STEP_S || 600) * 1000;
const seed = seedOf();

const history = makeHistory({ seed, reports, step });
say(`SEED=${seed}: ${reports} reports of ${history.calls.length} calls, two days in steps of ${step / 1000} s`);
const plays = [];
let wrong = 0;
for (const faults of [PERFECT, FAULTY]) {
	const played = await play(history, { faults, seed });
	const lines = judgePlay(history, played);
	const states = Object.groupBy?.(played.rows, ({ state }) => state);
	say(`${faults.name} feed: ${played.records} records, ${history.texts.length} texts in, ${played.texts} out, ` +
		`${played.credits} credits, ${Math.round(played.seconds)} s: ${lines.length ? 'not as it has to be' : 'as it has to be'}`);
	if (states) say(`  ${Object.entries(states).map(([state, rows]) => `state ${state}: ${rows.length}`).join(', ')}`);
	lines.forEach((line) => say(`  ${line}`));
	wrong += lines.length;
	plays.push(played);
}
const differ = judgeTwo(history, ...plays);
differ.forEach((line) => say(line));
say(differ.length ? 'the feeds lead to different verdicts' : `${reports} verdicts are the same with either feed`);
process.exit(wrong || differ.length ? 1 : 0);
