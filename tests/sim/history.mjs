// SPDX-License-Identifier: AGPL-3.0-or-later
// history.mjs - what happens in the town in two days: who calls whom, and who complains of it. All of
// it follows from the seed; nothing here knows how anybody would judge it.

import { random } from '../lib/wait.mjs';
import { KINDS } from './callers.mjs';
import { saying } from './sayings.mjs';

const MINUTE = 60e3;
const HOUR = 3600e3;
const DAY = 24 * HOUR;
const DAYS = 2; // in which people report

// The third midnight (+08:00) before now, or the day SIM_DAY (2026-03-02). Redis, which goes by the clock
// of the machine, is to keep the records.
export const BEGIN = process.env.SIM_DAY ? Date.parse(`${process.env.SIM_DAY}T00:00:00+08:00`)
	: Math.floor((Date.now() + 8 * HOUR) / DAY - 3) * DAY - 8 * HOUR;

const dayOf = (ms) => Math.floor((ms + 8 * HOUR) / DAY);

// Each number belongs to one person or caller.
class Numbers {
	constructor(chance) {
		this.chance = chance;
		this.taken = new Set();
		this.people = 0;
	}

	person() {
		const index = this.people++;
		const number = `+86138${String((index * 7919 + 12345) % 100000000).padStart(8, '0')}`;
		return { index, number };
	}

	of(kind) {
		for (;;) {
			const number = kind.number(this.chance);
			if (/^(4006|10085)/.test(number)) return number; // partners and ourselves: one number, many calls
			if (!this.taken.has(number)) {
				this.taken.add(number);
				return number;
			}
		}
	}
}

// The telephone exchanges that write records: calls from abroad are seen by the gateway to it, all
// others by the exchange of the called.
export const SOURCES = ['east', 'west', 'harbour', 'abroad'];
function sourceOf(called, entry) {
	if (entry === 'international') return 'abroad';
	return SOURCES[Number(called.slice(-3)) % 3];
}

class Town {
	constructor({ seed, reports, step }) {
		Object.assign(this, { wanted: reports, step });
		this.chance = random(seed);
		this.numbers = new Numbers(this.chance);
		this.calls = [];
		this.reports = [];
		this.texts = [];
	}

	between(least, most) {
		return least + this.chance.below(Math.max(1, Math.floor(most - least)));
	}

	call(caller, called, start, { duration = 0, entry = 'own', rings = false } = {}) {
		const answered = !rings && duration > 0;
		const call = { caller, called, start: Math.floor(start / 1000) * 1000, entry, answered,
			duration: answered ? duration : 0, source: sourceOf(called, entry) };
		this.calls.push(call);
		return call;
	}

	// Time goes in steps; what people do, they do when one begins.
	atStep(ms) {
		return Math.ceil((ms - BEGIN) / this.step) * this.step + BEGIN;
	}

	// When somebody complains of a call: soon, mostly.
	complaintAfter(start) {
		const kind = this.chance.below(10);
		const delay = kind < 6 ? this.between(3 * MINUTE, HOUR)
			: kind < 9 ? this.between(HOUR, 6 * HOUR) : this.between(6 * HOUR, 20 * HOUR);
		return this.atStep(Math.min(start + delay, Math.max(start + 3 * MINUTE, BEGIN + DAYS * DAY - HOUR)));
	}

	// A caller's day begins with a burst; then it calls those who will complain.
	playCaller(name, kind, count) {
		const number = this.numbers.of(kind);
		const begins = BEGIN + this.between(0, DAYS) * DAY + this.between(9 * HOUR, 12 * HOUR);
		const reach = kind.reach ? this.between(...kind.reach) : 0;
		for (let i = 0; i < reach; i++)
			this.call(number, `+86139${String(this.chance.below(1e8)).padStart(8, '0')}`,
				begins + this.between(0, 20 * MINUTE), { duration: i % 3 ? 0 : 12, entry: kind.entry, rings: kind.rings });
		for (let i = 0; i < count && this.reports.length < this.wanted; i++)
			this.playVictim(name, kind, number, begins + this.between(30 * MINUTE, 8 * HOUR));
	}

	playVictim(name, kind, number, start) {
		const person = this.numbers.person();
		const knows = kind.friend !== undefined && this.chance.next() < kind.friend;
		if (knows) this.playFriendship(number, person.number, start);
		if (kind.calls !== false)
			this.call(number, person.number, start, { duration: this.between(5, 90), entry: kind.entry, rings: kind.rings });
		this.report({ name, kind, number, person, start });
	}

	playFriendship(number, subscriber, before) {
		for (let i = 0; i < 2; i++) {
			this.call(number, subscriber, before - this.between(HOUR, 30 * HOUR), { duration: 60 });
			this.call(subscriber, number, before - this.between(HOUR, 30 * HOUR), { duration: 60 });
		}
	}

	// Which other number one types: the last but third digit is wrong.
	slip(number) {
		const digit = (Number(number.at(-4)) + 1 + this.chance.below(9)) % 10;
		return number.slice(0, -4) + digit + number.slice(-3);
	}

	report({ name, kind, number, person, start }) {
		const at = this.complaintAfter(start);
		const named = kind.slip ? this.slip(number) : number;
		const words = this.chance.next() < kind.words;
		const timed = this.chance.next() < kind.timed;
		const said = timed ? start - (kind.away ? 5 * HOUR : 0) : undefined;
		const report = { index: this.reports.length, kind: name, subscriber: person.number, number: named, words, at,
			said: said === undefined ? undefined : Math.floor(said / MINUTE) * MINUTE };
		this.reports.push(report);
		this.say(at, report);
	}

	// Who of those that complain of a number in the same step came first, nobody can say; so that it
	// does not matter who was the fifth, they all say what was sold.
	writeAll() {
		const seen = new Map();
		for (const report of this.reports) {
			const key = `${report.number}/${report.at}`;
			const first = seen.get(key);
			if (first) first.words = report.words = true;
			else seen.set(key, report);
		}
		for (const report of this.reports)
			report.text = saying(this.chance, { ...report, at: report.said, now: report.at });
	}

	// Some say it twice: the same words again, later or at once.
	say(at, report) {
		this.texts.push({ at, report });
		if (this.chance.below(10) > 0) return;
		const later = at + this.step * this.chance.below(6);
		// After midnight "today" is another day, and the text another report.
		this.texts.push({ at: dayOf(later) === dayOf(at) ? later : at, report, again: true });
	}

	// People who are nobody's concern telephone day and night, so that each exchange always has records.
	chatter(until) {
		for (let at = BEGIN - 2 * DAY; at < until; at += 4 * MINUTE)
			this.call(`+86150${String(this.chance.below(1e8)).padStart(8, '0')}`,
				`+86151${String(at / MINUTE % 1e8).padStart(8, '0')}`, at + this.chance.below(60000),
				{ duration: 30, entry: this.chance.below(4) ? 'own' : 'international' });
	}
}

// Gives { begin, end, step, calls, reports, texts }, each in the order of time.
export function makeHistory({ seed, reports, step }) {
	const town = new Town({ seed, reports, step });
	const kinds = Object.entries(KINDS);
	while (town.reports.length < reports) {
		const drawn = town.chance.below(kinds.reduce((sum, [, { share }]) => sum + share, 0));
		let sum = 0;
		const [name, kind] = kinds.find(([, { share }]) => (sum += share) > drawn);
		// A share is one of reports: callers of whom many complain are the fewer.
		const [least, most] = kind.reporters;
		if (town.chance.next() < 8 / (least + most)) town.playCaller(name, kind, town.between(least, most + 1));
	}
	town.writeAll();
	const end = BEGIN + DAYS * DAY + 8 * HOUR;
	town.chatter(end);
	const byTime = (key) => (a, b) => a[key] - b[key];
	return {
		begin: BEGIN, end, step,
		calls: town.calls.sort(byTime('start')),
		reports: town.reports,
		texts: town.texts.sort(byTime('at')),
	};
}
