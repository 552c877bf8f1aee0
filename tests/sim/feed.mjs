// SPDX-License-Identifier: AGPL-3.0-or-later
// feed.mjs - the records of the town's calls on their way to the gateway: at once and in order, or
// with all that befalls real feeds. What is said of completeness is always true.

import fs from 'node:fs';
import path from 'node:path';

import { random } from '../lib/wait.mjs';
import { SOURCES } from './history.mjs';
import { localTime } from './records.mjs';

const MINUTE = 60e3;
const HOUR = 3600e3;
const DAY = 24 * HOUR;
const LONGEST_CALL = 2 * MINUTE; // a record is written when the call is over

export const PERFECT = { name: 'perfect' };
// An hour late, and up to half an hour later than that; one record in ten again within six hours;
// two clocks a minute off; one exchange silent for a day; one that never says how far it is complete;
// numbers and times in as many writings as there are.
export const FAULTY = {
	name: 'faulty',
	late: HOUR,
	disorder: HOUR / 2,
	twice: 0.1,
	skew: { harbour: MINUTE, abroad: -MINUTE },
	silent: { source: 'east', from: 12 * HOUR, to: 36 * HOUR },
	implicit: 'west',
	writings: true,
};

const WEST_DISORDER_S = 7200;

// The configuration of the sources; `folder` is where harbour drops its files.
export const sources = (folder) => [
	{ name: 'east', disorder_s: 0, entry: 'own' },
	{ name: 'west', disorder_s: WEST_DISORDER_S, entry: 'own' },
	{ name: 'abroad', disorder_s: 0, entry: 'international' },
	{ name: 'harbour', disorder_s: 0, entry: 'own', directory: path.join(folder, 'harbour'), delimiter: ';', header: true,
		columns: { caller: 'A', called: 'B', start: 'begin', duration: 'seconds', answered: 'ok', entry: 'trunk' } },
];

const NUMBER_WRITINGS = [
	(number) => number,
	(number) => number.replace(/^\+/, '00'),
	(number) => number.replace(/^\+86(?=1[3-9]\d{9}$)/, '').replace(/^\+86/, '0'),
	(number) => (/^\+861[3-9]\d{9}$/.test(number) ? number.slice(1) : number),
];
const TIME_WRITINGS = [
	(ms) => String(ms),
	(ms) => String(Math.floor(ms / 1000)),
	(ms) => new Date(ms).toISOString(),
	(ms) => `${new Date(ms + 8 * HOUR).toISOString().slice(0, 19)}+08:00`,
	(ms) => `${new Date(ms - 5 * HOUR).toISOString().slice(0, 19)}-05:00`,
	localTime,
];

export class Feed {
	constructor(world, history, faults, seed) {
		Object.assign(this, { world, faults, begin: history.begin });
		this.chance = random(seed);
		this.sent = 0;
		this.files = 0;
		this.directory = path.join(world.folder, 'harbour');
		fs.mkdirSync(this.directory, { recursive: true });
		this.sources = SOURCES.map((name) => this.#plan(name, history.calls.filter(({ source }) => source === name)));
		for (const call of history.calls) call.delivered = undefined;
	}

	#plan(name, calls) {
		const plan = [];
		for (const call of calls) {
			const at = this.#dueAt(name, call.start + call.duration * 1000 + (this.faults.late ?? 0) + this.#below(this.faults.disorder));
			plan.push({ at, call });
			if (this.faults.twice && this.chance.next() < this.faults.twice)
				plan.push({ at: this.#dueAt(name, at + this.#below(6 * HOUR)), call });
		}
		plan.sort((a, b) => a.at - b.at);
		return { name, plan, next: 0, announced: -Infinity, newest: -Infinity };
	}

	#below(ms) {
		return ms ? this.chance.below(ms) : 0;
	}

	#isSilent(name, ms) {
		const { silent } = this.faults;
		return silent?.source === name && ms >= this.begin + silent.from && ms < this.begin + silent.to;
	}

	#dueAt(name, ms) {
		return this.#isSilent(name, ms) ? this.begin + this.faults.silent.to : ms;
	}

	// All that is due at `now`, in no order where the faults say so, and what can be said of it.
	deliver(now) {
		const waiting = [];
		for (const source of this.sources) {
			if (this.#isSilent(source.name, now)) continue;
			const due = [];
			while (source.next < source.plan.length && source.plan[source.next].at <= now)
				due.push(source.plan[source.next++].call);
			if (this.faults.disorder) due.sort(() => this.chance.next() - 0.5);
			const mark = this.#announce(source, due, now);
			if (source.name === 'harbour') this.#drop(due, mark);
			else waiting.push(this.#add(source, due, mark));
			for (const call of due) call.delivered ??= now;
			this.sent += due.length;
		}
		return Promise.all(waiting);
	}

	// Says how far the source is complete, and gives the watermark that it tells, by its own clock.
	#announce(source, due, now) {
		const first = source.announced === -Infinity;
		const complete = now - LONGEST_CALL - (this.faults.late ?? 0) - (this.faults.disorder ?? 0);
		for (const call of due) source.newest = Math.max(source.newest, call.start);
		if (this.faults.implicit !== source.name) {
			source.announced = complete;
			return { to: complete + this.#skew(source.name), from: first ? this.begin - 30 * DAY : undefined };
		}
		source.announced = source.newest - WEST_DISORDER_S * 1000;
		return first ? { to: source.announced, from: this.begin - 30 * DAY } : undefined;
	}

	#skew(name) {
		return this.faults.skew?.[name] ?? 0;
	}

	#written(call, source) {
		const number = (text) => (this.faults.writings ? this.chance.pick(NUMBER_WRITINGS)(text) : text);
		const start = call.start + this.#skew(source);
		return { caller: number(call.caller), called: number(call.called), duration: call.duration,
			answered: call.answered ? 1 : 0, entry: call.entry,
			start: source === 'harbour' ? localTime(start)
				: this.faults.writings ? this.chance.pick(TIME_WRITINGS)(start) : String(start) };
	}

	#add(source, due, mark) {
		const key = this.world.key('cdr');
		const waiting = due.map((call) => this.world.redis.xadd(key, { source: source.name, ...this.#written(call, source.name) }));
		if (mark) {
			const fields = { source: source.name, watermark: new Date(mark.to).toISOString() };
			if (mark.from !== undefined) fields.complete_from = new Date(mark.from).toISOString();
			waiting.push(this.world.redis.xadd(key, fields));
		}
		return Promise.all(waiting);
	}

	#drop(due, { to, from }) {
		const lines = ['A;B;begin;seconds;ok;trunk'];
		for (const call of due) {
			const { caller, called, start, duration, answered, entry } = this.#written(call, 'harbour');
			lines.push([caller, called, start, duration, answered, entry].join(';'));
		}
		lines.push(['#watermark', new Date(to).toISOString(), ...(from === undefined ? [] : [new Date(from).toISOString()])].join(';'));
		const file = path.join(this.directory, `harbour-${String(++this.files).padStart(6, '0')}.csv`);
		fs.writeFileSync(`${file}.tmp`, `${lines.join('\n')}\n`);
		fs.renameSync(`${file}.tmp`, file);
	}

	// Everything that was delivered is in the index.
	async taken() {
		const [group] = await this.world.redis.command('XINFO', 'GROUPS', this.world.key('cdr')).catch(() => [[]]);
		const value = (name) => group[group.indexOf(name) + 1];
		return group.length > 0 && value('lag') === 0 && value('pending') === 0;
	}

	get filesTaken() {
		return !fs.readdirSync(this.directory).some((name) => name.endsWith('.csv'));
	}

	// The sources that have not yet been complete up to a time.
	behind(ms) {
		return this.sources.filter(({ announced }) => announced < ms).map(({ name }) => name);
	}
}
