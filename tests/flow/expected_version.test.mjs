// SPDX-License-Identifier: AGPL-3.0-or-later
// A change that rests on what somebody looked at is made only while that still holds.

import assert from 'node:assert/strict';

import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { flow, secondGateway } from '../lib/world.mjs';

const rules = (daemon, op, args) => daemon.ask('rules', { number: SUBSCRIBER, op, ...args });
const operator = (daemon, op, args) => daemon.ask('rules-operator', { op, note: 'because', ...args });

async function stale(answer) {
	const reply = await answer;
	assert.equal(reply.ok, false);
	assert.equal(reply.code, 'stale', reply.error);
}

async function done(answer) {
	const reply = await answer;
	assert.ok(reply.ok, reply.error);
	return reply.result;
}

flow('a subscriber\'s rules are changed only if they are of the version that was looked at', async (world) => {
	const { daemon } = world;
	const text = 'block call from +1\n';
	assert.equal((await done(rules(daemon, 'show'))).version, 0);
	await stale(rules(daemon, 'set', { text, expected_version: 1 }));
	assert.equal((await done(rules(daemon, 'set', { text, expected_version: 0 }))).version, 1);
	await stale(rules(daemon, 'set', { text: '', expected_version: 0 }));
	await stale(rules(daemon, 'add', { rule: 'block sms from +44', expected_version: 0 }));
	await stale(rules(daemon, 'remove', { rule: 'block call from +1', expected_version: 2 }));
	const kept = await done(rules(daemon, 'show'));
	assert.deepEqual([kept.version, kept.rules], [1, ['block call from +1']]);
	await done(rules(daemon, 'add', { rule: 'block sms from +44', expected_version: 1 }));
	await done(rules(daemon, 'remove', { rule: 'block sms from +44', expected_version: 2 }));
	for (const bad of [-1, '1', 1.5, null, 'x', 1e18]) {
		const reply = await rules(daemon, 'set', { text, expected_version: bad });
		assert.deepEqual([reply.ok, reply.code, reply.field], [false, 'invalid', 'expected_version']);
	}
	const { code, err } = await daemon.command('rules', SUBSCRIBER, 'add', 'block', 'call', 'from', '+7', '--if-version', '1');
	assert.equal(code, 1);
	assert.match(err, /of version 3 by now, not 1/);
	assert.equal((await daemon.command('rules', SUBSCRIBER, 'add', 'block', 'call', 'from', '+7', '--if-version', '3')).code, 0);
	assert.equal((await daemon.command('rules', SUBSCRIBER, 'add', 'block call from +7', '--if-version', 'x')).code, 2);
	const audited = await query(world, "SELECT COUNT(*) n FROM audit WHERE action='rules'");
	assert.equal(audited[0].n, 4, 'what was refused changed nothing');
});

flow('so are the operator\'s', async (world) => {
	const { daemon } = world;
	await stale(operator(daemon, 'set', { text: 'block call from +1\n', expected_version: 5 }));
	assert.equal((await done(operator(daemon, 'set', { text: 'block call from +1\n', expected_version: 0 }))).version, 1);
	assert.equal((await done(operator(daemon, 'set', { text: 'block call from +7\n', expected_version: 1 }))).version, 2);
	await stale(operator(daemon, 'set', { text: 'block call from +44\n', expected_version: 1 }));
	await stale(operator(daemon, 'rollback', { version: 1, expected_version: 1 }));
	assert.equal((await done(operator(daemon, 'rollback', { version: 1, expected_version: 2 }))).version, 3);
	await stale(operator(daemon, 'rollback', { version: 0, expected_version: 2 }));
	const reply = await operator(daemon, 'set', { text: '', expected_version: 'x' });
	assert.deepEqual([reply.code, reply.field], ['invalid', 'expected_version']);
	assert.equal((await done(operator(daemon, 'history'))).versions.length, 3);
	assert.equal((await daemon.command('rules', 'operator', 'rollback', '0', '--note', 'x', '--if-version', '2')).code, 1);
	assert.equal((await daemon.command('rules', 'operator', 'rollback', '0', '--note', 'x', '--if-version', '3')).code, 0);
});

flow('of many who change one version at the same moment, over two gateways, one wins', async (world) => {
	const second = await secondGateway(world);
	try {
		for (let round = 0; round < 8; round++) {
			const { version } = await done(rules(world.daemon, 'show'));
			const replies = await Promise.all(Array.from({ length: 12 }, (_, i) =>
				rules(i % 2 ? second : world.daemon, 'set', { text: `block call from +1${round}${i}\n`, expected_version: version })));
			assert.equal(replies.filter(({ ok }) => ok).length, 1, `round ${round}`);
			assert.ok(replies.every(({ ok, code }) => ok || code === 'stale'));
			const [won] = replies.filter(({ ok }) => ok);
			const now = await done(rules(second, 'show'));
			assert.deepEqual([now.version, now.rules], [version + 1, won.result.rules]);

			const [{ version: live }] = (await done(operator(world.daemon, 'history'))).versions.concat({ version: 0 });
			const changes = await Promise.all([world.daemon, second].map((daemon, i) =>
				operator(daemon, 'set', { text: `block call from +2${round}${i}\n`, expected_version: live })));
			assert.ok(changes.filter(({ ok }) => ok).length <= 1);
			assert.ok(changes.every(({ ok, code }) => ok || ['stale', 'busy'].includes(code)), JSON.stringify(changes));
		}
		await second.stop();
	} finally {
		await second.kill();
	}
});
