// SPDX-License-Identifier: AGPL-3.0-or-later
// Keywords by what they do: each sense, each service code, what is only like a keyword, taking back,
// and texts that must not be answered.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { binary, run } from '../lib/process.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER, converse } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const BOTH = /境外来电已屏蔽，境外短信已屏蔽/;
const NONE = /境外来电未屏蔽，境外短信未屏蔽/;
const CALLS = /境外来电已屏蔽，境外短信未屏蔽/;
const TEXTS = /境外来电未屏蔽，境外短信已屏蔽/;
const PEST = '13912345678';

// Killed, after which what was answered does not come again: it is known to have been delivered.
async function killSettled(world) {
	await waitFor('the outbox to be empty', async () =>
		(await query(world, 'SELECT id FROM outbox')).length === 0);
	await world.daemon.kill();
}

// How often a sender was not answered, read when `count` is reached.
const unanswered = (world, count) => waitFor(`${count} texts without an answer`, async () =>
	(await world.daemon.metrics()).texts_unanswered_total >= count);

const rulesOf = async (world, subscriber = SUBSCRIBER) =>
	(await query(world, `SELECT rules FROM block_rule WHERE subscriber='${subscriber}'`))[0]?.rules ?? '';

flow('each sense in Chinese, as a short code and in English', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['帮助', /^举报骚扰推销/], ['BZ', /^举报骚扰推销/], ['help!', /^举报骚扰推销/],
		['CXJB', /没有查到您的举报/], ['查询举报', /没有查到/], ['申诉', /无法受理/], ['ss', /无法受理/],
		['查询屏蔽', NONE], ['ＣＸＰＢ', NONE], ['CXJWLDPB', NONE],
		['开通境外屏蔽', BOTH], ['GBJWPB', NONE], ['屏蔽境外短信', TEXTS], ['Unblock SMS abroad', NONE],
		['block calls abroad', CALLS], ['K T J W D X P B', BOTH], ['取消境外屏蔽', NONE],
		['谢谢啦！', /不客气/], ['Thank you', /不客气/],
		['简单', /简短好懂/], ['普通', /普通短信/],
		['TD', /不再主动给您发短信/],
	]);
});

flow('a receipt number stands with status and appeal, alone, and with the words that need one', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	assert.match(id, REPORT_ID);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	await converse(smsc, [
		[`CXJB ${id}`, new RegExp(`${id}.*正在核实`)], [`查 ${id}`, new RegExp(`${id}.*正在核实`)],
		[id, new RegExp(`${id}.*正在核实`)], [`SS ${id}`, /无法受理/],
		['CXJB', new RegExp(`${id}.*正在核实`)], ['查', /您好/],
	]);
	// Nobody is told of another's report.
	await converse(smsc, [[`CXJB ${id}`, /没有查到/]], { from: '+8613800138009' });
});

flow('one number is blocked and allowed, for calls and texts, and hubs obey', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub('national').connect();
	const passes = async () => (await hub.message(PEST, SUBSCRIBER, 'hello')).command_status === 0;
	assert.ok(await passes());
	await converse(smsc, [[`LH ${PEST}`, new RegExp(`现在：${PEST}的来电已屏蔽，短信已屏蔽`)]]);
	assert.equal(await rulesOf(world), `block call,sms from =+86${PEST}\n`);
	assert.ok(!await passes());
	await converse(smsc, [[`允许${PEST}`, new RegExp(`现在：${PEST}的来电未屏蔽，短信未屏蔽`)]]);
	assert.equal(await rulesOf(world), `allow call,sms from =+86${PEST}\n`);
	assert.ok(await passes());
	// What the answer says to send does what it says.
	await converse(smsc, [[`LH ${PEST}`, /已屏蔽/]]);
	const [, back] = smsc.to(SUBSCRIBER).at(-1).text.match(/允许发(\w+)加号码/);
	await converse(smsc, [[`${back} ${PEST}`, new RegExp(`${PEST}的来电未屏蔽，短信未屏蔽`)]]);
	// As people write numbers; each again states what holds for that number.
	await converse(smsc, [
		['拉黑 一三九-1234-5678', new RegExp(`${PEST}的来电已屏蔽`)],
		['拉黑：010-85321234。', /01085321234的来电已屏蔽|010-?85321234的来电已屏蔽/],
		['block 106900011122', /106900011122的来电已屏蔽/],
		['KTJWPB', BOTH],
		['allow +852 9876 5432', /85298765432的来电未屏蔽，短信未屏蔽/],
	]);
	const abroad = await world.hub('abroad').connect();
	assert.equal((await abroad.message('+85298765432', SUBSCRIBER, 'in')).command_status, 0);
	assert.notEqual((await abroad.message('+85298765433', SUBSCRIBER, 'out')).command_status, 0);
});

flow('a number that cannot be read, several, none, or a protected one change nothing', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['LH', /没认出号码。请发“LH”加一个完整号码/],
		['拉黑 1391234', /没认出号码/],
		[`拉黑 ${PEST} ${SELLER}`, /没认出号码/],
		['YX 123', /请发“YX”加一个完整号码/],
		['拉黑10086', /10086不能拉黑/], ['LH 110', /110不能拉黑/],
		['拉黑10086999', /10086999不能拉黑/], [`拉黑${SUBSCRIBER}`, /13800138000不能拉黑/],
	]);
	assert.equal(await rulesOf(world), '');
	assert.equal((await query(world, 'SELECT id FROM report')).length, 0);
});

flow('what is only like a keyword is asked about, and one short answer does it', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		// One letter wrong, missing, too many, two exchanged; free words; the code among other words.
		['KTJWBP', /您是要屏蔽境外来电和短信吗？是请回1，或发KTJWPB/],
		['CXPB', NONE],
		['KTJWLDP', /您是要屏蔽境外来电吗？是请回1，或发KTJWLDPB/], ['CXPB', NONE],
		['KTJWDXXPB', /您是要屏蔽境外短信吗/], ['CXPB', NONE],
		['麻烦帮我KTJWPB谢谢', /您是要屏蔽境外来电和短信吗/], ['CXPB', NONE],
		['我不想再接国外打来的电话', /您是要屏蔽境外来电吗？/],
		['1', CALLS],
		['1', /您好/], // asked once, answered once
		['请把国外短信也屏蔽了', /您是要屏蔽境外短信吗/], ['是的', BOTH],
		['帮我取消境外的屏蔽吧', /您是要取消屏蔽境外来电和短信吗/],
		['KTJWPB', BOTH], // another text came: the question is no longer open
		['好的', /您好/], ['CXPB', BOTH],
		// Nothing would change: no question.
		['我不想接国外的电话', BOTH],
		// Like several at a time: what holds, and how it is changed.
		['KTJWDPB', BOTH], ['KTJWPB QXJWPB', BOTH], ['QXJWLDPB还是QXJWDXPB？', BOTH],
		['撤消销', /您好|撤销上一次的改动/],
	]);
});

flow('a wish about one number is confirmed by the keyword, and is no report', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		[`帮我拉黑${PEST}`, /要拉黑13912345678吗？是请发LH/],
		[`LHH ${PEST}`, /要拉黑13912345678吗/],
		[`please block ${PEST}`, /要拉黑13912345678吗/],
		[`别拦${PEST}了`, /要放行13912345678吗？是请发YX/],
		[`LH ${PEST}`, /13912345678的来电已屏蔽，短信已屏蔽/],
		[`取消拉黑${PEST}`, /13912345678的来电未屏蔽，短信未屏蔽/],
	]);
	assert.deepEqual(await query(world, 'SELECT id FROM report'), []);
	// With what was offered it is a report, whatever else it asks for.
	await converse(smsc, [[`请拉黑${PEST}，推销宽带的`, /收到您对13912345678的举报/]]);
	assert.equal((await query(world, 'SELECT id FROM report')).length, 1);
});

flow('wanting no more texts is asked about when it is said in words', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['以后不要再给我发短信了，我要退订', /您是要不再收到我们主动发的短信吗/],
		['对', /不再主动给您发短信/],
	]);
	const unsubscribed = async () => (await query(world, 'SELECT unsubscribed_ms FROM subscriber'))[0].unsubscribed_ms;
	assert.ok(await unsubscribed() > 0);
	await converse(smsc, [['撤销', /已撤销退订/]]);
	assert.equal(await unsubscribed(), 0);
});

flow('a question is open for its window, and over a restart', {
	config: { reports: { dialogue_s: 3600 } },
}, async (world) => {
	let smsc = await world.smsc().connect();
	await converse(smsc, [['我不想再接国外打来的电话', /您是要屏蔽境外来电吗/]]);
	await killSettled(world);
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await converse(smsc, [['1', CALLS]]);
});

flow('after its window an answer says nothing', { config: { reports: { dialogue_s: 1 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['我不想再接国外打来的电话', /您是要屏蔽境外来电吗/]]);
	const [{ asked_ms: asked }] = await query(world, 'SELECT asked_ms FROM subscriber');
	await waitFor('the end of the window', () => Date.now() > asked + 1100, { every: 50 });
	await converse(smsc, [['1', /您好/], ['CXPB', NONE]]);
});

flow('of two open questions the later one is answered', async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 5 * 60e3 });
	await world.records.complete();
	await waitFor('the feed', async () => (await world.daemon.metrics()).cdrs_total > 0);
	await converse(smsc, [
		['我要举报打电话推销宽带的', /举报哪个来电/],
		['我不想再接国外打来的电话', /您是要屏蔽境外来电吗/],
		['1', CALLS],
		['1', new RegExp(`${SELLER}`)], // and then the earlier one
	]);
});

flow('the latest change is taken back, after a restart too, and only once', async (world) => {
	let smsc = await world.smsc().connect();
	await converse(smsc, [
		['撤销', /没有可以撤销的操作.*境外来电未屏蔽/],
		['KTJWLDPB', CALLS], ['KTJWPB', BOTH],
		['撤销', /已撤销。现在：境外来电已屏蔽，境外短信未屏蔽/],
		['撤销', /没有可以撤销的操作.*境外来电已屏蔽，境外短信未屏蔽/],
		[`拉黑${PEST}`, /来电已屏蔽/],
	]);
	await killSettled(world);
	await world.daemon.start();
	smsc = await world.smsc().connect();
	await converse(smsc, [
		['UNDO', new RegExp(`已撤销。现在：${PEST}的来电未屏蔽，短信未屏蔽`)],
		['CXPB', CALLS],
		['简单', /简短好懂/], ['CXPB', /^现在：国外和港澳台来电已屏蔽/],
		['撤销', /普通短信/], ['CXPB', CALLS],
	]);
	assert.equal(await rulesOf(world), 'block call from international\n');
	const key = world.key(`rules:{${SUBSCRIBER}}`);
	await waitFor('the rules in Redis', async () =>
		await world.redis.command('GET', key) === 'block call from international\n');
});

flow('a release can be taken back, and words of the table ask for it', async (world) => {
	const smsc = await world.smsc().connect();
	const abroad = await world.hub('abroad').connect();
	const passes = async () => (await abroad.message('+85298765432', SUBSCRIBER, 'hello')).command_status === 0;
	await converse(smsc, [['KTJWPB', BOTH]]);
	assert.ok(!await passes());
	await converse(smsc, [['FX +85298765432', /85298765432/]]);
	assert.match(await rulesOf(world), /allow .*=\+85298765432/);
	assert.ok(await passes());
	await waitFor('what passed', () => smsc.to(SUBSCRIBER).some(({ text }) => text === 'hello'));
	await converse(smsc, [['撤销', /已撤销。现在：.*85298765432的来电已屏蔽，短信已屏蔽/]]);
	assert.equal(await rulesOf(world), 'block call,sms from international\n');
	assert.ok(!await passes());
	await converse(smsc, [['CXLJ', /拦截/], ['ZB', /每日汇总已开通/], ['QXZB', /每日汇总已取消/]]);
});

flow('the daily summary is a change like any other, and takes nothing else back', async (world) => {
	const smsc = await world.smsc().connect();
	const digests = async () => (await query(world, 'SELECT subscriber FROM digest')).length;
	await converse(smsc, [['KTJWPB', BOTH], ['TD', /不再主动给您发短信/], ['ZB', /每日汇总已开通/], ['ZB', /已开通/]]);
	assert.equal(await digests(), 1);
	await converse(smsc, [['撤销', /每日汇总已取消/], ['撤销', /没有可以撤销的操作/]]);
	assert.equal(await digests(), 0);
	const [{ since }] = await query(world, 'SELECT unsubscribed_ms AS since FROM subscriber');
	assert.ok(since > 0, 'no texts, as before it was asked for');
	await converse(smsc, [['ZB', /已开通/], ['QXZB', /已取消/], ['撤销', /已开通/], ['CXPB', BOTH]]);
	assert.equal(await digests(), 1);
});

flow('a change of somebody else is not thrown away with one\'s own', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJWPB', BOTH]]);
	assert.equal((await world.daemon.command('rules', SUBSCRIBER, 'remove', 'block call,sms from international')).code, 0);
	assert.equal((await world.daemon.command('rules', SUBSCRIBER, 'add', 'block sms from international')).code, 0);
	await converse(smsc, [['撤销', /没有可以撤销的操作，或之后又改过。现在：境外来电未屏蔽，境外短信已屏蔽/]]);
});

const TWO_CODES = {
	config: {
		reports: { service_codes: ['10086999', '0000', '00000'] },
		keywords: [
			{ sense: 'shield_on', words: ['KTJWPB'] },
			{ sense: 'shield_off', words: ['QXJWPB'] },
			{ sense: 'shield_state', words: ['CXPB'] },
			{ sense: 'shield_on', scope: 'calls', codes: ['0000'], words: ['QXGJLH', 'KTJWPB', '00000'] },
			{ sense: 'shield_off', scope: 'calls', codes: ['0000'], words: ['KTGJLH', '0000'] },
			{ sense: 'shield_on', scope: 'sms', codes: ['00000'], words: ['GBGJDX'] },
			{ sense: 'shield_state', codes: ['0000', '00000'], words: ['*'] },
		],
	},
};
flow('on another service code the same word has another sense, and answers come from that code', TWO_CODES, async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJWPB', BOTH], ['QXJWPB', NONE], ['QXGJLH', /您好/]]);
	await converse(smsc, [
		['QXGJLH', CALLS], ['KTGJLH', NONE], ['KTJWPB', CALLS], ['0000', NONE], ['00000', CALLS],
		['GBGJDX', CALLS], // of the other code
		['QXJWPB', NONE], // of all codes
		['随便说点什么', NONE], [`${SELLER}*推销宽带`, NONE],
	], { to: '0000' });
	assert.ok(smsc.to(SUBSCRIBER).slice(3).every(({ from }) => from === '0000'));
	await converse(smsc, [['GBGJDX', TEXTS], ['KTGJLH', TEXTS]], { to: '00000' });
	assert.equal((await query(world, 'SELECT id FROM report')).length, 0);
	await converse(smsc, [[`${SELLER}*推销宽带`, REPORT_ID]]);
});

flow('policy people see by which keyword a text is read, with their own table', TWO_CODES, async (world) => {
	const file = path.join(world.folder, 'texts.jsonl');
	const texts = ['KTJWPB', 'QXJWPB', '随便', 'QXJWBP'];
	fs.writeFileSync(file, texts.map((text) => JSON.stringify({ text, received: '2026-01-02T10:00:00+08:00' })).join('\n'));
	const read = async (...options) => {
		const { code, out, err } = await run(binary('mianrao'), ['--json', 'parse', '--explain', ...options, file]);
		assert.equal(code, 0, err);
		return out.trim().split('\n').map((line) => JSON.parse(line).keyword);
	};
	assert.deepEqual(await read('--config', world.daemon.file, '--to', '0000'), [
		{ is: 'shield_on', scope: 'call' }, { is: 'shield_off', scope: 'both' },
		{ is: 'shield_state', scope: 'both' }, { near: 'shield_off', scope: 'both' },
	]);
	assert.deepEqual(await read(), [
		{ is: 'shield_on', scope: 'both' }, { is: 'shield_off', scope: 'both' },
		null, { near: 'shield_off', scope: 'both' },
	]);
	assert.equal((await run(binary('mianrao'), ['parse', '--config', '/nowhere', file])).code, 1);
});

flow('small talk is answered some times a day, then only counted', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['你好', /您好/], ['谢谢', /不客气/], ['。。。', /没有文字/]]);
	for (const text of ['你好啊', '谢谢', '！！', '在吗']) await smsc.text(SUBSCRIBER, text);
	await unanswered(world, 4);
	await converse(smsc, [['CXPB', NONE]]);
	assert.equal(smsc.to(SUBSCRIBER).length, 4);
	const [row] = await query(world, 'SELECT chat_answered, chat_unanswered FROM subscriber');
	assert.deepEqual([row.chat_answered, row.chat_unanswered], [3, 4]);
	// Others are not concerned.
	await converse(smsc, [['你好', /您好/]], { from: '+8613800138001' });
});

flow('machines, ports, short codes and names are not answered', async (world) => {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, '【自动回复】您好，我正在开会，稍后联系您。');
	await smsc.text(SUBSCRIBER, 'Out of office: I am back on Monday.');
	for (const from of ['10690001234', '95533', 'PRIZES'])
		await smsc.text(from, '您好，感谢您的来信。');
	await unanswered(world, 5);
	await converse(smsc, [['CXPB', NONE]]);
	assert.equal(smsc.messages.length, 1);
	await waitFor('the outbox to be empty', async () =>
		(await query(world, 'SELECT id FROM outbox')).length === 0);
	assert.equal(smsc.messages.length, 1);
});
