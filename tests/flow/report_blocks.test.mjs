// SPDX-License-Identifier: AGPL-3.0-or-later
// Policy may block for subscribers whom they reported, once it is verified; one text takes it back.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const wished = { config: { blocking: { block_reported: true } } };
const decided = async (world, caller, ...more) => (await world.daemon.json('screen', caller, SUBSCRIBER, ...more)).blocked;
const rulesOf = async (world) => JSON.stringify(await world.daemon.json('rules', SUBSCRIBER));

flow('who was reported is blocked with the verdict, and let through again by one text', wished, async (world) => {
	const smsc = await world.smsc().connect();
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /按您的举报，13712345678的来电已屏蔽，短信已屏蔽|按您的举报.*13712345678/);
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
	await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /按您的举报/);
	const before = smsc.to(SUBSCRIBER).length;
	await soldTo(world, SUBSCRIBER, SELLER, { start: Date.now() - 3600e3 });
	await world.records.complete();
	await smsc.text(SUBSCRIBER, `一小时前${SELLER}又打来推销`);
	await smsc.expect(SUBSCRIBER, /核实成立/, { after: before });
	assert.ok(!smsc.to(SUBSCRIBER).slice(before).some((text) => /按您的举报/.test(text.text ?? text)));
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
	config: { blocking: { block_reported: true, protected_numbers: ['110', SELLER] } },
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
	config: { blocking: { block_reported: true }, reports: { join_s: 0 } },
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
