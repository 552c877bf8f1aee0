// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 again and again while texts leave, fail and are delivered: in the end every text has been
// delivered and is known to be. SEED= repeats the moments, KILLS= changes their number.

import assert from 'node:assert/strict';

import { Load } from '../lib/load.mjs';
import { farSmsc, givesIds, receiptFor } from '../lib/receipts.mjs';
import { query } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const KILLS = Number(process.env.KILLS || 20);
const seed = seedOf();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Keeps each receipt until the gateway takes it. A handset in three is away at first.
function givesReceipts(server, chance) {
	const take = server.answer;
	const fates = { told: 0, failed: 0, open: 0, delivered: new Set() };

	const tell = async (pdu, id, stat) => {
		for (;;) {
			const answer = await server.submit(receiptFor(pdu, id, stat)).catch(() => undefined);
			if (answer?.command_status === 0) break;
			await pause(20);
		}
		fates.told++;
		fates.failed += stat !== 'DELIVRD';
		fates.open--;
		if (stat === 'DELIVRD') fates.delivered.add(pdu.destination_addr);
	};
	server.answer = (pdu) => {
		const options = take(pdu);
		const stat = chance.below(3) ? 'DELIVRD' : 'UNDELIV';
		fates.open++;
		// Some receipts come before the answer.
		pause(chance.below(30)).then(() => tell(pdu, options.message_id, stat));
		return options;
	};
	return fates;
}

flow(`kill -9 at ${KILLS} moments loses no receipt and no text (SEED=${seed})`, {
	timeout: 240000,
	config: async () => ({
		log_level: 'notice',
		smscs: [await farSmsc({ sessions: 2 })],
		answers: { attempts: 100, retry_s: 1, retry_max_s: 1 },
	}),
}, async (world, t) => {
	const chance = random(seed);
	const port = world.daemon.config.smscs[0].hosts[0].port;
	const server = givesIds(await world.smscServer({ port }).listen());
	const fates = givesReceipts(server, chance);
	await server.expectBound(2);
	const load = new Load(world, server, { most: 3000, pace: 10, calls: false }).start();
	for (let i = 0; i < KILLS; i++) {
		await world.daemon.ready();
		await pause(chance.below(i % 4 ? 150 : 500));
		await world.daemon.kill();
		world.daemon.assertClean();
		world.daemon.launch();
	}
	await world.daemon.ready();
	await load.stop();
	let left;
	await waitFor(() => `every text to be delivered: ${JSON.stringify(left)}, ${fates.open} receipts open`, async () => {
		[left] = await query(world, 'SELECT (SELECT COUNT(*) FROM outbox WHERE channel=0) outbox, ' +
			'(SELECT COUNT(*) FROM text_out WHERE state<>3) texts');
		return fates.open === 0 && left.outbox === 0 && left.texts === 0;
	}, { timeout: 90000, every: 100 });

	const [reports] = await query(world, 'SELECT COUNT(*) n, SUM(told&1) told FROM report');
	assert.ok(reports.n >= load.acknowledged.size && load.acknowledged.size > KILLS);
	assert.equal(reports.told, reports.n, 'every first answer is known to be delivered');
	for (const subscriber of load.acknowledged.keys())
		assert.ok(fates.delivered.has(subscriber.slice(1)), `${subscriber} has its answer`);
	const [texts] = await query(world, 'SELECT COUNT(DISTINCT report_id) n, MAX(attempts) most FROM text_out');
	assert.equal(texts.n, reports.n, 'what became of each is there to be seen');
	assert.ok(texts.most > 1 && fates.failed > 0);
	t.diagnostic(`${reports.n} reports, ${server.taken.length} texts taken, ${fates.told} receipts, ` +
		`${fates.failed} of failures, ${texts.most} attempts at the most`);
});
