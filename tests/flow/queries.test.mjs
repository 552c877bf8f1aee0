// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists are found by what people look for, and gone through page by page.

import assert from 'node:assert/strict';

import { DAY, HOUR, dayStart, sameDay } from '../lib/day.mjs';
import { SELLER, SUBSCRIBER, expectState, refused, result, soldTo } from '../lib/steps.mjs';
import { countReports, query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

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
		['cursor', ''], ['cursor', '1'], ['cursor', '-'], ['cursor', 'c1x'], ['cursor', 'c1x2'], ['cursor', 'c1x2z3'], ['cursor', '1x2z'], ['cursor', 'cx2z'],
		['cursor', 'c9999999999999999999x1z'], ['cursor', 5], ['cursor', "c1x1z' OR '1'='1"], ['cursor', '%']];
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
	await countReports(world, 'id>5000');
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
	const day = dayStart(now);
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

flow('the day of a reported number: its calls to the subscriber, and of the others only how many', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.campaign(SELLER, 60);
	const start = Date.now() - 300e3;
	await world.records.call(SELLER, SUBSCRIBER, { start, duration: 40, entry: 'national' });
	await world.records.call(SELLER, SUBSCRIBER, { start: sameDay(start, 3000e3), duration: 0 });
	await world.records.call('13666666666', SUBSCRIBER, { start: sameDay(start, 1000e3), duration: 77 });
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
	const day = await waitFor('the counters', async () => {
		const found = await result(world, 'report-day', { id });
		return found.calls.total === 62 && found;
	});
	assert.equal(day.id, id);
	assert.match(day.day, /^\d{4}-\d{2}-\d{2}$/);
	assert.equal(day.calls.people, 61);
	assert.equal(day.calls.answered, 21);
	assert.equal(day.calls.mean_seconds, Math.floor((20 * 12 + 40) / 21));
	// Of its first fourteen people only the day is known.
	assert.deepEqual(day.hours.map(({ hour }) => hour), Array.from({ length: 24 }, (_, i) => i));
	const inHours = day.hours.reduce((sum, { attempts }) => sum + attempts, 0);
	assert.ok(inHours >= 62 - 16 && inHours <= 62 - 14, `${inHours} calls in hours`);
	assert.match(day.limits[0], /from the fifteenth person/);
	assert.deepEqual(day.to_subscriber.map(({ seconds, answered, entry }) => [seconds, answered, entry]).sort(),
		[[0, false, 'own'], [40, true, 'national']]);
	assert.equal(new Date(day.call_start).getTime(), Math.floor(start / 1000) * 1000);
	assert.equal(day.days.length, 7);
	assert.equal(day.days[6].attempts, 62);
	assert.equal(day.days[0].attempts, 0);
	const text = JSON.stringify(day);
	for (const number of ['13666666666', '3900000000', SELLER, SUBSCRIBER])
		assert.ok(!text.includes(number.slice(-8)), `${number} is nobody's to see`);

	const { out } = await world.daemon.command('report', id, '--day');
	assert.match(out, /to subscriber:/);
	await refused(world, 'not_found', 'report-day', { id: await unknown(world) });
	await refused(world, 'invalid', 'report-day', { id: "R' OR 1" });
	await refused(world, 'invalid', 'report-day', {});
	const without = await smsc.text('+8613800138009', '有人推销宽带，太烦了');
	await expectState(world, without, 'needs_number');
	await refused(world, 'conflict', 'report-day', { id: without });

	await world.redis.stop();
	await waitFor('the gateway to notice', async () => !(await result(world, 'status')).redis.connected);
	await refused(world, 'unavailable', 'report-day', { id });
	const caller = await result(world, 'caller', { caller: SELLER });
	assert.equal(caller.call_index, 'unavailable');
	assert.equal(caller.reports.by_state.verified, 1);
	assert.equal(caller.days[29].attempts, null);
	assert.equal((await result(world, 'callers')).callers[0].fan_out, null);
	await world.redis.start();
	await waitFor('the index again', async () => (await world.daemon.ask('report-day', { id })).ok);
});

// A well-formed number of a report that is not there.
async function unknown(world) {
	const { reports } = await result(world, 'reports', { limit: 1000 });
	const taken = new Set(reports.map(({ id }) => id));
	for (const check of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
		const id = `R123456${check}`;
		if (!taken.has(id) && (await world.daemon.ask('report', { id })).code === 'not_found') return id;
	}
	throw new Error('no such id');
}

flow('callers, caller, subscriber and statistics tell what is stored', { audited: false }, async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'verified');
	await smsc.text(SUBSCRIBER, 'KTJWPB');
	await waitFor('the shield', async () => (await result(world, 'subscriber', { subscriber: SUBSCRIBER })).calls_blocked);
	const now = Date.now();
	const midnight = dayStart(now);
	const rows = [];
	for (let i = 0; i < 30; i++)
		rows.push(reportRow(70000 + i, { number: '95533', subscriber: `+86138001390${String(i % 10).padStart(2, '0')}`,
			state: i % 2 ? 4 : 3, category: 6, at: midnight - (i % 3) * DAY - 1000 }));
	rows.push(reportRow(80000, { number: '10690001', at: midnight - 8 * DAY }));
	rows.push(reportRow(80001, { number: '', state: 1, at: now - 47.5 * HOUR })
		.replace(',told,', ',told,check_at,').replace(',7,0);', `,7,${now + HOUR},0);`));
	await tamper(world, rows.join(''));
	await countReports(world, 'id>=70000');

	const { callers, complete, next } = await result(world, 'callers');
	assert.equal(complete, true);
	assert.equal(next, null);
	assert.equal(callers[0].number, '95533');
	assert.deepEqual([callers[0].reports, callers[0].verified, callers[0].people, callers[0].people_exact], [30, 15, 10, true]);
	assert.equal(new Date(callers[0].last).getTime(), Math.floor((midnight - 1000) / 1000) * 1000);
	const seller = callers.find(({ fan_out: people }) => people > 50);
	assert.equal(seller.number, '137****5678');
	assert.equal(seller.fan_out, 61);
	assert.equal(callers.length, 2, 'nobody of eight days ago');
	assert.equal((await result(world, 'callers', { days: 30 })).callers.length, 3);
	assert.equal((await pages(world, 'callers', { days: 30, order: 'people', limit: 1 }, 'callers')).length, 3);
	for (const [name, value] of [['days', 0], ['days', 91], ['order', 'x'], ['order', 5], ['cursor', 'x']])
		assert.equal((await refused(world, 'invalid', 'callers', { [name]: value })).field, name);

	const caller = await result(world, 'caller', { caller: seller.number_ref, days: 2 });
	assert.equal(caller.number, '137****5678');
	assert.equal(caller.class, 'mobile');
	assert.equal(caller.confirmed, true);
	assert.deepEqual(caller.reports, { by_state: { verified: 1 }, total: 1, reporters: 1, more: false });
	assert.equal(caller.rewards.count, 1);
	assert.deepEqual([caller.days[1].reports, caller.days[1].verified], [1, 1]);
	assert.equal(caller.days[0].people_called + caller.days[1].people_called, 61);
	assert.equal((await result(world, 'caller', { caller: '13500000001' })).reports.total, 0);
	await refused(world, 'invalid', 'caller', {});

	const subscriber = await result(world, 'subscriber', { subscriber: SUBSCRIBER });
	assert.equal(subscriber.subscriber, SUBSCRIBER);
	assert.equal(subscriber.reports.by_state.verified, 2);
	assert.equal(subscriber.rewards.count, 1);
	assert.ok(subscriber.rules_version >= 1);
	assert.equal(subscriber.wishes.daily_summary, false);
	assert.equal((await result(world, 'subscriber', { subscriber: subscriber.subscriber_ref })).subscriber, '138****8000');

	const statistics = await result(world, 'statistics', { days: 10 });
	assert.equal(statistics.days.length, 10);
	assert.equal(statistics.days.reduce((sum, { received }) => sum + received, 0), 33);
	assert.equal(statistics.days[9].answered_in_time, 1);
	assert.equal(statistics.categories.loan, 30);
	assert.equal(statistics.open.total, 1);
	assert.equal(statistics.open.by_age.find(({ to_h: to }) => to === 48).count, 1);
	assert.equal(statistics.open.due_in_4h, 1);
	assert.ok(statistics.open.oldest_s >= 47.5 * 3600 && statistics.open.oldest_s < 48 * 3600);
	assert.equal((await result(world, 'status')).review_waiting, 0);
	for (const args of [['callers', '--days', '30'], ['caller', SELLER], ['subscriber', SUBSCRIBER], ['statistics'],
		['report', id, '--similar']]) {
		const { code, out, err } = await world.daemon.command(...args);
		assert.equal(code, 0, err);
		assert.ok(args[0] !== 'callers' || !out.includes('~'), 'references are not for tables');
	}
	const counted = await query(world, 'SELECT SUM(n) n FROM day_count WHERE kind<1000');
	assert.equal(counted[0].n, 33);
});

flow('similar reports: of the same number, and in the same words', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	const ids = [];
	for (let i = 0; i < 5; i++)
		ids.push(await smsc.text(`+861380013801${i}`, `${SELLER}打电话给我推销宽带套餐，太烦人了！`));
	const other = await smsc.text('+8613800138019', '13688887777 打电话给我推销宽带套餐，太烦人了！');
	const elsewhere = await smsc.text('+8613800138018', '13688887776推销保险');
	await waitFor('all reports', async () => (await result(world, 'reports')).reports.length === 7);
	const first = await result(world, 'report-similar', { id: ids[0], limit: 3 });
	assert.deepEqual([first.same_number.count, first.same_number.people], [4, 4]);
	assert.equal(first.same_number.reports.length, 3);
	const rest = await result(world, 'report-similar', { id: ids[0], limit: 3, cursor: first.next });
	assert.equal(rest.next, null);
	assert.deepEqual([...first.same_number.reports, ...rest.same_number.reports].map(({ id }) => id),
		ids.slice(1).reverse());
	assert.equal(first.same_words.count, 5);
	assert.ok(first.same_words.reports.some(({ id }) => id === other));
	assert.ok(!JSON.stringify(first).includes(elsewhere));
	const report = await result(world, 'report', { id: ids[0] });
	assert.deepEqual(report.similar, { count: 4, people: 4, more: false });
	await refused(world, 'not_found', 'report-similar', { id: await unknown(world) });
});
