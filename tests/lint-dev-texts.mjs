// SPDX-License-Identifier: AGPL-3.0-or-later
// lint-dev-texts.mjs - no text of the development set stands in the code or the tables: says what a
// string of rules/*.c, or a line of deploy/language/, shares with a text of tests/data/reports-dev.jsonl when it is as long as eight
// ideographs, or four words of letters. Single words of either are what tables consist of.

import fs from 'node:fs';
import path from 'node:path';

const SHARED = 8;
const project = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

// Ideographs one by one, other letters and digits by words; nothing else counts.
const tokensOf = (text) => text.normalize('NFKC').toLowerCase().match(/\p{Script=Han}|[^\P{L}\p{Script=Han}]+|\p{N}+/gu) ?? [];
const weight = (token) => (/\p{Script=Han}/u.test(token) ? 1 : 2);

// Every piece of a text that is just long enough.
function* piecesOf(text) {
	const tokens = tokensOf(text);
	for (let from = 0; from < tokens.length; from++) {
		let to = from;
		let sum = 0;
		while (to < tokens.length && sum < SHARED) sum += weight(tokens[to++]);
		if (sum >= SHARED) yield tokens.slice(from, to).join(' ');
	}
}

// The string literals of a C source, with those that touch joined.
function stringsOf(source) {
	const literal = /(?:u8|u|U|L)?"((?:[^"\\\n]|\\.)*)"(?:\s*(?:u8|u|U|L)?"((?:[^"\\\n]|\\.)*)")*/g;
	return [...source.replace(/^\s*#.*$/gm, '').matchAll(literal)].map(([all]) =>
		all.replace(/"\s*(?:u8|u|U|L)?"/g, '').replace(/^(?:u8|u|U|L)?"|"$/g, ''));
}

const known = new Map();
for (const line of fs.readFileSync(path.join(project, 'tests/data/reports-dev.jsonl'), 'utf8').trimEnd().split('\n')) {
	const { id, text } = JSON.parse(line);
	for (const piece of piecesOf(text)) known.set(piece, id);
}

let strings = 0;

function look(where, text) {
	strings++;
	for (const piece of piecesOf(text)) {
		if (!known.has(piece)) continue;
		console.log(`${where}: "${text}" shares "${piece}" with ${known.get(piece)}`);
		process.exitCode = 1;
	}
}

// Every file of a folder whose name ends so, with what is in it.
const filesOf = (folder, end) => fs.readdirSync(path.join(project, folder)).filter((name) => name.endsWith(end))
	.map((name) => [`${folder}/${name}`, fs.readFileSync(path.join(project, folder, name), 'utf8')]);

for (const [name, source] of filesOf('rules', '.c')) for (const text of stringsOf(source)) look(name, text);
for (const [name, table] of filesOf('deploy/language', '.tsv')) {
	for (const line of table.split('\n')) if (line && !line.startsWith('#')) look(name, line);
}
if (known.size < 1000) {
	console.log(`only ${known.size} pieces found in the development set`);
	process.exitCode = 1;
}
if (strings < 5000) {
	console.log(`only ${strings} strings found in rules/*.c and deploy/language/`);
	process.exitCode = 1;
}
