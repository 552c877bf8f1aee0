// SPDX-License-Identifier: AGPL-3.0-or-later
// sections.mjs - what is measured: each a function that gives rows for the table. Counts are checked
// exactly: a message that was lost, refused or answered twice is a failure, not a slow run.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { SESSIONS, WINDOW, cpu, cpuOf, load, measure, memory, program, withGateway } from './gateway.mjs';
import { kib, mib, ns, rate, ratio, us } from './table.mjs';
import { Authority } from '../lib/certificates.mjs';
import { Session } from '../lib/peers.mjs';
import { binary, freePort, project, run, start, temporaryFolder } from '../lib/process.mjs';
import { RedisServer } from '../lib/redis.mjs';
import { query } from '../lib/store.mjs';
import { Hopeless, waitFor } from '../lib/wait.mjs';

const perSecond = (result) => result.count / result.seconds;
const long = { timeout: 90000 * Math.max(1, Number(process.env.BENCH_SCALE || 1)), every: 20 };

function allTaken(result, count) {
	assert.equal(result.taken.count, count, `taken; a refusal was 0x${result.refusal.toString(16)}`);
}

// ---- limits ----

// A server that prints its port, for the length of `body`.
async function withServer(name, body, { args = [], env } = {}) {
	const child = start(program(name), args, { env: { ...process.env, ...env } });
	try {
		await waitFor(`${name} to listen`, () => child.lines.length > 0);
		return await body({ port: Number(child.lines[0]), child });
	} finally {
		child.kill();
		await child.ended;
	}
}

const sinkLoad = (options) => withServer('bench_sink', ({ port }) => load(port, { kind: 'chat', ...options }));

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

// ---- storing ----

async function storeAlone(count, rowsACommit = 1024) {
	const folder = temporaryFolder('mianrao-bench');
	const result = await measure('bench_store',
		['insert', path.join(folder, 'alone.db'), count, rowsACommit]);
	fs.rmSync(folder, { recursive: true });
	return perSecond(result);
}

async function store({ count }) {
	const rows = count(200000);
	return [
		['1,024 rows a commit', rate(await storeAlone(rows))],
		['100 rows a commit', rate(await storeAlone(Math.ceil(rows / 8), 100))],
		['1 row a commit', rate(await storeAlone(Math.ceil(rows / 100), 1))],
	];
}
store.title = 'Limit: SQLite alone, rows of message_in (WAL, synchronous=FULL)';

// The limit beside which a figure stands: the mean of a run before it and a run after it.
async function besideStore(count, body) {
	const before = await storeAlone(count);
	const result = await body();
	const after = await storeAlone(count);
	return { ...result, limit: (before + after) / 2 };
}

// ---- intake ----

const idle = (world) => world.daemon.expectMetric('store_queue', 0, long);

// What the load's sessions cost before their first message: a password is slow to check on purpose.
async function bindCosts(world) {
	const before = cpu(world);
	for (let i = 0; i < SESSIONS; i++) await (await world.smsc().connect()).close();
	const after = cpu(world);
	return { all: after.all - before.all, loop: after.loop - before.loop };
}

async function costs(world, count, body) {
	const binds = await bindCosts(world);
	const before = cpu(world);
	const result = await body();
	const after = cpu(world);
	const million = (thread) =>
		(Math.max(0, after[thread] - before[thread] - binds[thread]) * 1e6 / count).toFixed(1);
	return { ...result, cpu: `${million('all')} (${million('loop')} in the loop)` };
}

async function takeIn(kind, count) {
	return besideStore(count, () => withGateway(async (world) => {
		const result = await costs(world, count, async () => {
			const started = Date.now();
			const answered = await load(world.daemon.smppPort, { kind, count });
			await idle(world);
			return { ...answered, done: count * 1000 / (Date.now() - started) };
		});
		allTaken(result, count);
		const [stored] = await query(world, 'SELECT COUNT(*) rows FROM message_in WHERE state=1');
		assert.equal(stored.rows, count, 'rows stored and read');
		return result;
	}));
}

const intakeRows = (result) => [
	['answered after the commit', rate(perSecond(result)),
		`${ratio(perSecond(result), result.limit)} of SQLite alone, ${rate(result.limit)}`],
	['until every row is marked as read', rate(result.done)],
	['wait for an answer, p50 / p99', us(result.taken.p50_us), us(result.taken.p99_us)],
	['CPU seconds a million', result.cpu.split(' ')[0], result.cpu.split(' ').slice(1).join(' ')],
];

// The two figures for which a ratio is wanted, on the disk as it is or on the slow one.
const WANTED = { intake: 0.7, complete: 0.25 };

function keepRatio(figures, name, value, disk = 'as it is') {
	figures.set(`${name}, ${disk}`, value);
	return value;
}

async function intake({ count, figures }) {
	const result = await takeIn('chat', count(200000));
	keepRatio(figures, 'intake', perSecond(result) / result.limit);
	return intakeRows(result);
}
intake.title = 'Durable intake: texts that ask for nothing, from a sender that is not answered';

const reports = async ({ count }) => intakeRows(await takeIn('report', count(40000)));
reports.title = 'Durable intake: reports whose call records have not come (the verdict waits)';

// ---- complete reports ----

// One call for each message of bench_load's kind "report", over the stream, and a complete feed.
async function loadCalls(world, count, share) {
	const digits = (prefix, i) => prefix + String(i).padStart(8, '0');
	const start = Date.now() - 3600e3;
	const began = Date.now();
	for (let i = 0; i < count; i += 1000)
		await Promise.all(Array.from({ length: Math.min(1000, count - i) }, (_, j) =>
			world.records.call(digits('137', Math.floor((i + j) / share)), digits('139', i + j), { start })));
	await world.daemon.expectMetric('cdrs_total', count, long);
	await world.records.complete(Date.now() + 900e3);
	await world.daemon.expectMetric('feed_watermark_seconds', (value) => value > Date.now() / 1000, long);
	return count * 1000 / (Date.now() - began);
}

// When the last credit request and the last event are in their streams.
async function allPublished(world, count) {
	const length = (name) => world.redis.command('XLEN', world.key(name));
	await waitFor('all credit requests and events', async () => {
		if (!world.daemon.running) throw new Hopeless('the gateway has ended');
		return await length('rewards') >= count && await length('events') >= count;
	}, long);
	return Date.now();
}

async function completeReports(world, count, share) {
	const calls = await loadCalls(world, count, share);
	const result = await costs(world, count, async () => {
		const [sent, settled] = await Promise.all([
			load(world.daemon.smppPort, { kind: 'report', count, share, replies: 2 }),
			allPublished(world, count),
		]);
		const ended = Math.max(settled, sent.started_ms + sent.texts_seconds * 1000);
		return { ...sent, calls, all: (ended - sent.started_ms) / 1000 };
	});
	await world.daemon.expectMetric('outbox_depth', 0, long);
	return { ...result, memory: memory(world) };
}

async function checkComplete(world, result, count) {
	allTaken(result, count);
	assert.deepEqual([result.told_least, result.told_most], [2, 2], 'texts a subscriber');
	const requests = await world.redis.stream(world.key('rewards'));
	assert.equal(requests.length, count, 'credit requests');
	assert.equal(new Set(requests.map(({ fields }) => fields.id)).size, count, 'their ids');
	assert.equal((await world.events('report.verified')).length, count, 'events');
	assert.equal((await world.daemon.metrics()).reports_verified_total, count, 'verified');
}

const runComplete = (count, share) => withGateway(async (world) => {
	const done = await completeReports(world, count, share);
	await checkComplete(world, done, count);
	return done;
});

const completeBesideStore = (total, rows) => besideStore(rows, () => runComplete(total, 20));

async function complete({ count, figures }) {
	const total = count(20000);
	const result = await completeBesideStore(total, total * 5);
	keepRatio(figures, 'complete', total / result.all / result.limit);
	figures.set('complete', total / result.all);
	const hot = count(5000);
	const one = await runComplete(hot, hot);
	return [
		['reports, until all is out', rate(total / result.all),
			`${ratio(total / result.all, result.limit)} of SQLite alone, ${rate(result.limit)}`],
		['the same, when all report one number', rate(hot / one.all),
			`${hot} people; above, 20 report each`],
		['answered after the commit', rate(perSecond(result))],
		['wait for an answer, p50 / p99', us(result.taken.p50_us), us(result.taken.p99_us)],
		['texts delivered, parts', String(result.texts), `${result.parts} deliver_sm`],
		['CPU seconds a million', result.cpu.split(' ')[0], result.cpu.split(' ').slice(1).join(' ')],
		['memory, most', mib(result.memory.most)],
		['call records taken from the stream', rate(result.calls)],
	];
}
complete.title = 'Complete reports: received, verified, credit requested, event published, two texts delivered';

// ---- what a complete report cannot do without ----

async function reportRows(count, ...args) {
	const folder = temporaryFolder('mianrao-bench');
	const result = await measure('bench_report', ['store', path.join(folder, 'alone.db'), count, ...args]);
	fs.rmSync(folder, { recursive: true });
	return perSecond(result);
}

async function reportCommands(count) {
	const folder = temporaryFolder('mianrao-bench');
	const redis = await new RedisServer(folder).start();
	try {
		return perSecond(await measure('bench_report', ['redis', redis.port, count]));
	} finally {
		await redis.stop();
		fs.rmSync(folder, { recursive: true });
	}
}

async function floors({ count, figures }) {
	const total = count(40000);
	const alone = await storeAlone(total * 5);
	const rows = await reportRows(total);
	const commands = await reportCommands(total);
	const ours = figures.get('complete');
	const beside = (floor) => (ours ? `complete reports: ${ratio(ours, floor)} of it` : '');
	return [
		['SQLite alone, rows of message_in', rate(alone)],
		['its rows alone: SQLite in one thread', rate(rows),
			`${ratio(rows, alone)} of SQLite alone; ${beside(rows)}`],
		['its commands alone: Redis, pipelined', rate(commands), beside(commands)],
		['both by turns on one core', rate(1 / (1 / rows + 1 / commands))],
	];
}
floors.title = 'Limits: what a complete report cannot do without, each by itself';

// ---- the same on a slow disk ----

const SLOW_SYNC_MS = 22;

// What is started during `body` waits at each sync, as on a disk without a cache of its own.
async function onSlowDisk(body) {
	const before = { LD_PRELOAD: process.env.LD_PRELOAD, BENCH_SYNC_MS: process.env.BENCH_SYNC_MS };
	Object.assign(process.env, { LD_PRELOAD: program('slow_sync.so'), BENCH_SYNC_MS: SLOW_SYNC_MS });
	try {
		return await body();
	} finally {
		for (const [name, value] of Object.entries(before))
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
	}
}

const slow = ({ count, figures }) => onSlowDisk(async () => {
	const taken = await takeIn('chat', count(100000));
	const total = count(20000);
	const whole = await completeBesideStore(total, count(50000));
	const rows = await reportRows(total);
	const stored = keepRatio(figures, 'intake', perSecond(taken) / taken.limit, 'slow');
	const done = keepRatio(figures, 'complete', total / whole.all / whole.limit, 'slow');
	return [
		['SQLite alone, 1,024 rows a commit', rate(taken.limit), 'before and after intake'],
		['durable intake', rate(perSecond(taken)), `${stored.toFixed(2)} of SQLite alone`],
		['wait for an answer, p50 / p99', us(taken.taken.p50_us), us(taken.taken.p99_us)],
		['complete reports', rate(total / whole.all),
			`${done.toFixed(2)} of SQLite alone, ${rate(whole.limit)}`],
		['wait for an answer, p50 / p99', us(whole.taken.p50_us), us(whole.taken.p99_us)],
		['the rows of a complete report alone', rate(rows),
			`${ratio(rows, whole.limit)} of SQLite alone; complete reports: ${ratio(total / whole.all, rows)} of it`],
	];
});
slow.title = `Storing, on a disk whose every sync takes ${SLOW_SYNC_MS} ms longer`;

async function ratios({ figures }) {
	const cell = (name, disk) => figures.get(`${name}, ${disk}`)?.toFixed(2) ?? '–';
	return [
		['', 'disk as it is', 'a sync takes 22 ms longer'],
		['durable intake', cell('intake', 'as it is'), `${cell('intake', 'slow')}   (wanted ${WANTED.intake})`],
		['complete reports', cell('complete', 'as it is'),
			`${cell('complete', 'slow')}   (wanted ${WANTED.complete})`],
	];
}
ratios.title = 'The two ratios to SQLite alone';

// ---- screening ----

const SUBSCRIBERS = 200000;

const screeningLoad = (world, options) => load(world.daemon.smppPort,
	{ name: 'abroad', centre: 'centre', kind: 'abroad', ...options });

function halfBlocked(result) {
	assert.equal(result.refused.count, result.count / 2, 'blocked');
	assert.equal(result.refusal, 0x66, 'their status');
	assert.equal(result.texts, result.count / 2, 'passed to the centre');
}

async function screening({ count }) {
	const prepare = (world) => measure('bench_store',
		['rules', path.join(world.daemon.config.state_dir, 'mianrao.db'), SUBSCRIBERS]);
	const { calm, full, after } = await withGateway(async (world) => {
		await world.daemon.expectMetric('near_cache_entries', SUBSCRIBERS / 2, long);
		const slow = await screeningLoad(world, { count: count(2000) * 2, rate: 1000 });
		const total = Math.min(SUBSCRIBERS, count(100000) * 2);
		const fast = await costs(world, total, () => screeningLoad(world, { count: total }));
		halfBlocked(slow);
		halfBlocked(fast);
		return { calm: slow, full: fast, after: memory(world) };
	}, { prepare });
	return [
		['blocked at 1,000/s, p50 / p99', us(calm.refused.p50_us), us(calm.refused.p99_us)],
		['passed at 1,000/s, p50 / p99', us(calm.taken.p50_us), us(calm.taken.p99_us)],
		['decisions, most', rate(perSecond(full)), 'half of them passed on and answered'],
		['wait then, blocked, p50 / p99', us(full.refused.p50_us), us(full.refused.p99_us)],
		['wait then, passed, p50 / p99', us(full.taken.p50_us), us(full.taken.p99_us)],
		['CPU seconds a million', full.cpu.split(' ')[0]],
		['memory', mib(after.now), `${SUBSCRIBERS / 2} subscribers with rules`],
	];
}
screening.title = 'Screening: a hub, half of whose receivers block what comes from abroad';

// ---- a hub's messages through ----

const ROUNDS = 3;
const LATENCY_ROUNDS = 15;
const SINGLY = 20000; // a second, each message by itself
const hubLoad = (port, options) => load(port, { name: 'abroad', kind: 'abroad', ...options });

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

// The gateway bound to a sink, and a proxy to the same; each message gets an id of its own.
async function withProxy(body) {
	await withServer('bench_sink', async (smsc) => {
		const far = { name: 'far', hosts: [{ address: '127.0.0.1', port: smsc.port }], system_id: 'mianrao',
			password: 'secret', sessions: SESSIONS, window: 1000, receipts: 'none' };
		const prepare = (world) => world.daemon.write({ ...world.daemon.config, smscs: [far] });
		await withServer('bench_proxy', (proxy) => withGateway(async (world) => {
			await world.daemon.expectMetric('smpp_links', SESSIONS, long);
			await body({ world, direct: smsc.port, proxy: proxy.port, gateway: world.daemon.smppPort });
		}, { prepare }), { args: [smsc.port, SESSIONS] });
	}, { args: ['ids'] });
}

async function most(port, options) {
	const result = await hubLoad(port, options);
	allTaken(result, result.count);
	return perSecond(result);
}

// Turn about, so that what else the machine does spoils all alike.
async function throughBoth({ proxy, gateway }, options) {
	const found = { proxy: [], gateway: [], ratio: [] };
	for (let i = 0; i < ROUNDS; i++) {
		const before = await most(proxy, options);
		const rate = await most(gateway, { ...options, first: i * options.count });
		const after = await most(proxy, options);
		found.gateway.push(rate);
		found.proxy.push((before + after) / 2);
		found.ratio.push(2 * rate / (before + after));
	}
	return { gateway: median(found.gateway), proxy: median(found.proxy), ratio: median(found.ratio) };
}

// The calmest of some rounds, of each way by itself: single messages wait for the scheduler, too.
async function waits({ direct, proxy, gateway }, options) {
	const least = {};
	for (let i = 0; i < LATENCY_ROUNDS; i++) {
		for (const [name, port] of Object.entries({ direct, proxy, gateway })) {
			const result = await hubLoad(port, options);
			allTaken(result, result.count);
			least[name] ??= { p50: Infinity, p99: Infinity };
			for (const p of ['p50', 'p99'])
				least[name][p] = Math.min(least[name][p], result.taken[`${p}_us`]);
		}
	}
	return least;
}

const latencyRows = (pace, least) => [
	[`wait at ${rate(pace)}, p50 / p99`, us(least.gateway.p50), us(least.gateway.p99)],
	['  added to the sink\'s own, p99', us(least.gateway.p99 - least.direct.p99),
		`${us(least.direct.p99)} without anything between, ${us(least.proxy.p99)} through the proxy (wanted 1000 µs)`],
];

async function hub({ count }) {
	const rows = [];
	await withProxy(async (ways) => {
		for (const [name, kind] of [['no receipt asked for', 'abroad'], ['a receipt asked for', 'receipt']]) {
			const found = await throughBoth(ways, { kind, count: count(kind === 'abroad' ? 500000 : 200000) });
			const costed = await costs(ways.world, count(200000), () => hubLoad(ways.gateway, { kind, count: count(200000) }));
			const paces = [Math.round(found.gateway / 2), SINGLY];
			const latencies = [];
			for (const pace of paces)
				latencies.push(...latencyRows(pace, await waits(ways, { kind, count: count(pace / 4), rate: pace })));
			rows.push([`passed, ${name}`, rate(found.gateway),
				`${ratio(found.ratio, 1)} of a minimal proxy, ${rate(found.proxy)} (wanted 0.3)`],
				['CPU seconds a million', costed.cpu.split(' ')[0]], ...latencies);
		}
	});
	return rows;
}
hub.title = `A hub's messages through to an SMSC (${SESSIONS} sessions × window ${WINDOW} to ${SESSIONS} sessions)`;

// ---- mianrao parse ----

// The texts of the development set over and over, as JSON Lines.
function writeTexts(file, count) {
	const texts = fs.readFileSync(path.join(project, 'tests/data/reports-dev.jsonl'), 'utf8').trimEnd()
		.split('\n').map((line) => JSON.parse(line));
	const out = fs.openSync(file, 'w');
	for (let i = 0; i < count; i += texts.length)
		fs.writeSync(out, texts.slice(0, count - i).map(({ text, received }, j) =>
			`${JSON.stringify({ id: i + j, text, received })}\n`).join(''));
	fs.closeSync(out);
}

// Texts a second of one process: the best of some rounds, so that a busy machine spoils it little.
function parseRate(file, count, options, rounds) {
	let best = 0;
	for (let round = 0; round < rounds; round++) {
		const out = fs.openSync(`${file}.out`, 'w');
		const began = process.hrtime.bigint();
		const { status } = spawnSync(binary('mianrao'), ['--json', 'parse', ...options, file],
			{ stdio: ['ignore', out, 'inherit'] });
		const seconds = Number(process.hrtime.bigint() - began) / 1e9;
		fs.closeSync(out);
		assert.equal(status, 0, 'mianrao parse');
		best = Math.max(best, count / seconds);
	}
	let lines = 0;
	for (const octet of fs.readFileSync(`${file}.out`)) lines += octet === 10;
	assert.equal(lines, count, 'texts answered');
	return best;
}

async function parse({ count }) {
	const folder = temporaryFolder('mianrao-bench');
	const file = path.join(folder, 'texts.jsonl');
	const rows = [['texts, file to file', 500000, [], 5], ['the same with --explain', 20000, ['--explain'], 2]]
		.map(([name, wanted, options, rounds]) => {
			const total = count(wanted);
			writeTexts(file, total);
			return [name, rate(parseRate(file, total, options, rounds)),
				options.length ? '' : `${total} JSON Lines, one process (wanted 200 k/s)`];
		});
	fs.rmSync(folder, { recursive: true });
	return rows;
}
parse.title = 'mianrao parse';

// ---- pieces ----

async function pieces() {
	const found = await measure('bench_pieces');
	const beside = (ours, theirs, name) =>
		`${name} ${ns(theirs)} (${(theirs / ours).toFixed(0)}×; wanted 50×)`;
	return [
		['submit_sm decode', ns(found.decode_ns), beside(found.decode_ns, found.libsmpp34_ns, 'libsmpp34')],
		['the same with four TLVs', ns(found.decode_tlvs_ns),
			beside(found.decode_tlvs_ns, found.libsmpp34_tlvs_ns, 'libsmpp34')],
		['submit_sm encode', ns(found.encode_ns)],
		['session: request in, answer out', ns(found.session_ns)],
		['screening decision, rules near', ns(found.decide_ns),
			`${found.subscribers} subscribers in ${mib(found.cache_octets)}`],
		['a text read', ns(found.parse_ns), rate(1e9 / found.parse_ns)],
		['  of that, its characters folded', ns(found.fold_ns)],
		['  beside it: NFKC by libunistring', ns(found.nfkc_ns)],
		['  beside it: iconv to UTF-16', ns(found.iconv_ns)],
	];
}
pieces.title = 'Pieces, one thread';

// ---- calls screened over SIP ----

const FLYING = 32;
const MANY_FLYING = 256;

const sipLoad = (port, { flying = FLYING, count, pace = 0 }) => measure('bench_sip', ['load', port, flying, count, pace]);

const responderLoad = (options) => withServer('bench_sip', ({ port }) => sipLoad(port, options), { args: ['responder'] });

function sipSettings(world, port) {
	world.daemon.write({
		...world.daemon.config,
		sip: {
			listeners: [{ address: '127.0.0.1', port, transport: 'udp' }],
			sources: [{ name: 'bench', addresses: ['127.0.0.1'] }],
		},
	});
}

// The responder before and after, and the gateway between them.
async function besideResponder(port, options) {
	const before = await responderLoad(options);
	const result = await sipLoad(port, options);
	const after = await responderLoad(options);
	assert.equal(result.count, options.count, 'answers');
	return { ...result, limit: (perSecond(before) + perSecond(after)) / 2, limitP99: Math.min(before.p99_us, after.p99_us),
		limitResent: before.resent + after.resent };
}

async function sip({ count }) {
	const port = await freePort();
	const prepare = async (world) => {
		sipSettings(world, port);
		await measure('bench_store', ['rules', path.join(world.daemon.config.state_dir, 'mianrao.db'), SUBSCRIBERS]);
	};
	return withGateway(async (world) => {
		await world.daemon.expectMetric('near_cache_entries', SUBSCRIBERS / 2, long);
		const narrow = await besideResponder(port, { count: count(300000) });
		const wide = await besideResponder(port, { count: count(300000), flying: MANY_FLYING });
		const pace = Math.round(perSecond(narrow) / 2);
		const paced = await besideResponder(port, { count: count(60000), pace });
		const before = cpu(world);
		const costed = await sipLoad(port, { count: count(300000) });
		const used = (cpu(world).all - before.all) * 1e6 / costed.count;
		assert.ok(narrow.refused > 0 && narrow.refused < narrow.count, 'some are blocked, some are not');
		return [
			[`answers, ${FLYING} in flight`, rate(perSecond(narrow)), `${ratio(perSecond(narrow), narrow.limit)} of a responder with libosip2 (${rate(narrow.limit)})`],
			[`answers, ${MANY_FLYING} in flight`, rate(perSecond(wide)), `${ratio(perSecond(wide), wide.limit)} of it`],
			['  sent again', String(wide.resent), `to the responder: ${wide.limitResent}`],
			[`wait at ${rate(pace)}, p50 / p99`, us(paced.p50_us), `${us(paced.p99_us)}; the responder's p99: ${us(paced.limitP99)}`],
			['processor', `${used.toFixed(1)} s`, 'a million, all threads'],
		];
	}, { prepare });
}
sip.title = 'Calls screened over SIP (UDP)';

// ---- the call index ----

const DAY = 86400e3;
const CALLS = 5000000;
const SUBSCRIBERS_OF_CALLS = 1000000;
const INDEX_DAYS = 7;
const LOOKUPS = 200000;

async function redisInfo(redis, section, field) {
	const text = await redis.command('INFO', section);
	return Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(text)[1]);
}

// Octets that the keys of `body` take: what is freed when all that match are gone.
async function octetsOf(redis, pattern) {
	const before = await redisInfo(redis, 'memory', 'used_memory');
	let [cursor, keys] = ['0', 0];
	do {
		const [next, names] = await redis.command('SCAN', cursor, 'MATCH', pattern, 'COUNT', 2000);
		if (names.length) await redis.command('DEL', ...names);
		[cursor, keys] = [next, keys + names.length];
	} while (cursor !== '0');
	return { octets: before - await redisInfo(redis, 'memory', 'used_memory'), keys };
}

// All records wait in the stream when the gateway begins: how fast it takes them is its own doing.
async function indexCalls(world, calls) {
	const { redis, daemon } = world;
	const spent = async () => await redisInfo(redis, 'cpu', 'used_cpu_user') + await redisInfo(redis, 'cpu', 'used_cpu_sys');
	const run = (mode, ...more) => measure('bench_calls', [mode, redis.port, calls.count, calls.subscribers, calls.start, calls.days, ...more]);
	const fed = await run('feed');
	const bare = await run('taken');
	await octetsOf(redis, 'bare:*');
	const redisBefore = await spent();
	await daemon.start();
	const began = Date.now();
	await daemon.expectMetric('cdrs_total', calls.count, long);
	const seconds = (Date.now() - began) / 1000;
	const taken = { rate: calls.count / seconds, gateway: cpu(world).all, redis: await spent() - redisBefore };
	assert.equal((await daemon.metrics()).cdrs_bad_total, 0, 'set aside');
	return { run, fed, bare, taken };
}

async function lookUps(world, run, count) {
	const commands = () => redisInfo(world.redis, 'stats', 'total_commands_processed');
	const counted = async (mode) => {
		const before = await commands();
		const result = await run(mode, count);
		return { ...result, commands: await commands() - before };
	};
	return { before: await counted('hget'), miss: await counted('miss'), find: await counted('find'), after: await counted('hget') };
}

async function index({ count }) {
	const calls = { count: count(CALLS / 10), days: INDEX_DAYS, start: Math.floor(Date.now() / 1000) * 1000 - INDEX_DAYS * DAY };
	calls.subscribers = Math.ceil(calls.count * SUBSCRIBERS_OF_CALLS / CALLS);
	return withGateway(async (world) => {
		const { run, fed, bare, taken } = await indexCalls(world, calls);
		const looked = await lookUps(world, run, count(LOOKUPS));
		const found = await octetsOf(world.redis, 'mr:calls:*');
		const callers = await octetsOf(world.redis, 'mr:caller*');
		const each = (part) => `${(part.octets / calls.count).toFixed(1)} octets`;
		const asked = (one) => one.commands / one.seconds;
		const limit = (asked(looked.before) + asked(looked.after)) / 2;
		const beside = (one) => `${(one.commands / one.count).toFixed(1)} commands each, ${rate(asked(one))}: ${ratio(asked(one), limit)} of bare HGETs, ${rate(limit)}`;
		const million = (seconds) => (seconds * 1e6 / calls.count).toFixed(2);
		return [
			['records', String(calls.count), `of ${calls.subscribers} subscribers, ${INDEX_DAYS} days; BENCH_SCALE=10: ${CALLS}`],
			['memory a record, who called whom', each(found), `${found.keys} keys (wanted 25)`],
			['memory a record, how numbers call', each(callers), `${callers.keys} keys`],
			['taken from the stream', rate(taken.rate), `${ratio(taken.rate, perSecond(bare))} of bare HSET and PFADD, ${rate(perSecond(bare))} (wanted 100 k/s)`],
			['CPU seconds a million', million(taken.gateway + taken.redis), `gateway ${million(taken.gateway)}, Redis ${million(taken.redis)}`],
			['written to the stream', rate(perSecond(fed))],
			['look-ups of a week, no call', rate(perSecond(looked.miss)), `${beside(looked.miss)} (wanted 0.7)`],
			['look-ups of a week, call found', rate(perSecond(looked.find)), beside(looked.find)],
		];
	}, { started: false });
}
index.title = 'The call index';

// ---- many subscribers' rules at once ----

const IMPORTED = 1000000;
const KINDS = ['"block call,sms from international"', 'block call from +1', 'block sms from 106', 'allow call from +852'];

async function rules({ count }) {
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
rules.title = 'Import and export of rules';

export const SECTIONS = {
	sink, engine, store, intake, reports, complete, floors, slow, ratios, screening, hub, sip, parse, pieces,
	index, rules,
};
