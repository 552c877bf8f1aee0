// SPDX-License-Identifier: AGPL-3.0-or-later
// Delivery receipts of hubs' messages: each reaches the hub whose message it is about, as it came, and
// none that was taken from an SMSC is lost on the way.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { PASSWORD } from '../lib/config.mjs';
import { STATUS } from '../lib/peers.mjs';
import { INTERMEDIATE, farSmsc, givesIds, receiptFor } from '../lib/receipts.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND, Wire, cstring, pdu, submitBody } from '../lib/wire.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const ASKED = { fields: { registered_delivery: 1 } };
const withFar = (smsc = {}, more = {}) => ({
	config: async () => ({ smscs: [await farSmsc({ receipts: 'none', ...smsc })], ...more }),
});

async function serverOf(world, sessions = 1, name = undefined) {
	const port = world.daemon.config.smscs[0].hosts[0].port;
	const server = givesIds(await world.smscServer({ port }).listen(), name);
	await server.expectBound(sessions);
	return server;
}

// A hub that collects what it is delivered.
async function hubOf(world, name = 'abroad', options = {}) {
	const hub = world.hub(name, options);
	hub.receipts = [];
	hub.reply = () => ({ command_status: 0 });
	hub.onRequest = (request, respond) => {
		const options = hub.reply(request);
		if (options?.command_status === 0) hub.receipts.push(request);
		if (options) respond(options);
	};
	hub.expectReceipts = (count) => waitFor(
		() => `${count} receipts; there came ${hub.receipts.length}`,
		() => hub.receipts.length >= count && hub.receipts);
	return hub.connect();
}

// A message that asks for a receipt, as the SMSC took it.
async function passed(hub, server, text = 'hello', options = ASKED) {
	const before = server.taken.length;
	const answer = await hub.message(ABROAD, SUBSCRIBER, text, options);
	assert.equal(answer.command_status, STATUS.ESME_ROK);
	assert.equal(answer.message_id, server.taken[before].id, 'the id is the SMSC\'s own');
	return server.taken[before];
}

const text = (request) => request.short_message.message;

function assertTaken(answer) {
	assert.equal(answer.command_status, STATUS.ESME_ROK);
}

async function rows(world) {
	const [row] = await query(world, 'SELECT (SELECT COUNT(*) FROM hub_route) routes, ' +
		'(SELECT COUNT(*) FROM hub_receipt) receipts');
	return row;
}

const nothingLeft = (world) => waitFor('nothing to be left in the store', async () => {
	const { routes, receipts } = await rows(world);
	return routes === 0 && receipts === 0;
});

flow('a receipt reaches the hub whose message it is about, and nobody else', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const other = await hubOf(world, 'national');
	const first = await passed(hub, server);
	const second = await passed(other, server, 'local', ASKED);
	assert.equal(first.pdu.registered_delivery, 1);
	assertTaken(await server.tell(second, 'UNDELIV', { err: '011' }));
	assertTaken(await server.tell(first, 'DELIVRD'));
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), /^id:m1 .*stat:DELIVRD err:000/);
	assert.equal(receipt.command, 'deliver_sm');
	assert.equal(receipt.esm_class, 4);
	assert.equal(receipt.source_addr, SUBSCRIBER.slice(1));
	const [failure] = await other.expectReceipts(1);
	assert.match(text(failure), /^id:m2 .*stat:UNDELIV err:011/);
	await nothingLeft(world);
	// The last receipt of a message was the last.
	assertTaken(await server.tell(first, 'DELIVRD'));
	await world.daemon.expectMetric('receipts_unknown_total', 1);
	const metrics = await world.daemon.metrics();
	assert.deepEqual([metrics.hub_routes_total, metrics.hub_receipts_total, metrics.hub_receipts_sent_total],
		[2, 2, 2]);
	assert.deepEqual([hub.receipts.length, other.receipts.length], [1, 1]);
});

const tlv = (tag, value) => {
	const head = Buffer.alloc(4);
	head.writeUInt16BE(tag, 0);
	head.writeUInt16BE(value.length, 2);
	return Buffer.concat([head, value]);
};

// By octets: what an SMSC that bound to us submits is what the hub is delivered.
flow('a receipt arrives octet by octet, whichever way its SMSC speaks', async (world) => {
	const hub = await (await new Wire(world.daemon.smppPort).connect()).bind('abroad', PASSWORD);
	const delivered = [];
	hub.onPdu = ({ command, sequence, body }) => {
		if (command !== COMMAND.deliver_sm && command !== COMMAND.data_sm) return;
		delivered.push({ command, body: body.toString('hex') });
		hub.write(pdu((command | 0x80000000) >>> 0, sequence, Buffer.from([0])));
	};
	const centre = await (await new Wire(world.daemon.smppPort).connect()).bind('centre', PASSWORD);
	centre.onPdu = ({ command, sequence }) => {
		if (command === COMMAND.deliver_sm) centre.write(pdu(0x80000005, sequence, cstring(`id-${sequence}`)));
	};
	const tlvs = (id) => Buffer.concat([
		tlv(0x001e, cstring(id)), tlv(0x0427, Buffer.from([2])), tlv(0x0423, Buffer.from([3, 0, 11])),
		tlv(0x0204, Buffer.from([0x12, 0x34])), tlv(0x1401, Buffer.from('vendor\0\x01')), tlv(0x3fff, Buffer.alloc(0))]);
	const wanted = [];
	for (const [i, command] of ['submit_sm', 'data_sm'].entries()) {
		const message = submitBody('85298765432', '8613800138000', Buffer.from('hello'));
		message[message.indexOf('8613800138000') + 14 + 3 + 2] = 1; // registered_delivery
		hub.write(pdu('submit_sm', 100 + i, message));
		const answer = await hub.answer(100 + i);
		assert.equal(answer.status, 0);
		const id = answer.body.toString('latin1').slice(0, -1);
		assert.match(id, /^id-\d+$/);
		const body = command === 'submit_sm'
			? submitBody('8613800138000', '85298765432', Buffer.from(`id:${id} stat:DELIVRD err:000`), { esm: 4, tlvs: tlvs(id) })
			: Buffer.concat([Buffer.from('\0\x01\x018613800138000\0\x01\x0185298765432\0', 'latin1'),
				Buffer.from([4, 0, 0]), tlvs(id)]);
		centre.write(pdu(command, 200 + i, body));
		assert.equal((await centre.answer(200 + i)).status, 0);
		wanted.push({ command: command === 'submit_sm' ? COMMAND.deliver_sm : COMMAND.data_sm, body: body.toString('hex') });
	}
	await waitFor('both receipts', () => delivered.length === 2);
	assert.deepEqual(delivered, wanted);
	hub.close();
	centre.close();
});

flow('receipts come by any session of the SMSC and go to any receiver of the hub', withFar({ sessions: 2 }), async (world) => {
	const server = await serverOf(world, 2);
	const hub = await hubOf(world, 'abroad', { split: true });
	const taken = [];
	for (let i = 0; i < 6; i++) taken.push(await passed(hub, server, `message ${i}`));
	for (const one of taken) {
		server.way = server.sessions.find((session) => session !== one.pdu.via);
		assertTaken(await server.tell(one, 'DELIVRD'));
	}
	await hub.expectReceipts(6);
	assert.deepEqual(hub.receipts.map((receipt) => /id:(\S+)/.exec(text(receipt))[1]), taken.map(({ id }) => id));
});

for (const how of ['stop', 'kill'])
	flow(`receipts wait for a hub that is away, over a ${how} of the gateway`, withFar(), async (world) => {
		const server = await serverOf(world);
		const hub = await hubOf(world);
		const taken = [];
		for (let i = 0; i < 5; i++) taken.push(await passed(hub, server, `message ${i}`));
		await hub.close();
		for (const one of taken.slice(0, 3)) assertTaken(await server.tell(one, 'DELIVRD'));
		await world.daemon[how]();
		await world.daemon.start();
		await server.expectBound();
		for (const one of taken.slice(3)) assertTaken(await server.tell(one, 'EXPIRED'));
		assert.equal((await rows(world)).receipts, 5);
		// A transmitter is no place for them.
		const sender = await hubOf(world, 'abroad', { kind: 'transmitter' });
		const again = await hubOf(world, 'abroad', { kind: 'receiver' });
		await again.expectReceipts(5);
		assert.deepEqual(again.receipts.map((receipt) => /id:(\S+).*stat:(\S+)/.exec(text(receipt)).slice(1)),
			taken.map(({ id }, i) => [id, i < 3 ? 'DELIVRD' : 'EXPIRED']));
		assert.equal(sender.receipts.length, 0);
		await nothingLeft(world);
	});

// Slots of 512 octets behind a page; position 0 is never used.
const slotAt = (number) => 4096 + 512 * number;

flow('a slot of the journal that was changed is left out and told, the others are stored', withFar(), async (world) => {
	const server = await serverOf(world);
	let hub = await hubOf(world);
	for (let i = 0; i < 5; i++) await passed(hub, server, `message ${i}`);
	await world.daemon.stop();
	const file = path.join(world.daemon.config.state_dir, 'routes.journal');
	const journal = fs.readFileSync(file);
	journal.writeBigUInt64LE(1n, 24); // nothing was released
	journal[slotAt(2) + 81] ^= 1; // of "m2"
	fs.writeFileSync(file, journal);
	await tamper(world, 'DELETE FROM hub_route');
	await world.daemon.start();
	await world.daemon.expectLog(/routes\.journal: slots that are not as they were written are left out/);
	await world.daemon.expectMetric('hub_routes_damaged_total', 1);
	await world.daemon.expectMetric('hub_routes_total', 4);
	await server.expectBound();
	hub = await hubOf(world);
	for (const one of server.taken) assertTaken(await server.tell(one, 'DELIVRD'));
	await hub.expectReceipts(4);
	assert.deepEqual(hub.receipts.map((receipt) => /id:(\S+)/.exec(text(receipt))[1]), ['m1', 'm3', 'm4', 'm5']);
});

for (const [what, write, line, stored] of [
	['of version 1 is taken over', (journal) => {
		journal.write('mianrao routes 1');
		journal.fill(0, 32, 40);
		for (let i = 1; i <= 5; i++) journal.fill(0, slotAt(i) + 504, slotAt(i) + 512);
	}, /routes\.journal: taken over from version 1/, 5],
	['that is none is begun anew', (journal) => journal.write('something else..'), /routes\.journal is no journal of this version/, 0],
])
	flow(`a journal ${what}, and the log says so`, withFar(), async (world) => {
		const server = await serverOf(world);
		let hub = await hubOf(world);
		for (let i = 0; i < 5; i++) await passed(hub, server, `message ${i}`);
		await world.daemon.stop();
		const file = path.join(world.daemon.config.state_dir, 'routes.journal');
		const journal = fs.readFileSync(file);
		journal.writeBigUInt64LE(1n, 24);
		write(journal);
		fs.writeFileSync(file, journal);
		await tamper(world, 'DELETE FROM hub_route');
		await world.daemon.start();
		await world.daemon.expectLog(line);
		await server.expectBound();
		await world.daemon.expectMetric('hub_routes_total', stored);
		hub = await hubOf(world);
		const one = await passed(hub, server, 'and on it goes');
		assertTaken(await server.tell(one, 'DELIVRD'));
		await hub.expectReceipts(1);
		assert.equal((await rows(world)).routes, stored);
	});

const REFUSALS = [
	[STATUS.ESME_RX_T_APPN, true], [STATUS.ESME_RMSGQFUL, true], [STATUS.ESME_RTHROTTLED, true],
	[STATUS.ESME_RSYSERR, true], [STATUS.ESME_RX_P_APPN, false], [STATUS.ESME_RX_R_APPN, false],
];
flow('a receipt that its hub refuses for now goes out again, one refused for good does not', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	let refusals = 0;
	for (const [status, again] of REFUSALS) {
		const before = hub.receipts.length;
		const one = await passed(hub, server);
		let asked = 0;
		hub.reply = () => ({ command_status: asked++ ? 0 : status });
		assertTaken(await server.tell(one, 'DELIVRD'));
		if (again) await hub.expectReceipts(before + 1);
		else await world.daemon.expectMetric('hub_receipts_given_up_total', ++refusals);
		assert.equal(asked, again ? 2 : 1, String(status));
	}
	await nothingLeft(world);
});

flow('one that is not answered goes out over another session', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const one = await passed(hub, server);
	hub.reply = () => undefined;
	assertTaken(await server.tell(one, 'DELIVRD'));
	const other = await hubOf(world);
	hub.drop();
	await other.expectReceipts(1);
	await nothingLeft(world);
});

flow('a receipt may come before the answer to its message', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const take = server.onRequest.bind(server);
	server.onRequest = async (request, respond) => {
		assertTaken(await server.submit(receiptFor(request, 'm1', 'DELIVRD')));
		take(request, respond);
	};
	await passed(hub, server);
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), /^id:m1 /);
	await world.daemon.expectMetric('receipts_early_total', 1);
	await nothingLeft(world);
});

flow('so may what is told on its way, in its order and in front of the end, over a kill of the gateway', withFar(), async (world) => {
	const server = await serverOf(world);
	let hub = await hubOf(world);
	const tell = async (request, stat, more) =>
		assertTaken(await server.submit(receiptFor(request, 'm1', stat, more)));
	const take = server.onRequest.bind(server);
	server.onRequest = async (request, respond) => {
		await tell(request, 'ENROUTE', { kind: INTERMEDIATE });
		await tell(request, 'DELIVRD');
		await tell(request, 'ACCEPTD');
		// Of another message, and of before this one.
		assertTaken(await server.submit(receiptFor(request, 'm2', 'ENROUTE', { kind: INTERMEDIATE })));
		take(request, respond);
	};
	await passed(hub, server, 'hello', { fields: { registered_delivery: 0x11 } });
	await hub.expectReceipts(3);
	assert.deepEqual(hub.receipts.map((receipt) => /stat:(\S+)/.exec(text(receipt))[1]), ['ENROUTE', 'ACCEPTD', 'DELIVRD']);
	await world.daemon.expectMetric('receipts_early_total', 3);
	await nothingLeft(world);
	server.onRequest = take;
	await world.daemon.kill();
	await world.daemon.start();
	await server.expectBound();
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM hub_notice'))[0].n, 1);
	// Its id means a message that was sent later.
	hub = await hubOf(world);
	await passed(hub, server);
	assertTaken(await server.tell(server.taken[1], 'DELIVRD'));
	await hub.expectReceipts(1);
	assert.match(text(hub.receipts[0]), /^id:m2 .*stat:DELIVRD/);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM hub_notice'))[0].n, 0);
});

const MANUAL = 0x10;
flow('notifications on the way and acknowledgements of the handset are passed back, too', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const one = await passed(hub, server, 'hello', { fields: { registered_delivery: 0x1d } });
	assert.equal(one.pdu.registered_delivery, 0x1d);
	const kinds = [['ENROUTE', { kind: INTERMEDIATE }], ['ACCEPTD', {}],
		['DELIVRD', { kind: MANUAL, receipted_message_id: one.id, short_message: 'yes, I have it' }], ['DELIVRD', {}]];
	for (const [stat, more] of kinds) assertTaken(await server.tell(one, stat, more));
	await hub.expectReceipts(kinds.length);
	assert.deepEqual(hub.receipts.map(({ esm_class }) => esm_class), [INTERMEDIATE, 4, MANUAL, 4]);
	assert.equal(text(hub.receipts[2]), 'yes, I have it');
	await nothingLeft(world);
});

flow('an acknowledgement of a handset that no hub waits for is a text', withFar(), async (world) => {
	const server = await serverOf(world);
	await hubOf(world);
	assertTaken(await server.submit({
		source_addr_ton: 1, source_addr_npi: 1, source_addr: SUBSCRIBER.slice(1),
		destination_addr: '10086999', esm_class: MANUAL, receipted_message_id: 'm77',
		short_message: { message: `${SELLER}*tuixiao` },
	}));
	await server.expect(SUBSCRIBER, REPORT_ID);
});

flow('ids that an SMSC writes in two ways are the same', withFar({ response_id: 'hex', receipt_id: 'decimal' }), async (world) => {
	const server = await serverOf(world, 1, (count) => `00F${count}`);
	const hub = await hubOf(world);
	const one = await passed(hub, server);
	assertTaken(await server.submit(receiptFor(one.pdu, '241', 'DELIVRD')));
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), /^id:241 /, 'as it came');
});

flow('no message that did not ask leaves a trace, and a blocked one has no receipt', withFar({}, {
	blocking: { on_blocked_sms: 'swallow' },
}), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	await passed(hub, server, 'unasked', {});
	await server.text(SUBSCRIBER, 'KTJWPB');
	await server.expect(SUBSCRIBER, /已屏蔽/);
	assertTaken(await hub.message(ABROAD, SUBSCRIBER, 'swallowed', ASKED));
	assert.deepEqual(await rows(world), { routes: 0, receipts: 0 });
	assert.equal((await world.daemon.metrics()).hub_routes_total, 0);
});

flow('the same id of another SMSC is another message', withFar(), async (world) => {
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const one = await passed(hub, server);
	const centre = await world.smsc().connect();
	assertTaken(await centre.submit(receiptFor(one.pdu, one.id, 'UNDELIV')));
	assertTaken(await server.tell(one, 'DELIVRD'));
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), /stat:DELIVRD/);
	assert.equal(hub.receipts.length, 1);
});
