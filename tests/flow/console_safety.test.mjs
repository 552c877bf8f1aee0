// SPDX-License-Identifier: AGPL-3.0-or-later
// Scripts that strangers stored, by every way in: texts, system_ids, notes of rules, call records,
// senders, reasons. No page of the console runs one, asks for anything elsewhere, or breaks.

import assert from 'node:assert/strict';

import { Screen, onScreen } from '../lib/browser.mjs';
import { TOWN, setOperatorRules } from '../lib/console_town.mjs';
import { PASSWORD } from '../lib/config.mjs';
import { hashPassword } from '../lib/daemon.mjs';
import { SELLER, expectState, fed, soldTo } from '../lib/steps.mjs';
import { waitFor } from '../lib/wait.mjs';

const RUN = 'window.ran=1';
const SCRIPTS = [
	`<script>${RUN}</script>`, `<img src=x onerror=${RUN}>`, `<svg onload=${RUN}>`, `"><script>${RUN}</script>`,
	`'><img src=x onerror="${RUN}">`, `javascript:${RUN}`, `<a href="javascript:${RUN}" autofocus>x</a>`, `<iframe srcdoc="<script>parent.${RUN}</script>">`,
	`</textarea><script>${RUN}</script>`, `</title><script>${RUN}</script>`, `<style>@import '//evil.example/x.css'</style>`, `<link rel=stylesheet href=//evil.example/x.css>`,
	`<img src=//evil.example/x.png>`, `<input autofocus onfocus=${RUN}>`, `<details open ontoggle=${RUN}>`, `<math><mtext><script>${RUN}</script></mtext></math>`,
	`<object data="javascript:${RUN}">`, `<embed src="javascript:${RUN}">`, `<base href=//evil.example/>`, `<form action=//evil.example><button autofocus>`,
	`<video src=x onerror=${RUN}>`, `<body onload=${RUN}>`, `<meta http-equiv=refresh content="0;url=//evil.example/">`, `{{constructor.constructor('${RUN}')()}}`,
	`\${${RUN}}`, `<template><script>${RUN}</script></template>`, `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`, `<marquee onstart=${RUN}>x</marquee>`,
	`<x onpointerover=${RUN}>`, `<img src="data:image/svg+xml,<svg onload='${RUN}'>">`, `\u2028<script>${RUN}</script>`, `%3Cscript%3E${RUN}%3C/script%3E`,
];
const SHORT = ['<svg onload=a>', '<b onclick=a>', '"><i>', "';a()//"];
const SENDERS = ['<s>x</s>', '"><img', '<b>sale', '${1+1}'];

const person = (n) => `+86138001380${String(n).padStart(2, '0')}`;

async function reports(world, smsc) {
	await world.records.complete();
	const ids = [];
	for (const [n, script] of SCRIPTS.entries()) {
		if (n < 4) await soldTo(world, person(n), SELLER);
		await fed(world);
		ids.push(await smsc.text(person(n), `举报${SELLER} ${n < 4 ? '骚扰' : '推销贷款'} ${script}`));
	}
	for (let n = 32; n < 60; n++) ids.push(await smsc.text(person(n), `举报${SELLER} 推销宽带`));
	for (const id of ids.slice(0, 4)) await waitFor(`${id} to be judged`, async () =>
		!['received', 'pending'].includes((await world.daemon.json('report', id)).state));
	return ids;
}

async function blocked(world, smsc) {
	await smsc.text(person(0), 'KTJWPB');
	await waitFor('the shield', async () => (await world.daemon.json('rules', 'show', person(0))).sms_blocked);
	const hub = world.hub('<svg/onload=a>');
	await hub.connect();
	for (const sender of SENDERS) await hub.message(sender, person(0), SCRIPTS[0], { source_addr_ton: 5 }).catch(() => {});
}

// Notes, labels, reasons; gives how many were taken.
async function words(world, ids) {
	for (const [n, script] of SCRIPTS.slice(0, 6).entries()) await setOperatorRules(world, `block sms from 106${n}\n`, script);
	await world.daemon.json('review', 'decide', ids[0], 'rejected', '--reason', SCRIPTS[1], '--as', SHORT[2]);
	await world.daemon.json('users', 'add', 'eve', 'viewer');
	for (const label of SHORT) await world.daemon.json('tokens', 'create', 'eve', '--label', label);
	await world.api.expect(200, 'POST', `/v1/reports/${ids[0]}/appeal`, { body: { text: SCRIPTS[3] } });
}

const config = async (base) => ({
	...TOWN,
	accounts: [...base.accounts, ...await Promise.all([['<svg/onload=a>', 'hub'], ['"><i>', 'smsc']].map(async ([name, role]) => ({
		system_id: name, password_hash: await hashPassword(PASSWORD), role, addresses: ['127.0.0.1/32'], ...(role === 'hub' && { entry: 'international' }) })))],
});

onScreen('stored scripts are words on every page', { config, timeout: 180000 }, async (world) => {
	world.rewards.decide = () => SCRIPTS[2];
	await world.rewards.start();
	const smsc = await world.smsc().connect();
	await world.smsc({ systemId: '"><i>' }).connect();
	for (const [n, script] of SCRIPTS.slice(0, 8).entries()) await world.records.call(script, person(n), { start: Date.now() - 60000, entry: script });
	await world.redis.xadd(world.key('cdr'), { source: SCRIPTS[0], caller: SELLER, called: person(0), start: Date.now(), duration: 9, answered: 1, entry: SCRIPTS[1] });
	const ids = await reports(world, smsc);
	await blocked(world, smsc);
	await words(world, ids);
	const stored = SCRIPTS.length + SENDERS.length + SHORT.length + 8 + 6 + 6;
	assert.ok(stored >= 50, `${stored} scripts`);

	const screen = await Screen.open(world);
	await screen.login(await world.tokenOf('anna', 'admin', 'auditor'));
	const list = (await world.api.get('/v1/reports?limit=200')).reports;
	const one = list.find(({ id }) => id === ids[0]);
	const [subscriber, number] = [one.subscriber_ref, one.number_ref].map(encodeURIComponent);
	const rewards = (await world.api.get('/v1/rewards')).rewards.map(({ id }) => `#/rewards/${id}`);
	screen.expected.push(409, 404, 422);
	for (const fragment of ['#/now', '#/review', ...ids.slice(0, 3).map((id) => `#/review/${id}`), '#/reports', ...ids.slice(0, SCRIPTS.length).map((id) => `#/reports/${id}`),
		`#/reports/${ids[0]}?view=similar`, `#/reports/${ids[0]}?view=trace`, `#/reports/${ids[0]}?view=evidence`, '#/callers', `#/callers/${number}`,
		`#/subscribers/${subscriber}?view=rules`, `#/subscribers/${subscriber}?view=blocked`, `#/subscribers/${subscriber}?view=reports`, '#/rules', '#/rules/3',
		'#/rewards', ...rewards.slice(0, 3), '#/system/links', '#/system/feeds', '#/system/accounts', '#/system/policy', '#/system/audit', '#/system/users?of=eve',
		`#/reports/${encodeURIComponent(SCRIPTS[1])}`, `#/${encodeURIComponent(SCRIPTS[0])}`, `#/reports?number=${encodeURIComponent(SCRIPTS[3])}`]) {
		await screen.open(fragment);
		assert.equal(await screen.page.evaluate(() => window.ran), undefined, `${fragment} ran a script`);
		assert.equal(await screen.count('script'), 1, fragment);
	}
	// Page by page: `m` brings the rest.
	const all = (await world.api.get('/v1/reports?limit=1000')).reports.length;
	assert.ok(all > 55, `${all} reports`);
	await screen.open('#/reports');
	assert.equal(await screen.count('tr[data-item]'), 50);
	await screen.press('m');
	await waitFor('the rest', async () => await screen.count('tr[data-item]') === all);
	await screen.open('#/reports?state=rejected');
	assert.ok((await screen.page.locator('td .badge').allInnerTexts()).every((state) => state === 'rejected'));
	// They were on these pages indeed.
	await screen.open(`#/reports/${ids[1]}`);
	await screen.see('.message', SCRIPTS[1]);
	await screen.open('#/rules');
	await screen.see('tr[data-item]', SCRIPTS[0]);
	await screen.open('#/system/links');
	await screen.see('tr[data-item]', '"><i>');
	await screen.open('#/system/users?of=eve');
	await screen.see('tr[data-item]', SHORT[0]);
	await screen.shoot('scripts-as-words');
	assert.ok(expectState);
	await screen.assertClean();
});
