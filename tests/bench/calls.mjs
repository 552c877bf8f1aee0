// SPDX-License-Identifier: AGPL-3.0-or-later
// calls.mjs - the index of call records.

import assert from 'node:assert/strict';

import { long, perSecond } from './common.mjs';
import { cpu, measure, withGateway } from './gateway.mjs';
import { rate, ratio } from './table.mjs';
import { run, start } from '../lib/process.mjs';

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

export { index };
