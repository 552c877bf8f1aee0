// SPDX-License-Identifier: AGPL-3.0-or-later
// Long messages: every way of cutting them, any order, twice, over several links, with a restart.

import assert from 'node:assert/strict';

import { SUBSCRIBER, masked } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const LONG = '昨天下午三点左右，有一个号码为13712345678的人打电话给我，自称是营业厅的，说我家宽带到期，' +
	'要我马上办理千兆宽带，还说不办就要停机。我说不需要，他一直不挂电话，前后打了三次，影响我休息，请你们核实处理。'.repeat(2);

const stored = (world, match = () => true) => waitFor('the report', async () => {
	const { reports } = await world.daemon.json('reports');
	return reports.find(match);
});

async function whole(world, message) {
	const { id } = await stored(world);
	const found = await world.daemon.json('report', id);
	assert.equal(found.text, message);
	assert.equal(found.number, masked('13712345678'));
	const { reports } = await world.daemon.json('reports');
	assert.equal(reports.length, 1);
}

for (const how of ['udh8', 'udh16', 'sar', 'payload'])
	flow(`a long message by ${how} is one report`, async (world) => {
		const smsc = await world.smsc().connect();
		await smsc.text(SUBSCRIBER, LONG, { how, reference: how === 'udh8' ? 200 : 40000 });
		await smsc.expect(SUBSCRIBER, /13712345678/);
		await whole(world, LONG);
	});

const ORDERS = [
	['backwards', [2, 1, 0]],
	['from the middle', [1, 2, 0]],
	['with a part twice', [0, 0, 1, 2]],
	['with parts twice, out of order', [2, 2, 0, 2, 1]],
];
for (const [name, order] of ORDERS)
	flow(`parts that come ${name} make one report`, async (world) => {
		const smsc = await world.smsc().connect();
		const pdus = smsc.compose(SUBSCRIBER, LONG);
		assert.equal(pdus.length, 3);
		await smsc.text(SUBSCRIBER, LONG, { order });
		await smsc.expect(SUBSCRIBER, /13712345678/);
		await whole(world, LONG);
	});

flow('parts over different links make one report', async (world) => {
	const links = [await world.smsc().connect(), await world.smsc().connect(), await world.smsc().connect()];
	const pdus = links[0].compose(SUBSCRIBER, LONG, { reference: 77 });
	for (const [i, pdu] of pdus.entries())
		assert.equal((await links[i].submit(pdu)).command_status, 0);
	await whole(world, LONG);
});

flow('two senders with the same reference are kept apart', async (world) => {
	const smsc = await world.smsc().connect();
	const other = '+8613800138111';
	const second = LONG.replace('13712345678', '13787654321');
	const a = smsc.compose(SUBSCRIBER, LONG, { reference: 5 });
	const b = smsc.compose(other, second, { reference: 5 });
	for (let i = 0; i < 3; i++) {
		assert.equal((await smsc.submit(a[i])).command_status, 0);
		assert.equal((await smsc.submit(b[i])).command_status, 0);
	}
	const one = await stored(world, (report) => report.subscriber === masked(SUBSCRIBER));
	const two = await stored(world, (report) => report.subscriber === masked(other));
	assert.equal((await world.daemon.json('report', one.id)).text, LONG);
	assert.equal((await world.daemon.json('report', two.id)).text, second);
});

for (const [name, end] of [['SIGTERM', 'stop'], ['kill -9', 'kill']])
	flow(`a restart by ${name} between the parts loses none`, async (world) => {
		const smsc = await world.smsc().keep();
		const pdus = smsc.compose(SUBSCRIBER, LONG, { reference: 9 });
		assert.equal((await smsc.submit(pdus[2])).command_status, 0);
		assert.equal((await smsc.submit(pdus[0])).command_status, 0);
		await world.daemon[end]();
		await world.daemon.start();
		await waitFor('the centre to be bound again', () => smsc.bound);
		assert.equal((await smsc.submit(pdus[1])).command_status, 0);
		await smsc.expect(SUBSCRIBER, /13712345678/);
		await whole(world, LONG);
	});

flow('a message that stays incomplete is read as far as it goes', async (world) => {
	const smsc = await world.smsc().connect();
	await smsc.text(SUBSCRIBER, LONG, { order: [0, 2] });
	await smsc.expect(SUBSCRIBER, /13712345678/); // concat_wait_s is 3 here
	const { id } = await stored(world);
	const found = await world.daemon.json('report', id);
	assert.ok(found.text.startsWith(LONG.slice(0, 60)));
	assert.ok(found.text.length < LONG.length);
});
