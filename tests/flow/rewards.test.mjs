// SPDX-License-Identifier: AGPL-3.0-or-later
// Rewards: one request for each verified report, whatever the rewards system answers.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, expectState, soldTo, verifiedReport } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const requests = (world) => world.redis.stream(world.key('rewards'));
const ack = (world, fields) => world.redis.xadd(world.key('rewards:acks'), fields);

async function request(world) {
	const [first] = await waitFor('a credit request', async () => {
		const all = await requests(world);
		return all.length && all;
	});
	return first.fields;
}

flow('a request names all that the rewards system needs, and its credit is told', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const fields = await request(world);
	for (const name of ['id', 'subscriber', 'caller', 'call_start', 'amount_mb', 'report', 'requested'])
		assert.ok(fields[name], `field ${name}`);
	assert.equal(fields.subscriber, SUBSCRIBER);
	assert.equal(fields.caller, `+86${SELLER}`);
	assert.equal(fields.report, id);
	assert.match(fields.id, /^W[0-9a-f]{32}$/);
	await ack(world, { id: fields.id, status: 'credited', reason: '' });
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal((await expectState(world, id, 'verified')).reward.state, 'credited');
});

flow('a refusal is told, and not counted as a credit', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const fields = await request(world);
	await ack(world, { id: fields.id, status: 'failed', reason: 'account closed' });
	await smsc.expect(SUBSCRIBER, /没能到账/);
	const { reward } = await expectState(world, id, 'verified');
	assert.equal(reward.state, 'failed');
	assert.match(reward.reason, /account closed/);
	await world.daemon.expectMetric('rewards_failed_total', 1);
	assert.equal((await world.daemon.metrics()).rewards_credited_total, 0);
});

flow('answers that come twice, or change their mind, credit once', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const fields = await request(world);
	for (const status of ['credited', 'credited', 'failed', 'credited'])
		await ack(world, { id: fields.id, status, reason: 'x' });
	await ack(world, { id: 'Wffffffffffffffffffffffffffffffff', status: 'credited', reason: '' });
	await world.daemon.expectMetric('reward_acks_bad_total', (value) => value >= 1);
	await smsc.expect(SUBSCRIBER, /已到账/);
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /到账/.test(text) && /已到账/.test(text)).length, 1);
	assert.equal((await expectState(world, id, 'verified')).reward.state, 'credited');
	assert.equal((await world.daemon.metrics()).rewards_credited_total, 1);
});

const GARBAGE = [
	{ name: 'an unknown id', fields: { id: 'W00000000000000000000000000000000', status: 'credited' } },
	{ name: 'no id', fields: { status: 'credited' } },
	{ name: 'no status', fields: { id: 'W00000000000000000000000000000000' } },
	{ name: 'an unknown status', fields: { id: 'W00000000000000000000000000000000', status: 'perhaps' } },
	{ name: 'nothing of it', fields: { colour: 'blue' } },
	{ name: 'an id of 10,000 octets', fields: { id: 'W'.repeat(10000), status: 'credited' } },
];
flow('answers that cannot be used are counted, and good ones beside them work', async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const fields = await request(world);
	for (const { fields: bad } of GARBAGE) await ack(world, bad);
	await ack(world, { id: fields.id, status: 'credited', reason: '' });
	await smsc.expect(SUBSCRIBER, /已到账/);
	await world.daemon.expectMetric('reward_acks_bad_total', GARBAGE.length);
});

flow('the same call is rewarded once, however often it is reported', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	for (const text of [`${SELLER}*推销宽带`, `又是${SELLER}推销`]) {
		const after = smsc.to(SUBSCRIBER).length;
		await smsc.text(SUBSCRIBER, text);
		await smsc.expect(SUBSCRIBER, /./, { after });
	}
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.equal(new Set((await requests(world)).map(({ fields }) => fields.id)).size, 1);
	assert.equal(world.rewards.credited.size, 1);
});

flow('past the cap a report is verified without a reward, and says so', {
	config: { reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 500, cap_day: 1 }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /500MB.*已到账/);
	await soldTo(world, SUBSCRIBER, '13698765432');
	// The feed has called itself complete before these came: they have to be there first.
	await world.daemon.expectMetric('cdrs_total', 2 * 61);
	const id = await smsc.text(SUBSCRIBER, '13698765432*推销保险');
	await smsc.expect(SUBSCRIBER, /13698765432.*核实成立.*今日奖励已满/s);
	const { reward } = await expectState(world, id, 'verified');
	assert.equal(reward.state, 'withheld');
	assert.match(reward.reason, /cap_day/);
	await world.daemon.expectMetric('rewards_withheld_total', 1);
	assert.equal(world.rewards.requests.length, 1);
});

flow('a request without an answer is repeated under the same id', {
	config: { rewards: { repeat_s: 1, repeat_max_s: 2 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const all = await waitFor('the request to be repeated', async () => {
		const seen = await requests(world);
		return seen.length >= 3 && seen;
	});
	assert.equal(new Set(all.map(({ fields }) => fields.id)).size, 1);
	await ack(world, { id: all[0].fields.id, status: 'credited', reason: '' });
	await smsc.expect(SUBSCRIBER, /已到账/);
});
