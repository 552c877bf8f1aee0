// SPDX-License-Identifier: AGPL-3.0-or-later
// Blocked messages that are kept: what was acknowledged is there, and the very message arrives when
// its receiver releases it.

import assert from 'node:assert/strict';

import { PASSWORD } from '../lib/config.mjs';
import { STATUS } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { fromUcs2, parts, udh8, udh16, ucs2 } from '../lib/sms.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { COMMAND, Wire, pdu, submitBody } from '../lib/wire.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const LIST = /近期拦截如下/;
const quarantine = (more = {}) => ({ config: { blocking: { on_blocked_sms: 'quarantine', ...more } } });
const status = (answer) => answer.command_status;

async function ask(smsc, text, match = /./, from = SUBSCRIBER) {
	const after = smsc.to(from).length;
	await smsc.text(from, text);
	return smsc.expect(from, match, { after });
}

async function shielded(world) {
	const smsc = await world.smsc().connect();
	await ask(smsc, 'KTJWPB', /已屏蔽/);
	return smsc;
}

const restart = async (world) => {
	await world.daemon.stop();
	await world.daemon.start();
	return world.smsc().connect();
};

// How often each text came.
const arrived = (smsc, text) => smsc.to(SUBSCRIBER).filter((message) => message.text === text).length;

const tlv = (tag, value) => {
	const head = Buffer.alloc(4);
	head.writeUInt16BE(tag, 0);
	head.writeUInt16BE(value.length, 2);
	return Buffer.concat([head, value]);
};

const submit = (message, options) => ({ command: 'submit_sm', body: submitBody('85298765432', '8613800138000', message, options) });
const vendor = Buffer.concat([tlv(0x1401, Buffer.from('vendor\0\x01')), tlv(0x0204, Buffer.from([0x12, 0x34])),
	tlv(0x3fff, Buffer.alloc(0))]);
const dataSm = Buffer.concat([Buffer.from('WAP\0\x01\x0185298765432\0\0\x018613800138000\0', 'latin1'),
	Buffer.from([0, 0, 8]), tlv(0x0424, ucs2('数据'.repeat(200)))]);
const MESSAGES = [
	['7-bit', submit(Buffer.from('hello'))],
	['UCS2', submit(ucs2('你好，世界 🐟'), { coding: 8 })],
	['8-bit octets', submit(Buffer.from([0, 255, 1, 254, 10, 13]), { coding: 4 })],
	['nothing at all', submit(Buffer.alloc(0))],
	['vendor TLVs, one of them empty', submit(Buffer.from('tlv'), { tlvs: vendor })],
	['a part of three', submit(Buffer.concat([udh8(9, 3, 2), ucs2('二')]), { coding: 8, esm: 0x40 })],
	['another part of them', submit(Buffer.concat([udh8(9, 3, 1), ucs2('一')]), { coding: 8, esm: 0x40 })],
	['a part with a 16-bit reference', submit(Buffer.concat([udh16(999, 2, 1), Buffer.from('x')]), { esm: 0x40 })],
	['254 octets', submit(Buffer.alloc(254, 'z'))],
	['a data_sm with a payload', { command: 'data_sm', body: dataSm }],
];
flow('what is released arrives octet by octet as the hub brought it', quarantine({ quarantine_max: 100 }), async (world) => {
	const smsc = await shielded(world);
	const hub = await (await new Wire(world.daemon.smppPort).connect()).bind('abroad', PASSWORD);
	for (const [i, [name, { command, body }]] of MESSAGES.entries()) {
		hub.write(pdu(command, 10 + i, body));
		const answer = await hub.answer(10 + i);
		assert.equal(answer.status, 0, name);
		assert.match(answer.body.toString('latin1'), /^Q\d+\0$/, name);
	}
	await world.daemon.stop();
	await world.daemon.start();
	await smsc.connect();
	await ask(smsc, 'CXLJ', LIST);
	await smsc.close();
	// A centre that brings the digit and takes all that comes, as octets.
	const centre = await new Wire(world.daemon.smppPort).connect();
	const taken = [];
	centre.onPdu = ({ command, sequence, body }) => {
		if (command !== COMMAND.deliver_sm && command !== COMMAND.data_sm) return;
		taken.push({ command, body: body.toString('hex') });
		centre.write(pdu((command | 0x80000000) >>> 0, sequence, Buffer.from([0])));
	};
	await centre.bind('centre', PASSWORD);
	centre.write(pdu('submit_sm', 5, submitBody('8613800138000', '10086999', Buffer.from('1'))));
	assert.equal((await centre.answer(5)).status, 0);
	const wanted = MESSAGES.map(([, { command, body }]) => ({
		command: command === 'data_sm' ? COMMAND.data_sm : COMMAND.deliver_sm, body: body.toString('hex') }));
	// Parts of a message come in its order, the rest in the order of coming; our own answer comes beside them.
	wanted.splice(5, 2, wanted[6], wanted[5]);
	const released = () => taken.filter(({ body }) => wanted.some((one) => one.body === body));
	await waitFor(() => `${wanted.length} messages; there came ${released().length}`, () => released().length === wanted.length);
	assert.deepEqual(released(), wanted);
	await world.daemon.expectMetric('outbox_depth', 0);
	centre.close();
	hub.close();
});

// The parts of a text as PDU fields, each to be sent over whatever session.
const long = '这是一条很长的短信，分成几段。'.repeat(12);
const compose = (hub, from, options) => parts(long, { reference: 7, ...options }).map((part) => ({
	source_addr_ton: 1, source_addr_npi: 1, source_addr: from.slice(1),
	dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: SUBSCRIBER.slice(1), ...part,
}));

for (const how of ['udh8', 'udh16', 'sar'])
	flow(`a long message (${how}) whose parts come over two sessions is kept as one and released whole, with restarts between all steps`,
		{ ...quarantine(), timeout: 120000 }, async (world) => {
			let smsc = await shielded(world);
			const pieces = compose(undefined, ABROAD, { how });
			assert.ok(pieces.length >= 3);
			for (const [i, piece] of pieces.entries()) {
				const hub = await world.hub().connect();
				assert.equal(status(await hub.submit(piece)), STATUS.ESME_ROK, `part ${i}`);
				smsc = await restart(world);
			}
			const list = await ask(smsc, 'CXLJ', LIST);
			assert.match(list.text, /\n1\)\+85\*5432 \S+短信$/, 'one message');
			smsc = await restart(world);
			await smsc.text(SUBSCRIBER, '1');
			await world.daemon.kill();
			await world.daemon.start();
			smsc = await world.smsc().connect();
			const kept = () => query(world, 'SELECT id FROM quarantine WHERE released_ms IS NULL');
			// The digit was acknowledged: it is carried out, before the kill or after it.
			await waitFor('the release', async () => (await kept()).length === 0);
			await world.daemon.expectMetric('outbox_depth', 0);
			// Before the kill or after it, to the one centre or the other.
			const came = world.peers.flatMap((peer) => peer.pdus ?? []).map((one) => one.short_message.message);
			for (const piece of pieces) {
				const text = fromUcs2(how === 'sar' ? piece.short_message : piece.short_message.subarray(piece.short_message[0] + 1));
				assert.ok(came.includes(text), text);
			}
		});

flow('all parts share the decision about the first, whichever hub brings them', async (world) => {
	const smsc = await shielded(world);
	const abroad = await world.hub('abroad').connect();
	const home = await world.hub('national').connect();
	// By itself, this sender passes over one of the two.
	const sender = '+8613912345678';
	const first = compose(undefined, sender, { reference: 1 });
	assert.equal(status(await abroad.submit(first[0])), 0x66);
	for (const piece of first.slice(1)) assert.equal(status(await home.submit(piece)), 0x66, 'blocked as a whole');
	const second = compose(undefined, sender, { reference: 2 });
	assert.equal(status(await home.submit(second[1])), STATUS.ESME_ROK);
	for (const i of [0, ...second.keys()].slice(1).filter((n) => n !== 1))
		assert.equal(status(await abroad.submit(second[i])), STATUS.ESME_ROK, 'passed as a whole');
	await smsc.expect(SUBSCRIBER, (message) => message.text === long);
	await world.daemon.expectMetric('attempts_stored_total', 1);
	assert.deepEqual(await query(world, 'SELECT sender, count FROM attempt'), [{ sender, count: 1 }]);
	// A new message with the reference of one that is over is decided about anew.
	assert.equal(status(await home.submit(first[0])), STATUS.ESME_ROK);
});

flow('a rule that changes between two parts changes nothing for that message', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const pieces = compose(undefined, ABROAD);
	assert.equal(status(await hub.submit(pieces[0])), STATUS.ESME_ROK);
	await ask(smsc, 'KTJWPB', /已屏蔽/);
	for (const piece of pieces.slice(1)) assert.equal(status(await hub.submit(piece)), STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, (message) => message.text === long);
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'next')), 0x66);
});

flow('a part that comes after the release goes after it, with and without a restart', quarantine(), async (world) => {
	let smsc = await shielded(world);
	const pieces = compose(undefined, ABROAD);
	let hub = await world.hub().connect();
	await hub.submit(pieces[0]);
	await ask(smsc, `FX ${ABROAD}`, /1条短信已放行/);
	await hub.submit(pieces[1]);
	await waitFor('two parts', () => smsc.pdus.filter((one) => one.esm_class === 0x40 && one.source_addr === ABROAD.slice(1)).length === 2);
	for (const piece of pieces.slice(2)) await hub.submit(piece);
	await smsc.expect(SUBSCRIBER, (message) => message.text === long);
	smsc = await restart(world);
	hub = await world.hub().connect();
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'later')), STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^later$/);
});

flow('kill -9 right after status 0: the message is there, and repeated parts are kept once', {
	...quarantine(), timeout: 180000,
}, async (world) => {
	await shielded(world);
	const acknowledged = [];
	for (let i = 0; i < 8; i++) {
		const hub = await world.hub().connect();
		const waiting = Array.from({ length: 5 }, (_, n) => `kill ${i}.${n}`).map(async (text) => {
			const answer = await hub.message(`+4420794601${i}`, SUBSCRIBER, text).catch(() => undefined);
			if (answer?.command_status === 0) acknowledged.push(text);
		});
		await Promise.race(waiting);
		await world.daemon.kill();
		await Promise.all(waiting);
		await world.daemon.start();
	}
	assert.ok(acknowledged.length >= 8, `${acknowledged.length} acknowledged`);
	const rows = await query(world, "SELECT hex(pdu) AS pdu FROM quarantine WHERE released_ms IS NULL");
	const kept = rows.map(({ pdu: hex }) => Buffer.from(hex, 'hex').toString('latin1'));
	for (const text of acknowledged) assert.ok(kept.some((octets) => octets.includes(text)), text);
	// The hub that heard nothing sends its part again.
	const hub = await world.hub().connect();
	const [piece] = compose(undefined, ABROAD);
	const ids = new Set();
	for (let i = 0; i < 3; i++) ids.add((await hub.submit(piece)).message_id);
	await world.daemon.kill();
	await world.daemon.start();
	const again = await world.hub().connect();
	ids.add((await again.submit(piece)).message_id);
	assert.equal(ids.size, 1, 'one id for one part');
	assert.equal((await query(world, `SELECT id FROM quarantine WHERE sender='${ABROAD}'`)).length, 1);
	assert.equal((await query(world, `SELECT count FROM attempt WHERE sender='${ABROAD}'`))[0].count, 1);
});

flow('what finds no room is refused, never taken and dropped; a message that was begun is kept whole',
	quarantine({ quarantine_max: 3, blocked_status: 0 }), async (world) => {
		const smsc = await shielded(world);
		const hub = await world.hub().connect();
		const pieces = compose(undefined, ABROAD);
		assert.equal(status(await hub.submit(pieces[0])), 0);
		for (const text of ['one', 'two']) assert.equal(status(await hub.message('+442079460111', SUBSCRIBER, text)), 0);
		assert.equal(status(await hub.message('+442079460111', SUBSCRIBER, 'three')), 0x66);
		for (const piece of pieces.slice(1)) assert.equal(status(await hub.submit(piece)), 0);
		const others = compose(undefined, '+12125550123', { reference: 8 });
		for (const piece of others) assert.equal(status(await hub.submit(piece)), 0x66);
		// Another subscriber has room.
		await ask(smsc, 'KTJWPB', /已屏蔽/, '+8613800138001');
		assert.equal(status(await hub.message(ABROAD, '+8613800138001', 'x')), 0);
		assert.equal((await world.daemon.metrics()).quarantine_full_total, 2);
		const counts = await query(world, `SELECT sender, count FROM attempt WHERE subscriber='${SUBSCRIBER}' ORDER BY sender`);
		assert.deepEqual(counts, [{ sender: '+12125550123', count: 1 }, { sender: '+442079460111', count: 3 }, { sender: ABROAD, count: 1 }]);
		await ask(smsc, 'FX +442079460111', /2条短信已放行/);
		assert.equal(status(await hub.message('+12125550124', SUBSCRIBER, 'room again')), 0);
	});

flow('a flood under quarantine is kept as far as there is room, and answered in time', quarantine({ quarantine_max: 20 }), async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	let taken = 0;
	for (let i = 0; i < 10; i++)
		for (const answer of await Promise.all(Array.from({ length: 50 }, (_, n) => hub.message(ABROAD, SUBSCRIBER, `flood ${i}.${n}`))))
			taken += status(answer) === 0;
	assert.equal(taken, 20);
	assert.deepEqual(await query(world, 'SELECT count FROM attempt'), [{ count: 500 }]);
	assert.match((await ask(smsc, 'CXLJ', LIST)).text, /短信×500$/);
	await ask(smsc, '1', /20条短信已放行/);
	await waitFor('all that was taken', () => smsc.to(SUBSCRIBER).filter(({ text }) => /^flood/.test(text)).length === 20);
});

flow('policy may release messages without letting their sender through', quarantine({ release_allows: false }), async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'once');
	await ask(smsc, 'CXLJ', LIST);
	await ask(smsc, '1', /1条短信已放行，马上送到；以后的短信仍按您的设置拦截/);
	await smsc.expect(SUBSCRIBER, /^once$/);
	await hub.message(ABROAD, SUBSCRIBER, 'twice');
	await ask(smsc, '1', /1条短信已放行/); // what came since is released by the same digit
	await smsc.expect(SUBSCRIBER, /^twice$/);
	await ask(smsc, '1', /之前已放行/);
	assert.deepEqual((await world.daemon.json('rules', SUBSCRIBER)).rules, ['block call,sms from international']);
});

flow('a released message waits for a centre, survives refusals and a restart, and arrives', { ...quarantine(), timeout: 120000 }, async (world) => {
	let smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'patience');
	const { blocked: [{ id }] } = await world.daemon.json('blocked', SUBSCRIBER);
	await smsc.close();
	assert.equal((await world.daemon.json('release', String(id))).result, 'sent');
	const waiting = () => query(world, 'SELECT id FROM outbox WHERE channel=4');
	assert.equal((await waiting()).length, 1);
	smsc = world.smsc();
	smsc.answer = () => ({ command_status: STATUS.ESME_RSYSERR });
	await smsc.connect();
	await waitFor('a refusal', () => smsc.pdus.length > 0);
	assert.equal((await waiting()).length, 1);
	await world.daemon.kill();
	await world.daemon.start();
	smsc = world.smsc();
	smsc.answer = (one) => ({ command_status: smsc.pdus.length < 2 ? STATUS.ESME_RTHROTTLED : 0 });
	await smsc.connect();
	await smsc.expect(SUBSCRIBER, /^patience$/);
	await waitFor('the row to go', async () => (await waiting()).length === 0);
	assert.equal(arrived(smsc, 'patience'), 1);
});

flow('a receiver whom the centre does not know ends the release', quarantine(), async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'nobody');
	const { blocked: [{ id }] } = await world.daemon.json('blocked', SUBSCRIBER);
	smsc.answer = () => ({ command_status: STATUS.ESME_RINVDSTADR });
	await world.daemon.json('release', String(id));
	await world.daemon.expectMetric('released_given_up_total', 1);
	await world.daemon.expectMetric('outbox_depth', 0);
});

flow('over a client link a released message leaves as submit_sm', {
	config: async (base) => ({
		blocking: { on_blocked_sms: 'quarantine' },
		smscs: [{ name: 'far', hosts: [{ address: '127.0.0.1', port: base.http.port + 1 }], system_id: 'mianrao',
			password: 'secret', reconnect_min_ms: 50, reconnect_max_ms: 200 }],
	}),
}, async (world) => {
	const far = await world.smscServer({ port: world.daemon.config.smscs[0].hosts[0].port }).listen();
	await far.expectBound();
	await ask(far, 'KTJWPB', /已屏蔽/);
	const hub = await world.hub().connect();
	await hub.message(ABROAD, SUBSCRIBER, 'far away', { fields: { validity_period: '000001000000000R' } });
	await hub.message(ABROAD, SUBSCRIBER, 'in time', { fields: { validity_period: '200101000000000+' } });
	await ask(far, `FX ${ABROAD}`, /2条短信已放行/);
	for (const text of ['far away', 'in time']) await far.expect(SUBSCRIBER, new RegExp(`^${text}$`));
	const validity = (text) => far.to(SUBSCRIBER).find((message) => message.text === text).pdu.validity_period;
	assert.equal(far.to(SUBSCRIBER).at(-1).pdu.command, 'submit_sm');
	assert.ok(validity('far away'), 'one that counts from now stays');
	assert.ok(!validity('in time'), 'one that is over does not');
});

flow('with Redis away messages are kept, listed and released all the same', { ...quarantine(), timeout: 120000 }, async (world) => {
	const smsc = await shielded(world);
	const hub = await world.hub().connect();
	await world.redis.stop();
	await world.daemon.expectMetric('redis_connected', 0);
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'kept')), 0);
	await ask(smsc, 'CXLJ', LIST);
	await ask(smsc, '1', /1条短信已放行/);
	await smsc.expect(SUBSCRIBER, /^kept$/);
	assert.equal(status(await hub.message(ABROAD, SUBSCRIBER, 'passes')), 0);
	await smsc.expect(SUBSCRIBER, /^passes$/);
	await world.redis.start();
	await waitFor('the new rule in Redis', async () =>
		/allow/.test(await world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`)) ?? ''), { timeout: 20000 });
});

flow('when the store cannot take it, the hub is told to try again, and nothing was acknowledged', {
	config: { smpp: { queue_max: 1 }, blocking: { on_blocked_sms: 'quarantine', quarantine_max: 1000 } },
}, async (world) => {
	await shielded(world);
	const hub = await world.hub().connect();
	const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => hub.message(ABROAD, SUBSCRIBER, `busy ${i}`)));
	const taken = answers.filter((answer) => status(answer) === 0).length;
	for (const answer of answers) assert.ok([0, STATUS.ESME_RMSGQFUL].includes(status(answer)), String(status(answer)));
	assert.equal((await query(world, 'SELECT id FROM quarantine')).length, taken);
});
