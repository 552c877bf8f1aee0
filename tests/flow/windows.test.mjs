// SPDX-License-Identifier: AGPL-3.0-or-later
// Hubs' messages and our own texts share the window of an SMSC.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import { SELLER, SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

// From now on the test answers; gives what came and was not answered yet.
function hold(smsc) {
	const held = [];
	smsc.onRequest = (pdu, respond) => held.push(() => respond({ command_status: STATUS.ESME_ROK }));
	return held;
}

flow('a hub whose message waits behind our own texts gets its turn', {
	config: { smpp: { window_out: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub('national').connect();
	const held = hold(smsc);
	await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await waitFor('our answer on its way', () => held.length === 1);
	let answer;
	hub.message('+8613700000001', SUBSCRIBER, '你好').then((pdu) => { answer = pdu; });
	for (let i = 0; i < 20; i++) await smsc.text(`+86138001380${10 + i}`, 'CXPB');
	// The texts that wait would take every place that becomes free.
	for (let taken = 0; taken < 6 && !answer; taken++) {
		await waitFor('the next message', () => held.length > 0);
		held.shift()();
		await waitFor('the one after', () => held.length > 0 || answer);
	}
	assert.equal(answer?.command_status, STATUS.ESME_ROK);
	delete smsc.onRequest;
	for (const respond of held) respond();
	await smsc.expect('+8613800138029', /屏蔽/);
});

flow('a window that a reload changes holds for links that are bound and for the next', async (world) => {
	const before = await world.smsc().connect();
	const { config } = world.daemon;
	const from = world.daemon.lines.length;
	world.daemon.write({ ...config, smpp: { ...config.smpp, window_out: 7 } });
	world.daemon.reload();
	await world.daemon.expectLog(/reloaded/, { from });
	await world.smsc().connect();
	const { links } = await world.daemon.json('links');
	assert.deepEqual(links.map((link) => link.window_out_free).sort((a, b) => a - b), [7, 7]);
	assert.ok(before.bound);
});
