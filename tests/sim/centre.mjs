// SPDX-License-Identifier: AGPL-3.0-or-later
// centre.mjs - the short message centre of a large town. It does what lib/peers.mjs does, on octets
// made by hand: npm's smpp would take most of the processor. What is not answered, or refused for
// now, is sent again, for ever; what comes for a handset is taken.

import net from 'node:net';

import { Assembler, canonical, fromGsm7, fromUcs2, parts } from '../lib/sms.mjs';
import { COMMAND, bindBody, pdu, submitBody } from '../lib/wire.mjs';

const RESPONSE = 0x80000000;
const LATER = new Set([0x08, 0x14, 0x58]); // ESME_RSYSERR, ESME_RMSGQFUL, ESME_RTHROTTLED
const EMPTY = Buffer.from([0]);

function cString(octets, at) {
	const end = octets.indexOf(0, at);
	return [octets.toString('latin1', at, end), end + 1];
}

// Of a deliver_sm: { from, to, data_coding, esm, message }.
function readDelivery(octets) {
	let [, at] = cString(octets, 16);
	const read = {};
	for (const name of ['from', 'to']) {
		const ton = octets[at];
		const [address, next] = cString(octets, at + 2);
		read[name] = canonical(address, ton);
		at = next;
	}
	read.esm = octets[at];
	at += 3;
	[, at] = cString(octets, at);
	[, at] = cString(octets, at);
	read.coding = octets[at + 2];
	read.message = octets.subarray(at + 5, at + 5 + octets[at + 4]);
	return read;
}

const decode = (coding, octets) => (coding === 8 ? fromUcs2(octets) : fromGsm7(octets));

// A connection with a window of its own.
class Line {
	constructor(centre) {
		this.centre = centre;
		this.open = new Map(); // sequence -> job
		this.#connect();
	}

	#connect() {
		if (this.centre.closing) return;
		this.bound = false;
		this.buffer = Buffer.alloc(0);
		this.sequence = 1;
		this.out = [];
		const socket = net.connect(this.centre.port, '127.0.0.1');
		this.socket = socket;
		socket.setNoDelay(true);
		socket.on('connect', () => socket.write(pdu('bind_transceiver', this.sequence++,
			bindBody(this.centre.systemId, this.centre.password))));
		socket.on('data', (data) => this.#take(data));
		socket.on('error', () => {});
		socket.on('close', () => this.#lost());
	}

	#lost() {
		this.bound = false;
		const jobs = [...this.open.values()];
		this.open.clear();
		this.centre.again(jobs);
		if (!this.centre.closing) setTimeout(() => this.#connect(), 20);
	}

	#take(data) {
		this.buffer = this.buffer.length ? Buffer.concat([this.buffer, data]) : data;
		let at = 0;
		while (this.buffer.length - at >= 16) {
			const length = this.buffer.readUInt32BE(at);
			if (this.buffer.length - at < length) break;
			this.#pdu(this.buffer.subarray(at, at + length));
			at += length;
		}
		this.buffer = this.buffer.subarray(at);
		this.centre.fill();
		this.flush();
	}

	#pdu(octets) {
		const command = octets.readUInt32BE(4);
		const status = octets.readUInt32BE(8);
		const sequence = octets.readUInt32BE(12);
		if (command === COMMAND.deliver_sm) {
			this.out.push(pdu(RESPONSE + command, sequence, EMPTY));
			this.centre.delivered(readDelivery(octets));
		} else if (command === COMMAND.enquire_link || command === COMMAND.unbind) {
			this.out.push(pdu(RESPONSE + command, sequence));
		} else if (command === RESPONSE + COMMAND.submit_sm) {
			const job = this.open.get(sequence);
			this.open.delete(sequence);
			if (job) this.centre.answered(job, status, status === 0 ? cString(octets, 16)[0] : '');
		} else if (command === RESPONSE + COMMAND.bind_transceiver) {
			this.bound = status === 0;
			if (!this.bound) this.socket.destroy();
		}
	}

	get room() {
		return this.bound ? this.centre.window - this.open.size : 0;
	}

	submit(job) {
		const sequence = this.sequence++;
		this.open.set(sequence, job);
		job.attempts++;
		this.out.push(pdu('submit_sm', sequence, job.body));
	}

	flush() {
		if (this.out.length) this.socket.write(Buffer.concat(this.out));
		this.out = [];
	}
}

export class Centre {
	constructor({ port, systemId = 'centre', password, service = '10086999', sessions = 2, window = 50 }) {
		Object.assign(this, { port, systemId, password, service, window });
		this.queue = [];
		this.head = 0;
		this.assembler = new Assembler();
		this.onText = undefined; // ({ from, to, text })
		this.reference = 0;
		this.attempts = 0;
		this.texts = 0;
		this.lines = Array.from({ length: sessions }, () => new Line(this));
	}

	// A subscriber's text; resolves to its message_id once it was taken, rejects when refused for good.
	send(from, text) {
		const reference = this.reference = (this.reference + 1) % 256;
		const pieces = parts(text, { reference });
		const jobs = pieces.map(({ data_coding, esm_class, short_message }) => this.#put(from.replace('+', ''),
			short_message, { coding: data_coding, esm: esm_class ?? 0 }));
		this.fill();
		for (const line of this.lines) line.flush();
		return Promise.all(jobs).then((ids) => ids.at(-1));
	}

	#put(from, message, options) {
		return new Promise((resolve, reject) => {
			this.queue.push({ body: submitBody(from, this.service, message, options), attempts: 0, resolve, reject });
		});
	}

	get waiting() {
		return this.queue.length - this.head;
	}

	fill() {
		for (const line of this.lines)
			for (let room = line.room; room > 0 && this.waiting > 0; room--) line.submit(this.queue[this.head++]);
		if (this.head > 10000) {
			this.queue.splice(0, this.head);
			this.head = 0;
		}
	}

	again(jobs) {
		this.queue.push(...jobs);
	}

	answered(job, status, id) {
		this.attempts += job.attempts;
		if (status === 0) job.resolve(id);
		else if (LATER.has(status)) setTimeout(() => this.#later(job), 20);
		else job.reject(new Error(`a text was refused with status ${status}`));
	}

	#later(job) {
		this.again([job]);
		this.fill();
		for (const line of this.lines) line.flush();
	}

	delivered({ from, to, esm, coding, message }) {
		const udh = esm & 0x40 ? message.subarray(1, 1 + message[0]) : undefined;
		const text = decode(coding, udh ? message.subarray(1 + message[0]) : message);
		const whole = this.assembler.take(`${from}>${to}`, {
			short_message: { message: text, udh: udh ? [udh] : [] },
		});
		if (!whole) return;
		this.texts++;
		this.onText?.({ from, to, text: whole.text });
	}

	close() {
		this.closing = true;
		for (const line of this.lines) line.socket.destroy();
	}
}
