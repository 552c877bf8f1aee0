// SPDX-License-Identifier: AGPL-3.0-or-later
// console.mjs - messages while people look: wrk asks the API as fast as it is answered, and streams of events
// are open, beside the load.

import fs from 'node:fs';
import path from 'node:path';

import { allTaken, idle, perSecond } from './common.mjs';
import { SESSIONS, WINDOW, load, withGateway } from './gateway.mjs';
import { rate } from './table.mjs';
import { firstToken } from '../lib/api.mjs';
import { start } from '../lib/process.mjs';

const ROUNDS = 7;
const CONNECTIONS = 8;
const STREAMS = 4;
const PATHS = ['/v1/status', '/v1/reports', '/v1/links', '/'];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const urlOf = (world) => `http://127.0.0.1:${world.daemon.config.http.port}`;

// wrk takes its paths by turns from a script.
function writeScript(folder, token) {
	const file = path.join(folder, 'paths.lua');
	fs.writeFileSync(file, `local paths = { ${PATHS.map((one) => `"${one}"`).join(', ')} }
local n = 0
request = function()
	n = n + 1
	return wrk.format("GET", paths[n % #paths + 1], { ["Authorization"] = "Bearer ${token}" })
end
response = function(status, headers, body)
	if status >= 400 then print("refused: " .. status .. " " .. body) end
end
`);
	return file;
}

// Body beside those who look; what wrk says of itself at its end.
async function lookedAt(world, token, script, body) {
	const stop = new AbortController();
	const streams = Array.from({ length: STREAMS }, async () => {
		const answer = await fetch(`${urlOf(world)}/v1/events`,
			{ headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
		for await (const piece of answer.body) void piece;
	});
	const wrk = start('wrk', ['-t', '1', '-c', String(CONNECTIONS), '-d', '600', '-s', script, urlOf(world)]);
	try {
		return { result: await body(), wrk };
	} finally {
		wrk.kill('SIGINT');
		await wrk.ended;
		stop.abort();
		await Promise.allSettled(streams);
	}
}

async function oneRound(world, count) {
	const result = await load(world.daemon.smppPort, { kind: 'chat', count });
	allTaken(result, count);
	await idle(world);
	return perSecond(result);
}

async function looking({ count }) {
	const total = count(200000);
	return withGateway(async (world) => {
		const token = firstToken(world);
		const script = writeScript(world.daemon.config.state_dir, token);
		const alone = [], beside = [], asked = [];
		await oneRound(world, total);
		for (let i = 0; i < ROUNDS; i++) {
			alone.push(await oneRound(world, total));
			const { result, wrk } = await lookedAt(world, token, script, () => oneRound(world, total));
			beside.push(result);
			asked.push(Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk.lines.join('\n'))?.[1]));
			const refused = wrk.lines.find((line) => line.startsWith('refused'));
			if (refused) throw new Error(`wrk was ${refused}`);
		}
		const ratios = beside.map((one, i) => one / alone[i]);
		return [
			['texts taken in, nobody looks', rate(median(alone))],
			[`beside wrk with ${CONNECTIONS} connections and ${STREAMS} streams of events`, rate(median(beside)),
				`${(100 * (1 - median(ratios))).toFixed(1)} % less (wanted 5 at most)`],
			['  requests answered beside', rate(median(asked))],
		];
	});
}
looking.title = `Messages while people look at the console (${SESSIONS} sessions × window ${WINDOW})`;

export { looking };
