// SPDX-License-Identifier: AGPL-3.0-or-later
// Receipts of hubs' messages that were kept: the hub knows them by an id of ours, and hears of them under it,
// whether they are released, given up, or never asked for.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import { farSmsc, givesIds, receiptFor } from '../lib/receipts.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const ASKED = { fields: { registered_delivery: 1 } };
const kept = (more = {}) => ({
	config: async () => ({
		smscs: [await farSmsc({ receipts: 'none' })],
		blocking: { on_blocked_sms: 'quarantine', ...more },
	}),
});

async function serverOf(world) {
	const port = world.daemon.config.smscs[0].hosts[0].port;
	const server = givesIds(await world.smscServer({ port }).listen());
	await server.expectBound(1);
	return server;
}

async function hubOf(world) {
	const hub = world.hub('abroad');
	hub.receipts = [];
	hub.onRequest = (request, respond) => {
		hub.receipts.push(request);
		respond({ command_status: 0 });
	};
	hub.expectReceipts = (count) => waitFor(
		() => `${count} receipts; there came ${hub.receipts.length}`,
		() => hub.receipts.length >= count && hub.receipts);
	return hub.connect();
}

const block = (world) => world.daemon.json('rules', SUBSCRIBER, 'add', 'block sms from international');

// A message that is kept: the id by which its hub knows it.
async function keep(hub, text = 'hello', options = ASKED) {
	const answer = await hub.message(ABROAD, SUBSCRIBER, text, options);
	assert.equal(answer.command_status, STATUS.ESME_ROK);
	assert.match(answer.message_id, /^Q\d+$/);
	return answer.message_id;
}

async function release(world) {
	const [{ id }] = (await world.daemon.json('blocked', SUBSCRIBER)).blocked;
	return world.daemon.json('release', String(id));
}

const text = (request) => request.short_message.message;

async function nothingLeft(world) {
	await waitFor('nothing to be left in the store', async () => {
		const [row] = await query(world, 'SELECT (SELECT COUNT(*) FROM hub_route) + (SELECT COUNT(*) FROM hub_receipt) + ' +
			'(SELECT COUNT(*) FROM outbox WHERE channel=4) n');
		return row.n === 0;
	});
}

flow('a message that is released has its receipt under the id that its hub was given', kept(), async (world) => {
	await block(world);
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const id = await keep(hub);
	assert.equal(hub.receipts.length, 0, 'nothing is told while it is kept');
	assert.equal((await release(world)).result, 'sent');
	const taken = await server.expectTaken(1);
	assert.equal(taken.pdu.registered_delivery, 1, 'the SMSC is asked as the hub asked');
	assert.notEqual(taken.id, id);
	assert.equal((await server.tell(taken, 'DELIVRD', { receipted_message_id: taken.id, message_state: 2 })).command_status, 0);
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), new RegExp(`^id:${id} .*stat:DELIVRD err:000 text:`));
	assert.equal(receipt.receipted_message_id, id);
	assert.equal(receipt.message_state, 2);
	assert.equal(receipt.source_addr, SUBSCRIBER.slice(1));
	await nothingLeft(world);
});

flow('whoever asked for none gets none', kept(), async (world) => {
	await block(world);
	const server = await serverOf(world);
	const hub = await hubOf(world);
	await keep(hub, 'hello', {});
	await release(world);
	const taken = await server.expectTaken(1);
	assert.equal(taken.pdu.registered_delivery, 0);
	await nothingLeft(world);
	await server.tell(taken, 'DELIVRD');
	await world.daemon.expectMetric('receipts_unknown_total', 1);
	assert.equal(hub.receipts.length, 0);
});

flow('each part of a long message by its own id', kept({ release_allows: false }), async (world) => {
	await block(world);
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const ids = [];
	hub.submitted = hub.submit.bind(hub);
	hub.submit = async (...args) => {
		const answer = await hub.submitted(...args);
		ids.push(answer.message_id);
		return answer;
	};
	await hub.message(ABROAD, SUBSCRIBER, '长'.repeat(150), ASKED);
	assert.equal(ids.length, 3);
	await release(world);
	await server.expectTaken(3);
	for (const taken of server.taken) await server.tell(taken, 'DELIVRD');
	await hub.expectReceipts(3);
	assert.deepEqual(hub.receipts.map((receipt) => /id:(\S+)/.exec(text(receipt))[1]), ids);
	await nothingLeft(world);
});

flow('the receipt may come before the SMSC\'s answer, and over a kill of the gateway', kept({ release_allows: false }), async (world) => {
	await block(world);
	const server = await serverOf(world);
	let hub = await hubOf(world);
	const id = await keep(hub);
	const take = server.onRequest.bind(server);
	server.onRequest = async (request, respond) => {
		assert.equal((await server.submit(receiptFor(request, 'm1', 'DELIVRD'))).command_status, 0);
		take(request, respond);
	};
	await release(world);
	await hub.expectReceipts(1);
	assert.match(text(hub.receipts[0]), new RegExp(`^id:${id} `));
	await nothingLeft(world);
	server.onRequest = take;
	// Released, taken, and then the gateway is killed before the receipt.
	const again = await keep(hub, 'second');
	await release(world);
	const taken = await server.expectTaken(2);
	await waitFor('its route to be stored', async () => (await query(world, 'SELECT COUNT(*) n FROM hub_route'))[0].n === 1);
	await world.daemon.kill();
	await world.daemon.start();
	await server.expectBound(1);
	hub = await hubOf(world);
	assert.equal((await server.tell(taken, 'UNDELIV', { err: '011' })).command_status, 0);
	await hub.expectReceipts(1);
	assert.match(text(hub.receipts[0]), new RegExp(`^id:${again} .*stat:UNDELIV err:011`));
});

flow('of one that its receiver does not get the gateway tells the hub itself', kept(), async (world) => {
	await block(world);
	const server = await serverOf(world);
	const hub = await hubOf(world);
	const id = await keep(hub);
	server.answer = () => ({ command_status: STATUS.ESME_RINVDSTADR });
	await release(world);
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), new RegExp(`^id:${id} sub:001 dlvrd:000 .*stat:UNDELIV .*text:`, 'i'));
	assert.equal(receipt.esm_class, 4);
	assert.equal(receipt.source_addr, SUBSCRIBER.slice(1));
	assert.equal(receipt.destination_addr, ABROAD.slice(1));
	await world.daemon.expectMetric('released_given_up_total', 1);
	await nothingLeft(world);
});

flow('and of one that nobody released in its time', kept({ attempts_days: 1 }), async (world) => {
	await block(world);
	await serverOf(world);
	let hub = await hubOf(world);
	const id = await keep(hub);
	await keep(hub, 'asks for nothing', {});
	await world.daemon.stop();
	await tamper(world, 'UPDATE quarantine SET received_ms=received_ms-5*86400000');
	await world.daemon.start();
	hub = await hubOf(world);
	const [receipt] = await hub.expectReceipts(1);
	assert.match(text(receipt), new RegExp(`^id:${id} .*stat:EXPIRED`));
	await world.daemon.expectMetric('quarantine_expired_total', 2);
	await nothingLeft(world);
	assert.equal(hub.receipts.length, 1);
});
