// SPDX-License-Identifier: AGPL-3.0-or-later
// bench.mjs - runs the benchmarks one after the other and prints a table: each figure beside its
// limit, which is measured in the same run. Fails when something did not work, never for being slow.
//
// BENCH_SCALE=10      ten times as many messages
// BENCH_ONLY=a,b      of: sink, engine, store, intake, reports, complete, floors, slow, ratios,
//                     screening, hub, sip, parse, pieces, index, rules, imports, looking
// BENCH_DIR=/path     where the databases are made (default: the system's temporary folder)

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { SECTIONS } from './sections.mjs';
import { table } from './table.mjs';

const only = process.env.BENCH_ONLY?.split(',');
const scale = Number(process.env.BENCH_SCALE || 1);
assert.ok(scale > 0, 'BENCH_SCALE is a number over 0');
if (process.env.BENCH_DIR) {
	fs.mkdirSync(process.env.BENCH_DIR, { recursive: true });
	process.env.TMPDIR = path.resolve(process.env.BENCH_DIR);
}

console.log(`${os.cpus().length} cores (${os.cpus()[0].model}), ` +
	`${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}; ` +
	`load before: ${os.loadavg()[0].toFixed(2)}\n`);
const figures = new Map();
let failed = 0;
for (const [name, section] of Object.entries(SECTIONS)) {
	if (only && !only.includes(name)) continue;
	try {
		const rows = await section({ figures, count: (n) => Math.max(1000, Math.round(n * scale)) });
		console.log(table(section.title ?? name, rows));
	} catch (error) {
		failed++;
		console.log(`${name}: did not work: ${error.message}\n`);
	}
}
process.exitCode = failed ? 1 : 0;
