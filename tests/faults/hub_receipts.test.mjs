// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 again and again while a hub's messages pass and their receipts come back: in the end the hub
// has the receipt of every message that it was told is taken. SEED= repeats the moments, KILLS= changes
// their number.

import assert from 'node:assert/strict';

import { farSmsc, givesIds, receiptFor } from '../lib/receipts.mjs';
import { query } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const KILLS = Number(process.env.KILLS || 20);
const WORKERS = 8;
const seed = seedOf();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Keeps each receipt until the gateway takes it; some come before the answer to their message.
function givesReceipts(server, chance) {
	const take = server.answer;
	const state = { open: 0 };
	const tell = async (pdu, id) => {
		for (;;) {
			const answer = await server.submit(receiptFor(pdu, id, 'DELIVRD')).catch(() => undefined);
			if (answer?.command_status === 0) break;
			await pause(20);
		}
		state.open--;
	};
	server.answer = (pdu) => {
		const options = take(pdu);
		state.open++;
		pause(chance.below(30)).then(() => tell(pdu, options.message_id));
		return options;
	};
	return state;
}

// Sends one message after the other, and remembers the ids of those that were taken.
async function send(hub, told, running) {
	while (running()) {
		const answer = await hub.message('+85298765432', '+8613800138000', 'hello',
			{ fields: { registered_delivery: 1 } }).catch(() => undefined);
		if (answer?.command_status === 0) told.add(answer.message_id);
		else await pause(10);
		await pause(5);
	}
}

flow(`kill -9 at ${KILLS} moments loses no receipt of a hub's message (SEED=${seed})`, {
	timeout: 240000,
	config: async () => ({ log_level: 'notice', smscs: [await farSmsc({ sessions: 2, receipts: 'none' })] }),
}, async (world, t) => {
	const chance = random(seed);
	const port = world.daemon.config.smscs[0].hosts[0].port;
	const server = givesIds(await world.smscServer({ port }).listen());
	const fates = givesReceipts(server, chance);
	const hub = world.hub();
	const told = new Set(); // what the hub was told is taken
	const receipts = new Map(); // id -> how often its receipt came
	hub.onRequest = (pdu, respond) => {
		const [, id] = /^id:(\S+)/.exec(pdu.short_message.message);
		// Busy now and then.
		if (chance.below(20) === 0) {
			respond({ command_status: 0x64 });
			return;
		}
		receipts.set(id, (receipts.get(id) ?? 0) + 1);
		respond({ command_status: 0 });
	};
	await server.expectBound(2);
	await hub.keep();
	let on = true;
	const workers = Array.from({ length: WORKERS }, () => send(hub, told, () => on));
	for (let i = 0; i < KILLS; i++) {
		await world.daemon.ready();
		await pause(chance.below(i % 4 ? 150 : 500));
		await world.daemon.kill();
		world.daemon.assertClean();
		world.daemon.launch();
	}
	await world.daemon.ready();
	await waitFor('messages to pass once more', () => hub.bound && server.bound);
	await pause(200);
	on = false;
	await Promise.all(workers);
	const missing = () => [...told].filter((id) => !receipts.has(id));
	await waitFor(() => `every receipt; ${missing().length} are missing, ${fates.open} open`,
		() => fates.open === 0 && missing().length === 0, { timeout: 60000, every: 50 });
	assert.ok(told.size > KILLS, `${told.size} messages`);
	await waitFor('nothing to be left', async () =>
		(await query(world, 'SELECT COUNT(*) n FROM hub_receipt'))[0].n === 0, { timeout: 60000 });
	const twice = [...receipts.values()].filter((count) => count > 1).length;
	t.diagnostic(`${told.size} messages taken, ${receipts.size} receipts, ${twice} of them more than once`);
});
