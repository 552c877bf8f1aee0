// SPDX-License-Identifier: AGPL-3.0-or-later
// wait.mjs - waiting for things to become true, never for a fixed time.

import { setTimeout as pause } from 'node:timers/promises';

// Sanitizers and a shared machine make everything slower; TEST_PATIENCE stretches every limit.
export const patience = Number(process.env.TEST_PATIENCE || 1);

// Thrown by a `look` that knows that waiting on is in vain.
export class Hopeless extends Error {}

// Calls `look` until it gives something truthy, which is returned. `what` may be a function that
// describes, at the end of the patience, what was seen instead.
export async function waitFor(what, look, { timeout = 15000, every = 15 } = {}) {
	const end = Date.now() + timeout * patience;
	let problem;
	for (;;) {
		try {
			const value = await look();
			if (value) return value;
			problem = undefined;
		} catch (error) {
			if (error instanceof Hopeless) throw error;
			problem = error;
		}
		if (Date.now() >= end) break;
		await pause(every);
	}
	const name = typeof what === 'function' ? what() : what;
	throw new Error(`waited ${timeout * patience} ms in vain for ${name}` +
		(problem ? `: ${problem.message}` : ''));
}

// Resolves or rejects as `promise` does, or rejects when it takes too long.
export async function within(what, promise, timeout = 15000) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} took over ${timeout * patience} ms`)),
			timeout * patience);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

// A small generator of repeatable random numbers (mulberry32): a failing run can be run again.
export function random(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	return {
		next,
		below: (n) => Math.floor(next() * n),
		pick: (list) => list[Math.floor(next() * list.length)],
	};
}

// SEED=n repeats a run.
export function seedOf(environment = process.env) {
	return environment.SEED ? Number(environment.SEED) >>> 0 : (Date.now() ^ (process.pid << 12)) >>> 0;
}
