// SPDX-License-Identifier: AGPL-3.0-or-later
// charging.mjs - writes charging files as a 3GPP network does: TS 32.297 around TS 32.298 in BER.
// An independent reader (tests/interop/charging_oracle.py) says that it writes what it is told to.

const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

function tagOctets(tag, constructed) {
	const first = CONTEXT | (constructed ? CONSTRUCTED : 0);
	if (tag < 31) return [first | tag];
	const rest = [tag & 0x7f];
	for (let more = tag >> 7; more > 0; more >>= 7) rest.unshift(0x80 | (more & 0x7f));
	return [first | 31, ...rest];
}

function lengthOctets(length) {
	if (length < 128) return [length];
	const octets = [];
	for (let more = length; more > 0; more >>= 8) octets.unshift(more & 0xff);
	return [0x80 | octets.length, ...octets];
}

const element = (tag, constructed, value) =>
	Buffer.concat([Buffer.from([...tagOctets(tag, constructed), ...lengthOctets(value.length)]), value]);

export const primitive = (tag, value) => element(tag, false, Buffer.from(value));
export const constructed = (tag, ...parts) => element(tag, true, Buffer.concat(parts));
// The same with a length that is told by its end.
export const indefinite = (tag, ...parts) =>
	Buffer.concat([Buffer.from([...tagOctets(tag, true), 0x80]), ...parts, Buffer.from([0, 0])]);
const sequence = (...parts) => {
	const value = Buffer.concat(parts);
	return Buffer.concat([Buffer.from([0x30, ...lengthOctets(value.length)]), value]);
};

export function integer(tag, value) {
	const octets = [];
	let rest = BigInt(value);
	do {
		octets.unshift(Number(rest & 0xffn));
		rest >>= 8n;
	} while (rest !== 0n && rest !== -1n);
	if (value >= 0 && octets[0] & 0x80) octets.unshift(0);
	return primitive(tag, octets);
}

// "+8613800138000" is international, "0..." national without its 0, all else of unknown type.
function digits(number) {
	const type = number.startsWith('+') ? 1 : /^0[1-9]/.test(number) ? 2 : 0;
	const text = type === 1 ? number.slice(1) : type === 2 ? number.slice(1) : number;
	const nibbles = [...text].map((c) => '0123456789*#abc'.indexOf(c));
	if (nibbles.length % 2) nibbles.push(15);
	const tbcd = [];
	for (let i = 0; i < nibbles.length; i += 2) tbcd.push((nibbles[i + 1] << 4) | nibbles[i]);
	return { head: (type << 4) | 1, tbcd };
}

// CalledNumber and MSISDN; a CallingNumber that is hidden has an octet more.
export function number(tag, text, { hidden } = {}) {
	const { head, tbcd } = digits(text);
	return primitive(tag, hidden === undefined ? [0x80 | head, ...tbcd]
		: [head, 0x80 | (hidden ? 0x20 : 0), ...tbcd]);
}

// TimeStamp; `offset` is in minutes east of Greenwich.
export function time(tag, ms, offset = 480) {
	const local = new Date(ms + offset * 60000).toISOString();
	const bcd = (two) => parseInt(two, 16);
	const minutes = Math.abs(offset);
	const two = (n) => String(n).padStart(2, '0');
	return primitive(tag, [bcd(local.slice(2, 4)), bcd(local.slice(5, 7)), bcd(local.slice(8, 10)),
		bcd(local.slice(11, 13)), bcd(local.slice(14, 16)), bcd(local.slice(17, 19)),
		(offset < 0 ? '-' : '+').charCodeAt(0), bcd(two(Math.floor(minutes / 60))), bcd(two(minutes % 60))]);
}

const trunk = (tag, value) =>
	constructed(tag, typeof value === 'number' ? integer(0, value) : primitive(1, value));
const party = (uri) => primitive(uri.startsWith('tel:') ? 1 : 0, uri);
const forwarding = (tag, code) => constructed(tag, sequence(primitive(0, [code])));
const when = (value, make) => (value === undefined ? [] : [make(value)]);

// The tags of the circuit-switched records (TS 32.298 sec. 5.2.2.1).
const CS = {
	moc: { record: 0, served: 3, calling: 4, called: 5, translated: 6, trunk: 10, services: 17, seizure: 22, answer: 23, release: 24, duration: 25, cause: 30 },
	mtc: { record: 1, served: 3, calling: 4, trunk: 7, services: 14, seizure: 19, answer: 20, release: 21, duration: 22, cause: 27 },
	roaming: { record: 2, served: 2, calling: 3, trunk: 6, services: 11, seizure: 12, answer: 13, release: 14, duration: 15, cause: 17 },
	incoming: { record: 3, calling: 1, called: 2, trunk: 4, seizure: 6, answer: 7, release: 8, duration: 9, cause: 11 },
	outgoing: { record: 4, calling: 1, called: 2, trunk: 4, seizure: 6, answer: 7, release: 8, duration: 9, cause: 11 },
	transit: { record: 5, calling: 4, called: 5, trunk: 2, seizure: 7, answer: 8, release: 9, duration: 10, cause: 12 },
};

// call: served, calling, hidden, called, translated, trunk, forwarding (an SS code), seizure, answer,
// release (ms), offset (minutes), duration (s), cause, extra (further elements).
export function csRecord(kind, call) {
	const tags = CS[kind];
	const at = (ms, tag) => when(ms, (value) => time(tag, value, call.offset));
	return constructed(tags.record,
		integer(0, tags.record),
		...when(call.served, (v) => number(tags.served, v)),
		...when(call.calling, (v) => number(tags.calling, v, { hidden: call.hidden ?? false })),
		...when(call.called, (v) => number(tags.called, v)),
		...when(call.translated, (v) => number(tags.translated, v)),
		...when(call.trunk, (v) => trunk(tags.trunk, v)),
		...when(call.forwarding, (v) => forwarding(tags.services, v)),
		...at(call.seizure, tags.seizure), ...at(call.answer, tags.answer), ...at(call.release, tags.release),
		integer(tags.duration, call.duration ?? 0),
		integer(tags.cause, call.cause ?? 0),
		...(call.extra ?? []));
}

const IMS = { scscf: 63, mgcf: 67, as: 69, ibcf: 82, mmtel: 83 };

// session: method, role (0 originating, 1 terminating), calling and called (lists of URIs), from,
// requested, trunk, request, start, end (ms), offset, cause, extra.
export function imsRecord(node, session) {
	const at = (ms, tag) => when(ms, (value) => time(tag, value, session.offset));
	return constructed(IMS[node],
		integer(0, IMS[node]),
		primitive(2, session.method ?? 'INVITE'),
		...when(session.role, (v) => integer(3, v)),
		constructed(6, ...(session.calling ?? []).map(party)),
		...when(session.called, (v) => constructed(7, party(v))),
		...at(session.request, 9), ...at(session.start, 10), ...at(session.end, 11),
		...when(session.cause, (v) => integer(17, v)),
		...when(session.requested, (v) => constructed(41, party(v))),
		...when(session.from, (v) => primitive(51, v)),
		...when(session.trunk, (v) => constructed(80, primitive(0, v))),
		...(session.extra ?? []));
}

// The header's times: month, day, hour, minute, and the offset from UTC, in 32 bits.
function headerTime(ms, offset = 480) {
	const local = new Date(ms + offset * 60000);
	const minutes = Math.abs(offset);
	return ((local.getUTCMonth() + 1) * 2 ** 28 + local.getUTCDate() * 2 ** 23 + local.getUTCHours() * 2 ** 18
		+ local.getUTCMinutes() * 2 ** 12 + (offset < 0 ? 0 : 2 ** 11) + Math.floor(minutes / 60) * 2 ** 6 + minutes % 60);
}

// A record with its header: release 7 identifiers and above have an octet more.
export function withHeader(record, { release = 6, version = 0, format = 1, ts = 6, extension } = {}) {
	const head = Buffer.alloc(extension === undefined ? 4 : 5);
	head.writeUInt16BE(record.length, 0);
	head[2] = (release << 5) | version;
	head[3] = (format << 5) | ts;
	if (extension !== undefined) head[4] = extension;
	return Buffer.concat([head, record]);
}

// A whole file. `records` are octets of records, or of records with headers of their own.
export function chargingFile(records, { sequence: seq = 1, opened = Date.now(), filter = Buffer.alloc(0),
	privateExtension = Buffer.alloc(0), lost = 0, release = 7, extension = 5, count, length } = {}) {
	const body = Buffer.concat(records.map((r) => (r.ready ? r.octets : withHeader(r, { release, extension: release === 7 ? extension : undefined }))));
	const head = Buffer.alloc(50);
	head[8] = head[9] = release << 5;
	head.writeUInt32BE(headerTime(opened), 10);
	head.writeUInt32BE(headerTime(opened), 14);
	head.writeUInt32BE(count ?? records.length, 18);
	head.writeUInt32BE(seq, 22);
	head[47] = lost;
	head.writeUInt16BE(filter.length, 48);
	const extensionLength = Buffer.alloc(2);
	extensionLength.writeUInt16BE(privateExtension.length);
	const releases = release === 7 ? Buffer.from([extension, extension]) : Buffer.alloc(0);
	const header = Buffer.concat([head, filter, extensionLength, privateExtension, releases]);
	header.writeUInt32BE(length ?? header.length + body.length, 0);
	header.writeUInt32BE(header.length, 4);
	return Buffer.concat([header, body]);
}
