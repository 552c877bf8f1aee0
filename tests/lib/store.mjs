// SPDX-License-Identifier: AGPL-3.0-or-later
// store.mjs - looks into the daemon's SQLite file with the sqlite3 command, for the last word.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { run } from './process.mjs';

export const STATE = { verified: 3, rejected: 4, unproved: 5 };

async function sqlite3(world, args) {
	const folder = world.daemon.config.state_dir;
	const name = fs.readdirSync(folder).find((file) => /\.(db|sqlite3?)$/.test(file));
	assert.ok(name, `no database in ${folder}`);
	const file = path.join(folder, name);
	const { code, out, err } = await run('sqlite3', args(file), { timeout: 60000 });
	assert.equal(code, 0, err);
	return out;
}

export async function query(world, sql) {
	const out = await sqlite3(world, (file) => ['-readonly', '-json', file, sql]);
	return out.trim() ? JSON.parse(out) : [];
}

// Changes the database under the running daemon, to see what it makes of it.
export const tamper = (world, sql) =>
	sqlite3(world, (file) => ['-cmd', '.timeout 10000', file, sql]);

// Every row of every table, as SQL: blobs are hexadecimal.
const DAY = 'received_ms-(received_ms+28800000)%86400000';

// Counts reports that were written past the gateway, `which` of SQL, as it would have.
export const countReports = (world, which) => tamper(world,
	`INSERT INTO day_count SELECT ${DAY} d,state*100+category k,COUNT(*) FROM report WHERE ${which} GROUP BY d,k ` +
	'ON CONFLICT(day_ms,kind) DO UPDATE SET n=n+excluded.n;' +
	`INSERT INTO caller_day SELECT ${DAY} d,number,COUNT(*),SUM(state=3) FROM report WHERE number<>'' AND ${which} ` +
	'GROUP BY d,number ON CONFLICT(day_ms,number) DO UPDATE SET reports=reports+excluded.reports,' +
	'verified=verified+excluded.verified;');

export const dump = (world) => sqlite3(world, (file) => ['-readonly', file, '.dump']);
