// SPDX-License-Identifier: AGPL-3.0-or-later
// told.mjs - what the handsets of the town were told, read as a person would read it.

import { dialled } from './sayings.mjs';

const REASONS = [
	[/境外来电冒用此号/, 'forged'], [/官方号码/, 'official'], [/登记的合作号码/, 'partner'],
	[/通话记录无此来电/, 'no_such_call'], [/证据不足/, 'weak'], [/没到齐|期限内/, 'unknown'],
];

const reasonOf = (text) => REASONS.find(([match]) => match.test(text))?.[1] ?? 'found';

// In the order in which they are tried: the kind of a text, and the number that it names.
const TEXTS = [
	['receipt', /^已收到您对(\+?[\d]+)的举报/],
	['joined', /^好的，已补充到您对(\+?\d+)/],
	['repeated', /^您已举报过(\+?\d+)/],
	['verified', /^您对(\+?\d+)(?:\([^)]*\))?的举报已核实成立/],
	['rejected', /^(\+?\d+)(?:\([^)]*\))?的举报未成立/],
	['unproved', /^您举报的(\+?\d+)(?:\([^)]*\))?暂未能查实/],
	['review', /^您举报的(\+?\d+)(?:\([^)]*\))?正由专人核查/],
	['credited', /^感谢您的举报，奖励的.*已到账/],
	['status', /^您的举报R/],
];
const VERDICTS = new Set(['verified', 'rejected', 'unproved', 'review']);

export function readText(text) {
	for (const [kind, match] of TEXTS) {
		const found = match.exec(text);
		if (found) return { kind, number: found[1], reason: VERDICTS.has(kind) ? reasonOf(text) : undefined };
	}
	return { kind: 'other' };
}

// The handsets of those who report. `onVerdict(report, told)` is called as each verdict comes.
export class Handsets {
	constructor(reports) {
		this.byName = new Map(reports.map((report) => [`${report.subscriber}>${dialled(report.number)}`, report]));
		this.byPerson = new Map(reports.map((report) => [report.subscriber, report]));
		this.told = reports.map(() => ({ receipt: 0, credited: 0, repeated: 0, verdicts: [] }));
		this.strange = []; // texts that nobody should have had
		this.count = 0;
	}

	take({ to, text }) {
		this.count++;
		const read = readText(text);
		const report = read.number ? this.byName.get(`${to}>${read.number}`) : this.byPerson.get(to);
		if (!report || read.kind === 'other') {
			this.strange.push(`${to}: ${text}`);
			return;
		}
		const told = this.told[report.index];
		if (VERDICTS.has(read.kind)) {
			const verdict = { state: read.kind, reason: read.reason };
			told.verdicts.push(verdict);
			this.onVerdict?.(report, verdict);
		} else if (read.kind === 'credited') {
			told.credited++;
		} else if (read.kind === 'receipt') {
			told.receipt++;
		} else {
			told.repeated++;
		}
	}
}
