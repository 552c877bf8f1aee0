// SPDX-License-Identifier: AGPL-3.0-or-later
// Redis goes away, comes back, comes back empty: intake and screening go on, verification waits,
// the cache of rules is made again.

import assert from 'node:assert/strict';

import { Load } from '../lib/load.mjs';
import { STATUS } from '../lib/peers.mjs';
import { SELLER, SUBSCRIBER, expectState, soldTo } from '../lib/steps.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

async function shield(world, smsc) {
	await smsc.text(SUBSCRIBER, 'KTJWPB');
	await smsc.expect(SUBSCRIBER, /境外短信已屏蔽/);
	await waitFor('the rules in Redis', () => world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`)));
}

async function screeningHolds(hub, other, name) {
	const blocked = await hub.message('+85298765432', SUBSCRIBER, 'blocked');
	assert.notEqual(blocked.command_status, STATUS.ESME_ROK, `${name}: what is blocked stays blocked`);
	const passed = await hub.message('+85298765432', other, 'passed');
	assert.equal(passed.command_status, STATUS.ESME_ROK, `${name}: what may pass passes`);
}

const rebuilt = (world, epoch) => waitFor('the cache of rules to be rebuilt', async () => {
	const now = await world.redis.command('GET', world.key('rules:epoch'));
	const rules = await world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`));
	return now && now !== epoch && rules;
}, { timeout: 20000 });

flow('while Redis is away texts are taken, reports wait and screening answers', {
	redis: { appendonly: true }, timeout: 120000,
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	await world.rewards.start();
	await soldTo(world);
	await shield(world, smsc);
	await screeningHolds(hub, '+8613800138001', 'before');
	await world.redis.stop();
	await world.daemon.expectMetric('redis_connected', 0);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	for (let i = 0; i < 20; i++) await screeningHolds(hub, '+8613800138001', `while away, ${i}`);
	// The shield can be changed too: the store knows, Redis will.
	await smsc.text('+8613800138002', 'KTJWPB');
	await smsc.expect('+8613800138002', /境外短信已屏蔽/);
	assert.match((await world.daemon.json('report', id)).state, /^(received|pending)$/);
	await world.redis.start();
	await world.records.complete();
	await smsc.expect(SUBSCRIBER, /核实成立/, { timeout: 40000 });
	await smsc.expect(SUBSCRIBER, /已到账/, { timeout: 40000 });
	await waitFor('the second shield in Redis',
		() => world.redis.command('GET', world.key('rules:{+8613800138002}')), { timeout: 20000 });
	await screeningHolds(hub, '+8613800138001', 'after');
});

flow('a watermark that comes while Redis is coming back is not lost', {
	redis: { appendonly: true }, timeout: 120000,
}, async (world) => {
	for (let i = 0; i < 12; i++) {
		await world.redis.stop();
		await world.daemon.expectMetric('redis_connected', 0);
		await world.redis.start();
		const to = Math.floor(Date.now() / 1000) * 1000 + i * 1000;
		await world.records.watermark(to, to - 3600e3);
		await waitFor(`mark ${i} in Redis`, async () =>
			Number(await world.redis.command('HGET', world.key('watermarks'), 'msc:to')) >= to, { timeout: 10000, every: 20 });
	}
});

flow('Redis that comes back empty is filled again from the store', { timeout: 120000 }, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	await shield(world, smsc);
	const epoch = await waitFor('the epoch', () => world.redis.command('GET', world.key('rules:epoch')));
	await world.redis.stop('SIGKILL');
	await screeningHolds(hub, '+8613800138001', 'while away');
	await world.redis.start();
	await rebuilt(world, epoch);
	await screeningHolds(hub, '+8613800138001', 'after');
	await soldTo(world);
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified', { timeout: 30000 });
});

flow('after FLUSHALL decisions stay the same and the rules and the groups are made again', {
	timeout: 120000,
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	await world.rewards.start();
	await shield(world, smsc);
	for (let round = 0; round < 3; round++) {
		const epoch = await waitFor('the epoch', () => world.redis.command('GET', world.key('rules:epoch')));
		await world.redis.command('FLUSHALL');
		await screeningHolds(hub, '+8613800138001', `round ${round}`);
		await rebuilt(world, epoch);
		await screeningHolds(hub, '+8613800138001', `round ${round}, rebuilt`);
	}
	world.sellers?.clear();
	await soldTo(world);
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified', { timeout: 30000 });
	await smsc.expect(SUBSCRIBER, /核实成立/);
});

flow('the gateway starts and takes texts without Redis', { started: false, timeout: 120000 }, async (world) => {
	await world.redis.stop();
	await world.daemon.start();
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	await world.redis.start();
	await soldTo(world);
	await world.records.complete();
	await expectState(world, id, 'verified', { timeout: 40000 });
});

const seed = seedOf();
flow(`Redis stopped and started ten times under load (SEED=${seed})`, {
	redis: { appendonly: true }, timeout: 300000, config: { log_level: 'notice', rewards: { repeat_s: 2, repeat_max_s: 5 } },
}, async (world, t) => {
	const chance = random(seed);
	const smsc = await world.smsc().keep();
	await world.rewards.start();
	await world.records.campaign(SELLER, 60);
	// The calls are there before the trouble begins: their feed is not what is tested here.
	const most = 5000;
	await Promise.all(Array.from({ length: most }, (_, i) =>
		world.records.call(SELLER, `+86139${10000000 + i}`, { start: Date.now() - 120e3 })));
	await world.daemon.expectMetric('cdrs_total', 60 + most);
	const load = new Load(world, smsc, { most, workers: 4, calls: false, pace: 10 }).start();
	for (let i = 0; i < 10; i++) {
		await new Promise((resolve) => setTimeout(resolve, chance.below(300)));
		await world.redis.stop(chance.below(2) ? 'SIGKILL' : 'SIGTERM');
		await new Promise((resolve) => setTimeout(resolve, chance.below(300)));
		await world.redis.start();
	}
	await load.stop();
	const people = load.acknowledged.size;
	assert.ok(!load.exhausted && people > 200, `there was load until the end: ${people}`);
	const stop = world.records.alive();
	await load.everyoneTold(/核实成立/, { timeout: 90000 });
	await load.everyoneTold(/已到账/, { timeout: 60000 });
	stop();
	const ids = new Set((await world.redis.stream(world.key('rewards'))).map(({ fields }) => fields.id));
	assert.equal(ids.size, people);
	assert.equal(world.rewards.credited.size, people);
	t.diagnostic(`${people} reports, ${load.refusals} refused for now, ${world.rewards.requests.length} requests`);
});
