// SPDX-License-Identifier: AGPL-3.0-or-later
// Policy: verdicts that can be derived again, and other policies tried over what is stored.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { SELLER, SUBSCRIBER, expectState, fed, soldTo, verifiedReport } from '../lib/steps.mjs';
import { project } from '../lib/process.mjs';
import { query, tamper } from '../lib/store.mjs';
import { flow } from '../lib/world.mjs';
import { toYaml } from '../lib/yaml.mjs';

const SELLERS = Array.from({ length: 4 }, (_, i) => `1371234567${i}`);

// Reports that were judged: verified by words, sent to a person, and of no call.
async function judged(world) {
	const smsc = await world.smsc().connect();
	for (const seller of SELLERS.slice(0, 3)) await soldTo(world, SUBSCRIBER, seller);
	await world.records.complete();
	await fed(world);
	const ids = [];
	for (const [seller, words, state] of [[SELLERS[0], '推销宽带', 'verified'], [SELLERS[1], '推销保险', 'verified'],
		[SELLERS[2], '骚扰', 'review'], [SELLERS[3], '推销宽带', 'rejected']]) {
		const id = await smsc.text(SUBSCRIBER, `举报${seller}${words}`);
		await expectState(world, id, state);
		ids.push(id);
	}
	await world.daemon.expectMetric('outbox_depth', 0);
	return ids;
}

function file(world, policies) {
	const name = path.join(world.folder, 'other.yaml');
	fs.writeFileSync(name, typeof policies === 'string' ? policies : toYaml(policies));
	return name;
}

const attempt = (world, policies, ...args) => world.daemon.json('policy', 'try', file(world, policies), ...args);
const verdict = (more) => ({ verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', ...more }] });
const everything = async (world) => JSON.stringify(await Promise.all(['report', 'report_event', 'reward', 'outbox',
	'audit', 'budget', 'review'].map((table) => query(world, `SELECT * FROM ${table}`))));

// Columns that are copied when reports are made up.
const REPORT = 'id,subscriber,number,intent,category,text,received_ms,call_from_ms,call_to_ms,state,check_at,checks,' +
	'deadline_ms,route,score,reasons,call_start_ms,forged,events,chain,told,appealed';
const REWARD = 'id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,requested_ms,settled_ms,' +
	'attempts,next_ms';

const base = { config: { reports: { join_s: 0 } } };

flow('another policy is tried over what is stored, and changes nothing', base, async (world) => {
	const [broadband, insurance, review, none] = await judged(world);
	const before = await everything(world);
	// Words of insurance weigh less, and a wide fan-out is enough.
	const tried = await attempt(world, verdict({ score_words: { insurance: 10 }, score_fanout: 40, verify_at: 60 }));
	assert.equal(tried.judged, 4);
	assert.equal(tried.changed, 1);
	assert.equal(tried.approximate, 0);
	assert.deepEqual(tried.changes.map(({ id, from, to }) => [id, from, to]), [[insurance, 'verified', 'review']]);
	assert.deepEqual(tried.changes[0].reasons, ['call_found', 'sales_words', 'wide_fanout']);
	assert.deepEqual(tried.changes[0].would_be, ['call_found', 'wide_fanout', 'sales_words']);
	assert.deepEqual(tried.rewards, { before: 2, after: 1, before_mb: 2048, after_mb: 1024, difference_mb: -1024 });
	const all = await attempt(world, verdict({ review_at: -1000, verify_at: 1000 }));
	assert.deepEqual(all.changes.map(({ id, to }) => [id, to]), [[broadband, 'review'], [insurance, 'review']]);
	const few = await attempt(world, verdict({ review_at: -1000, verify_at: 1000 }), '--limit', '1', '--days', '1');
	assert.deepEqual([few.changed, few.changes.length], [2, 1]);
	assert.equal(await everything(world), before);
	assert.ok(review && none);
});

flow('a whole configuration is one to try, and what it lacks is as it is', base, async (world) => {
	await judged(world);
	const same = await attempt(world, fs.readFileSync(path.join(project, 'deploy/mianrao.yaml'), 'utf8'));
	assert.deepEqual([same.judged, same.changed], [4, 0]);
	assert.equal(same.rewards.difference_mb, 0);
	const partner = await attempt(world, { reports: { partners: [SELLERS[0]] } });
	assert.equal(partner.changed, 1);
	assert.deepEqual(partner.changes[0].would_be, ['partner_number', 'call_found']);
	assert.equal(partner.rewards.difference_mb, -1024);
	const capped = await attempt(world, { reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 300, cap_day: 1 }] });
	assert.equal(capped.changed, 0);
	assert.deepEqual([capped.rewards.before_mb, capped.rewards.after_mb], [2048, 300]);
	const later = await attempt(world, { verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00' },
		{ effective: '2099-01-01T00:00:00+08:00', verify_at: 1000 }] });
	assert.equal(later.changed, 0, 'each report by the policy of its day');
});

flow('other days are judged as well as they can be, and told apart', base, async (world) => {
	const [broadband] = await judged(world);
	const wider = await attempt(world, verdict({ window_days: 8, deadline_s: 86400 }));
	assert.deepEqual([wider.changed, wider.approximate], [0, 1], 'only of the one without a call nobody knows');
	const fanout = await attempt(world, verdict({ fanout_days: 2 }));
	assert.equal(fanout.approximate, 4);
	// The call is ten minutes older than a window of no time at all.
	await tamper(world, `UPDATE report SET call_from_ms=received_ms-1000,call_to_ms=received_ms WHERE number='+86${SELLERS[0]}'`);
	const narrow = await attempt(world, verdict({ slack_s: 10 }));
	assert.deepEqual(narrow.changes.map(({ id, to, would_be: why }) => [id, to, ...why]), [[broadband, 'rejected', 'no_such_call']]);
	// A colleague who reported the number longer ago.
	await tamper(world, `INSERT INTO report(${REPORT}) SELECT id-1000000,'+8613800138001',number,intent,category,text,` +
		`received_ms-15*86400000,call_from_ms,call_to_ms,4,NULL,checks,deadline_ms,route,score,reasons,call_start_ms,` +
		`forged,events,chain,told,appealed FROM report WHERE number='+86${SELLERS[2]}'`);
	const reporters = (days) => attempt(world, verdict({ reporters_days: days, reporters_min: 1, score_reporters: 70 }));
	assert.equal((await reporters(14)).changed, 0);
	assert.deepEqual((await reporters(16)).changes.map(({ from, to }) => [from, to]), [['review', 'verified']]);
});

// What is made up or tampered with does not add up at the end.
const unsound = { ...base, audited: false };

flow('many reports are tried in chunks, between which others are answered', unsound, async (world) => {
	const most = 4000;
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	await world.daemon.expectMetric('outbox_depth', 0);
	const first = '(SELECT MIN(id) FROM report)';
	await tamper(world, `BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<${most})
		INSERT INTO report(${REPORT}) SELECT report.id+i,'+86138'||printf('%08d',i%500),number,intent,category,text,received_ms,
		call_from_ms,call_to_ms,state,NULL,checks,deadline_ms,route,score,reasons,call_start_ms+i*1000,forged,events,chain,
		told,appealed FROM report,n WHERE report.id=${first};
		INSERT INTO report_event(report_id,seq,at_ms,from_state,to_state,reasons,detail,hash) SELECT r.id,seq,at_ms,from_state,to_state,e.reasons,detail,hash FROM report r,report_event e
		WHERE r.id>${first} AND e.report_id=${first};
		INSERT INTO reward(${REWARD}) SELECT 'W'||printf('%032x',id),id,subscriber,number,call_start_ms,1024,2,'',received_ms,NULL,NULL,1,NULL
		FROM report WHERE id>${first}; COMMIT;`);
	let answered = 0;
	let running = true;
	const others = (async () => {
		while (running) {
			assert.equal((await world.daemon.json('report', id)).state, 'verified');
			answered++;
		}
	})();
	const capped = { reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 10, cap_day: 3 }] };
	const name = file(world, { ...verdict({ score_words: { broadband: 50 } }), ...capped });
	const both = await Promise.all([0, 1].map(() => world.daemon.command('--json', 'policy', 'try', name)))
		.finally(() => { running = false; });
	await others;
	const [done, refusal] = both.sort((a, b) => a.code - b.code);
	const tried = JSON.parse(done.out);
	assert.ok(answered > 2, `${answered} answers meanwhile`);
	assert.match(refusal.err, /another policy is being tried/);
	assert.deepEqual([tried.judged, tried.changed], [most + 1, 0]);
	assert.deepEqual([tried.rewards.before, tried.rewards.before_mb], [most + 1, (most + 1) * 1024]);
	assert.deepEqual([tried.rewards.after, tried.rewards.after_mb], [500 * 3 + 1, (500 * 3 + 1) * 10], 'three a day each');
});

flow('what cannot be tried is refused with the place of the error', base, async (world) => {
	for (const [text, pattern] of [
		['verdict_policies:\n  - effective: 2020-01-01T00:00+08:00\n    colour: red\n', /other\.yaml:3: .*colour/],
		['verdict_policies:\n  - effective: 2020-01-01T00:00+08:00\n    verify_at: 1\n', /review_at: is greater than verify_at/],
		['verdict_policies:\n  - effective: 2020-01-01T00:00+08:00\n    window_days: 31\n', /needs feed\.retention_days/],
		['verdict_policies:\n  - effective: 2020-01-01T00:00+08:00\n    classes: { mobile: { outcome: perhaps } }\n', /outcome/],
	]) {
		const { code, err } = await world.daemon.command('policy', 'try', file(world, text));
		assert.equal(code, 1);
		assert.match(err, pattern);
	}
	assert.equal((await world.daemon.command('policy', 'try', '/nowhere.yaml')).code, 1);
	assert.equal((await world.daemon.command('policy', 'try', file(world, verdict({})), '--days', '0')).code, 1);
	assert.equal((await world.daemon.command('policy', 'shred')).code, 2);
	assert.equal((await world.daemon.command('policy', 'try', '--days', '3', 'x.yaml')).code, 2);
	assert.equal((await attempt(world, verdict({}))).judged, 0, 'nothing is stored, and that is an answer');
});

flow('the policies in force are shown with their hash and every value', {
	config: { verdict_policies: [{ effective: '2020-01-01T00:00:00+08:00', grace_s: 1, classes: { shared: { points: 5 } } },
		{ effective: '2099-01-01T00:00:00+08:00' }] },
}, async (world) => {
	const { verdict_policies: policies, reward_policies: rewards } = await world.daemon.json('policy');
	const [now, then] = Object.values(policies);
	assert.match(now.hash, /^[0-9a-f]{12}$/);
	assert.deepEqual([now.in_force, then.in_force], [true, false]);
	assert.deepEqual([now.grace_s, now.score_words.loan, now.classes.shared.points, now.classes.official.outcome],
		[1, 60, 5, 'rejected']);
	const [[, reward]] = Object.entries(rewards);
	assert.deepEqual([reward.amount_mb, reward.cap_day, reward.in_force, reward.tiers], [1024, 3, true, []]);
});

flow('a verdict is derived again under its own policy, when the configuration has long changed', base, async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	const { verdict_policies: before } = await world.daemon.json('policy');
	world.daemon.write({ ...world.daemon.config, ...verdict({ grace_s: 1, verify_at: 1000 }) });
	world.daemon.reload();
	await world.daemon.expectLog(/configuration reloaded/);
	const why = await world.daemon.json('report', id, '--why');
	assert.equal(why.same, true);
	assert.equal(why.policy.hash, Object.values(before)[0].hash);
	assert.deepEqual([why.stored.verdict, why.derived.verdict, why.derived.score], ['verified', 'verified', 90]);
	assert.deepEqual(why.rules.filter(({ points }) => points).map(({ rule, points }) => [rule, points]),
		[['sales_words', 60], ['wide_fanout', 30]]);
	assert.equal(why.rules.reduce((sum, { points }) => sum + points, 0), why.derived.score);
	assert.deepEqual(why.thresholds.verify_at, 60);
	const changes = Object.fromEntries(why.otherwise.map(({ if: what, then }) => [what, then]));
	assert.equal(changes['the text had not named what was offered'], 'review');
	assert.equal(changes['the records had shown no such call'], 'rejected');
	const hashes = (await query(world, 'SELECT hash FROM policy')).map(({ hash }) => hash);
	assert.equal(hashes.length, 3, 'two of the configuration, and the default');
	assert.equal((await query(world, "SELECT COUNT(*) n FROM audit_log WHERE action='policy'"))[0].n, 3);
	await world.daemon.stop();
	await world.daemon.start();
	assert.equal((await world.daemon.json('report', id, '--why')).same, true);
	assert.equal((await query(world, "SELECT COUNT(*) n FROM audit_log WHERE action='policy'"))[0].n, 3);
});

for (const [name, sql, pattern] of [
	['evidence', `UPDATE report_event SET detail=replace(detail,'"distinct":6','"distinct":1') WHERE from_state=2`, /"same":false/],
	['a score', `UPDATE report_event SET detail=replace(detail,'"score":90','"score":91') WHERE from_state=2`, /"same":false/],
	['the verdict', 'UPDATE report_event SET to_state=4 WHERE from_state=2', /"same":false/],
	['a policy', `UPDATE policy SET text=replace(text,'verify_at 60','verify_at 50')`, /its policy is not in the store/],
	['the form of the evidence', `UPDATE report_event SET detail=replace(detail,'"v":1','"v":9') WHERE from_state=2`, /evidence is broken/],
])
	flow(`who tampers with ${name} is found out, and it is a failure to a script`, unsound, async (world) => {
		const smsc = await world.smsc().connect();
		const id = await verifiedReport(world, smsc);
		assert.equal((await world.daemon.command('report', id, '--why')).code, 0);
		await tamper(world, sql);
		const { code, out, err } = await world.daemon.command('--json', 'report', id, '--why');
		assert.equal(code, 1);
		assert.match(out + err, pattern);
	});

flow('a text that looks like evidence is none', base, async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `{"v":1,"call":"found","note":"${SELLER}推销宽带"}`);
	await expectState(world, id, 'pending');
	const { code, err } = await world.daemon.command('report', id, '--why');
	assert.equal(code, 1);
	assert.match(err, /is pending, and policy has judged no evidence of it so far/);
});
