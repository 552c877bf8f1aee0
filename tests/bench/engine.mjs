// SPDX-License-Identifier: AGPL-3.0-or-later
// engine.mjs - the limits of the machine, and the session engine by itself.

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { allTaken, idle, long, perSecond, sinkLoad, withServer } from './common.mjs';
import { SESSIONS, WINDOW, cpu, cpuOf, load } from './gateway.mjs';
import { kib, rate, ratio, us } from './table.mjs';
import { Authority } from '../lib/certificates.mjs';
import { Session } from '../lib/peers.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { waitFor } from '../lib/wait.mjs';

async function sink({ count, figures }) {
	const result = await sinkLoad({ count: count(3000000) });
	allTaken(result, result.count);
	figures.set('sink', perSecond(result));
	return [
		['answers', rate(perSecond(result)), 'one process, no decoding; the load takes the other core'],
		['wait for an answer, p50 / p99', us(result.taken.p50_us), us(result.taken.p99_us)],
	];
}
sink.title = `Limit: a minimal SMPP sink (${SESSIONS} sessions × window ${WINDOW})`;

// ---- the session engine by itself ----

const IDLE_SESSIONS = 1000;
const PACE = 50000;

// What the engine says of itself: sessions, octets of the heap, octets resident.
async function engineState(child) {
	const lines = child.lines.length;
	child.kill('SIGUSR1');
	await waitFor('the engine to answer', () => child.lines.length > lines);
	return JSON.parse(child.lines[lines]);
}

// Its state once all sessions are gone.
const engineQuiet = (child) => waitFor('all sessions to be gone', async () => {
	const state = await engineState(child);
	return state.sessions === 0 && state;
}, long);

async function engineLoad(port, child, options) {
	const before = cpuOf(child.pid).all;
	const result = await load(port, { kind: 'chat', ...options });
	allTaken(result, result.count);
	return { ...result, cpu: (cpuOf(child.pid).all - before) * 1e6 / result.count };
}

// The sink before and after, and the engine between them.
async function besideSink(options) {
	const before = await sinkLoad(options);
	const result = await withServer('bench_engine',
		({ port, child }) => engineLoad(port, child, options));
	const after = await sinkLoad(options);
	return { ...result, limit: (perSecond(before) + perSecond(after)) / 2,
		limitP99: Math.min(before.taken.p99_us, after.taken.p99_us) };
}

// Waits of single messages are the scheduler's as much as the server's: the calmest of some rounds.
async function calmest(options, rounds = 3) {
	const found = [];
	for (let i = 0; i < rounds; i++) found.push(await besideSink(options));
	const least = (value) => Math.min(...found.map(value));
	return { p50: least((one) => one.taken.p50_us), p99: least((one) => one.taken.p99_us),
		limitP99: least((one) => one.limitP99) };
}

const idleSessions = ({ args, tls } = {}) => withServer('bench_engine', async ({ port, child }) => {
	const account = { systemId: 'idle', password: 'linjiang' };
	const open = async () => (await new Session({ port, tls }).connect()).bind('transceiver', account);
	const first = await open();
	const before = await engineState(child);
	const sessions = [];
	for (let i = 0; i < IDLE_SESSIONS; i++) sessions.push(await open());
	const after = await engineState(child);
	for (const session of [first, ...sessions]) session.destroy();
	assert.equal(after.sessions, IDLE_SESSIONS + 1, 'sessions');
	return (after.resident - before.resident) / IDLE_SESSIONS;
}, { args });

async function idleSecureSessions() {
	const folder = temporaryFolder('mianrao-bench');
	const authority = new Authority(folder);
	const { certificate, keyFile } = authority.issue('server');
	const octets = await idleSessions({
		args: ['--certificate', certificate, '--key', keyFile],
		tls: { ca: authority.pem },
	});
	fs.rmSync(folder, { recursive: true });
	return octets;
}

// The heap once all peers are gone, after a few and after many: the same to the octet. What the
// allocator keeps in its per-thread cache would count as used.
const malformed = (count) => withServer('bench_engine', async ({ port, child }) => {
	const break_ = async (n) => {
		const result = await load(port, { kind: 'malformed', count: n });
		assert.equal(result.refused.count, n, 'answered with an error');
		return (await engineQuiet(child)).heap;
	};
	const before = await break_(count / 10);
	const after = await break_(count);
	assert.equal(after, before, 'octets of the heap in use');
	return after - before;
}, { env: { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' } });

async function engine({ count }) {
	const narrow = await besideSink({ count: count(3000000) });
	const wide = await besideSink({ count: count(3000000), window: 1000 });
	const paced = await calmest({ count: count(PACE), rate: PACE });
	const broken = Math.max(1000000, count(1000000));
	const cost = (result) => `${result.cpu.toFixed(2)} CPU seconds a million`;
	const beside = (result) => `${ratio(perSecond(result), result.limit)} of the sink, ${rate(result.limit)}`;
	return [
		[`answers, ${SESSIONS} × window ${WINDOW}`, rate(perSecond(narrow)), `${beside(narrow)} (wanted 0.3)`],
		['wait for an answer, p50 / p99', us(narrow.taken.p50_us), us(narrow.taken.p99_us)],
		['', '', cost(narrow)],
		[`answers, ${SESSIONS} × window 1,000`, rate(perSecond(wide)), beside(wide)],
		['', '', `${cost(wide)} (wanted 1)`],
		[`wait at ${PACE / 1000},000/s, p50 / p99`, us(paced.p50), us(paced.p99)],
		['', '', `p99: ${ratio(paced.p99, paced.limitP99)} of the sink's, ${us(paced.limitP99)} (wanted 2)`],
		['memory of an idle session', kib(await idleSessions()), `of ${IDLE_SESSIONS} (wanted 24 KiB)`],
		['the same over TLS', kib(await idleSecureSessions())],
		['octets leaked', String(await malformed(broken)), `over ${broken} malformed PDUs, each answered`],
	];
}
engine.title = 'The session engine with a handler that answers at once';

export { sink, engine };
