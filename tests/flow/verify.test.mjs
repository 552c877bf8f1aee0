// SPDX-License-Identifier: AGPL-3.0-or-later
// Verification: found, late, not found, cannot know, official, forged.

import assert from 'node:assert/strict';

import { sameDay } from '../lib/day.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, report, soldTo, verifiedReport } from '../lib/steps.mjs';
import { Load } from '../lib/load.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

// The one report was looked at so often, and is still not decided.
const lookedAt = (world, times) => waitFor(`${times} looks at the report`, async () => {
	const [{ checks }] = await query(world, 'SELECT checks FROM report');
	return checks >= times;
}, { every: 100 });

flow('a call that the records show is verified, rewarded and told', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const id = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	const found = await expectState(world, id, 'verified');
	assert.ok(String(found.reasons).includes('call_found'), String(found.reasons));
	const [event] = await world.events('report.verified');
	assert.equal(event.specversion, '1.0');
	assert.ok(event.id && event.source && event.time && event.data, 'a whole CloudEvent');
	assert.ok(JSON.stringify(event).includes(id));
	assert.equal((await world.events('report.verified')).length, 1);
	assert.equal((await world.events('report.closed')).length, 0);
	assert.equal(world.rewards.requests.length, 1);
});

flow('a report waits while the feed is behind, and a late record decides it', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	await world.records.watermark(Date.now() - 3600e3, Date.now() - 30 * 86400e3);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*刚才推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	await world.daemon.expectMetric('reports_open', 1);
	assert.match((await report(world, id)).state, /^(pending|received)$/);
	await soldTo(world);
	await world.records.complete();
	await smsc.expect(SUBSCRIBER, /核实成立/);
	await expectState(world, id, 'verified');
});

// What weighs a call has to be there when it is weighed: a verdict is said once.
const plain = { config: { reports: { join_s: 0 } } };
const DAY = 86400e3;

flow('a call that is found before the records around it waits for them', plain, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.watermark(Date.now() - 3600e3, Date.now() - 30 * DAY);
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 300e3 });
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}骚扰电话`);
	await lookedAt(world, 3);
	assert.match((await report(world, id)).state, /^(pending|received)$/);
	await world.records.campaign(SELLER, 60, { start: sameDay(Date.now() - 300e3, 1800e3) });
	await world.records.complete();
	await smsc.expect(SUBSCRIBER, /专人核查/);
	await expectState(world, id, 'review');
});

flow('who reported a number after this report does not count for it, however late the records', plain, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	await world.records.watermark(Date.now() - 3600e3, Date.now() - 30 * DAY);
	const ids = [];
	for (let i = 0; i < 6; i++) {
		const at = Date.now(); // who reports in the same millisecond does not come after
		ids.push(await smsc.text(`+861380013800${i}`, `${SELLER}骚扰电话`));
		await waitFor('the next millisecond', () => Date.now() > at + 1, { every: 1 });
	}
	for (let i = 0; i < 6; i++) await world.records.call(SELLER, `+861380013800${i}`, { start: Date.now() - 300e3 });
	await world.records.complete();
	await expectState(world, ids[5], 'verified');
	for (const id of ids.slice(0, 5)) await expectState(world, id, 'review');
});

flow('how a number calls others is asked of the day of its call', plain, async (world) => {
	const smsc = await world.smsc().connect();
	const start = Date.now() - 2 * DAY;
	await world.records.campaign(SELLER, 60, { start: Math.floor((start + DAY / 3) / DAY) * DAY - DAY / 3 });
	await world.records.call(SELLER, SUBSCRIBER, { start });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}骚扰电话`);
	const { reasons } = await expectState(world, id, 'review');
	assert.ok(String(reasons).includes('wide_fanout'), String(reasons));
});

flow('no such call is said only when the records are complete, with the near miss', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world, SUBSCRIBER, '13712345679');
	await world.records.watermark(Date.now() - 3600e3, Date.now() - 30 * 86400e3);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	const stop = world.records.alive();
	const answer = await smsc.expect(SUBSCRIBER, /未成立/);
	assert.match(answer.text, /13712345679/);
	stop();
	const found = await expectState(world, id, 'rejected');
	assert.ok(String(found.reasons).includes('no_such_call'), String(found.reasons));
	const [closed] = await world.events('report.closed');
	assert.ok(JSON.stringify(closed).includes(id));
});

flow('a watermark alone is not enough when a second source is behind', {
	config: { feed: { sources: [{ name: 'msc', disorder_s: 3600 }, { name: 'harbour', disorder_s: 3600 }] } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const harbour = world.records.sibling('harbour');
	const stop = world.records.alive();
	await harbour.watermark(Date.now() - 3600e3, Date.now() - 30 * 86400e3);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	await lookedAt(world, 3);
	assert.match((await report(world, id)).state, /^(pending|received)$/);
	const stopHarbour = harbour.alive();
	await smsc.expect(SUBSCRIBER, /未成立/);
	stop();
	stopHarbour();
});

flow('records that do not reach back far enough prove nothing', async (world) => {
	const smsc = await world.smsc().connect();
	const timer = setInterval(() => world.records.watermark(Date.now(), Date.now() - 3600e3), 200).unref();
	try {
		const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
		await smsc.expect(SUBSCRIBER, new RegExp(id));
		await lookedAt(world, 3);
		assert.match((await report(world, id)).state, /^(pending|received)$/);
	} finally {
		clearInterval(timer);
	}
});

flow('when the feed stays away the report ends unproved, and a late record reopens it', {
	config: { verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1, deadline_s: 2 }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /暂未能查实/);
	const found = await expectState(world, id, 'unproved');
	assert.match(String(found.reasons), /feed_incomplete|clock_ran_out/);
	await soldTo(world);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	await expectState(world, id, 'verified');
});

flow('10085 may sell: a report of it is rejected with that reason', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call('10085', SUBSCRIBER, { start: Date.now() - 600e3 });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, '10085*推销流量包');
	const answer = await smsc.expect(SUBSCRIBER, /未成立/);
	assert.match(answer.text, /官方号码/);
	assert.ok(String((await expectState(world, id, 'rejected')).reasons).includes('official_number'));
});

flow('a registered partner is told apart', { config: { reports: { partners: ['4001234567'] } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call('4001234567', SUBSCRIBER, { start: Date.now() - 600e3 });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, '4001234567*推销宽带');
	await smsc.expect(SUBSCRIBER, /登记的合作号码/);
	assert.ok(String((await report(world, id)).reasons).includes('partner_number'));
});

flow('a home number from an international trunk was forged: verified, and anti-fraud is told', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 600e3, duration: 30, entry: 'international' });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const answer = await smsc.expect(SUBSCRIBER, /核实成立/);
	assert.match(answer.text, /冒用/);
	const found = await expectState(world, id, 'verified');
	assert.equal(found.verdict.forged, true);
	const forged = await world.events('number.forged');
	assert.equal(forged.length, 1);
	assert.ok(JSON.stringify(forged[0]).includes('13712345678'));
});

flow('someone else\'s call verifies nothing', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world, '+8613800138001');
	const stop = world.records.alive();
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const answer = await smsc.expect(SUBSCRIBER, /未成立/);
	assert.match(answer.text, /无此来电/);
	stop();
});

flow('a report without a number is completed by the next text', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	const first = await smsc.text(SUBSCRIBER, '我要举报推销电话');
	await smsc.expect(SUBSCRIBER, /请回/); // with a list, when the call is in the index already
	assert.equal((await report(world, first)).state, 'needs_number');
	await smsc.text(SUBSCRIBER, `${SELLER} 推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(`${SELLER}.*${first}`));
	await expectState(world, first, 'verified');
});

flow('the status can be asked at any time, and a rejected report appealed once', async (world) => {
	const smsc = await world.smsc().connect();
	const stop = world.records.alive();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /未成立/);
	stop();
	await smsc.text(SUBSCRIBER, id);
	await smsc.expect(SUBSCRIBER, new RegExp(`${id}.*未成立`));
	await smsc.text(SUBSCRIBER, `SS ${id}`);
	await smsc.expect(SUBSCRIBER, /申诉/, { after: 3 });
	await expectState(world, id, 'review').catch(() => expectState(world, id, 'appealed'));
	const after = smsc.to(SUBSCRIBER).length;
	await smsc.text(SUBSCRIBER, `SS ${id}`);
	await smsc.expect(SUBSCRIBER, /无法受理/, { after });
});

flow('the history of a report is told by its events, in order', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const found = await expectState(world, id, 'verified');
	const states = found.events.map((step) => step.to);
	assert.equal(states.at(-1), 'verified');
	assert.ok(states.length >= 2, states.join(' '));
	assert.equal(found.chain, 'intact');
});

flow('more new reports than can be looked at at once are all looked at without a wait', {
	config: { reports: { recheck_s: 600, recheck_max_s: 600 }, redis: { timeout_ms: 60000 } },
}, async (world) => {
	const most = 2300; // the verifier has 2,000 under way
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await Promise.all(Array.from({ length: most }, (_, i) =>
		world.records.call(SELLER, `139${10000000 + i}`, { start: Date.now() - 120e3 })));
	await world.daemon.expectMetric('cdrs_total', 61 + most, { timeout: 60000 });
	await world.records.complete(Date.now() + 60000);
	await world.daemon.expectMetric('feed_watermark_seconds', (value) => value > Date.now() / 1000);
	world.redis.pause();
	const load = new Load(world, smsc, { most, workers: 32, calls: false }).start();
	await waitFor('all texts to be taken', () => load.acknowledged.size === most, { timeout: 60000 });
	await load.stop();
	assert.equal((await world.daemon.metrics()).reports_verified_total, 0);
	world.redis.resume();
	await world.daemon.expectMetric('reports_verified_total', most, { timeout: 60000 });
});
