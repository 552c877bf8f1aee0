// SPDX-License-Identifier: AGPL-3.0-or-later
// common.mjs - what the measurements share: a program for a while, a load that is checked, what it cost.

import assert from 'node:assert/strict';

import { SESSIONS, cpu, load, program } from './gateway.mjs';
import { start } from '../lib/process.mjs';
import { waitFor } from '../lib/wait.mjs';

export const perSecond = (result) => result.count / result.seconds;
export const SUBSCRIBERS = 200000; // of whom half block what comes from abroad
export const long = { timeout: 90000 * Math.max(1, Number(process.env.BENCH_SCALE || 1)), every: 20 };

export function allTaken(result, count) {
	assert.equal(result.taken.count, count, `taken; a refusal was 0x${result.refusal.toString(16)}`);
}

// A server that prints its port, for the length of `body`.
export async function withServer(name, body, { args = [], env } = {}) {
	const child = start(program(name), args, { env: { ...process.env, ...env } });
	try {
		await waitFor(`${name} to listen`, () => child.lines.length > 0);
		return await body({ port: Number(child.lines[0]), child });
	} finally {
		child.kill();
		await child.ended;
	}
}

export const sinkLoad = (options) => withServer('bench_sink', ({ port }) => load(port, { kind: 'chat', ...options }));

export const idle = (world) => world.daemon.expectMetric('store_queue', 0, long);

// What the load's sessions cost before their first message: a password is slow to check on purpose.
async function bindCosts(world) {
	const before = cpu(world);
	for (let i = 0; i < SESSIONS; i++) await (await world.smsc().connect()).close();
	const after = cpu(world);
	return { all: after.all - before.all, loop: after.loop - before.loop };
}

export async function costs(world, count, body) {
	const binds = await bindCosts(world);
	const before = cpu(world);
	const result = await body();
	const after = cpu(world);
	const million = (thread) =>
		(Math.max(0, after[thread] - before[thread] - binds[thread]) * 1e6 / count).toFixed(1);
	return { ...result, cpu: `${million('all')} (${million('loop')} in the loop)` };
}
