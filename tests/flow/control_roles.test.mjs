// SPDX-License-Identifier: AGPL-3.0-or-later
// The command over the Unix socket: who the kernel says asks, and what they may.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { binary, run } from '../lib/process.mjs';
import { SUBSCRIBER, expectState } from '../lib/steps.mjs';
import { query } from '../lib/store.mjs';
import { flow } from '../lib/world.mjs';
import { toYaml } from '../lib/yaml.mjs';

const GROUP = 'mail'; // there on every Debian, as these users are: bin, daemon, nobody
const opened = { config: (base) => ({ ...base, control_group: GROUP, control_users: [
	{ user: 'bin', roles: ['reviewer'] }, { user: 'daemon', roles: ['operator', 'auditor'] }] }) };
const skip = process.getuid() === 0 ? undefined : 'needs root, to be others';

// `mianrao` of another user of this system.
async function as(world, user, args, { member = true } = {}) {
	const gid = (await run('getent', ['group', GROUP])).out.split(':')[2];
	const list = member ? ['--groups', gid] : ['--clear-groups'];
	return run('setpriv', [`--reuid=${user}`, '--regid=nogroup', ...list, binary('mianrao'), '--socket', world.daemon.socket, ...args]);
}

if (!skip)
	flow('members of the group ask as what they are listed', opened, async (world) => {
		fs.chmodSync(world.folder, 0o755);
		fs.chmodSync(world.daemon.config.state_dir, 0o755);
		const { mode, gid } = fs.statSync(world.daemon.socket);
		assert.equal(mode & 0o777, 0o660);
		assert.notEqual(gid, 0);

		const smsc = await world.smsc().connect();
		const id = await smsc.text(SUBSCRIBER, '13900001111推销宽带');
		await expectState(world, id, 'pending');

		// Not listed: a viewer.
		const looked = await as(world, 'nobody', ['reports']);
		assert.equal(looked.code, 0, looked.err);
		assert.match(looked.out, /138\*\*\*\*8000/);
		const refused = await as(world, 'nobody', ['rules', SUBSCRIBER, 'add', 'block sms from 106']);
		assert.equal(refused.code, 1);
		assert.match(refused.err, /rules add: is for .*operator/);
		assert.equal((await as(world, 'nobody', ['users', 'add', 'mallory', 'admin'])).code, 1);

		// Listed: audited by name.
		assert.equal((await as(world, 'daemon', ['rules', SUBSCRIBER, 'add', 'block sms from 106'])).code, 0);
		const [row] = await query(world, "SELECT actor FROM audit_log WHERE action='rules'");
		assert.match(row.actor, /^user daemon \(uid 1 pid \d+\)$/);
		assert.match((await as(world, 'daemon', ['review', 'next'])).err, /review next: is for/);
		const next = await as(world, 'bin', ['review', 'next', '--as', 'somebody']);
		assert.match(next.err, /as: a user decides in no other's name/);
		assert.equal((await as(world, 'bin', ['review', 'next'])).code, 0);

		// Out of the group nobody reaches it, whatever the list says.
		const outside = await as(world, 'daemon', ['status'], { member: false });
		assert.equal(outside.code, 3);
		assert.match(outside.err, /Permission denied/);

		// A reload changes what they may.
		world.daemon.write({ ...world.daemon.config, control_users: [{ user: 'nobody', roles: ['operator'] }] });
		await world.daemon.reload();
		assert.equal((await as(world, 'nobody', ['rules', SUBSCRIBER, 'remove', 'block sms from 106'])).code, 0);
		assert.equal((await as(world, 'daemon', ['rules', SUBSCRIBER, 'add', 'block sms from 106'])).code, 1);
	});
else
	console.log(`# skipped: ${skip}`);

flow('users, groups and roles that are not there are named', async (world) => {
	const check = async (more) => {
		const file = path.join(world.folder, 'other.yaml');
		fs.writeFileSync(file, toYaml({ ...world.daemon.config, ...more }));
		return (await run(binary('mianraod'), ['--check-config', '-c', file])).err;
	};
	assert.match(await check({ control_group: 'no-such-group' }), /control_group: 'no-such-group' is no group of this system/);
	assert.match(await check({ control_group: GROUP, control_users: [{ user: 'no-such-user', roles: ['viewer'] }] }),
		/control_users\[0\]\.user: 'no-such-user' is no user of this system/);
	assert.match(await check({ control_group: GROUP, control_users: [{ user: 'bin' }] }), /control_users\[0\]\.roles: 'bin' has no role/);
	assert.match(await check({ control_users: [{ user: 'bin', roles: ['viewer'] }, { user: 'bin', roles: ['admin'] }] }),
		/control_users\[1\]\.user: 'bin' is listed already/);
	assert.match(await check({ http: { ...world.daemon.config.http, clients: [{ name: 'x', token_hash: `sha256:${'0'.repeat(64)}` }] } }),
		/http\.clients\[0\]\.may/);
	assert.match(await check({ control_group: GROUP, control_users: [{ user: 'bin', roles: ['king'] }] }),
		/control_users\[0\]\.roles: 'king' is none of: viewer/);
});
