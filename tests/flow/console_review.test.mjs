// SPDX-License-Identifier: AGPL-3.0-or-later
// The console: the review by the keyboard alone, what is live, and numbers uncovered.

import assert from 'node:assert/strict';

import { onScreen, Screen } from '../lib/browser.mjs';
import { SELLER, SUBSCRIBER, expectState, fed, report } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';

const config = { reports: { join_s: 0 } };
const PEOPLE = ['+8613800138000', '+8613800138001', '+8613800138002', '+8613800138003'];

// Calls of a seller, and no word of what was sold: for a person to decide.
async function toReview(world, smsc, people) {
	await world.records.campaign(SELLER, 60);
	for (const person of people) await world.records.call(SELLER, person, { start: Date.now() - 300e3, duration: 40 });
	await world.records.complete();
	await fed(world);
	const ids = [];
	for (const person of people) {
		const id = await smsc.text(person, `举报${SELLER}骚扰`);
		await expectState(world, id, 'review');
		ids.push(id);
	}
	return ids;
}

onScreen('a reviewer works off the queue without a mouse', { config }, async (world) => {
	const smsc = await world.smsc().connect();
	const ids = await toReview(world, smsc, PEOPLE.slice(0, 3));
	const screen = await Screen.open(world);
	await screen.login(await world.tokenOf('anna', 'reviewer'));
	await screen.press('g', 'r');
	await screen.see('.queue-list');
	await waitFor('three to wait', async () => await screen.count('.queue-list [data-item]') === 3);

	// Down the list and in: what one sees of the first.
	await screen.press('j', 'Enter');
	await screen.see('[data-report] [data-verdict]');
	const first = await screen.page.getAttribute('[data-report]', 'data-report');
	assert.ok(ids.includes(first));
	assert.match(await screen.text('.message'), /骚扰/);
	assert.match(await screen.text('[data-report] .facts'), /137\*{4}5678/);
	await screen.see('.gauge');
	await screen.see('.chart.columns[aria-label*="hour by hour"] .bar');
	await screen.see('.chart.columns[aria-label*="and the days before"] .bar');
	await screen.see('[data-report] table', 'wide fan-out');
	await screen.see('h3', 'Same number: 2');

	// One key for the verdict, one for the reason; the next comes by itself.
	await screen.press('v');
	await screen.see('dialog[open]');
	await screen.press('1');
	await screen.see('.toast', first);
	await screen.see(`[data-report]:not([data-report="${first}"]) [data-verdict]`);
	await expectState(world, first, 'verified');
	const second = await screen.page.getAttribute('[data-report]', 'data-report');

	// In own words; and not without any.
	await screen.press('x');
	await screen.see('dialog[open]');
	for (let i = 0; i < 5; i++) await screen.press('Tab');
	await screen.press('Enter');
	await screen.see('dialog .bad-text');
	await screen.type('they are neighbours');
	await screen.press('Enter');
	await screen.gone('dialog');
	const rejected = await expectState(world, second, 'rejected');
	assert.equal(rejected.events.at(-1).detail.reason, 'they are neighbours');
	assert.match(rejected.events.at(-1).detail.by, /anna/);

	// Back to the queue gives the report back; `n` takes it again.
	const third = ids.find((id) => id !== first && id !== second);
	await screen.see(`[data-report="${third}"] [data-verdict]`);
	await screen.press('Escape');
	await screen.see('h2', 'Choose a report');
	await waitFor('the lease to end', async () => (await world.daemon.json('review')).reports[0].with === null);
	await screen.press('n');
	await screen.see(`[data-report="${third}"] [data-verdict]`);
	await screen.press('u');
	await screen.see('dialog[open]');
	await screen.press('Escape');
	await screen.gone('dialog');
	assert.equal((await report(world, third)).state, 'review', 'Escape decides nothing');
	await screen.press('u', '2');
	await screen.see('.empty', 'Nothing waits for review.');
	await expectState(world, third, 'unproved');
	await screen.shoot('review-empty');
	await screen.assertClean();
});

onScreen('what happens is on the screen by itself, a lost connection too', { config }, async (world) => {
	const smsc = await world.smsc().connect();
	const token = await world.tokenOf('anna', 'reviewer');
	const screen = await Screen.open(world);
	await screen.login(token);
	await screen.open('#/now');
	await screen.see('.live[data-state=live]');
	await screen.see('.tile', 'Waiting for review');
	assert.equal(await screen.count('[data-waiting]:visible'), 0);
	const [id] = await toReview(world, smsc, PEOPLE.slice(0, 1));
	await screen.see('[data-waiting]', '1');
	await screen.see('[data-live=waiting] .tile.warn', '1');
	await screen.see('td', 'bound');
	// What is brought up to date each second does not take the focus from anybody.
	await screen.page.locator('[data-live=waiting] a').first().focus();
	const at = await screen.text('.page-extra');
	await waitFor('the next second', async () => await screen.text('.page-extra') !== at);
	assert.equal(await screen.page.evaluate(() => document.activeElement.closest('[data-live]') !== null), true);

	// A queue and a report that others change.
	await screen.open('#/review');
	const [other] = await toReview(world, smsc, PEOPLE.slice(1, 2));
	await screen.see('.queue-list a', other);
	await screen.open(`#/reports/${id}`);
	await screen.see('[data-state=review]');
	await world.daemon.json('review', 'decide', id, 'verified', '--reason', 'seen', '--as', 'bob');
	await screen.see('[data-state=verified]');
	await screen.see('.timeline', 'by bob');
	assert.equal(await screen.page.evaluate(() => document.cookie), '', 'no script sees the session');
	assert.ok(!(await screen.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).includes('mrt_'), 'the token is kept nowhere');

	// Away, and back.
	screen.away = true;
	await world.daemon.stop();
	await screen.see('.banner');
	await screen.shoot('connection-lost', { full: false });
	await world.daemon.start();
	await screen.gone('.banner');
	await screen.see('.live[data-state=live]');
	screen.away = false;

	// The token goes: so does the session, and the page says so.
	const { tokens } = await world.daemon.json('tokens', '--user', 'anna');
	await world.daemon.json('tokens', 'revoke', String(tokens[0].id));
	screen.expected.push(401, 'EventSource\'s');
	await screen.press('g', 'p');
	await screen.see('.login', 'The session has ended');
	await screen.shoot('session-ended');
	await screen.assertClean();
});

onScreen('a number is uncovered for a reason, for half a minute, and that is audited', { config }, async (world) => {
	const smsc = await world.smsc().connect();
	const [id] = await toReview(world, smsc, PEOPLE.slice(0, 1));
	const screen = await Screen.open(world);
	await screen.page.clock.install();
	await screen.login(await world.tokenOf('anna', 'reviewer'));
	await screen.open('#/reports');
	await screen.see('tr[data-item]', id);
	assert.equal((await world.api.get(`/v1/reports/${id}`)).text, '举报137****5678骚扰', 'an admin is told no number unasked, either');
	assert.equal((await report(world, id)).text, `举报${SELLER}骚扰`, 'the machine\'s own users are');
	assert.equal(await screen.count('[data-fresh]:visible'), 0);
	await smsc.text(PEOPLE[1], `举报${SELLER}骚扰`);
	await screen.see('[data-fresh]');
	await screen.press('r');
	await waitFor('two', async () => await screen.count('tr[data-item]') === 2);
	assert.ok(!(await screen.page.content()).includes('13712345678'), 'the page holds no number');
	await screen.press('j', 'o');
	await screen.see('dialog[open]');
	await screen.press('2');
	await screen.see('.uncovered', '13712345678');
	await screen.page.clock.fastForward(31000);
	await screen.gone('.uncovered');
	assert.ok(!(await screen.page.content()).includes('13712345678'));
	const [row] = await query(world, "SELECT actor,object,after FROM audit_log WHERE action='reveal'");
	assert.match(row.actor, /anna/);
	assert.match(JSON.stringify(row), /The subscriber called us/);

	// What is typed to be found is in no address, neither the browser's nor ours.
	await screen.press('/');
	await screen.see('[data-search]:focus');
	await screen.type('13712345678');
	await screen.press('Enter');
	await screen.see('a', 'Show all');
	await screen.see('tr[data-item]', id);
	assert.ok(!screen.asked.some((one) => one.includes('13712345678')), 'a number in an address');
	assert.ok(!screen.page.url().includes('13712345678'));
	await screen.assertClean();
});
