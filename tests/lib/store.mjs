// SPDX-License-Identifier: AGPL-3.0-or-later
// store.mjs - looks into the daemon's SQLite file with the sqlite3 command, for the last word.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { run } from './process.mjs';

export const STATE = { verified: 3, rejected: 4, unproved: 5 };

export async function query(world, sql) {
	const folder = world.daemon.config.state_dir;
	const name = fs.readdirSync(folder).find((file) => /\.(db|sqlite3?)$/.test(file));
	assert.ok(name, `no database in ${folder}`);
	const { code, out, err } = await run('sqlite3',
		['-readonly', '-json', path.join(folder, name), sql], { timeout: 60000 });
	assert.equal(code, 0, err);
	return out.trim() ? JSON.parse(out) : [];
}
