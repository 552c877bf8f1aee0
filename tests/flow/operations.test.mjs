// SPDX-License-Identifier: AGPL-3.0-or-later
// What operations do: reload, drain, look at it over HTTP and the control socket.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';

import { PASSWORD } from '../lib/config.mjs';
import { hashPassword } from '../lib/daemon.mjs';
import { Lost, STATUS } from '../lib/peers.mjs';
import { binary, start } from '../lib/process.mjs';
import { SELLER, SUBSCRIBER, soldTo } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor, within } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';
import { merge } from '../lib/yaml.mjs';

flow('SIGHUP adds an account without dropping a session', async (world) => {
	const smsc = await world.smsc().connect();
	const { config } = world.daemon;
	await assert.rejects(world.smsc({ systemId: 'newcomer' }).connect());
	world.daemon.write({ ...config, accounts: [...config.accounts,
		{ ...config.accounts[0], system_id: 'newcomer', password_hash: await hashPassword(PASSWORD) }] });
	world.daemon.reload();
	const newcomer = await waitFor('the new account to bind',
		() => world.smsc({ systemId: 'newcomer' }).connect().catch(() => false));
	assert.ok(newcomer.bound);
	assert.ok(smsc.bound, 'the old session is still there');
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await waitFor('the answer', () => [smsc, newcomer].some((one) =>
		one.to(SUBSCRIBER).some(({ text }) => text.includes(id))));
});

flow('SIGHUP changes policy for reports to come', async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	world.daemon.write(merge(world.daemon.config, {
		reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 77 }],
	}));
	const from = world.daemon.lines.length;
	world.daemon.reload();
	await world.daemon.expectLog(/reload/i, { from });
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	const [request] = await waitFor('the request', async () => {
		const all = await world.redis.stream(world.key('rewards'));
		return all.length && all;
	});
	assert.equal(request.fields.amount_mb, '77');
});

const BAD_RELOADS = [
	{ name: 'a file that is no YAML', write: (daemon) => fs.writeFileSync(daemon.file, 'smpp: [\n') },
	{ name: 'a key that only a restart changes', write: (daemon) =>
		daemon.write(merge(daemon.config, { instance: 'another' })), says: /instance/ },
	{ name: 'a file that is gone', write: (daemon) => fs.rmSync(daemon.file) },
];
for (const { name, write, says } of BAD_RELOADS)
	flow(`SIGHUP with ${name} is refused and changes nothing`, async (world) => {
		const smsc = await world.smsc().connect();
		const from = world.daemon.lines.length;
		write(world.daemon);
		world.daemon.reload();
		await world.daemon.expectLog(says ?? /reload|mianrao\.yaml/, { from });
		assert.ok(smsc.bound);
		await smsc.text(SUBSCRIBER, 'CXPB');
		await smsc.expect(SUBSCRIBER, /屏蔽/);
	});

flow('SIGTERM answers what it has taken, unbinds and ends with 0', async (world) => {
	const smsc = await world.smsc().connect();
	const answers = [];
	const asked = Array.from({ length: 200 }, (_, i) =>
		smsc.send(`+861390002${String(i).padStart(4, '0')}`, `${SELLER}*推销宽带`)
			.then(([pdu]) => answers.push(pdu))
			.catch((error) => assert.ok(error instanceof Lost)));
	await waitFor('some answers', () => answers.length > 5);
	await world.daemon.stop();
	await within('all questions', Promise.all(asked));
	assert.ok(smsc.up.unbound, 'the centre was sent an unbind');
	const taken = answers.filter((pdu) => pdu.command_status === 0).length;
	await world.daemon.start();
	const { reports } = await world.daemon.json('reports', '--limit', '1000');
	assert.ok(reports.length >= taken, `${taken} were acknowledged, ${reports.length} are there`);
	const again = await world.smsc().connect();
	await waitFor(() => `all ${taken} to be answered: ${new Set([...smsc.messages, ...again.messages].map(({ to }) => to)).size} were`, () =>
		new Set([...smsc.messages, ...again.messages].map(({ to }) => to)).size >= taken);
});

flow('status, reports and links are readable tables and JSON', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, new RegExp(id));
	for (const args of [['status'], ['reports'], ['report', id], ['rules', SUBSCRIBER],
		['screen', '+85298765432', SUBSCRIBER, '--sms'], ['links'], ['feeds'], ['audit'], ['accounts']]) {
		const { code, out, err } = await world.daemon.command(...args);
		assert.equal(code, 0, `${args.join(' ')}: ${err}`);
		assert.ok(out.length > 10, args.join(' '));
		assert.equal(typeof await world.daemon.json(...args), 'object', args.join(' '));
	}
	const missing = await world.daemon.command('report', 'R0000000');
	assert.notEqual(missing.code, 0);
	assert.ok(missing.err.length > 0);
	const strange = await world.daemon.command('dance');
	assert.notEqual(strange.code, 0);
});

flow('links can be watched as they come and go, over a restart of the daemon', async (world) => {
	const watcher = start(binary('mianrao'), ['--socket', world.daemon.socket, '--json', '--watch', 'links']);
	let read = 0;
	const expectSeen = (what, fits) => waitFor(what, () => {
		while (read < watcher.lines.length)
			if (fits(watcher.lines[read++])) return true;
		return false;
	});
	const expectLinks = (what, fits) => expectSeen(what, (line) => line.startsWith('{') && fits(JSON.parse(line).links));
	try {
		await expectLinks('no link', (links) => links.length === 0);
		await world.smsc().connect();
		await expectLinks('a bound link', ([first]) => first?.state === 'BOUND_TRX');
		await world.daemon.stop();
		await expectSeen('the daemon to be missed', (line) => /cannot reach the daemon/.test(line));
		await world.daemon.start();
		await expectLinks('no link after the restart', (links) => links.length === 0);
	} finally {
		watcher.kill();
		await watcher.ended;
	}
});

flow('numbers are masked in the log', { config: { log_level: 'info' } }, async (world) => {
	const smsc = await world.smsc().connect();
	await soldTo(world);
	await world.records.complete();
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await smsc.expect(SUBSCRIBER, /核实成立/);
	const log = world.daemon.lines.join('\n');
	assert.ok(!log.includes('13800138000') && !log.includes(SELLER), 'no whole number in the log');
	assert.ok(!log.includes('推销'), 'no text in the log');
});

flow('metrics, health and readiness are served, and nothing else', async (world) => {
	const metrics = await world.daemon.http('/metrics');
	assert.equal(metrics.status, 200);
	assert.match(metrics.headers['content-type'], /^text\/plain; version=0\.0\.4/);
	assert.match(metrics.body, /^# HELP mianrao_reports_total /m);
	assert.match(metrics.body, /^# TYPE mianrao_reports_total counter$/m);
	assert.equal((await world.daemon.http('/healthz')).status, 200);
	assert.equal((await world.daemon.http('/readyz')).status, 200);
	assert.equal((await world.daemon.http('/elsewhere')).status, 404);
	assert.equal((await world.daemon.http('/metrics', { method: 'DELETE' })).status, 405);
	await world.redis.stop();
	await world.daemon.expectMetric('redis_connected', 0);
	// Texts are still taken and screened: it stays in service.
	assert.equal((await world.daemon.http('/readyz')).status, 200);
	assert.equal((await world.daemon.http('/healthz')).status, 200);
	await world.redis.start();
	await world.daemon.expectMetric('redis_connected', 1);
});

// What a plain socket gets for octets of its own making: the status line, or '' when cut off.
function rawHttp(world, octets, { end = false } = {}) {
	const { address, port } = world.daemon.config.http;
	return within('the end of the connection', new Promise((resolve) => {
		const socket = net.connect(port, address);
		let got = '';
		socket.on('error', () => {});
		socket.on('data', (data) => {
			got += data.toString('latin1');
			if (got.includes('\r\n')) socket.destroy();
		});
		socket.on('close', () => resolve(got.split('\r\n')[0]));
		socket.write(octets);
		if (end) socket.end();
	}), 30000);
}

const BAD_HTTP = [
	{ name: 'no HTTP at all', octets: '\u0000\u0001\u0002\r\n\r\n' },
	{ name: 'a header of 100 KB', octets: `GET /metrics HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100000)}\r\n\r\n` },
	{ name: 'a body of 1 GB announced', octets: 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n' },
	{ name: 'two lengths', octets: 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc' },
	{ name: 'two hosts', octets: 'GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' },
	{ name: 'a length that is no number', octets: 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n' },
];
flow('HTTP that is too long or ambiguous is refused', async (world) => {
	for (const { name, octets } of BAD_HTTP) {
		const line = await rawHttp(world, octets);
		assert.ok(line === '' || /^HTTP\/1\.[01] (4|5)\d\d/.test(line), `${name}: ${line}`);
	}
	assert.equal((await world.daemon.http('/healthz')).status, 200);
});

flow('garbage on the control socket hurts nobody', async (world) => {
	const send = (octets) => within('the control socket', new Promise((resolve) => {
		const socket = net.connect(world.daemon.socket);
		let got = '';
		socket.on('error', () => {});
		socket.on('data', (data) => {
			got += data.toString('utf8');
		});
		socket.on('close', () => resolve(got));
		socket.end(octets);
	}));
	for (const octets of ['\n', 'not json\n', '{}\n', '{"command":5}\n', '[[[[[[\n', '{"command":"dance"}\n',
		Buffer.alloc(200000, 0x41), Buffer.from([0, 1, 2, 255, 10]), '{"command":"report","args":[{}]}\n'])
		await send(octets);
	assert.equal(typeof await world.daemon.json('status'), 'object');
	const mode = fs.statSync(world.daemon.socket).mode & 0o777;
	assert.equal(mode & 0o007, 0, 'the socket is not for everyone');
});

flow('a second daemon on the same state is refused', async (world) => {
	const { Daemon } = await import('../lib/daemon.mjs');
	const folder = `${world.folder}/second`;
	fs.mkdirSync(folder);
	const second = new Daemon(folder, world.daemon.config);
	second.launch();
	const { code } = await within('the second daemon', second.child.ended);
	assert.notEqual(code, 0);
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, 'CXPB');
	await smsc.expect(SUBSCRIBER, /屏蔽/);
	assert.equal(STATUS.ESME_ROK, 0);
});

flow('rules that are over are told as such, and go when the rest is set again', async (world) => {
	const rules = async (...args) => world.daemon.command('rules', SUBSCRIBER, ...args);
	const over = 'block call from +81 until 2020-01-02T03:04:00+08:00';
	const file = `${world.folder}/rules.txt`;
	fs.writeFileSync(file, `block sms from 106\n${over}\nallow call from +81 until 2999-01-01T00:00:00+08:00\n`);
	assert.equal((await rules('set', file)).code, 0);
	const shown = await world.daemon.json('rules', SUBSCRIBER);
	assert.equal(shown.rules.length, 3);
	assert.deepEqual(shown.over, [shown.rules.find((rule) => rule.includes('2020'))]);
	const { out } = await rules();
	assert.match(out, /^# over: block call from \+81 until 2020-01-02/m);
	assert.match(out, /^block sms from 106$/m);
	fs.writeFileSync(file, out);
	assert.equal((await rules('set', file)).code, 0);
	const kept = await world.daemon.json('rules', SUBSCRIBER);
	assert.deepEqual([kept.rules.length, kept.over], [2, []]);
	fs.writeFileSync(file, 'block sms from 1069 until 2020-01-02T03:04:00+08:00\nblock sms from 1068\n');
	assert.equal((await world.daemon.command('rules', 'operator', 'set', file, '--note', 'x')).code, 0);
	const operator = await world.daemon.json('rules', 'operator');
	assert.equal(operator.rules.length, 2);
	assert.deepEqual(operator.over, operator.rules.filter((rule) => rule.includes('2020')));
	assert.match((await world.daemon.command('rules', 'operator')).out, /^# over: block sms from 1069/m);
});

const RULES = 'allow call from =+85298765432\nblock sms from 106\n';
flow('operations change a subscriber\'s rules, and a bad rule is refused with its place', async (world) => {
	const rules = async (...args) => world.daemon.command('rules', SUBSCRIBER, ...args);
	const file = `${world.folder}/rules.txt`;
	fs.writeFileSync(file, RULES);
	assert.equal((await rules('set', file)).code, 0);
	assert.equal((await rules('add', 'block call,sms from international')).code, 0);
	assert.equal((await rules('remove', 'block sms from 106')).code, 0);
	const { out } = await rules();
	assert.match(out, /^allow call from =\+85298765432$/m);
	assert.match(out, /^block call,sms from international$/m);
	assert.doesNotMatch(out, /106/);
	const bad = await rules('add', 'block call from the moon');
	assert.notEqual(bad.code, 0);
	assert.match(bad.err, /column|moon|the/);
	const allowed = await world.daemon.json('screen', '+85298765432', SUBSCRIBER);
	assert.equal(allowed.verdict, 'allow');
	const denied = await world.daemon.json('screen', '+12125550123', SUBSCRIBER);
	assert.equal(denied.verdict, 'deny');
	const inRedis = await waitFor('the rules in Redis',
		() => world.redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`)));
	assert.ok(inRedis.includes('from international'));
	const audited = await query(world, `SELECT actor FROM audit_log WHERE object='${SUBSCRIBER}'`);
	assert.equal(audited.length, 3);
	for (const { actor } of audited) assert.match(actor, /^uid \d+ pid \d+$/, 'who it was');
});
