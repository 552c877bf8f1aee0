// SPDX-License-Identifier: AGPL-3.0-or-later
// What a look-up gathers from the call index, and that an error in it is never "no such call".

import assert from 'node:assert/strict';

import { DAY, dayOf, dayStart, today } from '../lib/day.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, masked, report, soldTo } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const detailOf = (found) => found.events.at(-1).detail;

const lookedAt = (world, times) => waitFor(`${times} looks at the report`, async () => {
	const [{ checks }] = await query(world, 'SELECT checks FROM report');
	return checks >= times;
}, { every: 100 });

flow('a report without a time finds the calls of a week, and means the latest', async (world) => {
	const smsc = await world.smsc().connect();
	const latest = Math.floor(Date.now() / 1000) * 1000 - 2 * DAY;
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 8 * DAY });
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 6.9 * DAY });
	await world.records.call(SELLER, SUBSCRIBER, { start: latest, duration: 77 });
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 4 * DAY });
	await world.records.campaign(SELLER, 60, { start: today() - 2 * DAY });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'verified');
	assert.equal(Date.parse(found.call_start), latest);
	const detail = detailOf(found);
	assert.equal(detail.call, 'found');
	assert.equal(detail.start, latest);
	assert.equal(detail.duration_s, 77);
	assert.equal(detail.calls, 3);
	assert.ok(detail.distinct >= 50 && detail.distinct < 70, `distinct ${detail.distinct}`);
	assert.ok(detail.attempts >= 60);
	assert.equal(detail.calls_back, 0);
	assert.equal(detail.number, masked(`+86${SELLER}`), 'the number is masked there, too');
});

flow('that the subscriber called the number on another day is found', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call(SUBSCRIBER, SELLER, { start: Date.now() - 5 * DAY });
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 600e3 });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'rejected');
	assert.match(String(found.reasons), /acquaintance/);
	assert.equal(detailOf(found).calls_back, 1);
});

flow('who calls a number back to learn who it was is not acquainted with it', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 600e3 });
	await world.records.call(SUBSCRIBER, SELLER, { start: Date.now() - 300e3 });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	assert.equal(detailOf(await expectState(world, id, 'verified')).calls_back, 0);
});

// Of the hundred-block of the subscriber, of another, a code, and abroad.
for (const number of ['+8613800138099', '13712345678', '+861085321234', '4001234567', '95533', '+442079460111'])
	flow(`the other direction is known of ${number}`, async (world) => {
		const smsc = await world.smsc().connect();
		for (const days of [1, 2])
			await world.records.call(SUBSCRIBER, number, { start: Date.now() - days * DAY });
		await world.records.call(SUBSCRIBER, number, { start: Date.now() - 8.5 * DAY });
		await world.records.call('+8613800138001', number, { start: Date.now() - DAY });
		await world.records.call(number, SUBSCRIBER, { start: Date.now() - 600e3 });
		await world.records.complete();
		await fed(world);
		const id = await smsc.text(SUBSCRIBER, `${number}打电话推销宽带`);
		const found = await expectState(world, id, 'rejected');
		assert.match(String(found.reasons), /acquaintance/);
		assert.equal(detailOf(found).calls_back, 2, 'in the days of the policy, by this subscriber');
	});

flow('a report that ends without a call still tells how the number calls others', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60, { start: today() });
	await fed(world);
	const stop = world.records.alive();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'rejected');
	stop();
	const detail = detailOf(found);
	assert.ok(detail.call === 'none' && detail.distinct > 0 && detail.attempts > 0);
});

flow('the evidence tells which official number a reported one imitates', async (world) => {
	const smsc = await world.smsc().connect();
	const alike = '100851234';
	await world.records.call(alike, SUBSCRIBER, { start: Date.now() - 600e3 });
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 900e3 });
	await world.records.complete();
	await fed(world);
	const detail = async (number) => {
		const id = await smsc.text(SUBSCRIBER, `${number}打电话推销宽带`);
		return waitFor('a verdict', async () => (await report(world, id)).events
			.map((event) => event.detail).find(({ call }) => call === 'found'));
	};
	assert.equal((await detail(alike)).looks_like, '10085');
	assert.equal((await detail(SELLER)).looks_like, undefined);
});

flow('and so does one that ends by the clock', {
	config: { verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1, deadline_s: 2 }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60, { start: today() });
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const found = await expectState(world, id, 'unproved');
	const detail = detailOf(found);
	assert.ok(detail.call === 'unknown' && detail.distinct > 0 && detail.attempts > 0);
});

flow('an error for one day is not "no such call"', async (world) => {
	const smsc = await world.smsc().connect();
	const yesterday = world.key(`calls:{${SUBSCRIBER.slice(0, -2)}}:${dayOf(Date.now() - DAY)}`);
	await world.redis.command('SET', yesterday, 'no hash');
	const stop = world.records.alive();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await lookedAt(world, 3);
	assert.match((await report(world, id)).state, /^(pending|received)$/);
	await world.redis.command('DEL', yesterday);
	await smsc.expect(SUBSCRIBER, /无此来电/);
	stop();
});

flow('nor is a call weighed while how the number calls others is not known', async (world) => {
	const smsc = await world.smsc().connect();
	const counters = world.key(`callers:{+86${SELLER.slice(0, -2)}}:${dayOf(await soldTo(world))}`);
	await world.records.complete();
	await fed(world);
	await world.redis.command('RENAME', counters, `${counters}:aside`);
	await world.redis.command('SET', counters, 'no hash');
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await lookedAt(world, 3);
	assert.match((await report(world, id)).state, /^(pending|received)$/);
	await world.redis.command('RENAME', `${counters}:aside`, counters);
	await smsc.expect(SUBSCRIBER, /核实成立/);
});

flow('forgotten scripts are taught again, and no look-up needs them', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	await fed(world);
	await world.redis.command('SCRIPT', 'FLUSH');
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	const other = '+8613800138077';
	await soldTo(world, other);
	await fed(world);
	await smsc.text(other, `${SELLER}*推销宽带`);
	await smsc.expect(other, /核实成立/);
});

// The evidence of a report of the seller's call.
async function evidence(world, days = 1) {
	const smsc = await world.smsc().connect();
	await world.records.call(SELLER, SUBSCRIBER, { start: today(600e3), duration: 40 });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	return waitFor(`evidence of ${days} days`, async () => (await report(world, id)).events
		.map((event) => event.detail).find(({ call }) => call === 'found'));
}

// The seller calls people FROM to TO of a list, some days ago.
function callPeople(world, daysAgo, from, to, secondsLater = 0) {
	const start = today() - daysAgo * DAY + secondsLater * 1000;
	return Promise.all(Array.from({ length: to - from }, (_, i) => world.records.call(SELLER, String(13900000000 + from + i), { start })));
}

const policyOf = (days) => ({ verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1, fanout_days: days }] });

flow('few people of several days are counted once each', { config: policyOf(3) }, async (world) => {
	for (const [days, from, to] of [[0, 0, 5], [1, 3, 16], [2, 1, 5]])
		for (const seconds of [5, 10]) await callPeople(world, days, from, to, seconds);
	const detail = await evidence(world);
	assert.equal(detail.distinct, 16 + 1, '0 to 15, and the subscriber');
	assert.equal(detail.attempts, 2 * (5 + 13 + 4) + 1);
	assert.deepEqual(await world.redis.command('KEYS', world.key('caller:*')), [], 'no HyperLogLog is made');
});

flow('and together with the many of other days', { config: policyOf(3) }, async (world) => {
	for (const [days, from, to] of [[0, 98, 103], [1, 0, 100], [2, 50, 140]]) await callPeople(world, days, from, to);
	const detail = await evidence(world);
	assert.ok(Math.abs(detail.distinct - 141) <= 5, `${detail.distinct} of 140 and the subscriber`);
	assert.equal(detail.attempts, 5 + 100 + 90 + 1);
	const keys = await world.redis.command('KEYS', world.key('caller:*'));
	assert.equal(keys.length, 2, 'a HyperLogLog for each day with many, and nothing left of counting');
	for (const key of [...keys, ...await world.redis.command('KEYS', world.key('call*s:*'))])
		assert.ok(await world.redis.command('PTTL', key) > 0, `${key} expires`);
});

flow('two records of one call count the same in any order', async (world) => {
	const start = today();
	const poor = { start, duration: 0 };
	const full = { start: start + 1000, duration: 30 };
	const seller = '13712340000';
	const order = async (called, ...records) => {
		for (const record of records) await world.records.call(seller, called, record);
	};
	await order('+8613911100000', poor, full, poor);
	await order('+8613911100001', full, poor, full);
	await fed(world);
	const field = await world.redis.command('EVAL', "local v = redis.call('HGET', KEYS[1], ARGV[1]) return {struct.unpack('>I2I2I3', v)}",
		1, world.key(`callers:{+86${seller.slice(0, -2)}}:${dayOf(start)}`), seller.slice(-2));
	assert.deepEqual(field.slice(0, 3), [2, 2, 60]);
});

// Fourteen people whose hours nobody counts, then some whose hours are known; each call has a poorer record before.
async function callByTheHour(world) {
	const start = dayStart() - DAY;
	let called = 13900000000;
	for (const [hour, people, duration] of [[7, 14, 9], [0, 3, 0], [9, 12, 5], [23, 5, 60]])
		for (let i = 0; i < people; i++, called++)
			for (const seconds of [0, duration])
				await world.records.call(SELLER, String(called), { start: start + hour * 3600e3 + 3599e3, duration: seconds });
	await fed(world);
	const hours = await world.redis.command('EVAL', "local v = redis.call('HGET', KEYS[1], ARGV[1]) return {struct.unpack('>I4I4I6' .. string.rep('I2', 24), v)}",
		1, world.key(`callers:{+86${SELLER.slice(0, -2)}}:${dayOf(start)}`), SELLER.slice(-2));
	assert.deepEqual(hours.slice(0, 3), [34, 31, 14 * 9 + 12 * 5 + 5 * 60], 'the day');
	const told = hours.slice(3, 27).map((count, hour) => [hour, count]).filter(([, count]) => count);
	assert.deepEqual(Object.fromEntries(told), { 0: 3, 9: 12, 23: 5 });
}

flow('a number that calls many has its hours counted, each call once', callByTheHour);

flow('and so in a cluster', { redis: { cluster: true } }, callByTheHour);

flow('Redis as a cluster takes records one by one, and tells the same of them', {
	redis: { cluster: true },
	config: policyOf(2),
}, async (world) => {
	for (const [days, from, to] of [[0, 0, 40], [1, 35, 45]]) await callPeople(world, days, from, to);
	const detail = await evidence(world);
	assert.ok(Math.abs(detail.distinct - 46) <= 2, `${detail.distinct} of 45 and the subscriber`);
	assert.deepEqual([detail.attempts, detail.calls], [51, 1]);
	await world.daemon.expectLog(/keys of one slot only/);
});
