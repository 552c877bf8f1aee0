// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports from the operator's App: the same way as a text, once for each key, whatever crashes.

import assert from 'node:assert/strict';

import { REPORT_ID, SELLER, SUBSCRIBER, expectState, report, soldTo } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

let keys = 0;
const send = (world, args) => world.daemon.ask('report-intake',
	{ idempotency_key: `key-${++keys}`, subscriber: SUBSCRIBER, text: `${SELLER}*推销宽带`, ...args });

async function taken(world, args) {
	const reply = await send(world, args);
	assert.ok(reply.ok, reply.error);
	return reply.result;
}

async function refused(world, code, args) {
	const reply = await send(world, args);
	assert.equal(reply.ok, false, JSON.stringify(args));
	assert.equal(reply.code, code, reply.error);
	return reply;
}

const reports = async (world) => (await world.daemon.ask('reports', { limit: 1000 })).result.reports;

flow('a report from the App is read, verified and answered by SMS like a text', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	await soldTo(world);
	await world.records.complete();
	const answer = await taken(world);
	assert.match(answer.id, REPORT_ID);
	assert.equal(answer.duplicate, false);
	assert.ok(['pending', 'verified'].includes(answer.state));
	await smsc.expect(SUBSCRIBER, new RegExp(answer.id));
	await smsc.expect(SUBSCRIBER, /核实成立/);
	await smsc.expect(SUBSCRIBER, /到账|已发放|MB|流量/);
	const found = await expectState(world, answer.id, 'verified');
	assert.equal(found.category, 'broadband');
	assert.equal(found.text, `${SELLER}*推销宽带`);
	const [message] = found.messages.filter(({ direction }) => direction === 'in');
	assert.equal(message.text, `${SELLER}*推销宽带`, 'the message is stored as one of an SMSC would be');
	const trace = await world.daemon.json('report', answer.id, '--trace');
	assert.match(JSON.stringify(trace), /App \(HTTP interface\)/);
});

flow('App and SMS join each other\'s reports', async (world) => {
	const smsc = await world.smsc().connect();
	const bySms = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, bySms, 'pending');
	assert.deepEqual(await taken(world), { id: bySms, state: 'pending', duplicate: true });
	const byApp = await taken(world, { text: '13688887777推销保险' });
	assert.equal(byApp.duplicate, false);
	const after = smsc.to(SUBSCRIBER).length;
	await smsc.text(SUBSCRIBER, '13688887777推销保险');
	await smsc.expect(SUBSCRIBER, new RegExp(byApp.id), { after });
	assert.equal((await reports(world)).length, 2);
	// Half of it by App, the other half by SMS.
	const half = await taken(world, { subscriber: '+8613800138009', text: '有人推销宽带，太烦了' });
	assert.equal(half.state, 'needs_number');
	await smsc.text('+8613800138009', '13655556666');
	await expectState(world, half.id, 'pending');
	// A keyword is obeyed, and is no report.
	const keyword = await taken(world, { text: 'KTJWPB' });
	assert.equal(keyword.state, null);
	assert.match(keyword.id, REPORT_ID);
	await waitFor('the shield', async () => (await world.daemon.json('subscriber', SUBSCRIBER)).calls_blocked);
	await smsc.expect(SUBSCRIBER, /屏蔽/);
});

flow('a key is answered once and for all, also over a restart', async (world) => {
	await world.smsc().connect();
	const first = await taken(world, { idempotency_key: 'the-key' });
	assert.deepEqual(await taken(world, { idempotency_key: 'the-key' }), first);
	const others = await Promise.all(Array.from({ length: 20 }, () => taken(world, { idempotency_key: 'at-once', text: '13677776666推销贷款' })));
	assert.equal(new Set(others.map((one) => JSON.stringify(one))).size, 1);
	for (const other of [{ text: '13600001111' }, { subscriber: '+8613800138001' }, { received: new Date().toISOString() }])
		await refused(world, 'conflict', { idempotency_key: 'the-key', ...other });
	await world.daemon.kill();
	await world.daemon.start();
	assert.deepEqual(await taken(world, { idempotency_key: 'the-key' }), first);
	await refused(world, 'conflict', { idempotency_key: 'the-key', text: 'another' });
	assert.equal((await reports(world)).length, 2);
	const [{ n }] = await query(world, 'SELECT COUNT(*) n FROM message_in');
	assert.equal(n, 2);
});

flow('a key is forgotten after its time', { audited: false }, async (world) => {
	const first = await taken(world, { idempotency_key: 'old' });
	await tamper(world, 'UPDATE app_request SET expires_ms=5');
	const again = await taken(world, { idempotency_key: 'old' });
	assert.deepEqual([again.id, again.duplicate], [first.id, true], 'it is a text that says the same again');
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM app_request'))[0].n, 1);
});

flow('what is no report of a subscriber is refused by name', async (world) => {
	const bad = [
		['idempotency_key', ''], ['idempotency_key', 'x'.repeat(65)], ['idempotency_key', 'two words'],
		['idempotency_key', 'tab\there'], ['idempotency_key', '钥匙'], ['idempotency_key', 7], ['idempotency_key', null],
		['subscriber', ''], ['subscriber', 'nobody'], ['subscriber', '10086'], ['subscriber', '10690001'], ['subscriber', '~x'],
		['subscriber', 13800138000], ['text', ''], ['text', 7], ['text', '字'.repeat(1001)], ['text', null],
		['received', 'yesterday'], ['received', 5], ['received', '2020-01-01'],
		['received', new Date(Date.now() + 3600e3).toISOString()], ['received', new Date(Date.now() - 13 * 3600e3).toISOString()]];
	for (const [name, value] of bad) {
		const reply = await refused(world, 'invalid', { [name]: value });
		assert.equal(reply.field, name, reply.error);
	}
	assert.equal((await reports(world)).length, 0);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM message_in'))[0].n, 0);
});

flow('texts of every kind are stored as they are', async (world) => {
	const texts = [
		"13712345678'); DROP TABLE report;--", '13712345677"推销"', '13712345676%_\\%推销', '13712345675 😀🈲推销\r\n第二行',
		'13712345674' + '推'.repeat(900), '13712345673\u202e\u0001推销', `13712345672 ${'👨‍👩‍👧'.repeat(60)}`, '１３７１２３４５６７１推销宽带'];
	for (const [i, text] of texts.entries()) {
		const { id, state } = await taken(world, { text, subscriber: `+861380013802${i}` });
		assert.ok(state, text);
		const found = await report(world, id);
		assert.equal(found.text, text);
		assert.equal(found.messages[0].text.replaceAll('\r\n', '\n'), text.replaceAll('\r\n', '\n'));
	}
	assert.equal((await reports(world)).length, texts.length);
	// NUL is no character of JSON texts here: the line is refused, and the connection goes on.
	const reply = await send(world, { text: '13712345678\u0000推销' });
	assert.equal(reply.ok, false);
	const received = new Date(Date.now() - 2 * 3600e3);
	const late = await taken(world, { text: '13711112222推销', received: received.toISOString() });
	assert.equal(new Date((await report(world, late.id)).received).getTime(), Math.floor(received / 1000) * 1000);
});

flow('kill -9 in the midst: what was acknowledged is there, and what is sent again is there once', { timeout: 120000 }, async (world) => {
	const all = Array.from({ length: 120 }, (_, i) => ({
		idempotency_key: `crash-${i}`, subscriber: `+86138001${String(40000 + i)}`, text: `137123${String(10000 + i)}推销宽带` }));
	const answers = new Map();
	for (let round = 0; round < 3; round++) {
		let left = all.length;
		const sent = all.map((args) => send(world, args)
			.then((reply) => {
				if (!reply.ok) return;
				const before = answers.get(args.idempotency_key);
				if (before) assert.deepEqual(reply.result, before, 'the answer of a key never changes');
				answers.set(args.idempotency_key, reply.result);
			})
			.catch(() => {})
			.finally(() => left--));
		await waitFor('some answers', () => left < all.length - 5 * (round + 1));
		await world.daemon.kill();
		await Promise.all(sent);
		await world.daemon.start();
		const there = new Set((await reports(world)).map(({ id }) => id));
		for (const { id } of answers.values()) assert.ok(there.has(id), `${id} was acknowledged`);
	}
	for (const args of all) {
		const before = answers.get(args.idempotency_key);
		const result = await taken(world, args);
		if (before) assert.deepEqual(result, before);
		assert.equal(result.duplicate, false);
	}
	const rows = await reports(world);
	assert.equal(rows.length, all.length);
	const [{ n }] = await query(world, 'SELECT COUNT(*) n FROM message_in');
	assert.equal(n, all.length, 'no message twice');
});

flow('an appeal by other means than a text: once, told by SMS, audited', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.complete();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'rejected');
	const ask = (args) => world.daemon.ask('report-appeal', { id, text: '我确实接到了电话', ...args });
	for (const [name, value] of [['id', 'x'], ['id', 5], ['text', ''], ['text', ' \n'], ['text', '字'.repeat(501)], ['text', null]]) {
		const reply = await ask({ [name]: value });
		assert.deepEqual([reply.ok, reply.code, reply.field], [false, 'invalid', name], reply.error);
	}
	const after = smsc.to(SUBSCRIBER).length;
	const answers = await Promise.all([ask(), ask(), ask()]);
	assert.equal(answers.filter(({ ok }) => ok).length, 1);
	assert.ok(answers.every(({ ok, code }) => ok || code === 'conflict'));
	assert.deepEqual(answers.find(({ ok }) => ok).result, { id, state: 'review' });
	await smsc.expect(SUBSCRIBER, new RegExp(id), { after });
	const found = await report(world, id);
	assert.equal(found.state, 'review');
	assert.ok(found.events.some(({ to, detail }) => to === 'appealed' && detail === '我确实接到了电话'));
	assert.ok(new Date(found.deadline) - Date.now() > 46 * 3600e3, 'a clock of its own');
	const audited = await query(world, "SELECT * FROM audit_log WHERE action='appeal'");
	assert.deepEqual(audited.map(({ object, before, after: now }) => [object, before, now]), [[id, 'rejected', 'review']]);
	const { code, err } = await world.daemon.command('appeal', id, 'again');
	assert.equal(code, 1);
	assert.match(err, /appealed against already/);
	const queue = await world.daemon.json('review');
	assert.equal(queue.reports[0].appealed, true);
	await world.daemon.json('review', 'decide', id, 'rejected', '--reason', 'x', '--as', 'li');
	assert.equal((await ask()).code, 'conflict', 'once');
});

flow('a reference is revealed for a reason, and the audit has who, which and why', async (world) => {
	await taken(world);
	const [row] = await reports(world);
	const ask = (args) => world.daemon.ask('reveal', { ref: row.number_ref, reason: 'the subscriber calls', ...args });
	assert.deepEqual((await ask()).result, { number: `+86${SELLER}` });
	const bad = [['ref', SELLER], ['ref', ''], ['ref', '~x'], ['ref', 5], ['reason', ''], ['reason', 'ab'], ['reason', '   '],
		['reason', 'x'.repeat(201)], ['reason', 'two\nlines'], ['reason', 7], ['reason', null]];
	for (const [name, value] of bad) {
		const reply = await ask({ [name]: value });
		assert.deepEqual([reply.ok, reply.code, reply.field], [false, 'invalid', name], reply.error);
	}
	assert.equal((await ask({ reason: "查号'；%_\"" })).ok, true);
	const { code, out } = await world.daemon.command('reveal', row.subscriber_ref, '--reason', 'a complaint');
	assert.equal(code, 0);
	assert.match(out, /\+8613800138000/);
	const audited = await query(world, "SELECT actor,object,after FROM audit_log WHERE action='reveal' ORDER BY id");
	assert.deepEqual(audited.map(({ object, after }) => [object, after]), [
		[`${row.number_ref.slice(0, 8)}... (137****5678)`, 'the subscriber calls'],
		[`${row.number_ref.slice(0, 8)}... (137****5678)`, "查号'；%_\""],
		[`${row.subscriber_ref.slice(0, 8)}... (138****8000)`, 'a complaint']]);
	assert.match(audited[0].actor, /uid \d+/);
	const everything = JSON.stringify(await query(world, 'SELECT object,before,after FROM audit_log'));
	assert.ok(!everything.includes(SELLER) && !everything.includes('13800138000'));
});
