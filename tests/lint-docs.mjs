// SPDX-License-Identifier: AGPL-3.0-or-later
// lint-docs.mjs - the two languages of a page are one page: the same headings in the same order, and
// in each section the same code but for its comments, the same words in backticks (keys, metrics,
// commands), the same number of table rows and list items, and links that lead somewhere. What they name
// exists: metrics, keys, commands, and an entry of the runbook for each alert. Prints TAP; what differs is
// named by its section.

import fs from 'node:fs';
import path from 'node:path';

const project = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const PAGES = ['README.md', 'deploy/manual.md', 'deploy/runbook.md'];
const chinese = (page) => page.replace(/\.md$/, '.zh.md');
const read = (page) => fs.readFileSync(path.join(project, page), 'utf8');

// How GitHub names a heading: lower case, without punctuation, blanks as hyphens.
const anchorOf = (title) =>
	title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/g, '-');

// A line of code without its comment, which is in the language of the page.
const uncommented = (line) => line.replace(/(^|\s)# .*$/, '').trimEnd();

// { title, level, line, code, text } for each heading; what stands before the first has level 0.
export function sectionsOf(markdown) {
	const sections = [{ title: 'the head', level: 0, line: 1, code: [], text: [] }];
	let fenced = false;
	for (const [at, line] of markdown.split('\n').entries()) {
		const section = sections.at(-1);
		const heading = fenced ? null : /^(#+) (.*)$/.exec(line);
		if (line.startsWith('```')) fenced = !fenced;
		if (heading) {
			sections.push({ title: heading[2], level: heading[1].length, line: at + 1, code: [], text: [] });
		} else if (fenced || line.startsWith('```') || line.startsWith('    ')) {
			section.code.push(uncommented(line));
		} else {
			section.text.push(line);
		}
	}
	return sections;
}

// Words in backticks, each once; a line's end inside of one is a blank.
const wordsOf = ({ text }) =>
	new Set([...text.join('\n').matchAll(/`([^`]+)`/g)].map(([, word]) => word.replace(/\s+/g, ' ')));
const countOf = ({ text }, pattern) => text.filter((line) => pattern.test(line)).length;
const linksOf = ({ text }) => [...text.join('\n').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);

function* differences(english, translated) {
	const [known, there] = [wordsOf(english), wordsOf(translated)];
	for (const word of known) if (!there.has(word)) yield `\`${word}\` is in English only`;
	for (const word of there) if (!known.has(word)) yield `\`${word}\` is in Chinese only`;
	const length = Math.max(english.code.length, translated.code.length);
	for (let i = 0; i < length; i++) {
		if (english.code[i] === translated.code[i]) continue;
		yield `code: "${english.code[i] ?? ''}" is "${translated.code[i] ?? ''}" in Chinese`;
		break;
	}
	for (const [name, pattern] of [['table rows', /^\|/], ['list items', /^(- |\d+\. )/]]) {
		const [one, other] = [countOf(english, pattern), countOf(translated, pattern)];
		if (one !== other) yield `${one} ${name}, ${other} in Chinese`;
	}
	const [one, other] = [linksOf(english).length, linksOf(translated).length];
	if (one !== other) yield `${one} links, ${other} in Chinese`;
}

// How much two sections are the same one, 0 to 1: by what they name.
function likeness(english, translated) {
	if (english.level !== translated.level) return 0;
	const [known, there] = [english, translated].map((section) => new Set([...wordsOf(section), ...section.code]));
	const shared = [...known].filter((word) => there.has(word)).length;
	return 0.01 + shared / Math.max(1, known.size, there.size);
}

// Pairs of sections, in the order of both pages, that are most alike; null where one has no other.
function pairs(left, right) {
	const best = Array.from({ length: left.length + 1 }, () => Array(right.length + 1).fill(0));
	for (let i = left.length - 1; i >= 0; i--)
		for (let k = right.length - 1; k >= 0; k--)
			best[i][k] = Math.max(best[i + 1][k], best[i][k + 1], best[i + 1][k + 1] + likeness(left[i], right[k]));
	const found = [];
	let [i, k] = [0, 0];
	while (i < left.length || k < right.length) {
		const alike = i < left.length && k < right.length ? likeness(left[i], right[k]) : 0;
		if (alike > 0 && best[i][k] === best[i + 1][k + 1] + alike) found.push([left[i++], right[k++]]);
		else if (i < left.length && (k === right.length || best[i][k] === best[i + 1][k])) found.push([left[i++], null]);
		else found.push([null, right[k++]]);
	}
	return found;
}

const nameOf = ({ level, title, line }) => `"${'#'.repeat(level)} ${title}" (line ${line})`;

// Every section of both languages beside the other.
export function compare(english, translated) {
	return pairs(sectionsOf(english), sectionsOf(translated)).flatMap(([left, right]) => {
		if (!right) return [`${nameOf(left)}: no such heading in Chinese`];
		if (!left) return [`${nameOf(right)}: in Chinese only`];
		const where = `"${left.title}" (line ${left.line}, Chinese ${right.line})`;
		return [...differences(left, right)].map((difference) => `${where}: ${difference}`);
	});
}

// Files that are not there, and anchors that no heading of theirs has.
export function deadLinks(page, markdown) {
	const problems = [];
	for (const target of sectionsOf(markdown).flatMap(linksOf)) {
		if (/^[a-z]+:/.test(target)) continue;
		const [file, anchor] = target.split('#');
		const full = file ? path.join(path.dirname(page), file) : page;
		if (!fs.existsSync(path.join(project, full))) problems.push(`${page}: ${target}: no such file`);
		else if (anchor && !sectionsOf(file ? read(full) : markdown).some(({ title }) => anchorOf(title) === decodeURIComponent(anchor)))
			problems.push(`${page}: ${target}: no such heading`);
	}
	return problems;
}

const sources = (folder, pattern) => fs.readdirSync(path.join(project, folder)).filter((name) => pattern.test(name))
	.map((name) => read(`${folder}/${name}`)).join('\n');
const GATEWAY = sources('gateway', /\.[ch]$/);
const isWord = (word) => new RegExp(`\\b${word}\\b`).test(GATEWAY);
const SCHEMA = read('gateway/config_schema.c');
const isKey = (key) => SCHEMA.includes(`"${key}"`);
const TOP = [...read('deploy/mianrao.yaml').matchAll(/^([a-z_]+):/gm)].map(([, key]) => key);
const COMMANDS = sources('gateway', /^(cli_?.*|mianrao|parse_cmd)\.[ch]$/);

// Names of metrics, keys and commands that no source has.
export function unknownNames(markdown) {
	const problems = new Set();
	for (const [, name] of markdown.matchAll(/\bmianrao_([a-z_]*[a-z])\b(?!_)/g)) {
		if (!isWord(name) && !isWord(`mianrao_${name}`) && !isWord(name.replace(/^(link|feed|retention)_/, ''))) problems.add(`no metric mianrao_${name}`);
	}
	for (const [, key] of markdown.matchAll(/`([a-z_]+(?:\.[a-z_]+)+)`/g)) {
		const parts = key.split('.');
		if (!/\.tsv$/.test(key) && TOP.includes(parts[0]) && !parts.every(isKey)) problems.add(`no key ${key}`);
	}
	for (const [, command] of markdown.matchAll(/(?:^|[`|&] ?)mianrao (?:--json )?([a-z][a-z-]*)\b/gm)) {
		if (!COMMANDS.includes(`"${command}"`)) problems.add(`no command mianrao ${command}`);
	}
	return [...problems];
}

// Alerts without an entry of the runbook, and entries without an alert.
export function missingEntries(rules, runbook) {
	const alerts = [...rules.matchAll(/^ *- alert: (\w+)/gm)].map(([, name]) => name);
	const entries = sectionsOf(runbook).map(({ title }) => title).filter((title) => /^Mianrao\w+$/.test(title));
	return [
		...(alerts.length ? [] : ['no alerts found']),
		...alerts.filter((name) => !entries.includes(name)).map((name) => `${name}: no entry`),
		...entries.filter((name) => !alerts.includes(name)).map((name) => `${name}: no such alert`),
	];
}

let tests = 0;
function report(name, problems) {
	console.log(`${problems.length ? 'not ok' : 'ok'} ${++tests} - ${name}`);
	for (const problem of problems) console.log(`  # ${problem}`);
	if (problems.length) process.exitCode = 1;
}

for (const page of PAGES) {
	if (!fs.existsSync(path.join(project, chinese(page)))) {
		report(`${page} in Chinese`, [`there is no ${chinese(page)}`]);
		continue;
	}
	report(`${page} says the same in Chinese`, compare(read(page), read(chinese(page))));
	report(`${page} names what exists`, unknownNames(read(page)));
	report(`links of ${page}`, [...deadLinks(page, read(page)), ...deadLinks(chinese(page), read(chinese(page)))]);
}
report('each alert has its entry in the runbook',
	missingEntries(read('deploy/prometheus/mianrao.rules.yml'), read('deploy/runbook.md')));
