// SPDX-License-Identifier: AGPL-3.0-or-later
// demo.mjs - a day in Linjiang: what people text, what comes back and why, and that it all adds up.
// The centre and the hubs are npm's smpp, the rest is tests/sim. Exits non-zero when anything is not
// as it should be.

import { waitFor } from '../lib/wait.mjs';
import { STATUS, statusName } from '../lib/peers.mjs';
import { SCENES } from './people.mjs';
import { bold, cyan, dim, green, pad, red, rule, say, sayWrapped, table, yellow } from './print.mjs';
import { closeTown, openTown, streamEvents } from './town.mjs';

const problems = [];
const WAIT = 15000;

function problem(text) {
	problems.push(text);
	sayWrapped(red('  ✗ '), text, red);
}

const display = (number) => number.replace(/^\+86(\d{3})(\d{4})(\d{4})$/, '$1 $2 $3');

// One scene's view of the town.
class Stage {
	constructor(town, tally, number) {
		Object.assign(this, { town, tally, number });
		this.records = town.records;
		this.harbour = town.harbour;
		this.rewards = town.rewards;
		this.seen = 0; // texts to this person that were shown
	}

	note(text) {
		sayWrapped('  · ', text, dim);
	}

	// The subscriber texts 10086999.
	async text(text, gloss, { order, receipt = true, joins = false, corrects = false } = {}) {
		sayWrapped(cyan('  ➜ '), text, bold);
		sayWrapped('    ', gloss, dim);
		const pdus = await this.town.centre.send(this.number, text, { order });
		for (const pdu of pdus)
			if (pdu.command_status !== 0)
				problem(`the gateway answered ${statusName(pdu.command_status)}`);
		this.tally.texts++;
		this.tally.parts += pdus.length;
		this.tally.joined += joins ? 1 : 0;
		if (corrects) { // a rejected report is open again
			this.tally.corrected++;
			this.tally.rejected--;
		}
		if (receipt) {
			this.tally.reports++;
			this.report = pdus.at(-1).message_id;
		}
		if (order)
			this.note(`in ${pdus.length} parts, sent in the order ${order.map((i) => i + 1).join(', ')}`);
	}

	// The next text that comes back, which must match.
	async expect(match) {
		try {
			const message = await waitFor('a text', () => this.town.centre.to(this.number)
				.slice(this.seen).find(({ text }) => match.test(text)), { timeout: WAIT });
			for (const one of this.town.centre.to(this.number).slice(this.seen)) {
				this.show(one);
				this.seen++;
				if (one === message) break;
			}
			return message;
		} catch {
			const came = this.town.centre.to(this.number).slice(this.seen);
			came.forEach((one) => this.show(one));
			this.seen += came.length;
			problem(`no answer like ${match} came`);
			return undefined;
		}
	}

	show({ text, parts }) {
		this.tally.answers++;
		this.tally.answerParts += parts;
		const [chinese, ...english] = text.split('\n');
		sayWrapped(green('  ⬅ '), chinese);
		if (english.length) sayWrapped('    ', english.join(' '), dim);
	}

	// The receipt names the report.
	async receipt() {
		const message = await this.expect(/编号R[0-9A-Z]{7}/);
		const id = /R[0-9A-Z]{7}/.exec(message?.text ?? '')?.[0];
		if (id && this.report && id !== this.report && !this.longReport)
			this.note(`receipt ${id}; the last part's message_id is ${this.report}`);
		this.report = id ?? this.report;
	}

	lookUp() {
		return this.town.daemon.json('report', this.report);
	}

	async stillOpen(why) {
		const report = await this.lookUp();
		if (report.state !== 'pending' && report.state !== 'received')
			problem(`the report is ${report.state}, and should still be open`);
		this.note(`still open: ${why}`);
	}

	async verdict(state, match) {
		await this.expect(match);
		const report = await this.lookUp();
		if (report.state !== state) problem(`the report is ${report.state}, and should be ${state}`);
		this.tally[state]++;
		const reasons = [report.reasons ?? []].flat().join(', ').replaceAll('_', ' ');
		this.note(`${report.id} ${report.state}: ${reasons}`);
	}

	// What the rewards system did, and the text that says so.
	async credit(status, match) {
		await this.expect(match);
		const mine = ({ report }) => report === this.report;
		const request = this.rewards.requests.find(mine);
		if (!request) {
			problem('no credit request reached the rewards system');
			return;
		}
		this.tally[status]++;
		const reason = this.rewards.refused.get(request.id);
		const answered = reason ? `failed: ${reason}` : 'credited';
		if ((status === 'failed') !== Boolean(reason)) problem(`the rewards system said ${answered}`);
		say(yellow('  ★ ') + `reward ${request.id.slice(0, 9)}…  ${request.amount_mb} MB  ` +
			`mr:rewards → ${bold(answered)} ← mr:rewards:acks`);
	}

	async event(type, meaning) {
		const found = await waitFor(`event ${type}`, async () => (await streamEvents(this.town))
			.find((event) => event.type === type && JSON.stringify(event).includes(this.report)),
		{ timeout: WAIT }).catch(() => problem(`no event ${type} was published`));
		if (found) this.note(`event ${type}: ${meaning}`);
	}

	async #screened(hub, from, text, gloss, passes) {
		sayWrapped(yellow('  ⇒ '), `${from}: ${text}`, bold);
		if (gloss) sayWrapped('    ', gloss, dim);
		const answer = await hub.message(from, this.number, text);
		this.tally.screened++;
		if (passes) {
			this.tally.passed++;
			if (answer.command_status !== 0)
				problem(`the hub was answered ${statusName(answer.command_status)}`);
			const arrived = await waitFor('the message', () => this.town.centre.to(this.number)
				.find((one) => one.text === text), { timeout: WAIT })
				.catch(() => problem('the message did not reach the handset'));
			if (arrived) this.tally.handed++;
			this.town.centre.messages.splice(this.town.centre.messages.indexOf(arrived), 1);
			say(green('  ✓ ') + 'it is on the handset');
		} else {
			this.tally.refused++;
			if (answer.command_status === STATUS.ESME_ROK) problem('the hub was told that all is well');
			if (this.town.centre.to(this.number).some((one) => one.text === text))
				problem('the message reached the handset');
			say(green('  ✓ ') + `stopped: the hub was answered ${statusName(answer.command_status)}`);
		}
		const { verdict, tier, rule: because } = await this.town.daemon.json('screen', from, this.number,
			'--sms', ...(hub === this.town.abroad ? ['--international'] : []));
		const expected = passes ? 'allow' : 'deny';
		if (verdict !== expected) problem(`mianrao screen says ${verdict}, expected ${expected}`);
		this.note(`mianrao screen: ${verdict}${because ? ` by the rule "${because}"` : ''} (${tier})`);
	}

	fromAbroad(from, text, { passes }) {
		return this.#screened(this.town.abroad, from, text, undefined, passes);
	}

	fromHome(from, text, gloss) {
		return this.#screened(this.town.national, from, text, gloss, true);
	}

	async shielded() {
		const key = `${this.town.config.redis.prefix}rules:{${this.number}}`;
		const rules = await waitFor('the rules in Redis',
			() => this.town.redis.command('GET', key), { timeout: WAIT })
			.catch(() => problem(`${key} is not in Redis`));
		if (rules) this.note(`Redis ${key}: ${rules.trim().replaceAll('\n', ' | ')}`);
	}
}

// Each figure as the town counted it, and as three others see it: they must be the same.
async function closing(town, tally) {
	const prefix = town.config.redis.prefix;
	await waitFor('the last effects to leave the outbox',
		async () => (await town.daemon.metrics()).outbox_depth === 0, { timeout: WAIT })
		.catch(() => problem('the outbox does not empty'));
	const metrics = await town.daemon.metrics();
	const { reports } = await town.daemon.json('reports');
	const events = await streamEvents(town);
	const requests = await town.redis.stream(`${prefix}rewards`);
	const acks = await town.redis.stream(`${prefix}rewards:acks`);
	const state = (name) => reports.filter((report) => report.state === name).length;
	const ids = new Set(requests.map(({ fields }) => fields.id));
	const rewarded = tally.credited + tally.failed;
	const ackOf = (status) => new Set(acks.filter(({ fields }) => fields.status === status)
		.map(({ fields }) => fields.id)).size;

	rule('At the end of the day');
	const rows = [
		['texts that people sent, in parts', tally.parts, metrics.messages_in_total, ''],
		['reports', tally.reports, metrics.reports_total, reports.length],
		['  verified', tally.verified, metrics.reports_verified_total, state('verified')],
		['  rejected', tally.rejected, metrics.reports_rejected_total - tally.corrected, state('rejected')],
		['  joined an earlier one', tally.joined, metrics.reports_duplicate_total, ''],
		['our texts on handsets, in parts', tally.answerParts, metrics.messages_out_total,
			town.centre.delivered - tally.handed],
		['events report.verified', tally.verified, '', events.filter((e) => e.type === 'report.verified').length],
		['credit requests', rewarded, metrics.rewards_due_total, ids.size],
		['  credited', tally.credited, metrics.rewards_credited_total, ackOf('credited')],
		['  failed', tally.failed, metrics.rewards_failed_total, ackOf('failed')],
		['messages screened', tally.screened, metrics.screened_total, ''],
		['  passed on', tally.passed, metrics.screened_total - metrics.screened_blocked_total, tally.handed],
		['  stopped', tally.refused, metrics.screened_blocked_total, ''],
	];
	table([pad('', 32), 'in town', '/metrics', 'CLI, streams, handsets'], rows.map((row) => row));
	for (const [name, ...figures] of rows) {
		const told = figures.filter((figure) => figure !== '');
		if (told.some((figure) => figure !== told[0]))
			problem(`${name.trim()}: ${told.join(' ≠ ')}`);
	}
	if (tally.verified + tally.rejected !== tally.reports)
		problem('verified and rejected do not make up all reports');
	if (tally.passed + tally.refused !== tally.screened) problem('passed and stopped do not make up all');
	say(`  ${tally.verified} verified + ${tally.rejected} rejected = ${tally.reports} reports;  ` +
		`${tally.credited} credited + ${tally.failed} failed = ${rewarded} requests;  ` +
		`${town.rewards.megabytes()} MB given`);
}

const began = Date.now();
const tally = Object.fromEntries(['texts', 'parts', 'joined', 'reports', 'answers', 'answerParts',
	'verified', 'rejected', 'corrected', 'credited', 'failed', 'screened', 'passed', 'refused', 'handed']
	.map((name) => [name, 0]));
let town;
try {
	town = await openTown();
	say(bold('临江 Linjiang, a small town. Report nuisance calls to 10086999; raise the shield with KTJWPB.'));
	say(dim(`mianraod: SMPP 127.0.0.1:${town.daemon.smppPort}, ` +
		`metrics http://127.0.0.1:${town.config.http.port}/metrics, in ${town.folder}`));
	for (const scene of SCENES) {
		rule(`${scene.time}  ${scene.name}`, display(scene.number));
		sayWrapped('  ', scene.about, dim);
		const stage = new Stage(town, tally, scene.number);
		try {
			await scene.play(stage);
		} catch (error) {
			problem(error.message);
		}
	}
	await closing(town, tally);
	await closeTown(town, { keep: problems.length > 0 });
} catch (error) {
	problem(error.stack);
	await town?.daemon?.kill();
}
say();
const seconds = Math.round((Date.now() - began) / 1000);
if (problems.length) {
	say(red(`${problems.length} ${problems.length === 1 ? 'expectation' : 'expectations'} failed after ${seconds} s:`));
	problems.forEach((text) => say(red(`  ✗ ${text}`)));
	if (town) say(`kept for a look: ${town.folder}`);
} else {
	say(green(`A quiet evening in Linjiang: every expectation held, in ${seconds} s.`));
}
process.exit(problems.length ? 1 : 0);
