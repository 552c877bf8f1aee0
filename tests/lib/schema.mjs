// SPDX-License-Identifier: AGPL-3.0-or-later
// schema.mjs - values against the JSON Schemas of deploy/rewards, by a validator that is not ours.

import path from 'node:path';

import { project, run } from './process.mjs';

const PYTHON = '/usr/bin/python3'; // with Debian's python3-jsonschema

// What is wrong with them, a line each; '' when nothing is.
export async function violations(schema, values) {
	const file = path.join(project, 'deploy/rewards', `${schema}.schema.json`);
	const input = values.map((value) => `${JSON.stringify(value)}\n`).join('');
	const { code, out, err } = await run(PYTHON, [path.join(project, 'tests/lib/schema.py'), file], { input });
	return code === 0 ? out.trim() : `schema.py ended with ${code}: ${err}`;
}
