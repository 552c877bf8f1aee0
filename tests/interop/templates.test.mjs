// SPDX-License-Identifier: AGPL-3.0-or-later
// The templates in deploy/: Kamailio with ours, between two sipp, posts records that count; a file as
// FreeSWITCH's mod_cdr_csv writes it by our template is read, and collect.sh hands it over.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { dayOf } from '../lib/day.mjs';
import { binary, freePort, project, run, start } from '../lib/process.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const TOKEN = 'mcdr_0123456789abcdef0123456789abcdef';
const KAMAILIO = '/usr/sbin/kamailio';

async function hashOf(token) {
	const { out } = await run(binary('mianrao'), ['feeds', 'hash'], { input: `${token}\n` });
	return /"(sha256:[0-9a-f]{64})"/.exec(out)[1];
}

// A caller as sipp plays it: From and, when the network vouches for another, P-Asserted-Identity.
const caller = ({ from, asserted, answered }) => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:${from}@pbx.example;user=phone>;tag=[call_number]
To: <sip:[service]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:${from}@[local_ip]:[local_port]>
${asserted ? `P-Asserted-Identity: <sip:${asserted}@ims.example>\n` : ''}Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/>
${answered ? `<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:${from}@pbx.example;user=phone>;tag=[call_number]
To: <sip:[service]@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause milliseconds="1500"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:${from}@pbx.example;user=phone>;tag=[call_number]
To: <sip:[service]@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>` : `<recv response="486" rrs="true"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
From: <sip:${from}@pbx.example;user=phone>;tag=[call_number]
To: <sip:[service]@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>`}
</scenario>
`;

const reply = (line, tag) => `<send><![CDATA[
SIP/2.0 ${line}
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:]${tag ? ';tag=[pid]SIPpTag01[call_number]' : ''}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

]]></send>`;

const callee = (answered) => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE" crlf="true"/>
${answered ? `${reply('180 Ringing', true)}${reply('200 OK', true)}
<recv request="ACK" optional="true"/>
<recv request="BYE"/>
${reply('200 OK', false)}` : `${reply('486 Busy Here', true)}
<recv request="ACK"/>`}
</scenario>
`;

// One call through the proxy.
async function call(world, proxy, calleePort, { to, ...options }) {
	const file = path.join(world.folder, 'caller.xml');
	const answering = path.join(world.folder, 'callee.xml');
	fs.writeFileSync(file, caller(options));
	fs.writeFileSync(answering, callee(options.answered));
	const other = start('sipp', ['-sf', answering, '-i', '127.0.0.1', '-p', String(calleePort),
		'-m', '1', '-nostdin'], { cwd: world.folder });
	const port = await freePort();
	// The callee may not listen yet: the proxy's retransmissions wait for it.
	const { code, out, err } = await run('sipp', [`127.0.0.1:${proxy}`, '-sf', file, '-s', to, '-i', '127.0.0.1', '-p', String(port),
		'-m', '1', '-nostdin'], { cwd: world.folder, timeout: 40000 });
	other.kill('SIGTERM');
	await other.ended;
	assert.equal(code, 0, `sipp: ${err}\n${out.slice(-2000)}`);
}

const found = (world, test) => waitFor('the record in the stream', async () => {
	const all = (await world.redis.stream(world.key('cdr'))).map(({ fields }) => fields);
	return all.find(test);
}, { timeout: 20000 });

flow('Kamailio with our template posts its call records', {
	config: async () => ({ feed: { sources: [{ name: 'proxy', disorder_s: 0, token_hash: await hashOf(TOKEN),
		trunks: [{ match: '127.0.*', entry: 'international' }] }] } }),
	timeout: 150000,
}, async (world) => {
	const [proxy, nextHop] = [await freePort(), await freePort()];
	const kamailio = start(KAMAILIO, ['-f', path.join(project, 'deploy/kamailio/cdr-proxy.cfg'), '-DD', '-E', '-M', '8', '-m', '64',
		'-Y', world.folder, '-P', path.join(world.folder, 'kamailio.pid'),
		'-A', `LISTEN=udp:127.0.0.1:${proxy}`, `--substdef=!NEXT_HOP!sip:127.0.0.1:${nextHop}!g`,
		`--substdef=!MIANRAO_URL!http://127.0.0.1:${world.daemon.config.http.port}/v1/cdrs!g`, `--substdef=!MIANRAO_TOKEN!${TOKEN}!g`],
	{ log: path.join(world.folder, 'kamailio.log') });
	try {
		const before = Math.floor(Date.now() / 1000);
		await call(world, proxy, nextHop, { from: '4001234567', asserted: '+8613712345678', to: '+8613800138000', answered: true });
		const talk = await found(world, (f) => f.answered === '1');
		assert.equal(talk.source, 'proxy');
		assert.match(talk.caller, /^sip:4001234567@pbx\.example/);
		assert.match(talk.asserted, /\+8613712345678@ims\.example/);
		assert.match(talk.called, /^sip:\+8613800138000@/);
		assert.equal(talk.trunk, '127.0.0.1');
		assert.ok(Number(talk.start) >= before && Number(talk.start) <= Date.now() / 1000, talk.start);
		assert.ok(Number(talk.duration) >= 1 && Number(talk.duration) <= 20, talk.duration);
		assert.ok(Number(talk.written) >= Number(talk.start) + Number(talk.duration), talk.written);
		await call(world, proxy, nextHop, { from: '+8613712345678', to: '+8613800138001', answered: false });
		const missed = await found(world, (f) => f.answered === '0' && /13712345678/.test(f.caller));
		assert.equal(missed.duration, '0');
		await world.daemon.expectMetric('cdrs_total', (value) => value >= 2);
		await waitFor('the journal', () => kamailio.lines.some((line) => /mianrao-cdr \{.*"called":/.test(line)));
	} finally {
		kamailio.kill('SIGTERM');
		await kamailio.ended;
	}
});

// As mod_cdr_csv writes it: the template's variables with their values, and an empty text for those
// that the call does not have.
function expand(values) {
	const conf = fs.readFileSync(path.join(project, 'deploy/freeswitch/cdr_csv.conf.xml'), 'utf8');
	const template = /<template name="mianrao">(.*)<\/template>/.exec(conf)[1];
	return template.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replace(/\$\{([^}]+)\}/g, (_, name) => {
		assert.ok(name in values, `the template's ${name}`);
		return values[name];
	});
}

// The source as deploy/freeswitch/README.md configures it.
function freeswitchSource(directory) {
	const readme = fs.readFileSync(path.join(project, 'deploy/freeswitch/README.md'), 'utf8');
	const columns = {};
	for (const [, key, value] of /columns: \{([^}]*)\}/s.exec(readme)[1].matchAll(/(\w+): "(\d*)"/g)) columns[key] = value;
	return { name: 'fs-1', directory, file_pattern: /file_pattern: "([^"]*)"/.exec(readme)[1], delimiter: /delimiter: "(.)"/.exec(readme)[1], header: false, columns, disorder_s: 0,
		trunks: [{ match: '198.51.100.*', entry: 'international' }] };
}

flow('files as FreeSWITCH writes them by our template are read', {
	config: (_, folder) => {
		const directory = path.join(folder, 'drop');
		fs.mkdirSync(directory, { recursive: true });
		return { feed: { poll_s: 1, sources: [freeswitchSource(directory)] } };
	},
}, async (world) => {
	const { directory } = world.daemon.config.feed.sources[0];
	const logs = path.join(world.folder, 'cdr-csv');
	fs.mkdirSync(logs);
	const now = Math.floor(Date.now() / 1000) - 600;
	const base = { caller_id_number: '13712345678', 'sip_P-Asserted-Identity': '', destination_number: '13800138000',
		start_epoch: now, billsec: 35, sip_received_ip: '198.51.100.7', end_epoch: now + 45 };
	const calls = [base,
		{ ...base, destination_number: '13800138001', 'sip_P-Asserted-Identity': '"Sales, "the" best" <sip:+8613600001111@ims.example;user=phone>', billsec: 0 },
		{ ...base, caller_id_number: 'anonymous', destination_number: '+8613800138002' }];
	fs.writeFileSync(path.join(logs, 'Master.csv.2025-11-22-10-30-00'), `${calls.map(expand).join('\n')}\n`);
	fs.writeFileSync(path.join(logs, 'Master.csv.2025-11-22-10-31-00'), `${expand({ ...base, start_epoch: now + 60 })}\n`);
	fs.writeFileSync(path.join(logs, 'Master.csv'), 'still being written');
	const { code, err } = await run('sh', [path.join(project, 'deploy/freeswitch/collect.sh'), logs, directory]);
	assert.equal(code, 0, err);
	await waitFor('both files', () => ['fs-00000001.csv', 'fs-00000002.csv'].every((name) =>
		fs.existsSync(path.join(directory, 'done', name))));
	assert.equal(fs.readFileSync(path.join(directory, '.next'), 'utf8').trim(), '3');
	assert.ok(fs.existsSync(path.join(logs, 'Master.csv')));
	await world.daemon.expectMetric('cdrs_total', 4);
	await world.daemon.expectMetric('cdrs_bad_total', 0);
	const day = dayOf(now * 1000);
	// The fact that the network asserted another number is in the call's packed record; of 14 octets it
	// is the 4th bit of the 12th.
	const fact = (called) => world.redis.command('EVAL',
		"local r = redis.call('HGET', KEYS[1], ARGV[1]) return {#r, string.byte(r, 12)}", 1,
		world.key(`calls:{+86138001380}:${day}`), called);
	assert.deepEqual(await fact('00'), [28, 0]);
	assert.deepEqual(await fact('01'), [14, 0x10]);
	assert.deepEqual(await fact('02'), [14, 0]);
	const [seen] = (await world.daemon.json('feeds')).sources;
	assert.equal(Date.parse(seen.to), (now + 60) * 1000);
});
