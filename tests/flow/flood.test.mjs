// SPDX-License-Identifier: AGPL-3.0-or-later
// Fair to reporters: a flood is answered once and then counted, and nothing of it is lost.

import assert from 'node:assert/strict';

import { SELLER, SUBSCRIBER, expectState, fed, soldTo } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';
import { flow } from '../lib/world.mjs';

const OTHER = '+8613800138001';

flow('many texts of one sender: some answers, one that says so, then silence; all is read', {
	config: { reports: { flood_answers: 3 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const sellers = Array.from({ length: 5 }, (_, i) => `1371234567${i}`);
	for (const seller of sellers) await soldTo(world, SUBSCRIBER, seller);
	await world.records.complete();
	await fed(world);
	for (let i = 0; i < 10; i++) await smsc.text(SUBSCRIBER, 'BZ');
	const ids = [];
	for (const seller of sellers) ids.push(await smsc.text(SUBSCRIBER, `${seller}*推销宽带`));
	// The reports have their verdicts told all the same.
	for (const [i, seller] of sellers.entries()) {
		await smsc.expect(SUBSCRIBER, new RegExp(`${seller}.*核实成立`));
		await expectState(world, ids[i], 'verified');
	}
	// Whoever else texts is answered.
	await smsc.text(OTHER, 'BZ');
	await smsc.expect(OTHER, /举报骚扰推销/);
	await world.daemon.expectMetric('outbox_depth', 0);
	const texts = smsc.to(SUBSCRIBER).map(({ text }) => text);
	assert.equal(texts.filter((text) => /举报骚扰推销/.test(text)).length, 3);
	assert.equal(texts.filter((text) => /暂不逐条回复/.test(text)).length, 1);
	assert.equal(texts.filter((text) => /已收到您对/.test(text)).length, 0, 'no receipt is answered');
	await world.daemon.expectMetric('texts_flood_total', 11);
	assert.equal((await query(world, 'SELECT COUNT(*) n FROM message_in WHERE state=1'))[0].n, 16);
	assert.equal((await world.daemon.json('audit')).balanced, true);
});

flow('duplicates within a flood join their report, which has its verdict told once', {
	config: { reports: { flood_answers: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	const id = await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带`);
	for (let i = 0; i < 5; i++) await smsc.text(SUBSCRIBER, `${SELLER}*推销宽带!`);
	await world.daemon.expectMetric('reports_duplicate_total', 5);
	await soldTo(world);
	await world.records.complete();
	await smsc.expect(SUBSCRIBER, /核实成立/);
	await expectState(world, id, 'verified');
	await world.daemon.expectMetric('outbox_depth', 0);
	assert.equal(smsc.to(SUBSCRIBER).length, 3, 'a receipt, that no more answers come, the verdict');
	await world.daemon.expectMetric('texts_flood_total', 4);
});

flow('when the window is over texts are answered again', {
	config: { reports: { flood_answers: 1, flood_s: 1 } },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await waitFor('three answers to one kind of text', async () => {
		await smsc.text(SUBSCRIBER, 'BZ');
		return smsc.to(SUBSCRIBER).filter(({ text }) => /举报骚扰推销/.test(text)).length >= 3;
	}, { every: 50 });
	assert.ok((await world.daemon.metrics()).texts_flood_total > 0);
});

flow('without a bound everything is answered', { config: { reports: { flood_answers: 0 } } }, async (world) => {
	const smsc = await world.smsc().connect();
	for (let i = 0; i < 60; i++) await smsc.text(SUBSCRIBER, 'BZ');
	await waitFor('all answers', () => smsc.to(SUBSCRIBER).length === 60);
	assert.equal((await world.daemon.metrics()).texts_flood_total, 0);
});

flow('who reports too much for a reward is verified, told so, and never judged otherwise', {
	config: { reward_policies: [{ effective: '2020-01-01T00:00:00+08:00', amount_mb: 500, cap_day: 1 }] },
}, async (world) => {
	const smsc = await world.smsc().connect();
	await world.rewards.start();
	const sellers = Array.from({ length: 4 }, (_, i) => `1371234567${i}`);
	for (const seller of sellers) await soldTo(world, SUBSCRIBER, seller);
	await world.records.complete();
	await fed(world);
	for (const seller of sellers) {
		const id = await smsc.text(SUBSCRIBER, `${seller}*推销宽带`);
		const found = await expectState(world, id, 'verified');
		assert.deepEqual(found.reasons, ['call_found', 'sales_words', 'wide_fanout']);
	}
	await smsc.expect(SUBSCRIBER, new RegExp(`${sellers[3]}.*核实成立.*今日奖励已满`, 's'));
	assert.equal(smsc.to(SUBSCRIBER).filter(({ text }) => /今日奖励已满/.test(text)).length, 3);
});
