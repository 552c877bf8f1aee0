// SPDX-License-Identifier: AGPL-3.0-or-later
// Links on which the gateway is the client: it connects and binds to SMSCs, brings texts in and
// answers out over them, and comes back when they were away.

import assert from 'node:assert/strict';
import net from 'node:net';

import { Load } from '../lib/load.mjs';
import { PASSWORD } from '../lib/config.mjs';
import { STATUS, Session } from '../lib/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER } from '../lib/steps.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const WRONG = 'not the one';

// An SMSC of the configuration, on ports of its own, with short clocks.
async function far({ name = 'far', hosts = 1, ...more } = {}) {
	const list = [];
	for (let i = 0; i < hosts; i++) list.push({ address: '127.0.0.1', port: await freePort() });
	return {
		name, hosts: list, system_id: 'mianrao', password: 'secret',
		reconnect_min_ms: 20, reconnect_max_ms: 200, ...more,
	};
}

const withFar = (...wanted) => ({
	config: async () => ({ smscs: await Promise.all((wanted.length ? wanted : [{}]).map(far)) }),
});

const portOf = (world, smsc = 0, host = 0) => world.daemon.config.smscs[smsc].hosts[host].port;
const serverOf = (world, smsc = 0, host = 0, options = {}) =>
	world.smscServer({ port: portOf(world, smsc, host), ...options }).listen();

async function linkRows(world, side = 'client') {
	return (await world.daemon.json('links')).links.filter((link) => link.side === side);
}

const link = async (world, name) =>
	(await linkRows(world)).find((row) => row.link === name);

const expectLink = (world, name, fits) => {
	let seen;
	return waitFor(() => `link ${name} to be otherwise; it is ${JSON.stringify(seen)}`, async () => {
		seen = await link(world, name);
		return seen && fits(seen) && seen;
	}, { every: 40 });
};

async function reload(world, config) {
	const from = world.daemon.lines.length;
	world.daemon.write({ ...world.daemon.config, ...config });
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/, { from });
}

flow('a report comes by deliver_sm and is answered by submit_sm', withFar(), async (world) => {
	const server = await serverOf(world);
	await server.expectBound();
	const [answer] = await server.send(SUBSCRIBER, `${SELLER}*推销宽带`);
	assert.equal(answer.command, 'deliver_sm_resp');
	assert.equal(answer.command_status, STATUS.ESME_ROK);
	assert.equal(answer.message_id, '', 'the message_id of deliver_sm_resp is not used');
	const told = await server.expect(SUBSCRIBER, REPORT_ID);
	assert.equal(told.pdu.command, 'submit_sm');
	assert.equal(told.from, '10086999');
	const row = await link(world, 'far#1');
	assert.equal(row.state, 'BOUND_TRX');
	assert.equal(row.system_id, 'far');
	assert.equal(row.messages_in, 1);
	assert.equal(row.messages_out, 1);
	assert.equal(row.window_out_size, 32);
	assert.ok(!Number.isNaN(Date.parse(row.since)));
	const metrics = await world.daemon.metrics();
	assert.equal(metrics['link_messages_in_total{link="far#1",side="client"}'], 1);
	assert.equal(metrics['link_messages_out_total{link="far#1",side="client"}'], 1);
	assert.equal(metrics['link_sessions{link="far#1",side="client"}'], 1);
	assert.equal(metrics.smpp_links, 1);
});

flow('data_sm carries a report over a client link, and long texts are put together', withFar(), async (world) => {
	const server = await serverOf(world);
	await server.expectBound();
	const id = REPORT_ID;
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`, { how: 'payload', command: 'data_sm' });
	await server.expect(SUBSCRIBER, id);
	const long = `${SELLER}打电话推销宽带，${'说了很多次都不听，'.repeat(12)}请处理`;
	await server.text('+8613800138001', long, { order: [1, 0] });
	await server.expect('+8613800138001', id);
});

flow('what is no text to a service code is refused over a client link too', withFar(), async (world) => {
	const server = await serverOf(world);
	await server.expectBound();
	const [wrong] = await server.send(SUBSCRIBER, 'hello', { to: '10010' });
	assert.equal(wrong.command_status, STATUS.ESME_RINVDSTADR);
	const [way] = server.sessions;
	const submitted = await way.ask('submit_sm', { destination_addr: '10086999', short_message: 'x' });
	assert.equal(submitted.command_status, STATUS.ESME_RINVBNDSTS, 'an SMSC does not submit');
	const bind = await way.ask('bind_transceiver', { system_id: 'centre', password: PASSWORD });
	assert.equal(bind.command_status, STATUS.ESME_RINVBNDSTS, 'nor does it bind');
});

flow('the bind says what the configuration says', withFar({
	bind: 'transmitter', system_type: 'VMA', interface_version: 0x33, addr_ton: 1, addr_npi: 8,
	address_range: '^10086',
}), async (world) => {
	const server = await serverOf(world);
	const [session] = await server.expectBound();
	const { bind } = session;
	assert.equal(bind.command, 'bind_transmitter');
	assert.deepEqual([bind.system_id, bind.password, bind.system_type, bind.interface_version,
		bind.addr_ton, bind.addr_npi, bind.address_range],
	['mianrao', 'secret', 'VMA', 0x33, 1, 8, '^10086']);
});

flow('a pair brings texts over the receiver and takes answers over the transmitter', withFar({
	bind: 'pair', interface_version: 0x33,
}), async (world) => {
	const server = await serverOf(world);
	const sessions = await server.expectBound(2);
	assert.deepEqual(sessions.map(({ kind }) => kind).sort(), ['receiver', 'transmitter']);
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const told = await server.expect(SUBSCRIBER, REPORT_ID);
	assert.equal(told.pdu.via.kind, 'transmitter');
	const rows = await linkRows(world);
	assert.deepEqual(rows.map(({ link: name, state }) => [name, state]).sort(),
		[['far#1r', 'BOUND_RX'], ['far#1t', 'BOUND_TX']]);
});

flow('texts in by an account, answers out by a client link, and the other way round', withFar(
	{ name: 'out', bind: 'transmitter' }, { name: 'in', bind: 'receiver' },
), async (world) => {
	const out = await serverOf(world, 0);
	const brings = await serverOf(world, 1);
	await out.expectBound();
	await brings.expectBound();
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	await account.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await out.expect(SUBSCRIBER, REPORT_ID);
	await out.stop();
	await expectLink(world, 'out#1', (row) => row.state !== 'BOUND_TX');
	const receiver = await world.smsc({ kind: 'receiver' }).connect();
	await brings.text('+8613800138001', `${SELLER}*推销宽带`);
	await receiver.expect('+8613800138001', REPORT_ID);
	assert.equal(brings.pdus.length, 0);
});

flow('an answer prefers the link of its report, then the same SMSC, then any', withFar(
	{ name: 'near' }, { name: 'far', sessions: 2 },
), async (world) => {
	const near = await serverOf(world, 0);
	const server = await serverOf(world, 1);
	await near.expectBound();
	await server.expectBound(2);
	const account = await world.smsc().connect();
	for (let i = 0; i < 6; i++) {
		server.way = server.sessions[i % 2];
		const from = `+861380013800${i}`;
		await server.text(from, `${SELLER}*推销宽带`);
		const told = await server.expect(from, REPORT_ID);
		assert.equal(told.pdu.via, server.way, 'the very link');
	}
	// The link itself is gone at the moment of the answer: its sister takes it.
	const [, second] = server.sessions;
	server.way = second;
	const silent = server.answer;
	server.answer = (pdu) => (pdu.via === second ? undefined : silent(pdu));
	await server.text('+8613800138010', `${SELLER}*推销宽带`);
	await waitFor('the answer on its way', () => server.pdus.at(-1)?.via === second);
	second.destroy();
	server.answer = silent;
	const told = await server.expect('+8613800138010', REPORT_ID);
	assert.notEqual(told.pdu.via, second);
	assert.equal(near.pdus.length, 0);
	assert.equal(account.pdus.length, 0);
});

flow('a hub\'s message goes to the SMSC by submit_sm, and its answer back', withFar(), async (world) => {
	const server = await serverOf(world);
	await server.expectBound();
	server.answer = () => ({ command_status: 0, message_id: 'SMSC-7' });
	const hub = await world.hub('national').connect();
	const answer = await hub.message('+8613700000001', SUBSCRIBER, '你好', {
		fields: { registered_delivery: 1, validity_period: '000001000000000R' },
	});
	assert.equal(answer.command_status, STATUS.ESME_ROK);
	assert.equal(answer.message_id, 'SMSC-7');
	const [pdu] = server.pdus;
	assert.equal(pdu.command, 'submit_sm');
	assert.equal(pdu.registered_delivery, 1);
	assert.equal(server.messages[0].text, '你好');
	server.answer = () => ({ command_status: STATUS.ESME_RINVDSTADR });
	const refused = await hub.message('+8613700000001', SUBSCRIBER, '你好');
	assert.equal(refused.command_status, STATUS.ESME_RINVDSTADR);
});

flow('when the first host is away the second is taken, and the first again later', withFar({
	hosts: 2,
}), async (world) => {
	const second = await serverOf(world, 0, 1);
	await second.expectBound();
	await second.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await second.expect(SUBSCRIBER, REPORT_ID);
	const first = await serverOf(world, 0, 0);
	await second.stop();
	await first.expectBound();
	await first.text('+8613800138001', `${SELLER}*推销宽带`);
	await first.expect('+8613800138001', REPORT_ID);
	await first.stop();
	await expectLink(world, 'far#1', (row) => row.state === 'DOWN' && row.last_error !== '');
	await serverOf(world, 0, 1);
	await expectLink(world, 'far#1', (row) => row.state === 'BOUND_TRX');
});

flow('what waited while no link was there goes out when one is back', withFar(), async (world) => {
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	for (let i = 0; i < 5; i++) await account.text(`+861380013800${i}`, `${SELLER}*推销宽带`);
	const server = await serverOf(world);
	for (let i = 0; i < 5; i++) await server.expect(`+861380013800${i}`, REPORT_ID);
	const [old] = server.sessions;
	old.destroy();
	await waitFor('a new session', () => server.sessions.length === 1 && server.sessions[0] !== old);
	await server.text(SUBSCRIBER, 'CXPB');
	await server.expect(SUBSCRIBER, /屏蔽/);
	const told = world.daemon.lines.filter((line) => /far#1 cannot be bound/.test(line));
	assert.equal(told.length, 1, 'one line however often it failed in the same way');
});

flow('sessions are spread over the hosts, and move when one is away', withFar({
	hosts: 2, sessions: 4, balance: 'load_sharing',
}), async (world) => {
	const first = await serverOf(world, 0, 0);
	const second = await serverOf(world, 0, 1);
	// Those that tried before their host was there may have gone to the other.
	await waitFor('four sessions', () => first.sessions.length + second.sessions.length === 4);
	await world.daemon.stop();
	await world.daemon.start();
	await first.expectBound(2);
	await second.expectBound(2);
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	for (let i = 0; i < 40; i++) await account.text(`+86138001380${10 + i}`, 'CXPB');
	await waitFor('forty answers', () => first.delivered + second.delivered >= 40);
	assert.ok(first.delivered >= 10 && second.delivered >= 10,
		`${first.delivered} and ${second.delivered}`);
	await first.stop();
	await second.expectBound(4);
});

flow('an SMSC that says too fast is left alone for a while, another is not', withFar(
	{ name: 'slow' }, { name: 'quick' },
), async (world) => {
	const slow = await serverOf(world, 0);
	const quick = await serverOf(world, 1);
	await slow.expectBound();
	await quick.expectBound();
	const usual = slow.answer;
	const statuses = [STATUS.ESME_RTHROTTLED, STATUS.ESME_RMSGQFUL];
	slow.answer = () => ({ command_status: statuses[slow.pdus.length % 2] });
	for (let i = 0; i < 20; i++) await slow.text(`+86138001380${10 + i}`, 'CXPB');
	for (let i = 0; i < 20; i++) await quick.expect(`+86138001380${10 + i}`, /屏蔽/);
	assert.ok(slow.pdus.length < 20, `${slow.pdus.length} attempts at the slow one`);
	await expectLink(world, 'slow#1', (row) => /RTHROTTLED|RMSGQFUL/.test(row.last_error));
	const { [`link_throttled_out_total{link="slow#1",side="client"}`]: counted } =
		await world.daemon.metrics();
	assert.equal(counted, slow.pdus.length);
	slow.answer = usual;
	await quick.stop();
	await slow.text('+8613800138050', 'CXPB');
	await slow.expect('+8613800138050', /屏蔽/);
});

flow('every text reaches an SMSC that takes few at a time, once', withFar(), async (world) => {
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	const server = await serverOf(world);
	await server.expectBound();
	let tokens = 3;
	let filled = Date.now();
	server.answer = () => {
		const now = Date.now();
		tokens = Math.min(3, tokens + (now - filled) / 20);
		filled = now;
		if (tokens < 1) return { command_status: STATUS.ESME_RTHROTTLED };
		tokens--;
		return { command_status: 0, message_id: 'x' };
	};
	for (let i = 0; i < 60; i++) await account.text(`+86138001380${10 + i}`, 'CXPB');
	for (let i = 0; i < 60; i++) await server.expect(`+86138001380${10 + i}`, /屏蔽/);
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.equal(server.delivered, 60);
});

flow('no more than `rate` messages a second go to an SMSC', withFar({ rate: 10 }), async (world) => {
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	for (let i = 0; i < 25; i++) await account.text(`+86138001380${10 + i}`, 'CXPB');
	const server = await serverOf(world);
	await server.expectBound();
	const start = Date.now();
	await waitFor('all answers', () => server.delivered >= 25);
	const took = Date.now() - start;
	assert.ok(took >= 1200, `25 messages, 10 of them at once, in ${took} ms`);
});

flow('the window of a link bounds what is on its way', withFar({ window: 3 }), async (world) => {
	const account = await world.smsc({ kind: 'transmitter' }).connect();
	const server = world.smscServer({ port: portOf(world) });
	const held = [];
	server.onRequest = (pdu, respond) => held.push(() => respond({ command_status: 0, message_id: 'x' }));
	await server.listen();
	await server.expectBound();
	for (let i = 0; i < 10; i++) await account.text(`+86138001380${10 + i}`, 'CXPB');
	await waitFor('a full window', () => held.length === 3);
	const row = await link(world, 'far#1');
	assert.deepEqual([row.window_out, row.window_out_free, row.window_out_size], [3, 0, 3]);
	for (let taken = 0; taken < 10; taken++) {
		await waitFor('the next one', () => held.length > 0);
		assert.ok(held.length <= 3);
		held.shift()();
	}
});

flow('a refused bind is told and tried again', withFar(), async (world) => {
	const server = world.smscServer({ port: portOf(world), password: WRONG });
	await server.listen();
	const row = await expectLink(world, 'far#1', (seen) => seen.state === 'DOWN' &&
		/ESME_RINVPASWD/.test(seen.last_error));
	assert.equal(row.messages_in, 0);
	await waitFor('some attempts', () => server.binds.length >= 4);
	assert.equal(world.daemon.lines.filter((line) => /bind refused: ESME_RINVPASWD/.test(line)).length, 1);
	assert.doesNotMatch(world.daemon.lines.join('\n'), /(?<!admin-)secret/, 'no password in the log');
	await world.daemon.expectMetric('link_failures_total{link="far#1",side="client"}', (n) => n >= 4);
	server.password = 'secret';
	await server.expectBound();
	await expectLink(world, 'far#1', (seen) => seen.state === 'BOUND_TRX');
});

flow('a refused bind waits for the longest time', withFar({
	reconnect_min_ms: 1, reconnect_max_ms: 3600000,
}), async (world) => {
	const server = world.smscServer({ port: portOf(world), password: WRONG });
	await server.listen();
	await waitFor('a refused bind', () => server.binds.length === 1);
	await expectLink(world, 'far#1', (seen) => /ESME_RINVPASWD/.test(seen.last_error));
	const metrics = 'link_failures_total{link="far#1",side="client"}';
	const before = (await world.daemon.metrics())[metrics];
	for (let i = 0; i < 20; i++) await world.daemon.json('links');
	assert.equal(server.binds.length, 1);
	assert.equal((await world.daemon.metrics())[metrics], before);
});

flow('a host that accepts and says nothing is given up for the next', {
	config: async () => ({ smpp: { init_s: 1 }, smscs: [await far({ hosts: 2 })] }),
}, async (world) => {
	const silent = net.createServer(() => {}).listen(portOf(world, 0, 0), '127.0.0.1');
	const second = await serverOf(world, 0, 1);
	try {
		await second.expectBound();
		// It may have come here first, before the silent one listened.
		second.sessions[0].destroy();
		await world.daemon.expectLog(/far#1 cannot be bound: (not bound in time|no answer to bind)/);
		await second.expectBound();
	} finally {
		silent.close();
	}
});

flow('an SMSC that unbinds us is bound to again', withFar(), async (world) => {
	const server = await serverOf(world);
	const [old] = await server.expectBound();
	assert.equal((await old.ask('unbind')).command_status, STATUS.ESME_ROK);
	old.destroy();
	await waitFor('a new session', () => server.sessions.length === 1 && server.sessions[0] !== old);
	await world.daemon.expectLog(/far#1 gone: the peer unbound/);
});

flow('an SMSC that is silent towards enquire_link is let go', withFar({
	enquire_s: 1, response_s: 1,
}), async (world) => {
	const server = await serverOf(world);
	const [old] = await server.expectBound();
	old.session.removeAllListeners('pdu');
	await waitFor('the end', () => !old.open);
	await world.daemon.expectLog(/far#1 gone: no answer to enquire_link/);
	await server.expectBound();
});

flow('a message that one SMSC does not answer goes out over another', withFar(
	{ name: 'dumb', response_s: 1 }, { name: 'well' },
), async (world) => {
	const dumb = await serverOf(world, 0);
	const well = await serverOf(world, 1);
	await dumb.expectBound();
	await well.expectBound();
	dumb.answer = () => undefined;
	await dumb.text(SUBSCRIBER, 'CXPB');
	await expectLink(world, 'dumb#1', (row) => row.last_error === 'a message was not answered');
	await dumb.stop();
	await well.expect(SUBSCRIBER, /屏蔽/);
});

flow('SIGHUP adds, changes and removes links and leaves the others alone', withFar(
	{ name: 'stays' }, { name: 'changes' }, { name: 'goes' },
), async (world) => {
	const stays = await serverOf(world, 0);
	const changes = await serverOf(world, 1);
	const goes = await serverOf(world, 2);
	const comes = await world.smscServer({ port: await freePort() }).listen();
	for (const server of [stays, changes, goes]) await server.expectBound();
	const [session] = stays.sessions;
	const [first, second] = world.daemon.config.smscs;
	await reload(world, { smscs: [
		{ ...second, system_type: 'NEW' }, first,
		{ ...first, name: 'comes', hosts: [{ address: '127.0.0.1', port: comes.port }] },
	] });
	await comes.expectBound();
	await waitFor('the unbinds', () => goes.unbinds === 1 && changes.unbinds === 1);
	await waitFor('the new bind', () => changes.sessions[0]?.bind.system_type === 'NEW');
	assert.equal(goes.sessions.length, 0);
	assert.deepEqual(stays.sessions, [session]);
	assert.equal(stays.binds.length, stays.sessions.length);
	const names = (await linkRows(world)).map((row) => row.link).sort();
	assert.deepEqual(names, ['changes#1', 'comes#1', 'stays#1']);
	await reload(world, { smscs: [] });
	await waitFor('everybody unbound', () => stays.unbinds + changes.unbinds + comes.unbinds === 4);
	assert.deepEqual(await linkRows(world), []);
});

flow('a link that is withdrawn finishes what is under way', withFar(), async (world) => {
	const server = world.smscServer({ port: portOf(world) });
	const held = [];
	server.onRequest = (pdu, respond) => held.push(() => respond({ command_status: 0, message_id: 'x' }));
	await server.listen();
	await server.expectBound();
	await server.text(SUBSCRIBER, 'CXPB');
	await waitFor('the answer on its way', () => held.length === 1);
	await reload(world, { smscs: [] });
	const [session] = server.sessions;
	assert.ok(!session.unbound && session.open);
	held[0]();
	await waitFor('the unbind', () => session.unbound);
	await world.daemon.expectMetric('messages_out_total', 1);
	assert.equal(held.length, 1);
});

flow('SIGTERM unbinds', withFar({ bind: 'pair' }), async (world) => {
	const server = await serverOf(world);
	const sessions = await server.expectBound(2);
	await world.daemon.stop();
	assert.ok(sessions.every((session) => session.unbound));
});

const OUTBIND = {
	addresses: ['127.0.0.2/32'], system_id: 'far', password: 'outside',
};
const GOOD = { systemId: 'far', password: 'outside', localAddress: '127.0.0.2' };

flow('an SMSC that sends a good outbind is bound to on its own connection', withFar({
	hosts: 0, outbind: OUTBIND,
}), async (world) => {
	const server = world.smscServer();
	const session = await server.outbind(world.daemon.smppPort, GOOD);
	await server.expectBound();
	assert.equal(session.bind.command, 'bind_receiver');
	assert.equal(session.bind.system_id, 'mianrao');
	const account = await world.smsc({ kind: 'receiver' }).connect();
	await server.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await account.expect(SUBSCRIBER, REPORT_ID);
	assert.equal(server.pdus.length, 0, 'nothing is sent over a receiver');
	await expectLink(world, 'far#outbind', (row) => row.state === 'BOUND_RX');
	const second = await server.outbind(world.daemon.smppPort, GOOD);
	await waitFor('one more than `sessions` is closed', () => !second.open);
	await reload(world, { smscs: [] });
	await waitFor('the unbind', () => session.unbound);
});

const BAD = [
	{ name: 'a wrong name', systemId: 'near' },
	{ name: 'a wrong password', password: 'outsidf' },
	{ name: 'a longer password', password: 'outsideo' },
	{ name: 'no password', password: '' },
	{ name: 'another address', localAddress: '127.0.0.1' },
];
flow('an outbind that is not good is closed without a bind', withFar({
	hosts: 0, outbind: OUTBIND,
}), async (world) => {
	for (const { name, ...bad } of BAD) {
		const server = world.smscServer();
		const session = await server.outbind(world.daemon.smppPort, { ...GOOD, ...bad });
		if (bad.localAddress) {
			// Known as an account's address: outbind is merely not allowed there.
			const asked = await session.ask('enquire_link');
			assert.equal(asked.command_status, STATUS.ESME_ROK);
			session.destroy();
		} else {
			await waitFor(`${name} to be closed`, () => !session.open);
		}
		assert.equal(server.binds.length, 0, name);
	}
	// At that address an account may still bind, and no outbind comes after.
	const session = await new Session({ port: world.daemon.smppPort }).connect();
	await session.bind('transceiver', { systemId: 'centre', password: PASSWORD });
	session.destroy();
	assert.ok(!world.daemon.lines.join('\n').includes('outsid'), 'no password in the log');
});

flow('an SMSC that refuses our bind after its outbind is let go', withFar({
	hosts: 0, outbind: OUTBIND,
}), async (world) => {
	const server = world.smscServer({ password: WRONG });
	const session = await server.outbind(world.daemon.smppPort, GOOD);
	await waitFor('a bind', () => server.binds.length === 1);
	await waitFor('the end', () => !session.open);
	await world.daemon.expectLog(/bind after outbind refused: ESME_RINVPASWD/);
});

const seed = seedOf();
flow(`kill -9 loses nothing that was acknowledged over client links (SEED=${seed})`, {
	...withFar({ sessions: 2 }),
	timeout: 180000,
}, async (world, t) => {
	const chance = random(seed);
	const server = await serverOf(world);
	const load = new Load(world, server, { most: 3000, pace: 5, calls: false }).start();
	for (let i = 0; i < 12; i++) {
		await server.expectBound(2);
		await new Promise((resolve) => setTimeout(resolve, chance.below(150)));
		await world.daemon.kill();
		world.daemon.assertClean();
		world.daemon.launch();
		await world.daemon.ready();
	}
	await load.stop();
	t.diagnostic(`${load.acknowledged.size} acknowledged in ${load.attempts} attempts`);
	assert.ok(load.acknowledged.size > 12);
	await load.everyoneTold(REPORT_ID);
});
