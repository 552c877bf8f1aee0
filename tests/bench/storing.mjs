// SPDX-License-Identifier: AGPL-3.0-or-later
// storing.mjs - texts taken in, and reports from the text to the answer, beside SQLite alone.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { allTaken, costs, idle, long, perSecond } from './common.mjs';
import { load, measure, memory, program, withGateway } from './gateway.mjs';
import { mib, rate, ratio, us } from './table.mjs';
import { start, temporaryFolder } from '../lib/process.mjs';
import { RedisServer } from '../lib/redis.mjs';
import { query } from '../lib/store.mjs';
import { Hopeless, waitFor } from '../lib/wait.mjs';

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

export { store, intake, reports, complete, floors, slow, ratios };
