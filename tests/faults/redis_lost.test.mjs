// SPDX-License-Identifier: AGPL-3.0-or-later
// What Redis loses from one moment to the next - records, connections, answers - costs time only.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, report, soldTo } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

flow('records lost a moment ago are no proof that nobody called', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	// Once a report was decided, the gateway has seen the marks.
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	await world.redis.command('FLUSHALL');
	const other = '+8613800138077';
	const id = await smsc.text(other, `${SELLER}*推销宽带`);
	await waitFor('a look at the report', async () => {
		const rows = await query(world, `SELECT checks FROM report WHERE subscriber='${other}'`);
		return rows[0]?.checks > 0 || !/^(pending|received)$/.test((await report(world, id)).state);
	}, { every: 20 });
	const found = await report(world, id);
	assert.match(found.state, /^(pending|received)$/, String(found.reasons));
});

flow('a feed whose connections are cut again and again loses nothing and does not stop', {
	timeout: 120000,
}, async (world) => {
	let sent = 0;
	let feeding = true;
	const feed = (async () => {
		while (feeding) {
			await Promise.all(Array.from({ length: 200 }, () => world.records.call(SELLER,
				`+86139${10000000 + sent++}`, { start: Date.now() - 120e3 })));
			await pause(5);
		}
	})();
	for (let i = 0; i < 30; i++) {
		await pause(50 + (i * 97) % 250);
		await world.redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
	}
	feeding = false;
	await feed;
	let seen;
	await waitFor(() => `the feed to be read to its end: ${seen}`, async () => {
		const [group] = await world.redis.command('XINFO', 'GROUPS', world.key('cdr'));
		seen = String(group);
		return group[group.indexOf('lag') + 1] === 0 && group[group.indexOf('pending') + 1] === 0;
	}, { timeout: 40000, every: 100 });
	const people = await world.redis.command('KEYS', world.key('calls:*'));
	let calls = 0;
	for (const key of people) calls += await world.redis.command('HLEN', key);
	assert.equal(calls, sent);
});

flow('the end does not wait for a Redis that says nothing', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.complete();
	await world.redis.child.kill('SIGSTOP');
	try {
		const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
		await smsc.expect(SUBSCRIBER, new RegExp(id));
		await world.daemon.stop();
	} finally {
		world.redis.child.kill('SIGCONT');
	}
});

flow('a fuller record of a call is the same call, to the second', async (world) => {
	const start = Math.floor((Date.now() - 600e3) / 1000) * 1000;
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	await world.records.call(SELLER, SUBSCRIBER, { start, duration: 0, answered: true });
	await world.records.call(SELLER, SUBSCRIBER, { start: start + 1000, duration: 40 });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	assert.equal(Date.parse((await report(world, id)).call_start), start);
});
