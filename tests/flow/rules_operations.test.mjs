// SPDX-License-Identifier: AGPL-3.0-or-later
// Rules as operations handle them: the operator's own in versions, tried and guarded.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Daemon } from '../lib/daemon.mjs';
import { STATUS } from '../lib/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';

function file(world, text, name = 'wanted.rules') {
	const where = path.join(world.folder, name);
	fs.writeFileSync(where, text);
	return where;
}

const set = (daemon, where, ...more) =>
	daemon.json('rules', 'operator', 'set', where, '--note', 'as ordered', ...more);

async function blocked(daemon, caller = ABROAD, ...more) {
	return (await daemon.json('screen', caller, SUBSCRIBER, ...more)).blocked;
}

// Another gateway with the same store and Redis; its own name, ports and socket.
async function secondGateway(world) {
	const folder = path.join(world.folder, 'second');
	fs.mkdirSync(folder);
	const config = structuredClone(world.daemon.config);
	config.instance = 'second';
	config.control_socket = path.join(folder, 'control.sock');
	config.smpp.listeners[0].port = await freePort();
	config.http.port = await freePort();
	return new Daemon(folder, config).start();
}

const CONFIGURED = { config: { blocking: { operator_rules: ['block call from +88299'] } } };

flow('the operator\'s rules are set in versions, hold over a restart and a reload, and go back', CONFIGURED, async (world) => {
	const { daemon } = world;
	const configured = await daemon.json('rules', 'operator');
	assert.equal(configured.version, 0);
	assert.equal(configured.source, 'configuration');
	assert.deepEqual(configured.rules, ['block call from +88299']);

	const one = await set(daemon, file(world, 'BLOCK call FROM +852 # why\n\nblock sms from 106\n'));
	assert.deepEqual([one.version, one.changed], [1, true]);
	assert.equal(await blocked(daemon), true);
	assert.equal(await blocked(daemon, '+88299123456'), false, 'the configuration\'s hold no more');
	const again = await set(daemon, file(world, 'block call from +852\nblock sms from 106\n'));
	assert.deepEqual([again.version, again.changed], [1, false], 'the same rules are no new version');

	const from = daemon.lines.length;
	daemon.reload();
	await daemon.expectLog(/configuration reloaded/, { from });
	assert.equal(await blocked(daemon), true);
	await daemon.kill();
	await daemon.start();
	assert.equal(await blocked(daemon), true);

	await set(daemon, file(world, ''));
	assert.equal(await blocked(daemon), false);
	const back = await daemon.json('rules', 'operator', 'rollback', '1', '--note', 'too much came through');
	assert.equal(back.version, 3);
	assert.equal(await blocked(daemon), true);
	await daemon.json('rules', 'operator', 'rollback', '0', '--note', 'the file again');
	assert.equal(await blocked(daemon), false);
	assert.equal(await blocked(daemon, '+88299123456'), true);

	const { versions } = await daemon.json('rules', 'operator', 'history');
	assert.deepEqual(versions.map(({ version, back_to, rules, source }) => [version, back_to, rules, source]), [
		[4, 0, 1, 'configuration'], [3, 1, 2, 'operations'], [2, undefined, 0, 'operations'], [1, undefined, 2, 'operations']]);
	for (const { by, at, note, hash } of versions) {
		assert.match(by, /^uid \d+/);
		assert.ok(at && note);
		assert.match(hash, /^[0-9a-f]{64}$/);
	}
	assert.equal(versions[1].hash, versions[3].hash);
	assert.deepEqual((await daemon.json('rules', 'operator', 'show', '1')).rules,
		['block call from +852', 'block sms from 106']);
	assert.deepEqual((await daemon.json('rules', 'operator', 'diff', '1', '4')).changes.sort(),
		['+ block call from +88299', '- block call from +852', '- block sms from 106']);
});

flow('what is no rule, has no note or is no version changes nothing', async (world) => {
	const { daemon } = world;
	const refused = async (match, ...args) => {
		const { code, err } = await daemon.command('rules', 'operator', ...args);
		assert.notEqual(code, 0, args.join(' '));
		assert.match(err, match, args.join(' '));
	};
	const bad = file(world, 'block call from +852\nblock call form +853\n');
	await refused(/line 2, column 12/, 'set', bad, '--note', 'x');
	await refused(/line 2, column 12/, 'try', bad);
	await refused(/line 2, column 12/, 'diff', bad);
	await refused(/usage/, 'set', file(world, 'block call from +852'));
	await refused(/note/, 'set', file(world, 'block call from +852'), '--note', '');
	await refused(/there is no 7/, 'rollback', '7', '--note', 'x');
	await refused(/usage/, 'rollback', 'yesterday', '--note', 'x');
	await refused(/line 1001/, 'set', file(world, 'block call from +852\n'.repeat(1001)), '--note', 'x');
	assert.equal((await daemon.json('rules', 'operator')).version, 0);
});

flow('every gateway of the store takes a change at once, and one made while Redis was away', async (world) => {
	const second = await secondGateway(world);
	try {
		await set(world.daemon, file(world, 'block call from +852\n'));
		await waitFor('the second gateway to block', () => blocked(second));
		assert.match(await waitFor('the rules in Redis',
			() => world.redis.command('GET', world.key('rules:{operator}'))),
		/^# version 1\nblock call from \+852\n$/);
		await world.redis.command('FLUSHALL');
		await waitFor('the rules in Redis again',
			() => world.redis.command('GET', world.key('rules:{operator}')));

		await world.redis.stop();
		await set(second, file(world, 'block call from +1\n'));
		assert.equal(await blocked(second), false);
		await waitFor('the first gateway to let through', async () => !(await blocked(world.daemon)));
		assert.equal((await second.json('rules', 'operator')).version, 2);
		await world.redis.start();
	} finally {
		await second.stop();
	}
});

flow('a rule that would block a protected number is refused, forced or not', async (world) => {
	const { daemon } = world;
	for (const [rule, number] of [
		['block call from 110', '110'],
		['block sms from 1', '110'],
		['block call,sms from any', '110'],
		['block call from 96110 at 01:00-02:00 on sun', '96110'],
		['block call from 100\nallow call from =10086 until 2099-01-01T00:00Z', '10086'],
	]) {
		const where = file(world, `${rule}\n`);
		for (const force of [[], ['--force']]) {
			const { code, err } = await daemon.command('rules', 'operator', 'set', where, '--note', 'x', ...force);
			assert.equal(code, 1, rule);
			assert.match(err, new RegExp(`protected number .*${number}?`), rule);
		}
		const tried = await daemon.json('rules', 'operator', 'try', where);
		assert.match(tried.guard, /refused: protected/);
		assert.ok(tried.protected.some((hit) => hit.number === number), rule);
	}
	assert.equal((await daemon.json('rules', 'operator')).version, 0);
	await set(daemon, file(world, 'block call,sms from international\nblock call from withheld\nblock sms from 106\n'));
});

flow('what the recent traffic would lose is shown, and refused when it is too much', async (world) => {
	const { daemon } = world;
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	for (let i = 0; i < 40; i++) {
		const from = i < 10 ? `+8529876543${i}` : `+1212555${String(1000 + i)}`;
		assert.equal((await hub.message(from, SUBSCRIBER, `m${i}`)).command_status, STATUS.ESME_ROK);
	}
	const some = file(world, 'block sms from +852\n');
	const tried = await daemon.json('rules', 'operator', 'try', some, '--limit', '3');
	const sms = tried.traffic.find(({ channel }) => channel === 'sms');
	assert.deepEqual([sms.attempts, sms.blocked_before, sms.blocked_after, sms.more, sms.more_percent], [40, 0, 10, 10, 25]);
	assert.match(sms.guard, /too much/);
	assert.equal(tried.examples.length, 3);
	assert.match(tried.examples[0].caller, /\*\*\*\*/);
	assert.equal(tried.examples[0].rule, 'block sms from +852');

	const { code, err } = await daemon.command('rules', 'operator', 'set', some, '--note', 'x');
	assert.equal(code, 1);
	assert.match(err, /of 40 recent attempts \(sms\) 10 more would be blocked/);
	assert.equal((await daemon.json('rules', 'operator')).version, 0);
	await set(daemon, some, '--force');
	assert.notEqual((await hub.message(ABROAD, SUBSCRIBER, 'no')).command_status, STATUS.ESME_ROK);
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /^m\d/.test(text)).length, 40);

	// It is there after a restart, and what was blocked is recorded.
	await daemon.stop();
	await daemon.start();
	const after = await daemon.json('rules', 'operator', 'try', file(world, ''));
	assert.equal(after.traffic.find(({ channel }) => channel === 'sms').attempts, 41);
	assert.equal(after.traffic.find(({ channel }) => channel === 'sms').let_through, 11);
	assert.deepEqual(after.recorded_blocks, { attempts: 1, let_through: 1 });
});

flow('too little traffic tells nothing: the change passes, and says so', async (world) => {
	await world.smsc().connect();
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'one');
	const { traffic } = await set(world.daemon, file(world, 'block sms from +852\n'));
	assert.match(traffic.find(({ channel }) => channel === 'sms').guard, /too few/);
});

flow('a sample of nothing keeps nothing', { config: { blocking: { traffic_samples: 0 } } }, async (world) => {
	await world.smsc().connect();
	const hub = await world.hub().connect();
	for (let i = 0; i < 30; i++) await hub.message(ABROAD, SUBSCRIBER, 'one');
	const { traffic_since } = await world.daemon.json('rules', 'operator', 'try', file(world, 'block sms from +852\n'));
	assert.equal(traffic_since, null);
});
