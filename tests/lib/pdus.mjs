// SPDX-License-Identifier: AGPL-3.0-or-later
// pdus.mjs - PDUs of every command as plain models, drawn at random or as a real session has them;
// and tests/interop/smpp_tool, which turns them into octets and back.
//
// A model: { command, command_status, sequence_number, fields: { name: number | Buffer | list },
// tlvs: [[id, Buffer], ...] }. Lists are those of submit_multi and its response.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { random as chanceOf } from './wait.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const TOOL = path.join(ROOT, 'build', process.env.FLAVOUR || 'asan', 'interop', 'smpp_tool');
const require = createRequire(import.meta.url);
export const defs = require('smpp/lib/defs.js');
export const { PDU } = require('smpp/lib/pdu.js');

export const COMMANDS = Object.keys(defs.commands).filter((name) => !name.includes('broadcast'));
// SMPP 3.4's; those of 5.0 are left to whoever speaks it.
export const TLVS = Object.entries(defs.tlvs)
	.filter(([name, { id, tag }]) => name === tag && (id < 0x0428 || id > 0x0613) && id !== 0x0501);

// npm smpp's names where they are not the standard's.
const OURS = { dest_address: 'dests', unsuccess_sme: 'unsuccess' };

export function tool(args, lines) {
	const run = spawnSync(TOOL, args, { input: lines.join('\n') + '\n', maxBuffer: 1 << 30 });
	if (run.status !== 0) throw new Error(`smpp_tool ${args}: ${run.error ?? run.stderr}`);
	return run.stdout;
}

export const codec = (lines) => tool(['codec'], lines).toString().trimEnd().split('\n');

// ---- between models and JSON of the tool ----

const typeName = (type) => Object.entries(defs.types).find(([, value]) => value === type)?.[0];
export const fieldsOf = (command) =>
	Object.entries(defs.commands[command].params ?? {}).map(([name, { type }]) => [name, typeName(type)]);

const entryToJson = ({ ton = 0, npi = 0, address, status = 0, flag = 0 }) =>
	({ flag, ton, npi, address: address.toString('hex'), status });

export function toJson(model) {
	const json = {
		command_id: defs.commands[model.command].id, command_status: model.command_status,
		sequence_number: model.sequence_number, has_body: model.command_status === 0,
		tlvs: model.tlvs.map(([id, value]) => [id, value.toString('hex')]),
	};
	for (const [name, value] of Object.entries(model.fields))
		json[OURS[name] ?? name] = Array.isArray(value) ? value.map(entryToJson)
			: Buffer.isBuffer(value) ? value.toString('hex') : value;
	return JSON.stringify(json);
}

export function fromJson(json) {
	const fields = {};
	if (json.has_body)
		for (const [name, type] of fieldsOf(json.command)) {
			const value = json[OURS[name] ?? name];
			fields[name] = Array.isArray(value)
				? value.map((entry) => ({ ...entry, address: Buffer.from(entry.address, 'hex') }))
				: type.startsWith('int') ? value : Buffer.from(value, 'hex');
		}
	return {
		command: json.command, command_status: json.command_status, sequence_number: json.sequence_number,
		fields, tlvs: json.tlvs.map(([id, hex]) => [id, Buffer.from(hex, 'hex')]),
	};
}

// ---- between models and PDUs of npm smpp, without its conversions of texts and times ----

PDU.prototype._filter = () => {};

const entryToNpm = ({ flag, ton, npi, address, status }) =>
	flag === 2 ? { dl_name: address.toString('latin1') }
		: { dest_addr_ton: ton, dest_addr_npi: npi, destination_addr: address.toString('latin1'), error_status_code: status };
const entryFromNpm = (entry, failures) => ({
	flag: failures ? 0 : 'dl_name' in entry ? 2 : 1,
	ton: entry.dest_addr_ton ?? 0, npi: entry.dest_addr_npi ?? 0,
	address: Buffer.from(entry.dl_name ?? entry.destination_addr, 'latin1'), status: entry.error_status_code ?? 0,
});

function tlvToNpm(type, value) {
	if (type === defs.types.tlv.int8) return value.readUInt8(0);
	if (type === defs.types.tlv.int16) return value.readUInt16BE(0);
	if (type === defs.types.tlv.int32) return value.readUInt32BE(0);
	if (type === defs.types.tlv.cstring) return value.subarray(0, -1).toString('latin1');
	return value;
}

function tlvFromNpm(type, value) {
	if (Buffer.isBuffer(value)) return value;
	if (type === defs.types.tlv.cstring) return Buffer.from(`${value}\0`, 'latin1');
	const octets = Buffer.alloc(type === defs.types.tlv.int8 ? 1 : type === defs.types.tlv.int16 ? 2 : 4);
	octets.writeUIntBE(value, 0, octets.length);
	return octets;
}

export function toNpm(model) {
	const options = { command_status: model.command_status, sequence_number: model.sequence_number };
	for (const [name, value] of Object.entries(model.fields))
		options[name] = Array.isArray(value) ? value.map(entryToNpm)
			: Buffer.isBuffer(value) && name !== 'short_message' ? value.toString('latin1') : value;
	for (const [id, value] of model.tlvs) {
		const [name, { type, multiple }] = TLVS.find(([, tlv]) => tlv.id === id);
		const own = tlvToNpm(type, value);
		if (multiple) (options[name] ??= []).push(own);
		else options[name] = own;
	}
	return new PDU(model.command, options).toBuffer();
}

export function fromNpm(octets) {
	const pdu = new PDU(octets);
	const fields = {};
	for (const [name, type] of fieldsOf(pdu.command)) {
		if (!(name in pdu)) continue; // a response without its body
		const value = pdu[name];
		fields[name] = Array.isArray(value) ? value.map((entry) => entryFromNpm(entry, name === 'unsuccess_sme'))
			: Buffer.isBuffer(value) || type.startsWith('int') ? value : Buffer.from(value, 'latin1');
	}
	const tlvs = [];
	for (const [name, { id, type, multiple }] of TLVS)
		if (name in pdu && !(name in fields)) for (const value of multiple ? pdu[name] : [pdu[name]]) tlvs.push([id, tlvFromNpm(type, value)]);
	for (const key of Object.keys(pdu)) if (/^\d+$/.test(key)) tlvs.push([Number(key), pdu[key]]);
	return {
		command: pdu.command, command_status: pdu.command_status, sequence_number: pdu.sequence_number, fields, tlvs,
	};
}

// ---- drawn at random ----

// The same PDUs on every machine.
export function random(seed) {
	const chance = chanceOf(seed);
	return (below) => chance.below(below);
}

// npm smpp reads seven bits of a character.
const drawString = (draw, max) => Buffer.from(Array.from({ length: draw(3) ? draw(max + 1) : 0 }, () => 1 + draw(127)));
const drawOctets = (draw, max) => Buffer.from(Array.from({ length: draw(3) ? draw(max + 1) : 0 }, () => draw(256)));

function drawEntry(draw, failures) {
	const flag = failures ? 0 : 1 + draw(2);
	const list = flag === 2;
	return {
		flag, ton: list ? 0 : draw(256), npi: list ? 0 : draw(256), address: drawString(draw, 20),
		status: failures ? draw(0x10000) * 0x10000 + draw(0x10000) : 0,
	};
}

function drawField(draw, type) {
	if (type.startsWith('int')) return draw(256);
	if (type === 'buffer') return drawOctets(draw, 255);
	if (type.endsWith('_array'))
		return Array.from({ length: draw(12) }, () => drawEntry(draw, type === 'unsuccess_sme_array'));
	return drawString(draw, 64);
}

function drawTlv(draw, [, { id, type }]) {
	if (type === defs.types.tlv.int8) return [id, Buffer.from([draw(256)])];
	if (type === defs.types.tlv.int16) return [id, Buffer.from([draw(256), draw(256)])];
	if (type === defs.types.tlv.int32) return [id, Buffer.from([draw(256), draw(256), draw(256), draw(256)])];
	if (type === defs.types.tlv.cstring) return [id, Buffer.concat([drawString(draw, 64), Buffer.alloc(1)])];
	return [id, drawOctets(draw, id === 0x0424 ? 3000 : 40)];
}

// Each TLV once: npm smpp keeps them by name. `strangers`: TLVs that nobody has defined too.
export function drawModel(draw, command, { strangers = false } = {}) {
	const response = command.endsWith('_resp') || command === 'generic_nack';
	const model = {
		command, command_status: response && draw(4) === 0 ? 1 + draw(0x4ff) : 0,
		sequence_number: draw(0x10000) * 0x8000 + draw(0x8000), fields: {}, tlvs: [],
	};
	if (model.command_status) return model;
	for (const [name, type] of fieldsOf(command)) model.fields[name] = drawField(draw, type);
	const seen = new Set();
	for (let count = draw(6); count > 0; count--) {
		const [id, value] = strangers && draw(3) === 0 ? [0x1400 + draw(0x2c00), drawOctets(draw, 40)]
			: drawTlv(draw, TLVS[draw(TLVS.length)]);
		// npm smpp has one place for a field and a TLV of the same name: message_state.
		if (!seen.has(id) && !(TLVS.find(([, tlv]) => tlv.id === id)?.[0] in model.fields)) model.tlvs.push([id, value]);
		seen.add(id);
	}
	return model;
}
