// SPDX-License-Identifier: AGPL-3.0-or-later
// wire.mjs - SMPP octets by hand: for PDUs that no proper client would send.

import net from 'node:net';

import { waitFor } from './wait.mjs';

export const COMMAND = {
	bind_receiver: 1,
	bind_transmitter: 2,
	query_sm: 3,
	submit_sm: 4,
	deliver_sm: 5,
	unbind: 6,
	replace_sm: 7,
	cancel_sm: 8,
	bind_transceiver: 9,
	outbind: 0x0b,
	enquire_link: 0x15,
	submit_multi: 0x21,
	alert_notification: 0x102,
	data_sm: 0x103,
	generic_nack: 0x80000000,
};

export const cstring = (text) => Buffer.from(`${text}\0`, 'latin1');

export function pdu(command, sequence, body = Buffer.alloc(0), { status = 0, length } = {}) {
	const head = Buffer.alloc(16);
	head.writeUInt32BE(length ?? 16 + body.length, 0);
	head.writeUInt32BE((typeof command === 'number' ? command : COMMAND[command]) >>> 0, 4);
	head.writeUInt32BE(status, 8);
	head.writeUInt32BE(sequence, 12);
	return Buffer.concat([head, body]);
}

export const bindBody = (systemId, password, version = 0x34) => Buffer.concat([
	cstring(systemId), cstring(password), cstring(''), Buffer.from([version, 0, 0]), cstring(''),
]);

export function submitBody(from, to, message, { coding = 0, esm = 0, length, tlvs = Buffer.alloc(0) } = {}) {
	return Buffer.concat([
		cstring(''), Buffer.from([1, 1]), cstring(from), Buffer.from([0, 1]), cstring(to),
		Buffer.from([esm, 0, 0]), cstring(''), cstring(''),
		Buffer.from([0, 0, coding, 0, length ?? message.length]), message, tlvs,
	]);
}

// A raw connection that collects the PDUs it is sent.
export class Wire {
	constructor(port, host = '127.0.0.1') {
		Object.assign(this, { port, host });
		this.received = [];
		this.buffer = Buffer.alloc(0);
		this.open = false;
	}

	connect() {
		return new Promise((resolve, reject) => {
			const socket = net.connect(this.port, this.host);
			this.#attach(socket, reject);
			socket.once('connect', () => {
				this.open = true;
				resolve(this);
			});
		});
	}

	// One that the gateway has made to us.
	static accepted(socket) {
		const wire = new Wire();
		wire.open = true;
		wire.#attach(socket, () => {});
		return wire;
	}

	#attach(socket, reject) {
		this.socket = socket;
		socket.setNoDelay(true);
		socket.on('error', reject);
		socket.on('close', () => {
			this.open = false;
		});
		socket.on('data', (data) => this.#take(data));
	}

	#take(data) {
		this.buffer = Buffer.concat([this.buffer, data]);
		while (this.buffer.length >= 16 && this.buffer.length >= this.buffer.readUInt32BE(0)) {
			const length = this.buffer.readUInt32BE(0);
			const octets = this.buffer.subarray(0, length);
			const taken = {
				command: octets.readUInt32BE(4),
				status: octets.readUInt32BE(8),
				sequence: octets.readUInt32BE(12),
				body: octets.subarray(16),
			};
			this.received.push(taken);
			this.buffer = this.buffer.subarray(length);
			this.onPdu?.(taken);
		}
	}

	write(...chunks) {
		this.socket.write(Buffer.concat(chunks));
	}

	// The answer with this sequence number.
	answer(sequence, timeout = 10000) {
		return waitFor(
			() => `an answer with sequence ${sequence}; there came ` + JSON.stringify(this.received
				.map((p) => `${p.command.toString(16)}/${p.status}/${p.sequence}`)),
			() => this.received.find((p) => p.sequence === sequence && p.command >= 0x80000000),
			{ timeout });
	}

	ended(timeout = 10000) {
		return waitFor('the gateway to close the connection', () => !this.open, { timeout });
	}

	async bind(systemId, password, kind = 'bind_transceiver', sequence = 1) {
		this.write(pdu(kind, sequence, bindBody(systemId, password)));
		const answer = await this.answer(sequence);
		if (answer.status !== 0) throw new Error(`bind answered with status ${answer.status}`);
		return this;
	}

	close() {
		this.socket?.destroy();
	}
}
