// SPDX-License-Identifier: AGPL-3.0-or-later
// The codec against npm smpp: each reads what the other wrote, field by field, and both write the
// same octets, for PDUs of every command.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	COMMANDS, TLVS, codec, drawModel, fromJson, fromNpm, random, toJson, toNpm,
} from '../lib/pdus.mjs';

const ROUNDS = 200;
const byId = ([a], [b]) => a - b;
const sorted = (model) => ({ ...model, tlvs: [...model.tlvs].sort(byId) });

// What is said when they differ: the field rather than the whole.
function compare(name, got, want) {
	for (const field of new Set([...Object.keys(got.fields), ...Object.keys(want.fields)]))
		assert.deepEqual(got.fields[field], want.fields[field], `${name}: ${field}`);
	assert.deepEqual(sorted(got), sorted(want), name);
}

function models(seed, options) {
	const draw = random(seed);
	return COMMANDS.flatMap((command) => Array.from({ length: ROUNDS }, () => drawModel(draw, command, options)));
}

test('every command and every optional parameter is drawn', () => {
	const all = models(1);
	assert.equal(new Set(all.map(({ command }) => command)).size, 27);
	assert.equal(new Set(all.flatMap(({ tlvs }) => tlvs.map(([id]) => id))).size, TLVS.length);
	assert.ok(TLVS.length >= 43);
});

test('what npm smpp writes is read field by field', () => {
	const all = models(2);
	const read = codec(all.map((model) => `decode ${toNpm(model).toString('hex')}`));
	assert.equal(read.length, all.length);
	for (const [i, model] of all.entries()) {
		const json = JSON.parse(read[i]);
		assert.equal(json.error, undefined, `${model.command}: ${read[i]}`);
		compare(`${i} ${model.command}`, fromJson(json), model);
	}
});

test('what we write is read by npm smpp field by field', () => {
	const all = models(3, { strangers: true });
	const written = codec(all.map((model) => `encode ${toJson(model)}`));
	assert.equal(written.length, all.length);
	for (const [i, model] of all.entries())
		compare(`${i} ${model.command}`, fromNpm(Buffer.from(written[i], 'hex')), model);
});

test('both write the same octets', () => {
	const all = models(4);
	const written = codec(all.map((model) => `encode ${toJson(model)}`));
	const ordered = all.map((model) => toNpm(model).toString('hex'));
	for (const [i, model] of all.entries()) assert.equal(written[i], ordered[i], `${i} ${model.command}`);
});

test('what npm smpp writes is refused when it is cut anywhere in its body', () => {
	const draw = random(5);
	for (const command of ['submit_sm', 'submit_multi', 'data_sm', 'query_sm_resp', 'bind_transceiver']) {
		const whole = toNpm({ ...drawModel(draw, command), command_status: 0, tlvs: [] });
		const cuts = Array.from({ length: whole.length - 17 }, (_, i) => {
			const part = Buffer.from(whole.subarray(0, 17 + i));
			part.writeUInt32BE(part.length, 0);
			return part;
		});
		const read = codec(cuts.map((part) => `decode ${part.toString('hex')}`));
		for (const [i, line] of read.entries()) assert.ok(JSON.parse(line).error, `${command} cut at ${17 + i}`);
	}
});
