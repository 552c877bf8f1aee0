// SPDX-License-Identifier: AGPL-3.0-or-later
// The console's files by themselves: two languages with the same words, contrast, and nothing in them
// that could load from elsewhere or turn text into markup.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { project } from '../lib/process.mjs';

const folder = path.join(project, 'deploy', 'console');
const files = fs.readdirSync(folder, { recursive: true }).filter((name) => fs.statSync(path.join(folder, name)).isFile());
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
const scripts = files.filter((name) => name.endsWith('.js'));
const tables = (name) => /^assets\/(words|terms)_/.test(name);

async function words(language) {
	const load = (name) => import(path.join(folder, 'assets', `${name}_${language}.js`));
	return { ...(await load('words'))[language], ...(await load('terms')).terms };
}

const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('both languages have the same words, with the same holes', async () => {
	const [zh, en] = [await words('zh'), await words('en')];
	assert.deepEqual(Object.keys(zh), Object.keys(en));
	for (const [key, text] of Object.entries(en)) {
		assert.ok(text.trim() || key === 'list.comma', `${key} is empty`);
		assert.deepEqual(holes(zh[key]), holes(text), key);
		const bare = text.replaceAll(/\{\w+\}/g, '');
		if (/[a-z]{4}/.test(bare) && !/^[A-Za-z0-9 _./-]+$/.test(zh[key]))
			assert.match(zh[key], /[\p{Script=Han}]/u, `${key} is not in Chinese`);
		assert.ok(!/\p{Script=Han}/u.test(text) || key === 'brand.other', `${key} is not in English`);
	}
});

test('every word that a page asks for is there, and none is left over', async () => {
	const en = await words('en');
	const known = new Set(Object.keys(en));
	const source = scripts.filter((name) => !tables(name)).map(read).join('\n');
	const asked = [...source.matchAll(/\bt\(\s*'([^']+)'|\b(?:label|title): '([a-z_]+\.[\w.]+)'/g)].map(([, one, other]) => one ?? other);
	for (const key of asked) assert.ok(known.has(key), `${key} is in no table`);
	for (const [, key] of source.matchAll(/t\([^()]*\? '([\w.]+)' : '[\w.]+'/g)) assert.ok(known.has(key), key);
	// Families are asked for by a part of the daemon's answer: `state.${...}`.
	const families = new Set([...source.matchAll(/[`']([a-z_]+(?:\.[a-z_]+)*)\.\$\{/g)].map(([, name]) => name));
	for (const [, name] of source.matchAll(/(?:badge|words|options)\('([a-z_]+)'/g)) families.add(name);
	for (const key of known) {
		const family = key.split('.').slice(0, -1).join('.');
		const base = key.split('.')[0];
		assert.ok(source.includes(`'${key}'`) || families.has(family) || families.has(base), `${key} is asked for by nobody`);
	}
});

test('what the daemon can say has a word: states, reasons, categories', async () => {
	const en = await words('en');
	const names = (file, pattern) => [...fs.readFileSync(path.join(project, file), 'utf8').matchAll(pattern)].map(([, name]) => name);
	const said = [
		['report_state', names('rules/reply.c', /\[REPORT_STATE_\w+\] = "(\w+)"/g)],
		['reason', names('rules/verdict.c', /\[VERDICT_\w+\] = "([a-z]+_[a-z_]+)"/g)],
		['tier', names('blocklist/block_decide.c', /\[BLOCK_TIER_\w+\] = "(\w+)"/g)],
		['link_state', names('smpp/smpp_states.c', /\[SMPP_STATE_\w+\] = "(\w+)"/g)],
		['reward_reason', names('rules/reward.c', /\[REWARD_\w+\] = "(\w+)"/g).filter((name) => name !== 'due')],
		['reward_state', names('gateway/reward_row.c', /\[REWARD_STATE_\w+\] = "(\w+)"/g)],
		['channel', names('gateway/outbox_store.c', /\[OUTBOX_\w+\] = "(\w+)"/g)],
		['text_state', names('gateway/text_row.c', /\[TEXT_\w+\] = "(\w+)"/g)],
		['otherwise', names('rules/verdict_why.c', /^\t\{ "([^"]+)", \w+ \},$/gm)],
		['role', names('gateway/role.c', /\[ROLE_\w+\] = "(\w+)"/g)],
	];
	for (const [family, list] of said) {
		assert.ok(list.length > 2, `${family}: no names were found`);
		for (const name of list) assert.ok(`${family}.${name}` in en, `${family}.${name} has no word`);
	}
});

test('no file makes markup of text, styles inline, or loads from elsewhere', () => {
	for (const name of scripts.filter((one) => !tables(one))) {
		const text = read(name);
		for (const wrong of [/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment/,
			/\beval\(|new Function|setTimeout\(['"`]/, /\.style\b|cssText/, /import\(/, /https?:\/\/(?!www\.w3\.org\/)/])
			assert.ok(!wrong.test(text), `${name}: ${wrong}`);
		const lines = text.split('\n').length;
		assert.ok(lines <= 300, `${name} has ${lines} lines`);
	}
	for (const name of files.filter((one) => one.endsWith('.css')))
		assert.ok(!/url\(|@import/.test(read(name)), `${name} loads something`);
	const html = read('index.html');
	assert.ok(!/ style=|<style| on\w+=|<script>|javascript:/.test(html));
	for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
		assert.match(address, /^\/assets\//);
		assert.ok(files.includes(address.slice(1)), `${address} is not there`);
	}
});

// ---- contrast, as WCAG 2.2 computes it ----

function luminance(colour) {
	const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
		.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
	return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}

function contrast(one, other) {
	const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (bright + 0.05) / (dark + 0.05);
}

const TEXT = [
	...['ground', 'panel', 'raised', 'tint'].flatMap((ground) => [['ink', ground], ['soft', ground]]),
	...['ground', 'panel', 'tint', 'raised'].map((ground) => ['accent', ground]),
	['on-accent', 'accent'], ['good', 'good-ground'], ['warn', 'warn-ground'], ['bad', 'bad-ground'], ['ink', 'bad-ground'],
	...['good', 'warn', 'bad'].flatMap((tone) => [[tone, 'panel'], [tone, 'tint'], [tone, 'raised'], [tone, 'ground']]),
	['panel', 'bad'], ['ground', 'ink'],
];
const LINES = [
	...['ground', 'panel', 'tint'].flatMap((ground) => [['focus', ground], ['control', ground]]),
	...['a', 'b', 'c', 'd', 'e'].map((name) => [`chart-${name}`, 'panel']),
];

test('contrast is that of WCAG AA, light and dark', () => {
	const colours = Object.fromEntries([...read('assets/theme.css').matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)]
		.map(([, name, light, dark]) => [name, { light, dark }]));
	for (const theme of ['light', 'dark'])
		for (const [pairs, least] of [[TEXT, 4.5], [LINES, 3]])
			for (const [one, other] of pairs) {
				const found = contrast(colours[one][theme], colours[other][theme]);
				assert.ok(found >= least, `${theme}: ${one} on ${other} is ${found.toFixed(2)}, not ${least}`);
			}
});
