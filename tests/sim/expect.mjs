// SPDX-License-Identifier: AGPL-3.0-or-later
// expect.mjs - how each report has to end, from what really happened in the town and the policy as
// deploy/mianrao.yaml words it. Nothing of the gateway is asked, and no feed.

import { PARTNERS } from './callers.mjs';

const HOUR = 3600e3;
const DAY = 24 * HOUR;

const CATEGORIES = ['broadband', 'plan_upgrade', 'data_pack', 'points', 'device', 'insurance', 'loan', 'other'];

// The policy of the town, in the keys of the configuration.
export const POLICY = {
	effective: '2020-01-01T00:00:00+08:00',
	window_days: 7, grace_s: 300, slack_s: 600, deadline_s: 169200,
	fanout_days: 1, fanout_distinct: 20, reporters_days: 10, reporters_min: 5, require_answered: false,
	score_words: Object.fromEntries(CATEGORIES.map((name) => [name, 60])), score_fanout: 30, score_reporters: 30, score_acquaintance: -70,
	verify_at: 60, review_at: 20, verify_sms_at: 90,
};

const isHome = (number) => !number.startsWith('+') || number.startsWith('+86');
const dayOf = (ms) => Math.floor((ms + 8 * HOUR) / DAY);
const push = (map, key, value) => {
	const list = map.get(key);
	if (list) list.push(value);
	else map.set(key, [value]);
};

class Truth {
	constructor(history) {
		this.callsOf = new Map(); // "caller>called" -> calls
		this.reached = new Map(); // "caller/day" -> people
		this.complaints = new Map(); // number -> reports
		for (const call of history.calls) {
			push(this.callsOf, `${call.caller}>${call.called}`, call);
			const key = `${call.caller}/${dayOf(call.start)}`;
			this.reached.set(key, (this.reached.get(key) ?? new Set()).add(call.called));
		}
		for (const report of history.reports) push(this.complaints, report.number, report);
	}

	// The calls that the reporter can mean: a time that was told is meant to the minute or so.
	callsMeant(report) {
		const calls = this.callsOf.get(`${report.number}>${report.subscriber}`) ?? [];
		const from = report.said === undefined ? report.at - POLICY.window_days * DAY : report.said - HOUR;
		const to = report.said === undefined ? report.at : Math.min(report.at, report.said + HOUR);
		return calls.filter(({ start }) => start >= from && start <= to);
	}

	// How many others had complained of the number by then.
	others(report) {
		const people = new Set();
		for (const other of this.complaints.get(report.number))
			if (other.at < report.at && other.at > report.at - POLICY.reporters_days * DAY)
				people.add(other.subscriber);
		people.delete(report.subscriber);
		return people.size;
	}

	wide(report, call) {
		return (this.reached.get(`${report.number}/${dayOf(call.start)}`)?.size ?? 0) >= POLICY.fanout_distinct;
	}

	know(report) {
		return (this.callsOf.get(`${report.subscriber}>${report.number}`) ?? []).some(({ start }) => start < report.at);
	}
}

function judge(truth, report) {
	const calls = truth.callsMeant(report);
	const call = calls.at(-1);
	if (call?.entry === 'international' && isHome(report.number))
		return { state: 'verified', reason: 'forged' };
	if (report.number === '10085') return { state: 'rejected', reason: 'official' };
	if (PARTNERS.includes(report.number)) return { state: 'rejected', reason: 'partner' };
	if (!call) return { state: 'rejected', reason: 'no_such_call' };
	const score = (report.words ? POLICY.score_words.other : 0) +
		(truth.wide(report, call) ? POLICY.score_fanout : 0) +
		(truth.others(report) >= POLICY.reporters_min ? POLICY.score_reporters : 0) +
		(truth.know(report) ? POLICY.score_acquaintance : 0);
	if (score >= POLICY.verify_at) return { state: 'verified', reason: 'found' };
	return score >= POLICY.review_at ? { state: 'review', reason: 'found' } : { state: 'rejected', reason: 'weak' };
}

// [{ state, reason }] by the reports' index.
export function expectations(history) {
	const truth = new Truth(history);
	return history.reports.map((report) => judge(truth, report));
}
