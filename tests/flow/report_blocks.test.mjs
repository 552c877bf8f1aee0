// SPDX-License-Identifier: AGPL-3.0-or-later
// Policy, or a subscriber's own wish, blocks for subscribers whom they reported, once it is verified; one
// text takes it back, for good.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, converse, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const policy = (block_reported, more = {}) => ({ config: { blocking: { block_reported }, ...more } });
const wished = policy('always');
const TOLD = /13712345678.*核实成立.*来电已屏蔽，短信已屏蔽，反悔发“撤销”加号码/;
const decided = async (world, caller, ...more) => (await world.daemon.json('screen', caller, SUBSCRIBER, ...more)).blocked;
const rulesOf = async (world) => JSON.stringify(await world.daemon.json('rules', SUBSCRIBER));

// A report of a call so many hours ago, verified: one of its own, as long as the hours differ. Gives the
// text that tells the verdict.
async function reported(world, smsc, hours) {
	const after = smsc.to(SUBSCRIBER).length;
	await soldTo(world, SUBSCRIBER, SELLER, { start: Date.now() - hours * 3600e3 });
	await world.records.complete();
	await fed(world); // those of before were complete already
	await smsc.text(SUBSCRIBER, `${hours}小时前${SELLER}打电话推销宽带`);
	return (await smsc.expect(SUBSCRIBER, /的举报已?核实成立/, { after })).text;
}

flow('who was reported is blocked with the verdict, and let through again by one text', wished, async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, TOLD);
	assert.equal(await decided(world, SELLER), true);
	assert.equal(await decided(world, SELLER, '--sms'), true);
	assert.equal(await decided(world, '13712345679'), false, 'that number alone');
	const hub = await world.hub().connect();
	assert.equal((await hub.message(`+86${SELLER}`, SUBSCRIBER, 'buy')).command_status, 0x66);
	assert.equal((await hub.message('+8613712345679', SUBSCRIBER, 'hello')).command_status, 0);
	assert.ok(await waitFor('the rule in Redis', () => world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`))));
	// It is there after a crash, and what it was about can still be taken back.
	await world.daemon.kill();
	await world.daemon.start();
	const again = await world.smsc().connect();
	assert.equal(await decided(world, SELLER), true);
	await again.text(SUBSCRIBER, '撤销');
	await again.expect(SUBSCRIBER, /13712345678/);
	await waitFor('the number to pass', async () => !(await decided(world, SELLER)));
});

flow('a second report of a number that is blocked already says nothing more of it', wished, async (world) => {
	const smsc = await world.smsc().connect();
	assert.match(await reported(world, smsc, 5), TOLD);
	assert.ok(!TOLD.test(await reported(world, smsc, 2)));
	assert.equal((await rulesOf(world)).match(/13712345678/g).length, 1);
});

flow('whom the subscriber lets through stays let through', wished, async (world) => {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, `YX ${SELLER}`);
	await smsc.expect(SUBSCRIBER, /13712345678/);
	await verifiedReport(world, smsc);
	assert.equal(await decided(world, SELLER), false);
});

flow('a number that was forged is not blocked, nor a protected one', {
	config: { blocking: { block_reported: 'always', protected_numbers: ['110', SELLER] } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const forged = '13612340000';
	await verifiedReport(world, smsc); // protected here
	await soldTo(world, SUBSCRIBER, forged, { entry: 'international' });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${forged}*推销宽带`);
	await expectState(world, id, 'verified');
	assert.equal(await decided(world, SELLER), false);
	assert.equal(await decided(world, forged), false);
	assert.ok(!(await rulesOf(world)).includes('1361234'));
});

flow('as it comes nobody is blocked by a report', async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	assert.equal(await decided(world, SELLER), false);
});

flow('a report that a person decides blocks as well', {
	config: { blocking: { block_reported: 'always' }, reports: { join_s: 0 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `举报${SELLER}骚扰`); // a wide fan-out, and no word of what was sold
	await expectState(world, id, 'review');
	const { code, err } = await world.daemon.command('review', 'decide', id, 'verified', '--reason', 'heard it', '--as', 'li');
	assert.equal(code, 0, err);
	await waitFor('the rule', () => decided(world, SELLER));
});

const ON = /您举报并核实成立的号码都自动屏蔽/;
const OFF = /您举报并核实成立的号码不会自动屏蔽/;
const wishOf = async (world) =>
	(await query(world, `SELECT reported_wish AS wish FROM subscriber WHERE subscriber='${SUBSCRIBER}'`))[0]?.wish ?? 0;
flow('who wishes it has it where policy leaves it to them, and can ask', policy('if_wished'), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['CXJBLH', OFF], ['CXPB', /^(?!.*举报属实)/], ['开通举报拉黑', ON], ['查询举报拉黑', ON],
		['CXPB', /境外来电未屏蔽.*举报属实的号码已屏蔽/]]);
	assert.equal(await wishOf(world), 1);
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, TOLD);
	assert.equal(await decided(world, SELLER), true);
	const audit = await query(world, "SELECT actor,action,before,after FROM audit_log WHERE action IN ('reported_wish','rules')");
	assert.deepEqual(audit, [
		{ actor: 'sms', action: 'reported_wish', before: 'not_chosen', after: 'on' },
		{ actor: 'wish', action: 'rules', before: '', after: 'block call,sms from =+8613712345678\n' },
	]);
});

flow('who does not wish it has it not where policy would, over a restart', wished, async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['查询举报拉黑', ON], ['QXJBLH', OFF], ['CXPB', /举报属实的号码未屏蔽/]]);
	await world.daemon.kill();
	await world.daemon.start();
	const again = await world.smsc().connect();
	assert.ok(!TOLD.test(await reported(world, again, 5)));
	assert.equal(await decided(world, SELLER), false);
	await converse(again, [['撤销', ON], ['CXPB', /举报属实的号码已屏蔽/]]);
	assert.equal(await wishOf(world), 0);
	assert.match(await reported(world, again, 2), TOLD);
	assert.equal(await decided(world, SELLER), true);
});

flow('where policy forbids it a wish changes nothing, and is told so', policy('never'), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJBLH', /不会自动屏蔽.*没有开放/], ['撤销', /没有可以撤销的操作/]]);
	assert.equal(await wishOf(world), 0);
	await converse(smsc, [['QXJBLH', /不会自动屏蔽.*没有开放/], ['CXJBLH', /没有开放/], ['CXPB', /举报属实的号码未屏蔽/]]);
	assert.equal(await wishOf(world), 2, 'for when policy would');
	await verifiedReport(world, smsc);
	assert.equal(await decided(world, SELLER), false);
});

flow('in English, and in short words', policy('if_wished', { reports: { language: 'en' } }), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [
		['block reported', /^Now: numbers that you report are blocked once verified\. /],
		['reported', /are blocked once verified/], ['CXPB', /Reported: blocked\. /],
		['unblock reported', /^Now: numbers that you report are not blocked/], ['undo', /are blocked once verified/],
	]);
	await soldTo(world);
	await world.records.complete();
	const after = smsc.to(SUBSCRIBER).length;
	await smsc.text(SUBSCRIBER, `${SELLER}*broadband`);
	await smsc.expect(SUBSCRIBER, /13712345678.* is verified: .*Calls blocked, SMS blocked\. Undo: send UNDO and the number/, { after });
	await converse(smsc, [['UNDO 13712345678', /Taken back\. Now: calls from 13712345678 not blocked, SMS not blocked/],
		['simple', /short and simple/], ['reported', /verified numbers that you report are blocked, but 1\./]]);
	assert.equal(await decided(world, SELLER), false);
});

flow('what is only like the word is asked about first', async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJBL', /您是要自动屏蔽举报属实的号码吗.*KTJBLH/], ['CXJBLH', OFF],
		['KTJBL', /您是要/], ['1', ON], ['QXJBL', /不再自动屏蔽举报的号码/], ['是', OFF]]);
});

flow('what was taken back stays so for later reports, over a restart, until the sender blocks it', policy('if_wished'), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJBLH', ON]]);
	assert.match(await reported(world, smsc, 8), TOLD);
	await converse(smsc, [['撤销', /已撤销。现在：13712345678的来电未屏蔽，短信未屏蔽/]]);
	await world.daemon.kill();
	await world.daemon.start();
	const again = await world.smsc().connect();
	assert.ok(!TOLD.test(await reported(world, again, 5)));
	assert.equal(await decided(world, SELLER), false);
	assert.ok(!(await rulesOf(world)).includes('block call'));
	const shown = await world.daemon.json('rules', SUBSCRIBER);
	assert.deepEqual([shown.block_reported, shown.reported_wish, shown.reported_blocked, shown.taken_back],
		['if_wished', 'on', true, [`+86${SELLER}`]]);
	assert.match((await world.daemon.command('rules', SUBSCRIBER)).out, /^# .*reported_wish on .*\n# taken back: \+8613712345678$/m);
	await converse(again, [['CXJBLH', /自动屏蔽，您撤销过的1个除外/], [`LH ${SELLER}`, /来电已屏蔽，短信已屏蔽/]]);
	assert.equal(await decided(world, SELLER), true);
	await converse(again, [['撤销', /来电未屏蔽，短信未屏蔽/]]);
	assert.ok(!TOLD.test(await reported(world, again, 2)), 'taken back is still taken back');
	assert.equal(await decided(world, SELLER), false);
});

flow('each of several blocks is taken back by its number, whatever was changed since', policy('if_wished'), async (world) => {
	const smsc = await world.smsc().connect();
	const other = '13712349999';
	await converse(smsc, [['KTJBLH', ON]]);
	await verifiedReport(world, smsc);
	await verifiedReport(world, smsc, SUBSCRIBER, other);
	await smsc.expect(SUBSCRIBER, /13712349999.*核实成立.*已屏蔽/);
	await converse(smsc, [['KTJWPB', /境外来电已屏蔽/]]);
	assert.equal((await world.daemon.command('rules', SUBSCRIBER, 'add', 'block sms from 106')).code, 0);
	await converse(smsc, [[`撤销${SELLER}`, /已撤销。现在：13712345678的来电未屏蔽，短信未屏蔽/]]);
	assert.equal(await decided(world, SELLER), false);
	assert.equal(await decided(world, other), true);
	await converse(smsc, [[`撤销 ${SELLER}`, /^现在：13712345678的来电未屏蔽/], [`撤销${other}`, /已撤销。现在：13712349999/],
		['撤销139', /^(?!已撤销)/], ['撤销', /没有可以撤销的操作/]]);
	// Let through, it is no more blocked by this than it was.
	await converse(smsc, [[`YX ${SELLER}`, /来电未屏蔽/], [`撤销${SELLER}`, /^现在：13712345678的来电未屏蔽/]]);
	const rules = await rulesOf(world);
	assert.match(rules, /block call,sms from international.*block sms from 106/);
	assert.match(rules, /allow call,sms from =\+8613712345678/);
	assert.ok(!/block [a-z,]+ from =/.test(rules));
});

flow('killed between the verdict and the text of it', policy('if_wished'), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['KTJBLH', ON]]);
	await soldTo(world);
	await fed(world);
	const after = smsc.to(SUBSCRIBER).length;
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id), { after });
	smsc.drop();
	await world.records.complete();
	await expectState(world, id, 'verified'); // and nobody there to take its text
	await world.daemon.kill();
	await world.daemon.start();
	assert.equal(await decided(world, SELLER), true);
	const again = await world.smsc().connect();
	await again.expect(SUBSCRIBER, TOLD);
	assert.equal((await rulesOf(world)).match(/=\+8613712345678/g).length, 1);
	await converse(again, [[`撤销${SELLER}`, /已撤销/]]);
	assert.equal(await decided(world, SELLER), false);
});

flow('the two words of before say what they said', policy(true), async (world) => {
	const smsc = await world.smsc().connect();
	await converse(smsc, [['CXJBLH', ON]]);
});
