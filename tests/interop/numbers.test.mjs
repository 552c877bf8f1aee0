// SPDX-License-Identifier: AGPL-3.0-or-later
// The number engine beside libphonenumber: mobile, fixed and foreign numbers in many spellings. Where
// the two have the same opinion to give they must; where they may differ is the table below.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { random } from '../lib/pdus.mjs';
import { binary, project, run } from '../lib/process.mjs';

// Debian's Python, to which the Debian package belongs, whichever comes first in the path.
const PYTHON = '/usr/bin/python3';
const ORACLE = path.join(project, 'tests/interop/number_oracle.py');

async function output(program, args, input) {
	const { code, out, err } = await run(program, args, { input, timeout: 120000 });
	assert.equal(code, 0, `${program}: ${err}`);
	return out.trimEnd().split('\n');
}

// What both say of each text: our canonical form and class, their E.164 form if they call it valid,
// its type and country code; null where there is none.
async function opinions(texts) {
	const input = `${texts.join('\n')}\n`;
	const [ours, theirs] = await Promise.all([
		output(binary('interop/number_tool'), [], input), output(PYTHON, [ORACLE], input)]);
	assert.deepEqual([ours.length, theirs.length], [texts.length, texts.length], 'an answer to each');
	return texts.map((text, i) => {
		const [number, kind] = ours[i].split(' ');
		const [e164, grade, type, country] = theirs[i].split(' ');
		return { text, kind, ours: number === '-' ? null : number, theirs: grade === 'valid' ? e164 : null, type, country };
	});
}

const isCode = ({ kind }) => ['shared', 'service', 'operator', 'port'].includes(kind);

// Where the two may differ, and why. A row that no sample needs fails the test as well.
const DIFFERENCES = [
	{
		reason: 'every 1[3-9] and nine digits are a mobile number: prefixes open without notice',
		may: (s) => s.kind === 'mobile' && s.theirs === null,
	},
	{
		reason: 'codes, 400 and 800 are kept as dialled: without +86, and without an area code before them',
		may: (s) => isCode(s) && (s.theirs === null || s.theirs.endsWith(s.ours)),
	},
	{
		reason: 'no 0 is dialled before 400, 800 and 950, and none is dropped',
		may: (s) => s.ours === null && /^0(400|800|950)/.test(s.text) && s.country === '86',
	},
	{
		reason: 'local numbers begin with 2 to 8; the patterns of some areas do not ask that',
		may: (s) => s.ours === null && s.type === 'FIXED_LINE' && s.country === '86' && localStart(s.theirs),
	},
	{
		reason: '0807 is an area code in metadata that is newer than the package',
		may: (s) => s.kind === 'fixed' && s.theirs === null && s.ours.startsWith('+86807'),
	},
	{
		reason: 'a foreign number is held to its country code and what E.164 allows: plans change',
		may: (s) => s.kind === 'foreign' && s.theirs === null,
	},
	{
		reason: 'nothing is completed: some plans add an area that a number was written without',
		may: (s) => s.kind === 'foreign' && s.theirs?.length > s.ours.length && s.theirs.endsWith(s.ours.slice(-5)),
	},
	{
		reason: 'nothing is cut: some plans take out a trunk prefix behind the country code',
		may: (s) => s.country !== '86' && s.theirs?.length < s.text.length && s.text.endsWith(s.theirs.slice(-7)),
	},
	{
		reason: 'freephone, premium and access numbers of other lengths than subscribers have place no calls',
		may: (s) => s.ours === null && s.country !== '86' && ['TOLL_FREE', 'PREMIUM_RATE', 'UAN'].includes(s.type),
	},
	{
		reason: 'premium numbers 16x of less than 11 digits place no calls',
		may: (s) => s.ours === null && s.type === 'PREMIUM_RATE' && s.country === '86',
	},
	{
		reason: 'areas 410 and 413 were joined to 024 and are no more',
		may: (s) => s.ours === null && /^\+8641[03]/.test(s.theirs),
	},
	{
		reason: '10800 is a code of access in their plan, and in Beijing local numbers that begin 800',
		may: (s) => s.kind === 'fixed' && s.theirs === null && s.ours.startsWith('+8610800'),
	},
];

// The first digit behind an area code of two or three digits that is none of 2 to 8.
function localStart(e164) {
	const national = e164.slice(3);
	const area = /^(10|2[0-9])/.test(national) ? 2 : 3;
	return /[019]/.test(national[area]);
}

const used = new Set();

function assertAgree(samples) {
	const wrong = samples.filter((sample) => {
		if (sample.ours === sample.theirs) return false;
		const row = DIFFERENCES.find(({ may }) => may(sample));
		if (row) used.add(row);
		return !row;
	});
	const shown = wrong.slice(0, 10).map((s) => `'${s.text}': ours ${s.ours} ${s.kind ?? ''}, theirs ${s.theirs} ${s.type ?? ''}`);
	assert.equal(wrong.length, 0, `${wrong.length} of ${samples.length} differ:\n${shown.join('\n')}`);
	assert.ok(samples.some((s) => s.ours !== null && s.ours === s.theirs), 'they agree on something');
}

const draw = random(7);
const digits = (count) => Array.from({ length: count }, () => draw(10)).join('');
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

test('mobile prefixes, and numbers too short and too long', async () => {
	assertAgree(await opinions(range(100, 200).flatMap((prefix) =>
		[7, 8, 9].flatMap((rest) => [prefix + digits(rest), `+86${prefix}${digits(rest)}`, `0${prefix}${digits(rest)}`]))));
});

test('every area code with local numbers of 6 to 9 digits', async () => {
	const areas = [...range(10, 30), ...range(100, 1000)];
	assertAgree(await opinions(areas.flatMap((area) => range(0, 10).flatMap((first) =>
		[6, 7].map((rest) => `+86${area}${first}${digits(rest)}`)))));
	assertAgree(await opinions(areas.flatMap((area) =>
		[6, 7, 8, 9].map((local) => `0${area} ${2 + draw(7)}${digits(local - 1)}`))));
});

test('country codes with any digits behind them', async () => {
	const codes = fs.readFileSync(path.join(project, 'deploy/numbering/countries.tsv'), 'utf8').match(/^\d+/gm);
	assert.ok(codes.length > 200);
	assertAgree(await opinions(codes.filter((code) => code !== '86').flatMap((code) =>
		range(4, 12).map((rest) => `+${code}${1 + draw(9)}${digits(rest - 1)}`))));
});

test('codes, and forms that only one of the two knows', async () => {
	assertAgree(await opinions([
		'10085', '10086', '1008611', '95533', '95013388899', '12315', '110', '116114', '10690001405', '4001234567',
		'8001234567', '+864001234567', '86 8001234567', '021-95533', '+86 21 95533', '0318 969553', '+8610086', '0400 2839854',
		'0800 2691209', '09502622376', '+861080000859', '010 80001234', '62221119', '1380013800', '138001380001', '12345678901',
		'0755 8321 0987', '0807 2533 6296', '+86', '+', '0', '00', '+999 12345678',
		'+2619268080', '+116092239448',
	]));
});

test('an example of every type of number of every region', async () => {
	const examples = (await output(PYTHON, [ORACLE, 'examples'])).map((line) => line.split(' ')[0]);
	assert.ok(examples.length > 1000);
	const samples = await opinions(examples.flatMap((e164) => [e164, `00${e164.slice(1)}`]));
	assertAgree(samples);
	const agreed = samples.filter((s) => s.kind === 'foreign' && s.ours === s.theirs);
	assert.ok(agreed.length > 2000, `${agreed.length} foreign numbers read alike`);
});

// ---- spellings ----

const grouped = (text, separator) => text.replace(/(\d{3})(\d{4})(\d{4})$/, ['$1', '$2', '$3'].join(separator));

const mobileSpellings = (n) => [
	n, `+86${n}`, `+86 ${n}`, `0086${n}`, `0086-${n}`, `86${n}`, `86 ${n}`, `(+86)${n}`, `(86)${n}`, `0${n}`,
	`0 ${n}`, `17951${n}`, `17951 ${n}`, `17911-${n}`, `12593${n}`, ` ${n} `,
	...[' ', '-', '.', '/', ' - '].flatMap((separator) => [grouped(n, separator), `+86${separator}${grouped(n, separator)}`]),
	[...n].join(' '), [...n].join('-'), `(${n.slice(0, 3)})${n.slice(3)}`, `+86 (${n.slice(0, 3)}) ${n.slice(3)}`,
];

const fixedSpellings = ([area, local]) => [
	`0${area}${local}`, `0${area}-${local}`, `0${area} ${local}`, `(0${area})${local}`, `(0${area}) ${local}`,
	`0${area}.${local}`, `0${area}/${local}`, `0${area}-${local.slice(0, 4)}-${local.slice(4)}`,
	`0${area} ${local.slice(0, 4)} ${local.slice(4)}`, `+86${area}${local}`, `+86 ${area} ${local}`, `+86-${area}-${local}`,
	`+86 (${area}) ${local}`, `+86 0${area} ${local}`, `+86(0)${area}${local}`, `+86 (0)${area}-${local}`,
	`0086${area}${local}`, `0086 ${area} ${local}`, `0086 0${area} ${local}`, `17951 0${area} ${local}`,
];

const foreignSpellings = ([country, rest]) => [
	`+${country}${rest}`, `00${country}${rest}`, `+${country} ${rest}`, `00 ${country} ${rest}`, `+${country}-${rest}`,
	`(+${country})${rest}`, `+${country} ${rest.match(/.{1,3}/g).join(' ')}`, `+${country}-${rest.match(/.{1,4}/g).join('-')}`,
	`+ ${country} (${rest.slice(0, 2)}) ${rest.slice(2)}`, `00${country} ${rest.match(/.{1,2}/g).join('.')}`,
];

// Every spelling is read as the number itself by us; libphonenumber agrees or has no opinion.
async function assertSpellings(cases) {
	const rows = cases.flatMap(({ e164, texts }) => texts.map((text) => ({ e164, text })));
	const samples = await opinions(rows.map(({ text }) => text));
	const wrong = samples.filter((sample, i) => sample.ours !== rows[i].e164 ||
		(sample.theirs !== null && sample.theirs !== rows[i].e164));
	assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} of ${samples.length}`);
	const alike = samples.filter(({ ours, theirs }) => ours === theirs).length;
	assert.ok(alike > 0.8 * samples.length, `libphonenumber reads ${alike} of ${samples.length} spellings`);
}

// Numbers drawn until `count` of them are valid by libphonenumber's plan.
async function drawValid(count, make) {
	const drawn = Array.from({ length: count * 4 }, make);
	const samples = await opinions(drawn.map(({ e164 }) => e164));
	return drawn.filter((_, i) => samples[i].theirs !== null).slice(0, count);
}

test('spellings of mobile numbers', async () => {
	const cases = await drawValid(60, () => ({ n: `1${3 + draw(7)}${digits(9)}`, get e164() { return `+86${this.n}`; } }));
	assert.equal(cases.length, 60);
	await assertSpellings(cases.map(({ e164, n }) => ({ e164, texts: mobileSpellings(n) })));
});

test('spellings of fixed numbers', async () => {
	const areas = ['10', '20', '21', '27', '29', '310', '371', '433', '512', '571', '754', '755', '851', '898', '971', '999'];
	const cases = areas.map((area) => {
		const eight = !['310', '971', '999'].includes(area);
		const local = `${2 + draw(7)}${digits(eight ? 7 : 6)}`;
		return { e164: `+86${area}${local}`, texts: fixedSpellings([area, local]) };
	});
	await assertSpellings(cases);
});

test('spellings of foreign numbers', async () => {
	const examples = (await output(PYTHON, [ORACLE, 'examples'])).map((line) => line.split(' '))
		.filter(([, type, country]) => country !== '86' && ['FIXED_LINE', 'MOBILE'].includes(type));
	await assertSpellings(examples.map(([e164, , country]) =>
		({ e164, texts: foreignSpellings([country, e164.slice(1 + country.length)]) })));
});

test('every difference in the table was met', () => {
	assert.deepEqual(DIFFERENCES.filter((row) => !used.has(row)).map(({ reason }) => reason), []);
});
