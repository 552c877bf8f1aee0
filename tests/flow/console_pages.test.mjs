// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page of the console, in both languages, light and dark, as each role; pictures of them are in
// build/screenshots.

import assert from 'node:assert/strict';

import { SCREENSHOTS, Screen, onScreen } from '../lib/browser.mjs';
import { TOWN, settle } from '../lib/console_town.mjs';

const LOOKS = [['zh', 'light'], ['en', 'dark'], ['en', 'light'], ['zh', 'dark']];

// name → fragment; what each shows is asked for by a selector that only the filled page has.
async function pagesOf(world, town) {
	const { reports } = await world.api.get('/v1/reports?limit=1000');
	const one = reports.find(({ id }) => id === town.verified);
	const [reward] = (await world.api.get('/v1/rewards?failed=true')).rewards;
	const subscriber = encodeURIComponent(one.subscriber_ref);
	return [
		['now', '#/now', '.w4 .badge'],
		['review', '#/review', '.queue-list [data-item]'],
		['review-one', `#/review/${town.review}`, '[data-report] .gauge'],
		['reports', '#/reports', 'tr[data-item]'],
		['report', `#/reports/${town.verified}`, '.timeline .in'],
		['report-evidence', `#/reports/${town.verified}?view=evidence`, '.chart.columns'],
		['report-similar', `#/reports/${town.verified}?view=similar`, 'h3'],
		['report-trace', `#/reports/${town.verified}?view=trace`, 'tr[data-item]'],
		['callers', '#/callers', 'tr[data-item]'],
		['caller', `#/callers/${encodeURIComponent(one.number_ref)}`, '.chart.columns .bar'],
		['subscriber-find', '#/subscribers', '[data-search]'],
		['subscriber', `#/subscribers/${subscriber}`, '.rules li'],
		['subscriber-blocked', `#/subscribers/${subscriber}?view=blocked`, 'tr[data-item]'],
		['subscriber-reports', `#/subscribers/${subscriber}?view=reports`, 'tr[data-item]'],
		['subscriber-explain', `#/subscribers/${subscriber}?view=explain`, 'form'],
		['rules', '#/rules', '.rules li'],
		['rules-version', '#/rules/1', '.rules .plus'],
		['rewards', '#/rewards', 'tr[data-item]'],
		['rewards-overdue', '#/rewards?which=overdue', 'tr[data-item]'],
		['reward', `#/rewards/${reward.id}`, '[data-reward] tr[data-item]'],
		['settlement', '#/rewards?which=settlement', 'form'],
		['links', '#/system/links', 'tr[data-item]'],
		['feeds', '#/system/feeds', 'tr[data-item]'],
		['accounts', '#/system/accounts', 'tr[data-item]'],
		['policy', '#/system/policy', 'details'],
		['audit', '#/system/audit', 'tr[data-item]'],
		['users', '#/system/users', 'tr[data-item]'],
	];
}

const SHORT = new Set(['now', 'review-one', 'rules']);

onScreen('each page is filled, in both languages, light and dark', { config: TOWN }, async (world) => {
	const town = await settle(world);
	const token = await world.tokenOf('li', 'admin', 'auditor');
	const pages = await pagesOf(world, town);
	for (const [look, [language, theme]] of LOOKS.entries()) {
		const screen = await Screen.open(world, { language, theme });
		await screen.login(token);
		for (const [name, fragment, filled] of pages) {
			if (look > 1 && !SHORT.has(name)) continue;
			await screen.open(fragment);
			await screen.see(filled);
			assert.equal(await screen.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} is wider than the screen`);
			assert.ok(!/\{\w+\}|undefined|NaN|\[object/.test(await screen.text('main')), `${name}: ${await screen.text('main')}`);
			await screen.assertUsable(name);
			await screen.shoot(`${name}-${language}-${theme}`);
		}
		await screen.press('?');
		await screen.see('dialog[open] .help');
		await screen.shoot(`keys-${language}-${theme}`, { full: false });
		await screen.press('Escape');
		await screen.assertClean();
		await screen.context.close();
	}
});

onScreen('narrow screens, empty lists and what fails', { config: { reports: { join_s: 0 } } }, async (world) => {
	const screen = await Screen.open(world, { width: 390, height: 800 });
	await screen.login(await world.tokenOf('li', 'admin', 'auditor'));
	const empties = [['now', '#/now'], ['review', '#/review'], ['reports', '#/reports'], ['callers', '#/callers'], ['rules', '#/rules'],
		['rewards', '#/rewards?which=failed'], ['links', '#/system/links'], ['accounts', '#/system/accounts'], ['feeds', '#/system/feeds']];
	for (const [name, fragment] of empties) {
		await screen.open(fragment);
		await screen.see('.empty, .tile, tr[data-item]');
		await screen.shoot(`empty-${name}`);
	}
	await screen.page.setViewportSize({ width: 1440, height: 900 });
	await screen.open('#/nowhere');
	await screen.see('.empty', 'No such page');
	screen.expected.push(404, 422);
	await screen.open('#/reports/R7K3M9Q2');
	await screen.see('.problem');
	await screen.shoot('error-report');
	await screen.open('#/subscribers');
	await screen.see('input[name=subscriber]:focus');
	await screen.type('no number');
	await screen.press('Enter');
	await screen.see('.field-fault', /\w/);
	assert.equal(await screen.page.evaluate(() => document.activeElement.getAttribute('aria-invalid')), 'true');
	await screen.shoot('error-field');
	// Slow, and then failing: a word while it is on its way, the problem and a way to try again.
	let fails = true;
	await screen.page.route('**/v1/callers*', async (route) => {
		if (!fails) return route.continue();
		await new Promise((resolve) => setTimeout(resolve, 300));
		return route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'the store is busy' }) });
	});
	screen.expected.push(503);
	await screen.page.evaluate(() => {
		location.hash = '#/callers';
	});
	await screen.see('.loading');
	await screen.see('.problem', 'the store is busy');
	await screen.shoot('error-busy');
	fails = false;
	await screen.page.locator('.problem button').focus();
	await screen.press('Enter');
	await screen.see('.empty');
	await screen.assertClean();
	assert.ok(SCREENSHOTS);
});

// What a role has in the navigation, and what it can press on four pages.
const ROLES = {
	viewer: { pages: 'now reports callers subscribers rules rewards system', presses: [] },
	reviewer: { pages: 'now review reports callers subscribers rules rewards system', presses: ['data-verdict', 'data-next', 'data-uncover'] },
	operator: { pages: 'now reports callers subscribers rules rewards system', presses: ['data-uncover', 'data-edit', 'data-repeat'] },
	admin: { pages: 'now review reports callers subscribers rules rewards system', presses: ['data-verdict', 'data-next', 'data-uncover', 'data-edit', 'data-repeat', 'data-roles', 'data-verify'] },
	auditor: { pages: 'now review reports callers subscribers rules rewards system', presses: ['data-uncover', 'data-verify'] },
};
const PRESSES = ['data-verdict', 'data-next', 'data-uncover', 'data-edit', 'data-repeat', 'data-roles', 'data-verify'];

onScreen('each role sees what it may, and nothing that it may not', { config: TOWN }, async (world) => {
	const town = await settle(world);
	const [reward] = (await world.api.get('/v1/rewards?failed=true')).rewards;
	for (const [role, { pages, presses }] of Object.entries(ROLES)) {
		const screen = await Screen.open(world);
		screen.expected.push(403, 409); // by its address one comes to what is not shown; one before had the report
		await screen.login(await world.tokenOf(`the-${role}`, role));
		const shown = await screen.page.locator('.side a').evaluateAll((list) => list.map((one) => one.dataset.page).join(' '));
		assert.equal(shown, pages, role);
		const found = new Set();
		for (const fragment of [`#/review/${town.review}`, `#/reports/${town.review}`, '#/reports', '#/rules', `#/rewards/${reward.id}`, '#/system/users', '#/system/audit']) {
			await screen.open(fragment);
			for (const press of PRESSES) if (await screen.count(`[${press}]`)) found.add(press);
			const html = await screen.page.content();
			assert.ok(!/1371234567[0-9]|1380013800/.test(html.replaceAll(/\d{3}\*{4}\d{4}/g, '')), `${role} sees a number on ${fragment}`);
		}
		assert.deepEqual([...found].sort(), [...presses].sort(), role);
		await screen.assertClean();
		await screen.context.close();
	}
});
