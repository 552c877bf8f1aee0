// SPDX-License-Identifier: AGPL-3.0-or-later
// SIGHUP changes accounts and limits under sessions that are bound, and drops none that may stay.

import assert from 'node:assert/strict';

import { STATUS } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+442079460111';
const LOOPBACKS = ['127.0.0.0/8'];

// Writes a changed configuration, and waits until it is taken.
const reload = async (world, change) => {
	const from = world.daemon.lines.length;
	const config = structuredClone(world.daemon.config);
	change(config);
	world.daemon.write(config);
	world.daemon.reload();
	await world.daemon.expectLog(/configuration (reloaded|not taken)/, { from });
	assert.ok(!world.daemon.lines.slice(from).some((line) => /not taken/.test(line)));
};
const account = (config, name) => config.accounts.find(({ system_id }) => system_id === name);

// A burst of texts; gives how many were taken and how many throttled.
let subscriber = 0;
const burst = async (smsc, count) => {
	const answers = (await Promise.all(Array.from({ length: count }, () =>
		smsc.send(`+86139${String(subscriber++).padStart(8, '0')}`, 'CXPB')))).flat();
	const taken = answers.filter((pdu) => pdu.command_status === STATUS.ESME_ROK).length;
	const throttled = answers.filter((pdu) => pdu.command_status === STATUS.ESME_RTHROTTLED).length;
	assert.equal(taken + throttled, count);
	return { taken, throttled };
};

flow('a changed window and rate hold for a bound session at once', {
	config: (base) => ({ accounts: [{ ...base.accounts[0], window: 1 }] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	assert.ok((await burst(smsc, 100)).throttled > 0);
	// Far more than anything that was configured when the session was made.
	await reload(world, (config) => { account(config, 'centre').window = 2000; });
	assert.deepEqual(await burst(smsc, 100), { taken: 100, throttled: 0 });
	await reload(world, (config) => { account(config, 'centre').rate = 1; });
	assert.ok((await burst(smsc, 100)).throttled > 50);
	await reload(world, (config) => { account(config, 'centre').rate = 0; });
	assert.deepEqual(await burst(smsc, 100), { taken: 100, throttled: 0 });
	await reload(world, (config) => { account(config, 'centre').window = 1; });
	assert.ok((await burst(smsc, 100)).throttled > 0);
	assert.equal((await world.daemon.metrics()).smpp_binds_total, 1);
});

flow('a changed window of ours holds for a bound session at once', {
	config: { smpp: { window_out: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const held = [];
	smsc.onRequest = (pdu, respond) => held.push(respond);
	const answers = [1, 2, 3].map((i) => hub.message(ABROAD, SUBSCRIBER, `message ${i}`));
	await waitFor('the first one', () => held.length === 1);
	const [link] = (await world.daemon.json('links')).links.filter(({ link }) => link === 'centre');
	assert.deepEqual([link.window_out, link.window_out_free], [1, 0]);
	const gauge = async (name, link) =>
		(await world.daemon.metrics())[`link_${name}{link="${link}",side="server"}`];
	assert.deepEqual([await gauge('waiting_out', 'centre'), await gauge('window_out', 'centre'),
		await gauge('waiting_in', 'abroad')], [1, 1, 3]);
	await reload(world, (config) => { config.smpp.window_out = 3; });
	await waitFor('the others', () => held.length === 3);
	for (const respond of held) respond({ command_status: 0 });
	for (const answer of answers) assert.equal((await answer).command_status, STATUS.ESME_ROK);
	assert.equal((await world.daemon.metrics()).smpp_binds_total, 2);
	assert.deepEqual([await gauge('waiting_out', 'centre'), await gauge('window_out', 'centre')], [0, 3]);
	smsc.drop();
	await world.daemon.expectMetric('smpp_links', 1);
	await waitFor('its window to be gone', async () => await gauge('window_out', 'centre') === 0);
});

flow('changed number ranges hold for a bound session at once', async (world) => {
	const smsc = await world.smsc().connect();
	const hub = await world.hub().connect();
	const status = async (to) => (await hub.message(ABROAD, to, 'hello')).command_status;
	assert.equal(await status(SUBSCRIBER), STATUS.ESME_ROK);
	await reload(world, (config) => { account(config, 'abroad').destinations = ['+86139']; });
	assert.equal(await status(SUBSCRIBER), STATUS.ESME_RINVDSTADR);
	assert.equal(await status('+8613900001111'), STATUS.ESME_ROK);
	await reload(world, (config) => { account(config, 'abroad').sources = ['+1']; });
	assert.equal(await status('+8613900001111'), STATUS.ESME_RINVSRCADR);
	await reload(world, (config) => {
		delete account(config, 'abroad').sources;
		delete account(config, 'abroad').destinations;
	});
	assert.equal(await status(SUBSCRIBER), STATUS.ESME_ROK);
	assert.ok(smsc.bound && hub.bound);
});

flow('who no longer may is unbound, others keep their sessions and what is under way', {
	config: (base) => ({ accounts: base.accounts.map((one) => ({ ...one, addresses: LOOPBACKS })) }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const staying = await world.hub('abroad', { localAddress: '127.0.0.2' }).connect();
	const moved = await world.hub('abroad', { localAddress: '127.0.0.3' }).connect();
	const removed = await world.hub('national').connect();
	const held = [];
	smsc.onRequest = (pdu, respond) => held.push(respond);
	const answers = [staying, moved, removed].map((hub, i) =>
		hub.message('+8613700000000', SUBSCRIBER, `message ${i}`));
	await waitFor('all to be under way', () => held.length === 3);
	await reload(world, (config) => {
		config.accounts = config.accounts.filter(({ system_id }) => system_id !== 'national');
		account(config, 'abroad').addresses = ['127.0.0.2/32'];
	});
	await waitFor('both to be unbound', () => moved.up.unbound && removed.up.unbound);
	await world.daemon.expectLog(/account national was withdrawn/);
	// They are told nothing new, and are answered what they asked before.
	for (const respond of held) respond({ command_status: 0 });
	for (const answer of answers) assert.equal((await answer).command_status, STATUS.ESME_ROK);
	await world.daemon.expectMetric('smpp_links', 2);
	assert.ok(!staying.up.unbound && !smsc.up.unbound && staying.bound && smsc.bound);
	await assert.rejects(world.hub('national').connect());
	smsc.onRequest = (pdu, respond) => respond({ command_status: 0 });
	assert.equal((await staying.message(ABROAD, SUBSCRIBER, 'more')).command_status, STATUS.ESME_ROK);
});

flow('a file with an error changes nothing', async (world) => {
	const hub = await world.hub().connect();
	const smsc = await world.smsc().connect();
	const config = structuredClone(world.daemon.config);
	account(config, 'abroad').sources = ['0044'];
	config.accounts = config.accounts.filter(({ system_id }) => system_id !== 'national');
	world.daemon.write(config);
	world.daemon.reload();
	await world.daemon.expectLog(/configuration not taken: .*begins no canonical number/);
	assert.equal((await hub.message(ABROAD, SUBSCRIBER, 'hello')).command_status, STATUS.ESME_ROK);
	await smsc.expect(SUBSCRIBER, /^hello$/);
	await world.hub('national').connect();
});
