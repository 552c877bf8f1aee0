// SPDX-License-Identifier: AGPL-3.0-or-later
// judge.mjs - what was played beside what had to come: one line for each thing that differs.

import { expectations } from './expect.mjs';

const SHOWN = 12;
const STATES = ['received', 'needs_number', 'pending', 'verified', 'rejected', 'unproved', 'review', 'appealed'];

class Findings {
	constructor() {
		this.kinds = new Map();
	}

	add(kind, detail) {
		const list = this.kinds.get(kind) ?? [];
		list.push(detail);
		this.kinds.set(kind, list);
	}

	lines() {
		return [...this.kinds].flatMap(([kind, details]) => [`${details.length} times: ${kind}`,
			...details.slice(0, SHOWN).map((detail) => `    ${detail}`)]);
	}
}

const outcome = ({ state, reason }) => `${state} (${reason})`;

function judgeReport(findings, report, wanted, told, row) {
	const name = `${report.kind} ${report.subscriber} about ${report.number}, ` +
		`${new Date(report.at).toISOString()}: ${JSON.stringify(report.text)}`;
	if (told.receipt === 0) findings.add('a report without its receipt', name);
	if (told.verdicts.length === 0) findings.add('a report without a verdict', name);
	const heard = [...new Set(told.verdicts.map(outcome))];
	if (heard.length > 1) findings.add('told one thing and then another', `${heard.join(', then ')}: ${name}`);
	if (heard.length === 1 && heard[0] !== outcome(wanted))
		findings.add('told something else than what is so', `${heard[0]}, not ${outcome(wanted)}: ${name} [${row?.evidence}]`);
	if (!row) findings.add('a report that is not in the store', name);
	else if (STATES[row.state] !== wanted.state)
		findings.add('stored as something else', `${STATES[row.state]}, not ${wanted.state}: ${name}`);
	if ((told.credited > 0) !== (wanted.state === 'verified')) findings.add('credited or not, wrongly', name);
}

// The findings about one play, as lines; none: all is as it has to be.
export function judgePlay(history, played) {
	const wanted = expectations(history);
	const findings = new Findings();
	const rows = new Map(played.rows.map((row) => [`${row.subscriber}>${row.number}`, row]));
	history.reports.forEach((report, i) =>
		judgeReport(findings, report, wanted[i], played.told[i], rows.get(`${report.subscriber}>${report.number}`)));
	if (played.rows.length !== history.reports.length)
		findings.add('reports in the store', `${played.rows.length} of ${history.reports.length}`);
	for (const early of played.early) findings.add('told "no such call" early', JSON.stringify(early));
	for (const strange of played.strange) findings.add('a text that nobody should have had', strange);
	const verified = wanted.filter(({ state }) => state === 'verified').length;
	if (played.credits !== verified) findings.add('credits', `${played.credits} for ${verified} verified reports`);
	if (!played.audit.balanced) findings.add('mianrao audit', JSON.stringify(played.audit));
	return findings.lines();
}

// Two plays of one history, report by report.
export function judgeTwo(history, one, other) {
	const findings = new Findings();
	const last = (played, i) => JSON.stringify(played.told[i].verdicts.at(-1) ?? 'nothing');
	history.reports.forEach((report, i) => {
		if (last(one, i) !== last(other, i))
			findings.add('verdicts that differ between the feeds',
				`${one.faults}: ${last(one, i)}, ${other.faults}: ${last(other, i)}: ${report.kind} ${report.subscriber}`);
	});
	return findings.lines();
}
