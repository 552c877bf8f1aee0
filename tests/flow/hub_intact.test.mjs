// SPDX-License-Identifier: AGPL-3.0-or-later
// What passes between hubs and SMSCs, octet by octet: messages one way, answers the other, over both
// kinds of connection; and what a hub is told when an SMSC cannot keep up.

import assert from 'node:assert/strict';
import net from 'node:net';

import { PASSWORD } from '../lib/config.mjs';
import { STATUS } from '../lib/peers.mjs';
import { farSmsc, givesIds } from '../lib/receipts.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { parts, udh8, udh16, ucs2 } from '../lib/sms.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND, Wire, cstring, pdu } from '../lib/wire.mjs';
import { flow } from '../lib/world.mjs';

const tlv = (tag, value) => {
	const head = Buffer.alloc(4);
	head.writeUInt16BE(tag, 0);
	head.writeUInt16BE(value.length, 2);
	return Buffer.concat([head, value]);
};

// Every field of a submit_sm, SMPP 3.4 sec. 4.4.1.
const body = ({ service = '', from = '85298765432', ton = 1, to = '8613800138000', esm = 0, pid = 0, priority = 0,
	schedule = '', validity = '', registered = 0, replace = 0, coding = 0, canned = 0, text = Buffer.from('hello'), tlvs = [] }) =>
	Buffer.concat([cstring(service), Buffer.from([ton, 1]), cstring(from), Buffer.from([1, 1]), cstring(to),
		Buffer.from([esm, pid, priority]), cstring(schedule), cstring(validity),
		Buffer.from([registered, replace, coding, canned, text.length]), text, ...tlvs]);

const all = Buffer.from(Array.from({ length: 254 }, (_, i) => i));
const sar = (i) => [tlv(0x020c, Buffer.from([0x12, 0x34])), tlv(0x020e, Buffer.from([2])), tlv(0x020f, Buffer.from([i]))];
const MESSAGES = [
	['plain', body({})],
	['no text at all', body({ text: Buffer.alloc(0) })],
	['every field', body({ service: 'WAP', pid: 0x7f, priority: 3, schedule: '261125120000000+', validity: '000001000000000R',
		registered: 0x15, replace: 1, coding: 0xf5, canned: 7 })],
	['octets of every value', body({ coding: 4, text: all })],
	['a reserved data_coding', body({ coding: 0x0b, text: all })],
	['vendor TLVs and unknown ones, in their order, one twice, one empty', body({ tlvs: [
		tlv(0x1400, Buffer.from([0])), tlv(0x3fff, Buffer.alloc(0)), tlv(0x0021, Buffer.from('odd')),
		tlv(0x1401, Buffer.from('a\0b')), tlv(0x1401, Buffer.from('c')), tlv(0x4242, all), tlv(0x0204, Buffer.from([0xff, 0xff]))] })],
	['a name', body({ from: 'SHIPPING', ton: 5 })],
	['a UDH part', body({ esm: 0x40, coding: 8, text: Buffer.concat([udh8(77, 2, 1), ucs2('第一')]) })],
	['the other part', body({ esm: 0x40, coding: 8, text: Buffer.concat([udh8(77, 2, 2), ucs2('第二')]) })],
	['a part with a 16-bit reference', body({ esm: 0x40, text: Buffer.concat([udh16(4660, 2, 2), Buffer.from('x')]) })],
	['a UDH with ports beside', body({ esm: 0x40, coding: 4, text: Buffer.from([6, 5, 4, 0x0b, 0x84, 0x23, 0xf0, 1, 2, 3]) })],
	['a SAR part', body({ coding: 8, text: ucs2('第一'), tlvs: sar(1) })],
	['the other SAR part', body({ coding: 8, text: ucs2('第二'), tlvs: sar(2) })],
	['a payload', body({ coding: 8, text: Buffer.alloc(0), tlvs: [tlv(0x0424, ucs2('长'.repeat(2000)))] })],
].map(([name, octets]) => [name, 'submit_sm', octets]).concat([
	['data_sm', 'data_sm', Buffer.concat([cstring('WAP'), Buffer.from([1, 1]), cstring('85298765432'), Buffer.from([1, 1]),
		cstring('8613800138000'), Buffer.from([0, 5, 8]), tlv(0x0424, ucs2('数据')), tlv(0x2f00, Buffer.from('v'))])],
]);

// The SMSC's answers: what it says of message `i`.
const ANSWERS = [
	[STATUS.ESME_ROK, (i) => cstring(`0${i}aF-ID`)],
	[STATUS.ESME_ROK, (i) => Buffer.concat([cstring(`id ${i}`), tlv(0x1402, Buffer.from('vendor')), tlv(0x0425, Buffer.from([1]))])],
	[STATUS.ESME_RINVDSTADR, () => Buffer.alloc(0)],
	[0x0400 + 66, () => cstring('')],
];

// Takes what comes and answers it; `taken` are command and octets.
function serve(wire) {
	const taken = [];
	wire.onPdu = ({ command, sequence, body: octets }) => {
		if (command === COMMAND.bind_transceiver) {
			wire.write(pdu(0x80000009, sequence, cstring('far')));
		} else if ([COMMAND.submit_sm, COMMAND.deliver_sm, COMMAND.data_sm].includes(command)) {
			const [status, answer] = ANSWERS[taken.length % ANSWERS.length];
			wire.write(pdu((command | 0x80000000) >>> 0, sequence, answer(taken.length), { status }));
			taken.push({ command, octets: octets.toString('hex') });
		}
	};
	return taken;
}

async function passAll(world, taken, command) {
	const hub = await (await new Wire(world.daemon.smppPort).connect()).bind('abroad', PASSWORD);
	// Sequence numbers as a hub likes them, some of them far apart.
	const sequence = (i) => (i % 2 ? 0x7fffffff - i : 100 + i * 1000);
	for (const [i, [name, kind, octets]] of MESSAGES.entries()) {
		hub.write(pdu(kind, sequence(i), octets));
		const answer = await hub.answer(sequence(i));
		const [status, said] = ANSWERS[i % ANSWERS.length];
		// A data_sm_resp has a message_id in any case (SMPP 3.4 sec. 4.7.2), a submit_sm_resp without an error.
		const expected = said(i).length > 0 || kind !== 'data_sm' ? said(i) : cstring('');
		assert.equal(answer.command, (COMMAND[kind] | 0x80000000) >>> 0, name);
		assert.equal(answer.status, status, name);
		assert.equal(answer.body.toString('hex'), expected.toString('hex'), `the answer to ${name}`);
		assert.deepEqual(taken[i], { command: kind === 'data_sm' ? COMMAND.data_sm : COMMAND[command],
			octets: octets.toString('hex') }, name);
	}
	assert.equal(taken.length, MESSAGES.length);
	hub.close();
}

flow('an SMSC that bound to us gets each message as the hub brought it, and the hub its answer', async (world) => {
	const centre = await (await new Wire(world.daemon.smppPort).connect()).bind('centre', PASSWORD);
	await passAll(world, serve(centre), 'deliver_sm');
	centre.close();
});

flow('and so does one to which we bound', {
	config: async () => ({ smscs: [await farSmsc({ receipts: 'none' })] }),
}, async (world) => {
	const sockets = [];
	let taken;
	const server = net.createServer((socket) => {
		sockets.push(socket);
		taken = serve(Wire.accepted(socket));
	});
	await new Promise((resolve) => server.listen(world.daemon.config.smscs[0].hosts[0].port, '127.0.0.1', resolve));
	await world.daemon.expectMetric('smpp_links', 1);
	await passAll(world, taken, 'submit_sm');
	for (const socket of sockets) socket.destroy();
	server.close();
});

// The parts of a text over two hubs and two sessions of each, to two kinds of SMSC.
for (const how of ['udh8', 'udh16', 'sar', 'payload'])
	flow(`a text in parts (${how}) passes over whichever sessions its parts come`, {
		config: async () => ({ smscs: [await farSmsc({ receipts: 'none' })] }),
	}, async (world) => {
		const text = '这是一条很长的短信，分成几段，从不同的连接进来。'.repeat(9);
		const server = givesIds(await world.smscServer({ port: world.daemon.config.smscs[0].hosts[0].port }).listen());
		await server.expectBound();
		const sessions = [await world.hub().connect(), await world.hub().connect(),
			await world.hub('national').connect(), await world.hub('national').connect()];
		const pdus = parts(text, { reference: 9, how });
		assert.equal(pdus.length > 1, how !== 'payload');
		for (const [i, part] of pdus.entries()) {
			const answer = await sessions[i % sessions.length].submit({
				source_addr_ton: 1, source_addr_npi: 1, source_addr: '85298765432',
				dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: SUBSCRIBER.slice(1), ...part,
			});
			assert.equal(answer.command_status, STATUS.ESME_ROK, `part ${i}`);
		}
		const message = await server.expect(SUBSCRIBER, /./);
		assert.equal(message.text, text);
		assert.equal(message.parts, pdus.length);
	});

const BUSY = [STATUS.ESME_RTHROTTLED, STATUS.ESME_RMSGQFUL, STATUS.ESME_RSYSERR];
flow('an SMSC that cannot keep up is heard by the hub, and what follows waits for it', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	for (const status of [...BUSY, ...BUSY, ...BUSY]) {
		smsc.answer = () => {
			smsc.answer = () => ({ command_status: 0 });
			return { command_status: status };
		};
		assert.equal((await hub.message('+85298765432', SUBSCRIBER, 'one')).command_status, status);
		assert.equal((await hub.message('+85298765432', SUBSCRIBER, 'two')).command_status, STATUS.ESME_ROK);
	}
	const { links } = await world.daemon.json('links');
	const centre = links.find(({ link }) => link === 'centre');
	assert.match(centre.last_error, /ESME_RSYSERR/);
});

flow('a hub that goes on while its SMSC says nothing runs into its own window', {
	config: (base) => ({
		accounts: base.accounts.map((account) => ({ ...account, window: 4 })),
		smpp: { ...base.smpp, window_out: 2 },
	}),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const held = [];
	smsc.answer = (request) => {
		held.push(request);
		return undefined;
	};
	const answers = Array.from({ length: 6 }, (_, i) => hub.message('+85298765432', SUBSCRIBER, `message ${i}`));
	for (const i of [4, 5]) assert.equal((await answers[i]).command_status, STATUS.ESME_RTHROTTLED);
	await waitFor('the SMSC to have a window full', () => held.length === 2);
	smsc.answer = () => ({ command_status: 0 });
	for (const request of held) smsc.down.session.send(request.response());
	for (const i of [0, 1, 2, 3]) assert.equal((await answers[i]).command_status, STATUS.ESME_ROK);
});

const OTHERS = [
	['query_sm', { message_id: '1' }], ['cancel_sm', { message_id: '1', source_addr: '85298765432' }],
	['replace_sm', { message_id: '1', short_message: 'other' }],
	['submit_multi', { dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '8613800138000' }], short_message: 'x' }],
];
flow('what a hub may not ask is refused in so many words, and the session goes on', async (world) => {
	await world.smsc().connect();
	const hub = await world.hub().connect();
	for (const [command, fields] of OTHERS)
		assert.equal((await hub.submit(fields, command)).command_status, STATUS.ESME_RINVCMDID, command);
	assert.equal((await hub.message('+85298765432', SUBSCRIBER, 'still here')).command_status, STATUS.ESME_ROK);
});
