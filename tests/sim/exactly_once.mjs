// SPDX-License-Identifier: AGPL-3.0-or-later
// exactly_once.mjs - make exactly-once: see storm.mjs. Exits with 1 when anything is lost, doubled or
// not answered.
//
//   SIM_REPORTS=1000000  SIM_KILLS=100 (of daemon and of rewards system each)  SIM_FLUSHES=2  SEED=n

import { seedOf } from '../lib/wait.mjs';
import { say } from './print.mjs';
import { storm } from './storm.mjs';

const number = (name, otherwise) => Number(process.env[name] || otherwise);
const reports = number('SIM_REPORTS', 1000000);
const seed = seedOf();

say(`SEED=${seed}: ${reports} reports`);
const { problems, ...figures } = await storm({ reports, kills: number('SIM_KILLS', 100), flushes: number('SIM_FLUSHES', 2),
	seed, say, timeout: 600000 });
say(JSON.stringify(figures, null, 1));
problems.forEach((problem) => say(problem));
say(problems.length ? 'not exactly once' : `${reports} reports: 0 lost, 0 doubled, 0 unanswered`);
process.exit(problems.length ? 1 : 0);
