// SPDX-License-Identifier: AGPL-3.0-or-later
// Rules as operations handle them: the operator's own in versions, tried and guarded.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { STATUS } from '../lib/peers.mjs';
import { binary, start } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow, secondGateway } from '../lib/world.mjs';

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
	await daemon.expectLog(/blocking.operator_rules do not hold: version 1 of operations does/, { from });
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
	assert.deepEqual((await audited(world, 'operator_rules')).map(({ object }) => object), ['version 1 (forced): as ordered']);
	assert.notEqual((await hub.message(ABROAD, SUBSCRIBER, 'no')).command_status, STATUS.ESME_ROK);
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /^m\d/.test(text)).length, 40);

	// It is there after a restart, and what was blocked is recorded.
	await daemon.stop();
	await daemon.start();
	const after = await daemon.json('rules', 'operator', 'try', file(world, ''));
	assert.equal(after.traffic.find(({ channel }) => channel === 'sms').attempts, 41);
	assert.equal(after.traffic.find(({ channel }) => channel === 'sms').let_through, 11);
	assert.deepEqual(after.recorded_blocks, { attempts: 1, let_through: 1 });
	const { blocked: [row] } = await daemon.json('blocked', SUBSCRIBER);
	assert.deepEqual([row.tier, row.rule, row.version], ['operator_blocked', 'block sms from +852', 1]);
	await daemon.expectMetric('operator_rules_version', 1);
});

flow('the traffic of another gateway counts as well', async (world) => {
	await world.smsc().connect();
	const second = await secondGateway(world);
	for (const port of [world.daemon.smppPort, second.smppPort]) {
		const hub = await world.hub('abroad', { port }).connect();
		const smsc = await world.smsc({ port }).connect();
		for (let i = 0; i < 15; i++) await hub.message(`+8529876543${i % 10}`, SUBSCRIBER, 'm');
		assert.equal(smsc.bound, true);
	}
	await second.stop(); // and so what it saw is in the store
	const { traffic } = await world.daemon.json('rules', 'operator', 'try', file(world, 'block sms from +852\n'));
	assert.equal(traffic.find(({ channel }) => channel === 'sms').more, 30);
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

// ---- many subscribers' rules ----

const ANNA = '+8613800138000';
const BEN = '+8613900139000';
const NOBODY = '+8613700137000';

const rulesOf = async (daemon, number) => (await daemon.json('rules', number)).rules;
const audited = (world, action) =>
	query(world, `SELECT actor,object,after FROM audit_log WHERE action='${action}' ORDER BY id`);

async function refusedImport(world, where, ...more) {
	const result = await world.daemon.command('rules', 'import', where, ...more);
	assert.equal(result.code, 1, result.out);
	return result.err.trim().split('\n');
}

flow('rules are imported from both formats, exported again, and a repeat changes nothing', async (world) => {
	const { daemon } = world;
	const csv = file(world, [
		'subscriber,rule', `${ANNA},"block call,sms from international"`, '138-0013-8000,allow call from +1',
		'', `13900139000,block sms from 106`].join('\r\n'), 'rules.csv');
	const done = await daemon.json('rules', 'import', csv);
	assert.deepEqual([done.complete, done.lines, done.rules, done.subscribers_changed, done.errors], [true, 5, 3, 2, 0]);
	assert.deepEqual(await rulesOf(daemon, ANNA), ['block call,sms from international', 'allow call from +1']);
	assert.equal((await daemon.json('screen', ABROAD, ANNA)).blocked, true);
	assert.equal((await daemon.json('screen', '+12125550123', ANNA)).blocked, false);
	await waitFor('the rules in Redis', () => world.redis.command('GET', world.key(`rules:{${BEN}}`)));
	assert.equal((await daemon.json('rules', 'import', csv)).subscribers_changed, 0);
	assert.deepEqual((await daemon.json('rules', 'show', BEN)).rules, ['block sms from 106']);
	assert.equal((await daemon.json('rules', ANNA)).version, 1);

	const out = path.join(world.folder, 'out.jsonl');
	assert.equal((await daemon.json('rules', 'export', out)).rules, 3);
	const lines = fs.readFileSync(out, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
	assert.deepEqual(lines, [
		{ subscriber: ANNA, rule: 'block call,sms from international' }, { subscriber: ANNA, rule: 'allow call from +1' },
		{ subscriber: BEN, rule: 'block sms from 106' }]);
	assert.equal((await daemon.json('rules', 'import', out, '--replace')).subscribers_changed, 0);
	const { out: text } = await daemon.command('rules', 'export', '--format', 'csv');
	assert.equal(text, ['subscriber,rule', `${ANNA},"block call,sms from international"`,
		`${ANNA},allow call from +1`, `${BEN},block sms from 106`, ''].join('\n'));

	// Once at the beginning, once with what came of it.
	const ended = await audited(world, 'rules_imported');
	assert.equal((await audited(world, 'rules_import')).length, 3);
	assert.equal(ended.length, 3);
	assert.match(ended[0].actor, /^uid \d+/);
	assert.equal(ended[0].object, csv);
	assert.equal(JSON.parse(ended[0].after).sha256, createHash('sha256').update(fs.readFileSync(csv)).digest('hex'));
	assert.equal((await audited(world, 'rules')).length, 0);
});

flow('adding keeps what a subscriber has, replacing does not', async (world) => {
	const { daemon } = world;
	const add = async (text, ...more) => daemon.json('rules', 'import', file(world, text, 'rules.csv'), ...more);
	await add(`${ANNA},block call from +1\n${BEN},block call from +1\n${NOBODY},block call from +1\n`);
	await add(`${ANNA},block call from +44\n`);
	assert.deepEqual(await rulesOf(daemon, ANNA), ['block call from +1', 'block call from +44']);
	await add(`${ANNA},allow call from +1\n${BEN},\n`, '--replace');
	assert.deepEqual(await rulesOf(daemon, ANNA), ['allow call from +1']);
	assert.deepEqual(await rulesOf(daemon, BEN), []);
	assert.deepEqual(await rulesOf(daemon, NOBODY), ['block call from +1'], 'not in the file');
	const errors = await refusedImport(world, file(world, `${BEN},block call from +1\n${ANNA},block call from +1\n`, 'rules.csv'), '--replace');
	assert.match(errors[0], /rules.csv:2: subscriber: not in the order/);
	// A subscriber whose lines are more than a chunk holds keeps all of them.
	const many = Array.from({ length: 1000 }, (_, i) => `${ANNA},block call from =+1212${5550000 + i} at 22:00-07:00 on mon-fri`).join('\n');
	for (let i = 0; i < 2; i++) {
		await add(many, '--replace');
		assert.equal((await rulesOf(daemon, ANNA)).length, 1000);
	}
	const over = await refusedImport(world, file(world, `${ANNA},block call from =+12125559999\n`, 'rules.csv'));
	assert.match(over[0], /rules.csv:1: rule: the subscriber has too many/);
});

flow('lines in error are told with their numbers, and nothing is changed unless it is wished', async (world) => {
	const { daemon } = world;
	const where = file(world, Buffer.concat([
		Buffer.from(`${ANNA},block call from +1\nnobody,block call from +1\n${BEN},block call form +1\n${BEN}\n`),
		Buffer.from([0x31, 0xff, 0x0a, 0x31, 0x00, 0x0a]), Buffer.from(`${'9'.repeat(100000)}\n`),
		Buffer.from(`${BEN},block sms from 106`)]), 'rules.csv');
	const wrong = [/:2: subscriber: 'nobody' is no number/, /:3: rule: column 12: /, /:4: not two fields/,
		/:5: the line is not UTF-8/, /:6: the line holds a NUL/, /:7: the line is too long/];
	const errors = await refusedImport(world, where);
	for (const match of wrong) assert.ok(errors.some((line) => match.test(line)), `${match}: ${errors.join('\n')}`);
	assert.match(errors.at(-1), /6 lines in error, nothing was changed/);
	assert.deepEqual(await rulesOf(daemon, ANNA), []);
	assert.equal((await audited(world, 'rules_import')).length, 0);

	const kept = await refusedImport(world, where, '--keep-going');
	assert.equal(kept.length, 6);
	assert.deepEqual(await rulesOf(daemon, ANNA), ['block call from +1']);
	assert.deepEqual(await rulesOf(daemon, BEN), ['block sms from 106']);
	assert.match((await refusedImport(world, path.join(world.folder, 'nothing.csv')))[0], /No such file/);
	for (const args of [[], [where, '--format', 'xml'], [where, '--what'], [where, where]])
		assert.equal((await daemon.command('rules', 'import', ...args)).code, 2, args.join(' '));
});

const PLENTY = 30000;
const plenty = (world) => file(world, Array.from({ length: PLENTY },
	(_, i) => `+86138${10000000 + i},block call from +1\n`).join(''), 'rules.csv');

flow('texts are answered while an import goes in, and Redis may be away', async (world) => {
	const { daemon } = world;
	const smsc = await world.smsc().connect();
	await world.redis.stop();
	let done = false;
	const importing = daemon.json('rules', 'import', plenty(world)).finally(() => { done = true; });
	let answered = 0;
	while (!done) {
		await smsc.text(SUBSCRIBER, 'CXPB');
		answered++;
	}
	assert.equal((await importing).subscribers_changed, PLENTY);
	assert.ok(answered > 3, `${answered} texts`);
	await world.redis.start();
	await waitFor('the rules in Redis', async () => (await world.redis.command('DBSIZE')) >= PLENTY, { timeout: 60000 });
	assert.equal(await world.redis.command('GET', world.key(`rules:{+86138${10000000 + PLENTY - 1}}`)), 'block call from +1\n');
});

flow('an import that is interrupted leaves whole chunks, and the same again takes in the rest', async (world) => {
	const { daemon } = world;
	const where = plenty(world);
	const child = start(binary('mianrao'), ['--socket', daemon.socket, 'rules', 'import', where, '--keep-going']);
	await waitFor('something to be in', async () =>
		(await query(world, 'SELECT COUNT(*) n FROM block_rule'))[0].n > 0, { every: 5 });
	child.kill('SIGINT');
	const { code } = await child.ended;
	assert.equal(code, 1);
	const [, line] = child.lines.join('\n').match(/stopped behind line (\d+)/);
	const [{ n }] = await query(world, 'SELECT COUNT(*) n FROM block_rule');
	assert.equal(n, Number(line));
	assert.ok(n < PLENTY, 'it was interrupted');
	assert.equal(JSON.parse((await audited(world, 'rules_imported'))[0].after).complete, false);
	assert.equal((await daemon.json('rules', 'import', where)).subscribers_changed, PLENTY - n);

	// The gateway dies on the way: the same.
	const other = file(world, fs.readFileSync(where, 'utf8').replaceAll('+86138', '+86139'), 'other.csv');
	const second = start(binary('mianrao'), ['--socket', daemon.socket, 'rules', 'import', other, '--keep-going']);
	await waitFor('something to be in', async () =>
		(await query(world, 'SELECT COUNT(*) n FROM block_rule'))[0].n > PLENTY, { every: 5 });
	await daemon.kill();
	assert.equal((await second.ended).code, 3);
	await daemon.start();
	const before = (await query(world, 'SELECT COUNT(*) n FROM block_rule'))[0].n - PLENTY;
	assert.equal((await daemon.json('rules', 'import', other)).subscribers_changed, PLENTY - before);
});

flow('screen --why tells the canonical numbers, the versions, and every step', async (world) => {
	const { daemon } = world;
	await set(daemon, file(world, 'block call from international\nallow call from +852987\n'));
	await daemon.json('rules', ANNA, 'add', 'block call from hmt');
	const why = await daemon.json('screen', '0085298765432', '138-0013-8000', '--why');
	assert.deepEqual([why.verdict, why.tier, why.rule], ['allow', 'operator_allowed', 'allow call from +852987']);
	assert.deepEqual([why.attempt.caller.canonical, why.attempt.called.canonical, why.attempt.called.class],
		['+85298765432', ANNA, 'mobile']);
	assert.deepEqual(why.versions, { subscriber: 1, subscriber_as_stored: true, operator: 1, operator_source: 'operations' });
	assert.deepEqual(why.steps.map(({ owner, rules_for, rule, verdict, decides, version }) =>
		[owner, rules_for, rule, verdict, decides, version]), [
		['protected', 'numbers', '', '', false, null],
		['subscriber', 'numbers', '', '', false, 1],
		['operator', 'numbers', 'allow call from +852987', 'allow', true, 1],
		['subscriber', 'classes', 'block call from hmt', 'deny', false, 1],
		['operator', 'classes', 'block call from international', 'deny', false, 1]]);
	const police = await daemon.json('screen', '110', ANNA, '--why', '--international');
	assert.equal(police.steps[0].decides, true);
	const { out } = await daemon.command('screen', '+85298765432', ANNA, '--why');
	assert.match(out, /block call from hmt/);
});
