// SPDX-License-Identifier: AGPL-3.0-or-later
// Perl's Net::SMPP as a client, in each mode.

import assert from 'node:assert/strict';
import path from 'node:path';

import { PASSWORD } from '../lib/config.mjs';
import { interop, sentKinds } from '../lib/interop.mjs';
import { project, start } from '../lib/process.mjs';
import { encode, fromUcs2 } from '../lib/sms.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER, report } from '../lib/steps.mjs';
import { waitFor, within } from '../lib/wait.mjs';

const SCRIPT = path.join(project, 'tests/interop/net_smpp.pl');
const REPORT = `${SELLER}*推销宽带`;

// Starts the script; `texts` are sent, `wanted` are awaited.
function perl(world, kind, { wanted = 0, texts = [], command = 'submit_sm', password = PASSWORD } = {}) {
	const coded = texts.map((text) => encode(text));
	const args = [world.relay.port, kind, 'centre', password, command, wanted];
	if (texts.length > 0)
		args.push(SUBSCRIBER.slice(1), '10086999', coded[0].data_coding, ...coded.map(({ octets }) => octets.toString('hex')));
	return start('perl', [SCRIPT, ...args.map(String)]);
}

async function ends(child) {
	const { code } = await within('the end of the script', child.ended);
	assert.equal(code, 0, child.lines.join('\n'));
	assert.deepEqual(child.lines.slice(-2), ['enquire_link 0', 'unbind 0']);
	return child.lines;
}

const bound = (child) => waitFor('the script to be bound', () => child.lines.find((line) => /^bound/.test(line)));
const texts = (lines) => lines.filter((line) => /^text /.test(line)).map((line) => {
	const [, from, to, coding, hex] = line.split(' ');
	const octets = Buffer.from(hex, 'hex');
	return { from, to, text: coding === '8' ? fromUcs2(octets) : octets.toString('latin1') };
});

for (const command of ['submit_sm', 'data_sm'])
	interop(`a transceiver reports by ${command} and is answered`, async (world) => {
		const lines = await ends(perl(world, 'transceiver', { wanted: 1, texts: [REPORT], command }));
		assert.equal(lines[0], 'bound mianrao 34');
		const accepted = lines.find((line) => line.startsWith('accepted ')).split(' ')[1];
		const [{ from, to, text }] = texts(lines);
		assert.deepEqual([from, to], ['10086999', SUBSCRIBER.slice(1)]);
		assert.equal(REPORT_ID.exec(text)[0], accepted);
		assert.equal((await report(world, accepted)).text, REPORT);
	});

interop('a transmitter brings texts, a receiver takes the answers', async (world) => {
	const receiver = perl(world, 'receiver', { wanted: 3 });
	await bound(receiver);
	const lines = await ends(perl(world, 'transmitter', { texts: ['CXPB', 'KTJWPB', 'QXJWPB'] }));
	assert.equal(lines.filter((line) => line.startsWith('accepted ')).length, 3);
	const answers = texts(await ends(receiver));
	assert.equal(answers.length, 3);
	for (const { to, text } of answers) {
		assert.equal(to, SUBSCRIBER.slice(1));
		assert.match(text, /屏蔽/);
	}
});

interop('what came while no receiver was bound waits for it', async (world) => {
	await ends(perl(world, 'transmitter', { texts: [REPORT] }));
	const [{ text }] = texts(await ends(perl(world, 'receiver', { wanted: 1 })));
	assert.match(text, REPORT_ID);
});

interop('a wrong password is refused', async (world) => {
	const child = perl(world, 'transceiver', { password: 'wrong' });
	assert.equal((await within('the end of the script', child.ended)).code, 2);
	assert.deepEqual(child.lines, ['refused d']);
});

sentKinds('bind_receiver_resp', 'bind_transmitter_resp', 'bind_transceiver_resp', 'submit_sm_resp', 'data_sm_resp',
	'deliver_sm', 'enquire_link_resp', 'unbind_resp');
