// SPDX-License-Identifier: AGPL-3.0-or-later
// npm's smpp as the SMSC to which the gateway binds: every mode and version, texts both ways, and
// what an ESME does not offer is refused as the specification says.

import assert from 'node:assert/strict';

import smpp from 'smpp';

import { PASSWORD } from '../lib/config.mjs';
import { RESP, interop, nameOf, sentKinds } from '../lib/interop.mjs';
import { STATUS, statusName } from '../lib/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER, report } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND } from '../lib/wire.mjs';

smpp.addCommand('vendor_question', { id: 0x00010203, params: {} });

const FROM_HANDSET = {
	source_addr_ton: 1, source_addr_npi: 1, source_addr: SUBSCRIBER.slice(1),
	dest_addr_ton: 0, dest_addr_npi: 1, destination_addr: '10086999',
};
const TEXT = { ...FROM_HANDSET, short_message: Buffer.from('CXPB') };

// The gateway bound to a server through a relay: world.server, world.link, world.session. `values`
// are those of the SMSC in the configuration.
function linked(name, { sessions = 1, values = {}, grant, ...settings }, body) {
	const prepare = async (world) => {
		const port = await freePort();
		world.server = world.smscServer({ port, systemId: 'mianrao', password: PASSWORD });
		if (grant) world.server.grant = grant;
		await world.server.listen();
		world.link = await world.watch(port, 'client');
		world.daemon.write({ ...world.daemon.config, smscs: [{
			name: 'far', hosts: [{ address: '127.0.0.1', port: world.link.port }], system_id: 'mianrao',
			password: PASSWORD, reconnect_min_ms: 50, reconnect_max_ms: 200, ...values,
		}] });
	};
	interop(name, { ...settings, prepare }, async (world) => {
		await world.server.expectBound(sessions);
		[world.session] = world.server.sessions;
		await body(world);
	});
}

const MODES = [
	['transceiver', 0x34, ['transceiver']],
	['transceiver', 0x50, ['transceiver']],
	['pair', 0x33, ['receiver', 'transmitter']],
	['pair', 0x34, ['receiver', 'transmitter']],
];
for (const [bind, version, kinds] of MODES)
	linked(`bound as ${bind} of version ${(version / 16) | 0}.${version % 16}: a report comes in, its receipt goes out`, {
		sessions: kinds.length, values: { bind, interface_version: version },
	}, async ({ server, daemon }) => {
		assert.deepEqual(server.sessions.map(({ kind }) => kind).sort(), kinds);
		for (const { bind: { interface_version: said } } of server.sessions) assert.equal(said, version);
		await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
		const { text } = await server.expect(SUBSCRIBER, REPORT_ID);
		assert.equal((await report({ daemon }, REPORT_ID.exec(text)[0])).text, `${SELLER}*推销宽带`);
	});

linked('a receiver brings texts, and what is to be said goes out by another', {
	values: { bind: 'receiver' },
}, async (world) => {
	const { server } = world;
	const centre = await world.smsc({ port: world.relay.port }).connect();
	await server.text(SUBSCRIBER, 'CXPB');
	await centre.expect(SUBSCRIBER, /屏蔽/);
	assert.deepEqual(server.pdus, []);
});

linked('a transmitter carries what came by another', { values: { bind: 'transmitter' } }, async (world) => {
	const { server } = world;
	const centre = await world.smsc({ port: world.relay.port, kind: 'transmitter' }).connect();
	await centre.text(SUBSCRIBER, 'CXPB');
	await server.expect(SUBSCRIBER, /屏蔽/);
});

const LONG = '昨天下午三点左右，有一个号码为13712345678的人打电话给我，自称是营业厅的，😡说我家宽带到期。'.repeat(4);
linked('a long text is one report, however it was cut', {}, async (world) => {
	const { server } = world;
	for (const [i, how] of ['udh8', 'udh16', 'sar', 'payload'].entries()) {
		const from = `+861380013800${i}`;
		await server.text(from, LONG, { how });
		const { text } = await server.expect(from, REPORT_ID);
		assert.equal((await report(world, REPORT_ID.exec(text)[0])).text, LONG, how);
	}
});

linked('data_sm is taken; a long answer goes out in parts', {}, async ({ server, link }) => {
	assert.equal((await server.submit({ ...FROM_HANDSET, data_coding: 8,
		message_payload: Buffer.from('5e2e52a9', 'hex') }, 'data_sm')).command_status, 0);
	await server.expect(SUBSCRIBER, /CXJB/);
	assert.ok(link.fromClient.filter((sent) => sent.command === COMMAND.submit_sm).length > 1);
});

// What an SMSC may not ask of an ESME: answered in its own response, or by a generic_nack.
const NOT_AN_SMSCS = [
	['submit_sm', TEXT], ['submit_multi', { ...TEXT, dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '8613800138001' }] }],
	['query_sm', { message_id: '1', source_addr: '10086999' }],
	['cancel_sm', { ...FROM_HANDSET, message_id: '1' }],
	['replace_sm', { message_id: '1', source_addr: '10086999', short_message: Buffer.from('x') }],
	['bind_receiver', {}], ['bind_transmitter', {}], ['bind_transceiver', {}],
];

async function refusedWith(session, command, fields, answer, status) {
	const pdu = await session.ask(command, { ...fields });
	assert.equal(pdu.command, answer, command);
	assert.equal(statusName(pdu.command_status), statusName(status), command);
}

linked('what an ESME does not offer is refused, and the session goes on', {}, async ({ session }) => {
	for (const [command, fields] of NOT_AN_SMSCS)
		await refusedWith(session, command, fields, `${command}_resp`, STATUS.ESME_RINVBNDSTS);
	await refusedWith(session, 'outbind', { system_id: 'far', password: 'x' }, 'generic_nack', STATUS.ESME_RINVBNDSTS);
	for (const command of ['vendor_question', 'broadcast_sm'])
		await refusedWith(session, command, {}, 'generic_nack', STATUS.ESME_RINVCMDID);
	assert.equal((await session.ask('deliver_sm', { ...TEXT })).command_status, 0);
});

linked('a transmitter is delivered nothing: deliver_sm and data_sm are refused', {
	values: { bind: 'transmitter' },
}, async ({ session }) => {
	for (const command of ['deliver_sm', 'data_sm'])
		await refusedWith(session, command, TEXT, `${command}_resp`, STATUS.ESME_RINVBNDSTS);
});

// alert_notification has no response; neither has a response.
linked('alert_notification and responses that nobody asked for are answered by nothing', {}, async ({ session, link }) => {
	const before = link.fromClient.length;
	session.session.send(new smpp.PDU('alert_notification', { source_addr: '8613800138000', esme_addr: '10086999' }));
	const answers = ['submit_sm_resp', 'deliver_sm_resp', 'data_sm_resp', 'query_sm_resp', 'cancel_sm_resp', 'replace_sm_resp',
		'submit_multi_resp', 'enquire_link_resp', 'unbind_resp', 'bind_transceiver_resp', 'generic_nack'];
	for (const [i, command] of answers.entries())
		session.session.send(new smpp.PDU(command, { sequence_number: 5000 + i }));
	const { sequence_number: last } = await session.ask('enquire_link');
	const sent = link.fromClient.slice(before).map((pdu) => [nameOf(pdu.command), pdu.sequence]);
	assert.deepEqual(sent, [['enquire_link_resp', last]]);
});

linked('enquire_link goes both ways', { config: { smpp: { enquire_s: 1 } } }, async ({ session, link }) => {
	assert.equal((await session.ask('enquire_link')).command_status, 0);
	await waitFor('our enquire_link, answered', () => link.fromServer.some((pdu) => pdu.command === COMMAND.enquire_link + RESP));
});

for (const [name, end] of [['unbinds', (session) => session.ask('unbind')], ['goes away', (session) => session.destroy()]])
	linked(`after the SMSC ${name} we bind again`, {}, async ({ server, session }) => {
		await end(session);
		await waitFor('the first session to end', () => !server.sessions.includes(session));
		await server.expectBound(1);
		await server.text(SUBSCRIBER, 'CXPB');
		await server.expect(SUBSCRIBER, /屏蔽/);
	});

linked('we unbind when we end', {}, async ({ server, link, daemon }) => {
	await server.text(SUBSCRIBER, 'CXPB');
	await server.expect(SUBSCRIBER, /屏蔽/);
	await daemon.stop();
	assert.equal(server.unbinds, 1);
	assert.equal(link.fromClient.at(-1).command, COMMAND.unbind);
});

let refusals = 0;
linked('an SMSC may refuse binds with a status of its own, and take one later', {
	grant: () => (refusals++ < 2 ? 0x0412 : 0),
}, async ({ server }) => {
	assert.equal(server.binds.length, 3);
});

sentKinds('bind_transmitter', 'bind_receiver', 'bind_transceiver', 'deliver_sm_resp', 'data_sm_resp', 'submit_sm', 'unbind',
	'unbind_resp', 'enquire_link', 'enquire_link_resp', 'submit_sm_resp', 'submit_multi_resp', 'query_sm_resp', 'cancel_sm_resp',
	'replace_sm_resp', 'bind_transceiver_resp', 'generic_nack');
