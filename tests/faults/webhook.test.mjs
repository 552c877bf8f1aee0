// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 of the daemon while it posts requests to a webhook that is now and then busy, slow or cuts
// the connection: each reward is credited, and each id once. SEED= repeats the moments, KILLS= their
// number.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Load } from '../lib/load.mjs';
import { SELLER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { SECRET, WebhookServer } from '../lib/webhook.mjs';
import { flow } from '../lib/world.mjs';

const KILLS = Number(process.env.WEBHOOK_KILLS || 15);
const seed = seedOf();
const chance = random(seed);
const credited = new Set(); // by id, as a rewards system should

const server = new WebhookServer(async ({ id }, times, response) => {
	credited.add(id);
	switch (chance.below(8)) {
	case 0: return { status: 503 };
	case 1: return { status: 202 }; // its answer is got with the next request
	case 2:
		response.socket.destroy();
		return null;
	case 3: await new Promise((resolve) => setTimeout(resolve, chance.below(100)));
	}
	return { status: 200, body: { id, status: 'credited' } };
});

flow(`the daemon is killed ${KILLS} times while it posts (SEED=${seed})`, {
	timeout: 240000,
	config: async (_, folder) => {
		const secretFile = path.join(folder, 'secret');
		fs.writeFileSync(secretFile, `${SECRET}\n`);
		await server.start();
		return { log_level: 'notice', rewards: { transport: 'webhook', repeat_s: 1, repeat_max_s: 2,
			webhook: { url: server.url, secret_file: secretFile, retry_min_ms: 20, retry_max_ms: 200 } } };
	},
}, async (world, t) => {
	try {
		const smsc = await world.smsc().keep();
		await world.records.campaign(SELLER, 60);
		const stopFeed = world.records.alive();
		const load = new Load(world, smsc, { most: 20000, pace: 15, workers: 4 }).start();
		for (let i = 0; i < KILLS; i++) {
			await world.daemon.ready();
			await new Promise((resolve) => setTimeout(resolve, chance.below(300)));
			await world.daemon.kill();
			world.daemon.assertClean();
			world.daemon.launch();
		}
		await world.daemon.ready();
		await load.stop();
		const people = load.acknowledged.size;
		assert.ok(!load.exhausted && people > KILLS, 'there was load until the end');
		await load.everyoneTold(/已到账/, { timeout: 90000 });
		await world.daemon.expectMetric('outbox_depth', 0, { timeout: 60000 });
		stopFeed();
		const ledger = await waitFor('all to be credited', async () => {
			const rows = await query(world, 'SELECT id,state FROM reward');
			return rows.every(({ state }) => state === 2) && rows;
		}, { timeout: 60000, every: 200 });
		assert.ok(ledger.length >= people);
		assert.deepEqual(ledger.map(({ id }) => id).sort(), [...credited].sort());
		assert.ok(server.requests.every(({ good }) => good), 'every request was signed');
		t.diagnostic(`${ledger.length} rewards, ${server.requests.length} requests`);
	} finally {
		await server.stop();
	}
});
