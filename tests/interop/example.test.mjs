// SPDX-License-Identifier: AGPL-3.0-or-later
// The example of smpp/, linked with that library alone, serves npm smpp.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { patience } from '../lib/wait.mjs';

const smpp = createRequire(import.meta.url)('smpp');
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const PROGRAM = path.join(ROOT, 'build', process.env.FLAVOUR || 'asan', 'lift', 'echo_smsc');

async function started(t) {
	const child = spawn(PROGRAM, ['127.0.0.1', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.after(() => child.kill());
	const lines = [];
	const reader = readline.createInterface({ input: child.stdout });
	reader.on('line', (line) => lines.push(line));
	await once(reader, 'line');
	return { port: Number(/listening on (\d+)/.exec(lines[0])[1]), lines };
}

const send = (session, command, options) => new Promise((resolve) => session[command](options, resolve));

test('a message comes back, and its receipt after it', { timeout: 20_000 * patience }, async (t) => {
	const { port, lines } = await started(t);
	const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` });
	t.after(() => session.destroy());
	const delivered = [];
	const both = new Promise((resolve) => {
		session.on('deliver_sm', (pdu) => {
			session.send(pdu.response());
			if (delivered.push(pdu) === 2) resolve();
		});
	});
	const bound = await send(session, 'bind_transceiver', { system_id: 'me', password: 'x' });
	assert.equal(bound.command_status, 0);
	assert.equal(bound.system_id, 'echo');
	const answer = await send(session, 'submit_sm', {
		source_addr: '13800138000', destination_addr: '10086999', data_coding: 8,
		short_message: '推销宽带', registered_delivery: 1,
	});
	assert.equal(answer.command_status, 0);
	await both;
	const [message, receipt] = delivered;
	assert.equal(message.short_message.message, '推销宽带');
	assert.equal(message.source_addr, '10086999');
	assert.equal(message.destination_addr, '13800138000');
	assert.equal(receipt.esm_class, 4);
	assert.match(receipt.short_message.message, new RegExp(`^id:${answer.message_id} .*stat:DELIVRD`));
	assert.equal(receipt.receipted_message_id, answer.message_id);
	const refused = await send(session, 'query_sm', { message_id: answer.message_id });
	assert.equal(refused.command_status, smpp.ESME_RINVCMDID);
	assert.equal((await send(session, 'unbind', {})).command_status, 0);
	assert.ok(lines.some((line) => /^submit_sm seq=\d+ source_addr="138\*\*\*\*8000"/.test(line)), lines.join('\n'));
	assert.ok(!lines.some((line) => line.includes('推销')));
});
