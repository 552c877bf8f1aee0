// SPDX-License-Identifier: AGPL-3.0-or-later
// rules.mjs - decisions with many subscribers' rules in memory, and their import.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { long } from './common.mjs';
import { measure, memory, withGateway } from './gateway.mjs';
import { mib, ns, rate } from './table.mjs';
import { binary, run } from '../lib/process.mjs';
import { waitFor } from '../lib/wait.mjs';

// ---- decisions with many subscribers' rules in memory ----

const MANY = 10000000;

async function rules() {
	const found = await measure('bench_rules', [MANY]);
	const each = (octets) => `${(octets / found.subscribers).toFixed(1)} octets`;
	return [
		['subscribers with rules', String(found.subscribers), `${found.sets} different sets`],
		['decisions, both numbers from their text', rate(1e9 / found.decide_ns), `${ns(found.decide_ns)} each (wanted 3 M/s)`],
		['  beside it: a bare hash table asked', rate(1e9 / found.bare_ns), ns(found.bare_ns)],
		['memory a subscriber', each(found.octets), `resident: ${each(found.resident)} (wanted 32)`],
		['  beside it: a bare hash table', each(found.bare_octets)],
		['loaded', rate(found.subscribers / found.load_s), `all in ${found.load_s.toFixed(1)} s`],
	];
}
rules.title = 'Decisions with all rules in memory, one thread';

// ---- many subscribers' rules at once ----

const IMPORTED = 1000000;
const KINDS = ['"block call,sms from international"', 'block call from +1', 'block sms from 106', 'allow call from +852'];

async function imports({ count }) {
	const lines = count(IMPORTED);
	return withGateway(async (world) => {
		const file = path.join(world.folder, 'rules.csv');
		const rule = (i) => `+86138${10000000 + i},${KINDS[i % KINDS.length]}\n`;
		const descriptor = fs.openSync(file, 'w');
		for (let i = 0; i < lines; i += 10000)
			fs.writeSync(descriptor, Array.from({ length: Math.min(10000, lines - i) }, (_, k) => rule(i + k)).join(''));
		fs.closeSync(descriptor);
		const timed = async (...args) => {
			const began = Date.now();
			const { code, err } = await run(binary('mianrao'), ['--socket', world.daemon.socket, '--json', 'rules', ...args], long);
			assert.equal(code, 0, err);
			return (Date.now() - began) / 1000;
		};
		const began = Date.now();
		const taken = await timed('import', file);
		await waitFor('all of them in Redis', async () => await world.redis.command('DBSIZE') >= lines, long);
		const told = (Date.now() - began) / 1000;
		const again = await timed('import', file);
		const out = path.join(world.folder, 'out.csv');
		const written = await timed('export', out);
		assert.equal(fs.readFileSync(out, 'utf8'), `subscriber,rule\n${fs.readFileSync(file, 'utf8')}`);
		const seconds = (one) => `${one.toFixed(1)} s`;
		return [
			['rules', String(lines), 'of as many subscribers, as CSV'],
			['imported', seconds(taken), `${rate(lines / taken)} (wanted a million in 60 s)`],
			['imported and all in Redis', seconds(told), rate(lines / told)],
			['the same again', seconds(again), 'nothing changes'],
			['exported', seconds(written), rate(lines / written)],
			['memory of the gateway, most', mib(memory(world).most)],
		];
	});
}
imports.title = 'Import and export of rules';

export { rules, imports };
