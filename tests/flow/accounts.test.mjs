// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may bind, from where, how often and how fast.

import assert from 'node:assert/strict';

import { PASSWORD } from '../lib/config.mjs';
import { Lost, Refused, STATUS, Session } from '../lib/peers.mjs';
import { SUBSCRIBER } from '../lib/steps.mjs';
import { flow } from '../lib/world.mjs';

const bindStatus = async (world, systemId, password) => {
	const session = await new Session({ port: world.daemon.smppPort }).connect();
	try {
		await session.bind('transceiver', { systemId, password });
		return STATUS.ESME_ROK;
	} catch (error) {
		if (error instanceof Refused) return error.status;
		if (error instanceof Lost) return 'closed';
		throw error;
	} finally {
		session.destroy();
	}
};

flow('a wrong password and an unknown name are given the same answer', async (world) => {
	const wrong = await bindStatus(world, 'centre', 'not it');
	const unknown = await bindStatus(world, 'nobody', PASSWORD);
	const empty = await bindStatus(world, '', '');
	const long = await bindStatus(world, 'centre', 'x'.repeat(200));
	assert.notEqual(wrong, STATUS.ESME_ROK);
	assert.deepEqual([unknown, empty], [wrong, wrong]);
	assert.notEqual(long, STATUS.ESME_ROK);
	assert.equal(await bindStatus(world, 'centre', PASSWORD), STATUS.ESME_ROK);
	await world.daemon.expectMetric('smpp_binds_refused_total', (value) => value >= 3);
	const told = world.daemon.lines.join('\n');
	assert.ok(!told.includes('not it') && !told.includes(PASSWORD), 'no password in the log');
});

const withAddresses = (addresses) => ({
	config: (base) => ({ accounts: [{ ...base.accounts[0], addresses }] }),
});
flow('an account without addresses can bind from nowhere', withAddresses([]), async (world) => {
	assert.notEqual(await bindStatus(world, 'centre', PASSWORD), STATUS.ESME_ROK);
});

flow('an account binds from its own addresses only', withAddresses(['10.0.0.0/8', '127.0.0.2/32']), async (world) => {
	const refused = await bindStatus(world, 'centre', PASSWORD);
	assert.notEqual(refused, STATUS.ESME_ROK);
	const smsc = await world.smsc({ localAddress: '127.0.0.2' }).connect();
	assert.ok(smsc.bound);
});

flow('an account has no more sessions than it may', {
	config: (base) => ({ accounts: [{ ...base.accounts[0], max_sessions: 2 }] }),
}, async (world) => {
	const first = await world.smsc().connect();
	const second = await world.smsc().connect();
	await assert.rejects(world.smsc().connect(), Refused);
	first.drop();
	await world.daemon.expectMetric('smpp_links', 1);
	const third = await world.smsc().connect();
	assert.ok(second.bound && third.bound);
});

flow('over its rate an account is throttled, and what was taken is kept', {
	config: (base) => ({ accounts: [{ ...base.accounts[0], rate: 20, window: 1000 }] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
		smsc.send(`+861390000${String(i).padStart(4, '0')}`, '13712345678*推销宽带')));
	const taken = answers.flat().filter((pdu) => pdu.command_status === 0);
	const throttled = answers.flat().filter((pdu) => pdu.command_status === STATUS.ESME_RTHROTTLED);
	assert.equal(taken.length + throttled.length, 200);
	assert.ok(taken.length >= 20 && taken.length <= 80, `${taken.length} were taken`);
	await world.daemon.expectMetric('reports_total', taken.length);
	assert.equal((await world.daemon.metrics()).smpp_throttled_total, throttled.length);
});

flow('past its window an account is told to wait', {
	config: (base) => ({ accounts: [{ ...base.accounts[0], window: 5 }] }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	const answers = (await Promise.all(Array.from({ length: 300 }, (_, i) =>
		smsc.send(`+861390001${String(i).padStart(4, '0')}`, '13712345678*推销宽带')))).flat();
	const taken = answers.filter((pdu) => pdu.command_status === 0).length;
	const refused = answers.filter((pdu) =>
		[STATUS.ESME_RTHROTTLED, STATUS.ESME_RMSGQFUL].includes(pdu.command_status)).length;
	assert.equal(taken + refused, 300);
	assert.ok(taken >= 5);
	await world.daemon.expectMetric('reports_total', taken);
});

flow('a connection that does not bind is closed', {
	config: { smpp: { init_s: 1 } },
}, async (world) => {
	const session = await new Session({ port: world.daemon.smppPort }).connect();
	await new Promise((resolve) => session.session.on('close', resolve));
});

flow('a peer that does not answer enquire_link is let go', {
	config: { smpp: { enquire_s: 1, response_s: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	smsc.up.session.removeAllListeners('pdu');
	await new Promise((resolve) => smsc.up.session.on('close', resolve));
	await world.daemon.expectMetric('smpp_links', 0);
	const well = await world.smsc().connect();
	await well.text(SUBSCRIBER, 'CXPB');
	await well.expect(SUBSCRIBER, /屏蔽/);
});
