// SPDX-License-Identifier: AGPL-3.0-or-later
// Delivery receipts for the gateway's own texts: what they change, whom they are believed, and that
// none is lost on the way.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import {
	INTERMEDIATE, expectText, farSmsc, givesIds, receiptFor, textsOf,
} from '../lib/receipts.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ANSWERS = { retry_s: 1, retry_max_s: 1, attempts: 2 };
const withFar = (smsc = {}, more = {}) => ({
	config: async () => ({ smscs: [await farSmsc(smsc)], answers: ANSWERS, ...more }),
});

async function serverOf(world, sessions = 1, name = undefined) {
	const port = world.daemon.config.smscs[0].hosts[0].port;
	const server = givesIds(await world.smscServer({ port }).listen(), name);
	await server.expectBound(sessions);
	return server;
}

// A report, and the first text about it as the SMSC took it.
async function report(world, server) {
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const first = await server.expectTaken(1);
	const message = await server.expect(SUBSCRIBER, REPORT_ID);
	return { id: REPORT_ID.exec(message.text)[0], first };
}

const told = async (world, id) => (await world.daemon.json('report', id)).told;

function assertTaken(answer) {
	assert.equal(answer.command_status, STATUS.ESME_ROK);
}

flow('a text is told when its receipt says that it was delivered', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assert.equal(first.pdu.registered_delivery, 1);
	const day = (first.pdu.validity_period - Date.now()) / 1000;
	assert.ok(Math.abs(day - 86400) < 300, `valid for ${day} s`);
	const sent = await expectText(world, id, 'sent');
	assert.equal(sent.attempts, 1);
	assert.deepEqual(await told(world, id), []);
	assertTaken(await server.tell(first, 'DELIVRD'));
	await expectText(world, id, 'delivered');
	assert.deepEqual(await told(world, id), ['receipt']);
	await world.daemon.expectMetric('texts_delivered_total', 1);
	assertTaken(await server.tell(first, 'UNDELIV'));
	await world.daemon.expectMetric('receipts_repeated_total', 1);
	await expectText(world, id, 'delivered');
	assert.equal((await world.daemon.metrics()).receipts_total, 2);
});

flow('without receipts a text is told when it was taken, and leaves no trace', withFar({ receipts: 'none' }), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assert.equal(first.pdu.registered_delivery, 0);
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.deepEqual(await told(world, id), ['receipt']);
	assert.deepEqual(await textsOf(world, id), []);
	const [rows] = await query(world, 'SELECT (SELECT COUNT(*) FROM text_out)+(SELECT COUNT(*) FROM text_part) n');
	assert.equal(rows.n, 0);
	// One that comes all the same is taken and changes nothing.
	assertTaken(await server.tell(first, 'UNDELIV'));
	await world.daemon.expectMetric('receipts_unknown_total', 1);
});

flow('a text that was not delivered goes out again', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assertTaken(await server.tell(first, 'UNDELIV', { err: '011' }));
	const second = await server.expectTaken(2);
	assert.deepEqual(second.pdu.short_message.message, first.pdu.short_message.message);
	const sent = await expectText(world, id, 'sent');
	assert.equal(sent.attempts, 2);
	assertTaken(await server.tell(second, 'DELIVRD'));
	await expectText(world, id, 'delivered');
	assert.deepEqual(await told(world, id), ['receipt']);
	const metrics = await world.daemon.metrics();
	assert.deepEqual([metrics.texts_retried_total, metrics.texts_delivered_total, metrics.texts_undelivered_total],
		[1, 1, 0]);
});

flow('after its attempts a text is given up, with the reason to be seen', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assertTaken(await server.tell(first, 'EXPIRED'));
	assertTaken(await server.tell(await server.expectTaken(2), 'UNDELIV', { err: '011' }));
	const failed = await expectText(world, id, 'failed');
	assert.equal(failed.attempts, 2);
	assert.equal(failed.reason, 'UNDELIV error 11');
	assert.deepEqual(await told(world, id), []);
	await world.daemon.expectMetric('texts_undelivered_total', 1);
	await world.daemon.expectLog(/not delivered and is given up/);
	const { out } = await world.daemon.command('report', id);
	assert.match(out, /failed.*UNDELIV error 11/);
	assert.equal(server.taken.length, 2);
});

flow('a refusal of the address is shown with its reason', withFar({ receipts: 'none' }), async (world) => {
	const server = await serverOf(world);
	server.answer = () => ({ command_status: STATUS.ESME_RINVDSTADR });
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const [{ id }] = (await world.daemon.json('reports')).reports;
	const failed = await expectText(world, id, 'failed');
	assert.equal(failed.reason, 'ESME_RINVDSTADR');
});

flow('a receipt may come before the answer to its text', withFar(), async (world) => {
	const server = await serverOf(world);
	let answered;
	const take = server.onRequest.bind(server);
	server.onRequest = async (pdu, respond) => {
		answered ??= await server.submit(receiptFor(pdu, 'm1', 'DELIVRD'));
		take(pdu, respond);
	};
	const { id } = await report(world, server);
	await expectText(world, id, 'delivered');
	assertTaken(answered);
	assert.deepEqual(await told(world, id), ['receipt']);
	await world.daemon.expectMetric('receipts_early_total', 1);
});

flow('a receipt counts after kill -9, and what waits to go out again does', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	await expectText(world, id, 'sent');
	await world.daemon.kill();
	await world.daemon.start();
	await server.expectBound();
	assertTaken(await server.tell(first, 'UNDELIV'));
	await world.daemon.kill();
	await world.daemon.start();
	await server.expectBound();
	const second = await server.expectTaken(2);
	await expectText(world, id, 'sent');
	await world.daemon.kill();
	await world.daemon.start();
	await server.expectBound();
	assertTaken(await server.tell(second, 'DELIVRD'));
	const delivered = await expectText(world, id, 'delivered');
	assert.equal(delivered.attempts, 2);
	assert.deepEqual(await told(world, id), ['receipt']);
	assert.equal(server.taken.length, 2);
});

flow('when the answer to a text is lost, its receipt is kept and the text goes out again', withFar(), async (world) => {
	const server = await serverOf(world);
	const take = server.answer;
	server.answer = (pdu) => {
		take(pdu);
		return undefined;
	};
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	assertTaken(await server.tell(await server.expectTaken(1), 'DELIVRD'));
	await world.daemon.kill();
	server.answer = take;
	await world.daemon.start();
	const second = await server.expectTaken(2);
	const [kept] = await query(world, 'SELECT scope, state FROM receipt_early');
	assert.deepEqual(kept, { scope: 'smsc far', state: 2 });
	const [{ id }] = (await world.daemon.json('reports')).reports;
	await expectText(world, id, 'sent');
	assertTaken(await server.tell(second, 'DELIVRD'));
	await expectText(world, id, 'delivered');
});

flow('a receipt may come over another link of its SMSC', withFar({ sessions: 2 }), async (world) => {
	const server = await serverOf(world, 2);
	const { id, first } = await report(world, server);
	server.way = server.sessions.find((session) => session !== first.pdu.via);
	assert.ok(server.way);
	assertTaken(await server.tell(first, 'DELIVRD'));
	await expectText(world, id, 'delivered');
});

const WRITINGS = [
	{ name: 'hex and decimal', smsc: { response_id: 'hex', receipt_id: 'decimal' }, response: '0000aBcD', receipt: '0000043981' },
	{ name: 'decimal and hex', smsc: { response_id: 'decimal', receipt_id: 'hex' }, response: '43981', receipt: 'ABCD' },
	{ name: 'leading zeros', smsc: { response_id: 'no_zeros', receipt_id: 'no_zeros' }, response: '00012', receipt: '0000000012' },
	{ name: 'a UUID', smsc: {}, response: '9f1c2d1e-aaaa-bbbb-cccc-0123456789ab', receipt: '9f1c2d1e-aaaa-bbbb-cccc-0123456789ab' },
];
for (const { name, smsc, response, receipt } of WRITINGS)
	flow(`ids are matched: ${name}`, withFar(smsc), async (world) => {
		const server = await serverOf(world, 1, () => response);
		const { id, first } = await report(world, server);
		assertTaken(await server.tell({ ...first, id: `1${receipt}` }, 'DELIVRD'));
		assert.deepEqual(await told(world, id), []);
		assertTaken(await server.tell({ ...first, id: receipt }, 'DELIVRD'));
		await expectText(world, id, 'delivered');
	});

const FORMS = [
	{ name: 'TLVs of a deliver_sm', command: 'submit_sm', fields: { short_message: '' } },
	{ name: 'TLVs of a deliver_sm without a type', command: 'submit_sm', fields: { esm_class: 0, short_message: '' } },
	{ name: 'TLVs of a data_sm', command: 'data_sm', fields: { short_message: undefined } },
	{ name: 'TLVs against the text', command: 'submit_sm', fields: { short_message: 'id:other stat:UNDELIV err:011' } },
];
for (const { name, command, fields } of FORMS)
	flow(`a receipt is read from the ${name}`, withFar(), async (world) => {
		const server = await serverOf(world);
		const { id, first } = await report(world, server);
		assertTaken(await server.submit({
			...receiptFor(first.pdu, first.id, 'UNDELIV'), receipted_message_id: first.id,
			message_state: 2, ...fields,
		}, command));
		await expectText(world, id, 'delivered');
	});

flow('nobody can give a receipt for the text of another', {
	config: async (base) => ({
		smscs: [await farSmsc(), await farSmsc({ name: 'near' })],
		accounts: [...base.accounts, { ...base.accounts[0], system_id: 'far' },
			{ ...base.accounts[0], system_id: 'far#1' }],
		answers: ANSWERS,
	}),
}, async (world) => {
	const server = await serverOf(world);
	const near = await world.smscServer({ port: world.daemon.config.smscs[1].hosts[0].port }).listen();
	await near.expectBound();
	const { id, first } = await report(world, server);
	const others = [near];
	for (const systemId of ['centre', 'far', 'far#1'])
		others.push(await world.smsc({ systemId, kind: 'transmitter' }).connect());
	for (const other of others)
		assertTaken(await other.submit(receiptFor(first.pdu, first.id, 'DELIVRD')));
	await world.daemon.expectMetric('receipts_unknown_total', others.length);
	await expectText(world, id, 'sent');
	assert.deepEqual(await told(world, id), []);
	await world.daemon.expectLog(/receipt for no text that is known/);
	assertTaken(await server.tell(first, 'DELIVRD'));
	await expectText(world, id, 'delivered');
});

flow('intermediate notifications are taken and change nothing', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assertTaken(await server.tell(first, 'UNDELIV', { kind: INTERMEDIATE }));
	assertTaken(await server.tell(first, 'ENROUTE'));
	assertTaken(await server.tell(first, 'ACCEPTD'));
	await world.daemon.expectMetric('receipts_intermediate_total', 3);
	await expectText(world, id, 'sent');
	assertTaken(await server.tell(first, 'DELIVRD'));
	await expectText(world, id, 'delivered');
});

flow('a receipt that says nothing is taken and counted', withFar(), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	for (const text of ['', 'hello', 'id: stat:DELIVRD', `id:${first.id}`])
		assertTaken(await server.tell(first, 'DELIVRD', { short_message: text }));
	await world.daemon.expectMetric('receipts_unknown_total', 4);
	await expectText(world, id, 'sent');
});

flow('a text in parts is delivered when all of them are', withFar({}, {
	reports: { service_codes: ['10086999'], recheck_s: 1, recheck_max_s: 1, language: 'both' },
}), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	const second = await server.expectTaken(2);
	await expectText(world, id, 'sent');
	assertTaken(await server.tell(second, 'DELIVRD'));
	await world.daemon.expectMetric('receipts_total', 1);
	await expectText(world, id, 'sent');
	const parts = server.taken.length;
	assertTaken(await server.tell(first, 'REJECTD'));
	const again = await server.expectTaken(2 * parts);
	assert.ok(again);
	for (const part of server.taken.slice(parts)) assertTaken(await server.tell(part, 'DELIVRD'));
	const delivered = await expectText(world, id, 'delivered');
	assert.equal(delivered.attempts, 2);
});

flow('a text whose receipt never comes is closed as unknown', withFar({}, {
	answers: { validity_s: 1, receipt_wait_s: 2 },
}), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	const unknown = await expectText(world, id, 'unknown');
	assert.equal(unknown.reason, 'no receipt came');
	await world.daemon.expectMetric('texts_unheard_total', 1);
	assert.deepEqual(await told(world, id), []);
	assertTaken(await server.tell(first, 'DELIVRD'));
	await expectText(world, id, 'delivered');
	assert.deepEqual(await told(world, id), ['receipt']);
});

flow('with receipts for failures only, silence is assumed to be success', withFar({ receipts: 'failure' }, {
	answers: { ...ANSWERS, validity_s: 1, receipt_wait_s: 2 },
}), async (world) => {
	const server = await serverOf(world);
	const { id, first } = await report(world, server);
	assert.equal(first.pdu.registered_delivery, 2);
	await expectText(world, id, 'assumed');
	assert.deepEqual(await told(world, id), ['receipt']);
	await world.daemon.expectMetric('texts_assumed_total', 1);
});

flow('an account that gives ids gives receipts by submit_sm and data_sm', {
	config: (base) => ({
		accounts: [{ ...base.accounts[0], receipts: 'all' }, ...base.accounts.slice(1)],
		answers: ANSWERS,
	}),
}, async (world) => {
	const smsc = givesIds(await world.smsc().connect());
	const { id, first } = await report(world, smsc);
	assert.equal(first.pdu.command, 'deliver_sm');
	assert.equal(first.pdu.registered_delivery, 1);
	assertTaken(await smsc.tell(first, 'UNDELIV'));
	const second = await smsc.expectTaken(2);
	assertTaken(await smsc.submit({
		...receiptFor(second.pdu, second.id, 'DELIVRD'), short_message: undefined,
		receipted_message_id: second.id, message_state: 2,
	}, 'data_sm'));
	await expectText(world, id, 'delivered');
});

flow('an account that gives no ids is told when it took the text', {
	config: (base) => ({
		accounts: [{ ...base.accounts[0], receipts: 'all' }, ...base.accounts.slice(1)],
	}),
}, async (world) => {
	const smsc = givesIds(await world.smsc().connect(), () => '');
	const { id } = await report(world, smsc);
	await waitFor('the receipt to be told', async () => (await told(world, id)).length > 0);
	assert.deepEqual(await told(world, id), ['receipt']);
	assert.deepEqual(await textsOf(world, id), []);
});

flow('SIGHUP turns receipts on and off without a link being lost', withFar({ receipts: 'none' }), async (world) => {
	const server = await serverOf(world);
	await report(world, server);
	const from = world.daemon.lines.length;
	const [smsc] = world.daemon.config.smscs;
	world.daemon.write({ ...world.daemon.config, smscs: [{ ...smsc, receipts: 'all' }] });
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/, { from });
	await server.text('+8613800138001', `${SELLER}*推销宽带`);
	const second = await server.expectTaken(2);
	assert.equal(second.pdu.registered_delivery, 1);
	assert.equal(server.binds.length, 1);
});
