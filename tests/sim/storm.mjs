// SPDX-License-Identifier: AGPL-3.0-or-later
// storm.mjs - many people report, each once and each a call of their own, while everything is killed
// again and again. In the end each of them has one credit and was told so, and nobody else has.

import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import { PASSWORD } from '../lib/config.mjs';
import { freePort } from '../lib/process.mjs';
import { RedisClient, entries } from '../lib/redis.mjs';
import { query } from '../lib/store.mjs';
import { random, waitFor } from '../lib/wait.mjs';
import { World } from '../lib/world.mjs';
import { Centre } from './centre.mjs';
import { Consumer } from './consumer.mjs';
import { readText } from './told.mjs';

const DAY = 86400e3;
const TWICE_TEXT = 0.1;
const TWICE_RECORD = 0.1;
const TWICE_ANSWER = 0.05;
const SELLERS = 1000;
const ABREAST = 400; // people at a time
const IN_FLIGHT = 6000; // reports whose credit has not been told

const person = (i) => `+86138${String(i).padStart(8, '0')}`;
const indexOf = (number) => Number(number.slice(6));
const seller = (i) => `137${String(10000000 + (i * 37) % SELLERS)}`;

const settings = async (base) => ({
	...base,
	log_level: 'notice',
	smpp: { ...base.smpp, window_out: 1000, lockout_after: 0,
		listeners: [{ address: '127.0.0.1', port: await freePort({ lasting: true }) }] },
	http: { ...base.http, port: await freePort({ lasting: true }) },
	accounts: base.accounts.map((account) => ({ ...account, max_sessions: 16, window: 200 })),
	feed: { batch: 2000, sources: [{ name: 'msc', disorder_s: 0 }] },
	reports: { ...base.reports, recheck_s: 1, recheck_max_s: 5 },
	redis: { ...base.redis, timeout_ms: 20000 },
	rewards: { repeat_s: 10, repeat_max_s: 20 },
	reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 1024, cap_day: 0, cap_month: 0, cap_year: 0 }],
});

// The call-record system: one connection, so that what it says of completeness comes behind what it
// has said of calls. It keeps what it sent, and sends all of it again when it is asked to.
class Recorder {
	constructor(world, chance) {
		Object.assign(this, { world, chance });
		this.starts = [];
		this.repeated = 0;
	}

	async open() {
		this.redis = await new RedisClient(this.world.redis.port).connect();
		await this.mark(Date.now() - 30 * DAY);
		this.timer = setInterval(() => this.mark().catch(() => {}), 250).unref();
		return this;
	}

	add(fields) {
		return this.redis.command('XADD', this.world.key('cdr'), 'MAXLEN', '~', 2000000, '*', 'source', 'msc', ...fields);
	}

	mark(from) {
		return this.add(['watermark', Date.now(), ...(from ? ['complete_from', from] : [])].map(String));
	}

	record(i) {
		return this.add(['caller', seller(i), 'called', person(i).slice(3), 'start', String(this.starts[i]), 'duration', '0', 'answered', '1']);
	}

	// A call that ends as it begins: its record comes before the next watermark.
	async call(i) {
		this.starts[i] = Date.now();
		if (this.chance.next() < TWICE_RECORD) {
			this.repeated++;
			this.record(i);
		}
		await this.record(i);
	}

	// As an operator does after Redis was emptied: all again, and then that it is all.
	async replay() {
		const sent = this.starts.length;
		for (let i = 0; i < sent; i += 5000) {
			const some = [];
			for (let j = i; j < Math.min(sent, i + 5000); j++) if (this.starts[j]) some.push(this.record(j));
			await Promise.all(some);
		}
		await this.mark(Date.now() - 30 * DAY);
	}

	close() {
		clearInterval(this.timer);
		this.redis.close();
	}
}

// Gives one answer of the rewards system in twenty again.
class Echo {
	constructor(world, chance) {
		Object.assign(this, { world, chance, repeated: 0, running: true });
		this.done = this.#run();
	}

	async #run() {
		const key = this.world.key('rewards:acks');
		const redis = await new RedisClient(this.world.redis.port).connect();
		const echoed = new Set();
		for (let last = '0'; this.running;) {
			const reply = await redis.command('XREAD', 'COUNT', 1000, 'BLOCK', 200, 'STREAMS', key, last);
			const got = entries(reply?.[0]?.[1]);
			// The stream begins anew after FLUSHALL, at later ids.
			for (const { id, fields } of got) {
				last = id;
				if (echoed.has(fields.id) || this.chance.next() >= TWICE_ANSWER) continue;
				echoed.add(fields.id);
				this.repeated++;
				await redis.command('XADD', key, '*', 'id', fields.id, 'status', fields.status);
			}
		}
		redis.close();
	}

	stop() {
		this.running = false;
		return this.done;
	}
}

// What each person was told, as counts.
class Ears {
	constructor(reports) {
		this.receipt = new Uint8Array(reports);
		this.verified = new Uint8Array(reports);
		this.credited = new Uint8Array(reports);
		this.left = reports; // who have not been told of their credit
		this.other = [];
		this.texts = 0;
	}

	take({ to, text }) {
		const i = indexOf(to);
		const { kind } = readText(text);
		this.texts++;
		if (kind === 'credited' && this.credited[i] === 0) this.left--;
		if (this[kind] instanceof Uint8Array) this[kind][i]++;
		else if (!['repeated', 'status', 'joined'].includes(kind)) this.other.push(`${to}: ${text}`);
	}

	count(kind, fits) {
		return this[kind].reduce((sum, n) => sum + (fits(n) ? 1 : 0), 0);
	}
}

class Storm {
	constructor(world, { reports, kills, flushes, seed, say }) {
		Object.assign(this, { world, reports, kills, flushes, say });
		this.chance = random(seed);
		this.ears = new Ears(reports);
		this.started = 0;
		this.acknowledged = 0;
		this.repeatedTexts = 0;
		this.faults = { daemon: 0, early: 0, consumer: 0, flush: 0 };
	}

	async open() {
		this.recorder = await new Recorder(this.world, this.chance).open();
		this.consumer = new Consumer(this.world.folder, this.world.redis.port).start();
		this.echo = new Echo(this.world, this.chance);
		this.centre = new Centre({ port: this.world.daemon.smppPort, password: PASSWORD, sessions: 4, window: 100 });
		this.centre.onText = (message) => this.ears.take(message);
	}

	async #person(i) {
		await this.recorder.call(i);
		const text = `${seller(i)}*推销宽带`;
		await this.centre.send(person(i), text);
		this.acknowledged++;
		if (this.chance.next() >= TWICE_TEXT) return;
		this.repeatedTexts++;
		await this.centre.send(person(i), text);
	}

	async #worker() {
		while (this.started < this.reports) {
			await this.#person(this.started++);
			// The load waits for the gateway as people do not: what is in flight stays bounded.
			while (this.acknowledged - (this.reports - this.ears.left) > IN_FLIGHT) await pause(20);
		}
	}

	// Each fault when so much of the work is done, so that they are spread over all of it.
	#plan() {
		const plan = [];
		const spread = (what, count) => {
			for (let i = 0; i < count; i++)
				plan.push({ what, at: Math.floor((i + this.chance.next()) * 0.97 * this.reports / count) });
		};
		spread('daemon', this.kills);
		spread('consumer', this.kills);
		for (let i = 0; i < this.flushes; i++)
			plan.push({ what: 'flush', at: Math.floor(this.reports * (i + 1) / (this.flushes + 1)) });
		return plan.sort((a, b) => a.at - b.at);
	}

	async #strike(what) {
		this.faults[what]++;
		if (what === 'consumer') {
			await this.consumer.kill();
			this.consumer.start();
		} else if (what === 'daemon') {
			// One in five dies while it starts.
			if (this.chance.below(5) === 0) this.faults.early++;
			else await this.world.daemon.ready();
			await this.world.daemon.kill();
			this.world.daemon.assertClean();
			this.world.daemon.launch();
		} else {
			await this.world.redis.command('FLUSHALL');
			await this.recorder.replay();
		}
	}

	async #strikes() {
		for (const { what, at } of this.#plan()) {
			while (this.reports - this.ears.left < at && this.ears.left > 0) {
				if (!this.world.daemon.running)
					throw new Error(`the daemon ended by itself: ${this.world.daemon.lines.slice(-5).join('\n')}`);
				await pause(5);
			}
			await this.#strike(what);
		}
		await this.world.daemon.ready();
	}

	async #tell() {
		while (this.ears.left > 0 && !this.over) {
			await pause(10000);
			this.say?.(`${this.reports - this.ears.left} of ${this.reports} credited and told; ` +
				`daemon killed ${this.faults.daemon} times, consumer ${this.faults.consumer}, Redis flushed ${this.faults.flush}`);
		}
	}

	async run(timeout) {
		this.#tell();
		try {
			await Promise.all([this.#strikes(), ...Array.from({ length: ABREAST }, () => this.#worker())]);
			await waitFor(() => `${this.ears.left} people to be told of their credit`, () => this.ears.left === 0,
				{ timeout, every: 50 });
			await this.world.daemon.expectMetric('outbox_depth', 0, { timeout: 60000 });
			await this.world.daemon.expectMetric('rewards_open', 0, { timeout: 60000 });
		} finally {
			this.over = true;
		}
	}

	async close() {
		this.recorder?.close();
		await this.echo?.stop().catch(() => {});
		await this.consumer?.kill();
		this.centre?.close();
	}
}

const unique = (list) => new Set(list).size;

// Each figure as three see it: the people, the gateway's store, and the rewards system's ledger.
async function account(world, storm) {
	const { ears, reports } = storm;
	const one = async (sql) => Object.values((await query(world, sql))[0])[0];
	const problems = [];
	const must = (what, is, be) => {
		if (is !== be) problems.push(`${what}: ${is}, not ${be}`);
	};
	must('people without a receipt', ears.count('receipt', (n) => n === 0), 0);
	must('people without a verdict', ears.count('verified', (n) => n === 0), 0);
	must('people without news of their credit', ears.count('credited', (n) => n === 0), 0);
	must(`texts that nobody should have had (${ears.other[0]})`, ears.other.length, 0);
	must('reports', await one('SELECT COUNT(*) FROM report'), reports);
	must('people who reported', await one('SELECT COUNT(DISTINCT subscriber) FROM report'), reports);
	must('verified', await one('SELECT COUNT(*) FROM report WHERE state=3'), reports);
	must('messages that were not read', await one('SELECT COUNT(*) FROM message_in WHERE state=0'), 0);
	must('rewards', await one('SELECT COUNT(*) FROM reward'), reports);
	must('rewards credited', await one('SELECT COUNT(*) FROM reward WHERE state=2'), reports);
	must('people rewarded', await one('SELECT COUNT(DISTINCT subscriber) FROM reward'), reports);
	const credits = await storm.consumer.credits();
	must('credits in the ledger', credits.length, reports);
	must('different credits in the ledger', unique(credits), reports);
	const known = new Set((await query(world, 'SELECT id FROM reward')).map(({ id }) => id));
	must('credits that the gateway knows', credits.filter((id) => known.has(id)).length, reports);
	const audit = await world.daemon.json('audit');
	must(`mianrao audit (${JSON.stringify(audit.lines)})`, audit.balanced, true);
	return problems;
}

// `say`: told how it goes. Gives { problems, ...figures }.
export async function storm({ reports, kills = 100, flushes = 2, seed, say, timeout = 180000 }) {
	const began = performance.now();
	const world = await World.create({ config: settings });
	let ok = false;
	const town = new Storm(world, { reports, kills, flushes, seed, say });
	try {
		await town.open();
		await town.run(timeout);
		const problems = await account(world, town);
		ok = problems.length === 0;
		return {
			problems, faults: town.faults, seconds: (performance.now() - began) / 1000, texts: town.ears.texts,
			attempts: town.centre.attempts, repeatedTexts: town.repeatedTexts, repeatedRecords: town.recorder.repeated,
			repeatedAnswers: town.echo.repeated,
			toldTwice: ['receipt', 'verified', 'credited'].map((kind) => town.ears.count(kind, (n) => n > 1)),
		};
	} finally {
		await town.close();
		await world.close(ok);
	}
}
