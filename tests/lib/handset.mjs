// SPDX-License-Identifier: AGPL-3.0-or-later
// handset.mjs - handsets behind an MSC, without radio: an MME that speaks SGsAP (3GPP TS 29.118), and
// for each of its handsets the short message service of 3GPP TS 24.011 and 23.040.

import net from 'node:net';

import { fromGsm7, fromUcs2, parts } from './sms.mjs';
import { waitFor, within } from './wait.mjs';

const MME_NAME = 'mmec01.mmegi0001.mme.epc.mnc000.mcc460.3gppnetwork.org';
const LAI = Buffer.from([0x64, 0xf0, 0x00, 0x00, 0x01]); // 460-00, area 1
const SGSAP = {
	paging: 0x01, service: 0x06, downlink: 0x07, uplink: 0x08,
	update: 0x09, accepted: 0x0a, rejected: 0x0b, release: 0x1b, status: 0x1d,
};
const IE = { imsi: 0x01, lai: 0x04, mmeName: 0x09, updateType: 0x0a, nas: 0x16, service: 0x20 };
const CP = { data: 1, ack: 4, error: 16 };
const RP = { dataUp: 0, dataDown: 1, ackUp: 2, ackDown: 3, errorUp: 4, errorDown: 5 };
const SMS = 9; // protocol discriminator

// Digits in pairs, the first of each in the low half.
export function bcd(digits) {
	const even = digits.length % 2 ? `${digits}f` : digits;
	return Buffer.from(even.replace(/(.)(.)/g, '$2$1'), 'hex');
}
const unbcd = (octets) => octets.toString('hex').replace(/(.)(.)/g, '$2$1').replace(/f$/, '');

// As a mobile identity: what it is shares its first octet with the first digit.
const imsiIdentity = (imsi) => Buffer.concat([Buffer.from([Number(imsi[0]) << 4 | 9]), bcd(imsi.slice(1))]);
const imsiOf = (identity) => `${identity[0] >> 4}${unbcd(identity.subarray(1))}`;
export const lv = (value) => Buffer.concat([Buffer.from([value.length]), value]);
const labels = (name) => Buffer.concat(name.split('.').map((label) => lv(Buffer.from(label))));

export function elements(octets) {
	const found = new Map();
	for (let at = 0; at + 2 <= octets.length; at += 2 + octets[at + 1])
		found.set(octets[at], octets.subarray(at + 2, at + 2 + octets[at + 1]));
	return found;
}

function packSeptets(septets, fill = 0) {
	const out = Buffer.alloc(Math.ceil((septets.length * 7 + fill) / 8));
	septets.forEach((septet, i) => {
		const bit = i * 7 + fill;
		const value = septet << bit % 8;
		out[bit >> 3] |= value & 0xff;
		if (value > 0xff) out[(bit >> 3) + 1] |= value >> 8;
	});
	return out;
}

function unpackSeptets(octets, count, fill = 0) {
	return Buffer.from(Array.from({ length: count }, (_, i) => {
		const bit = i * 7 + fill;
		const pair = octets[bit >> 3] | (octets[(bit >> 3) + 1] ?? 0) << 8;
		return pair >> bit % 8 & 0x7f;
	}));
}

// TP-UDL and TP-UD of a part: with a header, septets begin at a septet's bound behind it.
function userData({ data_coding: coding, esm_class: esm = 0, short_message: octets }) {
	if (coding === 8) return lv(octets);
	const head = esm & 0x40 ? octets.subarray(0, octets[0] + 1) : Buffer.alloc(0);
	const text = octets.subarray(head.length);
	const fill = (7 - head.length * 8 % 7) % 7;
	const count = (head.length * 8 + fill) / 7 + text.length;
	return Buffer.concat([Buffer.from([count]), head, packSeptets([...text], fill)]);
}

const address = (digits) => Buffer.concat([Buffer.from([digits.length, 0x81]), bcd(digits)]);

// SMS-SUBMIT (TS 23.040 9.2.2.2), without a validity period.
const submit = (reference, to, part) => Buffer.concat([
	Buffer.from([0x01 | (part.esm_class ?? 0) & 0x40, reference]), address(to),
	Buffer.from([0, part.data_coding]), userData(part),
]);

// SMS-DELIVER (9.2.2.1): { from, coding, head, text }.
export function readDeliver(tpdu) {
	const digits = tpdu[1];
	const octets = Math.ceil(digits / 2);
	const from = unbcd(tpdu.subarray(3, 3 + octets)).slice(0, digits);
	const dcs = tpdu[4 + octets];
	const length = tpdu[12 + octets];
	const data = tpdu.subarray(13 + octets);
	const head = tpdu[0] & 0x40 ? data.subarray(0, data[0] + 1) : Buffer.alloc(0);
	if ((dcs & 0x0c) === 8) return { from, dcs, head, text: fromUcs2(data.subarray(head.length, length)) };
	const fill = (7 - head.length * 8 % 7) % 7;
	const skip = (head.length * 8 + fill) / 7;
	const septets = unpackSeptets(data.subarray(head.length), length - skip, fill);
	return { from, dcs, head, text: fromGsm7(septets) };
}

export class Handset {
	constructor(mme, imsi, number) {
		Object.assign(this, { mme, imsi, number });
		this.messages = []; // { from, text, head, dcs }
		this.answers = new Map(); // of the network to texts of ours, by reference
		this.reference = 0;
	}

	async attach() {
		this.mme.send(SGSAP.update, this.imsi, [
			[IE.mmeName, labels(MME_NAME)], [IE.updateType, Buffer.from([1])], [IE.lai, LAI]]);
		await waitFor(`${this.number} to be attached`, () => this.attached !== undefined);
		if (!this.attached) throw new Error(`${this.number} was not let in`);
		return this;
	}

	#uplink(identity, type, body = Buffer.alloc(0)) {
		const octets = Buffer.concat([Buffer.from([identity | SMS, type]), body]);
		this.mme.send(SGSAP.uplink, this.imsi, [[IE.nas, octets]]);
	}

	// Sends a text; gives the RP cause of each part, 0 when it was taken.
	async send(to, text, options = {}) {
		const causes = [];
		for (const part of parts(text, { reference: 42, ...options })) causes.push(await this.#part(to, part));
		return causes;
	}

	#part(to, part) {
		const reference = this.reference++ & 0xff;
		const rp = Buffer.concat([Buffer.from([RP.dataUp, reference, 0]),
			lv(Buffer.concat([Buffer.from([0x91]), bcd('8613800100500')])), lv(submit(reference, to, part))]);
		const answer = new Promise((resolve) => this.answers.set(reference, resolve));
		this.#uplink((reference % 7) << 4, CP.data, lv(rp));
		return within('the answer of the network', answer);
	}

	onMessage(type, ies) {
		if (type === SGSAP.accepted || type === SGSAP.rejected) this.attached = type === SGSAP.accepted;
		if (type === SGSAP.paging)
			this.mme.send(SGSAP.service, this.imsi, [[IE.service, ies.get(IE.service)]]);
		if (type === SGSAP.downlink) this.#onNas(ies.get(IE.nas));
	}

	#onNas(octets) {
		const identity = (octets[0] & 0xf0) ^ 0x80; // the same transaction, seen from the other side
		if (octets[1] !== CP.data) return;
		const rp = octets.subarray(3, 3 + octets[2]);
		this.#uplink(identity, CP.ack);
		if (rp[0] === RP.dataDown) this.#onText(identity, rp);
		else if (rp[0] === RP.ackDown) this.#answered(rp[1], 0);
		else if (rp[0] === RP.errorDown) this.#answered(rp[1], rp[3] & 0x7f);
	}

	#answered(reference, cause) {
		this.answers.get(reference)?.(cause);
		this.answers.delete(reference);
	}

	#onText(identity, rp) {
		const data = 3 + rp[2]; // behind the originator; then comes an empty destination
		const tpdu = rp.subarray(data + 2 + rp[data], data + 2 + rp[data] + rp[data + 1 + rp[data]]);
		this.messages.push(readDeliver(tpdu));
		this.#uplink(identity, CP.data, lv(Buffer.from([RP.ackUp, rp[1]])));
	}

	// The texts that are complete; what tells a part's place is the end of its header.
	get texts() {
		const whole = [];
		const sets = new Map();
		for (const { head, text } of this.messages) {
			if (head.length === 0) whole.push(text);
			else {
				const [total, index] = head.subarray(-2);
				const name = head.subarray(0, -1).toString('hex');
				const set = sets.get(name) ?? sets.set(name, new Map()).get(name);
				set.set(index, text);
				if (set.size === total)
					whole.push(Array.from({ length: total }, (_, i) => set.get(i + 1)).join(''));
			}
		}
		return whole;
	}

	// The first text that matches, once it is there.
	expect(match, options) {
		return waitFor(() => `a text to the handset ${this.number} like ${match}; there came: ` +
			JSON.stringify(this.texts), () => this.texts.find((text) => match.test(text)), options);
	}
}

// Messages are framed as tests/interop/sctp_stand_in.c does it.
export class Mme {
	constructor(host, port) {
		Object.assign(this, { host, port });
		this.handsets = new Map();
		this.refusals = []; // SGsAP-STATUS
		this.rest = Buffer.alloc(0);
	}

	async connect() {
		this.socket = net.connect(this.port, this.host);
		this.socket.setNoDelay(true);
		this.socket.on('data', (data) => this.#take(data));
		await within('SGs', new Promise((resolve, reject) => {
			this.socket.once('connect', resolve);
			this.socket.on('error', reject);
		}));
		return this;
	}

	handset(imsi, number) {
		const handset = new Handset(this, imsi, number);
		this.handsets.set(imsi, handset);
		return handset;
	}

	send(type, imsi, ies) {
		const body = Buffer.concat([Buffer.from([type, IE.imsi]), lv(imsiIdentity(imsi)),
			...ies.map(([tag, value]) => Buffer.concat([Buffer.from([tag]), lv(value)]))]);
		this.socket.write(Buffer.concat([Buffer.from([body.length >> 8, body.length & 0xff]), body]));
	}

	#take(data) {
		this.rest = Buffer.concat([this.rest, data]);
		while (this.rest.length >= 2 && this.rest.length >= 2 + this.rest.readUInt16BE(0)) {
			const message = this.rest.subarray(2, 2 + this.rest.readUInt16BE(0));
			this.rest = this.rest.subarray(2 + message.length);
			const ies = elements(message.subarray(1));
			if (message[0] === SGSAP.status) this.refusals.push(message.toString('hex'));
			if (ies.has(IE.imsi)) this.handsets.get(imsiOf(ies.get(IE.imsi)))?.onMessage(message[0], ies);
		}
	}

	close() {
		this.socket?.destroy();
	}
}
