// SPDX-License-Identifier: AGPL-3.0-or-later
// Charging files of 3GPP networks: what we read of them is what an independent ASN.1 reader (pyasn1,
// with types written down from TS 32.298) reads, and openssl takes every record for whole BER.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { chargingFile, csRecord, imsRecord, indefinite, integer, primitive } from '../lib/charging.mjs';
import { random } from '../lib/pdus.mjs';
import { binary, project, run, temporaryFolder } from '../lib/process.mjs';

const PYTHON = '/usr/bin/python3';
const ORACLE = path.join(project, 'tests/interop/charging_oracle.py');
const START = Date.UTC(2025, 10, 22, 2, 30, 0);

async function output(program, args, input) {
	const { code, out, err } = await run(program, args, { input, timeout: 120000 });
	assert.equal(code, 0, `${program}: ${err}`);
	return out.trimEnd().split('\n');
}

const CASES = [
	{ name: 'a call that reached a subscriber', record: csRecord('mtc', { served: '+8613800138000', calling: '+8613712345678', trunk: 'POI-3', seizure: START, answer: START + 9000, release: START + 49000, duration: 40 }),
		want: `1|terminated|+8613712345678||+8613800138000|POI-3|${START}|${START + 9000}|${START + 49000}|40|0` },
	{ name: 'nobody answered', record: csRecord('mtc', { served: '+8613800138000', calling: '02085321234', trunk: 17, seizure: START, release: START + 30000, duration: 30, cause: 4 }),
		want: `1|terminated|02085321234||+8613800138000|17|${START}|0|${START + 30000}|30|4` },
	{ name: 'a number that may not be shown', record: csRecord('mtc', { served: '+8613800138000', calling: '+8613712345678', hidden: true, seizure: START, duration: 0 }),
		want: `1|terminated|withheld|+8613712345678|+8613800138000||${START}|0|0|0|0` },
	{ name: 'no number at all', record: csRecord('mtc', { served: '+8613800138000', answer: START, duration: 5 }),
		want: `1|terminated|||+8613800138000||0|${START}|0|5|0` },
	{ name: 'a call by a subscriber', record: csRecord('moc', { served: '+8613800138000', called: '13712345678', answer: START, offset: -210, duration: 3 }),
		want: `0|originated|+8613800138000|+8613800138000|13712345678||0|${START}|0|3|0` },
	{ name: 'a number put there by service control', record: csRecord('moc', { served: '+8613800138000', calling: '4001234567', called: '+8613712345678', answer: START, duration: 3 }),
		want: `0|originated|4001234567|+8613800138000|+8613712345678||0|${START}|0|3|0` },
	{ name: 'a call that was forwarded', record: csRecord('moc', { served: '+8613800138000', calling: '+8613712345678', called: '+8613900001111', forwarding: 0x2a, answer: START, duration: 60 }),
		want: `0|forwarded|+8613712345678||+8613800138000||0|${START}|0|60|0` },
	{ name: 'a subscriber abroad', record: csRecord('roaming', { served: '+8613800138000', calling: '+442079460111', trunk: 'IGW-2', answer: START, offset: 60, duration: 7 }),
		want: `2|roaming|+442079460111||+8613800138000|IGW-2|0|${START}|0|7|0` },
	{ name: 'from another network', record: csRecord('incoming', { calling: '+8613712345678', called: '+8613800138000', trunk: 'IGW-1', answer: START, duration: 7 }),
		want: `3|incoming|+8613712345678||+8613800138000|IGW-1|0|${START}|0|7|0` },
	{ name: 'transit', record: csRecord('transit', { calling: '95533', called: '+8613800138000', seizure: START, duration: 0, cause: 5 }),
		want: `5|transit|95533||+8613800138000||${START}|0|0|0|5` },
	{ name: 'an IMS call to a subscriber', record: imsRecord('mmtel', { role: 1, calling: ['sip:centre@pbx.example', 'tel:+8613712345678'], from: '"4001234567" <sip:4001234567@ims.example>;tag=a', called: 'sip:+8613800138000@ims.example;user=phone', request: START, start: START + 8000, end: START + 20000, cause: 0 }),
		want: `83|terminated|"4001234567" <sip:4001234567@ims.example>;tag=a|tel:+8613712345678|sip:+8613800138000@ims.example;user=phone||${START}|${START + 8000}|${START + 20000}|-1|0` },
	{ name: 'over a gateway, not answered', record: imsRecord('mgcf', { calling: ['tel:+442079460111'], called: 'tel:+8613800138000', trunk: 'IGW-9', request: START, cause: 1 }),
		want: `67|incoming|tel:+442079460111|tel:+442079460111|tel:+8613800138000|IGW-9|${START}|0|0|-1|1` },
	{ name: 'a session that is no call', record: imsRecord('as', { method: 'SUBSCRIBE', calling: ['tel:+8613800138000'], request: START }), want: 'other' },
];

async function readings(folder, name, file) {
	const target = path.join(folder, name);
	fs.writeFileSync(target, file);
	const [ours, theirs] = await Promise.all([
		output(binary('interop/charging_tool'), [target]), output(PYTHON, [ORACLE, target])]);
	return { ours, theirs };
}

test('each kind of record is read as an independent reader reads it', async () => {
	const folder = temporaryFolder();
	const { ours, theirs } = await readings(folder, 'cases.cdr', chargingFile(CASES.map((c) => c.record), { sequence: 4711 }));
	assert.equal(theirs.shift(), `file|4711|${CASES.length}|15|0`);
	assert.equal(ours.shift(), `file|4711|${CASES.length}|15|0`);
	CASES.forEach(({ name, want }, i) => {
		assert.equal(theirs[i], want, `pyasn1: ${name}`);
		assert.equal(ours[i], want, name);
	});
	fs.rmSync(folder, { recursive: true, force: true });
});

test('openssl finds each record whole', async () => {
	for (const { name, record } of CASES) {
		const { code, out, err } = await run('openssl', ['asn1parse', '-inform', 'DER'], { input: record });
		assert.equal(code, 0, `${name}: ${err}`);
		assert.match(out, /^ +0:d=0 .*cont \[ \d+ \]/, name);
		const deepest = out.trimEnd().split('\n').length;
		assert.ok(deepest > 4, `${name}: ${out}`);
	}
});

// Random calls, with elements in between that nobody knows, and lengths told in both ways.
function randomCall(next) {
	const digits = (n) => Array.from({ length: n }, () => next(10)).join('');
	const person = () => [`+861${3 + next(7)}${digits(9)}`, `1${3 + next(7)}${digits(9)}`, `+44${1 + next(9)}${digits(9)}`,
		`95${digits(3)}`][next(4)];
	const kind = ['moc', 'mtc', 'roaming', 'incoming', 'outgoing', 'transit'][next(6)];
	const at = START + next(86400) * 1000;
	const answer = next(2) ? at + next(30) * 1000 : undefined;
	const gateway = ['incoming', 'outgoing', 'transit'].includes(kind);
	return csRecord(kind, {
		...(gateway ? { called: person() } : { served: `+86138${digits(8)}` }),
		...(kind === 'moc' ? { called: person() } : { calling: person(), hidden: next(8) === 0 }),
		...(next(2) ? { trunk: next(2) ? next(100000) : `TG-${next(99)}` } : {}),
		...(next(4) === 0 && kind === 'moc' ? { calling: person(), forwarding: [0x21, 0x29, 0x2a, 0x2b, 0x24, 0x11][next(6)] } : {}),
		seizure: at, answer, release: at + next(3600) * 1000, offset: [480, 0, -300, 330, 765][next(5)],
		duration: next(2 ** next(20)), cause: next(6),
	});
}

test('1,000 random calls are read as an independent reader reads them', async () => {
	const next = random(20251122);
	const folder = temporaryFolder();
	const records = Array.from({ length: 1000 }, () => randomCall(next));
	const { ours, theirs } = await readings(folder, 'random.cdr', chargingFile(records, {
		filter: Buffer.from('filter'), privateExtension: Buffer.alloc(300, 1) }));
	assert.equal(ours.length, records.length + 1);
	assert.deepEqual(ours, theirs);
	fs.rmSync(folder, { recursive: true, force: true });
});

test('elements that nobody knows and indefinite lengths change nothing', async () => {
	const folder = temporaryFolder();
	const call = { served: '+8613800138000', calling: '+8613712345678', answer: START, duration: 4 };
	const extra = [primitive(999, 'x'.repeat(200)), indefinite(500, indefinite(1, primitive(2, [1])), integer(3, -5))];
	const plain = csRecord('mtc', call);
	const rich = csRecord('mtc', { ...call, extra });
	const target = path.join(folder, 'x.cdr');
	fs.writeFileSync(target, chargingFile([plain, rich, indefinite(1, rich.subarray(4))], { release: 6 }));
	const [, a, b, c] = await output(binary('interop/charging_tool'), [target]);
	assert.equal(b, a);
	assert.equal(c, a);
	fs.rmSync(folder, { recursive: true, force: true });
});
