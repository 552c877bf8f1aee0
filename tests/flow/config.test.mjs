// SPDX-License-Identifier: AGPL-3.0-or-later
// A configuration that is wrong is refused with its file, the line or key, and what is wrong there.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { baseConfig } from '../lib/config.mjs';
import { binary, project, run, temporaryFolder } from '../lib/process.mjs';
import { merge, toYaml } from '../lib/yaml.mjs';

let folder;
let base;
before(async () => {
	folder = temporaryFolder();
	base = await baseConfig(folder, 6379);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

async function check(text) {
	const file = path.join(folder, 'mianrao.yaml');
	fs.writeFileSync(file, text);
	return run(binary('mianraod'), ['--check-config', '-c', file]);
}

const account = (over) => (config) => ({ accounts: [{ ...config.accounts[0], ...over }] });
const smsc = (over) => () => ({
	smscs: [{ name: 'far', hosts: [{ address: '127.0.0.1', port: 2775 }], system_id: 'a', password: 'b', ...over }],
});
const BAD = [
	{ name: 'no YAML', text: () => 'smpp:\n  listeners: [\n', says: /line|mianrao\.yaml/ },
	{ name: 'an unknown key', over: () => ({ smpp: { colour: 'blue' } }), says: /colour/ },
	{ name: 'a key at the wrong place', over: () => ({ listeners: [] }), says: /listeners/ },
	{ name: 'a number that is no number', over: () => ({ drain_s: 'soon' }), says: /drain_s|soon/ },
	{ name: 'a port out of range', over: () => ({ http: { port: 70000 } }), says: /port/ },
	{ name: 'a window of 0', over: account({ window: 0 }), says: /window/ },
	{ name: 'a role that is none', over: account({ role: 'king' }), says: /role|king/ },
	{ name: 'an account without a name', over: account({ system_id: undefined }), says: /system_id/ },
	{ name: 'an account without a password', over: account({ password_hash: undefined }), says: /password_hash/ },
	{ name: 'a password that is not hashed', over: account({ password_hash: 'secret' }), says: /password_hash/ },
	{ name: 'two accounts of one name', over: (config) => ({ accounts: [config.accounts[0], config.accounts[0]] }), says: /centre/ },
	{ name: 'an address that is none', over: account({ addresses: ['10.0.0.0/33'] }), says: /10\.0\.0\.0\/33/ },
	{ name: 'an address with letters', over: account({ addresses: ['localhost'] }), says: /localhost/ },
	{ name: 'a rule that does not parse', over: () => ({ blocking: { operator_rules: ['block call from the moon'] } }), says: /operator_rules.*(moon|column|the)/s },
	{ name: 'a protected number that is none', over: () => ({ blocking: { protected_numbers: ['abc'] } }), says: /protected_numbers.*abc/s },
	{ name: 'a service code that is none', over: () => ({ reports: { service_codes: ['x'] } }), says: /service_codes/ },
	{ name: 'a policy date that is none', over: () => ({ verdict_policies: [{ effective: 'spring' }] }), says: /effective.*spring/s },
	{ name: 'a reward without a date', over: () => ({ reward_policies: [{ amount_mb: 5 }] }), says: /effective/ },
	{ name: 'a source of a strange entry', over: () => ({ feed: { sources: [{ name: 'a', entry: 'moon' }] } }), says: /entry|moon/ },
	{ name: 'two sources of one name', over: () => ({ feed: { sources: [{ name: 'a' }, { name: 'a' }] } }), says: /sources/ },
	{ name: 'a delimiter of two characters', over: () => ({ feed: { sources: [{ name: 'a', directory: '/tmp', delimiter: ';;' }] } }), says: /delimiter/ },
	{ name: 'a certificate without TLS', over: () => ({ smpp: { listeners: [{ certificate: '/x.pem' }] } }), says: /listeners\[0\]\.certificate.*tls is not true/ },
	{ name: 'TLS without a certificate', over: () => ({ smpp: { listeners: [{ tls: true }] } }), says: /listeners\[0\]\.certificate.*missing/ },
	{ name: 'a certificate that cannot be read', over: () => ({ smpp: { listeners: [{ tls: true, certificate: '/nonexistent.pem' }] } }), says: /listeners\[0\]\.certificate.*nonexistent\.pem: No such file/ },
	{ name: 'a demand of certificates that is none', over: () => ({ smpp: { listeners: [{ client_certificates: 'maybe' }] } }), says: /client_certificates|maybe/ },
	{ name: 'TLS to an SMSC that nobody vouches for', over: smsc({ tls: true }), says: /smscs\[0\]\.(server_ca|server_fingerprint)/ },
	{ name: 'an authority for an SMSC without TLS', over: smsc({ server_ca: '/x.pem' }), says: /smscs\[0\]\.server_ca.*tls is not true/ },
	{ name: 'a fingerprint of an SMSC that is none', over: smsc({ tls: true, server_fingerprint: 'AB:CD' }), says: /smscs\[0\]\.server_fingerprint.*SHA-256/ },
	{ name: 'a fingerprint that is none', over: account({ certificate_fingerprint: 'AB:CD' }), says: /certificate_fingerprint.*SHA-256/ },
	{ name: 'a log level that is none', over: () => ({ log_level: 'loud' }), says: /log_level.*loud/s },
];

for (const { name, text, over, says } of BAD)
	test(`${name} is refused and named`, async () => {
		const { code, out, err } = await check(text ? text() : toYaml(merge(base, over(base))));
		assert.notEqual(code, 0);
		assert.match(out + err, says);
		assert.match(out + err, /mianrao\.yaml:\d+: /, 'file and line are named');
		assert.doesNotMatch(out + err, /runtime error|AddressSanitizer/);
	});

test('a good file is called good', async () => {
	const { code, out, err } = await check(toYaml(base));
	assert.equal(code, 0, out + err);
});

test('the defaults alone are good', async () => {
	const { code, err } = await run(binary('mianraod'), ['--check-config', '--state-dir', folder]);
	assert.equal(code, 0, err);
});

test('the commented manual is good', async () => {
	const { code, err } = await run(binary('mianraod'),
		['--check-config', '-c', path.join(project, 'deploy/mianrao.yaml')]);
	assert.equal(code, 0, err);
});

test('a file that is not there is named', async () => {
	const { code, err } = await run(binary('mianraod'), ['--check-config', '-c', '/nonexistent/mianrao.yaml']);
	assert.notEqual(code, 0);
	assert.match(err, /\/nonexistent\/mianrao\.yaml/);
});
