// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls screened over SIP: who is asked about, what is answered, and what is not.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { freePort } from '../lib/process.mjs';
import { SipTcp, SipUdp, invite } from '../lib/sip.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+447700900123';
const HOME = '+8613712345678';
const OTHER = '+8613911112222';

function sip(more = {}) {
	return {
		config: async () => ({
			sip: {
				listeners: [{ address: '127.0.0.1', port: await freePort(), transport: 'both' }],
				sources: [{
					name: 'proxy', addresses: ['127.0.0.1/32'],
					trunk_header: 'X-Trunk', trunks: [{ match: 'IGW-*', entry: 'international' }],
					roaming_header: 'X-Roaming',
				}],
				...more,
			},
		}),
	};
}

const portOf = (world) => world.daemon.config.sip.listeners[0].port;

async function blocked(world, rules = 'block call from international') {
	const file = path.join(world.folder, 'rules');
	fs.writeFileSync(file, `${rules}\n`);
	await world.daemon.json('rules', SUBSCRIBER, 'set', file);
}

async function udp(world, t) {
	const proxy = await SipUdp.open(portOf(world));
	world.peers.push(proxy);
	return proxy;
}

const counters = async (world) => (await world.daemon.json('status')).counters;

flow('a call goes on with 302 and the called URI, and is refused when a rule blocks it', sip(), async (world) => {
	await blocked(world);
	const proxy = await udp(world);
	const home = await proxy.ask(invite({ from: HOME }));
	assert.equal(home.status, 302);
	assert.deepEqual(home.headers.contact, [`<sip:${SUBSCRIBER}@home.example>`]);
	assert.deepEqual(home.headers['x-screening'], ['allow']);
	assert.match(home.headers.to[0], /;tag=[0-9a-f]{16}$/);
	assert.match(home.headers.via[0], new RegExp(`;rport=${proxy.socket.address().port};received=127\\.0\\.0\\.1$`));
	const abroad = await proxy.ask(invite({ from: ABROAD }));
	assert.equal(abroad.start, 'SIP/2.0 603 Decline');
	const elsewhere = await proxy.ask(invite({ from: ABROAD, to: OTHER }));
	assert.equal(elsewhere.status, 302, 'another subscriber blocks nothing');
	const seen = await counters(world);
	assert.equal(seen.sip_requests_total, 3);
	assert.equal(seen.screened_total, 3);
	assert.equal(seen.screened_blocked_total, 1);
});

flow('the trunk, the asserted number, privacy and roaming decide as the network knows them', sip(), async (world) => {
	await blocked(world, 'block call from international\nblock call from withheld');
	const proxy = await udp(world);
	const rows = [
		['a home number over a national trunk', { headers: ['X-Trunk: NGW-1'] }, 302],
		['a home number over an international trunk is forged', { headers: ['X-Trunk: igw-7'] }, 603],
		['unless it roams', { headers: ['X-Trunk: IGW-7', 'X-Roaming: yes'] }, 302],
		['the network asserts a number from abroad', { headers: [`P-Asserted-Identity: <tel:${ABROAD}>`] }, 603],
		['it asserts a home number', { from: ABROAD, headers: [`P-Asserted-Identity: <sip:${HOME}@h>`] }, 302],
		['a hidden number', { headers: ['Privacy: id', `P-Asserted-Identity: <tel:${OTHER}>`] }, 603],
		['anonymous', { over: { From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1' } }, 603],
		['a false signature', { over: { From: `<sip:${HOME};verstat=TN-Validation-Failed@h>;tag=1` } }, 603],
		['a good one', { over: { From: `<sip:${HOME};verstat=TN-Validation-Passed@h>;tag=1` } }, 302],
		['the called is no number', { to: 'alice' }, 302],
	];
	for (const [name, what, status] of rows)
		assert.equal((await proxy.ask(invite(what))).status, status, name);
	const seen = await counters(world);
	assert.equal(seen.sip_forged_total, 2);
	assert.equal(seen.sip_unread_total, 1);
});

flow('forged numbers are rejected outright where the operator wants it, in words of its own', sip({
	forged: 'reject',
	reject: { status: 608, phrase: 'Network Blocked', reason: 'SIP;cause=608;text="forged"', call_info: '<https://example.net/c>;purpose=jwscard' },
}), async (world) => {
	const proxy = await udp(world);
	const answer = await proxy.ask(invite({ headers: ['X-Trunk: IGW-1'] }));
	assert.equal(answer.start, 'SIP/2.0 608 Network Blocked');
	assert.deepEqual(answer.headers.reason, ['SIP;cause=608;text="forged"']);
	assert.deepEqual(answer.headers['call-info'], ['<https://example.net/c>;purpose=jwscard']);
});

flow('a label lets through and is told', sip(), async (world) => {
	await blocked(world, 'label call from hmt\nblock call from international');
	const proxy = await udp(world);
	const answer = await proxy.ask(invite({ from: '+85223456789' }));
	assert.equal(answer.status, 302);
	assert.deepEqual(answer.headers['x-screening'], ['label']);
});

flow('a copy gets the same octets and counts once, even when the rule changed meanwhile', sip(), async (world) => {
	await blocked(world);
	const proxy = await udp(world);
	const question = invite({ from: ABROAD });
	const first = await proxy.ask(question);
	assert.equal(first.status, 603);
	await blocked(world, '');
	assert.equal((await proxy.ask(question)).text, first.text);
	assert.equal((await proxy.ask(invite({ from: ABROAD }))).status, 302);
	const seen = await counters(world);
	assert.equal(seen.screened_total, 2);
	assert.equal(seen.sip_copies_total, 1);
});

flow('ACK and CANCEL get nothing, OPTIONS 200, other methods what is wrong', sip(), async (world) => {
	const proxy = await udp(world);
	const other = (method, more = {}) => invite({ over: { CSeq: `1 ${method}` }, ...more }).replace(/^INVITE/, method);
	proxy.send(other('ACK'));
	proxy.send(other('CANCEL'));
	const options = await proxy.ask(other('OPTIONS'));
	assert.equal(options.status, 200);
	assert.deepEqual(options.headers.allow, ['INVITE, ACK, CANCEL, OPTIONS']);
	assert.equal((await proxy.ask(other('BYE'))).status, 405);
	assert.equal((await proxy.ask(other('FOO'))).status, 501);
	assert.equal((await proxy.ask(other('OPTIONS', { headers: ['Require: nothing'] }))).status, 420);
	assert.equal(proxy.answers.length, 4, 'nothing came for ACK and CANCEL');
});

flow('over TCP many requests share a connection, cut anywhere; what cannot be framed ends it', sip(), async (world) => {
	await blocked(world);
	const proxy = await SipTcp.open(portOf(world));
	world.peers.push(proxy);
	const text = invite({ from: HOME }) + invite({ from: ABROAD }) + invite({ from: HOME });
	for (let at = 0; at < text.length; at += 61) {
		proxy.send(text.slice(at, at + 61));
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.deepEqual((await proxy.expect(3)).map(({ status }) => status), [302, 603, 302]);
	proxy.send('\r\n\r\n');
	await waitFor('a sign of life', () => proxy.text.endsWith('\r\n\r\n\r\n'), { every: 5 });
	proxy.send(invite().replace('Content-Length: 0\r\n', ''));
	await waitFor('the end of the connection', () => proxy.closed, { every: 5 });
	assert.equal(proxy.answers.at(-1).status, 400);
});

flow('garbage and unknown sources are dropped, and the rate of a source holds', {
	config: async () => ({
		sip: {
			listeners: [{ address: '127.0.0.1', port: await freePort(), transport: 'both' }, { address: '127.0.0.1', port: await freePort() }],
			sources: [{ name: 'proxy', addresses: ['127.0.0.1'], rate: 5 }],
		},
	}),
}, async (world) => {
	const proxy = await udp(world);
	proxy.send('hello');
	proxy.send('\0'.repeat(3000));
	const statuses = [];
	for (let i = 0; i < 12; i++) statuses.push((await proxy.ask(invite())).status);
	assert.ok(statuses.slice(0, 5).every((status) => status === 302), String(statuses));
	assert.ok(statuses.includes(503), String(statuses));
	assert.equal((await counters(world)).sip_dropped_total, 2);
	// The list of sources is live.
	world.daemon.config.sip.sources[0].addresses = ['192.0.2.0/24'];
	world.daemon.write();
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/);
	proxy.send(invite());
	await waitFor('the drop', async () => (await counters(world)).sip_dropped_total === 3, { every: 20 });
	const stranger = await SipTcp.open(portOf(world));
	await waitFor('the end of the connection', () => stranger.closed, { every: 5 });
});

flow('while Redis is away and the daemon was started anew, known rules hold', sip(), async (world) => {
	await blocked(world);
	await world.redis.stop();
	await world.daemon.kill();
	await world.daemon.start();
	const proxy = await udp(world);
	assert.equal((await proxy.ask(invite({ from: ABROAD }))).status, 603);
	assert.equal((await proxy.ask(invite({ from: HOME }))).status, 302);
});
