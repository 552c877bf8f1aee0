// SPDX-License-Identifier: AGPL-3.0-or-later
// The snapshot of all rules on the disk: a gateway that starts again decides at once and rightly by
// it, whatever was changed since, and by the store where the file is no good.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { SUBSCRIBER } from '../lib/steps.mjs';
import { tamper } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const OTHER = '+8613800138002';
const often = { config: { blocking: { snapshot_s: 1 } } };
const never = 86400; // not again during a test

const file = (world) => path.join(world.daemon.config.state_dir, 'rules.snapshot');
const verdict = async (world, subscriber = SUBSCRIBER) =>
	(await world.daemon.json('screen', ABROAD, subscriber, '--sms')).verdict;

async function shield(world, smsc, subscriber = SUBSCRIBER, keyword = 'KTJWPB') {
	const after = smsc.to(subscriber).length;
	await smsc.text(subscriber, keyword);
	await smsc.expect(subscriber, /屏蔽/, { after });
}

// Some subscribers' rules, and a snapshot of them.
async function kept(world) {
	const smsc = await world.smsc().connect();
	await shield(world, smsc);
	for (let i = 0; i < 20; i++) await shield(world, smsc, `+86138001390${10 + i}`);
	const { rule_snapshots_total: written } = await world.daemon.metrics();
	await shield(world, smsc, '+8613800139099');
	await world.daemon.expectMetric('rule_snapshots_total', (value) => value > written);
	return smsc;
}

function keepEvery(world, seconds) {
	const config = structuredClone(world.daemon.config);
	config.blocking.snapshot_s = seconds;
	world.daemon.write(config);
}

// Starts it again; gives the lines of this start.
async function again(world) {
	await world.daemon.start();
	return world.daemon.lines.filter((line) => /rules\.snapshot/.test(line));
}

flow('a gateway that was killed decides by the snapshot, also while Redis is away', often, async (world) => {
	await kept(world);
	await world.daemon.kill();
	await world.redis.stop();
	keepEvery(world, never);
	const lines = await again(world);
	assert.match(lines.join('\n'), /the rules of 22 subscribers are those of .*rules\.snapshot, with 0 changes since/);
	assert.equal(await verdict(world), 'deny');
	assert.equal(await verdict(world, OTHER), 'allow');
	assert.equal((await world.daemon.metrics()).near_cache_complete, 1);
});

flow('what was changed after the snapshot holds after the start', often, async (world) => {
	await kept(world);
	await world.daemon.stop();
	keepEvery(world, never);
	await world.daemon.start();
	const smsc = await world.smsc().connect();
	await shield(world, smsc, SUBSCRIBER, 'QXJWPB');
	await shield(world, smsc, OTHER, 'KTJWPB');
	await shield(world, smsc, OTHER, 'QXJWPB');
	await shield(world, smsc, OTHER, 'KTJWDXPB');
	await world.daemon.kill();
	const lines = await again(world);
	assert.match(lines.join('\n'), /the rules of 22 subscribers are those of .*, with 4 changes since/);
	assert.equal(await verdict(world), 'allow');
	assert.equal(await verdict(world, OTHER), 'deny');
	assert.equal(await verdict(world, '+8613800139015'), 'deny');
});

const DAMAGES = [
	['cut', (name) => fs.truncateSync(name, fs.statSync(name).size - 1), /damaged or not whole/],
	['cut to nothing', (name) => fs.truncateSync(name, 0), /no snapshot/],
	['changed', (name) => {
		const octets = fs.readFileSync(name);
		octets[octets.length >> 1] ^= 1;
		fs.writeFileSync(name, octets);
	}, /damaged or not whole/],
	['of another version', (name) => {
		const octets = fs.readFileSync(name);
		octets[8] = 2;
		fs.writeFileSync(name, octets);
	}, /another version/],
	['something else', (name) => fs.writeFileSync(name, 'hello'.repeat(100)), /no snapshot/],
	['a folder', (name) => {
		fs.rmSync(name);
		fs.mkdirSync(name);
	}, /not used/],
];
flow('a snapshot that is no good is refused and said to be, and the store serves', {
	...often, timeout: 180000,
}, async (world) => {
	await kept(world);
	const good = fs.readFileSync(file(world));
	for (const [name, damage, says] of DAMAGES) {
		await world.daemon.stop();
		damage(file(world));
		keepEvery(world, never);
		const lines = await again(world);
		assert.match(lines.join('\n'), says, name);
		assert.match(lines.join('\n'), /all rules are read from the store/, name);
		assert.equal(await verdict(world), 'deny', name);
		assert.equal(await verdict(world, OTHER), 'allow', name);
		assert.equal((await world.daemon.metrics()).near_cache_complete, 1, name);
		fs.rmSync(file(world), { recursive: true });
		fs.writeFileSync(file(world), good);
	}
});

flow('a refused snapshot is written anew', often, async (world) => {
	await kept(world);
	await world.daemon.stop();
	fs.writeFileSync(file(world), 'nonsense');
	await world.daemon.start();
	await world.daemon.expectMetric('rule_snapshots_total', (value) => value > 0);
	await world.daemon.stop();
	keepEvery(world, never);
	assert.match((await again(world)).join('\n'), /the rules of 22 subscribers are those of/);
});

flow('the snapshot of a store that was put back to an earlier day is not used', often, async (world) => {
	const smsc = await kept(world);
	await world.daemon.stop();
	const store = path.join(world.daemon.config.state_dir, 'mianrao.db');
	const earlier = fs.readFileSync(store);
	assert.ok(!fs.existsSync(`${store}-wal`), 'the store is whole in its file');
	keepEvery(world, 1);
	await world.daemon.start();
	await smsc.connect();
	await shield(world, smsc, SUBSCRIBER, 'QXJWPB');
	await world.daemon.expectMetric('rule_snapshots_total', (value) => value > 0);
	await world.daemon.stop();
	fs.writeFileSync(store, earlier);
	keepEvery(world, never);
	assert.match((await again(world)).join('\n'), /it is not of this store's history/);
	assert.equal(await verdict(world), 'deny');
	// Another history that is as long.
	await smsc.connect();
	for (let i = 0; i < 3; i++) await shield(world, smsc, OTHER, i % 2 ? 'QXJWPB' : 'KTJWPB');
	await world.daemon.stop();
	assert.match((await again(world)).join('\n'), /it is not of this store's history/);
	assert.equal(await verdict(world, OTHER), 'deny');
});

flow('what was changed in the store by other means is found soon after the start', {
	...often, audited: false,
}, async (world) => {
	await kept(world);
	await world.daemon.stop();
	keepEvery(world, never);
	await tamper(world, `UPDATE block_rule SET rules='' WHERE subscriber='${SUBSCRIBER}'`);
	assert.match((await again(world)).join('\n'), /are those of/);
	await waitFor('the store to be compared', async () => (await verdict(world)) === 'allow');
});

flow('with nothing changed nothing is written; a write that fails is told and tried again', often, async (world) => {
	const smsc = await kept(world);
	const { rule_snapshots_total: written } = await world.daemon.metrics();
	await new Promise((resolve) => setTimeout(resolve, 2500));
	assert.equal((await world.daemon.metrics()).rule_snapshots_total, written);
	// Where it is written beside, something is in the way.
	const beside = path.join(path.dirname(file(world)), '.rules.snapshot.test.tmp');
	fs.mkdirSync(beside);
	await shield(world, smsc, OTHER);
	await world.daemon.expectLog(/rules\.snapshot not written: Is a directory/);
	fs.rmdirSync(beside);
	await world.daemon.expectMetric('rule_snapshots_total', written + 1);
	assert.deepEqual(fs.readdirSync(path.dirname(file(world))).filter((name) => /tmp$/.test(name)), []);
});

const seed = seedOf();
flow(`killed at any moment it starts with what was wished last (SEED=${seed})`, {
	...often, timeout: 180000,
}, async (world) => {
	const chance = random(seed);
	const wishes = new Map();
	for (let round = 0; round < 8; round++) {
		const smsc = await world.smsc().connect();
		const end = Date.now() + 700 + chance.below(1200);
		for (let i = 0; Date.now() < end; i++) {
			const who = `+86138001391${10 + chance.below(40)}`;
			const on = chance.below(2) === 1;
			await smsc.text(who, on ? 'KTJWPB' : 'QXJWPB');
			wishes.set(who, on ? 'deny' : 'allow');
		}
		await world.daemon.kill();
		const lines = await again(world);
		assert.ok(!lines.some((line) => /not used/.test(line)), lines.join('\n'));
		for (const [who, wish] of wishes) assert.equal(await verdict(world, who), wish, `${who}, round ${round}`);
	}
	assert.ok(fs.existsSync(file(world)));
});
