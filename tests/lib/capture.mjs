// SPDX-License-Identifier: AGPL-3.0-or-later
// capture.mjs - conversations as a pcap file, and what tshark thinks of them.

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { run } from './process.mjs';
import { framed } from './relay.mjs';

const SMPP_PORT = 2775; // the port by which tshark knows SMPP
const FIRST_CLIENT_PORT = 40000;
const SEGMENT = 1400;
const SYN = 2, ACK = 0x10, PUSH = 8;
const RAW_IP = 101;

function sum16(octets, start = 0) {
	let sum = start;
	for (let i = 0; i + 1 < octets.length; i += 2) sum += octets.readUInt16BE(i);
	if (octets.length % 2) sum += octets[octets.length - 1] << 8;
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return sum;
}

const ADDRESS = Buffer.from([127, 0, 0, 1]);

function packet({ from, to, seq, ack, flags, data }) {
	const tcp = Buffer.alloc(20 + data.length);
	tcp.writeUInt16BE(from, 0);
	tcp.writeUInt16BE(to, 2);
	tcp.writeUInt32BE(seq, 4);
	tcp.writeUInt32BE(ack, 8);
	tcp.writeUInt16BE(0x5000 | flags, 12);
	tcp.writeUInt16BE(65535, 14);
	data.copy(tcp, 20);
	const pseudo = Buffer.concat([ADDRESS, ADDRESS, Buffer.from([0, 6, tcp.length >> 8, tcp.length & 0xff])]);
	tcp.writeUInt16BE(~sum16(tcp, sum16(pseudo)) & 0xffff, 16);
	const ip = Buffer.alloc(20);
	ip.writeUInt16BE(0x4500, 0);
	ip.writeUInt16BE(20 + tcp.length, 2);
	ip.writeUInt16BE(0x4000, 6);
	ip.writeUInt16BE(0x4006, 8);
	ADDRESS.copy(ip, 12);
	ADDRESS.copy(ip, 16);
	ip.writeUInt16BE(~sum16(ip) & 0xffff, 10);
	return Buffer.concat([ip, tcp]);
}

// tshark takes a segment that begins with less than a header for no SMPP: each PDU begins one here.
function* pdusOf({ chunks }) {
	const rest = { true: Buffer.alloc(0), false: Buffer.alloc(0) };
	const at = chunks.at(-1)?.at;
	for (const chunk of chunks) {
		const { pdus, rest: left } = framed(Buffer.concat([rest[chunk.fromServer], chunk.data]));
		for (const { octets } of pdus) yield { ...chunk, data: octets };
		rest[chunk.fromServer] = left;
	}
	for (const fromServer of [false, true]) yield { fromServer, data: rest[fromServer], at };
}

function* packetsOf(conversation, clientPort) {
	const next = { true: 1, false: 1 }; // sequence numbers, by fromServer
	const make = (fromServer, flags, data = Buffer.alloc(0), handshake = false) => packet({
		from: fromServer ? SMPP_PORT : clientPort,
		to: fromServer ? clientPort : SMPP_PORT,
		seq: handshake ? 0 : next[fromServer],
		ack: flags & ACK ? next[!fromServer] : 0,
		flags,
		data,
	});
	const start = conversation.chunks[0]?.at ?? 0;
	yield { at: start, octets: make(false, SYN, undefined, true) };
	yield { at: start, octets: make(true, SYN | ACK, undefined, true) };
	yield { at: start, octets: make(false, ACK) };
	for (const { fromServer, data, at } of pdusOf(conversation))
		for (let i = 0; i < data.length; i += SEGMENT) {
			const piece = data.subarray(i, i + SEGMENT);
			yield { at, octets: make(fromServer, PUSH | ACK, piece) };
			next[fromServer] += piece.length;
		}
}

// Writes the conversations; in the file the server's port is 2775.
export function writePcap(file, conversations) {
	const head = Buffer.alloc(24);
	head.writeUInt32LE(0xa1b2c3d4, 0);
	head.writeUInt16LE(2, 4);
	head.writeUInt16LE(4, 6);
	head.writeUInt32LE(262144, 16);
	head.writeUInt32LE(RAW_IP, 20);
	const out = [head];
	conversations.forEach((conversation, i) => {
		for (const { at, octets } of packetsOf(conversation, FIRST_CLIENT_PORT + i)) {
			const record = Buffer.alloc(16);
			record.writeUInt32LE(Math.floor(at / 1000), 0);
			record.writeUInt32LE((at % 1000) * 1000, 4);
			record.writeUInt32LE(octets.length, 8);
			record.writeUInt32LE(octets.length, 12);
			out.push(record, octets);
		}
	});
	fs.writeFileSync(file, Buffer.concat(out));
}

const FIELDS = ['frame.number', 'tcp.srcport', 'smpp.command_id', '_ws.malformed', '_ws.expert.message', '_ws.expert.severity'];

async function tshark(file, filter, fields) {
	const { code, out, err } = await run('tshark',
		['-n', '-r', file, '-Y', filter, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|',
			...fields.flatMap((field) => ['-e', field])],
		{ timeout: 60000, env: { ...process.env, HOME: '/nonexistent', LC_ALL: 'C.UTF-8' } });
	assert.equal(code, 0, `tshark: ${err}`);
	return out.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

// What tshark makes of one side's octets: the command_ids it decoded, in order, and its complaints.
export async function dissect(file, fromServer) {
	const side = fromServer ? `tcp.srcport == ${SMPP_PORT}` : `tcp.dstport == ${SMPP_PORT}`;
	const rows = await tshark(file, `${side} && tcp.len > 0`, [...FIELDS, 'frame.protocols']);
	const commands = [];
	const complaints = [];
	for (const [frame, , ids, malformed, message, severity, protocols] of rows) {
		if (ids) commands.push(...ids.split('|').map(Number));
		if (malformed || message)
			complaints.push(`frame ${frame}: ${malformed} ${message} (severity ${severity})`);
		if (/:data\b/.test(protocols)) complaints.push(`frame ${frame}: octets that are no SMPP`);
	}
	return { commands, complaints };
}
