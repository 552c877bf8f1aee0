// SPDX-License-Identifier: AGPL-3.0-or-later
// reading.mjs - texts read, and the pieces of a decision.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { measure } from './gateway.mjs';
import { mib, ns, rate } from './table.mjs';
import { binary, project, temporaryFolder } from '../lib/process.mjs';

// ---- mianrao parse ----

// The texts of the development set over and over, as JSON Lines.
function writeTexts(file, count) {
	const texts = fs.readFileSync(path.join(project, 'tests/data/reports-dev.jsonl'), 'utf8').trimEnd()
		.split('\n').map((line) => JSON.parse(line));
	const out = fs.openSync(file, 'w');
	for (let i = 0; i < count; i += texts.length)
		fs.writeSync(out, texts.slice(0, count - i).map(({ text, received }, j) =>
			`${JSON.stringify({ id: i + j, text, received })}\n`).join(''));
	fs.closeSync(out);
}

// Texts a second of one process: the best of some rounds, so that a busy machine spoils it little.
function parseRate(file, count, options, rounds) {
	let best = 0;
	for (let round = 0; round < rounds; round++) {
		const out = fs.openSync(`${file}.out`, 'w');
		const began = process.hrtime.bigint();
		const { status } = spawnSync(binary('mianrao'), ['--json', 'parse', ...options, file],
			{ stdio: ['ignore', out, 'inherit'] });
		const seconds = Number(process.hrtime.bigint() - began) / 1e9;
		fs.closeSync(out);
		assert.equal(status, 0, 'mianrao parse');
		best = Math.max(best, count / seconds);
	}
	let lines = 0;
	for (const octet of fs.readFileSync(`${file}.out`)) lines += octet === 10;
	assert.equal(lines, count, 'texts answered');
	return best;
}

async function parse({ count }) {
	const folder = temporaryFolder('mianrao-bench');
	const file = path.join(folder, 'texts.jsonl');
	const rows = [['texts, file to file', 500000, [], 5], ['the same with --explain', 20000, ['--explain'], 2]]
		.map(([name, wanted, options, rounds]) => {
			const total = count(wanted);
			writeTexts(file, total);
			return [name, rate(parseRate(file, total, options, rounds)),
				options.length ? '' : `${total} JSON Lines, one process (wanted 200 k/s)`];
		});
	fs.rmSync(folder, { recursive: true });
	return rows;
}
parse.title = 'mianrao parse';

// ---- pieces ----

async function pieces() {
	const found = await measure('bench_pieces');
	const beside = (ours, theirs, name) =>
		`${name} ${ns(theirs)} (${(theirs / ours).toFixed(0)}×; wanted 50×)`;
	return [
		['submit_sm decode', ns(found.decode_ns), beside(found.decode_ns, found.libsmpp34_ns, 'libsmpp34')],
		['the same with four TLVs', ns(found.decode_tlvs_ns),
			beside(found.decode_tlvs_ns, found.libsmpp34_tlvs_ns, 'libsmpp34')],
		['submit_sm encode', ns(found.encode_ns)],
		['session: request in, answer out', ns(found.session_ns)],
		['screening decision, rules near', ns(found.decide_ns),
			`${found.subscribers} subscribers in ${mib(found.cache_octets)}`],
		['a text read', ns(found.parse_ns), rate(1e9 / found.parse_ns)],
		['  of that, its characters folded', ns(found.fold_ns)],
		['  beside it: NFKC by libunistring', ns(found.nfkc_ns)],
		['  beside it: iconv to UTF-16', ns(found.iconv_ns)],
	];
}
pieces.title = 'Pieces, one thread';

export { parse, pieces };
