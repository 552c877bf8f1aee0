#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
// score-reports.mjs [FILE...] - scores `mianrao parse` on labelled texts (tests/data/README.md
// "Scoring"; default: the development set), by field and by class, and lists what fails with its id.
// Exit status 1 when a field or the whole lines are right less often than 99 %.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { binary, project, run } from './lib/process.mjs';

const LEAST = 0.99;
export const DEVELOPMENT_SET = path.join(project, 'tests/data/reports-dev.jsonl');

const sameSet = (a, b) => a.length === b.length && a.every((value) => b.includes(value));

// Both null, or windows that overlap, the given one at most twice as wide.
function sameTime(want, got) {
	if (!want || !got) return want === got;
	const [from, to, gotFrom, gotTo] = [want.from, want.to, got.from, got.to].map(Date.parse);
	return gotFrom < to && from < gotTo && gotTo - gotFrom <= 2 * (to - from);
}

const scopeOf = (note) => note.match(/scope=(\w+)/)?.[1];

export const FIELDS = {
	intent: (line, got) => line.expect.intent === got.intent,
	numbers: (line, got) => sameSet(line.expect.numbers, got.numbers),
	call_time: (line, got) => sameTime(line.expect.call_time, got.call_time),
	official: (line, got) => line.expect.official === got.official,
	international: (line, got) => line.expect.international === got.international,
	category: (line, got) => line.expect.category === got.category,
	needs_number: (line, got) => line.expect.needs_number === got.needs_number,
	scope: (line, got) => !scopeOf(line.note) || scopeOf(line.note) === got.scope,
};

// What the reader makes of each line; an answer to each, in order.
async function readings(lines) {
	const input = lines.map(({ id, text, received }) => `${JSON.stringify({ id, text, received })}\n`).join('');
	const { code, out, err } = await run(binary('mianrao'), ['parse'], { input, timeout: 120000 });
	if (code !== 0) throw new Error(`mianrao parse: ${err}`);
	const found = out.trimEnd().split('\n').map((line) => JSON.parse(line));
	if (found.some(({ id }, i) => id !== lines[i].id) || found.length !== lines.length)
		throw new Error('mianrao parse: not an answer to each line');
	return found;
}

function count(tally, name, right) {
	const row = tally.get(name) ?? { right: 0, lines: 0 };
	row.lines++;
	row.right += right;
	tally.set(name, row);
}

// { fields, classes, whole: Map or { right, lines }, failures: [{ id, class, fields, text, got }] }
export async function score(lines) {
	const found = await readings(lines);
	const result = { fields: new Map(), classes: new Map(), whole: { right: 0, lines: 0 }, failures: [] };
	lines.forEach((line, i) => {
		const wrong = Object.entries(FIELDS).filter(([, same]) => !same(line, found[i])).map(([name]) => name);
		const kind = line.note?.match(/class=([\w-]+)/)?.[1] ?? 'none';
		for (const name of Object.keys(FIELDS)) count(result.fields, name, !wrong.includes(name));
		count(result.classes, kind, wrong.length === 0);
		result.whole.lines++;
		result.whole.right += wrong.length === 0;
		if (wrong.length) result.failures.push({ id: line.id, class: kind, fields: wrong, text: line.text, got: found[i] });
	});
	return result;
}

export const readLines = (file) => fs.readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));

const isEnough = ({ right, lines }) => right >= LEAST * lines;
export const passes = (result) => isEnough(result.whole) && [...result.fields.values()].every(isEnough);

function print(result) {
	const row = (name, { right, lines }) =>
		console.log(`  ${name.padEnd(14)} ${String(right).padStart(6)} of ${lines}  ${(100 * right / lines).toFixed(1)} %`);
	console.log('fields');
	for (const [name, tally] of result.fields) row(name, tally);
	console.log('classes');
	for (const [name, tally] of [...result.classes].sort()) row(name, tally);
	console.log('whole lines');
	row('', result.whole);
	for (const { id, class: kind, fields, text, got } of result.failures)
		console.log(`${id} (${kind}): ${fields.join(', ')}: ${JSON.stringify(text)}\n  read ${JSON.stringify(got)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const files = process.argv.slice(2);
	const result = await score((files.length ? files : [DEVELOPMENT_SET]).flatMap(readLines));
	print(result);
	process.exitCode = passes(result) ? 0 : 1;
}
