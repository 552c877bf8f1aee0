// SPDX-License-Identifier: AGPL-3.0-or-later
// Watching a link: lines, captures that tshark decodes, what is masked, who asked for more.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { PASSWORD } from '../lib/config.mjs';
import { STATUS } from '../lib/peers.mjs';
import { binary, run, start } from '../lib/process.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor, within } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+442079460111';
const SECRET = 'meet me at seven';
const auditRows = (world) => query(world,
	"SELECT actor,action,object FROM audit_log WHERE action<>'policy' AND actor<>'first start' ORDER BY id");

// `mianrao trace|pcap ...` under way.
const watch = async (world, ...args) => {
	const child = start(binary('mianrao'), ['--socket', world.daemon.socket, ...args]);
	await waitFor(() => `${args.join(' ')} to begin: ${child.lines}`,
		() => child.lines.some((line) => /^(tracing|capturing) /.test(line)));
	return child;
};
const has = (child, match) => waitFor(() => `${match} in\n${child.lines.join('\n')}`,
	() => child.lines.find((line) => match.test(line)));
const end = async (child) => {
	child.kill('SIGINT');
	await within('the end of the command', child.ended);
};

flow('a trace shows each PDU of a link from its bind on, and nothing private', async (world) => {
	const trace = await watch(world, 'trace', 'abroad');
	const other = await watch(world, 'trace', 'centre');
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	assert.equal((await hub.message(ABROAD, SUBSCRIBER, SECRET)).command_status, STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /seven/);
	await has(trace, / < bind_transceiver seq=1 .*system_id="abroad" password=\*\*\*/);
	await has(trace, / abroad\/\d+ > bind_transceiver_resp ESME_ROK seq=1/);
	await has(trace, / < submit_sm seq=2 .*source_addr="442\*+0111.*short_message=16$/);
	await has(trace, / > submit_sm_resp ESME_ROK seq=2/);
	await has(other, / > deliver_sm seq=1 .*short_message=16$/);
	const seen = [...trace.lines, ...other.lines].join('\n');
	for (const secret of [SECRET, PASSWORD, '442079460111', '13800138000'])
		assert.ok(!seen.includes(secret), `${secret} in ${seen}`);
	assert.ok(!trace.lines.some((line) => /deliver_sm/.test(line)), 'another link');
	await end(trace);
	await end(other);
	assert.deepEqual(await auditRows(world), []);
});

flow('links are found by name and by address, and a slip of the hand is told', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const { links } = await world.daemon.json('links');
	const { peer } = links.find(({ link }) => link === 'abroad');
	const traces = [];
	for (const name of [peer, '127.0.0.1', 'abroad']) traces.push(await watch(world, 'trace', name));
	await hub.message(ABROAD, SUBSCRIBER, SECRET);
	for (const trace of traces) await has(trace, /< submit_sm/);
	assert.ok(!traces[0].lines.some((line) => / centre\//.test(line)));
	await has(traces[1], / centre\/\d+ > deliver_sm/);
	const refused = await world.daemon.command('trace', 'abraod');
	assert.equal(refused.code, 1);
	assert.match(refused.err, /link: no account/);
	assert.equal((await world.daemon.command('trace')).code, 2);
	assert.equal((await world.daemon.command('trace', 'abroad', '--seconds', '0')).code, 2);
	const timed = await world.daemon.json('trace', 'abroad', '--seconds', '1').catch((error) => error);
	assert.ok(timed instanceof SyntaxError, 'two lines: the beginning, and the end');
	for (const trace of traces) await end(trace);
	assert.ok(smsc.bound);
});

flow('texts are shown to whoever asks, and that is in the audit', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const trace = await watch(world, 'trace', 'abroad', '--text');
	await hub.message(ABROAD, SUBSCRIBER, SECRET);
	await smsc.expect(SUBSCRIBER, /seven/);
	await has(trace, /short_message=16:"meet me at seven"/);
	assert.ok(!trace.lines.join('\n').includes('442079460111'), 'numbers stay masked');
	const rows = await auditRows(world);
	assert.equal(rows.length, 1);
	assert.match(rows[0].actor, new RegExp(`^uid ${process.getuid()} pid ${trace.pid}$`));
	assert.deepEqual([rows[0].action, rows[0].object], ['trace --text', 'abroad']);
	await end(trace);
});

const decode = async (file, ...fields) => {
	const args = ['-r', file, '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
	const list = fields.flatMap((field) => ['-e', field]);
	const { code, out, err } = await run('tshark', fields.length
		? [...args, '-Y', 'smpp', '-T', 'fields', ...list] : [...args, '-q', '-z', 'expert,note']);
	assert.equal(code, 0, err);
	return out;
};

flow('a capture decodes cleanly, masked or as it is', async (world) => {
	const file = (name) => path.join(world.folder, name);
	const masked = await watch(world, 'pcap', 'abroad', file('masked.pcap'));
	const full = await watch(world, 'pcap', 'abroad', file('full.pcap'), '--full');
	await world.smsc().connect();
	const hubs = [await world.hub().connect(), await world.hub().connect()];
	for (const hub of hubs)
		for (const text of [SECRET, '你好'.repeat(100), 'x'.repeat(400)])
			assert.equal((await hub.message(ABROAD, SUBSCRIBER, text)).command_status, STATUS.ESME_ROK);
	await hubs[0].close();
	const frames = (name) => decode(file(name), 'smpp.command_id').then((out) => out.split('\n').length);
	// 2 binds, 2 texts alone, 4 times more than one part, an unbind, and all answers.
	await waitFor('everything to be written', async () =>
		(await decode(file('full.pcap'), 'smpp.command_id')).includes('0x80000006') &&
		await frames('full.pcap') === await frames('masked.pcap'));
	await end(masked);
	await end(full);
	for (const name of ['masked.pcap', 'full.pcap']) {
		const notes = await decode(file(name));
		assert.ok(!/Error|Warn|Malformed|Note/i.test(notes), notes);
		assert.equal(fs.statSync(file(name)).mode & 0o777, 0o600);
	}
	const octets = (name) => fs.readFileSync(file(name)).toString('latin1');
	for (const secret of [SECRET, PASSWORD, '442079460111', '13800138000']) {
		assert.ok(!octets('masked.pcap').includes(secret), `${secret} in the masked one`);
		assert.ok(octets('full.pcap').includes(secret), `${secret} in the full one`);
	}
	const kinds = (name) => decode(file(name), 'smpp.command_id', 'smpp.command_length',
		'smpp.sequence_number', 'tcp.srcport');
	assert.equal(await kinds('masked.pcap'), await kinds('full.pcap'));
	const rows = await auditRows(world);
	assert.deepEqual(rows.map(({ action, object }) => [action, object]), [['pcap --full', 'abroad']]);
});

flow('a reader that is too slow loses lines and is told how many; the link does not wait', async (world) => {
	const smsc = await world.smsc().connect();
	const reader = net.connect(world.daemon.socket);
	const lines = [];
	let rest = '';
	const begun = new Promise((resolve) => reader.once('data', (data) => {
		reader.pause();
		rest += data;
		resolve();
	}));
	reader.write('{"command":"trace","link":"centre","octets":true,"seconds":3600}\n');
	await begun;
	const large = Buffer.alloc(20000, 'a');
	const answers = await Promise.all(Array.from({ length: 60 }, () =>
		smsc.submit({ source_addr: '13800138000', destination_addr: '10010', message_payload: large })));
	assert.ok(answers.every((pdu) => pdu.command_status === STATUS.ESME_RINVDSTADR));
	reader.on('data', (data) => {
		const pieces = (rest + data).split('\n');
		rest = pieces.pop();
		for (const line of pieces) lines.push(JSON.parse(line));
	});
	reader.resume();
	const told = () => lines.filter(({ event }) => event?.octets).length;
	const lost = () => lines.reduce((sum, { event }) => sum + (event?.lost ?? 0), 0);
	await waitFor(() => `${told()} told and ${lost()} lost to be all`, () => told() + lost() === 120);
	assert.ok(told() > 0 && lost() > 0);
	await smsc.submit({ source_addr: '13800138000', destination_addr: '10010' });
	await waitFor('the trace to go on', () =>
		told() + lost() === 122);
	reader.destroy();
	await smsc.text(SUBSCRIBER, 'CXPB');
});

flow('traces are few, end with their client, and cost nothing to the daemon\'s end', async (world) => {
	const smsc = await world.smsc().connect();
	const traces = [];
	for (let i = 0; i < 8; i++) traces.push(await watch(world, 'trace', 'centre'));
	const ninth = await world.daemon.command('trace', 'centre');
	assert.match(ninth.err, /eight traces are under way/);
	await end(traces.pop());
	const again = await waitFor('a place', async () => {
		const child = start(binary('mianrao'), ['--socket', world.daemon.socket, 'trace', 'centre']);
		const begun = () => child.lines.some((line) => /^tracing /.test(line));
		await waitFor('an answer', () => begun() || !child.running());
		return begun() && child;
	});
	await smsc.text(SUBSCRIBER, 'CXPB');
	await has(again, /< submit_sm/);
	// The rest is still under way when the daemon goes.
	await world.daemon.stop();
	for (const trace of [...traces, again]) await within('its end', trace.ended);
});
