// SPDX-License-Identifier: AGPL-3.0-or-later
// Kannel's bearerbox binds to the gateway: its texts become reports, and it gets the answers.

import assert from 'node:assert/strict';

import { PASSWORD } from '../lib/config.mjs';
import { RESP, interop, nameOf, sentKinds } from '../lib/interop.mjs';
import { Kannel } from '../lib/kannel.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER, report, soldTo } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND } from '../lib/wire.mjs';

const SERVICE = '10086999';

async function kannel(world, ...links) {
	const own = new Kannel(world.folder, links.map((link) => ({
		'smsc-username': 'centre', 'smsc-password': PASSWORD, ...link(world.relay.port) })));
	world.peers.push(own);
	return own.start();
}

const TRANSCEIVER = (port) => ({ port, 'transceiver-mode': 'true' });
const TRANSMITTER = (port) => ({ port });
const RECEIVER = (port) => ({ port: 0, 'receive-port': port });
// 1.4.5 no longer takes both ports in one group: a pair is two groups of one name.
const PAIR = [TRANSMITTER, RECEIVER].map((link) => (port) => ({ ...link(port), 'smsc-id': 'pair' }));

// A report in, its receipt and its id out.
async function reported(own, options, subscriber = SUBSCRIBER) {
	await own.send(subscriber, SERVICE, `${SELLER}*推销宽带`, options);
	const { text, from } = await own.expect(subscriber, REPORT_ID);
	assert.equal(from, SERVICE);
	assert.match(text, new RegExp(SELLER));
	return REPORT_ID.exec(text)[0];
}

for (const [name, links, binds] of [
	['a transceiver', [TRANSCEIVER], ['bind_transceiver']],
	['a pair of transmitter and receiver', PAIR, ['bind_receiver', 'bind_transmitter']],
])
	interop(`Kannel as ${name}: a report reaches us, its receipt and verdict come back`, async (world) => {
		const own = await kannel(world, ...links);
		await own.whenOnline();
		await soldTo(world);
		await world.records.complete();
		const id = await reported(own);
		await own.expect(SUBSCRIBER, /核实成立/);
		assert.equal((await report(world, id)).text, `${SELLER}*推销宽带`);
		const bound = world.relay.fromClient.map((pdu) => nameOf(pdu.command)).filter((kind) => kind.startsWith('bind'));
		assert.deepEqual([...new Set(bound)].sort(), binds);
	});

interop('Kannel as a transmitter only: what is to be delivered waits for a receiver', async (world) => {
	const own = await kannel(world, TRANSMITTER);
	await own.whenOnline();
	await own.send(SUBSCRIBER, SERVICE, `${SELLER}*推销宽带`);
	await world.daemon.expectMetric('reports_total', 1);
	const receiver = await world.smsc({ port: world.relay.port, kind: 'receiver' }).connect();
	await receiver.expect(SUBSCRIBER, REPORT_ID);
	assert.deepEqual(own.messages, []);
});

interop('Kannel as a receiver only: it is delivered what others brought', async (world) => {
	const own = await kannel(world, RECEIVER);
	await own.whenOnline();
	const transmitter = await world.smsc({ port: world.relay.port, kind: 'transmitter' }).connect();
	await transmitter.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await own.expect(SUBSCRIBER, REPORT_ID);
});

interop('Kannel with two links of their own names: either takes what the other may not', async (world) => {
	const own = await kannel(world, TRANSMITTER, RECEIVER);
	await own.whenOnline();
	await reported(own, { link: 0 });
});

const LONG = '昨天下午三点左右，有一个号码为13712345678的人打电话给我，自称是营业厅的，说我家宽带到期，' +
	'要我马上办理千兆宽带，还说不办就要停机。我说不需要，他一直不挂电话😡，前后打了三次，影响我休息，请你们核实处理。'.repeat(2);
const LONG_GSM = 'At 3 pm yesterday 13712345678 called me to sell broadband for 99€ [promotion]. ' +
	'He would not stop. '.repeat(10).trim();

for (const [name, text, coding] of [['UCS2', LONG, 2], ['GSM 7-bit with extensions', LONG_GSM, 0]])
	interop(`a long text of Kannel's in ${name} is one report`, async (world) => {
		const own = await kannel(world, TRANSCEIVER);
		await own.whenOnline();
		await own.send(SUBSCRIBER, SERVICE, text, { coding });
		const { text: receipt } = await own.expect(SUBSCRIBER, REPORT_ID);
		const parts = world.relay.fromClient.filter((pdu) => pdu.command === COMMAND.submit_sm);
		assert.ok(parts.length > 1, `${parts.length} parts`);
		assert.equal((await report(world, REPORT_ID.exec(receipt)[0])).text, text);
	});

for (const [language, coding, dataCoding] of [['zh', 2, 8], ['en', 0, 0]])
	interop(`a long answer in ${language} arrives whole`, { config: { reports: { language } } }, async (world) => {
		const own = await kannel(world, TRANSCEIVER);
		await own.whenOnline();
		const npm = await world.smsc({ port: world.relay.port, kind: 'transmitter' }).connect();
		await npm.text(SUBSCRIBER, '帮助');
		const { text, coding: received } = await own.expect(SUBSCRIBER, /CXJB/);
		assert.equal(received, coding);
		const parts = world.relay.fromServer.filter((pdu) => pdu.command === COMMAND.deliver_sm);
		assert.ok(parts.length > 1, `${parts.length} parts: ${text}`);
		assert.equal(own.messages.length, 1);
	});

interop('enquire_link goes both ways and is answered', { config: { smpp: { enquire_s: 1 } } }, async (world) => {
	const own = await kannel(world, (port) => ({ ...TRANSCEIVER(port), 'enquire-link-interval': 1 }));
	await own.whenOnline();
	const sent = (pdus, command) => pdus.some((pdu) => pdu.command === command);
	const { enquire_link: enquire } = COMMAND;
	await waitFor('enquire_link of both sides, answered', () => {
		const { fromClient, fromServer } = world.relay;
		return sent(fromClient, enquire) && sent(fromServer, enquire + RESP) &&
			sent(fromServer, enquire) && sent(fromClient, enquire + RESP);
	});
	await reported(own);
});

for (const [name, end] of [['in good order', 'stop'], ['by kill -9', 'kill']])
	interop(`Kannel binds again after we ended ${name}`, async (world) => {
		const own = await kannel(world, TRANSCEIVER);
		await own.whenOnline();
		await world.daemon[end]();
		await waitFor('Kannel to see it', async () => !(await own.online())[0]);
		await world.daemon.start();
		await own.whenOnline();
		await reported(own);
		assert.ok(world.relay.conversations.length > 1);
	});

interop('Kannel with a wrong password is refused, and with the right one served', async (world) => {
	const own = await kannel(world, (port) => ({ ...TRANSCEIVER(port), 'smsc-password': 'wrong' }),
		(port) => TRANSCEIVER(port));
	await waitFor('the second link to be bound', async () => (await own.online())[1]);
	await world.daemon.expectMetric('smpp_binds_refused_total', (value) => value > 0);
	assert.equal((await own.online())[0], false);
	await reported(own, { link: 1 });
});

sentKinds('bind_receiver_resp', 'bind_transmitter_resp', 'bind_transceiver_resp', 'submit_sm_resp', 'deliver_sm',
	'enquire_link', 'enquire_link_resp', 'unbind');
