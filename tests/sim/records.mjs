// SPDX-License-Identifier: AGPL-3.0-or-later
// records.mjs - a call-record system: writes what the switches saw to the gateway's stream or to
// its drop directory, and says with a watermark how far it is complete.

import fs from 'node:fs';
import path from 'node:path';

import { HOUR, sameDay } from '../lib/day.mjs';

export class CallRecords {
	constructor(redis, { prefix = 'mr:', stream = 'cdr', source = 'msc', directory, entry = 'own' } = {}) {
		Object.assign(this, { redis, source, directory, entry });
		this.key = `${prefix}${stream}`;
		this.sent = 0;
		this.files = 0;
	}

	// Another switch of the same network; `directory` when it delivers files.
	sibling(source, options = {}) {
		return new CallRecords(this.redis, { prefix: '', stream: this.key, source, ...options });
	}

	static row(caller, called, { start = Date.now() - 60000, duration = 35, answered, entry } = {}) {
		return { caller, called, start: Math.floor(start), duration,
			answered: (answered ?? duration > 0) ? 1 : 0, entry };
	}

	// One call over the stream; gives the entry's id.
	call(caller, called, options) {
		const row = CallRecords.row(caller, called, options);
		this.sent++;
		return this.redis.xadd(this.key, {
			source: this.source,
			...row,
			entry: row.entry ?? this.entry,
		});
	}

	// A seller's day: `people` calls to different numbers, few of them answered for long; over, unless said,
	// five minutes ago.
	async campaign(caller, people, { start = sameDay(Date.now() - 300e3, 4 * HOUR), first = 13900000000 } = {}) {
		const every = Math.max(0, Math.min(20e3, (Date.now() - 300e3 - start) / people));
		const calls = [];
		for (let i = 0; i < people; i++)
			calls.push(this.call(caller, String(first + i * 7919),
				{ start: start + i * every, duration: i % 3 ? 0 : 12 }));
		await Promise.all(calls);
	}

	// "Everything before `to` is there" (and, when said, nothing before `from` was kept).
	watermark(to = Date.now(), from) {
		const fields = { source: this.source, watermark: new Date(to).toISOString() };
		if (from !== undefined) fields.complete_from = new Date(from).toISOString();
		return this.redis.xadd(this.key, fields);
	}

	// Complete from long ago until the time given.
	complete(to = Date.now() + 60000) {
		return this.watermark(to, Date.now() - 60 * 86400e3);
	}

	// Repeats the watermark, as a healthy feed does; call the result to stop it.
	alive(every = 250) {
		let stopped = false;
		const beat = () => {
			if (!stopped) this.complete(Date.now()).catch(() => {});
		};
		beat();
		const timer = setInterval(beat, every);
		timer.unref();
		return () => {
			stopped = true;
			clearInterval(timer);
		};
	}

	// A file as such systems write them: under another name until it is whole.
	drop(lines, name = `${this.source}-${String(++this.files).padStart(4, '0')}.csv`) {
		const file = path.join(this.directory, name);
		fs.writeFileSync(`${file}.tmp`, typeof lines === 'string' ? lines : `${lines.join('\n')}\n`);
		fs.renameSync(`${file}.tmp`, file);
		return name;
	}
}

// "2026-03-01 08:05:09" in +08:00, as billing systems write it.
export function localTime(ms) {
	return new Date(ms + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ');
}
