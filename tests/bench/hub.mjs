// SPDX-License-Identifier: AGPL-3.0-or-later
// hub.mjs - messages from hubs: those that are blocked, and those that go on to an SMSC.

import assert from 'node:assert/strict';
import path from 'node:path';

import { SUBSCRIBERS, allTaken, costs, long, perSecond, withServer } from './common.mjs';
import { SESSIONS, WINDOW, load, measure, memory, onCore, withGateway } from './gateway.mjs';
import { mib, rate, ratio, us } from './table.mjs';

// ---- screening ----

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
			await body({ world, direct: smsc.port, proxy: proxy.port, gateway: world.daemon.smppPort,
				between: [proxy.child.pid, world.daemon.child.pid], ends: [smsc.child.pid, process.pid] });
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

// What stands between has a core of its own, the load and the sink have the other: where all are on all
// cores a message waits for its turn on one of them more than for the gateway.
async function apart({ between, ends }, body) {
	const everywhere = () => [...between, ...ends].forEach((pid) => onCore(pid, null));
	between.forEach((pid) => onCore(pid, 1));
	ends.forEach((pid) => onCore(pid, 0));
	try {
		return await body();
	} finally {
		everywhere();
	}
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
	[`wait at ${rate(pace)}, on a core of its own, p50 / p99`, us(least.gateway.p50), us(least.gateway.p99)],
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
				latencies.push(...latencyRows(pace, await apart(ways,
					() => waits(ways, { kind, count: count(pace / 4), rate: pace }))));
			rows.push([`passed, ${name}`, rate(found.gateway),
				`${ratio(found.ratio, 1)} of a minimal proxy, ${rate(found.proxy)} (wanted 0.3)`],
				['CPU seconds a million', costed.cpu.split(' ')[0]], ...latencies);
		}
	});
	return rows;
}
hub.title = `A hub's messages through to an SMSC (${SESSIONS} sessions × window ${WINDOW} to ${SESSIONS} sessions)`;

export { screening, hub };
