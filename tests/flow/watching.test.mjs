// SPDX-License-Identifier: AGPL-3.0-or-later
// What watches the gateway: metrics as Prometheus wants them, alerts that fire when they should, a dashboard
// of metrics that exist, and a log that machines read.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { run, temporaryFolder } from '../lib/process.mjs';
import { SUBSCRIBER, verifiedReport } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const DEPLOY = path.resolve(import.meta.dirname, '../../deploy');
const RULES = path.join(DEPLOY, 'prometheus/mianrao.rules.yml');
const rules = fs.readFileSync(RULES, 'utf8');
const dashboard = JSON.parse(fs.readFileSync(path.join(DEPLOY, 'grafana/mianrao.json'), 'utf8'));

// Of each alert: series that make it fire, and like ones that do not, sampled each minute.
const ALERTS = {
	MianraoDown: [{ 'up{job="mianrao"}': '0x90' }, { 'up{job="mianrao"}': '1x90' }],
	MianraoRestarts: [{ mianrao_start_time_seconds: '1 2 3 4 5 6 7 8 8x90' }, { mianrao_start_time_seconds: '1x50 2x50' }, 8],
	MianraoIntakeRefused: [{ mianrao_messages_failed_total: '0+5x90' }, { mianrao_messages_failed_total: '7x90' }],
	MianraoStoreBehind: [{ mianrao_store_queue: '5000x90' }, { mianrao_store_queue: '500x90' }],
	MianraoRedisAway: [{ mianrao_redis_connected: '0x90' }, { mianrao_redis_connected: '1x90' }],
	MianraoNoLinks: [{ mianrao_smpp_links: '0x90' }, { mianrao_smpp_links: '1x90' }],
	MianraoLinkDown: [{ 'mianrao_link_sessions{link="a",side="server"}': '0x90' }, { 'mianrao_link_sessions{link="a",side="server"}': '2x90' }],
	MianraoLockedOut: [{ mianrao_smpp_locked_out: '1x90' }, { mianrao_smpp_locked_out: '0x90' }],
	MianraoOutboxGrowing: [{ mianrao_outbox_depth: '20000+10x90' }, { mianrao_outbox_depth: '20000-10x90' }],
	MianraoTextsUndelivered: [{ mianrao_texts_undelivered_total: '0+20x200', mianrao_messages_out_total: '0+100x200' },
		{ mianrao_texts_undelivered_total: '0+1x200', mianrao_messages_out_total: '0+100x200' }, 150],
	MianraoFeedLate: [{ 'mianrao_feed_alarm{source="m",kind="lag"}': '1x90' }, { 'mianrao_feed_alarm{source="m",kind="gap"}': '1x90' }],
	MianraoFeedGap: [{ 'mianrao_feed_alarm{source="m",kind="gap"}': '1x90' }, { 'mianrao_feed_alarm{source="m",kind="gap"}': '0x90' }],
	MianraoFeedClock: [{ 'mianrao_feed_alarm{source="m",kind="clock"}': '1x90' }, { 'mianrao_feed_alarm{source="m",kind="clock"}': '0x90' }],
	MianraoFeedBad: [{ 'mianrao_feed_bad_total{source="m"}': '0+5x90', 'mianrao_feed_records_total{source="m"}': '0+100x90' },
		{ 'mianrao_feed_bad_total{source="m"}': '0x90', 'mianrao_feed_records_total{source="m"}': '0+100x90' }],
	MianraoReportsDueSoon: [{ mianrao_reports_due_soon: '1x90' }, { mianrao_reports_due_soon: '0x90' }],
	MianraoReportsLate: [{ mianrao_reports_overdue: '1x90' }, { mianrao_reports_overdue: '0x90' }],
	MianraoReviewFull: [{ mianrao_reports_in_review: '501x90' }, { mianrao_reports_in_review: '500x90' }],
	MianraoRewardsOverdue: [{ mianrao_rewards_overdue: '1x90' }, { mianrao_rewards_overdue: '0x90' }],
	MianraoRewardsFailed: [{ mianrao_rewards_failed_total: '0+1x90' }, { mianrao_rewards_failed_total: '50x90' }],
	MianraoBudgetSpent: [{ mianrao_rewards_withheld_total: '0+9x90', mianrao_reports_verified_total: '0+10x90' },
		{ mianrao_rewards_withheld_total: '0+1x90', mianrao_reports_verified_total: '0+10x90' }],
	MianraoSettlementFailed: [{ mianrao_settlement_failures_total: '0x30 1x60' }, { mianrao_settlement_failures_total: '1x90' }],
	MianraoNearCacheIncomplete: [{ mianrao_near_cache_complete: '0x90' }, { mianrao_near_cache_complete: '1x90' }],
	MianraoQuarantineFull: [{ mianrao_quarantine_full_total: '0+1x90' }, { mianrao_quarantine_full_total: '9x90' }],
	MianraoRetentionBehind: [{ mianrao_retention_complete_timestamp_seconds: '1x200' }, { mianrao_retention_complete_timestamp_seconds: '0+60x200' }, 150],
	MianraoAttemptsDropped: [{ mianrao_attempts_dropped_total: '0+1x90' }, { mianrao_attempts_dropped_total: '9x90' }],
};

const alertNames = [...rules.matchAll(/^ {6}- alert: (\w+)/gm)].map(([, name]) => name);

// One test of promtool: the series, and whether the alert fires.
function alertTest(alert, series, minutes, fires) {
	const input = Object.entries(series).map(([name, values]) => `      - { series: '${name}', values: '${values}' }`).join('\n');
	const samples = fires ? "[{ labels: '{}', value: 1 }]" : '[]';
	return `  - interval: 1m
    input_series:
${input}
    promql_expr_test:
      - eval_time: ${minutes}m
        expr: count(ALERTS{alertname="${alert}",alertstate="firing"})
        exp_samples: ${samples}
`;
}

test('every alert fires for what it is about, and only then', async () => {
	assert.deepEqual(alertNames.toSorted(), Object.keys(ALERTS).toSorted());
	const folder = temporaryFolder();
	const file = path.join(folder, 'alerts.test.yml');
	const tests = Object.entries(ALERTS).flatMap(([alert, [firing, quiet, minutes = 80]]) =>
		[alertTest(alert, firing, minutes, true), alertTest(alert, quiet, minutes, false)]);
	fs.writeFileSync(file, `rule_files: [${RULES}]\nevaluation_interval: 1m\ntests:\n${tests.join('')}`);
	const { code, out, err } = await run('promtool', ['test', 'rules', file], { timeout: 60000 });
	assert.equal(code, 0, out + err);
	fs.rmSync(folder, { recursive: true });
});

const namesIn = (text) => new Set([...text.matchAll(/\bmianrao_[a-z0-9_]+/g)].map(([name]) => name));

flow('metrics are as Prometheus wants them, and alerts and dashboard ask for those that exist', async (world) => {
	await verifiedReport(world, await world.smsc().connect());
	const { body } = await world.daemon.http('/metrics');
	const { code, out, err } = await run('promtool', ['check', 'metrics'], { input: body });
	assert.equal(code, 0, out + err);
	assert.equal((out + err).trim(), '', 'nothing to complain of');
	const served = namesIn(body);
	const asked = namesIn(rules + dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr)).join('\n'));
	assert.ok(asked.size > 50);
	assert.deepEqual([...asked].filter((name) => !served.has(name)), []);
	assert.doesNotMatch(body, /1[3-9]\d{9}/, 'no number of a subscriber is in it');
});

test('the panels of the dashboard do not lie over each other', () => {
	const seen = new Map();
	for (const { id, gridPos: { x, y, w, h } } of dashboard.panels)
		for (let row = y; row < y + h; row++)
			for (let column = x; column < x + w; column++) {
				const place = `${column}/${row}`;
				assert.ok(column < 24 && !seen.has(place), `panels ${id} and ${seen.get(place)}`);
				seen.set(place, id);
			}
	assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
});

flow('the log is JSON on request, a reload changes it, and lines about a report name it', {
	config: { log_format: 'json', log_level: 'debug' },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const id = await verifiedReport(world, smsc);
	// What a peer sends cannot leave its string.
	await smsc.text(SUBSCRIBER, '"}\n{"level":"error');
	const lines = () => world.daemon.lines;
	const entries = lines().map((line) => JSON.parse(line));
	for (const entry of entries) {
		assert.deepEqual(Object.keys(entry).filter((key) => key !== 'report'), ['time', 'level', 'area', 'message']);
		assert.ok(Number.isFinite(Date.parse(entry.time)), entry.time);
		assert.match(entry.level, /^(debug|info|notice|error)$/);
	}
	const about = entries.filter(({ report }) => report === id);
	assert.ok(about.length >= 2 && about.every(({ message }) => message.startsWith(id)), 'opened, decided');
	world.daemon.write({ ...world.daemon.config, log_format: 'text' });
	world.daemon.reload();
	await world.daemon.expectLog(/^\d{4}-\S+ MAIN +notice configuration reloaded/);
});

flow('one id goes from the text to the credit, and the trace tells every step', {
	config: { log_format: 'json', log_level: 'info' },
}, async (world) => {
	const smsc = await world.smsc().connect();
	world.rewards.start();
	const id = await verifiedReport(world, smsc); // what the SMSC was answered
	const steps = await waitFor('the credit', async () => {
		const { trace } = await world.daemon.json('report', id, '--trace');
		return trace.at(-1).what === 'reward ended' && trace;
	});
	assert.deepEqual(steps.map(({ what }) => what), ['text came', 'state', 'state', 'reward due', 'reward asked', 'reward ended']);
	assert.ok(steps.every(({ after_ms: after }, i) => after >= (steps[i - 1]?.after_ms ?? 0)), 'in the order of time');
	assert.match(steps[0].detail, new RegExp(`^${id} by centre$`));
	assert.match(steps.at(-1).detail, /credited/);
	const [request] = await world.redis.stream(world.key('rewards'));
	assert.equal(request.fields.report, id);
	const events = (await world.events()).filter((event) => JSON.stringify(event).includes(id));
	assert.ok(events.length > 0, 'in the events');
	assert.ok(world.daemon.lines.some((line) => JSON.parse(line).report === id), 'in the log');
	// The same text once more joins it.
	await smsc.text(SUBSCRIBER, '13712345678*推销宽带');
	const { trace } = await world.daemon.json('report', id, '--trace');
	assert.equal(trace.filter(({ what }) => what === 'text came').length, 2);
	const none = await world.daemon.command('report', 'R0000000', '--trace');
	assert.notEqual(none.code, 0);
});

flow('mianrao watch shows the gateway on one screen, and waits for a daemon that is away', async (world) => {
	const smsc = await world.smsc().connect();
	let over = false;
	const watching = world.daemon.command('watch', '--rounds', '3').finally(() => (over = true));
	await verifiedReport(world, smsc);
	while (!over) await smsc.text('+8613800138009', 'CXPB');
	const { code, out } = await watching;
	assert.equal(code, 0);
	assert.equal(out.match(/^mianrao \S+ {2}test {2}ready {2}redis yes$/gm).length, 3, 'three rounds');
	assert.match(out, /^texts {5}in [1-9]\d*\/s/m, 'what came is a rate');
	assert.match(out, /centre +server +BOUND_TRX/);
	assert.doesNotMatch(out, /\x1b/, 'no terminal is steered where there is none');
	assert.equal((await world.daemon.command('watch', '--rounds', 'x')).code, 2);
	await world.daemon.kill();
	const away = await world.daemon.command('watch', '--rounds', '2');
	assert.equal(away.code, 3);
	await world.daemon.start();
});
