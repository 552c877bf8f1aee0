// SPDX-License-Identifier: AGPL-3.0-or-later
// Erase by number: what the call index knows of it is gone, of both directions, and others' is not.

import assert from 'node:assert/strict';

import { DAY, today } from '../lib/day.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, soldTo } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { flow } from '../lib/world.mjs';

// Every record of the index by its two numbers: "called<-caller", and how often.
async function index(world) {
	const found = {};
	for (const key of await world.redis.command('KEYS', world.key('calls:*'))) {
		const all = await world.redis.command('HGETALL', key);
		for (let i = 0; i < all.length; i += 2) found[`${key} ${all[i]}`] = Buffer.byteLength(all[i + 1]) > 0;
	}
	return Object.keys(found).sort();
}

flow('the records of a number are erased where it was called, and where it called', async (world) => {
	const smsc = await world.smsc().connect();
	const other = '+8613800138001';
	const at = today(60e3);
	for (let day = 0; day < 9; day++) {
		await world.records.call(SELLER, SUBSCRIBER, { start: at - day * DAY });
		await world.records.call(other, SUBSCRIBER, { start: at - day * DAY });
		await world.records.call(SUBSCRIBER, SELLER, { start: at - day * DAY });
	}
	await world.records.call(SELLER, other, { start: at });
	await world.records.call(SELLER, '95533', { start: at });
	await world.records.campaign('13698765432', 60, { start: at });
	await world.records.call('13698765432', other, { start: at, duration: 40 });
	await world.records.complete();
	await fed(world);
	const before = await index(world);
	const erased = await world.daemon.json('erase-calls', SELLER);
	assert.equal(erased.number, '137****5678');
	assert.equal(erased.calls_to_it, 9 + 1, 'those to it, and its own to a code');
	assert.equal(erased.calls_by_it, 9 + 1);
	assert.equal(erased.counters, 9, 'days on which it called');
	assert.equal(erased.listed, 9, 'in the lists of who called it');
	assert.ok(erased.buckets_looked_through > 50 && erased.remains.length === 3);
	const after = await index(world);
	const gone = before.filter((key) => !after.includes(key));
	assert.equal(gone.filter((key) => key.includes('{+86137123456}')).length, 10);
	assert.equal(gone.length, 10, 'in other fields there are others still');
	// Who was called by it knows nothing of it any more, and of others as before.
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'rejected');
	const kept = await smsc.text(SUBSCRIBER, `${other}推销宽带`);
	await expectState(world, kept, 'verified');
	assert.equal((await world.daemon.json('erase-calls', SELLER)).calls_by_it, 0, 'nothing is left');
	const audit = await query(world, "SELECT object,before,after,actor FROM audit_log WHERE action='erase_calls' ORDER BY id");
	assert.equal(audit.length, 4);
	assert.deepEqual([audit[0].object, audit[0].after, audit[1].before], [`+86${SELLER}`, '', 'begun']);
	assert.match(audit[1].after, /^to=10 by=10 counters=9 listed=9 buckets=\d+$/);
	assert.match(audit[1].actor, /^uid \d+ pid \d+$/);
	assert.equal((await world.daemon.json('erase-calls', '13698765432')).counters, 2, 'a day, and its HyperLogLog');
	assert.deepEqual(await world.redis.command('KEYS', world.key('caller:*')), []);
});

flow('a code that many call is erased out of their fields', async (world) => {
	for (let i = 10; i < 40; i++)
		await world.records.call(`+861380013${i}00`, '4001234567', { start: Date.now() - 60e3 });
	await world.records.call('4001234567', SUBSCRIBER, { start: Date.now() - 60e3 });
	await world.records.complete();
	await fed(world);
	const erased = await world.daemon.json('erase-calls', '400-123-4567');
	assert.deepEqual([erased.calls_to_it, erased.calls_by_it], [0, 31], 'its records are with others only');
});

flow('what cannot be erased is said, and what was erased in part', async (world) => {
	const bad = await world.daemon.command('erase-calls', 'nobody');
	assert.equal(bad.code, 1);
	assert.match(bad.err, /is no number/);
	assert.equal((await world.daemon.command('erase-calls')).code, 2);
	assert.match((await world.daemon.command('erase-calls', 'withheld')).err, /nothing was erased/);
	await soldTo(world);
	await fed(world);
	await world.redis.command('SET', world.key('calls:{x}:20200101'), 'no hash');
	const broken = await world.daemon.command('erase-calls', SELLER);
	assert.equal(broken.code, 1);
	assert.match(broken.err, /Redis failed, do it again: .*WRONGTYPE/);
	const [, last] = (await query(world, "SELECT after FROM audit_log WHERE action='erase_calls' ORDER BY id DESC LIMIT 2")).reverse();
	assert.match(last.after, /unfinished: /);
	await world.redis.stop();
	assert.match((await world.daemon.command('erase-calls', SELLER)).err, /nothing was erased|Redis failed/);
});
