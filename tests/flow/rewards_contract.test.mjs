// SPDX-License-Identifier: AGPL-3.0-or-later
// The contract with the rewards system: its schemas, their examples, and what is really published.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { project } from '../lib/process.mjs';
import { violations } from '../lib/schema.mjs';
import { SUBSCRIBER, expectState, fed, verifiedReport } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const EXAMPLES = path.join(project, 'deploy/rewards/examples');
const read = (name) => fs.readFileSync(path.join(EXAMPLES, name), 'utf8');
const schemaOf = (name) => name.split('-')[0];

test('every example is as its schema says', async () => {
	const names = fs.readdirSync(EXAMPLES);
	assert.ok(names.length >= 10);
	for (const name of names) {
		const values = name.endsWith('.ndjson') ? read(name).trim().split('\n').map((line) => JSON.parse(line))
			: [JSON.parse(read(name))];
		assert.equal(await violations(schemaOf(name), values), '', name);
	}
});

const example = (name) => JSON.parse(read(`${name}.json`));
const WRONG = [
	['request', 'an id of a reversal', { ...example('request-credit'), id: `V${'0'.repeat(32)}` }],
	['request', 'a reversal of nothing', { ...example('request-reverse'), reverses: undefined }],
	['request', 'an amount that is a number', { ...example('request-credit'), amount_mb: 1024 }],
	['request', 'no subscriber', { ...example('request-credit'), subscriber: undefined }],
	['request', 'a time elsewhere', { ...example('request-credit'), requested: '2025-11-22T04:14:41Z' }],
	['answer', 'another status', { ...example('answer-credited'), status: 'paid' }],
	['answer', 'a credit reversed', { ...example('answer-credited'), status: 'reversed' }],
	['event', 'another type', { ...example('event-report.verified'), type: 'report.opened' }],
	['event', 'a rejection that is verified',
		{ ...example('event-report.closed'), data: { ...example('event-report.closed').data, verdict: 'verified' } }],
	['settlement', 'a header with more', { ...JSON.parse(read('settlement-2025-11-22.ndjson').split('\n')[0]), x: 1 }],
];
test('the schemas refuse what is wrong', async () => {
	for (const [schema, name, value] of WRONG)
		assert.notEqual(await violations(schema, [value]), '', `${schema}: ${name}`);
});

const fieldsOf = async (world, name) => (await world.redis.stream(world.key(name))).map(({ fields }) => fields);

flow('what is published is as the schemas say', async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const verified = await verifiedReport(world, smsc);
	await smsc.expect(SUBSCRIBER, /已到账/);
	// One that is rejected, and one of a forged number.
	await smsc.text(SUBSCRIBER, '13611112222*推销保险');
	await smsc.expect(SUBSCRIBER, /13611112222.*未成立/s);
	await world.records.call('13512340000', SUBSCRIBER, { start: Date.now() - 600e3, duration: 30, entry: 'international' });
	await world.records.complete();
	await fed(world);
	await smsc.text(SUBSCRIBER, '13512340000*推销宽带');
	await smsc.expect(SUBSCRIBER, /13512340000.*核实成立/s);
	// And a reward that is taken back.
	const { reward } = await expectState(world, verified, 'verified');
	await world.daemon.json('rewards', 'reverse', reward.id, '--reason', '误发');
	await smsc.expect(SUBSCRIBER, /已收回：误发/);
	await world.daemon.expectMetric('outbox_depth', 0);

	const events = await world.events();
	const types = new Set(events.map(({ type }) => type));
	assert.deepEqual([...types].sort(), ['number.forged', 'report.closed', 'report.verified', 'reward.reversed']);
	assert.equal(await violations('event', events), '');
	const requests = await fieldsOf(world, 'rewards');
	assert.deepEqual(requests.map(({ type }) => type).sort(), ['credit', 'credit', 'reverse']);
	assert.equal(await violations('request', requests), '');
	const answers = await waitFor('three answers', async () => {
		const all = await fieldsOf(world, 'rewards:acks');
		return all.length === 3 && all;
	});
	assert.equal(await violations('answer', answers), '');
});

test('the reward of the seller in the examples has the key of its call', () => {
	assert.equal(example('request-credit').id, example('event-report.verified').data.reward.id);
	assert.equal(example('request-reverse').reverses, example('request-credit').id);
});
