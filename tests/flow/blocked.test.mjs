// SPDX-License-Identifier: AGPL-3.0-or-later
// What was blocked: asked for by text, released by a digit or a number, and by operations.

import assert from 'node:assert/strict';

import { DAY, dayStart } from '../lib/day.mjs';
import { STATUS } from '../lib/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { SipUdp, invite } from '../lib/sip.mjs';
import { SELLER, SUBSCRIBER, soldTo } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const OTHER = '+12125550123';
const LIST = /近期拦截如下/;
const quarantine = { config: { blocking: { on_blocked_sms: 'quarantine' } } };

// A text, and the answer to it.
async function ask(smsc, text, match = /./, from = SUBSCRIBER) {
	const after = smsc.to(from).length;
	await smsc.text(from, text);
	return smsc.expect(from, match, { after });
}

async function shielded(world) {
	const smsc = await world.smsc().connect();
	await ask(smsc, 'KTJWPB', /已屏蔽/);
	return smsc;
}

const stored = (world, count) => world.daemon.expectMetric('attempts_stored_total', count);
const shown = (message) => message.text.split('\n').slice(1).map((line) => line.replace(/ \S*?\d+:\d\d/, ''));
const status = (answer) => answer.command_status;

// A call that was blocked: the channel of other screening than the hubs'.
const blockedCall = (world, sender, { ago = 0, count = 1 } = {}) => {
	const at = Date.now() - ago;
	const day = dayStart(at);
	return tamper(world, `INSERT INTO attempt VALUES((SELECT 1000000+COUNT(*) FROM attempt),'${SUBSCRIBER}',` +
		`${day},1,'${sender}',${at},${at},${count},5,'block call from international',1,'trunk',NULL)`);
};

flow('what was blocked is listed newest first, masked, with how often; a digit lets it through', async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	for (const from of [ABROAD, ABROAD, 'PRIZES']) assert.equal(status(await hub.message(from, SUBSCRIBER, 'no')), 0x66);
	await stored(world, 3);
	const list = await ask(smsc, 'CXLJ', LIST);
	assert.deepEqual(shown(list), ['1)PRIZES短信', '2)+85*5432短信×2']);
	assert.ok(!list.text.includes(ABROAD.slice(1)), 'not the whole number');
	const told = await ask(smsc, '2', /已放行\+85298765432：以后它的短信不再拦截.*没有保留/);
	assert.ok(told);
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'again')), STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^again$/);
	assert.equal(status(await hub.message(OTHER, SUBSCRIBER, 'others')), 0x66);
	const { rules } = await world.daemon.json('rules', SUBSCRIBER);
	assert.deepEqual(rules, ['block call,sms from international', 'allow sms from =+85298765432']);
});

flow('without anything blocked the answer says so, and what holds', async (world) => {
	const smsc = await world.smsc().connect();
	await ask(smsc, '拦截记录', /没有为您拦截.*境外来电未屏蔽，境外短信未屏蔽/);
	await ask(smsc, 'KTJWDXPB', /已屏蔽/);
	await ask(smsc, 'cxlj', /没有为您拦截.*境外来电未屏蔽，境外短信已屏蔽/);
});

flow('a place that is not in the list, one that was released, and what a later digit means', async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	for (const from of [OTHER, ABROAD]) await hub.message(from, SUBSCRIBER, 'no');
	await stored(world, 2);
	await ask(smsc, 'FX 1', LIST); // nothing was shown so far: the list comes first
	await ask(smsc, '7', /没有这个序号，没有放行.*1-2/);
	await ask(smsc, '1', /已放行\+85298765432/);
	await ask(smsc, '1', /\+85298765432的短信之前已放行/);
	// Blocked meanwhile: the digit is a place in the list that was shown.
	await hub.message('+442079460111', SUBSCRIBER, 'no');
	await stored(world, 3);
	await ask(smsc, 'FX2', /已放行\+12125550123/);
	// Something else was asked since: a digit answers that.
	await ask(smsc, '拦截记录', LIST);
	await ask(smsc, '我要举报推销短信', /请回复要举报的完整号码/);
	await ask(smsc, '1', /./);
	const { rules } = await world.daemon.json('rules', SUBSCRIBER);
	assert.ok(!rules.some((rule) => rule.includes('442079460111')), 'nothing was let in');
});

flow('a look at the list takes nothing from a question about a report', async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'no');
	await stored(world, 1);
	const near = SELLER.replace(/8$/, '9');
	await soldTo(world);
	await world.records.complete();
	await smsc.text(SUBSCRIBER, `${near}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(`是否${SELLER}？是请回1`));
	await ask(smsc, 'CXLJ', LIST);
	// Not a place in the list: the question that was asked before it.
	await ask(smsc, '是', new RegExp(`已收到您对${SELLER}`));
	await ask(smsc, '1', /已放行\+85298765432/);
});

flow('a number or a name releases too; what is not known or hides is left as it is', quarantine, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'first');
	await hub.message('My Bank', SUBSCRIBER, 'code 1234');
	await blockedCall(world, 'withheld', { count: 3 });
	await ask(smsc, '放行 00852-9876-5432', /\+85298765432的1条短信已放行，马上送到；以后这个号码的短信不再拦截/);
	await smsc.expect(SUBSCRIBER, /^first$/);
	// No rule can name a name: only what was kept comes.
	await ask(smsc, 'fx my bank', /My Bank的1条短信已放行，马上送到；以后的短信仍按您的设置拦截/);
	await smsc.expect(SUBSCRIBER, /^code 1234$/);
	await ask(smsc, 'FX +442079460111', /没有\+442079460111的拦截记录，没有做任何改动/);
	await ask(smsc, 'FX withheld', /没有显示号码，无法单独放行/);
	assert.deepEqual(shown(await ask(smsc, 'CXLJ', LIST)), ['1)未显号来电×3']);
	await ask(smsc, '1', /没有显示号码，无法单独放行/);
});

const overSip = {
	config: async () => ({
		sip: {
			listeners: [{ address: '127.0.0.1', port: await freePort(), transport: 'both' }],
			sources: [{ name: 'proxy', addresses: ['127.0.0.1/32'] }],
		},
	}),
};
flow('calls that the SIP screening blocked are listed, a copy once, and pass after the release', overSip, async (world) => {
	const smsc = await shielded(world);
	const proxy = await SipUdp.open(world.daemon.config.sip.listeners[0].port);
	world.peers.push(proxy);
	const question = invite({ from: ABROAD });
	for (let i = 0; i < 3; i++) assert.equal((await proxy.ask(question)).status, 603);
	assert.equal((await proxy.ask(invite({ from: ABROAD }))).status, 603);
	await stored(world, 2);
	const { blocked: [row] } = await world.daemon.json('blocked', SUBSCRIBER);
	assert.deepEqual([row.channel, row.account, row.count, row.rule], ['call', 'proxy', 2, 'block call,sms from international']);
	assert.deepEqual(shown(await ask(smsc, 'CXLJ', LIST)), ['1)+85*5432来电×2']);
	await ask(smsc, '1', /已放行\+85298765432：以后它的来电不再拦截/);
	assert.equal((await proxy.ask(invite({ from: ABROAD }))).status, 302);
	assert.equal((await proxy.ask(invite({ from: OTHER }))).status, 603);
});

flow('a blocked call is released by a rule for calls', async (world) => {
	const smsc = await shielded(world);
	await blockedCall(world, ABROAD, { count: 2 });
	assert.deepEqual(shown(await ask(smsc, 'CXLJ', LIST)), ['1)+85*5432来电×2']);
	await ask(smsc, '1', /已放行\+85298765432：以后它的来电不再拦截/);
	assert.equal((await world.daemon.json('screen', ABROAD, SUBSCRIBER)).blocked, false);
	assert.equal((await world.daemon.json('screen', ABROAD, SUBSCRIBER, '--sms')).blocked, true);
});

flow('nobody is shown or can release what was blocked for another', quarantine, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'mine');
	const stranger = '+8613800138001';
	await ask(smsc, 'CXLJ', /没有为您拦截/, stranger);
	await ask(smsc, `FX ${ABROAD}`, /没有.*的拦截记录/, stranger);
	assert.deepEqual(smsc.to(SUBSCRIBER).filter(({ text }) => text === 'mine'), []);
	assert.equal((await query(world, 'SELECT id FROM quarantine WHERE released_ms IS NULL')).length, 1);
});

flow('a flood of one sender is one row with a count; many senders are bounded', {
	config: { blocking: { attempts_max: 12 }, smpp: { window_out: 100 } },
}, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	const wave = (from, count) => Promise.all(Array.from({ length: count }, () => hub.message(from, SUBSCRIBER, 'buy')));
	for (let i = 0; i < 20; i++) await wave(ABROAD, 50);
	await stored(world, 1000);
	assert.deepEqual(await query(world, 'SELECT sender, count FROM attempt'), [{ sender: ABROAD, count: 1000 }]);
	for (let i = 0; i < 40; i++) await hub.message(`+1212555${1000 + i}`, SUBSCRIBER, 'buy');
	await stored(world, 1040);
	const rows = await query(world, 'SELECT sender FROM attempt ORDER BY last_ms DESC, id DESC');
	assert.ok(rows.length >= 12 && rows.length <= 15, `${rows.length} rows`);
	assert.equal(rows[0].sender, '+12125551039');
	const list = await ask(smsc, 'CXLJ', LIST);
	assert.ok(list.parts <= 2, `${list.parts} parts`);
	assert.ok(shown(list).length >= 4 && shown(list).length <= 9);
	const metrics = await world.daemon.metrics();
	assert.equal(metrics.attempts_dropped_total, 0);
	assert.equal(metrics.screened_blocked_total, 1040);
});

flow('what is older than the retention is removed', {
	config: { blocking: { on_blocked_sms: 'quarantine', attempts_days: 3 } },
}, async (world) => {
	await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'old');
	await hub.message(OTHER, SUBSCRIBER, 'new');
	await tamper(world, `UPDATE attempt SET day_ms=day_ms-${5 * DAY}, last_ms=last_ms-${5 * DAY} WHERE sender='${ABROAD}';` +
		`UPDATE quarantine SET received_ms=received_ms-${5 * DAY} WHERE sender='${ABROAD}'`);
	await world.daemon.stop();
	await world.daemon.start();
	await world.daemon.expectMetric('quarantine_expired_total', 1);
	assert.deepEqual(await query(world, 'SELECT sender FROM attempt'), [{ sender: OTHER }]);
	assert.deepEqual(await query(world, 'SELECT sender FROM quarantine'), [{ sender: OTHER }]);
});

flow('operations list what was blocked, and release it with an audit', quarantine, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'please');
	await hub.message('SHOP', SUBSCRIBER, 'sale');
	const { blocked } = await world.daemon.json('blocked', SUBSCRIBER);
	const [row] = blocked.filter(({ sender }) => sender === ABROAD);
	assert.equal(row.subscriber, SUBSCRIBER);
	assert.equal(row.channel, 'sms');
	assert.equal(row.tier, 'subscriber_class');
	assert.equal(row.rule, 'block call,sms from international');
	assert.equal(row.version, 1);
	assert.equal(row.account, 'abroad');
	assert.deepEqual([row.count, row.kept, row.released], [1, 1, null]);
	const all = (await world.daemon.json('blocked', '--limit', '5')).blocked;
	assert.equal(all.length, 2);
	assert.equal(all[0].subscriber, '138****8000', 'masked where nobody asked for one');
	const later = new Date(Date.now() + 3600e3).toISOString();
	assert.equal((await world.daemon.json('blocked', SUBSCRIBER, '--since', later)).blocked.length, 0);
	for (const since of ['2026-01-01T00:00+08:00', '2026-01-01'])
		assert.equal((await world.daemon.json('blocked', SUBSCRIBER, '--since', since)).blocked.length, blocked.length, since);
	const table = await world.daemon.command('blocked', SUBSCRIBER);
	assert.match(table.out, /\+85298765432/);
	const released = await world.daemon.json('release', String(row.id));
	assert.deepEqual([released.result, released.messages, released.allowed], ['sent', 1, true]);
	await smsc.expect(SUBSCRIBER, /^please$/);
	assert.equal((await world.daemon.json('release', String(row.id))).result, 'already');
	const audit = await query(world, "SELECT actor, object, after FROM audit_log WHERE action='release'");
	assert.match(audit[0].actor, /^uid \d+ pid \d+$/);
	assert.deepEqual(audit, [{ actor: audit[0].actor, object: `${SUBSCRIBER} sms from ${ABROAD}`, after: 'sent, 1 messages, allowed' }]);
	for (const id of ['99', 'x', '']) assert.equal((await world.daemon.command('release', id)).code, 1, id);
	assert.equal((await world.daemon.command('blocked', 'x')).code, 1);
	const metrics = await world.daemon.metrics();
	assert.deepEqual([metrics.quarantined_total, metrics.released_total, metrics.released_sent_total], [2, 1, 1]);
});

flow('swallow takes a message and drops it; what is refused with 0 is the same', {
	config: { blocking: { on_blocked_sms: 'swallow' } },
}, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'gone')), STATUS.ESME_ROK);
	await stored(world, 1);
	await ask(smsc, 'CXLJ', LIST);
	await ask(smsc, '1', /没有保留/);
	assert.deepEqual(smsc.to(SUBSCRIBER).filter(({ text }) => text === 'gone'), []);
});

const digest = { config: { blocking: { digest_hour: 0 } } };
const SUMMARY = /为您拦截：/;
// Some time of yesterday at which nothing of the test happens.
const yesterday = () => dayStart() - DAY / 2;

async function blockedYesterday(world, sender, channel, count) {
	const at = yesterday();
	await tamper(world, `INSERT INTO attempt VALUES((SELECT 1000000+COUNT(*) FROM attempt),'${SUBSCRIBER}',` +
		`${at - 12 * 3600e3},${channel},'${sender}',${at},${at},${count},5,'',1,'abroad',NULL)`);
}

flow('a daily summary comes once a day to those who wish it, and only when something was blocked', digest, async (world) => {
	const smsc = await shielded(world);
	await ask(smsc, 'ZB', /每日汇总已开通：每天0点/);
	await ask(smsc, '每日汇总', /每日汇总已开通/, '+8613800138001');
	await blockedYesterday(world, ABROAD, 2, 3);
	await blockedYesterday(world, OTHER, 1, 2);
	// As if it had been switched on two days ago.
	await tamper(world, `UPDATE digest SET told_day_ms=told_day_ms-${2 * DAY}`);
	const summary = await smsc.expect(SUBSCRIBER, SUMMARY);
	assert.match(summary.text, /^\d+月\d+日为您拦截：来电2次；短信3条；放行请回序号。\n1\)/);
	await waitFor('both to be told', async () =>
		(await query(world, 'SELECT DISTINCT told_day_ms t FROM digest')).every(({ t }) => t === yesterday() - 12 * 3600e3));
	await world.daemon.stop();
	await world.daemon.start();
	const again = await world.smsc().connect();
	const place = shown(summary).findIndex((line) => line.includes('+85*5432')) + 1;
	await ask(again, String(place), /已放行\+85298765432/);
	assert.equal([...smsc.to(SUBSCRIBER), ...again.to(SUBSCRIBER)].filter(({ text }) => SUMMARY.test(text)).length, 1);
	assert.deepEqual(smsc.to('+8613800138001').filter(({ text }) => SUMMARY.test(text)), []);
	await ask(again, 'QXZB', /每日汇总已取消/);
	assert.equal((await query(world, `SELECT * FROM digest WHERE subscriber='${SUBSCRIBER}'`)).length, 0);
});

flow('a day is told once though the daemon is killed at any moment of it', { ...digest, timeout: 120000 }, async (world) => {
	const smsc = await (await shielded(world)).keep();
	await ask(smsc, 'ZB', /每日汇总已开通/);
	await blockedYesterday(world, ABROAD, 2, 1);
	await tamper(world, `UPDATE digest SET told_day_ms=told_day_ms-${2 * DAY}`);
	for (let i = 0; i < 4; i++) {
		await new Promise((resolve) => setTimeout(resolve, 300 * i));
		await world.daemon.kill();
		await world.daemon.start();
	}
	await smsc.expect(SUBSCRIBER, SUMMARY);
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM question WHERE kind=3'))[0].n, 1);
});
