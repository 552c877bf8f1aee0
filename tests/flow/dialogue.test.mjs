// SPDX-License-Identifier: AGPL-3.0-or-later
// The conversation round a report: which caller is meant, and what a short answer says.

import assert from 'node:assert/strict';

import { sameDay } from '../lib/day.mjs';
import { freePort } from '../lib/process.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, masked, report, soldTo } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const MINUTE = 60e3;
const DAY = 86400e3;
const VAGUE = '我要举报打电话推销宽带的';
const LIST = /举报哪个来电/;
const PLAIN = /请回复要举报的完整号码/;

const short = (number) => number.replace(/^(\d{3})\d+(\d{4})$/, '$1*$2');
// The numbers of a list as they are shown, in its order.
const shown = (message) => [...message.text.matchAll(/^\d\)(\S+)/gm)].map(([, number]) => number);
const ago = (minutes) => ({ start: Date.now() - minutes * MINUTE });

// SELLER called five minutes ago, another an hour ago, if that is the same day; both have a wide fan-out.
const OTHER = '13987654321';
async function twoCallers(world) {
	await soldTo(world);
	const start = await soldTo(world, SUBSCRIBER, OTHER, { start: sameDay(Date.now() - 5 * MINUTE, 55 * MINUTE) });
	await world.records.complete();
	await fed(world);
	return start;
}

async function asked(world, smsc, text = VAGUE) {
	const id = await smsc.text(SUBSCRIBER, text);
	const question = await smsc.expect(SUBSCRIBER, LIST);
	assert.equal((await report(world, id)).state, 'needs_number');
	return { id, question };
}

flow('a report without a number is answered with the callers, newest first, and a digit completes it', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const called = await twoCallers(world);
	const { id, question } = await asked(world, smsc);
	assert.deepEqual(shown(question), [short(SELLER), short(OTHER)]);
	assert.match(question.text, /^1\)137\*5678 (今天|昨天)\d{1,2}:\d\d$/m);
	assert.ok(!question.text.includes(SELLER), 'not the whole number');
	await smsc.text(SUBSCRIBER, '2');
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
	const found = await expectState(world, id, 'verified');
	assert.equal(found.number, masked(OTHER));
	const [{ start }] = await query(world, 'SELECT call_start_ms AS start FROM report');
	assert.equal(start, Math.floor(called / 1000) * 1000, 'the call that was shown');
	await smsc.expect(SUBSCRIBER, /核实成立/);
	assert.equal((await query(world, 'SELECT id FROM report')).length, 1);
});

flow('nobody reports themselves, whatever place their own number has in the text', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const own = SUBSCRIBER.replace('+86', '');
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, `我${own}，被${OTHER}骚扰`);
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
	assert.equal((await expectState(world, id, 'verified')).number, masked(OTHER));
	const after = smsc.to(SUBSCRIBER).length;
	await smsc.text(SUBSCRIBER, `${own}推销保险`);
	await smsc.expect(SUBSCRIBER, LIST, { after });
});

const ways = ['２', '②', '二', '第2个', '选2', '2，推销宽带的'];
flow(`a place in the list may be written in many ways: ${ways.join(' ')}`, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	for (const way of ways) {
		smsc.forget();
		const { id } = await asked(world, smsc);
		await smsc.text(SUBSCRIBER, way);
		await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
		assert.equal((await report(world, id)).number, masked(OTHER));
	}
});

flow('a place that is not in the list is explained, and the question stays open', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, '7');
	await smsc.expect(SUBSCRIBER, /没有这个序号.*1-2/);
	assert.equal((await report(world, id)).state, 'needs_number');
	await smsc.text(SUBSCRIBER, '1');
	await smsc.expect(SUBSCRIBER, new RegExp(`${SELLER}.*${id}`));
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => LIST.test(text)).length, 1, 'asked once');
});

flow('a number completes the report as before, list or not', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, `${OTHER}`);
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
	await expectState(world, id, 'verified');
});

flow('what is unrelated is treated as what it is', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, 'CXPB');
	await smsc.expect(SUBSCRIBER, /境外来电/);
	await smsc.text(SUBSCRIBER, '帮助');
	await smsc.expect(SUBSCRIBER, /举报骚扰推销/);
	assert.equal((await report(world, id)).state, 'needs_number');
});

flow('more words without a number belong to the same report, and nothing is asked again', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc, '我要举报推销电话');
	await smsc.text(SUBSCRIBER, '就是打电话推销宽带的');
	await smsc.expect(SUBSCRIBER, new RegExp(`${id}.*等您补充来电号码`));
	await smsc.text(SUBSCRIBER, '1');
	const found = await expectState(world, id, 'verified');
	assert.equal(found.category, 'broadband');
	assert.equal((await query(world, 'SELECT id FROM report')).length, 1);
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => LIST.test(text)).length, 1);
});

flow('nobody is shown another person\'s calls', async (world) => {
	const smsc = await world.smsc().connect();
	// Of the same bucket in Redis, and of the same last two digits in another one.
	await soldTo(world, '+8613800138001', '13611110001');
	await soldTo(world, '+8613800139000', '13611110002');
	await soldTo(world);
	await world.records.complete();
	await fed(world);
	const { question } = await asked(world, smsc);
	assert.deepEqual(shown(question), [short(SELLER)]);
	await smsc.text('+8613800138002', VAGUE);
	await smsc.expect('+8613800138002', PLAIN);
	assert.equal((await query(world, "SELECT choices FROM question WHERE subscriber='+8613800138002'"))[0].choices, '');
	// And a digit of somebody else's answers nobody's question.
	await smsc.text('+8613800138001', '1');
	await smsc.expect('+8613800138001', /您好/);
	assert.equal((await query(world, "SELECT id FROM report WHERE number<>''")).length, 0);
});

flow('official numbers, partners, protected numbers, acquaintances, withheld and old calls are left out', {
	config: { reports: { partners: ['4001234567'], list_days: 2 }, blocking: { protected_numbers: ['12110'] } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	for (const caller of ['10085', '10086', '4001234567', '12110', 'anonymous', '13611110001', '13611110002'])
		await world.records.call(caller, SUBSCRIBER, ago(10));
	await world.records.call('13611110003', SUBSCRIBER, { start: Date.now() - 4 * DAY });
	await world.records.call(SUBSCRIBER, '13611110001', ago(26 * 60)); // a friend, called yesterday
	await world.records.call('95533', SUBSCRIBER, ago(20));
	await fed(world);
	const { question } = await asked(world, smsc);
	assert.deepEqual(shown(question), [short('13611110002'), '95533']);
});

flow('a time in the report picks the callers of that time', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await soldTo(world, SUBSCRIBER, OTHER, { start: Date.now() - 2 * DAY });
	await fed(world);
	const { id, question } = await asked(world, smsc, '前天有人打电话推销宽带');
	assert.deepEqual(shown(question), [short(OTHER)]);
	await smsc.text(SUBSCRIBER, '是的');
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
});

flow('the list is as long as the policy says', { config: { reports: { list_max: 3 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	for (let i = 1; i <= 6; i++) await world.records.call(`1361111000${i}`, SUBSCRIBER, ago(i));
	await fed(world);
	const { question } = await asked(world, smsc);
	assert.deepEqual(shown(question), ['136*0001', '136*0002', '136*0003']);
	assert.ok(question.parts <= 2, `${question.parts} parts`);
});

flow('an SMS is not among the calls: its number is asked for plainly', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	await smsc.text(SUBSCRIBER, '我要举报垃圾短信');
	await smsc.expect(SUBSCRIBER, PLAIN);
});

flow('the question outlives a restart', async (world) => {
	let smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await world.daemon.kill();
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '2');
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
	await expectState(world, id, 'verified');
});

flow('another gateway of the same store goes on with the conversation', async (world) => {
	let smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id, question } = await asked(world, smsc);
	assert.deepEqual(shown(question), [short(SELLER), short(OTHER)]);
	await world.daemon.kill();
	// Its own name, ports and socket; nothing but the store and Redis are the first one's.
	const config = structuredClone(world.daemon.config);
	config.instance = 'second';
	config.control_socket = `${world.folder}/second.sock`;
	config.smpp.listeners[0].port = await freePort();
	config.http.port = await freePort();
	world.daemon.write(config);
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '2');
	await smsc.expect(SUBSCRIBER, new RegExp(`${OTHER}.*${id}`));
	assert.equal((await expectState(world, id, 'verified')).number, masked(OTHER));
	assert.ok(!smsc.to(SUBSCRIBER).some(({ text }) => LIST.test(text)), 'nothing is asked again');
});

flow('a question that was due when the gateway ended is asked after the start', async (world) => {
	let smsc = await world.smsc().connect();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await world.daemon.kill();
	// As the crash would leave it that comes between the report and its question.
	await tamper(world, 'UPDATE question SET asked=0,asked_ms=NULL,choices=\'\',due_ms=(SELECT received_ms+5000 FROM report)');
	await world.daemon.start();
	smsc = await world.smsc().connect();
	const question = await smsc.expect(SUBSCRIBER, LIST);
	assert.deepEqual(shown(question), [short(SELLER), short(OTHER)]);
	await smsc.text(SUBSCRIBER, '1');
	await smsc.expect(SUBSCRIBER, new RegExp(`${SELLER}.*${id}`));
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => LIST.test(text)).length, 1);
});

flow('while Redis is away the number is asked for plainly', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	await world.redis.stop();
	const id = await smsc.text(SUBSCRIBER, VAGUE);
	await smsc.expect(SUBSCRIBER, PLAIN);
	assert.equal((await report(world, id)).state, 'needs_number');
	await smsc.text(SUBSCRIBER, '1');
	await smsc.expect(SUBSCRIBER, /您好/); // there is no list
	await smsc.text(SUBSCRIBER, SELLER);
	await smsc.expect(SUBSCRIBER, new RegExp(`${SELLER}.*${id}`));
});

flow('and while Redis does not answer', { config: { redis: { timeout_ms: 300 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	world.redis.child.kill('SIGSTOP');
	try {
		await smsc.text(SUBSCRIBER, VAGUE);
		await smsc.expect(SUBSCRIBER, PLAIN);
	} finally {
		world.redis.child.kill('SIGCONT');
	}
});

flow('a late answer is no answer', { config: { reports: { dialogue_s: 1 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, VAGUE);
	await smsc.expect(SUBSCRIBER, LIST);
	await smsc.expect(SUBSCRIBER, /没有收到要举报的号码/);
	await smsc.text(SUBSCRIBER, '1');
	await smsc.expect(SUBSCRIBER, /您好/);
	assert.equal((await report(world, id)).state, 'unproved');
	await waitFor('no open question', async () =>
		(await query(world, 'SELECT 1 AS due FROM question WHERE due_ms IS NOT NULL')).length === 0);
});

// A report of a number that is one digit off, rejected; with the question.
const MEANT = '13712345679';
async function missed(world, smsc, meant = MEANT) {
	await soldTo(world, SUBSCRIBER, meant);
	await fed(world);
	const stop = world.records.alive();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const verdict = await smsc.expect(SUBSCRIBER, /未成立/);
	stop();
	assert.match(verdict.text, new RegExp(`是否${meant}？`));
	assert.equal((await report(world, id)).state, 'rejected');
	return id;
}

for (const yes of ['是', '对的', 'Y', '1', MEANT, `${MEANT} 推销宽带`])
	flow(`a near miss is corrected by: ${yes}`, async (world) => {
		const smsc = await world.smsc().connect();
		const id = await missed(world, smsc);
		await world.records.complete();
		await smsc.text(SUBSCRIBER, yes);
		await smsc.expect(SUBSCRIBER, new RegExp(`${MEANT}.*${id}`));
		const found = await expectState(world, id, 'verified');
		await smsc.expect(SUBSCRIBER, new RegExp(`${MEANT}.*核实成立`));
		assert.deepEqual(found.events.map(({ to }) => to), ['pending', 'rejected', 'pending', 'verified']);
		assert.equal(String(found.events[2].reasons), 'number_corrected');
		assert.equal(found.chain, 'intact');
		assert.equal((await query(world, 'SELECT id FROM report')).length, 1, 'the same report');
		await world.daemon.expectMetric('reports_open', 0);
		// Once: the same answer again says nothing any more.
		const after = smsc.to(SUBSCRIBER).length;
		await smsc.text(SUBSCRIBER, '是');
		await smsc.expect(SUBSCRIBER, /您好/, { after });
	});

flow('a near miss may be declined, appealed or left alone; another number is another report', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await missed(world, smsc);
	await smsc.text(SUBSCRIBER, '不是');
	await smsc.expect(SUBSCRIBER, /您好/);
	await smsc.text(SUBSCRIBER, `${OTHER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对${OTHER}`));
	assert.equal((await report(world, id)).state, 'rejected');
	assert.equal((await query(world, 'SELECT id FROM report')).length, 2);
});

flow('a near miss is asked about only while questions are left', { config: { reports: { questions: 1 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world, SUBSCRIBER, MEANT);
	await fed(world);
	const stop = world.records.alive();
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, SELLER);
	const verdict = await smsc.expect(SUBSCRIBER, /未成立/);
	stop();
	assert.ok(!verdict.text.includes(MEANT), verdict.text);
	await smsc.text(SUBSCRIBER, '是');
	await smsc.expect(SUBSCRIBER, /您好/);
	assert.equal((await report(world, id)).state, 'rejected');
});

flow('a near miss that was reported already joins that report', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world, SUBSCRIBER, MEANT);
	await world.records.complete();
	await fed(world);
	const first = await smsc.text(SUBSCRIBER, `${MEANT}*推销宽带`);
	await expectState(world, first, 'verified');
	const id = await missed(world, smsc);
	await smsc.text(SUBSCRIBER, '是');
	await smsc.expect(SUBSCRIBER, new RegExp(`${first}.*已核实成立`));
	assert.equal((await report(world, id)).state, 'rejected');
});

flow('the question about a near miss outlives a restart, and ends with its window', { config: { reports: { dialogue_s: 4 } } }, async (world) => {
	let smsc = await world.smsc().connect();
	const id = await missed(world, smsc);
	await world.daemon.kill();
	await world.daemon.start();
	smsc = await world.smsc().connect();
	const [{ asked_ms: since }] = await query(world, 'SELECT asked_ms FROM question');
	await waitFor('the end of the window', () => Date.now() > since + 4100, { every: 100 });
	await smsc.text(SUBSCRIBER, '是');
	await smsc.expect(SUBSCRIBER, /您好/);
	assert.equal((await report(world, id)).state, 'rejected');
});

flow('a number, and in the next text what was sold, are one report', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, SELLER);
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对${SELLER}.*${id}`));
	assert.equal((await report(world, id)).state, 'pending');
	await smsc.text(SUBSCRIBER, '打电话推销宽带的');
	await smsc.expect(SUBSCRIBER, new RegExp(`已补充到您对${SELLER}的举报，编号${id}`));
	const found = await expectState(world, id, 'verified');
	assert.equal(found.category, 'broadband');
	const [{ text, n }] = await query(world, 'SELECT text,COUNT(*) AS n FROM report');
	assert.equal(n, 1);
	assert.match(text, /推销宽带/);
	assert.equal((await query(world, 'SELECT id FROM message_in WHERE report_id IS NOT NULL')).length, 2);
	assert.ok(!smsc.to(SUBSCRIBER).some((message) => LIST.test(message.text)), 'nothing is asked');
});

flow('a number alone is looked at when no words come', { config: { reports: { join_s: 2 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, SELLER);
	const found = await expectState(world, id, 'review');
	const [{ waited }] = await query(world, 'SELECT at_ms-received_ms AS waited FROM report_event,report WHERE seq=2');
	assert.ok(waited >= 2000, `looked at after ${waited} ms`);
	assert.match(String(found.reasons), /call_found/);
	// Later words are a report of their own.
	await smsc.text(SUBSCRIBER, '打电话推销宽带的');
	await smsc.expect(SUBSCRIBER, LIST);
});

flow('another complaint, a keyword and small talk join nothing', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, SELLER);
	await smsc.text(SUBSCRIBER, '谢谢');
	await smsc.expect(SUBSCRIBER, /不客气/);
	await smsc.text(SUBSCRIBER, '你们好');
	await smsc.expect(SUBSCRIBER, /您好/);
	await smsc.text(SUBSCRIBER, 'CXJB');
	await smsc.expect(SUBSCRIBER, new RegExp(`${id}.*正在核实`));
	await smsc.text(SUBSCRIBER, '还有一个打电话推销保险的');
	await smsc.expect(SUBSCRIBER, LIST);
	assert.equal((await query(world, 'SELECT id FROM report')).length, 2);
});

flow('words that were no report, and in the next text a number, are one report', async (world) => {
	let smsc = await world.smsc().connect();
	await twoCallers(world);
	await smsc.text(SUBSCRIBER, '宽带优惠');
	await smsc.expect(SUBSCRIBER, /您好/);
	await world.daemon.kill();
	await world.daemon.start();
	smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, SELLER);
	const found = await expectState(world, id, 'verified');
	assert.equal(found.category, 'broadband');
	const [{ text, n }] = await query(world, 'SELECT text,COUNT(*) AS n FROM report');
	assert.equal(n, 1);
	assert.equal(text, `宽带优惠\n${SELLER}`);
	assert.equal((await query(world, 'SELECT text FROM words')).length, 0, 'used once');
});

flow('old words and small talk join no number', { config: { reports: { dialogue_s: 1, join_s: 1 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	await smsc.text(SUBSCRIBER, '宽带优惠');
	await smsc.expect(SUBSCRIBER, /您好/);
	const [{ at_ms: since }] = await query(world, 'SELECT at_ms FROM words');
	await waitFor('the end of the window', () => Date.now() > since + 1100, { every: 50 });
	const id = await smsc.text(SUBSCRIBER, SELLER);
	assert.equal((await expectState(world, id, 'review')).category, 'unknown');
	await smsc.text(SUBSCRIBER, '谢谢');
	const other = await smsc.text(SUBSCRIBER, OTHER);
	assert.equal((await expectState(world, other, 'review')).category, 'unknown');
});

// ---- one of two numbers ----

const STRANGER = '13612340000';

flow('of two numbers the one that called is taken, without a question', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, `${STRANGER}或者${SELLER}打电话推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对${SELLER}.*${id}`));
	const found = await expectState(world, id, 'verified');
	assert.equal(found.number, masked(SELLER));
	assert.ok(!smsc.to(SUBSCRIBER).some(({ text }) => LIST.test(text)), 'nothing is asked');
	assert.equal((await query(world, 'SELECT id FROM report')).length, 1);
	assert.deepEqual((await query(world, 'SELECT reasons FROM report_event WHERE seq=2')).map(({ reasons }) => reasons),
		['number_chosen']);
});

flow('when both called, or none, a digit tells which', async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const both = await asked(world, smsc, `${OTHER}或者${SELLER}打电话推销宽带`);
	assert.deepEqual(shown(both.question), [short(SELLER), short(OTHER)]);
	await smsc.text(SUBSCRIBER, '2');
	assert.equal((await expectState(world, both.id, 'verified')).number, masked(OTHER));
	smsc.forget();
	const none = await asked(world, smsc, `${STRANGER}还是13612349999打电话推销宽带`);
	assert.deepEqual(shown(none.question), [STRANGER, '13612349999'], 'whole, as they were written');
	await smsc.text(SUBSCRIBER, '2');
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对13612349999.*${none.id}`));
	assert.equal((await expectState(world, none.id, 'rejected')).number, masked('13612349999'));
});

flow('while Redis is away it is asked which, and a restart does not lose the question', async (world) => {
	let smsc = await world.smsc().connect();
	await twoCallers(world);
	await world.redis.stop();
	const id = await smsc.text(SUBSCRIBER, `${STRANGER}或者${SELLER}打电话推销宽带`);
	await smsc.expect(SUBSCRIBER, LIST);
	await world.daemon.kill();
	await world.redis.start();
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '2');
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对${SELLER}.*${id}`));
});

flow('with join_s 0 every text stands for itself', { config: { reports: { join_s: 0 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	const id = await smsc.text(SUBSCRIBER, SELLER);
	await expectState(world, id, 'review');
});

// "21:05", `hours` from now, in +08:00.
const clock = (hours) => new Date(Date.now() + (8 + hours) * 3600e3).toISOString().slice(11, 16);

flow('in quiet hours verdict and credit wait; the receipt, questions and answers do not', {
	config: { reports: { quiet_hours: `${clock(-1)}-${clock(1)}` } },
}, async (world) => {
	let smsc = await world.smsc().connect();
	await world.rewards.start();
	await twoCallers(world);
	const { id } = await asked(world, smsc);
	await smsc.text(SUBSCRIBER, '1');
	await smsc.expect(SUBSCRIBER, new RegExp(`收到您对${SELLER}.*${id}`));
	await expectState(world, id, 'verified');
	await waitFor('verdict and credit to be held', async () =>
		(await query(world, 'SELECT id FROM held')).length === 2, { every: 50 });
	await smsc.text(SUBSCRIBER, 'CXJB');
	await smsc.expect(SUBSCRIBER, new RegExp(`${id}.*已核实成立`));
	assert.ok(!smsc.to(SUBSCRIBER).some(({ text }) => /奖励正在办理|已到账/.test(text)), 'nothing was sent');
	assert.equal((await world.daemon.json('audit')).balanced, true, 'who will be told is not untold');
	await world.daemon.kill();
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await tamper(world, 'UPDATE held SET due_ms=1'); // the morning
	await smsc.expect(SUBSCRIBER, /已到账/);
	const texts = smsc.to(SUBSCRIBER).map(({ text }) => text);
	assert.match(texts[0], /核实成立/);
	assert.match(texts[1], /已到账/);
	assert.equal(texts.length, 2);
	assert.equal((await query(world, 'SELECT id FROM held')).length, 0);
	await waitFor('the report to be told', async () =>
		(await query(world, 'SELECT told FROM report'))[0].told === 7, { every: 50 });
});

flow('outside of them nothing waits', { config: { reports: { quiet_hours: `${clock(2)}-${clock(4)}` } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await twoCallers(world);
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
});
