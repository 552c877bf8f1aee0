// SPDX-License-Identifier: AGPL-3.0-or-later
// Rewards in an operator's hands: lists, repeats, reversals; caps and budgets that get back what they
// gave.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const POLICY = { effective: '2020-01-01T00:00:00+08:00' };
const requests = async (world) => (await world.redis.stream(world.key('rewards'))).map(({ fields }) => fields);

const entry = (world, id, state) => {
	let seen;
	return waitFor(() => `${id} to be ${state}; it is ${seen}`, async () => {
		const found = await world.daemon.json('rewards', id);
		seen = found.state;
		return seen === state && found;
	}, { every: 40 });
};

async function refused(world, args, match) {
	const { code, err } = await world.daemon.command('rewards', ...args);
	assert.equal(code, 1, args.join(' '));
	assert.match(err, match);
}

flow('a refused credit is listed, repeated under its id, and credited', async (world) => {
	const smsc = await world.smsc().connect();
	world.rewards.decide = () => 'account closed';
	await world.rewards.start();
	const report = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /没能到账/);

	const { rewards: failed } = await world.daemon.json('rewards', '--failed');
	assert.equal(failed.length, 1);
	assert.equal(failed[0].report, report);
	assert.equal(failed[0].reason, 'account closed');
	assert.deepEqual((await world.daemon.json('rewards', '--state', 'credited')).rewards, []);

	world.rewards.decide = () => undefined;
	const { code, out } = await world.daemon.command('rewards', 'repeat', report);
	assert.equal(code, 0, out);
	await smsc.expect(SUBSCRIBER, /已到账/);
	const found = await entry(world, failed[0].id, 'credited');
	assert.deepEqual(found.history.map(({ what }) => what),
		['due', 'failed', 'repeated', 'last requested', 'credited']);
	assert.match(found.history[2].by, /^uid \d+ pid \d+$/);
	assert.equal(new Set((await requests(world)).map(({ id }) => id)).size, 1);
	const audited = await query(world, "SELECT actor,object FROM audit_log WHERE action='reward repeated'");
	assert.equal(audited.length, 1);
	assert.equal(audited[0].object, found.id);
	await refused(world, ['repeat', found.id], /nothing to repeat/);
});

flow('overdue requests are counted, listed and repeated at once', {
	config: { rewards: { repeat_s: 3600, overdue_s: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	const [{ id }] = await waitFor('a request', async () => {
		const all = await requests(world);
		return all.length && all;
	});
	await world.daemon.expectMetric('rewards_overdue', 1);
	const { rewards: overdue } = await world.daemon.json('rewards', '--overdue');
	assert.deepEqual(overdue.map((row) => row.id), [id]);
	assert.equal((await world.daemon.json('status')).rewards_overdue, 1);
	assert.equal((await world.daemon.json('rewards', 'repeat', '--overdue')).repeated, 1);
	await waitFor('the same request again', async () => (await requests(world)).length === 2);
	assert.deepEqual((await requests(world)).map((request) => request.id), [id, id]);
	await world.redis.xadd(world.key('rewards:acks'), { id, status: 'credited' });
	await smsc.expect(SUBSCRIBER, /已到账/);
	await world.daemon.expectMetric('rewards_overdue', 0);
	assert.deepEqual((await world.daemon.json('rewards', '--overdue')).rewards, []);
});

flow('many that failed are repeated in one go', async (world) => {
	const smsc = await world.smsc().connect();
	world.rewards.decide = () => 'out of order';
	await world.rewards.start();
	const people = Array.from({ length: 12 }, (_, i) => `+861380013${8100 + i}`);
	for (const person of people) await soldTo(world, person);
	await world.records.complete();
	await fed(world);
	for (const person of people) await smsc.text(person, `${SELLER}*推销宽带`);
	await world.daemon.expectMetric('rewards_failed_total', people.length);
	world.rewards.decide = () => undefined;
	assert.equal((await world.daemon.json('rewards', 'repeat', '--failed')).repeated, people.length);
	await world.daemon.expectMetric('rewards_credited_total', people.length);
	assert.equal(world.rewards.credited.size, people.length);
	await world.daemon.expectMetric('rewards_open', 0);
});

flow('a credit is taken back by an entry of its own, and the subscriber is told why', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const report = await verifiedReport(world, smsc);
	await refused(world, ['reverse', report, '--reason', ''], /reason/);
	await smsc.expect(SUBSCRIBER, /已到账/);
	const { reward } = await expectState(world, report, 'verified');
	await entry(world, reward.id, 'credited');
	const made = await world.daemon.json('rewards', 'reverse', report, '--reason', '重复发放');
	assert.match(made.id, /^V[0-9a-f]{32}$/);
	assert.equal(made.reverses, reward.id);
	await smsc.expect(SUBSCRIBER, /1GB流量奖励已收回：重复发放/);
	const found = await entry(world, made.id, 'reversed');
	assert.equal(found.reverses, reward.id);
	const credit = await world.daemon.json('rewards', reward.id);
	assert.equal(credit.state, 'credited', 'history is not edited');
	assert.equal(credit.reversed_by, made.id);
	assert.equal((await expectState(world, report, 'verified')).reversal.state, 'reversed');
	const events = await waitFor('the event', async () => {
		const all = await world.events('reward.reversed');
		return all.length && all;
	});
	assert.equal(events.length, 1);
	assert.equal(events[0].data.reward, reward.id);
	const asked = (await requests(world)).find(({ type }) => type === 'reverse');
	assert.equal(asked.reverses, reward.id);
	assert.equal(asked.reason, '重复发放');
	await refused(world, ['reverse', reward.id, '--reason', 'x'], /has its reversal already/);
	await refused(world, ['reverse', made.id, '--reason', 'x'], /only what was credited/);
	await refused(world, ['reverse', 'W0', '--reason', 'x'], /no ledger entry/);
	const audited = await query(world, "SELECT after FROM audit_log WHERE action='reward reversed'");
	assert.deepEqual(audited, [{ after: '重复发放' }]);
});

flow('an answer for the wrong kind of entry changes nothing', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const report = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	world.rewards.decide = () => false;
	const { id } = await world.daemon.json('rewards', 'reverse', report, '--reason', 'x');
	await waitFor('the request', async () => (await requests(world)).some((request) => request.id === id));
	await world.redis.xadd(world.key('rewards:acks'), { id, status: 'credited' });
	await world.daemon.expectMetric('reward_acks_bad_total', 1);
	await world.redis.xadd(world.key('rewards:acks'), { id, status: 'failed', reason: 'used up' });
	assert.equal((await entry(world, id, 'failed')).reason, 'used up');
	await world.daemon.expectMetric('reward_reversals_failed_total', 1);
	world.rewards.decide = () => undefined;
	await world.daemon.json('rewards', 'repeat', id);
	await entry(world, id, 'reversed');
	await smsc.expect(SUBSCRIBER, /已收回：x/);
});

flow('the budget is never overspent, and what fails gives it back', {
	config: { reward_policies: [{ ...POLICY, amount_mb: 100, cap_day: 0, cap_month: 0, cap_year: 0, budget_mb: 1000 }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const people = Array.from({ length: 30 }, (_, i) => `+861380013${8200 + i}`);
	for (const person of people) await soldTo(world, person);
	await world.records.complete();
	await fed(world);
	await Promise.all(people.map((person) => smsc.text(person, `${SELLER}*推销宽带`)));
	await world.daemon.expectMetric('reports_verified_total', people.length);
	await world.daemon.expectMetric('rewards_withheld_total', 20);
	assert.deepEqual(await query(world, 'SELECT spent_mb FROM budget'), [{ spent_mb: 1000 }]);
	const all = await waitFor('ten requests', async () => {
		const seen = await requests(world);
		return seen.length === 10 && seen;
	});
	for (const { id } of all.slice(0, 3))
		await world.redis.xadd(world.key('rewards:acks'), { id, status: 'failed', reason: 'x' });
	await world.daemon.expectMetric('rewards_failed_total', 3);
	assert.deepEqual(await query(world, 'SELECT spent_mb FROM budget'), [{ spent_mb: 700 }]);
	// Two others take a part of it; of the three that failed, one fits.
	for (const person of ['+8613800138300', '+8613800138301']) {
		await soldTo(world, person);
		await world.records.complete();
		await fed(world);
		await smsc.text(person, `${SELLER}*推销宽带`);
		await smsc.expect(person, /流量奖励正在办理/);
	}
	const { repeated, without_budget: without } = await world.daemon.json('rewards', 'repeat', '--failed');
	assert.deepEqual([repeated, without], [1, 2]);
	assert.deepEqual(await query(world, 'SELECT spent_mb FROM budget'), [{ spent_mb: 1000 }]);
});

flow('a number is rewarded only so often, and categories have their amounts', {
	config: { reward_policies: [{ ...POLICY, amount_mb: 100, cap_caller: 2,
		tiers: [{ category: 'insurance', amount_mb: 300 }, { category: 'loan', amount_mb: 0 }] }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const say = async (person, text, match) => {
		await soldTo(world, person);
		await world.records.complete();
		await fed(world);
		await smsc.text(person, `${SELLER}${text}`);
		await smsc.expect(person, match);
	};
	await say('+8613800138401', '推销保险', /300MB.*已到账/s);
	await say('+8613800138402', '推销贷款', /此类举报无奖励/);
	await say('+8613800138403', '推销宽带', /100MB.*已到账/s);
	await say('+8613800138404', '推销宽带', /此号奖励已满/);
	const { rewards: withheld } = await world.daemon.json('rewards', '--state', 'withheld');
	assert.deepEqual(withheld.map(({ reason }) => reason).sort(), ['cap_caller', 'not_offered']);
});

flow('commands that are not understood say how they are written', async (world) => {
	for (const args of [['--state'], ['--colour'], ['repeat'], ['repeat', '--all'], ['reverse', 'W'],
		['settlement'], ['reconcile'], ['--limit', 'many']])
		assert.equal((await world.daemon.command('rewards', ...args)).code, 2, args.join(' '));
	await refused(world, ['--state', 'lost'], /state/);
	await refused(world, ['W00000000000000000000000000000000'], /not in the ledger/);
	await refused(world, ['settlement', '2999-01-01'], /not over/);
	await refused(world, ['settlement', 'yesterday'], /no day/);
});

flow('an audit that does not balance says what differs, and is a failure to a script', { audited: false }, async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const report = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	const { reward } = await expectState(world, report, 'verified');
	await entry(world, reward.id, 'credited');
	await world.daemon.expectMetric('outbox_depth', 0);
	const good = await world.daemon.command('audit');
	assert.equal(good.code, 0, good.out + good.err);
	assert.match(good.out, /balanced +yes/);
	await tamper(world, 'UPDATE reward SET call_start_ms=call_start_ms+1000');
	const { code, out } = await world.daemon.command('--json', 'audit');
	assert.equal(code, 1);
	const { balanced, lines, wrong } = JSON.parse(out);
	assert.equal(balanced, false);
	assert.deepEqual(lines.filter(({ ok }) => !ok).map(({ name, left, right }) => [name, left, right]),
		[['ledger entries under a key that is not that of their call', 1, 0]]);
	assert.deepEqual(wrong, [reward.id]);
});
