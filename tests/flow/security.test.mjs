// SPDX-License-Identifier: AGPL-3.0-or-later
// What a peer may not do: guess passwords, hold more than its share, send what is not its own.

import assert from 'node:assert/strict';

import { PASSWORD } from '../lib/config.mjs';
import { Lost, Refused, STATUS, Session } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const CLOSED = 'closed';

// What a bind is answered with; CLOSED when the connection itself is not taken.
const tryBind = async (world, systemId, password, localAddress) => {
	const session = new Session({ port: world.daemon.smppPort, localAddress });
	try {
		await session.connect();
		await session.bind('transceiver', { systemId, password });
		return STATUS.ESME_ROK;
	} catch (error) {
		if (error instanceof Refused) return error.status;
		if (error instanceof Lost) return CLOSED;
		throw error;
	} finally {
		session.destroy();
	}
};

const LOOPBACKS = ['127.0.0.0/8'];
const fromAnywhere = (more = {}) => (base) => ({
	...more,
	accounts: base.accounts.map((account) => ({ ...account, addresses: LOOPBACKS })),
});
const lines = (world, match) => world.daemon.lines.filter((line) => match.test(line));

flow('who fails too often is locked out, for his address alone', {
	config: fromAnywhere({ smpp: { lockout_after: 3, lockout_s: 600, lockout_max_s: 600 } }),
}, async (world) => {
	const before = await world.smsc({ localAddress: '127.0.0.2' }).connect();
	for (const [name, password] of [['centre', 'wrong'], ['nobody', PASSWORD], ['abroad', 'wrong']])
		assert.equal(await tryBind(world, name, password, '127.0.0.2'), STATUS.ESME_RBINDFAIL);
	await world.daemon.expectLog(/127\.0\.0\.2:\d+: its address is locked out for 600 s: 3 failed/);
	assert.equal(await tryBind(world, 'centre', PASSWORD, '127.0.0.2'), CLOSED);
	assert.equal(await tryBind(world, 'centre', PASSWORD, '127.0.0.3'), STATUS.ESME_ROK);
	assert.equal(lines(world, /is locked out for/).length, 1);
	await world.daemon.expectMetric('smpp_lockouts_total', 1);
	await world.daemon.expectMetric('smpp_locked_out', 1);
	assert.ok((await world.daemon.metrics()).smpp_connections_refused_total >= 1);
	// What is bound goes on.
	await before.text(SUBSCRIBER, 'CXPB');
	await before.expect(SUBSCRIBER, /屏蔽/);
	// The operator's reload begins anew.
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/);
	assert.equal(await tryBind(world, 'centre', PASSWORD, '127.0.0.2'), STATUS.ESME_ROK);
});

flow('a bind on a connection that is there already is refused as well', {
	config: fromAnywhere({ smpp: { lockout_after: 2, lockout_s: 600 } }),
}, async (world) => {
	const ready = await new Session({ port: world.daemon.smppPort }).connect();
	for (let i = 0; i < 2; i++) await tryBind(world, 'centre', 'wrong');
	await world.daemon.expectLog(/is locked out for/);
	await assert.rejects(ready.bind('transceiver', { systemId: 'centre', password: PASSWORD }),
		(error) => error instanceof Refused && error.status === STATUS.ESME_RBINDFAIL);
});

flow('guesses that were sent at one time tell no more than those before the lockout', {
	config: fromAnywhere({ smpp: { lockout_after: 2, lockout_s: 600 } }),
}, async (world) => {
	const sessions = [];
	for (let i = 0; i < 8; i++)
		sessions.push(await new Session({ port: world.daemon.smppPort }).connect());
	// The last one is right, and comes too late.
	const answers = await Promise.all(sessions.map((session, i) =>
		session.bind('transceiver', { systemId: 'centre', password: i < 7 ? `guess ${i}` : PASSWORD })
			.then(() => STATUS.ESME_ROK, (error) => error.status ?? CLOSED)));
	assert.ok(answers.every((status) => status === STATUS.ESME_RBINDFAIL), `${answers}`);
	assert.equal((await world.daemon.metrics()).smpp_binds_total, 0);
});

flow('knowing one password does not help to guess another', {
	config: fromAnywhere({ smpp: { lockout_after: 3, lockout_s: 600 } }),
}, async (world) => {
	for (let i = 0; i < 3; i++) {
		assert.equal(await tryBind(world, 'abroad', PASSWORD), STATUS.ESME_ROK);
		assert.equal(await tryBind(world, 'centre', `guess ${i}`), STATUS.ESME_RBINDFAIL);
	}
	assert.equal(await tryBind(world, 'abroad', PASSWORD), CLOSED);
});

flow('a lockout ends by itself, and the next is longer', {
	config: fromAnywhere({ smpp: { lockout_after: 1, lockout_s: 1, lockout_max_s: 3600 } }),
}, async (world) => {
	assert.equal(await tryBind(world, 'centre', 'wrong'), STATUS.ESME_RBINDFAIL);
	await world.daemon.expectLog(/locked out for 1 s/);
	await world.daemon.expectMetric('smpp_locked_out', 0);
	assert.equal(await tryBind(world, 'centre', 'wrong'), STATUS.ESME_RBINDFAIL);
	await world.daemon.expectLog(/locked out for 2 s/);
});

flow('with lockout_after 0 nobody is locked out', {
	config: fromAnywhere({ smpp: { lockout_after: 0 } }),
}, async (world) => {
	for (let i = 0; i < 12; i++)
		assert.equal(await tryBind(world, 'centre', 'wrong'), STATUS.ESME_RBINDFAIL);
	assert.equal(await tryBind(world, 'centre', PASSWORD), STATUS.ESME_ROK);
	assert.equal((await world.daemon.metrics()).smpp_lockouts_total, 0);
});

flow('one address holds no more connections than its share', {
	config: fromAnywhere({ smpp: { max_links_per_address: 3 } }),
}, async (world) => {
	const held = [];
	for (let i = 0; i < 3; i++)
		held.push(await new Session({ port: world.daemon.smppPort, localAddress: '127.0.0.2' }).connect());
	assert.equal(await tryBind(world, 'centre', PASSWORD, '127.0.0.2'), CLOSED);
	assert.equal(await tryBind(world, 'centre', PASSWORD, '127.0.0.3'), STATUS.ESME_ROK);
	assert.ok(held.every((session) => session.open));
	assert.ok((await world.daemon.metrics()).smpp_connections_refused_total >= 1);
	// Its place is free once one has gone.
	const bound = held.pop();
	await bound.bind('transceiver', { systemId: 'abroad', password: PASSWORD });
	await world.daemon.expectLog(/abroad bound/);
	await bound.unbind();
	await world.daemon.expectMetric('smpp_links', 0);
	held.push(await world.smsc({ localAddress: '127.0.0.2' }).connect());
});

// ---- what an account may send ----

const ABROAD = '+442079460111';
const submit = async (hub, from, to, fields, command) => {
	const answer = await hub.message(from, to, 'hello', { fields, command });
	return answer.command_status;
};

flow('a hub brings neither reports nor receipts, and nobody speaks as the operator', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const receipt = Buffer.from('id:R7K3M9Q2 sub:001 dlvrd:001 submit date:2611220000 ' +
		'done date:2611220001 stat:UNDELIV err:000 text:');
	const refused = [
		['a report', ABROAD, '10086999', {}, STATUS.ESME_RINVDSTADR],
		['a receipt', ABROAD, SUBSCRIBER, { esm_class: 0x04, short_message: receipt },
			STATUS.ESME_RINVESMCLASS],
		['an intermediate notification', ABROAD, SUBSCRIBER, { esm_class: 0x20 },
			STATUS.ESME_RINVESMCLASS],
		['a receipt to the service', ABROAD, '10086999', { esm_class: 0x04, short_message: receipt },
			STATUS.ESME_RINVESMCLASS],
		['the TLVs of a receipt', ABROAD, SUBSCRIBER,
			{ receipted_message_id: 'R7K3M9Q2', message_state: 5 }, 0xc1],
		['as the service', '10086999', SUBSCRIBER, {}, STATUS.ESME_RINVSRCADR],
		['as 10086', '10086', SUBSCRIBER, {}, STATUS.ESME_RINVSRCADR],
		['as 10085 from abroad', '+8610085', SUBSCRIBER, {}, STATUS.ESME_RINVSRCADR],
	];
	for (const [name, from, to, fields, status] of refused)
		for (const command of ['submit_sm', 'data_sm'])
			if (command === 'submit_sm' || !fields.short_message)
				assert.equal(await submit(hub, from, to, fields, command), status, `${name}, ${command}`);
	assert.equal((await smsc.send('10086999', 'CXJB'))[0].command_status, STATUS.ESME_RINVSRCADR);
	assert.equal(await submit(hub, ABROAD, SUBSCRIBER, {}), STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^hello$/);
	assert.equal(smsc.pdus.length, 1, 'nothing else came through');
	const metrics = await world.daemon.metrics();
	assert.equal(metrics.reports_total, 0);
	assert.equal(metrics['link_refused_in_total{link="centre",side="server"}'], 1);
	assert.equal(metrics.smpp_not_admitted_total,
		1 + metrics['link_refused_in_total{link="abroad",side="server"}']);
});

flow('an account sends within its number ranges only', {
	config: (base) => ({ accounts: [
		{ ...base.accounts[0], sources: ['+86138', '+86139'] },
		{ ...base.accounts[1], sources: ['+44', 'BANK', '10086'], destinations: ['+86138'] },
	] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const rows = [
		[ABROAD, SUBSCRIBER, STATUS.ESME_ROK],
		['BANK', SUBSCRIBER, STATUS.ESME_ROK],
		['10086', SUBSCRIBER, STATUS.ESME_ROK],
		['10085', SUBSCRIBER, STATUS.ESME_RINVSRCADR],
		['+85298765432', SUBSCRIBER, STATUS.ESME_RINVSRCADR],
		['SHOP', SUBSCRIBER, STATUS.ESME_RINVSRCADR],
		[ABROAD, '+8613900001111', STATUS.ESME_RINVDSTADR],
	];
	for (const [from, to, status] of rows)
		assert.equal(await submit(hub, from, to), status, `${from} to ${to}`);
	assert.equal((await smsc.send('+8613900001111', 'CXPB'))[0].command_status, STATUS.ESME_ROK);
	assert.equal((await smsc.send('+8617700001111', 'CXPB'))[0].command_status, STATUS.ESME_RINVSRCADR);
});
