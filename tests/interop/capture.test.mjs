// SPDX-License-Identifier: AGPL-3.0-or-later
// The yardstick of this suite: tshark, given octets that are wrong, complains; given good ones in
// whatever pieces, it decodes each PDU.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { dissect, writePcap } from '../lib/capture.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { COMMAND, bindBody, cstring, pdu, submitBody } from '../lib/wire.mjs';

const GOOD = [
	pdu('bind_transceiver', 1, bindBody('centre', 'secret')),
	pdu('submit_sm', 2, submitBody('8613800138000', '10086999', Buffer.from('CXPB'))),
	pdu('data_sm', 3, Buffer.concat([cstring(''), Buffer.from([1, 1]), cstring('1'), Buffer.from([1, 1]), cstring('2'),
		Buffer.from([0, 0, 8, 4, 0x24, 0x0f, 0xa0]), Buffer.alloc(4000, 0x4e)])),
	pdu('enquire_link', 4),
];

async function judge(chunks) {
	const folder = temporaryFolder();
	const file = path.join(folder, 'a.pcap');
	writePcap(file, [{ chunks: chunks.map((data) => ({ fromServer: true, data, at: 0 })) }]);
	const verdict = await dissect(file, true);
	fs.rmSync(folder, { recursive: true });
	return verdict;
}

const octets = Buffer.concat(GOOD);
const pieces = (size) => Array.from({ length: Math.ceil(octets.length / size) }, (_, i) =>
	octets.subarray(i * size, (i + 1) * size));
const WAYS = [['PDU by PDU', GOOD], ['at once', [octets]], ['in pieces of 7', pieces(7)], ['in pieces of 333', pieces(333)]];
for (const [name, chunks] of WAYS)
	test(`tshark decodes good PDUs that are written ${name}`, async () => {
		const { commands, complaints } = await judge(chunks);
		assert.deepEqual(complaints, []);
		assert.deepEqual(commands, [COMMAND.bind_transceiver, COMMAND.submit_sm, COMMAND.data_sm, COMMAND.enquire_link]);
	});

const BROKEN = [
	['a body that ends early', pdu('submit_sm', 2, cstring('WAP'))],
	['sm_length beyond the PDU', pdu('submit_sm', 2, submitBody('1', '2', Buffer.from('x'), { length: 200 }))],
	['a TLV beyond the PDU', pdu('submit_sm', 2, submitBody('1', '2', Buffer.from('x'),
		{ tlvs: Buffer.from([4, 0x24, 1, 0, 1]) }))],
	['no SMPP at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
];
for (const [name, bad] of BROKEN)
	test(`tshark complains of ${name}`, async () => {
		const { complaints } = await judge([GOOD[0], bad]);
		assert.ok(complaints.length > 0);
	});
