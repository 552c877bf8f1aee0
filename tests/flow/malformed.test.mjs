// SPDX-License-Identifier: AGPL-3.0-or-later
// Octets that are no proper SMPP: each is refused as it deserves, and the good PDUs beside them live.

import assert from 'node:assert/strict';

import { PASSWORD } from '../lib/config.mjs';
import { STATUS } from '../lib/peers.mjs';
import { udh8, ucs2 } from '../lib/sms.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { random, seedOf } from '../lib/wait.mjs';
import { COMMAND, Wire, bindBody, cstring, pdu, submitBody } from '../lib/wire.mjs';
import { flow } from '../lib/world.mjs';

const NACK = COMMAND.generic_nack;
const FROM = '8613800138000';
const good = (sequence, text = 'CXPB', from = FROM) =>
	pdu('submit_sm', sequence, submitBody(from, '10086999', Buffer.from(text)));
const bound = async (world) => (await new Wire(world.daemon.smppPort).connect()).bind('centre', PASSWORD);

const tlv = (tag, length, value) => {
	const head = Buffer.alloc(4);
	head.writeUInt16BE(tag, 0);
	head.writeUInt16BE(length, 2);
	return Buffer.concat([head, value]);
};

// Each is sent with a good message before and after it.
const REFUSED = [
	{ name: 'an unknown command', octets: (n) => pdu(0x0000ffff, n), status: STATUS.ESME_RINVCMDID, command: NACK },
	{ name: 'a string without an end', octets: (n) => pdu('submit_sm', n, Buffer.from('no end')) },
	{ name: 'an empty body', octets: (n) => pdu('submit_sm', n) },
	{ name: 'sm_length beyond the PDU', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('x'), { length: 200 })) },
	{ name: 'sm_length short of the PDU', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('CXPB and more'), { length: 4 })) },
	{ name: 'a TLV beyond the PDU', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('CXPB'), { tlvs: tlv(0x0424, 500, Buffer.from('x')) })) },
	{ name: 'half a TLV head', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('CXPB'), { tlvs: Buffer.from([4, 0x24, 0]) })) },
	{ name: 'a source that is no number', octets: (n) =>
		pdu('submit_sm', n, submitBody('@@@@', '10086999', Buffer.from('CXPB'))), status: STATUS.ESME_RINVSRCADR },
	{ name: 'no source', octets: (n) =>
		pdu('submit_sm', n, submitBody('', '10086999', Buffer.from('CXPB'))), status: STATUS.ESME_RINVSRCADR },
	{ name: 'a destination that is not ours', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10010', Buffer.from('CXPB'))), status: STATUS.ESME_RINVDSTADR },
	{ name: 'a second bind', octets: (n) => pdu('bind_transceiver', n, bindBody('centre', PASSWORD)),
		status: STATUS.ESME_RALYBND },
	{ name: 'query_sm', octets: (n) => pdu(3, n, Buffer.concat([cstring('R0000000'), Buffer.from([0, 0]), cstring('')])) },
	{ name: 'deliver_sm to a centre', octets: (n) => pdu('deliver_sm', n, submitBody(FROM, '10086999', Buffer.from('x'))) },
];

flow('a refused PDU gets an answer of its own, and its neighbours are served', async (world) => {
	const wire = await bound(world);
	const chunks = [];
	REFUSED.forEach(({ octets }, i) => chunks.push(good(100 + 3 * i), octets(101 + 3 * i), good(102 + 3 * i)));
	wire.write(...chunks);
	for (const [i, { name, status, command }] of REFUSED.entries()) {
		const before = await wire.answer(100 + 3 * i);
		const bad = await wire.answer(101 + 3 * i);
		const after = await wire.answer(102 + 3 * i);
		assert.equal(before.status, 0, `before ${name}`);
		assert.notEqual(bad.status, 0, name);
		if (status !== undefined) assert.equal(bad.status, status, name);
		if (command !== undefined) assert.equal(bad.command, command, name);
		assert.equal(after.status, 0, `after ${name}`);
	}
	assert.ok(wire.open);
	await world.daemon.expectMetric('messages_in_total', 2 * REFUSED.length);
	wire.close();
});

const TOLERATED = [
	{ name: 'an unknown TLV', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('CXPB'), { tlvs: tlv(0x1400, 3, Buffer.from('abc')) })) },
	{ name: 'UCS2 of odd length', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.concat([ucs2('查询屏蔽'), Buffer.from([0x20])]), { coding: 8 })) },
	{ name: 'a UDH longer than the message', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from([200, 1, 2]), { esm: 0x40 })) },
	{ name: 'an empty message with a UDH flag', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.alloc(0), { esm: 0x40 })) },
	{ name: 'part 9 of 2', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.concat([udh8(1, 2, 9), Buffer.from('CXPB')]), { esm: 0x40 })) },
	{ name: 'part 0 of 0', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.concat([udh8(1, 0, 0), Buffer.from('CXPB')]), { esm: 0x40 })) },
	{ name: 'a data_coding nobody uses', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.from('CXPB'), { coding: 0xbd })) },
	{ name: '254 zero octets', octets: (n) =>
		pdu('submit_sm', n, submitBody(FROM, '10086999', Buffer.alloc(254))) },
];
flow('odd but well-formed messages are taken and answered', async (world) => {
	const wire = await bound(world);
	for (const [i, { name, octets }] of TOLERATED.entries()) {
		wire.write(octets(10 + i));
		assert.equal((await wire.answer(10 + i)).status, 0, name);
	}
	await world.daemon.expectMetric('messages_in_total', TOLERATED.length);
	wire.close();
});

flow('a PDU in single octets, and many PDUs in one write', async (world) => {
	const wire = await bound(world);
	for (const octet of good(2)) {
		wire.write(Buffer.from([octet]));
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal((await wire.answer(2)).status, 0);
	const many = Array.from({ length: 300 }, (_, i) => pdu('enquire_link', 1000 + i));
	wire.write(...many);
	for (let i = 0; i < 300; i++) assert.equal((await wire.answer(1000 + i)).status, 0);
	wire.close();
});

for (const [name, length] of [['under 16', 15], ['zero', 0], ['70 MB', 70 << 20], ['negative', 0xffffffff]])
	flow(`a command_length that is ${name} loses the framing: the link is closed, others live`, async (world) => {
		const other = await world.smsc().connect();
		const wire = await bound(world);
		wire.write(good(2));
		assert.equal((await wire.answer(2)).status, 0);
		wire.write(pdu('submit_sm', 3, Buffer.from('x'), { length }));
		await wire.ended();
		await other.text(SUBSCRIBER, 'CXPB');
		await other.expect(SUBSCRIBER, /屏蔽/);
	});

flow('before the bind nothing is served', async (world) => {
	const wire = await new Wire(world.daemon.smppPort).connect();
	wire.write(good(7), pdu('enquire_link', 8));
	const refused = await wire.answer(7);
	assert.equal(refused.status, STATUS.ESME_RINVBNDSTS);
	await world.daemon.expectMetric('messages_in_total', 0);
	wire.close();
});

flow('noise of all kinds leaves the daemon well', async (world) => {
	const seed = seedOf();
	const chance = random(seed);
	const name = `SEED=${seed}`;
	for (let round = 0; round < 60; round++) {
		const wire = await new Wire(world.daemon.smppPort).connect();
		if (round % 2) await wire.bind('centre', PASSWORD);
		const octets = Buffer.concat([good(2), pdu('data_sm', 3, submitBody(FROM, '10086999', Buffer.from('hi'))), good(4)]);
		for (let i = 0; i <= chance.below(6); i++) octets[chance.below(octets.length)] = chance.below(256);
		wire.write(octets.subarray(0, chance.below(octets.length) + 1));
		await new Promise((resolve) => wire.socket.end(resolve));
		wire.close();
	}
	await world.daemon.expectMetric('smpp_links', 0).catch((error) => assert.fail(`${name}: ${error.message}`));
	const smsc = await world.smsc().connect();
	await smsc.text('+8613800138222', 'CXPB');
	await smsc.expect('+8613800138222', /屏蔽/);
});
