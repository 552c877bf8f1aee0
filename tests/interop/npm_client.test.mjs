// SPDX-License-Identifier: AGPL-3.0-or-later
// npm's smpp as a client: every PDU that a role does not offer is refused as the specification says,
// versions are answered, and what a hub sends passes untouched.

import assert from 'node:assert/strict';

import smpp from 'smpp';

import { PASSWORD } from '../lib/config.mjs';
import { RESP, interop, nameOf, sentKinds } from '../lib/interop.mjs';
import { STATUS, Session, statusName } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND } from '../lib/wire.mjs';

const VENDOR_TAG = 0x1501; // 0x1400 to 0x3fff are the vendors'
const VENDOR_STATUS = 0x0412;
smpp.addTLV('vendor_note', { id: VENDOR_TAG, type: smpp.types.tlv.cstring });
smpp.addCommand('vendor_command', { id: 0x00010200, params: {} });

const ADDRESSES = {
	source_addr_ton: 1, source_addr_npi: 1, source_addr: '8613800138000',
	dest_addr_ton: 0, dest_addr_npi: 1, destination_addr: '10086999',
};
const TEXT = { ...ADDRESSES, short_message: Buffer.from('CXPB') };

// A session of the test; what it is delivered is in session.texts.
const open = async (world, kind, options = {}) => {
	const session = await new Session({ port: world.relay.port }).connect();
	world.peers.push({ drop: () => session.destroy(), close: () => session.unbind() });
	session.texts = [];
	session.onRequest = (pdu, respond) => { // before the bind: it may come together with the answer
		session.texts.push(pdu);
		respond();
	};
	if (kind) await session.bind(kind, { systemId: 'centre', password: PASSWORD, ...options });
	return session;
};

// What is answered to each request: in its own response, or by a generic_nack where SMPP has none.
const NOT_SERVED = [
	['submit_multi', { ...ADDRESSES, short_message: Buffer.from('x'),
		dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '8613800138001' }] }],
	['query_sm', { message_id: 'R0000000', source_addr: '10086999' }],
	['cancel_sm', { ...ADDRESSES, message_id: 'R0000000' }],
	['replace_sm', { message_id: 'R0000000', source_addr: '10086999', short_message: Buffer.from('x') }],
];
const NOT_A_CLIENTS = [
	['deliver_sm', TEXT, 'deliver_sm_resp'],
	['outbind', { system_id: 'centre', password: PASSWORD }, 'generic_nack'],
	['alert_notification', { source_addr: '8613800138000', esme_addr: '10086999' }, 'generic_nack'],
];
const UNKNOWN = [
	['vendor_command', {}],
	['broadcast_sm', { message_id: '' }], // of 5.0, which we do not offer
];

async function refusedWith(session, [command, fields], answer, status) {
	const pdu = await session.ask(command, { ...fields });
	assert.equal(pdu.command, answer, command);
	assert.equal(statusName(pdu.command_status), statusName(status), command);
}

for (const [role, systemId] of [['a centre', 'centre'], ['a hub', 'abroad']])
	interop(`what the gateway does not offer to ${role} is refused, and the session goes on`, async (world) => {
		const session = await open(world, 'transceiver', { systemId });
		for (const row of NOT_SERVED) await refusedWith(session, row, `${row[0]}_resp`, STATUS.ESME_RINVCMDID);
		for (const row of NOT_A_CLIENTS) await refusedWith(session, row, row[2], STATUS.ESME_RINVBNDSTS);
		for (const row of UNKNOWN) await refusedWith(session, row, 'generic_nack', STATUS.ESME_RINVCMDID);
		const again = { system_id: systemId, password: PASSWORD, interface_version: 0x34 };
		for (const kind of ['receiver', 'transmitter', 'transceiver'])
			await refusedWith(session, [`bind_${kind}`, again], `bind_${kind}_resp`, STATUS.ESME_RALYBND);
		assert.equal((await session.ask('enquire_link')).command_status, 0);
	});

interop('before a bind only a bind is served', async (world) => {
	const session = await open(world);
	const requests = [['submit_sm', TEXT], ['data_sm', TEXT], ['unbind', {}], ...NOT_SERVED];
	for (const row of requests) await refusedWith(session, row, `${row[0]}_resp`, STATUS.ESME_RINVBNDSTS);
	for (const row of NOT_A_CLIENTS) await refusedWith(session, row, row[2], STATUS.ESME_RINVBNDSTS);
	for (const row of UNKNOWN) await refusedWith(session, row, 'generic_nack', STATUS.ESME_RINVCMDID);
	await session.bind('transceiver', { systemId: 'centre', password: PASSWORD });
	assert.equal((await session.ask('submit_sm', { ...TEXT })).command_status, 0);
});

interop('a receiver cannot submit, a transmitter is delivered nothing', async (world) => {
	const receiver = await open(world, 'receiver');
	const requests = [['submit_sm', TEXT], ['data_sm', TEXT], ...NOT_SERVED];
	for (const row of requests) await refusedWith(receiver, row, `${row[0]}_resp`, STATUS.ESME_RINVBNDSTS);
	const transmitter = await open(world, 'transmitter');
	assert.equal((await transmitter.ask('submit_sm', { ...TEXT })).command_status, 0);
	await waitFor('the answer', () => receiver.texts.length > 0);
	assert.deepEqual(transmitter.texts, []);
});

interop('responses that nobody asked for are passed over, and answered by nothing', async (world) => {
	const session = await open(world, 'transceiver');
	const before = world.relay.fromServer.length;
	const answers = ['submit_sm_resp', 'deliver_sm_resp', 'data_sm_resp', 'query_sm_resp', 'cancel_sm_resp',
		'replace_sm_resp', 'submit_multi_resp', 'enquire_link_resp', 'unbind_resp', 'bind_transceiver_resp', 'generic_nack'];
	for (const [i, command] of answers.entries())
		session.session.send(new smpp.PDU(command, { sequence_number: 5000 + i }));
	session.session.send(new smpp.PDU('submit_sm_resp', { sequence_number: 6000, command_status: VENDOR_STATUS }));
	const { sequence_number: last } = await session.ask('enquire_link');
	const sent = world.relay.fromServer.slice(before).map((pdu) => [nameOf(pdu.command), pdu.sequence]);
	assert.deepEqual(sent, [['enquire_link_resp', last]]);
});

const SC_INTERFACE_VERSION = 0x34; // what a bind_resp says of us, to peers that know the parameter
const VERSIONS = [[0x33, undefined], [0x34, SC_INTERFACE_VERSION], [0x50, SC_INTERFACE_VERSION]];
for (const [version, answered] of VERSIONS)
	interop(`peers of version ${(version / 16) | 0}.${version % 16} are bound in each mode, and served`, async (world) => {
		for (const [i, kind] of ['transmitter', 'receiver', 'transceiver'].entries()) {
			const session = await open(world, kind, { version });
			assert.equal(session.bindResponse.system_id, 'mianrao');
			assert.equal(session.bindResponse.sc_interface_version, answered);
			const sender = kind === 'receiver' ? await open(world, 'transmitter', { version }) : session;
			const answer = await sender.ask('submit_sm', { ...TEXT, source_addr: `861380013800${i}` });
			assert.equal(answer.command_status, 0);
			assert.match(answer.message_id, /./);
			if (kind === 'receiver') await waitFor('both answers', () => session.texts.length === 2);
			if (kind === 'transceiver') await waitFor('the answer', () => session.texts.length === 1);
			if (sender !== session) await sender.unbind();
			await session.unbind();
		}
	});

interop('versions that do not exist are refused', async (world) => {
	for (const version of [0x35, 0x51, 0xff]) {
		const session = await open(world);
		const pdu = await session.ask('bind_transceiver', { system_id: 'centre', password: PASSWORD, interface_version: version });
		assert.equal(statusName(pdu.command_status), 'ESME_RBINDFAIL');
	}
});

// The octets after the header: fields and TLVs.
const bodies = (pdus, command) => pdus.filter((pdu) => pdu.command === command)
	.map((pdu) => pdu.octets.subarray(16).toString('hex'));

interop('a hub\'s vendor TLVs and a centre\'s vendor statuses pass untouched', async (world) => {
	const smsc = await world.smsc({ port: world.relay.port }).connect();
	const hub = await world.hub('national', { port: world.relay.port }).connect();
	const statuses = [0, VENDOR_STATUS, STATUS.ESME_RX_T_APPN, 0x4ff, 0xfffffffe];
	let next = 0;
	smsc.onRequest = (pdu, respond) => respond({
		command_status: statuses[next++], message_id: 'abc0123', vendor_note: 'from the centre' });
	const fields = {
		...ADDRESSES, destination_addr: '8613800138001', dest_addr_ton: 1, source_addr: '8613700000001',
		data_coding: 8, short_message: Buffer.from('4f60597d', 'hex'), registered_delivery: 1, priority_flag: 2,
		protocol_id: 0x41, service_type: 'WAP', user_message_reference: 4711, vendor_note: 'from the hub',
	};
	const answers = [];
	for (const command of ['submit_sm', 'submit_sm', 'data_sm', 'data_sm', 'submit_sm'])
		answers.push(await hub.submit({ ...fields }, command));
	assert.deepEqual(answers.map((pdu) => pdu.command_status), statuses);
	assert.equal(answers[0].message_id, 'abc0123');
	assert.equal(answers[0].vendor_note, 'from the centre');
	const { fromClient, fromServer } = world.relay;
	assert.deepEqual(bodies(fromServer, COMMAND.deliver_sm), bodies(fromClient, COMMAND.submit_sm));
	assert.deepEqual(bodies(fromServer, COMMAND.data_sm), bodies(fromClient, COMMAND.data_sm));
	assert.ok(bodies(fromServer, COMMAND.deliver_sm)[0].includes(Buffer.from('from the hub').toString('hex')));
	assert.equal(bodies(fromServer, COMMAND.submit_sm + RESP)[0], bodies(fromClient, COMMAND.deliver_sm + RESP)[0]);
});

interop('data_sm, message_payload and parts bring texts; enquire_link and unbind go both ways', {
	config: { smpp: { enquire_s: 1 } },
}, async (world) => {
	const smsc = await world.smsc({ port: world.relay.port }).connect();
	const payload = { ...ADDRESSES, data_coding: 8, message_payload: Buffer.from('67e58be25c4f853d', 'hex') };
	for (const command of ['submit_sm', 'data_sm'])
		assert.equal((await smsc.submit({ ...payload }, command)).command_status, 0);
	await waitFor('both answers', () => smsc.to(SUBSCRIBER).length === 2);
	await smsc.text('+8613800138001', '13712345678*推销宽带，'.repeat(12));
	await smsc.expect('+8613800138001', /13712345678/);
	await waitFor('enquire_link of the gateway', () =>
		world.relay.fromClient.some((pdu) => pdu.command === COMMAND.enquire_link + RESP));
	assert.equal((await smsc.up.ask('unbind')).command_status, 0);
	const other = await open(world, 'transceiver', { systemId: 'abroad' });
	await world.daemon.stop();
	assert.ok(other.unbound, 'the gateway says unbind before it ends');
});

sentKinds('bind_receiver_resp', 'bind_transmitter_resp', 'bind_transceiver_resp', 'submit_sm_resp', 'submit_multi_resp',
	'query_sm_resp', 'cancel_sm_resp', 'replace_sm_resp', 'data_sm_resp', 'deliver_sm_resp', 'deliver_sm', 'data_sm',
	'enquire_link', 'enquire_link_resp', 'unbind', 'unbind_resp', 'generic_nack');
