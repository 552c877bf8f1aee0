// SPDX-License-Identifier: AGPL-3.0-or-later
// What smpp_pcap writes is decoded by tshark without a warning: every kind of PDU, in both
// directions, over IPv4 and IPv6, with checksums and sequence numbers checked.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { COMMANDS, codec, defs, drawModel, fieldsOf, random, toJson, tool } from '../lib/pdus.mjs';
import { ucs2, udh8 } from '../lib/sms.mjs';

const absent = spawnSync('tshark', ['--version']).status !== 0;
const skip = absent && 'tshark is not installed';

const text = (value) => Buffer.from(value, 'latin1');
const USUAL = {
	system_id: text('smsc1'), password: text('secret'), system_type: text('VMA'), interface_version: 0x34,
	service_type: text('CMT'), source_addr_ton: 1, source_addr_npi: 1, source_addr: text('8613800138000'),
	dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: text('10086999'), message_id: text('R7K3M9Q2'),
	esme_addr_ton: 1, esme_addr_npi: 1, esme_addr: text('10086999'), validity_period: text('000002000000000R'),
	final_date: text('261124190600000+'), message_state: 2, data_coding: 8, short_message: ucs2('推销宽带'),
	dest_address: [
		{ flag: 1, ton: 1, npi: 1, address: text('8613800138000') }, { flag: 2, ton: 0, npi: 0, address: text('list') },
	],
	unsuccess_sme: [{ flag: 0, ton: 1, npi: 1, address: text('8613800138001'), status: 0x0b }],
};
const EMPTY = { int8: 0, cstring: Buffer.alloc(0), buffer: Buffer.alloc(0) };

const usual = (command, over = {}, tlvs = []) => ({
	command, command_status: 0, sequence_number: 1, tlvs,
	fields: Object.fromEntries(fieldsOf(command).map(([name, type]) => [name, over[name] ?? USUAL[name] ?? EMPTY[type] ?? []])),
});

const tlv = (name, value) => [defs.tlvs[name].id, value];
const RECEIPT = text('id:0123456789 sub:001 dlvrd:001 submit date:2611241905 done date:2611241906 stat:DELIVRD err:000 text:hello');
const SPECIAL = [
	usual('deliver_sm', { esm_class: 4, data_coding: 0, short_message: RECEIPT }, [
		tlv('receipted_message_id', text('0123456789\0')), tlv('message_state', Buffer.from([2])),
		tlv('network_error_code', Buffer.from([3, 0, 0])),
	]),
	usual('submit_sm', { esm_class: 0x40, short_message: Buffer.concat([udh8(7, 2, 1), ucs2('推销')]) }),
	usual('submit_sm', { short_message: Buffer.alloc(0) }, [tlv('message_payload', Buffer.alloc(65000, 'a'))]),
	usual('submit_sm', {}, [
		tlv('sar_msg_ref_num', Buffer.from([0, 9])), tlv('sar_total_segments', Buffer.from([2])),
		tlv('sar_segment_seqnum', Buffer.from([1])),
	]),
	usual('data_sm', {}, [tlv('message_payload', ucs2('推销宽带')), tlv('user_message_reference', Buffer.from([1, 2]))]),
	usual('bind_transceiver_resp', {}, [tlv('sc_interface_version', Buffer.from([0x34]))]),
	usual('alert_notification', {}, [tlv('ms_availability_status', Buffer.from([1]))]),
	{ ...usual('submit_sm_resp'), command_status: 0x58, fields: {} },
	{ ...usual('generic_nack'), command_status: 3, fields: {} },
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mianrao-pcap-'));
after(() => fs.rmSync(folder, { recursive: true }));
let files = 0;

// The models as a capture file; `mode` says which way each goes.
function capture(models, ours, peer, mode = (i) => (i % 2 ? 'sent' : 'received')) {
	const octets = codec(models.map((model) => `encode ${toJson(model)}`));
	const lines = octets.map((hex, i) => `${mode(i)} ${1790000000000000 + i * 1500} ${hex}`);
	const file = path.join(folder, `${++files}.pcap`);
	fs.writeFileSync(file, tool(['pcap', ours, peer], lines));
	return { file, octets };
}

const CHECKS = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-o', 'smpp.reassemble_smpp_over_tcp:TRUE'];

function tshark(file, ...args) {
	const run = spawnSync('tshark', ['-n', '-r', file, ...CHECKS, ...args], { maxBuffer: 1 << 28, encoding: 'utf8' });
	assert.equal(run.status, 0, run.stderr);
	assert.doesNotMatch(run.stderr, /cut short|damaged|malformed/i);
	return run.stdout.trim();
}

// Whatever tshark has to say of a packet: a broken checksum, a lost segment, a malformed field.
function assertClean(file) {
	const complaints = tshark(file, '-Y', '_ws.expert || _ws.malformed || tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0',
		'-T', 'fields', '-e', 'frame.number', '-e', '_ws.expert.message', '-e', '_ws.malformed');
	assert.equal(complaints, '');
}

// The PDUs that tshark saw, in order: command and sequence number.
function decoded(file) {
	const lines = tshark(file, '-Y', 'smpp', '-T', 'fields', '-e', 'smpp.command_id', '-e', 'smpp.sequence_number').split('\n');
	return lines.flatMap((line) => {
		const [ids, sequences] = line.split('\t').map((field) => field.split(','));
		return ids.map((id, i) => `${Number(id)} ${Number(sequences[i])}`);
	});
}

const numbered = (models) => models.map((model, i) => ({ ...model, sequence_number: i + 1 }));
const expected = (models) => models.map(({ command, sequence_number }) => `${defs.commands[command].id} ${sequence_number}`);

for (const [name, ours, peer] of [
	['IPv4', '10.0.0.1', '10.20.0.9'], ['IPv6', '2001:db8::1', '2001:db8::9'], ['both', '127.0.0.1', '::1'],
])
	test(`every kind of PDU is decoded without a warning over ${name}`, { skip }, () => {
		const models = numbered([...COMMANDS.map((command) => usual(command)), ...SPECIAL]);
		const { file } = capture(models, ours, peer);
		assertClean(file);
		assert.deepEqual(decoded(file), expected(models));
	});

test('fields come out of tshark as they went in', { skip }, () => {
	const { file } = capture(numbered([usual('submit_sm'), SPECIAL[0]]), '10.0.0.1', '10.0.0.2');
	const fields = ['smpp.source_addr', 'smpp.destination_addr', 'smpp.data_coding', 'smpp.message', 'smpp.message_state', 'smpp.receipted_message_id'];
	const [submit, receipt] = tshark(file, '-Y', 'smpp', '-T', 'fields', ...fields.flatMap((field) => ['-e', field]))
		.split('\n').map((line) => line.split('\t'));
	assert.deepEqual(submit.slice(0, 2), ['8613800138000', '10086999']);
	assert.equal(Number(submit[2]), 8);
	assert.equal(submit[3], ucs2('推销宽带').toString('hex'));
	assert.equal(receipt[3], RECEIPT.toString('hex'));
	assert.equal(Number(receipt[4]), 2);
	assert.equal(receipt[5], '0123456789');
});

test('a long session in one direction is decoded without a lost segment', { skip }, () => {
	const draw = random(6);
	const models = numbered(Array.from({ length: 1500 }, () => {
		const model = drawModel(draw, 'enquire_link');
		return draw(3) ? usual('submit_sm') : { ...model, tlvs: [] };
	}));
	const { file } = capture(models, '10.0.0.1', '10.0.0.2', () => 'sent');
	assertClean(file);
	assert.deepEqual(decoded(file), expected(models));
});

test('the checks can fail: a broken checksum and a missing record are seen', { skip }, () => {
	const { file } = capture(numbered([usual('submit_sm'), usual('submit_sm'), usual('submit_sm')]), '10.0.0.1', '10.0.0.2', () => 'sent');
	const whole = fs.readFileSync(file);
	const bent = Buffer.from(whole);
	bent[bent.length - 1] ^= 1;
	fs.writeFileSync(file, bent);
	assert.throws(() => assertClean(file), assert.AssertionError);
	const length = 16 + whole.readUInt32BE(24 + 8);
	fs.writeFileSync(file, Buffer.concat([whole.subarray(0, 24 + length), whole.subarray(24 + 2 * length)]));
	assert.throws(() => assertClean(file), assert.AssertionError);
});
