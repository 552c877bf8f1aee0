// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists are found by what people look for, and gone through page by page.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, expectState, soldTo } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

async function result(world, command, args) {
	const reply = await world.daemon.ask(command, args);
	assert.ok(reply.ok, `${command}: ${reply.error}`);
	return reply.result;
}

async function refused(world, code, command, args) {
	const reply = await world.daemon.ask(command, args);
	assert.equal(reply.ok, false, `${command} ${JSON.stringify(args)}`);
	assert.equal(reply.code, code, reply.error);
	return reply;
}

// Every page of a list, and that none is empty but the last one.
async function pages(world, command, args, name) {
	const rows = [];
	let cursor;
	for (let i = 0; i < 200; i++) {
		const page = await result(world, command, { ...args, ...(cursor && { cursor }) });
		rows.push(...page[name]);
		cursor = page.next;
		if (!cursor) return rows;
		assert.match(cursor, /^[\x21-\x7e]+$/);
	}
	throw new Error('the list has no end');
}

const HOUR = 3600e3;

// Reports as earlier days would have left them; ids in the order of time.
const reportRow = (id, { subscriber = SUBSCRIBER, number = '+8613712345678', state = 3, category = 0, at }) =>
	`INSERT INTO report(id,subscriber,number,intent,category,text,received_ms,state,checks,deadline_ms,route,score,` +
	`reasons,forged,events,chain,told,appealed) VALUES(${id},'${subscriber}','${number}',1,${category},'x',${at},` +
	`${state},0,${at + 48 * HOUR},'',0,'',0,0,x'',7,0);`;

flow('reports are found by number, subscriber, state, category and time, page by page', { audited: false }, async (world) => {
	const now = Date.now();
	const rows = Array.from({ length: 60 }, (_, i) => ({
		id: 1000 + i,
		subscriber: `+86138001380${String(i % 3).padStart(2, '0')}`,
		number: i % 4 ? '+8613712345678' : '10690001',
		state: [3, 4, 5][i % 3],
		category: i % 5,
		// Pairs of one moment.
		at: now - (60 - (i - i % 2)) * HOUR,
	}));
	await tamper(world, rows.map((row) => reportRow(row.id, row)).join(''));
	const all = await result(world, 'reports', { limit: 1000 });
	assert.equal(all.reports.length, 60);
	assert.equal(all.next, null);
	const order = all.reports.map(({ id }) => id);
	assert.equal((await result(world, 'reports')).reports.length, 50, 'fifty unless told');

	const names = ['verified', 'rejected', 'unproved'];
	const newest = [...rows].reverse().map((row, i) => ({ ...row, shown: order[i] }));
	const time = (ms) => new Date(ms).toISOString();
	const cases = [
		[{}, () => true],
		[{ state: 'rejected' }, (row) => row.state === 4],
		[{ number: '10690001' }, (row) => row.number === '10690001'],
		[{ number: SELLER, state: 'unproved' }, (row) => row.number !== '10690001' && row.state === 5],
		[{ subscriber: '13800138001' }, (row) => row.subscriber.endsWith('01')],
		[{ subscriber: '13800138001', number: SELLER }, (row) => row.subscriber.endsWith('01') && row.number !== '10690001'],
		[{ category: 'data_pack' }, () => null],
		[{ since: time(rows[20].at) }, (row) => row.at >= rows[20].at],
		[{ until: time(rows[20].at) }, (row) => row.at < rows[20].at],
		[{ since: time(rows[10].at), until: time(rows[30].at), state: 'verified' },
			(row) => row.at >= rows[10].at && row.at < rows[30].at && row.state === 3],
		[{ subscriber: '13900000000' }, () => false],
	];
	for (const [filter, fits] of cases) {
		const found = (await pages(world, 'reports', { ...filter, limit: 7 }, 'reports')).map(({ id }) => id);
		assert.equal(new Set(found).size, found.length, 'no row twice');
		if (fits(rows[0]) === null)
			assert.ok(found.length === 12, JSON.stringify(filter));
		else
			assert.deepEqual(found, newest.filter(fits).map(({ shown }) => shown), JSON.stringify(filter));
	}
	for (const row of (await result(world, 'reports', { state: 'rejected' })).reports)
		assert.equal(row.state, names[1]);

	const command = await world.daemon.json('reports', '--subscriber', '13800138001', '--number', SELLER,
		'--since', time(rows[10].at), '--category', 'points', '--limit', '3');
	assert.ok(command.reports.every(({ category }) => category === 'points'));
});

flow('filters that make no sense are refused by name', async (world) => {
	const bad = [
		['state', 'dancing'], ['state', 3], ['category', 'x'], ['category', "' OR 1=1 --"], ['number', '%'],
		['number', ''], ['number', 'a number'], ['number', 12345], ['subscriber', '_'], ['since', 'yesterday'],
		['until', {}], ['since', 5], ['limit', 0], ['limit', 1001], ['limit', '5'], ['limit', 1.5], ['limit', null],
		['cursor', ''], ['cursor', '1'], ['cursor', '-'], ['cursor', '1-'], ['cursor', '1-2-3'], ['cursor', '1-2x'],
		['cursor', '9999999999999999999-1'], ['cursor', 5], ['cursor', "1-1' OR '1'='1"], ['cursor', '%']];
	for (const [name, value] of bad)
		assert.equal((await refused(world, 'invalid', 'reports', { [name]: value })).field, name);
	for (const command of ['blocked', 'rewards'])
		assert.equal((await refused(world, 'invalid', command, { cursor: 'x' })).field, 'cursor');
	const { code, err } = await world.daemon.command('reports', '--since', 'never');
	assert.equal(code, 1);
	assert.match(err, /since: 'never' is no time/);
	assert.equal((await world.daemon.command('reports', '--colour', 'red')).code, 2);
});

flow('a filter that hardly anything fits looks at so many rows at a time, and goes on', { audited: false }, async (world) => {
	const at = Date.now() - 100 * HOUR;
	await tamper(world, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<25000)
		INSERT INTO report(id,subscriber,number,intent,category,text,received_ms,state,checks,deadline_ms,route,score,
		reasons,forged,events,chain,told,appealed) SELECT 5000+i,'+8613800138000','+8613712345678',1,
		CASE i WHEN 3 THEN 3 ELSE 1 END,'x',${at}+i,3,0,${at},'',0,'',0,0,x'',7,0 FROM n;`);
	const first = await result(world, 'reports', { number: SELLER, category: 'points' });
	assert.deepEqual(first.reports, []);
	assert.ok(first.next);
	const found = await pages(world, 'reports', { number: SELLER, category: 'points' }, 'reports');
	assert.equal(found.length, 1);
	const { reports: { by_state: counts } } = await result(world, 'status');
	assert.equal(counts.verified, 25000);
});

flow('what was blocked, the ledger and the operator\'s versions are gone through page by page', { audited: false }, async (world) => {
	const now = Date.now();
	const day = now - (now + 8 * HOUR) % (24 * HOUR);
	await tamper(world, Array.from({ length: 25 }, (_, i) =>
		`INSERT INTO attempt VALUES(${i + 1},'+861380013800${i % 2}',${day},1,'+1202555${1000 + i}',${now},${now + (i % 7)},1,1,'',0,'x',NULL);`).join(''));
	const blocked = await pages(world, 'blocked', { since: new Date(day).toISOString(), limit: 4 }, 'blocked');
	assert.deepEqual(blocked.map(({ id }) => id), Array.from({ length: 25 }, (_, i) => 25 - i));
	const own = await pages(world, 'blocked', { number: '+8613800138000', limit: 3 }, 'blocked');
	assert.equal(new Set(own.map(({ id }) => id)).size, 13);
	assert.match(own[0].sender_ref, /^~/);

	await tamper(world, Array.from({ length: 23 }, (_, i) =>
		`INSERT INTO reward(id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,attempts,returned,changed_ms)
		 VALUES('W${i}',${i + 1},'${SUBSCRIBER}','+8613712345678',1,100,${i % 3 ? 2 : 4},'',${now - (i - i % 2)},0,0,${now});`).join(''));
	for (const [filter, count] of [[{}, 23], [{ state: 'credited' }, 15], [{ state: 'withheld' }, 8]]) {
		const rewards = await pages(world, 'rewards', { ...filter, limit: 4 }, 'rewards');
		assert.equal(rewards.length, count, JSON.stringify(filter));
		assert.equal(new Set(rewards.map(({ id }) => id)).size, count);
		assert.deepEqual(rewards.map(({ created }) => created), rewards.map(({ created }) => created).sort().reverse());
	}
	await tamper(world, 'UPDATE reward SET state=3 WHERE report_id<8;');
	assert.deepEqual((await pages(world, 'rewards', { failed: true, limit: 2 }, 'rewards')).map(({ id }) => id),
		['W6', 'W5', 'W4', 'W3', 'W2', 'W1', 'W0']);
	await tamper(world, `UPDATE reward SET state=1,next_ms=5,created_ms=${now - 30 * 24 * HOUR}-report_id WHERE report_id<8;`);
	assert.deepEqual((await pages(world, 'rewards', { overdue: true, limit: 3 }, 'rewards')).map(({ id }) => id),
		['W6', 'W5', 'W4', 'W3', 'W2', 'W1', 'W0']);
	await tamper(world, 'DELETE FROM reward;');

	for (let i = 1; i <= 5; i++)
		await result(world, 'rules-operator', { op: 'set', text: `block call from +${i}\n`, note: `change ${i}` });
	const versions = await pages(world, 'rules-operator', { op: 'history', limit: 2 }, 'versions');
	assert.deepEqual(versions.map(({ version }) => version), [5, 4, 3, 2, 1]);
});
