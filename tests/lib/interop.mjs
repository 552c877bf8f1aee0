// SPDX-License-Identifier: AGPL-3.0-or-later
// interop.mjs - a test with foreign peers. They reach the daemon through a relay; at the end of the
// test tshark must decode all that the daemon sent, PDU by PDU, without a complaint.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { dissect, writePcap } from './capture.mjs';
import { Relay } from './relay.mjs';
import { waitFor } from './wait.mjs';
import { COMMAND } from './wire.mjs';
import { flow } from './world.mjs';

export const RESP = 0x80000000;
const names = new Map(Object.entries(COMMAND).flatMap(([name, id]) =>
	(id < RESP ? [[id, name], [id + RESP, `${name}_resp`]] : [[id, name]])));
export const nameOf = (command) => names.get(command) ?? `0x${command.toString(16)}`;

const seen = new Set(); // kinds of PDUs of ours that tshark has decoded

// Which side of a relay is the daemon: `server` where peers bind to it.
export async function assertDecodes(folder, relays) {
	for (const [i, { relay, side }] of relays.entries()) {
		const ours = side === 'server';
		const pcap = path.join(folder, `relay${i}.pcap`);
		for (const conversation of relay.conversations)
			assert.equal(conversation.sent(ours).rest.length, 0, 'octets after the last PDU');
		const sent = relay.pdus(ours).map((pdu) => pdu.command);
		writePcap(pcap, relay.conversations);
		const { commands, complaints } = await dissect(pcap, ours);
		assert.deepEqual(complaints, [], `tshark about ${pcap}`);
		assert.deepEqual(commands.map(nameOf), sent.map(nameOf), `PDUs in ${pcap}`);
		for (const command of commands) seen.add(nameOf(command));
	}
}

// As flow(). world.relay is before the daemon's SMPP port; world.watch(port, side, host) gives a
// relay before another one, with the daemon on the side `server` or `client` of it. Both are there
// when `prepare` is called, the daemon's configuration may be changed then.
export function interop(name, options, body) {
	const [settings, run] = body ? [options, body] : [{}, options];
	const prepare = async (world) => {
		world.relays = [];
		world.watch = async (port, side, host) => {
			const relay = await new Relay(port, { host }).listen();
			world.relays.push({ relay, side });
			world.peers.push({ drop: () => relay.close(), close: () => {} });
			return relay;
		};
		world.relay = await world.watch(world.daemon.smppPort, 'server');
		await settings.prepare?.(world);
	};
	flow(name, { ...settings, prepare }, async (world, t) => {
		await run(world, t);
		for (const peer of world.peers) await peer.close();
		await waitFor('the last octets', () => world.relays.every(({ relay }) => relay.quiet));
		await assertDecodes(world.folder, world.relays);
	});
}

let skipped = 0;

// For what cannot be tried here: said, and counted as skipped.
export function skip(t, why) {
	skipped++;
	t.skip(why);
}

// A test at the end of a file: all these kinds of PDUs were sent by us and decoded.
export function sentKinds(...kinds) {
	test('tshark has decoded each kind of PDU that was to be sent', (t) => {
		const missing = kinds.filter((kind) => !seen.has(kind));
		if (missing.length > 0 && skipped > 0) {
			t.skip('tests of this file were skipped');
			return;
		}
		assert.deepEqual(missing, [], `seen: ${[...seen].join(' ')}`);
	});
}
