// SPDX-License-Identifier: AGPL-3.0-or-later
// gateway.mjs - the gateway under load: its configuration, its costs, and the programs around it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { binary, run } from '../lib/process.mjs';
import { World } from '../lib/world.mjs';

export const SESSIONS = 10;
export const WINDOW = 100;
const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK']));

export const program = (name) => path.join(binary('bench'), name);

// Runs a benchmark program: the object that it prints.
export async function measure(name, args = [], { timeout = 600000 } = {}) {
	const { code, out, err } = await run(program(name), args.map(String), { timeout });
	assert.equal(code, 0, `${name} ${args.join(' ')}: ${err.trim() || `code ${code}`}`);
	return JSON.parse(out);
}

export function load(port, options) {
	const args = Object.entries({ port, sessions: SESSIONS, window: WINDOW, ...options })
		.flatMap(([name, value]) => [`--${name}`, value]);
	return measure('bench_load', args);
}

// Log lines as in operation; windows as wide as the load's; the feed told to be complete by hand.
function settings(base) {
	return {
		...base,
		log_level: 'notice',
		smpp: { ...base.smpp, window_out: 1000 },
		accounts: base.accounts.map((account) =>
			({ ...account, max_sessions: SESSIONS, window: WINDOW })),
		feed: { sources: [{ name: 'msc', disorder_s: 3600 }] },
	};
}

// A gateway and a Redis of their own for the length of `body`.
export async function withGateway(body, { prepare, started } = {}) {
	const world = await World.create({ config: settings, prepare, started });
	let ok = false;
	try {
		const result = await body(world);
		ok = true;
		return result;
	} finally {
		await world.close(ok);
	}
}

// Seconds of one processor that the gateway has used, in the loop's thread and in all others.
export const cpu = (world) => cpuOf(world.daemon.child.pid);

export function cpuOf(pid) {
	const spent = (file) => {
		const fields = fs.readFileSync(file, 'utf8').replace(/^.*\) /s, '').split(' ');
		return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
	};
	return { all: spent(`/proc/${pid}/stat`), loop: spent(`/proc/${pid}/task/${pid}/stat`) };
}

export function memory(world) {
	const status = fs.readFileSync(`/proc/${world.daemon.child.pid}/status`, 'utf8');
	const octets = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
	return { now: octets('VmRSS'), most: octets('VmHWM') };
}

// All threads of a process, and what it starts from then on, on one core, or on any (null).
export function onCore(pid, core) {
	execFileSync('taskset', ['-apc', core === null ? `0-${os.cpus().length - 1}` : String(core), String(pid)]);
}
