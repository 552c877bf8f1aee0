// SPDX-License-Identifier: AGPL-3.0-or-later
// relay.mjs - stands between two TCP peers and keeps every octet that passes, in its order: a
// capture that needs no permission of the kernel and misses nothing.

import net from 'node:net';

import { freePort } from './process.mjs';

const FRAME_MAX = 70000;

// The whole PDUs at the start of what one side has sent.
export function framed(octets) {
	const pdus = [];
	let at = 0;
	while (octets.length - at >= 16) {
		const length = octets.readUInt32BE(at);
		if (length < 16 || length > FRAME_MAX || at + length > octets.length) break;
		pdus.push({
			command: octets.readUInt32BE(at + 4),
			status: octets.readUInt32BE(at + 8),
			sequence: octets.readUInt32BE(at + 12),
			octets: octets.subarray(at, at + length),
		});
		at += length;
	}
	return { pdus, rest: octets.subarray(at) };
}

class Conversation {
	constructor() {
		this.chunks = []; // { fromServer, data, at }
	}

	add(fromServer, data) {
		this.chunks.push({ fromServer, data: Buffer.from(data), at: Date.now() });
	}

	// What one side has sent so far: { pdus, rest }.
	sent(fromServer) {
		const mine = this.chunks.filter((chunk) => chunk.fromServer === fromServer);
		return framed(Buffer.concat(mine.map((chunk) => chunk.data)));
	}
}

export class Relay {
	constructor(target, { host = '127.0.0.1' } = {}) {
		Object.assign(this, { target, host });
		this.conversations = [];
		this.sockets = new Set();
	}

	async listen() {
		this.port = await freePort();
		this.server = net.createServer({ allowHalfOpen: true }, (client) => this.#join(client));
		await new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(this.port, '127.0.0.1', resolve);
		});
		return this;
	}

	#join(client) {
		const server = net.connect({ port: this.target, host: this.host, allowHalfOpen: true });
		const conversation = new Conversation();
		this.conversations.push(conversation);
		for (const [from, to, fromServer] of [[client, server, false], [server, client, true]]) {
			this.sockets.add(from);
			from.setNoDelay(true);
			from.on('data', (data) => {
				conversation.add(fromServer, data);
				to.write(data);
			});
			from.on('end', () => to.end());
			from.on('error', () => to.destroy());
			from.on('close', () => {
				this.sockets.delete(from);
				to.end();
			});
		}
	}

	// All PDUs that one side has sent, over all connections.
	pdus(fromServer) {
		return this.conversations.flatMap((conversation) => conversation.sent(fromServer).pdus);
	}

	get fromServer() {
		return this.pdus(true);
	}

	get fromClient() {
		return this.pdus(false);
	}

	// Whether no side is in the middle of a PDU.
	get quiet() {
		return this.conversations.every((conversation) =>
			[true, false].every((side) => conversation.sent(side).rest.length === 0));
	}

	// Cuts what is connected; new connections are taken as before.
	cut() {
		for (const socket of this.sockets) socket.destroy();
	}

	async close() {
		this.cut();
		await new Promise((resolve) => this.server.close(resolve));
	}
}
