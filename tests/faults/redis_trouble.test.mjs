// SPDX-License-Identifier: AGPL-3.0-or-later
// Redis is killed, slow, flushed, failed over, and answers nonsense: what was decided for known
// subscribers is decided still, at once; memory stays flat; all is well again by itself.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { STATUS } from '../lib/peers.mjs';
import { RedisServer } from '../lib/redis.mjs';
import { RedisRelay } from '../lib/redis_relay.mjs';
import { SELLER, SUBSCRIBER, expectState, report, soldTo } from '../lib/steps.mjs';
import { patience, waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const ABROAD = '+85298765432';
const UNSHIELDED = '+8613800138001';
const FLAT_MIB = 48;

const resident = (world) =>
	Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${world.daemon.child.pid}/status`, 'utf8'))[1]) / 1024;

// Asks all the time whether somebody shielded is shielded and somebody else is not, and changes the
// shield of a few others, each of whom ends as they wished last.
class Asking {
	constructor(world, hub, smsc) {
		Object.assign(this, { world, hub, smsc, times: [], wishes: new Map() });
	}

	get asked() {
		return this.times.length;
	}

	start() {
		this.going = true;
		this.ended = Promise.all([this.#ask(), this.#change()]);
		this.ended.catch(() => {});
		return this;
	}

	async #ask() {
		while (this.going) {
			const begun = performance.now();
			const blocked = await this.hub.message(ABROAD, SUBSCRIBER, 'blocked');
			assert.equal(blocked.command_status, STATUS.ESME_RX_R_APPN, 'the shield holds');
			const passed = await this.hub.message(ABROAD, UNSHIELDED, 'passed');
			assert.equal(passed.command_status, STATUS.ESME_ROK, 'who has none is let alone');
			this.times.push(performance.now() - begun);
			await pause(2);
		}
	}

	async #change() {
		for (let i = 0; this.going; i++) {
			const who = `+86138001381${10 + i % 20}`;
			const on = Math.floor(i / 20) % 2 === 0;
			await this.smsc.text(who, on ? 'KTJWPB' : 'QXJWPB');
			this.wishes.set(who, on);
			await pause(10);
		}
	}

	async stop() {
		this.going = false;
		await this.ended;
	}
}

async function allWell(world, redis, asking) {
	await world.daemon.expectMetric('redis_connected', 1, { timeout: 30000 });
	await world.daemon.expectMetric('outbox_depth', 0, { timeout: 30000 });
	let differing;
	await waitFor(() => `the wishes in Redis; they differ for ${differing}`, async () => {
		differing = [];
		for (const [who, on] of asking.wishes)
			if (Boolean(await redis.command('GET', world.key(`rules:{${who}}`))) !== on) differing.push(who);
		if (!await redis.command('GET', world.key(`rules:{${SUBSCRIBER}}`))) differing.push(SUBSCRIBER);
		if (!await redis.command('GET', world.key('rules:epoch'))) differing.push('the epoch');
		return differing.length === 0;
	}, { timeout: 30000, every: 100 });
	for (const [who, on] of asking.wishes)
		assert.equal((await world.daemon.json('screen', ABROAD, who, '--sms')).verdict, on ? 'deny' : 'allow', who);
}

// `body` makes trouble while `asking` asks; gives the Redis in which all has to be well afterwards.
function trouble(name, { redis, config, ...more }, body) {
	let relay;
	flow(name, {
		timeout: 150000,
		redis: { appendonly: true, ...redis },
		// Freed memory that ASan keeps for a while would look like growth.
		environment: () => ({ ASAN_OPTIONS: 'abort_on_error=0:exitcode=99:quarantine_size_mb=1' }),
		config: async (base) => {
			relay = await new RedisRelay(base.redis.port).listen();
			return { log_level: 'notice', redis: { port: relay.port }, ...config };
		},
		...more,
	}, async (world, t) => {
		try {
			const smsc = await world.smsc().connect();
			const hub = await world.hub().connect();
			await smsc.text(SUBSCRIBER, 'KTJWPB');
			await smsc.expect(SUBSCRIBER, /境外短信已屏蔽/);
			const asking = new Asking(world, hub, smsc).start();
			await waitFor('the asking to be under way', () => asking.wishes.size === 20 && asking.asked > 100,
				{ timeout: 30000 });
			const before = resident(world);
			const redis = await body(world, relay, asking) ?? world.redis;
			const after = resident(world);
			await asking.stop();
			await allWell(world, redis, asking);
			const times = asking.times.sort((a, b) => a - b);
			const most = times[Math.floor(times.length * 0.99)];
			t.diagnostic(`${asking.asked} pairs of decisions, 99 % within ${most.toFixed(1)} ms; ` +
				`${before.toFixed(0)} MiB before, ${after.toFixed(0)} after`);
			assert.ok(after - before < FLAT_MIB, `memory grew from ${before} to ${after} MiB`);
			assert.ok(most < 500 * patience, `1 % of the decisions took ${most} ms or longer`);
			assert.equal((await world.daemon.metrics()).near_cache_complete, 1);
		} finally {
			await relay.close();
		}
	});
}

trouble('Redis that is killed again and again', {}, async (world) => {
	for (let i = 0; i < 5; i++) {
		await pause(200);
		await world.redis.stop('SIGKILL');
		await pause(300);
		await world.redis.start();
	}
});

trouble('Redis that answers 750 ms late', {}, async (world, relay) => {
	relay.delay = 750;
	await pause(6000);
	relay.delay = 0;
});

trouble('Redis that is flushed again and again', {}, async (world) => {
	for (let i = 0; i < 6; i++) {
		await pause(400);
		await world.redis.command(i % 2 ? 'FLUSHALL' : 'FLUSHDB');
	}
});

trouble('Redis that fails over to its replica, and back', { redis: { appendonly: false } }, async (world, relay) => {
	let primary = world.redis;
	let replica;
	try {
		for (let i = 0; i < 2; i++) {
			replica = await new RedisServer(`${world.folder}/${i}`, { replicaOf: primary.port }).start();
			await waitFor('the replica to follow', async () =>
				/master_link_status:up/.test(await replica.command('INFO', 'replication')));
			await pause(300);
			await primary.stop('SIGKILL');
			await pause(300 + 700 * i);
			await replica.command('REPLICAOF', 'NO', 'ONE');
			relay.target = replica.port;
			primary = replica;
			await pause(700);
		}
		// What waits is delivered there; the world's own is where the test's end looks for it.
		world.redis = primary;
		return primary;
	} catch (error) {
		await replica?.stop();
		throw error;
	}
});

trouble('Redis whose replica takes over with what it had long before', { redis: { appendonly: false } }, async (world, relay) => {
	const replica = await new RedisServer(`${world.folder}/late`, { replicaOf: world.redis.port }).start();
	await waitFor('the replica to follow', async () =>
		/master_link_status:up/.test(await replica.command('INFO', 'replication')));
	await replica.command('REPLICAOF', 'NO', 'ONE'); // from now on it hears nothing
	await pause(1500);
	await world.redis.stop('SIGKILL');
	relay.target = replica.port;
	world.redis = replica;
	return replica;
});

const line = (text) => () => Buffer.from(`${text}\r\n`);
const NONSENSE = {
	'octets at random': (data) => Buffer.from(data.map((octet, i) => (octet * 31 + i * 17) & 255)),
	'a web server': line('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
	'a number': line(':1'),
	'a negative number': line(':-9223372036854775808'),
	'good': line('+OK'),
	'a greeting': line('+PONG'),
	'an error': line('-ERR nonsense'),
	'loading': line('-LOADING Redis is loading the dataset in memory'),
	'nothing': line('$-1'),
	'an empty text': line('$0\r\n'),
	'a text': line('$5\r\nhello'),
	'no list': line('*-1'),
	'an empty list': line('*0'),
	'a list of lists': line('*2\r\n*1\r\n*1\r\n*0\r\n*2\r\n$1\r\nx\r\n:7'),
	'a message of a channel': line('*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*2\r\n:1\r\n$9\r\nmr:rules:'),
	'a list without end': line('*2147483647'),
	'a text without end': line('$536870911'),
	'silence': () => Buffer.alloc(0),
	'answers twice': (data) => Buffer.concat([data, data]),
	'answers cut in half': (data) => data.subarray(0, data.length >> 1),
};

trouble('Redis that answers nonsense', { timeout: 240000 }, async (world, relay, asking) => {
	for (const [name, nonsense] of Object.entries(NONSENSE)) {
		relay.nonsense = nonsense;
		await pause(400);
		relay.cut(); // and to those who have just come
		await pause(400);
		relay.nonsense = undefined;
		const asked = asking.asked;
		await waitFor(`decisions after ${name}`, () => asking.asked > asked + 5);
		assert.ok(world.daemon.running, `mianraod lives after ${name}`);
		relay.cut();
		await world.daemon.expectMetric('redis_connected', 1, { timeout: 30000 });
	}
});

let relay;
flow('nonsense from Redis verifies nothing and refuses nobody', {
	timeout: 180000,
	config: async (base) => {
		relay = await new RedisRelay(base.redis.port).listen();
		return { redis: { port: relay.port } };
	},
}, async (world) => {
	try {
		const smsc = await world.smsc().connect();
		await soldTo(world);
		await world.records.complete();
		let i = 0;
		const opened = [];
		for (const [name, nonsense] of Object.entries(NONSENSE)) {
			relay.nonsense = nonsense;
			relay.cut();
			const who = `+86138001390${10 + i++}`; // whom nobody called
			opened.push([name, who, await smsc.text(who, `${SELLER}*推销宽带`)]);
			await pause(150);
		}
		for (const [name, , id] of opened)
			assert.match((await report(world, id)).state, /^(received|pending)$/, name);
		for (const [, who] of opened) await world.records.call(SELLER, who, { start: Date.now() - 300e3, duration: 40 });
		relay.nonsense = undefined;
		relay.cut();
		await world.records.complete();
		for (const [, , id] of opened) await expectState(world, id, 'verified', { timeout: 60000 });
	} finally {
		await relay.close();
	}
});
