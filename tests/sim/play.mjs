// SPDX-License-Identifier: AGPL-3.0-or-later
// play.mjs - a history of the town played to a gateway with a feed: step by step by the town's clock,
// the records first, then what people text. Gives what everybody was told, and what was wrong.

import { performance } from 'node:perf_hooks';

import { PASSWORD } from '../lib/config.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { World } from '../lib/world.mjs';
import { PARTNERS } from './callers.mjs';
import { Centre } from './centre.mjs';
import { TownClock } from './clock.mjs';
import { POLICY } from './expect.mjs';
import { Feed, sources } from './feed.mjs';
import { Handsets } from './told.mjs';

const MINUTE = 60e3;
const SLACK_MS = POLICY.slack_s * 1000;
const PAUSE_MS = 40; // between two steps, for what becomes due by itself

const settings = (trusted) => (base, folder) => ({
	...base,
	log_level: 'notice',
	smpp: { ...base.smpp, window_out: 1000 },
	accounts: base.accounts.map((account) => ({ ...account, window: 200 })),
	feed: { poll_s: 1, batch: 2000, sources: sources(folder).filter(({ name }) => trusted.includes(name)) },
	reports: { ...base.reports, partners: PARTNERS, recheck_s: 60, recheck_max_s: 3600, join_s: 60 },
	rewards: { repeat_s: 3600, repeat_max_s: 7200 },
	redis: { ...base.redis, timeout_ms: 20000 },
	verdict_policies: [POLICY],
	reward_policies: [{ effective: POLICY.effective, amount_mb: 1024, cap_day: 0, cap_month: 0, cap_year: 0 }],
});

class Play {
	constructor(world, clock, history, { faults, seed, log }) {
		Object.assign(this, { world, clock, history, log });
		this.feed = new Feed(world, history, faults, seed);
		this.handsets = new Handsets(history.reports);
		this.handsets.onVerdict = (report, verdict) => this.#hear(report, verdict);
		this.centre = new Centre({ port: world.daemon.smppPort, password: PASSWORD, window: 100 });
		this.centre.onText = (message) => this.handsets.take(message);
		this.early = []; // "no such call" said before anybody could know
		this.unread = new Map(); // subscriber -> calls whose record is to come
		for (const call of history.calls) {
			const list = this.unread.get(call.called);
			if (list) list.push(call);
			else this.unread.set(call.called, [call]);
		}
	}

	// "No such call" may be said only when each source has told that it is complete up to the report,
	// or past the time that it tells, and no record of such a call to this person is still on its way.
	#hear(report, { reason }) {
		if (reason !== 'no_such_call') return;
		const until = Math.min(report.at, report.said === undefined ? report.at : report.said + SLACK_MS);
		const behind = this.feed.behind(until);
		const missing = (this.unread.get(report.subscriber) ?? [])
			.filter(({ start, delivered }) => start <= until && delivered === undefined);
		if (behind.length || missing.length)
			this.early.push({ report: report.index, at: this.clock.now(), behind, missing: missing.length });
	}

	async run() {
		const { texts, begin, end, step } = this.history;
		let next = 0;
		for (let now = begin; now <= end; now += step) {
			this.clock.to(now);
			await this.feed.deliver(now);
			await waitFor('the feed to be taken', () => this.feed.taken(), { timeout: 120000, every: 5 });
			const answers = [];
			for (; next < texts.length && texts[next].at <= now; next++)
				answers.push(this.#say(texts[next]));
			await Promise.all(answers);
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
		}
		await this.#finish();
	}

	async #say({ report }) {
		const id = await this.centre.send(report.subscriber, report.text);
		this.log?.(id);
	}

	async #open() {
		const [{ n }] = await query(this.world, 'SELECT COUNT(*) n FROM report WHERE state<3');
		return n;
	}

	// The evening after: the clock goes on until nothing waits any more.
	async #finish() {
		for (let now = this.history.end, i = 0; i < 24; i++, now += 30 * MINUTE) {
			this.clock.to(now);
			await waitFor('the files to be taken', () => this.feed.filesTaken, { timeout: 120000, every: 50 });
			await waitFor('the outbox to be empty', async () => {
				const { outbox_depth: depth } = await this.world.daemon.metrics();
				return depth === 0;
			}, { timeout: 300000, every: 100 });
			if (await this.#open() === 0) break;
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		const { rewards } = this.world;
		await waitFor('all credits to be told', async () => {
			const { outbox_depth: depth, rewards_open: open } = await this.world.daemon.metrics();
			return depth === 0 && open === 0 && rewards.credited.size > 0;
		}, { timeout: 120000, every: 200 });
	}
}

// `trusted`: the sources whose watermarks the gateway is told to wait for; all, unless a proof is to fail.
export async function play(history, { faults, seed, trusted = ['east', 'west', 'abroad', 'harbour'] }) {
	const began = performance.now();
	let clock;
	const world = await World.create({
		config: settings(trusted),
		redis: { appendonly: false },
		environment: (folder) => {
			clock = new TownClock(folder, history.begin - MINUTE);
			return clock.env;
		},
	});
	let ok = false;
	try {
		await world.rewards.start();
		const town = new Play(world, clock, history, { faults, seed });
		await town.run();
		const rows = await query(world, `SELECT subscriber, number, state, (SELECT detail FROM report_event
			WHERE report_id=report.id ORDER BY seq DESC LIMIT 1) evidence FROM report`);
		const audit = await world.daemon.json('audit');
		const metrics = await world.daemon.metrics();
		town.centre.close();
		ok = true;
		return {
			faults: faults.name, told: town.handsets.told, strange: town.handsets.strange, texts: town.handsets.count,
			early: town.early, rows, audit, metrics, records: town.feed.sent, credits: world.rewards.credited.size,
			seconds: (performance.now() - began) / 1000,
		};
	} finally {
		await world.close(ok);
	}
}
