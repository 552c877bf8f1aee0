// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 at 200 random moments under load. What was acknowledged is a report; none is rewarded
// twice; everyone is answered. SEED= repeats the moments, KILLS= changes their number.

import assert from 'node:assert/strict';

import { Load } from '../lib/load.mjs';
import { SELLER } from '../lib/steps.mjs';
import { STATE, query } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const KILLS = Number(process.env.KILLS || 200);
const MOST = Number(process.env.REPORTS || 30000);
const seed = seedOf();

async function killOften(world, chance, t) {
	let early = 0;
	for (let i = 0; i < KILLS; i++) {
		if (!world.daemon.child.running())
			assert.fail(`the daemon ended by itself: ${world.daemon.lines.slice(-5).join('\n')}`);
		// One in five dies while it starts, the others at work.
		if (chance.below(5) === 0) early++;
		else await world.daemon.ready();
		await new Promise((resolve) => setTimeout(resolve, chance.below(i % 4 ? 120 : 400)));
		await world.daemon.kill();
		world.daemon.assertClean();
		world.daemon.launch();
	}
	await world.daemon.ready();
	t.diagnostic(`${KILLS} kills, ${early} of them without waiting for the start`);
}

flow(`kill -9 at ${KILLS} moments loses nothing and pays nothing twice (SEED=${seed})`, {
	timeout: 480000,
	redis: { appendonly: true },
	config: { log_level: 'notice', rewards: { repeat_s: 2, repeat_max_s: 5 } },
}, async (world, t) => {
	const smsc = await world.smsc().keep();
	await world.records.campaign(SELLER, 60);
	const stopFeed = world.records.alive();
	await world.rewards.start();
	const load = new Load(world, smsc, { most: MOST, pace: 10 }).start();
	await killOften(world, random(seed), t);
	await load.stop();
	const people = load.acknowledged.size;
	t.diagnostic(`${people} acknowledged in ${load.attempts} attempts, ${load.refusals} refused for now`);
	assert.ok(!load.exhausted && people > KILLS, 'there was load until the end');

	await load.everyoneTold(/核实成立/, { timeout: 120000 });
	await load.everyoneTold(/已到账/, { timeout: 60000 });
	await world.daemon.expectMetric('outbox_depth', 0, { timeout: 60000 });
	stopFeed();

	const messages = await query(world, 'SELECT COUNT(*) n, SUM(state=0) unread, SUM(report_id IS NULL) lost FROM message_in');
	assert.equal(messages[0].unread, 0, 'every stored message was read');
	assert.equal(messages[0].lost, 0, 'every stored message belongs to a report');
	assert.ok(messages[0].n >= people);

	const reports = await query(world, 'SELECT id, subscriber, state FROM report');
	const of = new Map(reports.map((report) => [report.subscriber, report]));
	assert.equal(of.size, reports.length, 'one report a subscriber, however often it was sent');
	for (const subscriber of load.acknowledged.keys())
		assert.equal(of.get(subscriber)?.state, STATE.verified, subscriber);

	const ledger = await query(world, 'SELECT id, subscriber FROM reward');
	const requested = await world.redis.stream(world.key('rewards'));
	const ids = new Set(requested.map(({ fields }) => fields.id));
	assert.equal(new Set(ledger.map(({ subscriber }) => subscriber)).size, ledger.length);
	assert.equal(ledger.length, reports.length);
	assert.deepEqual([...ids].sort(), ledger.map(({ id }) => id).sort());
	await waitFor('all credits', () => world.rewards.credited.size === ledger.length);
	const events = (await world.events('report.verified')).map((event) => event.id);
	assert.equal(new Set(events).size, reports.length, 'an event for each, known by its id when it came twice');
	t.diagnostic(`${reports.length} reports, ${ledger.length} rewards, ${requested.length} requests, ` +
		`${events.length} events, ${smsc.delivered} texts delivered`);
});
