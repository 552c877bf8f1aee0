// SPDX-License-Identifier: AGPL-3.0-or-later
// The reference consumer of deploy/rewards-consumer, killed -9 a hundred times while reports come
// and requests are repeated: each reward is credited exactly once. SEED= repeats the moments, KILLS=
// changes their number.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { Load } from '../lib/load.mjs';
import { project, run, start } from '../lib/process.mjs';
import { SELLER } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { random, seedOf, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const KILLS = Number(process.env.CONSUMER_KILLS || 30);
const MOST = Number(process.env.REPORTS || 30000);
const PROGRAM = path.join(project, 'deploy/rewards-consumer/consumer.py');
const seed = seedOf();

class Consumers {
	constructor(world) {
		this.world = world;
		this.db = path.join(world.folder, 'credits.db');
	}

	launch(name) {
		return start('/usr/bin/python3', [PROGRAM, '--redis', `127.0.0.1:${this.world.redis.port}`,
			'--prefix', this.world.prefix, '--name', name, '--db', this.db, '--idle', '0.3'],
		{ log: path.join(this.world.folder, 'consumer.log') });
	}

	async query(sql) {
		const { code, out, err } = await run('sqlite3', ['-readonly', '-json', this.db, sql], { timeout: 60000 });
		assert.equal(code, 0, err);
		return out.trim() ? JSON.parse(out) : [];
	}
}

async function kill(child) {
	child.kill('SIGKILL');
	await child.ended;
}

// Two at work; one dies at a time, and one in four comes back under another name: what it had
// been given stays with a name that nobody has any more.
async function killOften(consumers, chance) {
	const names = ['a', 'b'];
	const children = names.map((name) => consumers.launch(name));
	for (let i = 0; i < KILLS; i++) {
		const which = chance.below(2);
		await new Promise((resolve) => setTimeout(resolve, chance.below(i % 3 ? 150 : 600)));
		assert.ok(children[which].running(), `a consumer ended by itself: ${children[which].lines.slice(-5).join('\n')}`);
		await kill(children[which]);
		if (chance.below(4) === 0) names[which] = `${names[which][0]}${i}`;
		children[which] = consumers.launch(names[which]);
	}
	return children;
}

flow('a consumer that begins while another creates the database waits for it', async (world) => {
	const consumers = new Consumers(world);
	const creating = run('sqlite3', [consumers.db], {
		input: 'CREATE TABLE other(x);\nBEGIN IMMEDIATE;\nINSERT INTO other VALUES(1);\n.shell sleep 2\nCOMMIT;\n',
	});
	await waitFor('the database', () => fs.existsSync(consumers.db) && fs.statSync(consumers.db).size > 0);
	const consumer = consumers.launch('a');
	const joined = () => world.redis.command('XINFO', 'GROUPS', world.key('rewards')).catch(() => []);
	await waitFor('the consumer to begin', async () => !consumer.running() || (await joined()).length > 0);
	assert.ok(consumer.running(), consumer.lines.join('\n'));
	assert.equal((await creating).code, 0);
	assert.deepEqual(await consumers.query('SELECT x FROM other'), [{ x: 1 }], 'which it did not disturb');
	await kill(consumer);
});

flow(`a consumer that is killed ${KILLS} times credits each reward exactly once (SEED=${seed})`, {
	timeout: 300000,
	config: { log_level: 'notice', rewards: { repeat_s: 1, repeat_max_s: 2 } },
}, async (world, t) => {
	const consumers = new Consumers(world);
	const smsc = await world.smsc().keep();
	await world.records.campaign(SELLER, 60);
	const stopFeed = world.records.alive();
	const load = new Load(world, smsc, { most: MOST, pace: 15, workers: 4 }).start();
	const children = await killOften(consumers, random(seed));
	await load.stop();
	const people = load.acknowledged.size;
	assert.ok(!load.exhausted && people > KILLS, 'there was load until the end');
	await load.everyoneTold(/已到账/, { timeout: 90000 });
	stopFeed(); // not before: a verdict waits until the feed has come past its report
	// Some come once more, as they do after a crash of the gateway.
	const sent = await world.redis.stream(world.key('rewards'));
	for (const { fields } of sent.slice(0, 50)) await world.redis.xadd(world.key('rewards'), fields);
	const group = () => world.redis.command('XINFO', 'GROUPS', world.key('rewards'))
		.then(([flat]) => Object.fromEntries(flat.map((name, i) => [name, flat[i + 1]])));
	await waitFor('nothing to be pending', async () => {
		const { pending, lag } = await group();
		return pending === 0 && lag === 0;
	}, { timeout: 60000 });
	await Promise.all(children.map(kill));

	const ledger = await query(world, 'SELECT id,subscriber,amount_mb,state FROM reward ORDER BY id');
	assert.equal(ledger.length, people);
	assert.ok(ledger.every(({ state }) => state === 2), 'each is credited here');
	const credited = await consumers.query('SELECT id,subscriber,amount_mb FROM entry ORDER BY id');
	assert.deepEqual(credited, ledger.map(({ id, subscriber, amount_mb: mb }) => ({ id, subscriber, amount_mb: mb })),
		'and there, to the megabyte');
	const [{ wrong }] = await consumers.query('SELECT COUNT(*) wrong FROM balance WHERE mb<>1024');
	assert.equal(wrong, 0, 'nobody has more or less than one reward');
	const [{ again }] = await consumers.query('SELECT COUNT(*) again FROM entry WHERE requests>1');
	const requests = (await world.redis.stream(world.key('rewards'))).length;
	t.diagnostic(`${people} rewards, ${requests} requests, ${again} of them taken more than once`);
	assert.ok(again >= 50, 'some were asked for again');
});
