// SPDX-License-Identifier: AGPL-3.0-or-later
// The console where things are changed: rules with their dry run, what another changed meanwhile, a
// decision explained, releases, rewards, users and tokens; all of it by the keyboard.

import assert from 'node:assert/strict';

import { Screen, onScreen } from '../lib/browser.mjs';
import { ABROAD, TOWN, setOperatorRules, settle } from '../lib/console_town.mjs';
import { query } from '../lib/store.mjs';
import { waitFor } from '../lib/wait.mjs';

const operatorRules = async (world) => (await world.daemon.json('rules', 'operator')).rules;

// Everything in the field replaced.
async function retype(screen, text) {
	await screen.press('Control+A');
	await screen.page.keyboard.insertText(text);
}

onScreen('the operator\'s rules: tried, put in force, and what somebody else changed is shown', { config: TOWN }, async (world) => {
	await setOperatorRules(world, 'block sms from 106\n', 'first');
	const screen = await Screen.open(world);
	await screen.login(await world.tokenOf('olga', 'operator'));
	await screen.press('g', 'o');
	await screen.see('.rules li', 'block sms from 106');
	await screen.press('e');
	await screen.see('textarea');
	await screen.page.locator('textarea').focus();

	// What is no rule is told at its field, with its place.
	await retype(screen, 'bloc sms from 106');
	screen.expected.push(422);
	await screen.press('Control+Enter');
	await screen.see('[data-field=text] .field-fault', /line 1/);
	await screen.shoot('rules-fault');
	await retype(screen, 'block sms from 1068\nblock call from +882');
	await screen.press('Control+Enter');
	await screen.see('[data-guard=passes]');
	await screen.shoot('rules-tried');

	// Meanwhile another; then mine on top of it.
	await setOperatorRules(world, 'block sms from 1069\n', 'another came first');
	await screen.see('input[name=note]');
	await screen.type('only campaigns');
	screen.expected.push(412);
	await screen.press('Enter');
	await screen.see('[data-stale] .plus', 'block sms from 1069');
	await screen.shoot('rules-stale');
	assert.deepEqual(await operatorRules(world), ['block sms from 1069']);
	await screen.page.locator('[data-keep]').focus();
	await screen.press('Enter');
	await screen.see('.toast', 'Saved');
	await screen.see('.rules li', 'block call from +882');
	assert.deepEqual(await operatorRules(world), ['block sms from 1068', 'block call from +882']);
	await screen.see('tr[data-item]', 'only campaigns');
	const [row] = await query(world, "SELECT actor FROM audit_log WHERE action='operator_rules' ORDER BY id DESC");
	assert.match(row.actor, /olga/);

	// A version looked at, and back to one.
	await screen.press('j', 'j', 'j', 'j', 'j');
	await screen.page.locator('tr[data-item]', { hasText: 'another came first' }).locator('button').focus();
	await screen.press('Enter');
	await screen.see('dialog[open]');
	await screen.press('1');
	await screen.see('.rules li', 'block sms from 1069');
	await waitFor('the version', async () => (await operatorRules(world)).join() === 'block sms from 1069');
	await screen.assertClean();
});

onScreen('a subscriber\'s rules, what was blocked, and a decision explained', { config: TOWN }, async (world) => {
	const { person } = await settle(world);
	const screen = await Screen.open(world);
	await screen.login(await world.tokenOf('olga', 'operator'));
	await screen.press('g', 's');
	await screen.see('input[name=subscriber]:focus');
	await screen.type(person(0));
	await screen.press('Enter');
	await screen.see('.rules li', 'block call,sms from international');
	assert.ok(!screen.page.url().includes('138'), screen.page.url());

	const rule = screen.page.locator('input[name=rule]');
	await rule.focus();
	screen.expected.push(422);
	await screen.type('blok call from +1');
	await screen.press('Enter');
	await screen.see('[data-field=rule] .field-fault', /\w/);
	await retype(screen, 'allow call from +1');
	await screen.press('Enter');
	await screen.see('.rules li', 'allow call from +1');

	// All of them at once, on what another changed.
	await screen.page.locator('[data-edit]').focus();
	await screen.press('Enter');
	await screen.page.locator('textarea').focus();
	await retype(screen, 'block call from withheld');
	await world.daemon.json('rules', 'add', person(0), 'block call from +44');
	screen.expected.push(412);
	await screen.press('Control+Enter');
	await screen.see('[data-stale] .plus', 'block call from +44');
	await screen.page.locator('[data-keep]').focus();
	await screen.press('Enter');
	await screen.see('.rules li', 'block call from withheld');
	assert.deepEqual((await world.daemon.json('rules', 'show', person(0))).rules, ['block call from withheld']);

	// Released: the text goes its way.
	await screen.press('2');
	await screen.see('tr[data-item] [data-release]');
	await screen.page.locator('[data-release]').focus();
	await screen.press('Enter');
	await screen.see('.toast', 'on its way');
	await waitFor('the text', async () => (await world.daemon.json('blocked', person(0))).blocked[0].released);

	await screen.press('4');
	await screen.see('input[name=caller]');
	await screen.page.locator('input[name=caller]').focus();
	await screen.type('withheld');
	await screen.press('Enter');
	await screen.see('[data-explained=deny]', 'block call from withheld');
	await screen.shoot('subscriber-explained');
	assert.ok(ABROAD);
	await screen.assertClean();
});

onScreen('rewards asked for again and reversed; users, roles and tokens', { config: TOWN }, async (world) => {
	const town = await settle(world);
	const screen = await Screen.open(world);
	await screen.login(await world.tokenOf('root', 'admin', 'auditor'));
	await screen.press('g', 'w');
	await screen.see('tr[data-item]');
	await screen.press('3');
	// The list of all has it, too: a key that comes before the list of failures is for a row that goes.
	await screen.page.waitForFunction(() => document.querySelectorAll('tr[data-item]').length === 1);
	await screen.see('tr[data-item]', 'account closed');
	await screen.press('j', 'Enter');
	await screen.see('[data-repeat]');
	await screen.page.locator('[data-repeat]').focus();
	await screen.press('Enter');
	await screen.see('dialog[open]');
	await screen.press('Enter');
	await screen.see('.toast', 'asked for again');

	const credited = (await world.daemon.json('rewards', '--state', 'credited')).rewards.find(({ report }) => report === town.verified);
	await screen.open(`#/rewards/${credited.id}`);
	await screen.page.locator('[data-reverse]').focus();
	await screen.press('Enter');
	await screen.see('dialog[open]');
	await screen.press('1');
	await screen.see('.toast', 'The reversal is noted');

	await screen.open('#/system/users');
	await screen.page.locator('input[name=name]').focus();
	await screen.type('Zhang Min');
	screen.expected.push(422);
	await screen.press('Enter');
	await screen.see('[data-field=name] .field-fault', /\w/);
	await retype(screen, 'zhang.min');
	await screen.press('Tab', 'Tab', 'Space', 'Enter');
	await screen.see('tr[data-item]', 'viewer, reviewer');
	await screen.page.locator('select[name=user]').selectOption('zhang.min');
	await screen.page.locator('input[name=label]').focus();
	await screen.press('Enter');
	await screen.see('[data-token]', /^mrt_/);
	const token = await screen.text('[data-token]');
	await screen.press('Escape');
	const other = await Screen.open(world, { language: 'zh' });
	await other.login(token);
	await other.see('[data-user]', 'zhang.min · 查看员、复核员');

	// The chain of what was done; whoever signs out is out.
	await screen.open('#/system/audit');
	await screen.see('tr[data-item]', 'user_add');
	await screen.page.locator('[data-verify]').focus();
	await screen.press('Enter');
	await screen.see('[data-chain=whole]');
	await screen.page.locator('[data-logout]').focus();
	await screen.press('Enter');
	await screen.see('.login');
	await screen.assertClean();
	await other.assertClean();
});
