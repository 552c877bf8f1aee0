// SPDX-License-Identifier: AGPL-3.0-or-later
// The reader as `mianrao parse` gives it: the development set by field and class, and numbers at
// random in every manner of writing, inside sentences.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { random } from '../lib/pdus.mjs';
import { binary, run } from '../lib/process.mjs';
import { MANNERS, SENTENCES, STYLES, drawCase } from '../lib/writings.mjs';
import { DEVELOPMENT_SET, FIELDS, passes, readLines, score } from '../score-reports.mjs';

test('the development set is read right', async () => {
	const result = await score(readLines(DEVELOPMENT_SET));
	const failing = result.failures.map(({ id, fields }) => `${id}: ${fields.join(', ')}`);
	assert.equal(result.whole.lines, 270);
	assert.ok(passes(result), `failing: ${failing.join('; ')}`);
	assert.deepEqual(failing, []);
	assert.ok(result.classes.size > 30, `${result.classes.size} classes`);
});

// An expectation that is wrong must cost the field that it is about, and no other.
const SPOILED = {
	intent: (line) => { line.expect.intent = 'chat'; },
	numbers: (line) => { line.expect.numbers = ['+8613000000000']; },
	call_time: (line) => { line.expect.call_time = { from: '2020-01-01T00:00:00+08:00', to: '2020-01-01T01:00:00+08:00' }; },
	official: (line) => { line.expect.official = true; },
	international: (line) => { line.expect.international = true; },
	category: (line) => { line.expect.category = 'loan'; },
	needs_number: (line) => { line.expect.needs_number = true; },
	scope: (line) => { line.note += ';scope=sms'; },
};

test('the score tells each wrong field, with the id', async () => {
	const plain = { text: '13812345678推销宽带', received: '2025-09-17T10:30:00+08:00', note: 'class=bare' };
	const lines = Object.entries(SPOILED).map(([field, spoil]) => {
		const line = {
			...plain,
			id: field,
			expect: { intent: 'report_call', numbers: ['+8613812345678'], call_time: null, official: false, international: false, category: 'broadband', needs_number: false },
		};
		spoil(line);
		return line;
	});
	assert.deepEqual(Object.keys(SPOILED), Object.keys(FIELDS));
	const result = await score(lines);
	assert.deepEqual(result.failures.map(({ id, fields }) => [id, ...fields]), Object.keys(FIELDS).map((field) => [field, field]));
	assert.deepEqual(result.whole, { right: 0, lines: lines.length });
	assert.equal(passes(result), false);
});

async function readBack(seed, count) {
	const draw = random(seed);
	const cases = Array.from({ length: count }, () => drawCase(draw));
	const input = cases.map(({ text }, id) => `${JSON.stringify({ id, text, received: '2025-09-17T10:30:00+08:00' })}\n`).join('');
	const { code, out, err } = await run(binary('mianrao'), ['parse'], { input, timeout: 120000 });
	assert.equal(code, 0, err);
	const found = out.trimEnd().split('\n').map((line) => JSON.parse(line));
	return cases.map((each, i) => ({ ...each, found: found[i] }));
}

for (const seed of [1, 2, 3, 4])
	test(`any number in any manner in any sentence is read back, seed ${seed}`, async () => {
		const cases = await readBack(seed, 10000);
		const wrong = cases.filter(({ canonical, found }) => found.intent !== 'report_call' && found.intent !== 'report_sms' ||
			found.numbers.length !== 1 || found.numbers[0] !== canonical);
		const shown = wrong.slice(0, 10).map(({ kind, manner, style, canonical, text, found }) =>
			`${kind} ${manner} ${style} ${JSON.stringify(text)}: ${found.intent} ${found.numbers}, not ${canonical}`);
		assert.equal(wrong.length, 0, `${wrong.length} of ${cases.length}:\n${shown.join('\n')}`);
		// Nothing of the table was left out.
		for (const [name, all] of [['manner', MANNERS], ['style', STYLES]])
			assert.deepEqual(new Set(cases.map((each) => each[name])), new Set(Object.keys(all)));
		assert.ok(SENTENCES.every((sentence) => cases.some(({ text, written }) => text === sentence.replace('#', () => written))));
	});
