// SPDX-License-Identifier: AGPL-3.0-or-later
// The disk is full: texts are refused, not lost; when there is room again all goes on by itself.
// The state lives on a small tmpfs, which only root can mount.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { STATUS } from '../lib/peers.mjs';
import { atExit, temporaryFolder } from '../lib/process.mjs';
import { farSmsc, givesIds, receiptFor } from '../lib/receipts.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

function mount(folder) {
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'mianrao-test', folder], { stdio: 'ignore' });
	return atExit(() => {
		try {
			execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
		} catch {
			// it is gone already
		}
	});
}

function mountable() {
	const folder = temporaryFolder('mianrao-mount');
	try {
		mount(folder);
		execFileSync('umount', [folder]);
		return true;
	} catch {
		return false;
	} finally {
		fs.rmSync(folder, { recursive: true, force: true });
	}
}

// Takes all room but `spare` octets.
function fill(folder, spare) {
	const file = path.join(folder, 'ballast');
	const { bavail, bsize } = fs.statfsSync(folder);
	fs.writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - spare)));
	return () => fs.rmSync(file);
}

const BUSY = [STATUS.ESME_RMSGQFUL, STATUS.ESME_RSYSERR];

// Hubs' messages go on while nothing can be stored, and their receipts wait at the SMSC and in the journal.
async function hubsOnAFullDisk(world) {
	const { state_dir: folder, smscs: [{ hosts: [{ port }] }] } = world.daemon.config;
	const server = givesIds(await world.smscServer({ port }).listen());
	await server.expectBound();
	const hub = await world.hub().connect();
	const received = new Set();
	hub.onRequest = (pdu, respond) => {
		received.add(/^id:(\S+)/.exec(pdu.short_message.message)[1]);
		respond({ command_status: 0 });
	};
	const free = fill(folder, 128 * 1024);
	const asking = async (count) => {
		for (let i = 0; i < count; i++) {
			const answer = await hub.message('+85298765432', SUBSCRIBER, `message ${i}`, { fields: { registered_delivery: 1 } });
			assert.equal(answer.command_status, STATUS.ESME_ROK);
		}
	};
	await waitFor('the store to fail', async () => {
		await asking(20);
		return world.daemon.lines.some((line) => /routes of hubs' messages not stored/.test(line));
	}, { timeout: 60000, every: 1 });
	const refused = [];
	for (const { pdu, id } of server.taken) {
		const answer = await server.submit(receiptFor(pdu, id, 'DELIVRD'));
		if (answer.command_status !== 0) refused.push({ pdu, id });
	}
	assert.ok(refused.length > 0, 'no receipt is taken that cannot be kept');
	// What is in the journal outlives the process.
	await world.daemon.kill();
	free();
	await world.daemon.start();
	await server.expectBound();
	await hub.connect();
	for (const { pdu, id } of refused)
		assert.equal((await server.submit(receiptFor(pdu, id, 'DELIVRD'))).command_status, STATUS.ESME_ROK);
	await waitFor(() => `${server.taken.length} receipts; there came ${received.size}`,
		() => received.size === server.taken.length);
	assert.equal((await world.daemon.metrics()).hub_routes_failed_total, 0);
	await world.daemon.stop();
	execFileSync('umount', [folder]);
}

if (!mountable())
	test('a full disk', { skip: 'a tmpfs cannot be mounted here' }, () => {});
else {
	flow("on a full disk hubs' messages pass, and no receipt of theirs is lost", {
		timeout: 120000,
		config: async () => ({ smscs: [await farSmsc({ receipts: 'none' })] }),
		prepare: (world) => mount(world.daemon.config.state_dir),
	}, hubsOnAFullDisk);

	flow('on a full disk texts are refused, none is lost, and all goes on with room again', {
		timeout: 120000,
		prepare: (world) => mount(world.daemon.config.state_dir),
	}, async (world, t) => {
		const { state_dir: folder } = world.daemon.config;
		const smsc = await world.smsc().keep();
		const taken = new Map();
		const refused = [];
		let next = 0;
		const some = async (count) => {
			for (let i = 0; i < count; i++) {
				const from = `+86137${10000000 + next++}`;
				const [pdu] = await smsc.send(from, `13712345678*推销宽带 ${'很长'.repeat(400)}`, { how: 'payload' });
				if (pdu.command_status === 0) taken.set(from, pdu.message_id);
				else refused.push(pdu.command_status);
			}
		};
		await some(20);
		assert.equal(taken.size, 20);
		const free = fill(folder, 128 * 1024);
		await waitFor('the disk to be full', async () => {
			await some(20);
			return refused.length > 0;
		}, { timeout: 60000, every: 1 });
		for (const status of refused) assert.ok(BUSY.includes(status), `status ${status}`);
		assert.ok(world.daemon.running, 'the daemon lives');
		assert.equal((await world.daemon.http('/healthz')).status, 200);
		const full = taken.size;
		free();
		await waitFor('a text to be taken again', async () => {
			await some(1);
			return taken.size > full;
		}, { every: 100 });
		await some(20);
		await smsc.text(SUBSCRIBER, 'CXPB');
		await smsc.expect(SUBSCRIBER, /屏蔽/);
		for (const [from, id] of taken) {
			const found = await smsc.expect(from, new RegExp(id));
			assert.ok(found, from);
		}
		const [{ n }] = await query(world, 'SELECT COUNT(*) n FROM report');
		assert.ok(n >= taken.size, `${taken.size} were acknowledged, ${n} are reports`);
		t.diagnostic(`${taken.size} taken, ${refused.length} refused`);
		await world.daemon.stop();
		execFileSync('umount', [folder]);
	});
}
