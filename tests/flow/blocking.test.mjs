// SPDX-License-Identifier: AGPL-3.0-or-later
// The overseas shield: keywords, what hubs are answered, and what reaches the handset.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const BOTH = /境外来电已屏蔽，境外短信已屏蔽/;
const NONE = /境外来电未屏蔽，境外短信未屏蔽/;
const CALLS = /境外来电已屏蔽，境外短信未屏蔽/;
const TEXTS = /境外来电未屏蔽，境外短信已屏蔽/;

// Each text follows the one before: every answer states the resulting state.
const SWITCHES = [
	['CXPB', NONE],
	['KTJWPB', BOTH],
	['查询屏蔽', BOTH],
	['QXJWPB', NONE],
	['ktjwldpb', CALLS],
	['KTJWDXPB', BOTH],
	['QXGJLDPB', TEXTS],
	['GBJWPB', NONE],
	['开通境外短信屏蔽', TEXTS],
	['屏蔽境外来电', BOTH],
	['取消境外屏蔽', NONE],
];
flow('keywords switch the shield, and each answer states what holds now', async (world) => {
	const smsc = await world.smsc().connect();
	for (const [text, match] of SWITCHES) {
		const after = smsc.to(SUBSCRIBER).length;
		await smsc.text(SUBSCRIBER, text);
		const answer = await smsc.expect(SUBSCRIBER, /./, { after });
		assert.match(answer.text, match, text);
	}
});

async function shield(world, smsc, keyword = 'KTJWPB') {
	const after = smsc.to(SUBSCRIBER).length;
	await smsc.text(SUBSCRIBER, keyword);
	await smsc.expect(SUBSCRIBER, /屏蔽/, { after });
}

const SCREENED = [
	{ hub: 'abroad', from: '+85298765432', passes: false },
	{ hub: 'abroad', from: '+12125550123', passes: false },
	{ hub: 'abroad', from: '+8613912345678', passes: false, why: 'entered from abroad' },
	{ hub: 'abroad', from: 'PRIZES', passes: false, why: 'alphanumeric from abroad' },
	{ hub: 'national', from: '13912345678', passes: true },
	{ hub: 'national', from: '+8613912345678', passes: true },
	{ hub: 'national', from: '10690001', passes: true },
	{ hub: 'national', from: '+85298765432', passes: false, why: 'a foreign number at home' },
	{ hub: 'national', from: 'SHOP', passes: true },
];
flow('with the shield up hubs are refused what comes from abroad, and nothing else', async (world) => {
	const smsc = await world.smsc().connect();
	const hubs = { abroad: await world.hub('abroad').connect(), national: await world.hub('national').connect() };
	await shield(world, smsc);
	const expected = [];
	for (const [i, { hub, from, passes, why }] of SCREENED.entries()) {
		const text = `message ${i}`;
		const answer = await hubs[hub].message(from, SUBSCRIBER, text);
		const name = `${from} over ${hub}${why ? ` (${why})` : ''}`;
		assert.equal(answer.command_status === STATUS.ESME_ROK, passes, name);
		if (passes) expected.push(text);
	}
	await waitFor('what may pass to arrive', () => expected.every((text) =>
		smsc.to(SUBSCRIBER).some((message) => message.text === text)));
	const arrived = smsc.to(SUBSCRIBER).map(({ text }) => text).filter((text) => /^message/.test(text));
	assert.deepEqual(arrived.sort(), expected.sort());
	const metrics = await world.daemon.metrics();
	assert.equal(metrics.screened_total, SCREENED.length);
	assert.equal(metrics.screened_blocked_total, SCREENED.length - expected.length);
});

flow('without a shield all pass, and the handset\'s answer goes back to the hub', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const passed = await hub.message('+85298765432', SUBSCRIBER, 'hello');
	assert.equal(passed.command_status, STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^hello$/);
	smsc.answer = () => ({ command_status: STATUS.ESME_RX_P_APPN });
	const refused = await hub.message('+85298765432', SUBSCRIBER, 'again');
	assert.equal(refused.command_status, STATUS.ESME_RX_P_APPN);
});

flow('a passed message keeps its alphabet, sender and parts', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const text = 'Café 你好 🐟 '.repeat(20);
	const answer = await hub.message('SHIPPING', SUBSCRIBER, text);
	assert.equal(answer.command_status, STATUS.ESME_ROK);
	const message = await smsc.expect(SUBSCRIBER, /Café/);
	assert.equal(message.text, text);
	assert.equal(message.from, 'SHIPPING');
	assert.ok(message.parts > 1);
});

flow('a hub is told to try later when no centre can take the message', async (world) => {
	const hub = await world.hub().connect();
	const answer = await hub.message('+85298765432', SUBSCRIBER, 'nobody home');
	assert.notEqual(answer.command_status, STATUS.ESME_ROK);
});

flow('the configured status is what a blocked hub is given', {
	config: { blocking: { blocked_status: 0x400 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	await shield(world, smsc);
	const answer = await hub.message('+85298765432', SUBSCRIBER, 'no');
	assert.equal(answer.command_status, 0x400);
});

flow('the operator\'s rules hold for everyone, protected numbers always pass', {
	config: { blocking: { operator_rules: ['block sms from +88299'], protected_numbers: ['12110'] } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const blocked = await hub.message('+88299123456', SUBSCRIBER, 'a');
	assert.notEqual(blocked.command_status, STATUS.ESME_ROK);
	const passed = await hub.message('+85298765432', SUBSCRIBER, 'b');
	assert.equal(passed.command_status, STATUS.ESME_ROK);
	await shield(world, smsc);
	const police = await hub.message('12110', SUBSCRIBER, 'c');
	assert.equal(police.command_status, STATUS.ESME_ROK);
});

flow('rules are in Redis for others to read, with an epoch while they are complete', async (world) => {
	const smsc = await world.smsc().connect();
	await waitFor('the epoch', () => world.redis.command('GET', world.key('rules:epoch')));
	await shield(world, smsc);
	const key = world.key(`rules:{${SUBSCRIBER}}`);
	const rules = await waitFor('the rules', () => world.redis.command('GET', key));
	assert.match(rules, /^block call,sms from international\n?$/);
	await shield(world, smsc, 'QXJWPB');
	await waitFor('the rules to go', async () => !(await world.redis.command('GET', key)));
});

flow('mianrao explains a decision and shows the rules', async (world) => {
	const smsc = await world.smsc().connect();
	await shield(world, smsc);
	const blocked = await world.daemon.json('screen', '+85298765432', SUBSCRIBER, '--sms');
	assert.equal(blocked.verdict, 'deny');
	assert.equal(blocked.blocked, true);
	assert.match(blocked.rule, /block call,sms from international/);
	const allowed = await world.daemon.json('screen', '13912345678', SUBSCRIBER);
	assert.equal(allowed.verdict, 'allow');
	assert.ok(JSON.stringify(await world.daemon.json('rules', SUBSCRIBER)).includes('from international'));
});

const narrow = { config: { smpp: { window_out: 2, response_s: 30 } } };
const flood = (hub, count) => Promise.all(Array.from({ length: count }, (_, i) =>
	hub.message('+85298765432', SUBSCRIBER, `message ${i}`)));

// A centre that answers only when it is told to.
function holdAnswers(smsc) {
	const held = [];
	smsc.answer = (pdu) => {
		held.push(pdu);
		return undefined;
	};
	return () => {
		smsc.answer = () => ({ command_status: STATUS.ESME_ROK });
		for (const pdu of held.splice(0)) smsc.down.session.send(pdu.response());
	};
}

flow('messages wait for room in the centre\'s window, and pass in their order', narrow, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const release = holdAnswers(smsc);
	const answers = flood(hub, 30);
	await waitFor('the window to be full', () => smsc.pdus.length === 2);
	release();
	for (const answer of await answers) assert.equal(answer.command_status, STATUS.ESME_ROK);
	assert.deepEqual(smsc.pdus.map((pdu) => pdu.short_message.message),
		Array.from({ length: 30 }, (_, i) => `message ${i}`));
});

flow('when the centre goes, hubs are told about all that waits', narrow, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	holdAnswers(smsc);
	const answers = flood(hub, 30);
	await waitFor('the window to be full', () => smsc.pdus.length === 2);
	smsc.drop();
	for (const answer of await answers) assert.notEqual(answer.command_status, STATUS.ESME_ROK);
});

flow('when the hub goes, what waits for it hurts nobody', narrow, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const release = holdAnswers(smsc);
	const answers = flood(hub, 30).catch(() => {});
	await waitFor('the window to be full', () => smsc.pdus.length === 2);
	hub.drop();
	await answers;
	release();
	const again = await world.hub().connect();
	assert.equal((await again.message('+85298765432', SUBSCRIBER, 'later')).command_status, STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^later$/);
});
