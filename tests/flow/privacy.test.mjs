// SPDX-License-Identifier: AGPL-3.0-or-later
// What is held about a number: exported, erased, removed for its age; and nothing of it in logs and metrics.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { binary, freePort, run } from '../lib/process.mjs';
import { SipUdp, invite } from '../lib/sip.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { dump, query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';
import { TownClock } from '../sim/clock.mjs';

const OTHER = '+8613900139000';
const ABROAD = '+85298765432';
const DAY = 86400e3;
const digitsOf = (number) => number.replace(/^\+(86)?/, '');

// As the snapshot of rules has it.
function packed(number) {
	const octets = Buffer.alloc(8);
	octets.writeBigUInt64LE(BigInt(number) * 2n + 1n);
	return octets;
}

const lines = (text) => text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

async function exported(world, number) {
	const { code, out, err } = await world.daemon.command('privacy', 'export', number);
	assert.equal(code, 0, err);
	return lines(out);
}

const erase = (world, number, ...more) => world.daemon.command('--json', 'privacy', 'erase', number, '--yes', ...more);

async function erased(world, number) {
	const { code, out, err } = await erase(world, number);
	assert.equal(code, 0, err + out);
	return JSON.parse(out);
}

// Nothing waits for the store or for Redis: what an erasure would wait for.
const settled = (world) => waitFor('all effects to be delivered', async () =>
	(await query(world, 'SELECT (SELECT COUNT(*) FROM outbox)+(SELECT COUNT(*) FROM held)+(SELECT COUNT(*) FROM reward WHERE state<2) n'))[0].n === 0,
{ timeout: 30000, every: 100 });

// Where the store still has the number: as text, and as the ASCII digits of a PDU.
async function traces(world, number) {
	const digits = digitsOf(number);
	const text = await dump(world);
	const wanted = [digits, Buffer.from(digits).toString('hex')];
	return text.split('\n').filter((line) => wanted.some((one) => line.toLowerCase().includes(one)));
}

// Every value in Redis that is ours.
async function redisTraces(world, number) {
	const digits = digitsOf(number);
	const found = [];
	for (const key of await world.redis.command('KEYS', '*')) {
		const type = await world.redis.command('TYPE', key);
		const read = { string: ['GET', key], hash: ['HGETALL', key], stream: ['XRANGE', key, '-', '+'] }[type];
		if (key.includes(digits) || (read && key !== world.key('cdr') && JSON.stringify(await world.redis.command(...read)).includes(digits))) found.push(key);
	}
	return found;
}

// A subscriber of whom there is something everywhere.
async function lived(world, smsc, subscriber) {
	const id = await verifiedReport(world, smsc, subscriber);
	await smsc.text(subscriber, 'KTJWPB');
	await smsc.expect(subscriber, /已屏蔽/);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, subscriber, 'for you');
	await smsc.text(subscriber, '你好');
	hub.drop();
	return id;
}

const rewarded = (world) => world.rewards.start();

flow('all that is held about a subscriber is exported, and of a caller nothing that tells of others', {
	config: { blocking: { on_blocked_sms: 'quarantine' } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await rewarded(world);
	await lived(world, smsc, SUBSCRIBER);
	await verifiedReport(world, smsc, OTHER);
	await settled(world);
	await waitFor('the attempt to be stored', async () => (await exported(world, SUBSCRIBER)).some(({ kind }) => kind === 'kept_message'));
	const all = await exported(world, SUBSCRIBER);
	const kinds = new Set(all.map(({ kind }) => kind));
	for (const kind of ['message', 'report', 'report_event', 'reward', 'rules', 'blocked', 'kept_message', 'change', 'audit', 'call'])
		assert.ok(kinds.has(kind), `${kind} is exported`);
	assert.ok(!JSON.stringify(all).includes(digitsOf(OTHER)), 'nothing of another subscriber');
	const report = all.find(({ kind }) => kind === 'report');
	assert.equal(report.number, `+86${SELLER}`);
	assert.equal(report.state, 'verified');
	assert.match(report.received, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.ok(all.some((line) => line.kind === 'call' && line.caller === `+86${SELLER}`));
	// Many pages, each row once; and what is no UTF-8.
	await tamper(world, `INSERT INTO sequence(id,next) VALUES(0,1) ON CONFLICT(id) DO UPDATE SET next=next+9000;
		INSERT INTO message_in SELECT (SELECT MAX(id) FROM message_in)+value,1000,'centre','${SUBSCRIBER}',1,NULL,randomblob(300) FROM generate_series(1,5000);
		UPDATE attempt SET rule=CAST(x'ff41fe' AS TEXT) WHERE subscriber='${SUBSCRIBER}'`);
	const more = await exported(world, SUBSCRIBER);
	const messages = more.filter(({ kind }) => kind === 'message');
	assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length);
	assert.equal(messages.length, 5000 + all.filter(({ kind }) => kind === 'message').length);
	assert.ok(more.some(({ rule }) => rule === '?A?'));
	const seller = await exported(world, SELLER);
	const text = JSON.stringify(seller);
	assert.equal(seller.filter(({ kind }) => kind === 'reported_by_others').length, 2);
	for (const number of [SUBSCRIBER, OTHER]) assert.ok(!text.includes(digitsOf(number)), text);
	const audit = await query(world, "SELECT object,after FROM audit_log WHERE action='privacy_export'");
	assert.ok(audit.length >= 3 && audit.every(({ object }) => /^1\d\d\*{4}\d{4}$/.test(object)));
	assert.match((await world.daemon.command('privacy', 'export', '10086')).err, /of no person/);
	assert.equal((await world.daemon.command('privacy', 'erase')).code, 2);
});

flow('erased: no trace in the store, nor in Redis; sums, chains and others are as before', {
	config: { blocking: { on_blocked_sms: 'quarantine', snapshot_s: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await rewarded(world);
	const id = await lived(world, smsc, SUBSCRIBER);
	await verifiedReport(world, smsc, OTHER);
	await smsc.text(OTHER, 'KTJWPB');
	await world.daemon.command('rules', SUBSCRIBER, 'add', 'allow sms from =95533');
	await world.daemon.command('erase-calls', '+8613600001111');
	await waitFor('both shields', async () => (await query(world, 'SELECT COUNT(*) n FROM block_rule'))[0].n === 2);
	await settled(world);
	await waitFor('a sample of the traffic to be stored', async () => (await query(world, 'SELECT COUNT(*) n FROM traffic'))[0].n > 0, { timeout: 30000 });
	assert.ok((await traces(world, SUBSCRIBER)).length > 10);
	const dry = JSON.parse((await world.daemon.command('--json', 'privacy', 'erase', SUBSCRIBER, '--dry-run')).out);
	assert.deepEqual([dry.erased, dry.found.report, dry.found.reward], [false, 1, 1]);
	assert.ok((await traces(world, SUBSCRIBER)).length > 10, 'a dry run changes nothing');
	const refused = await world.daemon.command('privacy', 'erase', SUBSCRIBER);
	assert.equal(refused.code, 1);
	assert.match(refused.err, /--yes/);

	await waitFor('the snapshot to have its rules', () => {
		const file = path.join(world.daemon.config.state_dir, 'rules.snapshot');
		return fs.existsSync(file) && fs.readFileSync(file).includes(packed(SUBSCRIBER));
	}, { timeout: 30000 });
	const before = await query(world, 'SELECT COUNT(*) n,SUM(amount_mb) mb FROM reward');
	const result = await erased(world, SUBSCRIBER);
	assert.ok(result.erased && result.rows > 10 && result.remains.length >= 3, JSON.stringify(result));
	assert.deepEqual(await traces(world, SUBSCRIBER), []);
	assert.deepEqual(await redisTraces(world, SUBSCRIBER), []);
	await waitFor('the snapshot to be written anew', () =>
		!fs.readFileSync(path.join(world.daemon.config.state_dir, 'rules.snapshot')).includes(packed(SUBSCRIBER)));
	await world.daemon.assertBalanced();
	assert.deepEqual(await query(world, 'SELECT COUNT(*) n,SUM(amount_mb) mb FROM reward'), before);
	const [row] = await query(world, "SELECT subscriber,caller FROM reward WHERE subscriber LIKE '~%'");
	assert.match(row.subscriber, /^~[0-9a-f]{16}$/);
	assert.equal(row.caller, `+86${SELLER}`);
	const audit = await query(world, "SELECT object,before,after FROM audit_log WHERE action='privacy_erase' ORDER BY id");
	assert.deepEqual(audit.map(({ object }) => object), [row.subscriber, row.subscriber]);
	assert.match(audit[1].after, /^rows=\d+$/);
	// The other one is as before.
	assert.ok((await exported(world, OTHER)).some(({ kind }) => kind === 'report'));
	assert.ok((await redisTraces(world, OTHER)).length > 0);
	assert.deepEqual((await world.daemon.json('rules', OTHER)).rules.length > 0, true);
	// What is left of its report is shown.
	for (const more of [[], ['--why'], ['--trace']])
		assert.match((await world.daemon.command('report', id, ...more)).err, /^$|no evidence|nothing|cannot|erased/);
	const file = path.join(world.folder, 'try.yaml');
	fs.writeFileSync(file, 'verdict_policies: [{effective: 2020-01-01T00:00:00+08:00, verify_at: 90}]\n');
	assert.equal((await world.daemon.command('policy', 'try', file)).code, 0);
	// Again, and whoever comes back is new.
	assert.equal((await exported(world, SUBSCRIBER)).length, 0);
	assert.ok((await erased(world, SUBSCRIBER)).erased);
	await world.daemon.stop();
	await world.daemon.start();
	const back = await world.smsc().connect();
	await back.text(SUBSCRIBER, 'CXJWPB');
	await back.expect(SUBSCRIBER, /未屏蔽|没有/);
	// As a caller too.
	await settled(world);
	await erased(world, SELLER);
	assert.deepEqual(await traces(world, SELLER), []);
	await world.daemon.assertBalanced();
});

flow('a snapshot of before an erasure brings nothing back', { config: { blocking: { snapshot_s: 1 } } }, async (world) => {
	const snapshot = path.join(world.daemon.config.state_dir, 'rules.snapshot');
	for (const number of [SUBSCRIBER, OTHER]) await world.daemon.json('rules', number, 'add', 'block sms from 106');
	await waitFor('both in the snapshot', () => fs.existsSync(snapshot)
		&& [SUBSCRIBER, OTHER].every((number) => fs.readFileSync(snapshot).includes(packed(number))), { timeout: 30000 });
	const old = fs.readFileSync(snapshot);
	await settled(world);
	await erased(world, SUBSCRIBER);
	const verdict = async (number) => (await world.daemon.json('screen', '10690001234', number, '--sms')).verdict;
	assert.deepEqual([await verdict(SUBSCRIBER), await verdict(OTHER)], ['allow', 'deny']);
	await world.daemon.stop();
	fs.writeFileSync(snapshot, old);
	await world.daemon.start();
	await world.daemon.expectLog(/rules.snapshot is not used, .*erased since/);
	assert.deepEqual([await verdict(SUBSCRIBER), await verdict(OTHER)], ['allow', 'deny']);
});

flow('what is open is not cut off: the erasure says what it waits for', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'pending');
	const open = await erase(world, SUBSCRIBER);
	assert.equal(open.code, 1);
	assert.ok(JSON.parse(open.out).waits_for.some(({ what, state }) => what === 'report' && state === 'pending'));
	assert.match(open.err, /nothing was erased/);
	assert.equal((await erase(world, SELLER)).code, 1, 'nor is who is reported');
	await world.records.complete();
	await expectState(world, id, 'verified');
	const due = JSON.parse((await erase(world, SUBSCRIBER)).out);
	assert.ok(due.waits_for.some(({ what }) => what === 'reward'), 'its reward has no answer yet');
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM erasure'))[0].n, 0);
	await rewarded(world);
	await settled(world);
	await erased(world, SUBSCRIBER);
});

flow('an erasure that began comes to its end, wherever it was killed', { timeout: 240000 }, async (world) => {
	await rewarded(world);
	let caught = 0;
	for (let round = 0; round < 4; round++) {
		const seller = `1371234${5000 + round}`;
		await soldTo(world, SUBSCRIBER, seller);
		await fed(world); // what was complete before knows nothing of it
		await verifiedReport(world, await world.smsc().connect(), SUBSCRIBER, seller);
		await settled(world);
		// Long enough to be killed within.
		await tamper(world, `INSERT INTO sequence(id,next) VALUES(0,1) ON CONFLICT(id) DO UPDATE SET next=next+60000;
			INSERT INTO message_in SELECT (SELECT MAX(id) FROM message_in)+value,1000,'centre','${SUBSCRIBER}',1,NULL,x'3133383030313338303030' FROM generate_series(1,59000)`);
		const asked = erase(world, SUBSCRIBER).catch(() => {});
		await waitFor('it to begin', async () => (await query(world, 'SELECT COUNT(*) n FROM erasure'))[0].n === 1
			|| (await traces(world, SUBSCRIBER)).length === 0, { every: 5 });
		await new Promise((resolve) => { setTimeout(resolve, round * 40); });
		await world.daemon.kill();
		await asked;
		caught += (await query(world, 'SELECT COUNT(*) n FROM erasure'))[0].n;
		await world.daemon.start();
		await waitFor('it to end by itself', async () => (await query(world, 'SELECT COUNT(*) n FROM erasure'))[0].n === 0, { timeout: 60000, every: 50 });
		assert.deepEqual((await traces(world, SUBSCRIBER)).slice(0, 3), []);
		assert.deepEqual(await redisTraces(world, SUBSCRIBER), []);
		await world.daemon.assertBalanced();
	}
	assert.ok(caught > 0, 'one was killed in the middle');
});

flow('without Redis an erasure waits for it, over a restart', async (world) => {
	const smsc = await world.smsc().connect();
	await rewarded(world);
	await verifiedReport(world, smsc);
	await world.daemon.command('rules', SUBSCRIBER, 'add', 'block sms from 106');
	await settled(world);
	world.rewards.stop();
	await world.redis.stop();
	await waitFor('Redis to be missed', async () => (await world.daemon.metrics()).redis_connected === 0);
	const asked = erase(world, SUBSCRIBER).catch(() => {});
	await world.daemon.expectLog(/erasure \d+ waits: /);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM report WHERE subscriber LIKE \'+%\''))[0].n, 0, 'the store is done');
	await world.daemon.stop();
	assert.match((await asked).err, /goes on at its next start|no answer|closed/);
	await world.daemon.start();
	const asking = erase(world, SUBSCRIBER);
	await world.daemon.expectLog(/erasure \d+ waits: /, { from: world.daemon.lines.length });
	await world.redis.start();
	assert.equal(JSON.parse((await asking).out).erased, true, 'who asks again waits with it');
	await waitFor('it to end', async () => (await query(world, 'SELECT COUNT(*) n FROM erasure'))[0].n === 0, { timeout: 60000 });
	assert.deepEqual(await traces(world, SUBSCRIBER), []);
	assert.deepEqual(await redisTraces(world, SUBSCRIBER), []);
});

flow('what is too old is removed, by kind, also by a job that is killed', {
	timeout: 240000,
	environment: (folder) => new TownClock(folder, Date.now()).env,
}, async (world) => {
	const clock = new TownClock(world.folder, Date.now());
	const smsc = await world.smsc().connect();
	await rewarded(world);
	const start = await soldTo(world);
	const id = await verifiedReport(world, smsc);
	await smsc.text(SUBSCRIBER, '你好');
	await settled(world);
	await tamper(world, `INSERT INTO sequence(id,next) VALUES(0,1) ON CONFLICT(id) DO UPDATE SET next=next+60000;
		INSERT INTO message_in SELECT (SELECT MAX(id) FROM message_in)+value,(SELECT MAX(received_ms) FROM message_in),'centre','${SUBSCRIBER}',1,NULL,x'31' FROM generate_series(1,20000)`);
	const [{ reward }] = await query(world, 'SELECT id reward FROM reward');
	const later = async (days) => {
		await world.daemon.stop();
		clock.to(clock.now() + days * DAY);
		await world.daemon.start();
	};
	const kinds = async () => Object.fromEntries((await world.daemon.json('privacy', 'retention')).kinds.map((one) => [one.kind, one]));
	const complete = () => waitFor('a run to its end', async () => {
		const { complete: at } = await world.daemon.json('privacy', 'retention');
		return at && Date.parse(at) > clock.now() - DAY;
	}, { timeout: 120000, every: 100 });

	await later(200);
	await waitFor('it to be under way', async () => (await kinds()).messages.removed > 0, { every: 20 });
	await world.daemon.kill();
	await world.daemon.start();
	await complete();
	assert.ok((await kinds()).messages.removed >= 20002, 'those before the kill and after');
	assert.equal((await query(world, "SELECT COUNT(*) n FROM message_in WHERE source<>''"))[0].n, 0);
	assert.equal((await kinds()).reports.removed, 0);
	assert.equal((await world.daemon.json('report', id)).state, 'verified');
	assert.ok((await world.daemon.metrics())['retention_removed_total{kind="messages"}'] > 0);
	await world.daemon.assertBalanced();

	await later(600);
	await complete();
	assert.equal((await kinds()).reports.removed, 1);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM report_event'))[0].n, 0);
	assert.equal((await query(world, 'SELECT earned FROM reward'))[0].earned, 1);
	await world.daemon.assertBalanced();

	await later(3000);
	await complete();
	assert.equal((await kinds()).rewards.removed, 1);
	assert.deepEqual(await query(world, 'SELECT id FROM reward_gone'), [{ id: reward }]);
	assert.equal((await query(world, 'SELECT SUM(amount_mb) mb FROM ledger_gone WHERE state=2'))[0].mb > 0, true);
	await world.daemon.assertBalanced();
	assert.ok(start > 0);
});

const TOKEN = 'a-token-for-the-gateway-of-this-test';

async function tokenHash() {
	const { out } = await run(binary('mianrao'), ['feeds', 'hash'], { input: `${TOKEN}\n` });
	return out.match(/"(.*)"/)[1];
}

flow('no whole number of anybody is in the logs and the metrics, whatever comes', {
	config: async (base) => ({
		blocking: { on_blocked_sms: 'quarantine' },
		log_level: 'debug',
		http: { ...base.http, clients: [{ name: 'pbx', token_hash: await tokenHash(), may: ['screen'] }] },
		sip: {
			listeners: [{ address: '127.0.0.1', port: await freePort(), transport: 'udp' }],
			sources: [{ name: 'proxy', addresses: ['127.0.0.1/32'] }],
		},
	}),
}, async (world) => {
	const smsc = await world.smsc().connect();
	await rewarded(world);
	await lived(world, smsc, SUBSCRIBER);
	await verifiedReport(world, smsc, OTHER);
	await smsc.text(SUBSCRIBER, `PB ${SELLER}`);
	await smsc.text(OTHER, '13700001111推销宽带');
	await world.daemon.command('rules', OTHER, 'add', `block call,sms from =${ABROAD}`);
	await world.daemon.command('rules', OTHER, 'add', 'block nothing from +8613712345678');
	await world.daemon.command('screen', SELLER, SUBSCRIBER);
	await (await world.hub().connect()).message(ABROAD, OTHER, 'blocked by a rule of a number');
	const proxy = await SipUdp.open(world.daemon.config.sip.listeners[0].port);
	world.peers.push(proxy);
	for (const from of [ABROAD, `+86${SELLER}`]) await proxy.ask(invite({ from, to: OTHER }));
	for (const authorization of ['', `Bearer ${TOKEN}`])
		await world.daemon.http(`/v1/screen?caller=${encodeURIComponent(ABROAD)}&called=13900139000&channel=call`,
			authorization ? { headers: { Authorization: authorization } } : {});
	await world.daemon.http('/13800138000/nothing');
	await world.redis.xadd(world.key('cdr'), { source: 'msc', caller: SELLER, called: SUBSCRIBER, start: 'never' });
	await fed(world);
	await world.redis.xadd(world.key('rewards:acks'), { id: `about ${SUBSCRIBER}`, status: 'credited', reason: SUBSCRIBER });
	await world.daemon.expectMetric('reward_acks_bad_total', (value) => value > 0);
	await world.daemon.command('release', 'A1');
	await world.daemon.command('erase-calls', OTHER);
	await settled(world);
	await waitFor('what is open to end', async () => (await erase(world, SELLER)).code === 0
		|| (await query(world, 'SELECT COUNT(*) n FROM report WHERE state NOT IN (3,4,5)'))[0].n > 0);
	await world.daemon.reload();
	const { body } = await world.daemon.http('/metrics');
	const log = fs.readFileSync(world.daemon.log, 'utf8');
	assert.match(log, /138\*{4}8000/, 'they are told, and masked');
	for (const number of [SUBSCRIBER, OTHER, SELLER, ABROAD, '13700001111'])
		for (const text of [body, log])
			assert.ok(!text.includes(digitsOf(number)), `${number}: ${text.split('\n').find((line) => line.includes(digitsOf(number)))}`);
});
