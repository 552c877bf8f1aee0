// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls through Kamailio with deploy/kamailio/kamailio.cfg, made and taken by sipp.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Kamailio, callers, freeUdpPort, phone } from '../lib/kamailio.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+447700900123';
const HOME = '+8613712345678';
const OTHER = '+8613911112222';

const sip = {
	config: async () => ({
		sip: {
			listeners: [{ address: '127.0.0.1', port: await freeUdpPort(), transport: 'udp' }],
			sources: [{
				name: 'kamailio', addresses: ['127.0.0.1'], trunk_header: 'X-Trunk',
				trunks: [{ match: 'IGW-*', entry: 'international' }], roaming_header: 'X-Roaming',
			}],
		},
	}),
};

// A busy machine may take longer than 200 ms: how long Kamailio waits is the last test's alone.
async function town(world, { called: scenario, screenMs = 5000, ...options } = {}) {
	const file = path.join(world.folder, 'rules');
	fs.writeFileSync(file, 'block call from international\n');
	await world.daemon.json('rules', SUBSCRIBER, 'set', file);
	const called = await phone(world.folder, scenario);
	world.peers.push(called);
	const kamailio = new Kamailio(world.folder, { mianrao: world.daemon.config.sip.listeners[0].port, nextHop: called.port, screenMs, ...options });
	world.peers.push(kamailio);
	await kamailio.start();
	return kamailio;
}

const counters = async (world) => (await world.daemon.json('status')).counters;

flow('a call from home goes through to the end, one from abroad is refused, another subscriber is called', sip, async (world) => {
	const kamailio = await town(world);
	const call = (scenario, what) => callers(world.folder, scenario, kamailio.port, what);
	assert.deepEqual(await call('call', { from: HOME, to: SUBSCRIBER }), { good: 1, bad: 0 });
	assert.deepEqual(await call('refused', { from: ABROAD, to: SUBSCRIBER }), { good: 1, bad: 0 });
	assert.deepEqual(await call('call', { from: ABROAD, to: OTHER }), { good: 1, bad: 0 });
	const seen = await counters(world);
	assert.equal(seen.screened_total, 3);
	assert.equal(seen.screened_blocked_total, 1);
	assert.equal(seen.sip_refused_total, 0, 'nothing of what Kamailio sends is faulty');
});

flow('the trunk that Kamailio names counts, what the caller says of roaming does not', sip, async (world) => {
	const kamailio = await town(world, { trunk: 'IGW-3' });
	const refused = await callers(world.folder, 'refused', kamailio.port, { from: HOME, to: SUBSCRIBER });
	assert.deepEqual(refused, { good: 1, bad: 0 });
	assert.equal((await counters(world)).sip_forged_total, 1);
});

flow('a caller who hangs up at once is let go, whatever the screening says', sip, async (world) => {
	const kamailio = await town(world, { called: 'ringing' });
	const gone = await callers(world.folder, 'cancel', kamailio.port, { from: HOME, to: SUBSCRIBER, calls: 20, rate: 20 });
	assert.deepEqual(gone, { good: 20, bad: 0 });
});

flow('a storm of calls is answered call by call', sip, async (world) => {
	const kamailio = await town(world);
	const [through, stopped] = await Promise.all([
		callers(world.folder, 'call', kamailio.port, { from: HOME, to: SUBSCRIBER, calls: 300, rate: 100 }),
		callers(world.folder, 'refused', kamailio.port, { from: ABROAD, to: SUBSCRIBER, calls: 300, rate: 100 }),
	]);
	assert.deepEqual(through, { good: 300, bad: 0 });
	assert.deepEqual(stopped, { good: 300, bad: 0 });
	const seen = await counters(world);
	assert.equal(seen.screened_total, 600, 'copies count once');
	assert.equal(seen.screened_blocked_total, 300);
});

flow('while the daemon stands still Kamailio asks again, and a call is decided and counted once', sip, async (world) => {
	const kamailio = await town(world);
	const { pid } = world.daemon.child;
	process.kill(pid, 'SIGSTOP');
	const called = Promise.all([
		callers(world.folder, 'call', kamailio.port, { from: HOME, to: SUBSCRIBER }),
		callers(world.folder, 'refused', kamailio.port, { from: ABROAD, to: SUBSCRIBER }),
	]);
	// Kamailio sends again after half a second, and after another.
	await new Promise((resolve) => setTimeout(resolve, 2000));
	process.kill(pid, 'SIGCONT');
	assert.deepEqual(await called, [{ good: 1, bad: 0 }, { good: 1, bad: 0 }]);
	const seen = await counters(world);
	assert.equal(seen.screened_total, 2);
	assert.equal(seen.screened_blocked_total, 1);
	assert.ok(seen.sip_copies_total >= 2, `${seen.sip_copies_total} copies`);
});

flow('without an answer calls go on', sip, async (world) => {
	const kamailio = await town(world, { screenMs: 200 });
	await world.daemon.kill();
	const through = await callers(world.folder, 'call', kamailio.port, { from: ABROAD, to: SUBSCRIBER, calls: 5, rate: 5 });
	assert.deepEqual(through, { good: 5, bad: 0 });
	await world.daemon.start();
	assert.deepEqual(await callers(world.folder, 'refused', kamailio.port, { from: ABROAD, to: SUBSCRIBER }), { good: 1, bad: 0 });
});
