// SPDX-License-Identifier: AGPL-3.0-or-later
// sms.mjs - texts as octets and parts, the handsets' side of it; and parts as texts again.

const GSM = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡' +
	'ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const plain = (text) => [...text].every((c) => c !== '\u001b' && GSM.includes(c));

export const ucs2 = (text) => Buffer.from(text, 'utf16le').swap16();
export const fromUcs2 = (data) => Buffer.from(data).swap16().toString('utf16le');
export const fromGsm7 = (octets) => [...octets].map((septet) => GSM[septet]).join('');
export const gsm7 = (text) => Buffer.from([...text].map((c) => GSM.indexOf(c)));

// The octets of a text and their data_coding; `coding` forces one.
export function encode(text, coding) {
	const chosen = coding ?? (plain(text) ? 0 : 8);
	if (chosen === 8) return { data_coding: 8, octets: ucs2(text) };
	if (chosen === 3) return { data_coding: 3, octets: Buffer.from(text, 'latin1') };
	return { data_coding: chosen, octets: gsm7(text) };
}

// Cuts octets into pieces that fit a part; UCS2 is cut between units, not inside a surrogate pair.
export function cut(octets, size, unit) {
	const pieces = [];
	for (let at = 0; at < octets.length;) {
		let end = Math.min(octets.length, at + size);
		if (unit === 2 && end < octets.length && (octets[end - 2] & 0xfc) === 0xd8) end -= 2;
		pieces.push(octets.subarray(at, end));
		at = end;
	}
	return pieces;
}

export const udh8 = (reference, total, index) =>
	Buffer.from([5, 0, 3, reference & 0xff, total, index]);
export const udh16 = (reference, total, index) =>
	Buffer.from([6, 8, 4, reference >> 8, reference & 0xff, total, index]);

// The PDU fields of each part of a text; how: udh8, udh16, sar, payload. `size` is the number of
// octets of text in a part.
export function parts(text, { how = 'udh8', coding, reference = 1, size } = {}) {
	const { data_coding, octets } = encode(text, coding);
	const unit = data_coding === 8 ? 2 : 1;
	if (how === 'payload') return [{ data_coding, message_payload: octets }];
	const single = unit === 2 ? 140 : 160;
	if (octets.length <= (size ?? single)) return [{ data_coding, short_message: octets }];
	const pieces = cut(octets, size ?? (unit === 2 ? 132 : 152), unit);
	return pieces.map((piece, i) => {
		if (how === 'sar')
			return {
				data_coding,
				short_message: piece,
				sar_msg_ref_num: reference,
				sar_total_segments: pieces.length,
				sar_segment_seqnum: i + 1,
			};
		const udh = (how === 'udh16' ? udh16 : udh8)(reference, pieces.length, i + 1);
		return { data_coding, esm_class: 0x40, short_message: Buffer.concat([udh, piece]) };
	});
}

// Joins parts that arrive in any order. take() gives the whole text once it is there.
export class Assembler {
	constructor() {
		this.sets = new Map();
	}

	// `pdu` as npm smpp decodes it: short_message = { message, udh: [element, ...] }.
	take(key, pdu) {
		const body = pdu.short_message?.message?.length ? pdu.short_message
			: pdu.message_payload ?? pdu.short_message ?? { message: '' };
		const text = Buffer.isBuffer(body.message) ? fromUcs2(body.message) : body.message;
		const element = (body.udh || []).find((e) => e[0] === 0 || e[0] === 8);
		if (!element && !pdu.sar_total_segments) return { text, parts: 1 };
		const wide = element?.[0] === 8;
		const [reference, total, index] = !element
			? [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum]
			: wide ? [element.readUInt16BE(2), element[4], element[5]]
				: [element[2], element[3], element[4]];
		const name = `${key}/${reference}/${total}`;
		const set = this.sets.get(name) ?? new Map();
		set.set(index, text);
		this.sets.set(name, set);
		if (set.size < total) return undefined;
		this.sets.delete(name);
		const whole = [...set.keys()].sort((a, b) => a - b).map((i) => set.get(i)).join('');
		return { text: whole, parts: total };
	}
}

// Canonical form of an SMPP address of a subscriber, for comparing.
export function canonical(address, ton = 0) {
	if (/^1[3-9]\d{9}$/.test(address)) return `+86${address}`;
	if (ton === 1 && !address.startsWith('+')) return `+${address}`;
	if (/^861[3-9]\d{9}$/.test(address)) return `+${address}`;
	return address;
}

// The fields of a source or destination address for a number as people write it.
export function address(number) {
	if (/^\+/.test(number)) return { ton: 1, npi: 1, addr: number.slice(1) };
	if (/[^0-9]/.test(number)) return { ton: 5, npi: 0, addr: number };
	return { ton: number.length < 11 ? 3 : 2, npi: 1, addr: number };
}
