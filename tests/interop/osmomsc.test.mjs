// SPDX-License-Identifier: AGPL-3.0-or-later
// OsmoMSC as the SMSC that is bound to: a handset's texts come out of its SMPP port, what is
// submitted there reaches the handset.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { PASSWORD } from '../lib/config.mjs';
import { RESP, interop, sentKinds, skip } from '../lib/interop.mjs';
import { OsmoMsc } from '../lib/osmomsc.mjs';
import { Refused, STATUS, Session } from '../lib/peers.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { parts } from '../lib/sms.mjs';
import { REPORT_ID, SELLER, SUBSCRIBER, report, soldTo } from '../lib/steps.mjs';
import { patience, waitFor } from '../lib/wait.mjs';
import { COMMAND, Wire, cstring, pdu } from '../lib/wire.mjs';

const SERVICE = '10086999';
const IMSI = '460001234567890';
const NUMBER = SUBSCRIBER.slice(1);
const ESMES = {
	gateway: [`password ${PASSWORD}`, 'route prefix unknown isdn 10086', 'alert-notifications'],
	other: [`password ${PASSWORD}`, 'default-route', 'no alert-notifications'],
};
// Of 3GPP TS 24.011 8.2.5.4: what a handset is told that could not send.
const UNASSIGNED = 1, CONGESTION = 42;

// Starts OsmoMSC. Gives { why } where its sockets cannot be had.
async function startMsc(folder) {
	const msc = new OsmoMsc(folder, ESMES);
	try {
		return { msc: await msc.start() };
	} catch (error) {
		await msc.close();
		const line = msc.child?.lines.find((text) => /socket cannot be opened|Unable to create socket/.test(text));
		if (!line) throw error;
		return { why: `OsmoMSC does not run on this kernel: ${line}` };
	}
}

function withMsc(name, body) {
	test(name, { timeout: 60000 * patience }, async (t) => {
		const folder = temporaryFolder();
		const { msc, why } = await startMsc(folder);
		if (why) {
			skip(t, why);
			return;
		}
		const sessions = [];
		const bind = async (systemId, kind = 'transceiver', password = PASSWORD) => {
			const session = await new Session({ host: msc.host, port: msc.smppPort }).connect();
			sessions.push(session);
			session.requests = [];
			session.onRequest = (request, respond) => {
				session.requests.push(request);
				if (request.command === 'deliver_sm') respond();
			};
			return session.bind(kind, { systemId, password });
		};
		try {
			await body(msc, bind);
		} finally {
			for (const session of sessions) session.destroy();
			await msc.close();
		}
		fs.rmSync(folder, { recursive: true });
	});
}

const delivered = (session) => session.requests.filter((request) => request.command === 'deliver_sm');

withMsc('OsmoMSC takes binds of each kind and refuses a wrong password', async (msc, bind) => {
	for (const kind of ['transmitter', 'receiver', 'transceiver']) await (await bind('gateway', kind)).unbind();
	await assert.rejects(bind('gateway', 'transceiver', 'wrong'), Refused);
	await assert.rejects(bind('nobody'), Refused);
});

withMsc('a handset\'s texts come to the ESME of their prefix, the others to that of the default route', async (msc, bind) => {
	const gateway = await bind('gateway');
	const other = await bind('other');
	const handset = await msc.handset(IMSI, NUMBER);
	assert.deepEqual(await handset.send(SERVICE, '举报'), [0]);
	assert.deepEqual(await handset.send('95599', 'balance'), [0]);
	const [[mine], [theirs]] = [gateway, other].map(delivered);
	assert.equal(mine.short_message.message, '举报');
	assert.equal(mine.source_addr, NUMBER);
	assert.equal(mine.destination_addr, SERVICE);
	assert.equal(theirs.destination_addr, '95599');
	await waitFor('alert_notification, which OsmoMSC sends of its own accord', () =>
		gateway.requests.some((request) => request.command === 'alert_notification'));
});

// An error, too, must have its body here: npm's smpp would leave it out, and OsmoMSC's library does
// not take that.
withMsc('a status that the ESME answers with is told to the handset', async (msc) => {
	const wire = await (await new Wire(msc.smppPort, msc.host).connect()).bind('gateway', PASSWORD);
	const handset = await msc.handset(IMSI, NUMBER);
	const answers = [[STATUS.ESME_RINVDSTADR, UNASSIGNED], [STATUS.ESME_RMSGQFUL, CONGESTION]];
	for (const [status, cause] of answers) {
		wire.onPdu = ({ command, sequence }) => {
			if (command === COMMAND.deliver_sm)
				wire.write(pdu(COMMAND.deliver_sm + RESP, sequence, cstring(''), { status }));
		};
		assert.deepEqual(await handset.send(SERVICE, 'CXPB'), [cause]);
	}
	wire.close();
});

const LONG = '我们正在核实您举报的号码，结果会在四十八小时内以短信告诉您。'.repeat(5);
const LONG_GSM = 'We are looking into the number that you reported, and will let you know. '.repeat(5).trim();
for (const [name, text] of [['UCS2', LONG], ['GSM 7-bit', LONG_GSM]])
	withMsc(`a long text in ${name} goes both ways`, async (msc, bind) => {
		const gateway = await bind('gateway');
		const handset = await msc.handset(IMSI, NUMBER);
		const causes = await handset.send(SERVICE, text);
		assert.ok(causes.length > 1 && causes.every((cause) => cause === 0), `${causes}`);
		assert.equal(delivered(gateway).map((request) => request.short_message.message).join(''), text);
		for (const part of parts(text, { reference: 5 })) {
			const answer = await gateway.ask('submit_sm', { source_addr_npi: 1, source_addr: SERVICE,
				dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: NUMBER, ...part });
			assert.equal(answer.command_status, 0);
		}
		await waitFor('the text', () => handset.texts.length > 0);
		assert.deepEqual(handset.texts, [text]);
	});

const boundTimes = (world, count) => waitFor(`${count} granted binds`, () => world.link.fromServer.filter((answer) =>
	answer.command === COMMAND.bind_transceiver + RESP && answer.status === 0).length === count);

// A handset behind OsmoMSC, to which the gateway is bound through a relay.
function reporting(name, settings, body) {
	const prepare = async (world) => {
		const { msc, why } = await startMsc(world.folder);
		Object.assign(world, { msc, why });
		if (why) return;
		world.peers.push(msc);
		world.link = await world.watch(msc.smppPort, 'client', msc.host);
		world.daemon.write({ ...world.daemon.config, smscs: [{
			name: 'osmo', hosts: [{ address: '127.0.0.1', port: world.link.port }], system_id: 'gateway',
			password: PASSWORD, reconnect_min_ms: 50, reconnect_max_ms: 200,
		}] });
	};
	interop(name, { ...settings, prepare }, async (world, t) => {
		if (world.why) {
			skip(t, world.why);
			return;
		}
		await boundTimes(world, 1);
		await body(world, await world.msc.handset(IMSI, NUMBER), world.msc);
	});
}

reporting('a handset reports and is given a receipt, the verdict and the data', {}, async (world, handset) => {
	world.rewards.start();
	await soldTo(world);
	await world.records.complete();
	assert.deepEqual(await handset.send(SERVICE, `${SELLER}*推销宽带`), [0]);
	const id = REPORT_ID.exec(await handset.expect(REPORT_ID))[0];
	await handset.expect(/核实成立/);
	await handset.expect(/已到账/);
	assert.equal((await report(world, id)).text, `${SELLER}*推销宽带`);
});

reporting('a handset\'s long text is one report', {}, async (world, handset) => {
	const text = '昨天下午三点左右，有一个号码为13712345678的人打电话给我，自称是营业厅的。'.repeat(4);
	assert.ok((await handset.send(SERVICE, text)).every((cause) => cause === 0));
	const id = REPORT_ID.exec(await handset.expect(REPORT_ID))[0];
	assert.equal((await report(world, id)).text, text);
});

reporting('a handset is helped in English, in 7 bits', {
	config: { reports: { language: 'en' } },
}, async (world, handset) => {
	assert.deepEqual(await handset.send(SERVICE, 'BZ'), [0]);
	await handset.expect(/CXJB/);
	assert.ok(handset.messages.every(({ dcs }) => (dcs & 0x0c) === 0));
});

reporting('a text to a number that is not ours is refused, and the handset told', {}, async (world, handset) => {
	assert.deepEqual(await handset.send('1008612', 'CXPB'), [UNASSIGNED]);
});

reporting('after OsmoMSC was restarted we bind again', {}, async (world, handset, msc) => {
	await msc.restart();
	await boundTimes(world, 2);
	const again = await msc.handset(IMSI, NUMBER);
	assert.deepEqual(await again.send(SERVICE, 'CXPB'), [0]);
	await again.expect(/屏蔽/);
});

reporting('we unbind when we end', {}, async (world) => {
	await world.daemon.stop();
	assert.ok(world.link.fromServer.some((answer) => answer.command === COMMAND.unbind + RESP));
});

sentKinds('bind_transceiver', 'deliver_sm_resp', 'submit_sm', 'unbind');
