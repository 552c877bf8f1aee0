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
export const dump = (world) => sqlite3(world, (file) => ['-readonly', file, '.dump']);
