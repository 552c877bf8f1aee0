// SPDX-License-Identifier: AGPL-3.0-or-later
// What subscribers let through or block by place and time: countries, hours, trips; what holds after
// each text, what is asked about, and what ends by itself.

import assert from 'node:assert/strict';

import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const JAPAN = '+81312345678';
const BRITAIN = '+442079460111';
const HONG_KONG = '+85298765432';
const DAY = 86400e3;

// The day in +08:00, so many days from today: its beginning, and as it is written.
function day(ahead) {
	const at = Math.floor((Date.now() + 8 * 3600e3) / DAY) * DAY + ahead * DAY;
	const date = new Date(at);
	const [year, month, mday] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
	return { iso: `${date.toISOString().slice(0, 10)}T00:00+08:00`, at: `${date.toISOString().slice(0, 10)}T00:00:00+08:00`, dot: `${month}.${mday}`, slash: `${month}/${mday}`,
		zh: `${month}月${mday}日`, whole: `${year}-${month}-${mday}` };
}

async function converse(smsc, turns) {
	for (const [text, match] of turns) {
		const after = smsc.to(SUBSCRIBER).length;
		await smsc.text(SUBSCRIBER, text);
		const answer = await smsc.expect(SUBSCRIBER, /./, { after });
		assert.match(answer.text, match, text);
		assert.ok(answer.text.length <= 70 && answer.parts === 1, `${text}: ${answer.text}`);
	}
}

const rulesOf = async (world) =>
	(await query(world, `SELECT rules FROM block_rule WHERE subscriber='${SUBSCRIBER}'`))[0]?.rules ?? '';

async function verdict(world, caller, ...more) {
	return (await world.daemon.json('screen', caller, SUBSCRIBER, ...more)).verdict;
}

flow('places are let through and blocked by name, calls and SMS apart, and each answer says what holds', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['KTJWPB', /境外来电已屏蔽，境外短信已屏蔽/],
		['允许日本', /^现在：日本的来电未屏蔽，短信未屏蔽。/],
		['屏蔽港澳台短信', /^现在：港澳台的来电已屏蔽，短信已屏蔽。/],
		['港澳台放行', /^现在：港澳台的来电未屏蔽，短信未屏蔽。/],
		['拦截香港', /^现在：香港的来电已屏蔽，短信已屏蔽。/],
		['block SMS from Japan', /^现在：日本的来电未屏蔽，短信已屏蔽。/],
		['CXPB', /^现在：境外来电已屏蔽，境外短信已屏蔽。另有：日本来电放行；港澳台放行；香港屏蔽；日本短信屏蔽。$/],
	]);
	assert.equal(await rulesOf(world), 'block call,sms from international\nallow call from +81\n'
		+ 'allow call,sms from hmt\nblock call,sms from +852\nblock sms from +81\n');
	assert.equal(await verdict(world, JAPAN), 'allow');
	assert.equal(await verdict(world, JAPAN, '--sms'), 'deny');
	assert.equal(await verdict(world, HONG_KONG), 'deny');
	assert.equal(await verdict(world, '+85366123456'), 'allow');
	await converse(smsc, [
		['撤销', /^已撤销。现在：境外来电已屏蔽/],
		['删除香港', /^现在：香港的来电未屏蔽，短信未屏蔽。/],
		['删除港澳台', /^现在：港澳台的来电已屏蔽，短信已屏蔽。/],
		['remove Japan', /^现在：日本的来电已屏蔽，短信已屏蔽。/],
		['CXPB', /（含港澳台）/],
	]);
	assert.equal(await rulesOf(world), 'block call,sms from international\n');
});

flow('two hours open: all from abroad, until then, and what ends is gone from the rules', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const passes = async (from) => (await hub.message(from, SUBSCRIBER, 'hello')).command_status === 0;
	await converse(smsc, [
		['KTJWPB', /已屏蔽/], ['屏蔽港澳台', /^现在：港澳台的来电已屏蔽/],
	]);
	assert.ok(!(await passes(BRITAIN)));
	await converse(smsc, [
		['开放2小时', /^境外的来电和短信现在至(今天|明天)\d+:\d\d放行，过后恢复为：境外来电已屏蔽，短信已屏蔽。/],
	]);
	assert.ok(await passes(BRITAIN));
	assert.ok(await passes(HONG_KONG), 'Hong Kong, blocked by itself, is abroad too');
	const soon = new Date(Date.now() + 3 * 3600e3).toISOString();
	assert.equal(await verdict(world, BRITAIN, '--at', soon), 'deny');
	await converse(smsc, [
		['境外来电开放1小时', /^境外的来电现在至.*放行/], // two hours hold already
		['CXPB', /另有：境外放行至(今天|明天)\d+:\d\d；港澳台放行至.*。/],
		['撤销', /没有可以撤销的|已撤销/],
		['开放2小时', /放行/],
		['结束行程', /^临时放行已结束。现在：境外来电已屏蔽，境外短信已屏蔽/],
		['结束行程', /^现在：境外来电已屏蔽，境外短信已屏蔽。另有：港澳台屏蔽。/],
	]);
	assert.ok(!(await passes(BRITAIN)));
	// What is over is told no more, and goes with the next change.
	const { code, err } = await world.daemon.command('rules', SUBSCRIBER, 'add',
		`allow sms from international until ${new Date(Date.now() + 1500).toISOString()}`);
	assert.equal(code, 0, err);
	assert.ok(await passes(BRITAIN));
	await waitFor('the end', async () => !(await passes(BRITAIN)));
	await converse(smsc, [['CXPB', /另有：港澳台屏蔽。$/], ['允许日本', /未屏蔽/]]);
	assert.equal(await rulesOf(world), 'block call,sms from international\nblock call,sms from hmt\nallow call,sms from +81\n');
});

flow('a trip has a beginning and an end, and can be ended early or taken back', async (world) => {
	const smsc = await world.smsc().connect();
	const [from, last, end] = [day(5), day(9), day(10)];
	const trip = `allow call,sms from international since ${from.iso} until ${end.iso}\n`;
	const shield = 'block call,sms from international\n';
	const told = new RegExp(`^境外的来电和短信${from.zh}至${last.zh}放行，过后恢复为：境外来电已屏蔽，短信已屏蔽。`);
	await converse(smsc, [['KTJWPB', /已屏蔽/], [`出国 ${from.dot}-${last.dot}`, told]]);
	assert.equal(await rulesOf(world), shield + trip);
	assert.equal(await verdict(world, BRITAIN), 'deny');
	assert.equal(await verdict(world, BRITAIN, '--at', from.at), 'allow');
	assert.equal(await verdict(world, BRITAIN, '--at', end.at), 'deny');
	await converse(smsc, [
		['CXPB', new RegExp(`另有：境外放行${from.zh}至${last.zh}。$`)],
		['取消行程', /^临时放行已结束/],
		['撤销', /已撤销/],
	]);
	assert.equal(await rulesOf(world), shield + trip);
	await converse(smsc, [
		['撤销', /没有可以撤销/], ['取消行程', /已结束/],
		[`trip ${from.slash}-${last.slash} Japan`, new RegExp(`^日本的来电和短信${from.zh}至${last.zh}放行`)],
		[`${from.zh}到${last.zh}行程韩国`, /^韩国的来电和短信/],
		['CXPB', /另有：(日本|韩国)放行.*；(日本|韩国)放行.*。$/],
	]);
	assert.equal(await verdict(world, JAPAN, '--at', from.at), 'allow');
	assert.equal(await verdict(world, BRITAIN, '--at', from.at), 'deny');
});

flow('what is only like such a text is asked about, and done when that is confirmed', async (world) => {
	const smsc = await world.smsc().connect();
	const [from, last, end] = [day(1), day(3), day(4)];
	await converse(smsc, [
		['我明天去香港三天', new RegExp(`^您是要${from.zh}至${last.zh}放行香港的来电和短信吗？是请回1。还没有改动`)],
	]);
	assert.equal(await rulesOf(world), '');
	await world.daemon.kill();
	await world.daemon.start();
	const again = await smsc.reconnect?.() ?? await world.smsc().connect();
	await converse(again, [['1', new RegExp(`^香港的来电和短信${from.zh}至${last.zh}放行`)]]);
	assert.equal(await rulesOf(world), `allow call,sms from +852 since ${from.iso} until ${end.iso}\n`);
	await converse(again, [
		['1', /./], // no question is open
		['我回国了', /^您是要结束行程和临时放行吗？是请回1。/], ['是', /^临时放行已结束/],
		['我回国了', /^现在：境外来电未屏蔽/],
		['可以放行日本来电吗', /^您是要放行日本的来电吗/], ['谢谢', /不客气/], ['1', /./],
		['出国', /^请把起止日期一起发来/], ['出国 2.30-3.1', /起止日期/], ['开放500天', /起止日期/],
		[`出国 2020-01-01到2020-01-07`, /起止日期/],
	]);
	assert.equal(await rulesOf(world), '');
});

// What is none of it keeps its own answer.
flow('reports, keywords and other texts are read as before', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['屏蔽境外来电', /境外来电已屏蔽，境外短信未屏蔽/], ['QXJWPB', /未屏蔽/],
		['放行', /近期没有为您拦截/], ['允许13912345678', /13912345678的来电未屏蔽/],
		['拦截记录', /近期没有为您拦截/], ['明天出差三天', /您好/],
		['香港号码打来推销宽带，请拦截', /完整号码/],
	]);
});
