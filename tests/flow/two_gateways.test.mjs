// SPDX-License-Identifier: AGPL-3.0-or-later
// Two gateways of one store and one Redis: what a subscriber changes through one, the other obeys.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { Api, firstToken, follow } from '../lib/api.mjs';
import { STATUS } from '../lib/peers.mjs';
import { SELLER, SUBSCRIBER, expectState, soldTo } from '../lib/steps.mjs';
import { patience, waitFor } from '../lib/wait.mjs';
import { flow, secondGateway } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const ROUNDS = 20;
const LIMIT_MS = 100;

async function withSecond(world, body) {
	const second = await secondGateway(world);
	try {
		await body(second);
		await second.stop();
	} finally {
		await second.kill();
	}
}

// A hub of the second gateway: what it is answered is what that one decides.
async function hubOf(world, daemon) {
	return world.hub('abroad', { port: daemon.smppPort }).connect();
}

const blocks = async (hub) =>
	(await hub.message(ABROAD, SUBSCRIBER, 'x')).command_status === STATUS.ESME_RX_R_APPN;

// Milliseconds from the answer that the change is made until the other gateway obeys it.
async function obeyedAfter(hub, wanted, change) {
	await change();
	const begun = performance.now();
	await waitFor(`the other gateway to ${wanted ? 'block' : 'pass'}`, async () => (await blocks(hub)) === wanted,
		{ every: 2 });
	return performance.now() - begun;
}

async function rounds(hub, change) {
	const times = [];
	for (let i = 0; i < ROUNDS; i++) {
		const on = i % 2 === 0;
		times.push(await obeyedAfter(hub, on, () => change(on)));
	}
	return times.sort((a, b) => a - b);
}

const RULE = 'block call,sms from international';

flow('a change made through one gateway is obeyed by another within 100 ms', { timeout: 120000 }, async (world, t) => {
	await withSecond(world, async (second) => {
		const centre = await world.smsc().connect();
		await world.smsc({ port: second.smppPort }).connect(); // lets pass what is not blocked
		const here = await hubOf(world, world.daemon);
		const there = await hubOf(world, second);
		assert.equal(await blocks(there), false);
		await waitFor('both to be told of changes', () => [world.daemon, second].every((daemon) =>
			daemon.lines.some((line) => /redis \(tracking\): connected/.test(line))));
		const ways = {
			'there, by command': [there, (on) => world.daemon.json('rules', SUBSCRIBER, on ? 'add' : 'remove', RULE)],
			'here, by command': [here, (on) => second.json('rules', SUBSCRIBER, on ? 'add' : 'remove', RULE)],
			'there, by text': [there, (on) => centre.text(SUBSCRIBER, on ? 'KTJWPB' : 'QXJWPB')],
		};
		for (const [name, [hub, change]] of Object.entries(ways)) {
			const times = await rounds(hub, change);
			const [median, most] = [times[ROUNDS / 2], times.at(-1)];
			t.diagnostic(`${name}: median ${median.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
			assert.ok(median < LIMIT_MS, `${name}: median ${median} ms`);
			assert.ok(most < 20 * LIMIT_MS * patience, `${name}: most ${most} ms`);
		}
	});
});

flow('what was changed while a gateway heard nothing of Redis is obeyed when it hears again', {
	redis: { appendonly: true }, timeout: 120000,
}, async (world) => {
	await withSecond(world, async (second) => {
		await world.smsc({ port: second.smppPort }).connect();
		const there = await hubOf(world, second);
		for (let round = 0; round < 6; round++) {
			const on = round % 2 === 0;
			await world.redis.stop(round % 3 ? 'SIGTERM' : 'SIGKILL');
			await world.daemon.json('rules', SUBSCRIBER, on ? 'add' : 'remove', RULE);
			await pause(round * 20);
			await world.redis.start();
			await waitFor(`the other gateway to ${on ? 'block' : 'pass'}, round ${round}`,
				async () => (await blocks(there)) === on, { timeout: 20000 });
		}
		assert.equal((await second.metrics()).near_cache_complete, 1);
	});
});

flow('who looks on is told what becomes of reports at the other gateway, and not what became of them before', async (world) => {
	const api = new Api(world.daemon, { token: firstToken(world) });
	await withSecond(world, async (second) => {
		const centre = await world.smsc({ port: second.smppPort }).connect();
		const before = await centre.text(SUBSCRIBER, '举报 01085321234 推销贷款');
		await waitFor('it to be told among the gateways', async () => JSON.stringify(await world.redis.stream(world.key('live'))).includes(before));
		const events = follow(api);
		const told = (state) => events.filter(({ type, data }) => type === 'report' && data.state === state).map(({ data }) => data.id);
		await waitFor('the first seconds', () => events.filter(({ type }) => type === 'now').length > 2);
		await soldTo(world);
		await world.records.complete();
		const id = await centre.text(SUBSCRIBER, `${SELLER}*推销宽带`);
		await expectState(world, id, 'verified');
		await waitFor('its verdict', () => told('verified').includes(id));
		assert.deepEqual(told('pending').filter((one) => one === id), [id], 'once');
		assert.ok(!told('pending').includes(before));
		// Without Redis nobody hears of the other; with it again they do.
		await world.redis.stop();
		await world.redis.start();
		let later;
		await waitFor('another report', async () => {
			later = await centre.text(SUBSCRIBER, `举报 0108532${String(1000 + Math.floor(Math.random() * 9000))} 推销贷款`);
			await pause(1500);
			return events.some(({ data }) => data.id === later);
		}, { timeout: 30000 });
		// What others write is read with care.
		const entry = (fields) => world.redis.command('XADD', world.key('live'), '*', ...fields);
		await entry(['by', 'third', 'reports', 'RAAAAAAA pending\nR" x\n\nRBBBBBBB ver"ified\nRCCCCCCCCCCCCCCCCCCCCCCCCCCCC pending\nRDDDDDDD closed']);
		await entry(['reports', 'REEEEEEE pending']);
		await entry(['by', 'test', 'more', 'x']);
		await waitFor('those that are two words', () => told('closed').includes('RDDDDDDD'));
		assert.ok(told('pending').includes('RAAAAAAA'));
		assert.ok(!JSON.stringify(events).match(/RBBBB|RCCCC|REEEE|R\\"/));
		events.request.destroy();
	});
	api.close();
});
