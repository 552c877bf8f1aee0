// SPDX-License-Identifier: AGPL-3.0-or-later
// The Debian package on a private machine with a systemd of its own: installed, started, worked, removed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Machine } from '../lib/machine.mjs';
import { run, temporaryFolder } from '../lib/process.mjs';
import { waitFor } from '../lib/wait.mjs';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const PACKAGES = path.join(PROJECT, 'build/deb');
const EXPOSURE = 1.2;

const packaged = () => fs.readdirSync(PACKAGES).filter((name) => /^mianrao_.*\.deb$/.test(name));

test('make deb builds one package that lintian accepts', async () => {
	const built = await run('make', ['--no-print-directory', 'deb'], { cwd: PROJECT, timeout: 280000,
		env: { ...process.env, MAKEFLAGS: '', FLAVOUR: 'release' } });
	assert.equal(built.code, 0, `${built.out}${built.err}`.slice(-2000));
	assert.equal(packaged().length, 1);
	const { out } = await run('dpkg-deb', ['--contents', path.join(PACKAGES, packaged()[0])]);
	for (const file of ['usr/sbin/mianraod', 'usr/bin/mianrao', 'lib/systemd/system/mianraod.service', 'etc/mianrao/mianrao.yaml',
		'usr/share/man/man8/mianraod.8.gz', 'usr/share/bash-completion/completions/mianrao', 'usr/share/mianrao/language/words.tsv'])
		assert.ok(out.includes(`./${file}`), `${file} is in it`);
});

test('the unit exposes little', () => {
	const unit = path.join(PROJECT, 'deploy/systemd/mianraod.service');
	const { stdout, status } = spawnSync('systemd-analyze', ['security', '--offline=true', `--threshold=${EXPOSURE * 10}`, unit], { encoding: 'utf8' });
	const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(stdout);
	assert.ok(status === 0 && Number(exposure) <= EXPOSURE, `${exposure}`);
	const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
	assert.doesNotMatch(verified.stderr, /mianraod\.service:\d+/, 'each line is known');
});

const state = async (machine) => (await machine.command('systemctl', 'is-active', 'mianraod')).out;
const mianrao = async (machine, ...args) => JSON.parse(await machine.run('mianrao', '--json', ...args));

async function install(machine) {
	await machine.run('systemd-run', '--unit=calls-redis', 'redis-server', '--appendonly', 'no');
	await machine.run('dpkg', '-i', `/tmp/given/${packaged()[0]}`);
	await waitFor('the daemon to be active', async () => await state(machine) === 'active', { timeout: 30000 });
	const status = await mianrao(machine, 'status');
	assert.equal(status.ready, true);
	assert.equal(await machine.run('systemctl', 'show', '-P', 'NRestarts', 'mianraod'), '0');
	assert.equal(await machine.run('stat', '-c', '%U %a', '/var/lib/mianrao'), 'mianrao 750');
	assert.equal(await machine.run('stat', '-c', '%U:%G %a', '/etc/mianrao/mianrao.yaml'), 'root:mianrao 640');
	assert.match(await machine.run('ps', '-o', 'user=', '-C', 'mianraod'), /^mianrao$/);
	assert.equal(await machine.run('stat', '-c', '%U:%G %a', '/var/spool/mianrao'), 'mianrao:mianrao 2770');
	for (const page of ['mianrao', 'mianraod', 'mianrao.yaml']) await machine.run('man', '-w', page);
}

// What README and manual tell a new operator to type, on the machine that the package made.
const PASSWORD = 'not-for-operation';
const configuration = (hash) => `
accounts:
  - system_id: smsc1
    password_hash: "${hash}"
    role: smsc
    addresses: ["127.0.0.0/8"]
feed:
  sources:
    - name: msc1
      entry: own
sip:
  listeners: [{ address: 127.0.0.1, port: 5060, transport: udp }]
  sources:
    - name: sbc1
      addresses: ["127.0.0.0/8"]
      trunk_header: X-Trunk
      trunks: [{ match: "IGW-*", entry: international }]
`;

async function configure(machine) {
	const hash = await machine.run('sh', '-c', `echo ${PASSWORD} | mianrao accounts hash`);
	const text = configuration(hash).replaceAll('$', '\\$').replaceAll('"', '\\"');
	await machine.run('sh', '-c', `printf '%s' "${text}" >> /etc/mianrao/mianrao.yaml`);
	await machine.run('mianraod', '-c', '/etc/mianrao/mianrao.yaml', '--check-config');
	await machine.run('systemctl', 'restart', 'mianraod');
}

const peer = (machine, ...words) => machine.beside(process.execPath, path.join(PROJECT, 'tests/lib/first_minutes.mjs'), ...words)
	.then(JSON.parse);

// A number that calls many people, one of them the subscriber; and that this was all, for a while to come.
async function feedCalls(machine) {
	const record = (called, ago) => `redis-cli XADD mr:cdr '*' source msc1 caller 13900001111 called ${called} ` +
		`start $(($(date +%s) - ${ago})) duration 40`;
	await machine.run('sh', '-ec', `for i in $(seq 10 69); do ${record('138001390$i', 600)}; done; ${record('13800138000', 300)}; ` +
		'redis-cli XADD mr:cdr "*" source msc1 watermark $(($(date +%s) + 900))');
}

async function firstMinutes(machine) {
	await configure(machine);
	await feedCalls(machine);
	const credited = machine.run('sh', '-ec', 'set -- $(redis-cli XREAD BLOCK 60000 STREAMS mr:rewards 0); ' +
		'while [ "$1" != id ]; do shift; done; redis-cli XADD mr:rewards:acks "*" id "$2" status credited');
	const told = await peer(machine, 'text', 2775, PASSWORD, '+8613800138000', '13900001111*推销宽带', '到账');
	await credited;
	assert.match(told.join('\n'), /核实成立/);
	const [report] = (await mianrao(machine, 'reports')).reports;
	assert.equal(report.state, 'verified');
	assert.match(await machine.run('mianrao', 'report', report.id), /credited/);

	assert.equal(await peer(machine, 'call', 5060, '+85291234567', '+8613800138000'), 302);
	await machine.run('mianrao', 'rules', '13800138000', 'add', 'block call from international');
	assert.equal(await peer(machine, 'call', 5060, '+85291234567', '+8613800138000'), 603);
	assert.match(await machine.run('mianrao', 'blocked', '13800138000'), /call/);

	const secret = await machine.run('cat', '/var/lib/mianrao/admin-secret');
	await machine.run('mianrao', 'users', 'add', 'li', 'reviewer');
	const { token } = await mianrao(machine, 'tokens', 'create', 'li', '--label', 'console');
	for (const [one, status] of [[secret, '200'], [token, '200'], ['mrt_wrong', '401']])
		assert.equal(await machine.run('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${one}`,
			'http://127.0.0.1:8775/v1/reports?limit=5'), status);
	assert.match(await machine.run('curl', '-s', 'http://127.0.0.1:8775/'), /<html/);
	assert.equal((await mianrao(machine, 'audit')).balanced, true);
}

// The drop-in as the manual has it, and a person in the group.
async function openToGroup(machine) {
	const manual = fs.readFileSync(path.join(PROJECT, 'deploy/manual.md'), 'utf8');
	const dropIn = /( {4}\[Service\]\n {4}PrivateUsers=no\n(?: {4}.*\n)+)/.exec(manual)[1].replace(/^ {4}/gm, '');
	const group = /SupplementaryGroups=(\S+)/.exec(dropIn)[1];
	await machine.run('groupadd', group);
	await machine.run('useradd', '--groups', group, 'wang');
	await machine.run('mkdir', '/etc/systemd/system/mianraod.service.d');
	await machine.run('sh', '-c', `printf '%s' '${dropIn}' > /etc/systemd/system/mianraod.service.d/group.conf`);
	await machine.run('sh', '-c', `printf '%s\n' 'control_group: ${group}' 'control_users: [{ user: wang, roles: [operator] }]' >> /etc/mianrao/mianrao.yaml`);
	await machine.run('systemctl', 'daemon-reload');
	await machine.run('systemctl', 'restart', 'mianraod');
	await machine.run('runuser', '-u', 'wang', '--', 'mianrao', 'rules', '13800138001', 'add', 'block sms from 106');
	assert.match(await machine.run('mianrao', 'audit', 'list', '--action', 'rules', '--limit', '1'), /user wang \(uid \d+ pid \d+\)/);
	assert.match((await machine.command('runuser', '-u', 'wang', '--', 'mianrao', 'users', 'add', 'x', 'admin')).err, /users add: is for admin/);
	assert.equal((await machine.command('runuser', '-u', 'nobody', '--', 'mianrao', 'status')).code, 3);
}

async function work(machine) {
	await machine.run('mianrao', 'rules', '13800138000', 'add', 'block call from international');
	assert.match((await machine.command('mianrao', 'rules', '13800138000', 'add', 'block calls from abroad')).err, /rule: column 7: /);
	const asked = await mianrao(machine, 'screen', '+85291234567', '13800138000', '--international');
	assert.equal(asked.blocked, true);
	// A watchdog that starved would have killed it: it is told each second.
	assert.match(await machine.run('systemctl', 'show', '-p', 'StatusText', 'mianraod'), /doors open/);
	await machine.run('sh', '-c', 'echo "log_level: info" >> /etc/mianrao/mianrao.yaml');
	await machine.run('systemctl', 'reload', 'mianraod');
	assert.equal(await state(machine), 'active');
	await machine.run('sh', '-c', 'echo "no_such_key: 1" >> /etc/mianrao/mianrao.yaml');
	assert.notEqual((await machine.command('systemctl', 'reload', 'mianraod')).code, 0, 'who reloads is told of an error');
	assert.equal(await state(machine), 'active', 'which ends nothing');
	await machine.run('sed', '-i', '/no_such_key/d', '/etc/mianrao/mianrao.yaml');
	await machine.run('systemctl', 'kill', '--kill-whom=main', '-s', 'KILL', 'mianraod');
	await waitFor('the daemon to be there again', async () => (await machine.command('mianrao', 'rules', '13800138000')).code === 0, { timeout: 30000 });
	assert.match(await machine.run('mianrao', 'rules', '13800138000'), /block\s+call\s+from international/, 'nothing is lost');
}

async function remove(machine) {
	await machine.run('dpkg', '-r', 'mianrao');
	assert.notEqual(await state(machine), 'active');
	await machine.run('test', '-f', '/var/lib/mianrao/mianrao.db');
	await machine.run('dpkg', '-P', 'mianrao');
	for (const left of ['/var/lib/mianrao', '/etc/mianrao', '/usr/sbin/mianraod'])
		assert.notEqual((await machine.command('test', '-e', left)).code, 0, `${left} is gone`);
}

test('the package is installed, started, configured, worked with and removed', { skip: Machine.impossible() }, async () => {
	const folder = temporaryFolder();
	const machine = new Machine(folder, PACKAGES);
	try {
		await machine.start();
		await install(machine);
		await firstMinutes(machine);
		await openToGroup(machine);
		await work(machine);
		await remove(machine);
	} finally {
		await machine.stop();
		fs.rmSync(folder, { recursive: true, force: true });
	}
});

// The words that bash would offer behind `line`.
function completions(line, mianraoPath) {
	const words = line.split(' ');
	const script = `PATH="$1:$PATH"; . deploy/completion/mianrao; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); ` +
		`COMP_CWORD=${words.length - 1}; _mianrao; printf '%s\\n' "\${COMPREPLY[@]}"`;
	return spawnSync('bash', ['-c', script, 'bash', mianraoPath], { cwd: PROJECT, encoding: 'utf8' }).stdout.trim().split('\n');
}

test('every command is completed and has its entry in the manual page', async () => {
	const folder = path.join(PROJECT, 'build', process.env.FLAVOUR || 'asan');
	const { out } = await run(path.join(folder, 'mianrao'), ['help']);
	const commands = [...out.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
	assert.ok(commands.length > 15);
	const page = fs.readFileSync(path.join(PROJECT, 'deploy/man/mianrao.1'), 'utf8');
	const offered = completions('mianrao ', folder);
	for (const command of commands) {
		assert.ok(offered.includes(command), `${command} is completed`);
		assert.match(page, new RegExp(`^\\.It Ic ${command}\\b`, 'm'), `${command} is in mianrao(1)`);
	}
	assert.deepEqual(completions('mianrao re', folder).sort(), ['release', 'report', 'reports', 'reveal', 'review', 'rewards']);
	const words = completions('mianrao rewards ', folder);
	for (const word of ['--state', '--overdue', 'repeat', 'reverse', 'settlement', 'reconcile']) assert.ok(words.includes(word), word);
});

test('the manual pages are well formed and name every section of the configuration', async () => {
	const pages = fs.readdirSync(path.join(PROJECT, 'deploy/man')).map((name) => path.join(PROJECT, 'deploy/man', name));
	const { out } = await run('mandoc', ['-Tlint', '-Wwarning', ...pages]);
	assert.doesNotMatch(out, /(WARNING|ERROR)/);
	const page = fs.readFileSync(path.join(PROJECT, 'deploy/man/mianrao.yaml.5'), 'utf8');
	const yaml = fs.readFileSync(path.join(PROJECT, 'deploy/mianrao.yaml'), 'utf8');
	for (const [, key] of yaml.matchAll(/^([a-z_]+):/gm)) assert.match(page, new RegExp(`\\b${key}\\b`), key);
});
