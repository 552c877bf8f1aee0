// SPDX-License-Identifier: AGPL-3.0-or-later
// Review: what policy cannot decide waits for a person, who decides it from a terminal, once.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { SELLER, SUBSCRIBER, expectState, fed, report, soldTo } from '../lib/steps.mjs';
import { binary, run } from '../lib/process.mjs';
import { query, tamper } from '../lib/store.mjs';
import { waitFor, within } from '../lib/wait.mjs';
import { flow as plainFlow } from '../lib/world.mjs';
import { merge } from '../lib/yaml.mjs';

// A number without words is looked at without a wait for them.
const flow = (name, options, body) => plainFlow(name, {
	...(body && options),
	config: merge({ reports: { join_s: 0 } }, (body && options.config) ?? {}),
}, body ?? options);

const policy = (more) => ({ verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1, ...more }] });

// A call, a wide fan-out, and no word of what was sold: for a person to decide.
async function toReview(world, smsc, subscriber = SUBSCRIBER, seller = SELLER) {
	await soldTo(world, subscriber, seller);
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(subscriber, `举报${seller}骚扰`);
	await expectState(world, id, 'review');
	return id;
}

const review = (world, ...args) => world.daemon.json('review', ...args);
const decide = (world, id, verdict, name, reason = 'as the evidence shows') =>
	review(world, 'decide', id, verdict, '--reason', reason, '--as', name);

async function refused(world, pattern, ...args) {
	const { code, err } = await world.daemon.command('review', ...args);
	assert.equal(code, 1, err);
	assert.match(err, pattern);
}

flow('a reviewer sees the queue, takes a report, and decides it with all that follows', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const id = await toReview(world, smsc);
	await smsc.expect(SUBSCRIBER, /专人核查/);
	const queue = await review(world);
	assert.equal(queue.waiting, 1);
	const [row] = queue.reports;
	assert.equal(row.id, id);
	assert.equal(row.subscriber, '138****8000');
	assert.deepEqual(row.why, ['call_found', 'wide_fanout']);
	assert.ok(row.left_s > 46 * 3600 && row.left_s <= 47 * 3600 && row.age_s < 600);
	assert.equal(row.with, null);

	const taken = await review(world, 'next', '--as', 'anna');
	assert.equal(taken.report.id, id);
	assert.match(taken.text, /骚扰/);
	assert.equal(taken.why.same, true);
	assert.equal(taken.why.evidence.call.duration_s, 40);
	assert.equal((await review(world)).reports[0].with, 'anna');

	const done = await decide(world, id, 'verified', 'anna', 'thirty calls an hour');
	assert.equal(done.waiting, 0);
	await smsc.expect(SUBSCRIBER, /核实成立：已经专人核查/);
	await smsc.expect(SUBSCRIBER, /已到账/);
	const found = await report(world, id);
	assert.equal(found.state, 'verified');
	assert.equal(found.chain, 'intact');
	assert.deepEqual(found.reasons, ['by_reviewer']);
	assert.deepEqual(found.events.at(-1).detail, { by: 'anna', as: found.events.at(-1).detail.as,
		reason: 'thirty calls an hour' });
	assert.match(found.events.at(-1).detail.as, /^uid \d+ pid \d+$/);
	assert.equal((await world.events('report.verified')).length, 1);
	assert.equal(world.rewards.requests.length, 1);
	const [audit] = await query(world, "SELECT actor,object,after FROM audit_log WHERE action='review'");
	assert.match(audit.actor, /^anna \(uid \d+ pid \d+\)$/);
	assert.deepEqual([audit.object, audit.after], [id, 'verified: thirty calls an hour']);
	const why = await world.daemon.json('report', id, '--why');
	assert.equal(why.verdict, 'review', 'what policy had said');
	assert.deepEqual(why.decisions.map(({ by, verdict }) => [by, verdict]), [['anna', 'verified']]);
	await world.daemon.expectMetric('reports_decided_total', 1);
	await world.daemon.expectMetric('reports_open', 0);
	await refused(world, /not in review any more: it is verified, decided by anna/,
		'decide', id, 'rejected', '--reason', 'x', '--as', 'boris');
	assert.equal((await world.daemon.json('audit')).balanced, true);
});

flow('the same call, decided by a person, is rewarded once', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const id = await toReview(world, smsc);
	await decide(world, id, 'verified', 'anna');
	await smsc.expect(SUBSCRIBER, /已到账/);
	// The same call again, told as another complaint: now its words suffice.
	await tamper(world, `UPDATE report SET received_ms=received_ms-2*86400000`);
	const again = await smsc.text(SUBSCRIBER, `${SELLER}推销宽带`);
	assert.notEqual(again, id);
	const found = await expectState(world, again, 'verified');
	assert.equal(found.reward, null);
	await smsc.expect(SUBSCRIBER, /这次来电已奖励/);
	assert.equal(world.rewards.requests.length, 1);
});

flow('two reviewers never have the same report, and a lease ends by itself', async (world) => {
	const smsc = await world.smsc().connect();
	const first = await toReview(world, smsc);
	const second = await toReview(world, smsc, '+8613800138001');
	const [a, b] = await Promise.all([review(world, 'next', '--as', 'anna'), review(world, 'next', '--as', 'boris')]);
	assert.deepEqual([a.report.id, b.report.id].sort(), [first, second].sort());
	assert.equal((await review(world, 'next', '--as', 'Anna')).report.id, a.report.id, 'the name in any case');
	assert.equal((await review(world, 'next', '--as', 'carla')).report, null);
	await refused(world, /is with anna for \d+ s more/i, 'take', a.report.id, '--as', 'boris');
	await refused(world, /is with anna for \d+ s more/i, 'decide', a.report.id, 'verified', '--reason', 'x', '--as', 'boris');
	await refused(world, /is with anna/i, 'release', a.report.id, '--as', 'boris');
	await review(world, 'release', a.report.id, '--as', 'anna');
	assert.equal((await review(world, 'next', '--as', 'carla')).report.id, a.report.id);
	await tamper(world, `UPDATE review SET taken_ms=${Date.now() - 1}`);
	assert.equal((await decide(world, a.report.id, 'rejected', 'boris')).state, 'rejected');
	await smsc.expect(a.report.id === first ? SUBSCRIBER : '+8613800138001', /未成立：已经专人核查/);
});

flow('an appeal goes to another reviewer, has a clock of its own, and comes once', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await toReview(world, smsc);
	await decide(world, id, 'rejected', 'anna');
	await smsc.expect(SUBSCRIBER, /未成立/);
	await tamper(world, `UPDATE report SET received_ms=received_ms-40*3600000,deadline_ms=deadline_ms-40*3600000`);
	await smsc.text(SUBSCRIBER, `SS ${id}`);
	await smsc.expect(SUBSCRIBER, /已收到您的申诉/);
	const [row] = (await review(world)).reports;
	assert.ok(row.appealed && row.left_s > 46 * 3600, `left ${row.left_s}`);
	assert.deepEqual(row.why, ['appealed']);
	await refused(world, /anna decided the report: its appeal goes to somebody else/,
		'decide', id, 'rejected', '--reason', 'again', '--as', 'ANNA');
	await refused(world, /somebody else/, 'take', id, '--as', 'anna');
	assert.equal((await review(world, 'next', '--as', 'anna')).report, null);
	const given = await review(world, 'next', '--as', 'boris');
	assert.equal(given.report.id, id);
	assert.equal(given.decided_before_by, 'anna');
	const after = smsc.to(SUBSCRIBER).length;
	await decide(world, id, 'unproved', 'boris');
	await smsc.expect(SUBSCRIBER, /暂未能查实：已经专人核查/, { after });
	await smsc.text(SUBSCRIBER, `SS ${id}`);
	await smsc.expect(SUBSCRIBER, /无法受理/);
	const why = await world.daemon.json('report', id, '--why');
	assert.deepEqual(why.decisions.map(({ by }) => by), ['anna', 'boris']);
	await world.daemon.expectMetric('reports_open', 0);
});

for (const [timeout, answer] of [['unproved', /暂未能查实：期限内没能查清/], ['verified', /核实成立：期限内没能查清/],
	['rejected', /未成立：期限内没能查清/]])
	flow(`a report that nobody decided in time ends ${timeout}, as policy says, and is told`, {
		config: policy({ deadline_s: 2, review_timeout: timeout }),
	}, async (world) => {
		const smsc = await world.smsc().connect();
		await world.rewards.start();
		const id = await toReview(world, smsc);
		await smsc.expect(SUBSCRIBER, answer);
		await expectState(world, id, timeout);
		await refused(world, new RegExp(`is not in review: it is ${timeout}`),
			'decide', id, 'verified', '--reason', 'x', '--as', 'anna');
		if (timeout === 'verified') {
			await smsc.expect(SUBSCRIBER, /已到账/);
			const [event] = await world.events('report.verified');
			assert.equal(Date.parse(event.data.call_start), Date.parse((await report(world, id)).call_start));
		}
		assert.equal((await world.events('report.overdue_soon')).length, 1);
	});

flow('the clock warns before it is broken: once for each report, in events, metrics and the log', {
	config: { ...policy({ deadline_s: 3600 }), reports: { warn_before_s: 1200 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const id = await toReview(world, smsc);
	assert.equal((await world.daemon.metrics()).reports_due_soon, 0);
	assert.equal((await world.events('report.overdue_soon')).length, 0);
	// Forty-five minutes later.
	await tamper(world, `UPDATE report SET received_ms=received_ms-2700000,deadline_ms=deadline_ms-2700000,` +
		`check_at=check_at-2700000 WHERE state=6`);
	const [event] = await waitFor('the warning', async () => {
		const events = await world.events('report.overdue_soon');
		return events.length && events;
	});
	assert.equal(event.subject, id);
	assert.equal(event.data.verdict, 'review');
	assert.ok(Date.parse(event.data.deadline) > Date.now());
	await world.daemon.expectMetric('reports_due_soon', 1);
	await world.daemon.expectMetric('reports_oldest_seconds', (value) => value >= 2700);
	await world.daemon.expectLog(/ 1 open reports whose clock runs out within 1200 s/);
	const status = await world.daemon.json('status');
	assert.equal(status.reports.due_soon, 1);
	await tamper(world, `UPDATE report SET check_at=1 WHERE state=6`);
	await waitFor('another look', async () =>
		(await query(world, 'SELECT check_at FROM report WHERE state=6'))[0].check_at > 1);
	await decide(world, id, 'verified', 'anna');
	await world.daemon.expectMetric('reports_due_soon', 0);
	await world.daemon.expectMetric('reports_in_time_total', 1);
	assert.equal((await world.events('report.overdue_soon')).length, 1);
	assert.equal((await world.daemon.metrics()).reports_warned_total, 1);
});

flow('a forged number that a person verified is told to anti-fraud, and not blocked for it', {
	config: policy({ classes: { forged: { outcome: 'review' } } }),
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.records.call(SELLER, SUBSCRIBER, { start: Date.now() - 600e3, entry: 'international' });
	await world.records.complete();
	await fed(world);
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	await expectState(world, id, 'review');
	assert.equal((await world.events('number.forged')).length, 0);
	await decide(world, id, 'verified', 'anna');
	await smsc.expect(SUBSCRIBER, /核实成立/);
	const [event] = await waitFor('the event', async () => {
		const events = await world.events('number.forged');
		return events.length && events;
	});
	assert.equal(event.data.forged, true);
	assert.equal((await report(world, id)).verdict.forged, true);
});

flow('the queue and who has what outlive a restart', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await toReview(world, smsc);
	await review(world, 'take', id, '--as', 'anna');
	await world.daemon.kill();
	await world.daemon.start();
	assert.equal((await review(world)).reports[0].with, 'anna');
	assert.equal((await review(world, 'next', '--as', 'boris')).report, null);
	const again = await world.smsc().connect();
	await decide(world, id, 'verified', 'anna');
	await again.expect(SUBSCRIBER, /核实成立/);
});

flow('what is not understood is refused, and nobody needs to say who it is', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await toReview(world, smsc);
	for (const [pattern, args] of [
		[/verdict: is none of/, ['decide', id, 'perhaps', '--reason', 'x']],
		[/reason: wants a text/, ['decide', id, 'verified', '--reason', '  ']],
		[/as: wants a name/, ['decide', id, 'verified', '--reason', 'x', '--as', '']],
		[/id: is no report number/, ['show', '12']],
		[/op: not known/, ['shred']],
	]) await refused(world, pattern, ...args);
	assert.equal((await world.daemon.command('review', 'take', id, 'verified')).code, 2);
	assert.equal((await world.daemon.command('review', 'decide', id, 'verified')).code, 2);
	await review(world, 'decide', id, 'rejected', '--reason', 'x');
	const { events } = await report(world, id);
	assert.match(events.at(-1).detail.by, /^uid \d+$/);
});

flow('of an SMS the thresholds of an SMS are shown', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}发短信推销贷款`);
	await expectState(world, id, 'review');
	const { out } = await world.daemon.command('review', 'show', id);
	assert.match(out, /\+60 +in all; an SMS: verified from 90$/m);
});

flow('a table for people', async (world) => {
	const smsc = await world.smsc().connect();
	const id = await toReview(world, smsc);
	const { code, out } = await world.daemon.command('review');
	assert.equal(code, 0);
	assert.match(out, new RegExp(`${id} .*1 d 22 h .*138\\*\\*\\*\\*8000.*wide_fanout`));
	const shown = await world.daemon.command('review', 'show', id);
	assert.match(shown.out, /\+30 +wide_fanout +6\d people in 1 days/);
	assert.match(shown.out, /others +0 reports of the number/);
	const why = await world.daemon.command('report', id, '--why');
	assert.equal(why.code, 0, why.out + why.err);
	assert.match(why.out, /then +if\n[\s\S]*verified +the text had named what was offered/);
});

// At a terminal, which `script` makes: keys are pressed when the prompt is there.
flow('at a terminal one key decides, and the next report comes', async (world) => {
	const smsc = await world.smsc().connect();
	const subscribers = [0, 1, 2, 3].map((i) => `+861380013800${i}`);
	const ids = [];
	for (const subscriber of subscribers) ids.push(await toReview(world, smsc, subscriber));
	const command = `${binary('mianrao')} --socket ${world.daemon.socket} review --as anna`;
	const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
	let text = '';
	child.stdout.on('data', (data) => { text += data; });
	const ended = new Promise((resolve) => child.on('close', resolve));
	const press = async (prompt, keys) => {
		await waitFor(() => `${prompt}; there is: ${text}`, () => prompt.test(text));
		text = '';
		child.stdin.write(keys);
	};
	try {
		await press(new RegExp(`${ids[0]}[\\s\\S]*骚扰[\\s\\S]*\\[q\\]uit.*> $`), 'v');
		await press(new RegExp(`verified, 3 more wait[\\s\\S]*${ids[1]}[\\s\\S]*> $`), 'xs');
		await press(new RegExp(`${ids[2]}[\\s\\S]*> $`), 'R');
		await press(/reason: $/, 'a bank that calls back\n');
		await press(new RegExp(`rejected, 2 more wait[\\s\\S]*${ids[3]}[\\s\\S]*> $`), 'q');
		assert.equal(await within('the end', ended), 0);
	} finally {
		child.kill('SIGKILL');
	}
	const queue = await review(world);
	assert.deepEqual(queue.reports.map(({ id, with: who }) => [id, who]), [[ids[1], null], [ids[3], null]]);
	assert.equal((await report(world, ids[2])).events.at(-1).detail.reason, 'a bank that calls back');
	await smsc.expect(subscribers[0], /核实成立/);
	await smsc.expect(subscribers[2], /未成立/);
	assert.equal((await run(binary('mianrao'), ['--socket', world.daemon.socket, 'review'])).code, 0,
		'without a terminal it is the list');
});
